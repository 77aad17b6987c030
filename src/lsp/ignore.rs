//! The edit that silences one finding and leaves the reason to the person: a comment on the line, or an entry in the front matter.

use crate::lint::finding::Edit;
use crate::lint::{Finding, Scope};
use crate::page::{BlockKind, Page};
use crate::text::Span;

/// What it covers in words, and the edit; `None` where no suppression can be written.
pub(super) fn edit(page: &Page, finding: &Finding) -> Option<(&'static str, Edit)> {
    let whole = matches!(finding.rule.scope, Scope::Page | Scope::Site) || finding.span.start < page.body.start;
    if whole {
        in_front_matter(page, finding.rule.name).map(|e| ("on this page", e))
    } else {
        on_line(page, finding).map(|e| ("on this line", e))
    }
}

fn on_line(page: &Page, finding: &Finding) -> Option<Edit> {
    let mut in_code = false;
    page.tree().walk(&mut |block| in_code |= matches!(block.kind, BlockKind::Code { .. }) && block.span.contains(finding.span));
    if in_code {
        return None;
    }
    let line = page.source.line_span(finding.line())?;
    // In front of blanks that end the line: two of them are a line break.
    let end = line.range().start + page.source.slice(line).trim_end().len();
    Some(Edit { span: Span::new(end, end), text: format!(" <!-- sw-ignore-line {}: -->", finding.rule.name) })
}

fn in_front_matter(page: &Page, rule: &str) -> Option<Edit> {
    if page.meta.keys.contains_key("stepwright") {
        return None;
    }
    let entry = format!("stepwright:\n  ignore:\n    - rule: {rule}\n      reason:\n");
    let end = page.meta.span.range().end;
    if page.meta.span.range().start > 0 {
        return Some(Edit { span: Span::new(end, end), text: entry });
    }
    let start = if page.source.text().starts_with('\u{feff}') { 3 } else { 0 };
    Some(Edit { span: Span::new(start, start), text: format!("---\n{entry}---\n\n") })
}
