use super::*;
use crate::text::Source;

/// Checks a blueprint and shows each problem as `line CODE message -> label`.
fn shown(text: &str, context: &Context<'_>) -> Vec<String> {
    let loaded = crate::blueprint::load(&Source::new("content/ops/x.blueprint.yaml", text));
    check(&loaded, context)
        .into_iter()
        .map(|p| {
            let line = loaded.source().line_of(p.span.start);
            let label = p.label.map(|l| format!(" -> {l}")).unwrap_or_default();
            format!("{line} {} {}{label}", p.code, p.message)
        })
        .collect()
}

fn with_head(steps: &str) -> String {
    format!("blueprint: 1\nid: x\ntitle: X\nroles: {{cfo: {{title: CFO}}, clerk: {{title: Clerk}}}}\nsteps:\n{steps}")
}

#[test]
fn a_name_that_does_not_exist_is_answered_with_the_nearest_and_its_line() {
    let text = with_head(
        "  - {id: approve, title: Approve it, approval: cfo}\n  - {id: pay, title: Pay, owner: clrek, after: [aprove], phase: two}\n",
    );
    assert_eq!(
        shown(&text, &Context::default()),
        [
            "7 BP-REF role `clrek` is not declared, neither under `roles:` nor in roles.yaml -> did you mean `clerk`?",
            "7 BP-REF step `pay` comes after `aprove`, which does not exist -> did you mean `approve` (line 6)?",
            "7 BP-REF step `pay` is in phase `two`, which does not exist",
        ]
    );
}

#[test]
fn form_and_meaning_are_reported_together() {
    let text = with_head("  - {id: a, title: A, owner: clerk, due: 2 bussines days}\n  - {id: b, title: B, owner: clerk, after: [c]}\n");
    let found = shown(&text, &Context::default());
    assert!(found[0].starts_with("6 BP-FORM `2 bussines days` is not a due rule"), "{found:?}");
    assert!(found[1].starts_with("7 BP-REF step `b` comes after `c`"), "{found:?}");
}

#[test]
fn a_step_cut_out_for_another_fault_still_exists_for_references() {
    let text = with_head("  - {id: a, owner: clerk}\n  - {id: b, title: B, owner: clerk, after: [a]}\n");
    assert_eq!(shown(&text, &Context::default()), ["6 BP-FORM `title:` is missing"]);
}

#[test]
fn rings_and_self_blocks_are_found() {
    let text = with_head(
        "  - {id: a, title: A, owner: clerk, after: [b]}\n  - {id: b, title: B, owner: clerk, after: [a]}\n  - {id: c, title: C, approval: {by: cfo, blocks: [c, a]}, after: []}\n",
    );
    let found = shown(&text, &Context::default());
    assert!(found.iter().any(|f| f.contains("BP-CYCLE these steps wait for each other: `a` waits for `b` waits for `a`")), "{found:?}");
    assert!(found.iter().any(|f| f.contains("BP-CYCLE approval `c` blocks itself")), "{found:?}");
    assert!(found.iter().any(|f| f.contains("BP-CYCLE approval `c` blocks `a`, which stands before it")), "{found:?}");
}

#[test]
fn conditions_look_back_only_and_fit_the_field() {
    let text = with_head(
        "  - {id: a, title: A, owner: clerk, after: [], when: {ref: steps.b.amount, more-than: 5}}\n  - id: b\n    title: B\n    owner: clerk\n    after: []\n    fields:\n      - {id: amount, label: Amount, type: number}\n      - {id: size, label: Size, type: choice, options: [Small, Large]}\n  - {id: c, title: C, owner: clerk, when: {ref: steps.b.size, is: Larg}}\n  - {id: d, title: D, owner: clerk, when: {ref: steps.b.size, more-than: 3}}\n  - {id: e, title: E, owner: clerk, when: {ref: steps.b.outcome, is: approved}}\n",
    );
    let found = shown(&text, &Context::default());
    assert_eq!(
        found,
        [
            "6 BP-FORWARD step `a` depends on step `b`, which can come later -> add `b` to `after:`",
            "14 BP-TYPE `Larg` is not one of the options of `size`: Small, Large -> did you mean `Large`?",
            "15 BP-TYPE `more-than` does not fit `size`, a field of type `choice`; it takes `is`, `is-not`, `is-any-of`, `empty`",
            "16 BP-TYPE step `b` is no approval and has no outcome",
        ]
    );
}

#[test]
fn gates_that_guard_nothing_are_questioned() {
    let text = with_head("  - {id: a, title: A, owner: cfo}\n  - {id: ok, title: Approve, approval: {by: [cfo], need: 2}}\n");
    let roles = serde_json::from_str(r#"{"cfo": {"people": ["one"]}}"#).unwrap();
    let found = shown(&text, &Context { roles: Some(&roles), ..Context::default() });
    assert_eq!(
        found,
        [
            "7 BP-SELF `cfo` does `a` and may approve it too -> add `not-same-as: [a]`",
            "7 BP-QUORUM needs 2 approvals, but 1 person holds the roles in roles.yaml",
        ]
    );
    let plain = with_head("  - {id: a, title: A, owner: cfo}\n");
    let found = shown(&plain, &Context { sign_off: Some("must sign off"), ..Context::default() });
    assert_eq!(found, ["5 BP-GATE the page asks for a sign-off (\"must sign off\"), no step has an approval"]);
}

#[test]
fn impossible_due_rules_passed_reviews_open_marks_and_missing_owners_are_warnings() {
    let text = format!(
        "{}control: {{approved: \"2026-01-01\", review-every: 6 months}}\n",
        with_head(
            "  - {id: a, title: A, owner: clerk, due: 1 day after start}\n  - id: b\n    title: B\n    due: 1 hour after start\n    review:\n      - {code: owner-vague, at: owner, evidence: someone}\n"
        )
    );
    let today = Some(jiff::civil::date(2026, 11, 22));
    let loaded = crate::blueprint::load(&Source::new("x.blueprint.yaml", text.as_str()));
    let found = check(&loaded, &Context { today, ..Context::default() });
    assert!(found.iter().all(|p| p.level == Level::Warning));
    let codes: Vec<&str> = found.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(codes, ["BP-NOOWNER", "BP-DEAD", "BP-OPEN", "BP-REVIEWBY"]);
    assert!(found[3].message.contains("2026-07-01"), "{}", found[3].message);
}

#[test]
fn keys_that_do_not_go_together_are_named() {
    let text = with_head(
        "  - {id: a, title: A, owner: clerk, approval: cfo, optional: true}\n  - id: b\n    title: B\n    owner: clerk\n    fields:\n      - {id: f, label: F, type: text, options: [x]}\n      - {id: g, label: G, type: choice}\n      - {id: h, label: H, type: number, default: many}\n",
    );
    let found = shown(&text, &Context::default());
    assert_eq!(
        found,
        [
            "6 BP-KEY step `a` is an approval, so it has no `owner:` -> who approves stands under `approval:`",
            "6 BP-KEY step `a` is an approval, so it has no `optional:` -> remove it",
            "11 BP-KEY `options:` belongs to a field of type `choice` or `choices`, this one is `text`",
            "12 BP-KEY a field of type `choice` needs `options:`",
            "13 BP-TYPE the default of `h` is `many`, its type `number` wants a number",
        ]
    );
}

#[test]
fn ids_are_used_once_and_retired_ones_never() {
    let text = format!(
        "{}retired: [gone]\n",
        with_head("  - {id: a, title: A, owner: clerk}\n  - {id: a, title: B, owner: clerk}\n  - {id: gone, title: C, owner: clerk}\n")
    );
    assert_eq!(
        shown(&text, &Context::default()),
        ["7 BP-DUP two steps are called `a` -> first in line 6", "8 BP-DUP `gone` is retired and must not be used again"]
    );
}

#[test]
fn files_that_are_not_there_and_names_that_differ_are_errors() {
    let exists = |path: &str| path == "content/ops/x.md";
    let text = "blueprint: 1\nid: y\ntitle: X\nsource: {page: content/ops/x.md}\nlinks:\n  - {page: content/gone.md}\nsteps:\n  - {id: a, title: A, owner: launcher}\n";
    let found = shown(text, &Context { exists: Some(&exists), ..Context::default() });
    assert_eq!(
        found,
        [
            "2 BP-NAME id `y` is not the file's name `x`",
            "6 BP-LINK there is no content/gone.md in this repository (a page or file; paths begin at the repository's root)",
        ]
    );
}
