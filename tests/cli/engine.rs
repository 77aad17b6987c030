//! The engine of lint as people use it: settings shown, findings counted, the baseline kept small, history asked for.

use std::path::Path;
use std::process::Command;

use crate::support::repo::Repo;
use crate::support::{said, stepwright, write};

#[test]
fn config_says_what_holds_at_a_path_and_where_it_is_set() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/old/a.md", "# A\n");
    let settings = "preset: strict\nrules:\n  stub-page: error\n  broken-link: off\noverrides:\n  - paths: [\"content/old/**\"]\n    rules:\n      stub-page: info\n";
    write(dir.path(), "stepwright.yaml", settings);
    let (out, err, code) = said(&stepwright(dir.path(), &["config", "--show", "content/old/a.md"]));
    assert_eq!(code, 0, "{err}");
    let has = |start: &str, end: &str| out.lines().any(|l| l.starts_with(start) && l.ends_with(end));
    assert!(has("preset: strict", "# stepwright.yaml:1"), "{out}");
    assert!(has("content: content", "# default"), "{out}");
    assert!(has("stub-page: info", "# stepwright.yaml:8"), "{out}");
    assert!(has("broken-link: off", "# stepwright.yaml:4"), "{out}");
    assert!(has("stale-section: info", "# preset strict"), "{out}");
    assert!(has("attachment-missing: error", "# default"), "{out}");
    let (out, _, _) = said(&stepwright(dir.path(), &["config", "--format", "json", "--show", "content/old"]));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["rules"]["broken-link"], serde_json::json!({"level": "off", "from": "rules"}));
    let (_, err, code) = said(&stepwright(dir.path(), &["config", "--show", "nosuch.md"]));
    assert_eq!(code, 2);
    assert!(err.contains("there is no "), "{err}");
}

#[test]
fn rules_are_listed_for_scripts() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _, code) = said(&stepwright(dir.path(), &["rules", "--format", "json"]));
    let rules: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    let section = rules.as_array().unwrap().iter().find(|r| r["name"] == "stale-section").unwrap();
    assert_eq!((&section["code"], &section["confidence"], &section["class"]), (&"SW313".into(), &"medium".into(), &"clock".into()));
}

#[test]
fn stats_count_by_rule_and_name_what_is_hidden() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/a.md", "# A\n\n[b](b.md)\n\n<!-- sw-ignore broken-link: later -->\n[c](c.md)\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["lint", "--stats"]));
    assert_eq!(code, 1, "{err}");
    let row: Vec<&str> = out.lines().find(|l| l.starts_with("broken-link ")).unwrap().split_whitespace().collect();
    assert_eq!(row[1..6], ["1", "0", "0", "1", "0"], "{out}");
    assert!(!out.contains("-->"), "{out}");
    assert!(out.ends_with("edit date unknown: 1 of 1 page\n"), "{out}");
}

fn in_ci(dir: &Path, args: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepwright"));
    let out =
        command.args(args).current_dir(dir).env_clear().env("HOME", dir).env("CI", "true").env("SOURCE_DATE_EPOCH", "1795305600").output();
    said(&out.unwrap())
}

#[test]
fn a_baseline_shrinks_with_the_change_that_mends_a_finding() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/a.md", "# A\n\n[b](b.md)\n\n[c](c.md)\n");
    let only = ["lint", "--write-baseline"];
    assert_eq!(said(&stepwright(dir.path(), &only)).2, 0);
    assert_eq!(in_ci(dir.path(), &["lint"]).2, 0);
    write(dir.path(), "content/a.md", "# A\n\n[c](c.md)\n");
    let (_, err, code) = said(&stepwright(dir.path(), &["lint"]));
    assert_eq!(code, 0, "at a desk it is a remark: {err}");
    for _ in 0..2 {
        let (_, err, code) = said(&stepwright(dir.path(), &["check"]));
        assert_eq!(code, 0, "{err}");
        assert!(err.contains("matches nothing any more"), "said each time: {err}");
    }
    let (_, err, code) = in_ci(dir.path(), &["check"]);
    assert_eq!(code, 1);
    assert!(err.contains("1 entry matches nothing any more in .stepwright/baseline.yaml") && err.contains("--prune-baseline"), "{err}");
    let (_, _, code) = in_ci(dir.path(), &["lint", "--only", "stub-page"]);
    assert_eq!(code, 0, "a run of one rule cannot tell");
    let (_, err, code) = said(&stepwright(dir.path(), &["lint", "--prune-baseline"]));
    assert_eq!(code, 0);
    assert!(err.contains("took 1 entry out of"), "{err}");
    assert_eq!(in_ci(dir.path(), &["lint"]).2, 0);
}

#[test]
fn what_a_cut_off_clone_cannot_tell_is_not_gone() {
    let mut repo = Repo::new();
    let page =
        "---\nkind: procedure\n---\n\n<!-- sw-ignore stale-by-edit: sound as it is -->\n# Restore\n\n1. Stop the job.\n2. Start the job.\n";
    repo.write("content/a.md", page).commit("2019-01-01", "Ada", "a");
    repo.write("content/b.md", "# B\n").commit("2019-02-01", "Ada", "b");
    let unused =
        |dir: &Path| said(&stepwright(dir, &["lint", "--only", "suppression-unused,stale-by-edit"])).0.contains("suppression-unused");
    assert!(!unused(repo.path()), "it silences a finding");
    let (_keep, clone) = repo.shallow_clone(1);
    assert!(!unused(&clone), "whether it silences one is not known");
}

#[test]
fn history_can_be_required() {
    let mut repo = Repo::new();
    repo.write("content/a.md", "# A\n").commit("2026-01-01", "Ada", "a");
    repo.write("content/a.md", "# A\n\nMore.\n").commit("2026-02-01", "Ada", "more");
    assert_eq!(said(&stepwright(repo.path(), &["lint", "--require-history"])).2, 0);
    let (_keep, clone) = repo.shallow_clone(1);
    let (_, err, code) = said(&stepwright(&clone, &["lint", "--require-history"]));
    assert_eq!(code, 2);
    assert!(err.contains("the clone is cut off") && err.contains("git fetch --unshallow"), "{err}");
}

const RUNBOOK: &str = "---\nkind: procedure\n---\n# Outage\n\nCall Anna.\n\n## Stop\n\n1. Close the valve.\n2. Wait.\n\n## Roll back\n\n1. Open the valve.\n2. Tell the hall.\n";

#[test]
fn old_steps_on_a_young_page_are_told_by_triage_lint_and_the_site() {
    let mut repo = Repo::new();
    repo.write("content/a.md", RUNBOOK).write("stepwright.yaml", "content: content\n").commit("2021-03-02", "Ada", "add");
    repo.write("content/a.md", &RUNBOOK.replace("Anna", "Ben").replace("Wait.", "Wait a minute.")).commit(
        "2026-11-01",
        "Ben",
        "Ben is on call",
    );
    let (out, _, _) = said(&stepwright(repo.path(), &["triage", "content/a.md"]));
    assert!(out.contains("\"Roll back\" was last changed 2021-03-02, the page 2026-11-01"), "{out}");
    let (out, _, _) = said(&stepwright(repo.path(), &["triage", "--format", "json"]));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let dates: Vec<_> = json[0]["sections"].as_array().unwrap().iter().map(|s| s["edited"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-11-01", "2021-03-02"]);

    assert!(!said(&stepwright(repo.path(), &["lint"])).0.contains("stale-section"), "off by default");
    let (out, _, _) = said(&stepwright(repo.path(), &["lint", "--only", "stale-section"]));
    assert!(out.contains("the steps under \"Roll back\" have not changed for 5 years"), "{out}");
    assert!(out.contains("last change 2021-03-02 by Ada") && out.contains("the page was last changed 2026-11-01, elsewhere"), "{out}");

    let (_, err, code) = said(&stepwright(repo.path(), &["build"]));
    assert_eq!(code, 0, "{err}");
    let html = std::fs::read_to_string(repo.path().join("public/a.html")).unwrap();
    assert_eq!(html.matches("class=\"sw-tail\"").count(), 1, "{html}");
    let (before, after) = html.split_once("class=\"sw-tail\"").unwrap();
    assert!(
        before.contains("id=\"roll-back\"") && after.starts_with(">Unchanged since <time datetime=\"2021-03-02\">2 Mar 2021</time>"),
        "{after}"
    );

    write(repo.path(), "content/a.md", &RUNBOOK.replace("kind: procedure", "kind: procedure\nreviewed: 2026-10-01"));
    let (out, _, _) = said(&stepwright(repo.path(), &["lint", "--only", "stale-section"]));
    assert!(out.is_empty(), "a review covers the whole page: {out}");
}

#[test]
fn drift_is_reported_when_a_step_moved_and_not_for_a_typo_elsewhere() {
    let mut repo = Repo::new();
    repo.write("content/a.md", RUNBOOK).write("stepwright.yaml", "content: content\n").commit("2026-01-02", "Ada", "add");
    let (_, err, code) = said(&stepwright(repo.path(), &["blueprint", "draft", "content/a.md"]));
    assert_eq!(code, 0, "{err}");
    let drift = || said(&stepwright(repo.path(), &["lint", "--only", "blueprint-drift"])).0;
    assert_eq!(drift(), "");
    write(repo.path(), "content/a.md", &RUNBOOK.replace("Call Anna.", "Call Anna, who is on duty, first."));
    assert_eq!(drift(), "", "the introduction is no step");
    write(repo.path(), "content/a.md", &RUNBOOK.replace("Tell the hall.", "Tell the hall within 10 minutes."));
    let told = drift();
    assert!(told.contains("warning[blueprint-drift]") && told.contains("step `tell-hall`: due 10 minutes"), "{told}");
}
