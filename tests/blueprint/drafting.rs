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
