//! `placeholder-text`: text that was to be written later.

use crate::config::Severity;
use std::sync::LazyLock;

use regex::Regex;

use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::text::UNWRITTEN;

pub(super) struct PlaceholderText;

static META: RuleMeta = RuleMeta {
    name: "placeholder-text",
    code: "SW603",
    what: "Prose holds a bare TODO, TBD, FIXME or filler text.",
    why: "A reader in the middle of a step finds a gap, and nobody has a list of the gaps.",
    how: "Write what is missing, or take the sentence out.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "# A\n\n1. Call the vendor (number: TBD).\n",
        "# A\n\nTODO: describe the rollback.\n",
        "Lorem ipsum dolor sit amet.\n",
    ],
    good: &[
        "# A\n\nRun `grep TODO src`. Add it to the todo list.\n",
        "```\n# TODO later\n```\n",
        "=== content/templates/meeting.md\nOwner: TBD\n",
        "=== content/meeting-notes/2024.md\n# 2024\n\n- TODO: ask the vendor.\n",
        "The `TargetBurstCapacity` (TBC) is set to 200. Choose **+ Update XXX**.\n",
        "=== content/CHANGELOG.md\n- TODO: date.\n",
        "=== content/documentation_conventions.md\nA good step:\n\n1. Lorem ipsum.\n",
        "The check finds a bare TODO, TBD, FIXME or filler text in prose; TODO and TBD are marks.\n",
        "A TODO comment is removed by the formatter; list TODOs with care.\n",
    ],
    precision: "Code, links, templates, records, samples of filler text on pages about writing, talk about TODO comments, `XXX` in a pattern and letters that the page spells out are left out.",
};

impl Rule for PlaceholderText {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if is_template(cx.page.path()) || cx.workspace.kind(cx.id).is_record() || !PLACEHOLDER.is_match(cx.page.source.text()) {
            return;
        }
        let about_writing = is_about_writing(cx.page.path());
        for run in super::prose::runs(cx) {
            for found in PLACEHOLDER.find_iter(&run.text) {
                let sample = about_writing && found.as_str().eq_ignore_ascii_case(FILLER);
                if sample || about_placeholders(&run.text, found.start(), found.end()) || stands_for_more(cx.page.source.text(), found.as_str()) {
                    continue;
                }
                let finding = Finding::new(&META, &cx.page.source, run.at(found.range()), format!("`{}` stands where text is missing", found.as_str()));
                out.push(finding.evidence(context(&run.text, found.range())).help(Help::Next("write what is missing, or take the sentence out".into())));
                break;
            }
        }
    }
}

static PLACEHOLDER: LazyLock<Regex> = 
    LazyLock::new(|| Regex::new(&format!(r"\b({})\b|(?i:{FILLER})", UNWRITTEN.join("|"))).expect("a fixed pattern"));

/// Text that printers fill a page with.
const FILLER: &str = "lorem ipsum";

/// Pages that show how other pages are to look: filler text in them is a sample.
fn is_about_writing(path: &str) -> bool {
    let path = path.to_lowercase().replace(['_', ' '], "-");
    ["conventions", "style-guide", "styleguide", "formatting", "markdown"].iter().any(|word| path.contains(word))
}

/// Pages that are meant to be filled in.
fn is_template(path: &str) -> bool {
    path.to_lowercase().split(['/', '.', '_', '-']).any(|part| matches!(part, "template" | "templates" | "archetypes"))
}

/// True where the text speaks *of* placeholders: `TODO comments`, `"TBD"`, `TODO(s)`, or a marker with a number that some tracker issued.
fn about_placeholders(text: &str, start: usize, end: usize) -> bool {
    let after = text[end..].trim_start_matches(['*', '_']);
    let before = text[..start].trim_end_matches(['*', '_']);
    let word = after.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or("").to_lowercase();
    // `+ Add XXX`, `EXT - Acme - XXX`: a pattern that the reader fills in. As a mark it stands first, alone or before a colon.
    if &text[start..end] == "XXX" && !(before.trim().is_empty() && (after.trim().is_empty() || after.starts_with(':'))) {
        return true;
    }
    let quoted = before.ends_with(['"', '\'', '“', '‘', '«']) && after.starts_with(['"', '\'', '”', '’', '»']);
    let part_of_name = before.ends_with(['-', '/', '.', '#', '@']) || after.starts_with(['-', '/']) && !after.starts_with("- ");
    let speaks = matches!(word.as_str(), "comment" | "comments" | "item" | "items" | "list" | "lists" | "marker" | "markers" | "app" | "is" | "are" | "s" | "tag" | "tags" | "label" | "labels");
    // "TODO, TBD or FIXME": a list of marks.
    let next = after.trim_start_matches([',', '/', ' ']).trim_start_matches("or ").trim_start_matches("and ");
    if next.len() < after.len() && UNWRITTEN.iter().any(|mark| next.starts_with(mark)) {
        return true;
    }
    let sentence = before.trim_end().rsplit(' ').next().unwrap_or("").to_lowercase();
    let listed = UNWRITTEN.contains(&sentence.trim_end_matches([',', '/']).to_uppercase().as_str());
    quoted || part_of_name || speaks || listed || matches!(sentence.as_str(), "a" | "the" | "any" | "some" | "still" | "these" | "those" | "my" | "your" | "all" | "bare" | "or" | "and")
}

/// True where the page itself says what the letters stand for: `TargetBurstCapacity (TBC)`, `total bytes cached (TBC)`.
fn stands_for_more(page: &str, letters: &str) -> bool {
    let mut initials = letters.chars();
    let (Some(a), Some(b), Some(c), None) = (initials.next(), initials.next(), initials.next(), initials.next()) else { return false };
    if letters == "XXX" || !page.contains(&format!("({letters})")) {
        return false;
    }
    let words = format!(r"(?:\b(?i:{a})[a-z]+[ -](?i:{b})[a-z]+[ -](?i:{c})[a-z]+|\b{a}[a-z]+{b}[a-z]+{c}[a-z]+)[`*_]*\s*\({letters}\)");
    Regex::new(&words).is_ok_and(|r| r.find(page).is_some_and(|m| !m.as_str().to_lowercase().contains(" be ")))
}

/// A few words around a match.
fn context(text: &str, range: std::ops::Range<usize>) -> String {
    let from = text[..range.start].char_indices().rev().take(30).last().map_or(range.start, |(i, _)| i);
    let to = text[range.end..].char_indices().nth(30).map_or(text.len(), |(i, _)| range.end + i);
    format!("\"{}\"", text[from..to].split_whitespace().collect::<Vec<_>>().join(" "))
}
