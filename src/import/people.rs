//! Names of people as they may stand in a page: a display name or a login, never an e-mail address, never an account id; and the roles that stand for
//! people where a team says so.

use std::collections::{BTreeMap, BTreeSet};

/// A role, and who holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Names of the people who hold it.
    pub people: Vec<String>,
}

/// The role that stands for each person, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    by_name: BTreeMap<String, (String, Option<String>)>,
}

impl Roles {
    /// From what `roles.yaml` says and what the plan decides for single people (name and role id). A person with several roles has none by
    /// `roles.yaml` alone: which one a page means is for people to say.
    pub fn new<'a>(roles: &[Role], decided: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut by_name: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
        let mut several = BTreeSet::new();
        for (role, person) in roles.iter().flat_map(|role| role.people.iter().map(move |person| (role, person))) {
            if by_name.insert(fold(person), (role.id.clone(), role.title.clone())).is_some() {
                several.insert(fold(person));
            }
        }
        by_name.retain(|name, _| !several.contains(name));
        for (name, id) in decided {
            let title = roles.iter().find(|r| r.id == id).and_then(|r| r.title.clone());
            by_name.insert(fold(name), (id.to_owned(), title));
        }
        Self { by_name }
    }

    /// Id of the role of that person.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.by_name.get(&fold(name)).map(|(id, _)| id.as_str())
    }

    /// What readers call the role of that person.
    pub fn title(&self, name: &str) -> Option<String> {
        let (id, title) = self.by_name.get(&fold(name))?;
        Some(title.clone().unwrap_or_else(|| crate::page::slug::readable(&format!("{id}.md"))))
    }
}

/// Names are compared without regard to case and white space.
fn fold(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// People that a page names, as it would show them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// In its text.
    pub mentioned: BTreeSet<String>,
    /// As its owner, in its properties.
    pub owning: BTreeSet<String>,
}

/// The name to write for a person with that display name and login.
pub fn presentable(name: Option<&str>, login: &str) -> Option<String> {
    let name =
        name.map(str::trim).filter(|n| !n.is_empty()).map(|n| n.trim_end_matches("(Unlicensed)").trim_end_matches("(Deactivated)").trim());
    if let Some(name) = name.filter(|n| !n.contains('@') && !n.is_empty()) {
        return Some(name.to_owned());
    }
    let login = name.filter(|n| n.contains('@')).unwrap_or(login).trim();
    let login = login.split('@').next().unwrap_or(login);
    (!login.is_empty() && !is_key(login)).then(|| login.to_owned())
}

/// Whether a text is a key that only the wiki understands: 32 hex digits, 24 hex digits, or `digits:uuid`.
pub fn is_key(text: &str) -> bool {
    let hex = |t: &str| t.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = |t: &str| {
        t.len() == 36 && t.bytes().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
    };
    matches!(text.len(), 24 | 32) && hex(text)
        || uuid(text)
        || text.split_once(':').is_some_and(|(a, b)| uuid(b) && a.len() <= 20 && a.bytes().all(|c| c.is_ascii_alphanumeric()))
}

/// Replaces e-mail addresses by their local part.
pub fn without_mail(text: &str) -> String {
    match text.split_once('@') {
        Some((local, _)) if !local.is_empty() && !local.contains(' ') => local.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_decides_where_a_person_has_several_roles() {
        let role = |id: &str, title: Option<&str>, people: &[&str]| Role {
            id: id.into(),
            title: title.map(Into::into),
            people: people.iter().map(|p| (*p).to_owned()).collect(),
        };
        let roles = [role("cfo", Some("Finance director"), &["Ada Bell", "Jo Doe"]), role("ops-lead", None, &["jo doe"])];
        let read = Roles::new(&roles, std::iter::empty());
        assert_eq!((read.id("ada  bell"), read.title("Ada Bell").as_deref()), (Some("cfo"), Some("Finance director")));
        assert_eq!(read.id("Jo Doe"), None);
        let read = Roles::new(&roles, [("Jo Doe", "ops-lead")].into_iter());
        assert_eq!((read.id("Jo Doe"), read.title("Jo Doe").as_deref()), (Some("ops-lead"), Some("Ops lead")));
    }

    #[test]
    fn no_mail_address_and_no_key_becomes_a_name() {
        assert_eq!(presentable(Some("Jo Doe (Unlicensed)"), "jdoe").as_deref(), Some("Jo Doe"));
        assert_eq!(presentable(None, "jo.doe@example.org").as_deref(), Some("jo.doe"));
        assert_eq!(presentable(Some("jo@example.org"), "x").as_deref(), Some("jo"));
        assert_eq!(presentable(None, "ff808081549b2e8201549b2e98730002"), None);
        assert_eq!(presentable(None, "557058:2c90b38d-6a8b-4e9e-b4ef-0f6cbb5f2f86"), None);
    }
}
