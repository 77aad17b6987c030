//! `numbering-inconsistent`: the numbers in the source are not what readers see.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::{BlockKind, Item, List, Page};
use crate::text::Span;

pub(super) struct NumberingInconsistent;

static META: RuleMeta = RuleMeta {
    name: "numbering-inconsistent",
    code: "SW108",
    what: "The numbers of a list are neither all equal nor consecutive.",
    why: "Markdown counts by itself: the page shows other numbers than its source, and \"repeat step 4\" means two things. Often a step was lost.",
    how: "Renumber (`stepwright lint --fix`), after checking that no step is missing.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Block,
    fix: FixKind::Safe,
    on_records: false,
    bad: &["1. Stop it.\n2. Copy it.\n2. Start it.\n4. Check it.\n", "1. a\n2. b\n4. c\n"],
    good: &["1. a\n2. b\n3. c\n", "1. a\n1. b\n1. c\n", "0. a\n1. b\n", "3. a\n2. b\n1. c\n", "```\n1. a\n3. b\n```\n"],
    precision: "Structural; series that people write on purpose (all 1, counting down) are left out.",
};

impl Rule for NumberingInconsistent {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if !super::prose::may_be_numbered(cx.page) {
            return;
        }
        cx.tree().walk(&mut |block| {
            let BlockKind::List(list) = &block.kind else { return };
            let Some(numbers) = list.items.iter().map(|i| i.number).collect::<Option<Vec<u64>>>() else { return };
            let Some(wrong) = first_wrong(&numbers) else { return };
            let mut finding = Finding::new(&META, &cx.page.source, marker(cx.page, &list.items[wrong]), format!("steps are numbered {}", listed(&numbers, wrong)))
                .label(format!("readers see {}", numbers[0] + wrong as u64))
                .evidence(format!("the list begins on line {}", cx.page.source.line_of(block.span.start)));
            match renumbered(cx.page, list, &numbers) {
                Some(edits) => {
                    finding.edits = edits;
                    finding = finding.help(Help::Fix(format!("stepwright lint --fix {}   (see first whether a step was lost)", cx.page.path())));
                }
                None => finding = finding.help(Help::Next("renumber the list by hand; its nested content is indented by the width of the numbers".into())),
            }
            out.push(finding);
        });
    }
}

/// The first item whose number breaks the series; `None` for series that people write on purpose.
fn first_wrong(numbers: &[u64]) -> Option<usize> {
    let all = |good: &dyn Fn(u64, u64) -> bool| numbers.windows(2).all(|w| good(w[0], w[1]));
    if all(&|a, b| a == b) || all(&|a, b| b == a + 1) || all(&|a, b| a == b + 1) {
        return None;
    }
    (1..numbers.len()).find(|i| numbers[*i] != meant(numbers, *i))
}

/// The number an item is meant to have: that of the first item where most have it (`1.` for each lets Markdown count), else one more than the item
/// before.
fn meant(numbers: &[u64], at: usize) -> u64 {
    let same = numbers.iter().filter(|n| **n == numbers[0]).count();
    let counted = (0u64..).zip(numbers).filter(|(i, n)| **n == numbers[0] + i).count();
    if same > counted { numbers[0] } else { numbers[0] + at as u64 }
}

/// `1, 2, 2, 4`; long lists around the break only.
fn listed(numbers: &[u64], wrong: usize) -> String {
    let from = wrong.saturating_sub(3);
    let to = numbers.len().min(wrong + 3);
    let shown: Vec<String> = numbers[from..to].iter().map(u64::to_string).collect();
    format!("{}{}{}", if from > 0 { "…, " } else { "" }, shown.join(", "), if to < numbers.len() { ", …" } else { "" })
}

/// The digits of an item's marker.
fn marker(page: &Page, item: &Item) -> Span {
    let text = page.source.slice(item.span);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let start = item.span.range().start;
    Span::new(start, start + digits)
}

/// The edits that number the list from its first number on; `None` if a number would change its width, which can move nested content out of its item.
fn renumbered(page: &Page, list: &List, numbers: &[u64]) -> Option<Vec<crate::lint::finding::Edit>> {
    let mut edits = Vec::new();
    for (at, item) in list.items.iter().enumerate() {
        let right = meant(numbers, at);
        if numbers[at] == right {
            continue;
        }
        let span = marker(page, item);
        let text = right.to_string();
        if text.len() != span.len() {
            return None;
        }
        edits.push(crate::lint::finding::Edit { span, text });
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    /// Line and message of the one finding.
    fn said(text: &str) -> (usize, String) {
        let request = Request { only: vec!["numbering-inconsistent".to_owned()], ..Request::default() };
        let found = run(&Workspace::from_example(text), &request);
        assert_eq!(found.len(), 1, "{text}");
        (found[0].line(), found[0].message.clone())
    }

    #[test]
    fn the_number_that_breaks_the_series_is_named() {
        assert_eq!(said("1. a\n2. b\n4. c\n5. d\n"), (3, "steps are numbered 1, 2, 4, 5".to_owned()));
        assert_eq!(said("1. a\n1. b\n1. c\n2. d\n"), (4, "steps are numbered 1, 1, 1, 2".to_owned()), "all ones but the last");
        assert_eq!(said("1. a\n2. b\n2. c\n3. d\n"), (3, "steps are numbered 1, 2, 2, 3".to_owned()));
    }
}
