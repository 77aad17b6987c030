//! The theme's templates: the only place that knows tera.
//!
//! Compiled once. Large parts of a page (body, tree, contents) never become template values: a template prints `{{ slots.body | safe }}`, which is a
//! short mark, and the bytes are put in afterwards.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::{Context, Tera};

use super::SiteError;
use super::words::Words;

/// Compiled templates.
#[derive(Debug)]
pub struct Templates {
    tera: Tera,
    /// Template name → file of the team's own theme, for messages.
    origins: BTreeMap<String, String>,
}

/// Names of the slots a template can print.
pub const SLOTS: [&str; 4] = ["body", "tree", "contents", "list"];

impl Templates {
    /// Compiles templates given as (name, text); `globals` are visible in all of them.
    pub fn new(
        sources: &BTreeMap<String, String>,
        origins: &BTreeMap<String, String>,
        words: &Words,
        globals: &impl Serialize,
    ) -> Result<Self, SiteError> {
        let mut tera = Tera::new();
        tera.add_raw_templates(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())))
            .map_err(|e| template_error(&e, origins))?;
        let slots: BTreeMap<&str, String> = SLOTS.iter().map(|s| (*s, mark(s))).collect();
        let global = tera.global_context();
        global.insert("slots", &slots);
        global.insert("words", &words.for_templates());
        global.insert("glyphs", &glyphs());
        global.insert("site", globals);
        Ok(Self { tera, origins: origins.clone() })
    }

    /// Renders a template and fills its slots.
    pub fn render(&self, name: &str, context: &impl Serialize, slots: &[(&str, &str)]) -> Result<String, SiteError> {
        let context = Context::from_serialize(context).map_err(|e| template_error(&e, &self.origins))?;
        let frame = self.tera.render(name, &context).map_err(|e| template_error(&e, &self.origins))?;
        Ok(splice(&frame, slots))
    }
}

/// A slot's mark: control characters cannot come from escaped text.
fn mark(slot: &str) -> String {
    format!("\u{1}{slot}\u{1}")
}

fn splice(frame: &str, slots: &[(&str, &str)]) -> String {
    let size: usize = slots.iter().map(|(_, s)| s.len()).sum();
    let mut out = String::with_capacity(frame.len() + size);
    for (n, part) in frame.split('\u{1}').enumerate() {
        if n % 2 == 0 {
            out.push_str(part);
        } else {
            out.push_str(slots.iter().find(|(name, _)| *name == part).map_or("", |(_, html)| html));
        }
    }
    out
}

/// Tera's report names template, line and column and shows the line; only its first part is ours to add to.
fn template_error(error: &tera::Error, origins: &BTreeMap<String, String>) -> SiteError {
    let mut report = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        report.push('\n');
        report.push_str(&inner.to_string());
        source = inner.source();
    }
    for (name, path) in origins {
        report = report.replace(&format!("--> {name}:"), &format!("--> {path}:"));
    }
    // A parent that is missing is told without a place.
    if !report.contains("--> ")
        && let Some((_, path)) = origins.iter().find(|(name, _)| report.contains(&format!("'{name}'")))
    {
        report.push_str(&format!("\n --> {path}:1:1"));
    }
    let report = report.strip_prefix("error: ").unwrap_or(&report).to_owned();
    SiteError::Template { report }
}

/// The marks beside states, drawn in the text's colour. Outlines differ, so that shape alone tells them apart.
const GLYPHS: [(&str, &str); 9] = [
    (
        "in-date",
        "<circle cx='8' cy='8' r='6.6' fill='none' stroke='currentColor' stroke-width='1.6'/><path d='M4.8 8.2l2.2 2.2 4.2-4.6' fill='none' stroke='currentColor' stroke-width='1.8'/>",
    ),
    (
        "due-soon",
        "<circle cx='8' cy='8' r='6.6' fill='none' stroke='currentColor' stroke-width='1.6'/><path d='M8 1.4a6.6 6.6 0 0 1 0 13.2z' fill='currentColor'/>",
    ),
    ("overdue", "<path d='M8 .8l7.6 14H.4z' fill='currentColor'/><path class='sw-cut' d='M8 5.8v4.4M8 11.6v1.7' stroke-width='1.8'/>"),
    (
        "suspect",
        "<path d='M1.5 1.5h8.6v8.6H1.5z' fill='none' stroke='currentColor' stroke-width='1.6'/><path d='M12.6 5.4h1.9v9.1H5.4v-1.9' fill='none' stroke='currentColor' stroke-width='1.6'/>",
    ),
    (
        "never",
        "<circle cx='8' cy='8' r='6.6' fill='none' stroke='currentColor' stroke-width='1.6'/><path d='M4.6 8h6.8' stroke='currentColor' stroke-width='1.9'/>",
    ),
    (
        "unknown",
        "<path d='M1.2 1.2h13.6v13.6H1.2z' fill='none' stroke='currentColor' stroke-width='1.4' stroke-dasharray='2.4 1.6'/><path d='M5.9 6.1a2.1 2.1 0 1 1 3 2c-.7.3-.9.6-.9 1.4M8 11v1.6' fill='none' stroke='currentColor' stroke-width='1.5'/>",
    ),
    ("draft", "<path d='M3 1.2h7l3 3v10.6H3z' fill='none' stroke='currentColor' stroke-width='1.5' stroke-dasharray='2.4 1.6'/>"),
    (
        "retired",
        "<path d='M3 1.2h10v13.6H3z' fill='none' stroke='currentColor' stroke-width='1.5'/><path d='M1 14.5L15 1.5' stroke='currentColor' stroke-width='1.6'/>",
    ),
    ("gate", "<path d='M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z' fill='currentColor'/>"),
];

/// The mark of a state as inline SVG; empty for a state without one.
pub fn glyph(state: &str) -> &'static str {
    static ALL: std::sync::LazyLock<BTreeMap<&'static str, String>> = std::sync::LazyLock::new(glyphs);
    ALL.get(state).map_or("", String::as_str)
}

fn glyphs() -> BTreeMap<&'static str, String> {
    GLYPHS
        .iter()
        .map(|(id, inner)| {
            (
                *id,
                format!(
                    "<svg class=\"sw-glyph\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\">{}</svg>",
                    inner.replace('\'', "\"")
                ),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_with_bytes_and_text_is_escaped() {
        let sources = BTreeMap::from([("a.html".to_owned(), "<p>{{ t }}</p>{{ slots.body | safe }}!".to_owned())]);
        let templates = Templates::new(&sources, &BTreeMap::new(), &Words::default(), &()).unwrap();
        let context = BTreeMap::from([("t", "<x>")]);
        assert_eq!(templates.render("a.html", &context, &[("body", "<b>{{ no }}</b>")]).unwrap(), "<p>&lt;x&gt;</p><b>{{ no }}</b>!");
    }

    #[test]
    fn a_broken_template_names_its_place() {
        let sources = BTreeMap::from([("page.html".to_owned(), "one\n{{ page. }}\n".to_owned())]);
        let origins = BTreeMap::from([("page.html".to_owned(), "themes/mine/templates/page.html".to_owned())]);
        let error = Templates::new(&sources, &origins, &Words::default(), &()).unwrap_err().to_string();
        assert!(error.contains("themes/mine/templates/page.html:2:"), "{error}");
        let sources = BTreeMap::from([("page.html".to_owned(), "{% extends \"bse.html\" %}\n".to_owned())]);
        let error = Templates::new(&sources, &origins, &Words::default(), &()).unwrap_err().to_string();
        assert!(error.contains("bse.html") && error.contains("themes/mine/templates/page.html:1:"), "{error}");
    }
}
