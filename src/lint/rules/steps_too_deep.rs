//! `steps-too-deep`: steps inside steps inside steps.

use crate::config::Severity;
use crate::page::{Block, BlockKind};
use crate::text::Span;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct StepsTooDeep;

static META: RuleMeta = RuleMeta {
    name: "steps-too-deep",
    code: "SW110",
    what: "Numbered lists are nested four or more deep.",
    why: "Nobody can say \"I am at step 2.1.3.1\", and a blueprint has to flatten it.",
    how: "Make the inner part a section or a procedure of its own.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "1. a\n   1. b\n      1. c\n         1. d\n",
    ],
    good: &[
        "1. a\n   1. b\n      1. c\n",
        "1. a\n   - b\n     1. c\n        - d\n",
    ],
    precision: "Structural.",
};

impl Rule for StepsTooDeep {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if !super::prose::may_be_numbered(cx.page) {
            return;
        }
        for block in cx.tree().iter() {
            if let Some((span, path)) = deep(block, &mut Vec::new()) {
                let finding = Finding::new(&META, &cx.page.source, super::place::first_line(cx.page, span), format!("steps are nested {} deep", path.len()));
                out.push(finding.evidence(format!("step {}", path.join("."))).help(Help::Next("make the inner part a section or a page of its own".into())));
            }
        }
    }
}

/// Levels from which on steps are too deep.
const LIMIT: usize = 4;

/// The first item at the limit: its place and its numbers from the outside in.
fn deep(block: &Block, path: &mut Vec<String>) -> Option<(Span, Vec<String>)> {
    match &block.kind {
        BlockKind::List(list) => {
            for (at, item) in list.items.iter().enumerate() {
                if list.start.is_some() {
                    path.push((at + 1).to_string());
                    if path.len() >= LIMIT {
                        return Some((item.span, path.clone()));
                    }
                }
                let found = item.blocks.iter().find_map(|b| deep(b, path));
                if list.start.is_some() {
                    path.pop();
                }
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        BlockKind::Quote(_, blocks) => blocks.iter().find_map(|b| deep(b, path)),
        _ => None,
    }
}
