//! `checklist-as-record`: a list that was ticked off once.

use crate::config::Severity;
use crate::page::BlockKind;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct ChecklistAsRecord;

static META: RuleMeta = RuleMeta {
    name: "checklist-as-record",
    code: "SW114",
    what: "Most checkboxes of a page are ticked: a past run, not a template.",
    why: "Whoever uses the page next starts with a list that is already done.",
    how: "Untick the boxes and keep the record elsewhere, or say `kind: record` in the front matter.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Pure,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "# Release\n\n- [x] Tag it\n- [x] Build it\n- [x] Ship it\n- [x] Tell people\n- [ ] Rest\n",
    ],
    good: &[
        "# Release\n\n- [ ] Tag it\n- [ ] Build it\n- [ ] Ship it\n- [x] Tell people\n",
    ],
    precision: "Expected, to be measured.",
};

impl Rule for ChecklistAsRecord {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if cx.workspace.kind(cx.id).is_record() {
            return;
        }
        let mut all = 0;
        let mut ticked = 0;
        let mut first = None;
        cx.tree().walk(&mut |block| {
            let BlockKind::List(list) = &block.kind else { return };
            for item in &list.items {
                all += usize::from(item.task.is_some());
                ticked += usize::from(item.task == Some(true));
                if item.task == Some(true) {
                    first.get_or_insert(item.span);
                }
            }
        });
        let Some(span) = first.filter(|_| all >= 4 && ticked * 4 >= all * 3) else { return };
        out.push(
            Finding::new(&META, &cx.page.source, super::place::first_line(cx.page, span), format!("{ticked} of {all} checkboxes are ticked: this looks like one past run"))
                .evidence(format!("{ticked} of {all} ticked"))
                .help(Help::Next("untick them, or say `kind: record` if the page is the record of one run".into())),
        );
    }
}
