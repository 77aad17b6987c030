//! Suppressions: where people told the linter to be silent, about which rule, and why. Comments in the text, or `stepwright: ignore:` in the
//! front matter for a whole page. Every one names its rules; each that does nothing any more is itself a finding.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use regex::Regex;

use crate::page::{BlockKind, Page};
use crate::text::{Source, Span, date, nearest};

/// One suppression of one rule.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// The rule's name as written.
    pub rule: String,
    /// Why, if it was said.
    pub reason: Option<String>,
    /// Last day on which it holds.
    pub until: Option<Date>,
    /// The file.
    pub source: Arc<Source>,
    /// Where it stands.
    pub span: Span,
    /// What it covers.
    pub covers: Span,
    /// A start without an end.
    pub open: bool,
    /// It silenced something in this run.
    pub used: bool,
}

impl Suppression {
    /// True if it silences a finding of `rule` at `span` today.
    pub fn silences(&self, rule: &str, path: &str, span: Span, now: Date) -> bool {
        self.rule == rule
            && self.source.path() == path
            && self.covers.start <= span.start
            && span.start <= self.covers.end
            && self.until.is_none_or(|until| now <= until)
    }
}

static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)^sw-ignore(-line|-start|-end)?\s+([a-z0-9, -]+?)\s*(?::\s*(.*?))?\s*$").expect("a fixed pattern"));

/// MDX has no HTML comments.
static MDX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)\{/\*\s*(sw-ignore.*?)\s*\*/\}").expect("a fixed pattern"));

/// Every suppression on a page, in order.
pub fn of_page(page: &Page) -> Vec<Suppression> {
    let mut out = in_front_matter(page);
    // Most pages silence nothing, and need not be looked through.
    if !page.source.text().contains("sw-ignore") {
        return out;
    }
    let mut comments: Vec<(String, Span)> = page.body.comments.clone();
    page.tree().walk(&mut |block| {
        if let BlockKind::Paragraph(inlines) = &block.kind {
            let base = inlines.span.range().start;
            for found in MDX.captures_iter(page.source.slice(inlines.span)) {
                let Some(all) = found.get(0) else { continue };
                comments.push((found[1].to_owned(), Span::new(base + all.start(), base + all.end())));
            }
        }
    });
    comments.sort_by_key(|(_, span)| span.start);
    // In MDX a comment is read as one of HTML too.
    comments.dedup_by(|b, a| a.0 == b.0 && b.1.start < a.1.end);
    for (text, span) in comments {
        let Some(command) = COMMAND.captures(&text) else { continue };
        let reason = command.get(3).map(|r| r.as_str().trim().to_owned()).filter(|r| !r.is_empty());
        let names = command[2].split(',').map(str::trim).filter(|n| !n.is_empty());
        let form = command.get(1).map_or("", |m| m.as_str());
        if form == "-end" {
            for name in names {
                if let Some(start) = out.iter_mut().rev().find(|s| s.open && s.rule == name) {
                    start.open = false;
                    start.covers.end = span.start;
                }
            }
            continue;
        }
        let covers = match form {
            "-line" => page.source.line_span(page.source.line_of(span.start)).unwrap_or(span),
            "-start" => Span { start: span.end, end: Span::new(0, page.source.text().len()).end },
            _ => next_block(page, span),
        };
        out.extend(names.map(|name| Suppression {
            rule: name.to_owned(),
            reason: reason.clone(),
            until: None,
            source: Arc::clone(&page.source),
            span,
            covers,
            open: form == "-start",
            used: false,
        }));
    }
    out
}

fn in_front_matter(page: &Page) -> Vec<Suppression> {
    let place = page.meta.keys.get("stepwright").map_or(page.meta.span, |(key, _)| *key);
    let all = Span::new(0, page.source.text().len());
    let one = |ignore: &crate::page::front_matter::PageIgnore| Suppression {
        rule: ignore.rule.clone(),
        reason: ignore.reason.clone().filter(|r| !r.trim().is_empty()),
        until: ignore.until.as_deref().and_then(date::parse),
        source: Arc::clone(&page.source),
        span: place,
        covers: all,
        open: false,
        used: false,
    };
    page.meta.settings.ignore.iter().map(one).collect()
}

/// The first block after a comment; the block around it if it stands inside a paragraph.
fn next_block(page: &Page, comment: Span) -> Span {
    let mut around = None;
    let mut next: Option<Span> = None;
    page.tree().walk(&mut |block| {
        if matches!(block.kind, BlockKind::Paragraph(_)) && block.span.contains(comment) && block.span.len() > comment.len() {
            around = Some(block.span);
        }
        if block.span.start >= comment.end && next.is_none_or(|n| block.span.start < n.start) {
            next = Some(block.span);
        }
    });
    around.or(next).unwrap_or(comment)
}

/// What is wrong with a suppression itself, apart from being unused: message and nearest name.
pub fn fault(suppression: &Suppression, names: &[&str], now: Date) -> Option<(String, Option<String>)> {
    if !names.contains(&suppression.rule.as_str()) {
        let near = nearest(&suppression.rule, names.iter().copied()).map(str::to_owned);
        return Some((format!("no rule is called `{}`", suppression.rule), near));
    }
    if suppression.open {
        return Some((format!("`sw-ignore-start {0}` has no `sw-ignore-end {0}`", suppression.rule), None));
    }
    let until = suppression.until.filter(|until| *until < now)?;
    Some((format!("suppression of {} ended on {until}", suppression.rule), None))
}
