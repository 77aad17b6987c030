//! The theme's own words: one message file (`words.yaml`), whole sentences with `{places}`, and dates written for people.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Messages by key.
#[derive(Debug, Clone, Default)]
pub struct Words {
    map: BTreeMap<String, String>,
}

impl Words {
    /// Reads a message file; keys that `yaml` does not have are taken from `fallback`.
    pub fn parse(yaml: &str, fallback: Option<&Words>) -> Result<Self, String> {
        let read: BTreeMap<String, String> = serde_yaml::from_str(yaml).map_err(|e| e.to_string())?;
        let mut map = fallback.map(|f| f.map.clone()).unwrap_or_default();
        map.extend(read);
        Ok(Self { map })
    }

    /// All messages with `_` for `-`, as templates name them.
    pub fn for_templates(&self) -> BTreeMap<String, String> {
        self.map.iter().map(|(k, v)| (k.replace('-', "_"), v.clone())).collect()
    }

    /// The messages that scripts say.
    pub fn for_scripts(&self) -> BTreeMap<String, String> {
        const SAID: [&str; 6] = ["copy", "copied", "mode-dark", "mode-light", "since-built", "search"];
        const GROUPS: [&str; 10] = [
            "search-",
            "state-",
            "line-overdue",
            "run-progress",
            "run-gate-open",
            "run-all-done",
            "run-changed",
            "run-stopped",
            "run-again",
            "run-print",
        ];
        self.map
            .iter()
            .filter(|(k, _)| SAID.contains(&k.as_str()) || GROUPS.iter().any(|g| k.starts_with(g)))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// True if there is such a message.
    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The message as it is; the key itself if it is missing, so that a gap is seen and not fatal.
    pub fn get<'w>(&'w self, key: &'w str) -> &'w str {
        self.map.get(key).map_or(key, String::as_str)
    }

    /// The message with its places filled. Values are put in as they are: escape them first where the result is HTML.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.get(key);
        let mut out = String::with_capacity(rest.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
        while let Some((before, inside)) = rest.split_once('{') {
            out.push_str(before);
            let filled = values.iter().find_map(|(place, value)| Some((*value, inside.strip_prefix(place)?.strip_prefix('}')?)));
            let (value, after) = filled.unwrap_or(("{", inside));
            out.push_str(value);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The message for a count: `KEY-one` for 1, else `KEY`.
    pub fn count(&self, key: &str, n: i64) -> String {
        let one = format!("{key}-one");
        let key = if n == 1 && self.map.contains_key(&one) { &one } else { key };
        self.fill(key, &[("n", &n.to_string())])
    }

    /// "12 Oct 2026".
    pub fn date(&self, date: Date) -> String {
        let months: Vec<&str> = self.get("months").split_whitespace().collect();
        let month = months.get(usize::try_from(date.month() - 1).unwrap_or(0)).copied().unwrap_or("?");
        format!("{} {month} {}", date.day(), date.year())
    }

    /// [`Words::date`] inside `<time>`.
    pub fn time(&self, date: Date) -> String {
        format!("<time datetime=\"{date}\">{}</time>", self.date(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_values_are_not_read_for_places() {
        let words = Words::parse("a: '{who} on {date}, {who} again, {x} and {'", None).unwrap();
        assert_eq!(words.fill("a", &[("date", "{who}"), ("who", "Ops")]), "Ops on {who}, Ops again, {x} and {");
    }
}
