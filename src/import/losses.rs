//! The loss report: what an import could not carry over, where it was, and what became of it.

/// What is said of lists that the wiki kept up to date and a page cannot.
pub(super) const FROZEN: &str = "written out as a list, which does not follow changes";

/// What became of something the target cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Said in Markdown, fully.
    Translated,
    /// Its text is there, its form or behaviour is not.
    KeptAsText,
    /// A visible marker stands in its place; lint finds it.
    Marker,
    /// Not in the page; the report is the only trace.
    Dropped,
}

impl Outcome {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Translated, Self::KeptAsText, Self::Marker, Self::Dropped];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::KeptAsText => "kept as text",
            Self::Marker => "left as marker",
            Self::Dropped => "dropped",
        }
    }
}

/// One loss on one page. The words lost are named, so that the report cannot excuse what it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The element: `macro jira`, `merged cell`, `text colour`, `attachment` …
    pub element: String,
    /// Where on the page: the heading it stands under, or empty.
    pub place: String,
    /// What it was: the words, parameters or address.
    pub detail: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// The words of a fragment.
pub fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        out.push(' ');
        let after = &rest[at..];
        rest = if let Some(body) = after.strip_prefix("<![CDATA[") {
            let end = body.find("]]>").unwrap_or(body.len());
            out.push_str(&body[..end]);
            body.get(end + 3..).unwrap_or_default()
        } else {
            after.find('>').map_or("", |end| &after[end + 1..])
        };
    }
    out.push_str(rest);
    // No tags are left: this only resolves entities.
    let out: String = scraper::Html::parse_fragment(&out).root_element().text().collect();
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > 2000 { format!("{}…", words.chars().take(2000).collect::<String>()) } else { words }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_of_a_comment() {
        assert_eq!(super::without_tags("<p>Is&nbsp;this <b>right</b>?<br/>A &amp; B</p>"), "Is this right ? A & B");
    }
}
