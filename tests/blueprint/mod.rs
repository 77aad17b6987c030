//! Blueprints from outside: the format, its checks, what is written out again.

mod drafting;
mod random;
mod syncing;
mod tallyfy;

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stepwright::blueprint::check::{Context, Level, check};
use stepwright::blueprint::{load, to_yaml};
use stepwright::text::Source;

use crate::support::{said, stepwright, write};

/// A small handbook whose three blueprints use the whole format between them.
fn handbook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blueprint/handbook")
}

fn handbook_blueprints() -> Vec<(String, String)> {
    ["ops/outage", "fin/month-end", "people/joining"]
        .iter()
        .map(|name| {
            let path = format!("content/{name}.blueprint.yaml");
            let text = std::fs::read_to_string(handbook().join(&path)).unwrap();
            (path, text)
        })
        .collect()
}

#[test]
fn the_handbook_has_nothing_but_two_open_questions() {
    let (out, err, code) = said(&stepwright(&handbook(), &["blueprint", "check", "--format", "concise"]));
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.lines().all(|l| l.contains("open question")), "{out}");
    assert!(err.starts_with("blueprint check: passes, 2 warnings in 2 of 3 blueprints;"), "{err}");
}

#[test]
fn what_is_read_is_written_and_read_again_as_the_same() {
    for (path, text) in handbook_blueprints() {
        let first = load(&Source::new(path.as_str(), text)).blueprint.unwrap();
        let written = to_yaml(&first);
        let again = load(&Source::new(path.as_str(), written.as_str()));
        assert!(again.problems.is_empty(), "{path}: {:?}\n{written}", again.problems);
        let again = again.blueprint.unwrap();
        assert_eq!(again, first, "{path}");
        assert_eq!(to_yaml(&again), written, "{path}");
    }
}

#[test]
fn errors_have_frames_and_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "content/refund.blueprint.yaml",
        "blueprint: 1\nid: refund\ntitle: Refund\nsteps:\n  - id: approve\n    title: Approve\n    approval: launcher\n  - id: pay\n    title: Pay\n    owner: launcher\n    after: [aprove]\n    due: 2 bussines days\n",
    );
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "check"]));
    assert_eq!(code, 1, "{err}");
    assert!(err.starts_with("blueprint check: fails, 2 errors in 1 of 1 blueprint;"), "{err}");
    insta::assert_snapshot!(out);
    let (_, err, code) = said(&stepwright(dir.path(), &["blueprint", "check", "nosuch"]));
    assert_eq!(code, 2, "{err}");
    let empty = tempfile::tempdir().unwrap();
    write(empty.path(), "content/a.md", "# A\n");
    let (_, err, code) = said(&stepwright(empty.path(), &["blueprint", "check"]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("no blueprints"), "{err}");
}

#[test]
fn machine_output_names_check_place_and_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/x.blueprint.yaml", "blueprint: 1\nid: x\ntitle: X\nsteps:\n  - {id: a, title: A, onwer: launcher}\n");
    let json: serde_json::Value =
        serde_json::from_slice(&stepwright(dir.path(), &["blueprint", "check", "--format", "json"]).stdout).unwrap();
    let first = &json["findings"][0];
    assert_eq!(first["check"], "BP-FORM");
    assert_eq!(first["suggestion"], "owner");
    assert_eq!(first["range"]["start"]["line"], 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any blueprint is written as YAML that reads back as the same value, without a problem of form or meaning.
    #[test]
    fn random_blueprints_survive_writing(blueprint in random::blueprint()) {
        let written = to_yaml(&blueprint);
        let loaded = load(&Source::new("content/random.blueprint.yaml", written.as_str()));
        prop_assert!(loaded.problems.is_empty(), "{:?}\n{}", loaded.problems, written);
        prop_assert_eq!(loaded.blueprint.as_ref(), Some(&blueprint), "{}", written);
        let errors: Vec<_> = check(&loaded, &Context::default()).into_iter().filter(|p| p.level == Level::Error).collect();
        prop_assert!(errors.is_empty(), "{:?}\n{}", errors, written);
        prop_assert_eq!(to_yaml(&blueprint), written);
    }

    /// Whatever a file holds, reading it ends, and every problem lies inside the file.
    #[test]
    fn any_text_is_read_without_a_crash(text in "(blueprint: 1|id: [a-z]{0,3}|title: |steps:|  - id: a|    title: x|    after: \\[[a-z, ]{0,4}\\]?|[ -~\n]{0,10}|\n){0,12}") {
        let loaded = load(&Source::new("x.blueprint.yaml", text.as_str()));
        for problem in check(&loaded, &Context::default()) {
            prop_assert!(problem.span.range().end <= text.len());
        }
    }
}

const REFUND: &str = "blueprint: 1
id: refund
title: Refund
source: {page: content/refund.md}
roles: {clerk: {title: Clerk}, lead: {title: Lead}}
steps:
  - {id: approve, title: Approve the refund, approval: lead}
  - {id: pay, title: Pay the money back, owner: clerk, due: 1 business day}
  - {id: close, title: Close the case, owner: clerk}
";

#[test]
fn a_diff_between_a_branch_and_the_working_tree_names_the_danger_and_fails() {
    let mut repo = crate::support::repo::Repo::new();
    repo.write("content/refund.md", "# Refund\n\n1. The lead must approve.\n2. Pay.\n").write("content/refund.blueprint.yaml", REFUND);
    repo.write("content/other.blueprint.yaml", &REFUND.replace("id: refund", "id: other"));
    repo.commit("2026-01-01", "Ada", "Write");
    let weak = REFUND
        .replace("  - {id: approve, title: Approve the refund, approval: lead}\n", "")
        .replace("due: 1 business day", "due: 5 business days")
        .replace("Close the case", "Close this case");
    write(repo.path(), "content/refund.blueprint.yaml", &weak);
    let (out, err, code) = said(&stepwright(repo.path(), &["blueprint", "diff"]));
    assert_eq!(code, 1, "{err}");
    assert!(err.starts_with("blueprint diff: fails, 1 danger, 1 high, 1 low in 1 of 2 blueprints;"), "{err}");
    insta::assert_snapshot!(out);
    let (out, _, code) = said(&stepwright(repo.path(), &["blueprint", "diff", "main", "--format", "markdown", "--exit-zero"]));
    assert_eq!(code, 0);
    insta::assert_snapshot!("markdown", out);
    let json: serde_json::Value =
        serde_json::from_slice(&stepwright(repo.path(), &["blueprint", "diff", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["summary"]["danger"], 1);
    assert_eq!(json["blueprints"][0]["changes"][0]["kind"], "approval-removed");
    assert_eq!(json["blueprints"][0]["changes"][0]["step"], "approve");
}

#[test]
fn files_revisions_and_what_is_missing() {
    let mut repo = crate::support::repo::Repo::new();
    repo.write("content/refund.blueprint.yaml", REFUND).commit("2026-01-01", "Ada", "Write");
    repo.rename("content/refund.blueprint.yaml", "content/fin/refund.blueprint.yaml").commit("2026-01-02", "Ada", "Move");
    let (out, err, code) = said(&stepwright(repo.path(), &["blueprint", "diff", "HEAD~1", "HEAD"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("low     -  moved from content/refund.blueprint.yaml"), "{out}");
    write(repo.path(), "new.yaml", &REFUND.replace(", due: 1 business day", ""));
    let args = ["blueprint", "diff", "content/fin/refund.blueprint.yaml", "new.yaml", "--fail-on", "high"];
    let (out, _, code) = said(&stepwright(repo.path(), &args));
    assert_eq!(code, 1);
    assert!(out.contains("high    pay  due 1 business day removed"), "{out}");
    let (out, err, code) = said(&stepwright(repo.path(), &["blueprint", "diff", "origin/main"]));
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("git knows no revision `origin/main`"), "{err}");
    repo.remove("content/fin/refund.blueprint.yaml");
    std::fs::remove_file(repo.path().join("content/fin/refund.blueprint.yaml")).unwrap();
    let (out, _, code) = said(&stepwright(repo.path(), &["blueprint", "diff"]));
    assert_eq!(code, 1);
    assert!(out.contains("DANGER  -  blueprint removed, 3 steps with its approvals: approve"), "{out}");
}

/// Not a test of its own: writes random blueprints for the checks that run exports in other programs (`.ci/blueprints`).
#[test]
fn write_random_blueprints_where_asked() {
    use proptest::strategy::{Strategy, ValueTree};
    let Some(folder) = std::env::var_os("STEPWRIGHT_RANDOM_BLUEPRINTS") else { return };
    let folder = PathBuf::from(folder);
    write(&folder, "stepwright.yaml", "site: {title: Random}\n");
    write(&folder, "content/a.md", "# A\n");
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for n in 0..200 {
        let mut blueprint = random::blueprint().new_tree(&mut runner).unwrap().current();
        blueprint.id = format!("random-{n}");
        write(&folder, &format!("content/random-{n}.blueprint.yaml"), &to_yaml(&blueprint));
        // What the YAML has to mean to any other reader.
        write(&folder, &format!("expected/random-{n}.json"), &serde_json::to_string(&blueprint).unwrap());
    }
}

#[test]
fn tallyfy_gets_a_mapping_its_calls_and_the_losses() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "roles.yaml", "lead: {title: Lead, tallyfy: {members: [7]}}\n");
    write(dir.path(), "content/refund.blueprint.yaml", &REFUND.replace("source: {page: content/refund.md}\n", ""));
    let (_, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "tallyfy", "--into", "out", "--strict"]));
    assert_eq!(code, 1, "{err}");
    let read = |name: &str| std::fs::read_to_string(dir.path().join("out").join(name)).unwrap();
    let mapping: serde_json::Value = serde_json::from_str(&read("refund.tallyfy.json")).unwrap();
    let gate = mapping["steps"].as_array().unwrap().iter().find(|s| s["step_type"] == "approval").unwrap();
    assert_eq!(gate["assignees"]["users"], serde_json::json!([7]));
    assert!(read("refund.tallyfy-calls.jsonl").lines().last().unwrap().contains("Hide by default"));
    assert!(read("refund.tallyfy.json.losses.md").contains("hidden at the start"));
}

#[test]
fn codeowners_ask_the_approvers_and_say_who_has_no_account() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "roles.yaml", "cfo: {title: CFO, github: [\"@acme/cfo\"]}\n");
    let controlled = "control: {approvers: [cfo]}\nroles: {auditor: {title: Auditor}";
    assert!(REFUND.contains("roles: {"), "{REFUND}");
    write(dir.path(), "content/my refund.md", "# Refund\n");
    let text = REFUND.replacen("roles: {", &(controlled.to_owned() + ", "), 1).replace("content/refund.md", "content/my refund.md");
    write(dir.path(), "content/refund.blueprint.yaml", &text);
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "codeowners", "--strict"]));
    assert_eq!((out.as_str(), code), ("/content/refund.blueprint.yaml @acme/cfo\n/content/my\\ refund.md @acme/cfo\n", 0), "{err}");
    let text = text.replace("approvers: [cfo]", "approvers: [auditor]");
    write(dir.path(), "content/refund.blueprint.yaml", &text);
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "codeowners", "--strict"]));
    assert_eq!((out.as_str(), code), ("", 1), "{err}");
    assert!(err.contains("approver `auditor` (nobody is asked"), "{err}");
}

#[test]
fn a_run_sheet_says_what_to_do_in_order_and_where_to_stop() {
    let (out, err, code) = said(&stepwright(&handbook(), &["blueprint", "export", "run-sheet", "content/ops/outage.blueprint.yaml"]));
    assert_eq!(code, 0, "{err}");
    insta::assert_snapshot!("run_sheet", out);
}

#[test]
fn what_weakens_the_process_is_reported_and_fails_a_strict_export() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/refund.blueprint.yaml", &REFUND.replace("source: {page: content/refund.md}\n", ""));
    let (_, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "github-form", "--into", "out"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("warning: refund `approve`: approval holds nothing back (a box to tick)"), "{err}");
    assert!(dir.path().join("out/refund.issue-form.yml").is_file() && dir.path().join("out/refund.issue-form.yml.losses.md").is_file());
    let (_, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "github-form", "--into", "out", "--strict"]));
    assert_eq!(code, 1, "{err}");
    // BPMN holds the gate for real.
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "bpmn", "--strict"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("outcome_approve == 'approved'"), "{out}");
    write(dir.path(), "content/refund.blueprint.yaml", &REFUND.replace("owner: clerk", "owner: nobody"));
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "export", "bpmn"]));
    assert_eq!((out.as_str(), code), ("", 2), "{err}");
    assert!(err.contains("not exported, it has errors"), "{err}");
}

#[test]
fn the_format_reference_names_every_key_of_the_schema() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("content/guide/blueprint-format.md")).unwrap();
    let (out, _, _) = said(&stepwright(&handbook(), &["schema", "blueprint"]));
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    let objects = schema["definitions"].as_object().unwrap().values().chain([&schema]);
    let keys = objects.filter_map(|d| d["properties"].as_object()).flat_map(|p| p.keys());
    let missing: Vec<&String> =
        keys.filter(|k| !page.contains(&format!("\n| `{k}` ")) && !page.contains(&format!("\n| `{k}` (required)"))).collect();
    assert!(missing.is_empty(), "content/guide/blueprint-format.md says nothing of {missing:?}");
    // The example on the page is one.
    let example = page.split("```yaml\n").nth(1).and_then(|p| p.split("```").next()).unwrap();
    let loaded = load(&Source::new("content/fin/refund.blueprint.yaml", example));
    assert!(loaded.problems.is_empty() && loaded.blueprint.is_some(), "{:?}", loaded.problems);
}
