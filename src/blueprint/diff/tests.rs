use super::*;
use crate::blueprint::load;
use crate::text::Source;

const BASE: &str = "blueprint: 1
id: refund
title: Refund
control: {status: approved, owner: lead, approvers: [cfo], review-every: 6 months, keep-records: 7 years}
inputs:
  - {id: amount, label: Amount, type: number, required: true}
steps:
  - {id: ask, title: Ask for the refund, owner: clerk, due: 1 business day}
  - {id: approve, title: Approve the refund, when: {ref: inputs.amount, more-than: 100}, approval: {by: [cfo, lead], need: all, not-same-as: [ask], escalate: to ceo after 1 day}}
  - id: pay
    title: Pay the money back
    owner: clerk
    due: 2 business days after start
    checklist: [Check the account number, {id: note, text: Note the reference}]
    fields: [{id: receipt, label: Receipt, type: file, required: true}]
  - {id: close, title: Close the case, owner: clerk}
";

fn read(text: &str) -> Blueprint {
    let loaded = load(&Source::new("x.yaml", text));
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.blueprint.unwrap()
}

/// The changes when a piece of the base text is replaced, as `risk step kind`.
fn after(edits: &[(&str, &str)]) -> Vec<String> {
    let mut text = BASE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    diff(&read(BASE), &read(&text)).into_iter().map(|c| format!("{} {} {}", c.risk, c.step.unwrap_or("-".into()), c.kind)).collect()
}

#[test]
fn the_same_is_no_change() {
    assert!(after(&[]).is_empty());
}

#[test]
fn a_gate_that_goes_is_a_danger_whatever_the_way() {
    let gate = "  - {id: approve, title: Approve the refund, when: {ref: inputs.amount, more-than: 100}, approval: {by: [cfo, lead], need: all, not-same-as: [ask], escalate: to ceo after 1 day}}\n";
    assert_eq!(after(&[(gate, "")]), ["DANGER approve approval-removed"]);
    assert_eq!(
        after(&[("approval: {by: [cfo, lead], need: all, not-same-as: [ask], escalate: to ceo after 1 day}", "owner: cfo")])[0],
        "DANGER approve approval-removed"
    );
    // Walked around: only one step is named, or a step is moved before the gate.
    assert_eq!(
        after(&[
            ("need: all,", "need: all, blocks: [close],"),
            ("    due: 2 business days after start\n", "    due: 2 business days after start\n    after: [ask]\n")
        ])[0],
        "DANGER approve gate-walked-around"
    );
    let pay_first = BASE.replace(gate, "").replace("  - {id: close", &format!("{gate}  - {{id: close"));
    let changes = diff(&read(BASE), &read(&pay_first));
    assert_eq!(
        (changes[0].risk, changes[0].kind, changes[0].what.as_str()),
        (Risk::Danger, "gate-walked-around", "`pay` no longer waits for this approval")
    );
}

#[test]
fn weaker_terms_of_a_gate_are_dangers() {
    assert_eq!(after(&[("need: all,", "")]), ["DANGER approve need-lowered"]);
    assert_eq!(after(&[("by: [cfo, lead]", "by: [cfo, clerk]")]), ["DANGER approve approver-changed"]);
    assert_eq!(after(&[("not-same-as: [ask],", "")]), ["DANGER approve separation-removed"]);
    assert_eq!(after(&[("need: all,", "need: all, on-reject: {back-to: ask},")]), ["DANGER approve on-reject-weaker"]);
    assert_eq!(after(&[("more-than: 100", "more-than: 500")]), ["DANGER approve gate-condition-changed"]);
    assert_eq!(after(&[("more-than: 100", "more-than: 50")]), ["medium approve gate-condition-changed"]);
    assert_eq!(after(&[(" when: {ref: inputs.amount, more-than: 100},", "")]), ["medium approve gate-unconditional"]);
    assert_eq!(after(&[(", escalate: to ceo after 1 day", "")]), ["high approve escalation-removed"]);
}

#[test]
fn a_gate_is_also_switched_off_where_its_condition_gets_the_answer() {
    assert_eq!(
        after(&[("type: number, required: true", "type: number")]),
        ["DANGER approve gate-input-changed", "high - field-required-changed"]
    );
    assert_eq!(
        after(&[("type: number, required: true", "type: number, required: true, default: 0")]),
        ["DANGER approve gate-input-changed", "medium - field-changed"]
    );
}

#[test]
fn a_twin_of_a_held_step_before_the_gate_is_a_danger() {
    let early = "  - {id: ask, title: Ask for the refund, owner: clerk, due: 1 business day}\n";
    let twin = format!("{early}  - {{id: pay-out, title: Pay money back, owner: clerk}}\n");
    assert_eq!(after(&[(early, &twin)]), ["DANGER pay-out gate-twin", "medium pay-out step-added"]);
    let rule = "rules:\n  - id: swap\n    when: {ref: inputs.amount, less-than: 5}\n    then: [{assign: clerk, step: approve}]\n";
    let text = format!("{BASE}{rule}");
    let changes = diff(&read(BASE), &read(&text));
    assert_eq!(changes[0].kind, "approver-by-rule");
}

#[test]
fn held_work_said_before_the_gate_is_a_danger() {
    let due = "owner: clerk, due: 1 business day}";
    let listed = after(&[(due, "owner: clerk, due: 1 business day, checklist: [Pay money back]}")]);
    assert_eq!(listed[0], "DANGER ask gate-twin");
    assert_eq!(after(&[("title: Ask for the refund", "title: Pay the money back now")])[0], "DANGER ask gate-twin");
    // Other work in the same place, or the same words behind the gate, is none.
    let other = after(&[(due, "owner: clerk, due: 1 business day, checklist: [Read the letter, Pay]}")]);
    assert!(!other.iter().any(|c| c.contains("gate-twin")), "{other:?}");
    let behind = after(&[("title: Close the case", "title: Pay the money back again")]);
    assert!(!behind.iter().any(|c| c.contains("gate-twin")), "{behind:?}");
}

#[test]
fn approving_ones_own_work_is_a_danger() {
    let to_lead = ("title: Ask for the refund, owner: clerk", "title: Ask for the refund, owner: lead");
    assert_eq!(after(&[to_lead]), ["high ask owner-changed"]);
    let both = after(&[to_lead, ("not-same-as: [ask], ", "")]);
    assert_eq!(both, ["DANGER approve separation-removed", "DANGER approve approver-is-owner", "high ask owner-changed"]);
    // The step is replaced by one with the same words, and the separation goes with the old id.
    let replaced = after(&[("id: ask, title: Ask for the refund", "id: request, title: Ask for the refund"), ("not-same-as: [ask], ", "")]);
    assert_eq!(replaced[0], "DANGER approve separation-removed");
}

#[test]
fn work_that_may_not_be_done_is_high() {
    assert_eq!(after(&[("  - {id: close, title: Close the case, owner: clerk}\n", "")]), ["high close step-removed"]);
    assert_eq!(after(&[("type: file, required: true", "type: file")]), ["high pay field-required-changed"]);
    assert_eq!(after(&[("    fields: [{id: receipt, label: Receipt, type: file, required: true}]\n", "")]), ["DANGER pay field-removed"]);
    assert_eq!(after(&[("Check the account number, ", "")]), ["high pay check-removed"]);
    assert_eq!(after(&[("text: Note the reference}", "text: Note the reference, optional: true}")]), ["high pay check-optional-changed"]);
    assert_eq!(after(&[("title: Close the case, owner: clerk", "title: Close the case, owner: lead")]), ["high close owner-changed"]);
    assert_eq!(
        after(&[("title: Close the case, owner: clerk", "title: Close the case, owner: clerk, optional: true")]),
        ["high close optional-changed"]
    );
}

#[test]
fn due_rules_are_loosened_or_tightened() {
    let due = |to: &str| after(&[("due: 2 business days after start", to)]);
    assert_eq!(due("due: 5 business days after start"), ["high pay due-loosened"]);
    assert_eq!(due("due: 1 business day after start"), ["medium pay due-tightened"]);
    assert_eq!(due("due: 2 days after start"), ["medium pay due-tightened"]);
    assert_eq!(due("due: 2 business days after ask"), ["high pay due-loosened"]);
    assert_eq!(due("due: 2 business days after start at 12:00"), ["medium pay due-tightened"]);
    assert_eq!(due("due: 3 days after start"), ["high pay due-changed"]);
}

#[test]
fn document_control_is_judged_too() {
    assert_eq!(after(&[("keep-records: 7 years", "keep-records: 5 years")]), ["high - retention-changed"]);
    assert_eq!(after(&[("review-every: 6 months", "review-every: 1 year")]), ["high - review-interval-changed"]);
    assert_eq!(
        after(&[("approvers: [cfo]", "approvers: [lead]")]),
        ["DANGER - document-approver-removed", "medium - document-approver-added"]
    );
    assert_eq!(after(&[("status: approved", "status: draft")]), ["medium - status-changed"]);
}

#[test]
fn wording_is_low_unless_the_verb_or_object_changes() {
    assert_eq!(after(&[("title: Close the case", "title: Close this case")]), ["low close title-reworded"]);
    assert_eq!(after(&[("title: Close the case", "title: Escalate the case")]), ["medium close title-changed"]);
    assert_eq!(
        after(&[("id: close, title: Close the case", "id: finish, formerly: [close], title: Close the case")]),
        ["low finish id-changed"]
    );
    assert_eq!(after(&[("id: close, title: Close the case", "id: finish, title: Close the case")])[0], "high close step-removed");
}

#[test]
fn roles_that_meet_in_one_person_are_a_danger() {
    let old = serde_json::from_str(r#"{"cfo": {"people": ["a"]}, "clerk": {"people": ["b"]}}"#).unwrap();
    let new = serde_json::from_str(r#"{"cfo": {"people": ["a", "b"]}, "clerk": {"people": ["b"]}}"#).unwrap();
    let changes = roles_changes(&read(BASE), &old, &new);
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].risk, changes[0].kind), (Risk::Danger, "approver-is-owner"));
    assert!(!changes[0].what.contains("`b`"));
}

#[test]
fn titles_in_the_flow_picture_are_words_and_no_markup() {
    let mut blueprint = read(BASE);
    for (title, drawn) in [
        ("1. Open <b> & \"go\"", "1#46; Open #lt;b#gt; #amp; #quot;go#quot;"),
        ("- Count #3", "#45; Count #35;3"),
        ("`run` it", "#96;run#96; it"),
    ] {
        title.clone_into(&mut blueprint.steps[0].title);
        let flow = show::flow(&blueprint);
        assert!(flow.contains(&format!("s0[\"{drawn}<br>")), "{flow}");
    }
}
