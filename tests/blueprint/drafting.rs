//! Pages to blueprints: each folder below `draft/` holds a page and what is drafted from it, and every draft must hold as a blueprint.

use std::path::{Path, PathBuf};

use stepwright::blueprint::check::{Context, Level, check};
use stepwright::blueprint::draft::{draft, write};
use stepwright::blueprint::{load, to_yaml};
use stepwright::page::Page;
use stepwright::text::Source;

use crate::support::{said, stepwright, write as write_file};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blueprint/draft");
    let mut out: Vec<_> = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    out.sort();
    out
}

fn drafted(page: &Page) -> Vec<String> {
    let resolve = |dest: &str| dest.ends_with(".md").then(|| format!("content/{dest}"));
    draft(page).iter().map(|d| to_yaml(&write::blueprint(d, page, &resolve))).collect()
}

/// `STEPWRIGHT_BLESS=1` writes what is drafted as the new expectation; read it before committing.
#[test]
fn pages_become_the_blueprints_beside_them() {
    let mut wrong = Vec::new();
    for case in cases() {
        let text = std::fs::read_to_string(case.join("page.md")).unwrap();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let page = Page::parse(Source::new(format!("content/{name}.md"), text));
        let got = drafted(&page).join("---\n");
        let path = case.join("expected.yaml");
        if std::env::var_os("STEPWRIGHT_BLESS").is_some_and(|v| !v.is_empty()) {
            std::fs::write(&path, &got).unwrap();
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        if got != want {
            wrong.push(format!("{name}:\n{}", similar::TextDiff::from_lines(&want, &got).unified_diff()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_draft_is_a_valid_blueprint() {
    for case in cases() {
        let text = std::fs::read_to_string(case.join("page.md")).unwrap();
        let page = Page::parse(Source::new("content/p.md", text));
        for yaml in drafted(&page) {
            let loaded = load(&Source::new("content/p.blueprint.yaml", yaml.clone()));
            assert!(loaded.blueprint.is_some(), "{}: {yaml}", case.display());
            let errors: Vec<_> = check(&loaded, &Context::default())
                .into_iter()
                .filter(|p| p.level == Level::Error && p.code.as_str() != "BP-NAME" && p.code.as_str() != "BP-LINK")
                .map(|p| p.message)
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}\n{yaml}", case.display());
        }
    }
}

#[test]
fn the_command_writes_beside_the_page_keeps_what_is_there_and_explains() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "stepwright.yaml", "");
    write_file(
        dir.path(),
        "content/ops/claim.md",
        "# Claim\n\n1. Fill in the form.\n2. Send it to your manager for approval within 2 days.\n",
    );
    write_file(dir.path(), "content/ops/facts.md", "# Facts\n\n1. The server answers.\n2. The queue is long.\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["blueprint", "draft", "content/ops/claim.md", "--explain"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("wrote content/ops/claim.blueprint.yaml: 3 steps, 1 approval, 1 due\n"), "{out}");
    assert!(out.contains("approval   sent for approval: \"Send it to your manager for approval within 2 days.\""), "{out}");
    assert!(err.contains("blueprint draft: 1 blueprint, 3 steps, 0 marks open; not committed"), "{err}");
    let before = std::fs::read_to_string(dir.path().join("content/ops/claim.blueprint.yaml")).unwrap();
    assert!(before.contains("due: 2 days"), "{before}");
    let (_, err, _) = said(&stepwright(dir.path(), &["blueprint", "draft", "content/ops/claim.md"]));
    assert!(err.contains("exists and was kept"), "{err}");
    let (out, _, code) =
        said(&stepwright(dir.path(), &["blueprint", "draft", "--format", "json", "content/ops/claim.md", "content/ops/facts.md"]));
    assert_eq!(code, 0);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["content/ops/facts.md"], serde_json::json!([]));
    assert_eq!(json["content/ops/claim.md"][0]["steps"][1]["due"], "2 days");
    assert_eq!(json["content/ops/claim.md"][0]["steps"][1]["line"], 4);
    assert_eq!(std::fs::read_to_string(dir.path().join("content/ops/claim.blueprint.yaml")).unwrap(), before);
}

/// What sections are told by their headings: phases of one procedure, alternatives, or procedures of their own.
#[test]
fn sections_are_phases_only_where_their_headings_say_so() {
    let page = |title: &str, parts: &[(&str, &str)]| {
        let mut text = format!("---\nkind: procedure\n---\n\n# {title}\n");
        for (heading, first) in parts {
            text += &format!("\n## {heading}\n\n1. {first}\n2. Record the result of {}.\n", heading.to_lowercase());
        }
        draft(&Page::parse(Source::new("content/p.md", text)))
    };
    let shape = |title: &str, parts: &[(&str, &str)]| page(title, parts).iter().map(|d| d.phases.len()).collect::<Vec<_>>();
    for (title, headings) in [
        ("Release a version", ["Prepare", "Approve", "Publish"]),
        ("Month-end close", ["Preparation", "Review and approval", "Publication"]),
        ("Onboarding", ["Before the first day", "Week 1", "After probation"]),
        ("Respond to a security report", ["Triage", "Fix it", "Tell people"]),
        ("How to move office", ["Plan the move", "Pack", "Hand over the keys"]),
    ] {
        let parts: Vec<_> = headings.iter().zip(["Open the list.", "Ask the team lead.", "Send the note."]).map(|(h, s)| (*h, s)).collect();
        assert_eq!(shape(title, &parts), [3], "{title}: {headings:?}");
    }
    for (title, headings) in [
        ("Install the client", ["On Linux", "On Windows"]),
        ("Reset a password", ["Option A: by e-mail", "Option B: by phone"]),
        ("Manage users", ["How to add a user", "How to remove a user"]),
        ("Expense reports", ["Approve a report", "Reject a report"]),
        ("Purchasing", ["Business cards", "Office supplies"]),
        ("Rotate the keys", ["Rotate the signing key", "Rotate the webhook secret"]),
    ] {
        let parts: Vec<_> = headings.iter().zip(["Open the list.", "Ask the team lead."]).map(|(h, s)| (*h, s)).collect();
        assert_eq!(shape(title, &parts), [0, 0], "{title}: {headings:?}");
    }
    let ways = page("Install the client", &[("On Linux", "Run the script."), ("On Windows", "Run the installer.")]);
    assert!(ways.iter().all(|d| d.variant && d.marks.iter().any(|m| m.code == "variant")));
    // The same first step twice: each section begins anew.
    let anew = page("Handle the budget", &[("Review", "Sign in to the portal."), ("Approval", "Sign in to the portal.")]);
    assert_eq!(anew.len(), 2);
    // What is done when something goes wrong is no phase.
    let contingency = page("Release a version", &[("Build", "Run the build."), ("Publish", "Push the tag."), ("Rollback", "Yank it.")]);
    assert_eq!(contingency.iter().map(|d| d.phases.len()).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn a_gate_in_one_phase_holds_the_steps_of_the_next() {
    let text = "# Release a version\n\n## Prepare\n\n1. Set the version.\n2. Open a pull request.\n\n## Approve\n\n1. The maintainer must sign off the release.\n\n## Publish\n\n1. Tag the commit.\n2. Publish the crate.\n";
    let page = Page::parse(Source::new("content/release.md", text));
    let drafts = draft(&page);
    assert_eq!(drafts.len(), 1);
    let blueprint = write::blueprint(&drafts[0], &page, &|_| None);
    assert_eq!(blueprint.phases.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["prepare", "approve", "publish"]);
    let gate = blueprint.steps.iter().position(|s| s.approval.is_some()).unwrap();
    let graph = stepwright::blueprint::graph::Graph::new(&blueprint);
    for later in gate + 1..blueprint.steps.len() {
        assert!(graph.before[later].contains(&gate), "{}", blueprint.steps[later].id);
    }
}

#[test]
fn a_workflow_of_documents_becomes_document_control_and_no_steps() {
    let dir = tempfile::tempdir().unwrap();
    let page = r#"{"id": "7", "type": "page", "title": "Refund a customer", "space": {"key": "FIN"},
        "body": {"storage": {"value": "<ol><li>Check the order.</li><li>Pay the money back.</li></ol>"}},
        "metadata": {"labels": {"results": [{"name": "sop"}]}}}"#;
    write_file(dir.path(), "export/page.json", page);
    let workflow = "{workflow:name=SOP review|label=SOP}\n{state:Draft|approved=Approved}\n{approval:Peer review|minimum=2|group=Quality Team}\n\
        {task:name=Attach evidence}\n{state}\n{state:Approved|final=true|expired=Draft|duedate=P6M}\n{state}\n{workflow}\n";
    write_file(dir.path(), "review.txt", workflow);
    let docs = dir.path().join("docs");
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let (out, err, code) =
        said(&stepwright(dir.path(), &["import", "run", &path("export"), &path("review.txt"), "--into", "docs", "--yes"]));
    assert_eq!(code, 0, "{out}{err}");
    let (out, err, code) = said(&stepwright(&docs, &["blueprint", "draft", "content/fin/refund-a-customer.md"]));
    assert_eq!(code, 0, "{out}{err}");
    let blueprint = std::fs::read_to_string(docs.join("content/fin/refund-a-customer.blueprint.yaml")).unwrap();
    assert!(blueprint.contains("control: {status: draft, approvers: [quality-team], review-every: 6 months}\n"), "{blueprint}");
    assert!(blueprint.contains("quality-team: {title: Quality team}") && blueprint.matches("- id:").count() == 2, "{blueprint}");
    let losses = std::fs::read_dir(docs.join(".stepwright/imports")).unwrap().map(|e| e.unwrap().path());
    let losses: String =
        losses.filter(|p| p.extension().is_some_and(|e| e == "csv")).map(|p| std::fs::read_to_string(p).unwrap()).collect();
    assert!(losses.contains("workflow quorum") && losses.contains("Attach evidence"), "{losses}");
}
