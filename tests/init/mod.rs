//! `stepwright init` in an empty folder, in docs repositories of other generators, and a second time.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{repo::git, said, stepwright, write};

/// Every file below a folder with its text, `.git` left out.
fn tree(dir: &Path) -> BTreeMap<String, String> {
    let walk = walkdir::WalkDir::new(dir).into_iter().filter_entry(|e| e.file_name() != ".git");
    walk.filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            let path = e.path().strip_prefix(dir).unwrap().to_string_lossy().into_owned();
            (path, std::fs::read_to_string(e.path()).unwrap())
        })
        .collect()
}

#[test]
fn an_empty_folder_becomes_a_repository_that_passes_check() {
    let dir = tempfile::tempdir().unwrap();
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "handbook", "--title", "Ops: the real one", "--approvers", "@acme/ops"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("found       an empty folder") && out.contains("stepwright.yaml"), "{out}");
    let handbook = dir.path().join("handbook");
    let files = tree(&handbook);
    for path in ["roles.yaml", "content/_index.md", ".github/CODEOWNERS", ".pre-commit-config.yaml", ".vscode/settings.json"] {
        assert!(files.contains_key(path), "{path} is missing: {:?}", files.keys());
    }
    assert!(
        files[".github/workflows/docs.yml"].contains("branches: [main, master]")
            && files.contains_key(".github/actions/stepwright/action.yml")
    );
    assert!(files["roles.yaml"].contains("@acme/ops") && files[".github/CODEOWNERS"].contains("*.blueprint.yaml @acme/ops"));

    git(&handbook, &["init", "-q", "-b", "main"]);
    git(&handbook, &["add", "-A"]);
    git(&handbook, &["commit", "-q", "-m", "Begin"]);
    let (out, err, code) = said(&stepwright(&handbook, &["check", "--fail-on", "info", "--output", "/tmp/stepwright-init-site"]));
    assert_eq!((out.as_str(), code), ("", 0), "{out}{err}");
    let _ = std::fs::remove_dir_all("/tmp/stepwright-init-site");
    let (_, err, code) = said(&stepwright(&handbook, &["blueprint", "check", "--no-marks"]));
    assert_eq!(code, 0, "{err}");
    for entry in walkdir::WalkDir::new(&handbook).into_iter().filter_map(Result::ok) {
        assert!(!entry.file_name().to_string_lossy().starts_with(".tmp"), "{}", entry.path().display());
    }
}

#[test]
fn every_owner_and_content_folder_gives_pages_that_pass() {
    for flags in [["--owner", "author", "--content", "."], ["--owner", "x", "--content", "a/b"]] {
        let dir = tempfile::tempdir().unwrap();
        let mut args = vec!["init", "h", "-y", "--title", "true"];
        args.extend(flags);
        let (_, err, code) = said(&stepwright(dir.path(), &args));
        assert_eq!(code, 0, "{err}");
        let (out, err, code) = said(&stepwright(&dir.path().join("h"), &["lint", "--fail-on", "warning"]));
        assert_eq!(code, 0, "{flags:?}: {out}{err}");
    }
}

#[test]
fn a_second_run_changes_nothing_and_brings_back_what_was_removed() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(stepwright(dir.path(), &["init"]).status.code(), Some(0));
    let before = tree(dir.path());
    let (_, err, code) = said(&stepwright(dir.path(), &["init"]));
    assert_eq!(code, 0, "nothing to write needs no consent: {err}");
    assert!(err.starts_with("init: 0 files written"), "{err}");
    assert_eq!(tree(dir.path()), before);

    std::fs::remove_file(dir.path().join(".pre-commit-config.yaml")).unwrap();
    write(dir.path(), "roles.yaml", "docs-lead: {title: Somebody}\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "-y"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("init: 1 file written") && err.contains("1 kept"), "{err}");
    assert!(out.contains("keeps       roles.yaml"), "{out}");
    assert_eq!(tree(dir.path())["roles.yaml"], "docs-lead: {title: Somebody}\n");
}

#[test]
fn a_folder_with_files_needs_consent_and_a_dry_run_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "README.md", "# Project\n");
    let (_, err, code) = said(&stepwright(dir.path(), &["init"]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("is not empty") && err.contains("--yes"), "{err}");
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "--dry-run"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("would write") && err.contains("nothing written"), "{out}{err}");
    assert_eq!(tree(dir.path()).len(), 1);
}

#[test]
fn a_mkdocs_repository_is_recognised_and_told_what_fits() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "mkdocs.yml", "site_name: Acme Ops\nsite_url: https://acme.example/ops/\nnav:\n  - Home: index.md\n");
    write(dir.path(), "docs/index.md", "# Home\n\n!!! note\n    Mind the gap.\n\nSee [restore](restore.md) and [gone](gone.md).\n");
    write(
        dir.path(),
        "docs/restore.md",
        "---\ntags: [db]\n---\n# Restore\n\n1. Stop the service.\n2. Copy the dump.\n3. Start the service.\n",
    );
    write(dir.path(), ".gitignore", "site/\n");
    write(dir.path(), "CODEOWNERS", "* @acme/everybody\n");
    let before = tree(dir.path());
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "-y", "--ci", "github", "--approvers", "@acme/ops"]));
    assert_eq!(code, 0, "{err}");
    for line in [
        "found       MkDocs (mkdocs.yml)",
        "front matter on 1 of 2 pages; 1 of 2 links between pages lead somewhere",
        "`!!! note` boxes on 1 page: shown as boxes (docs/index.md:3)",
        "`nav:` in mkdocs.yml",
        "1 error broken-link",
        "/public/",
        "*.blueprint.yaml @acme/ops",
    ] {
        assert!(out.contains(line), "{line} is not in\n{out}");
    }
    let after = tree(dir.path());
    for (path, text) in &before {
        assert_eq!(&after[path], text, "{path} was changed");
    }
    assert!(!after.keys().any(|k| k.starts_with("content/") || k == ".github/CODEOWNERS"), "{:?}", after.keys());
    assert!(after["stepwright.yaml"].contains("content: docs\n") && after["stepwright.yaml"].contains("title: Acme Ops\n"));
    assert!(after["stepwright.yaml"].contains("base-url: \"https://acme.example/ops/\""));
}

#[test]
fn a_docusaurus_site_with_several_folders_is_read_as_it_is_and_nothing_is_falsely_accused() {
    let dir = tempfile::tempdir().unwrap();
    let settings = "module.exports = {\n  title: 'Acme',\n  url: 'https://acme.example',\n  baseUrl: '/',\n  plugins: [['content-docs', {\n    id: 'more', path: 'more'}]],\n};\n";
    write(dir.path(), "docusaurus.config.js", settings);
    write(
        dir.path(),
        "docs/start.mdx",
        "---\nslug: /start\n---\nimport Tabs from '@theme/Tabs';\n\n# Start\n\n:::tip[Read this]\nLook at ![the plan](/img/plan.png).\n:::\n\n<Tabs>\n  <TabItem value=\"a\">\n\n    1. Stop the service.\n    2. Copy the dump.\n\n  </TabItem>\n</Tabs>\n\nSee [install](/docs/guides/install), [more](/more/b) and [gone](./gone.mdx).\n",
    );
    write(dir.path(), "docs/01-guides/01-install.md", "# Install\n\nBack to [start](/start) and [start](../start.mdx).\n");
    write(dir.path(), "more/b.md", "# B\n\nText [a](../docs/start.mdx).\n");
    write(dir.path(), "versioned_docs/version-1.0/a.md", "# Old\n\n[x](gone.md)\n");
    write(dir.path(), "static/img/plan.png", "not a picture");
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "-y", "--ci", "none", "--no-pages"]));
    assert_eq!(code, 0, "{err}");
    for line in
        ["`:::note` boxes on 1 page: shown as boxes (docs/start.mdx:8)", "versioned_docs/ holds old versions: not read", "pages       3:"]
    {
        assert!(out.contains(line), "{line} is not in\n{out}");
    }
    let (out, err, _) = said(&stepwright(dir.path(), &["lint", "--format", "concise", "--only", "broken-link,attachment-missing"]));
    assert_eq!(out, "docs/start.mdx:21:65: error broken-link no page at ./gone.mdx\n", "{err}");
    let (_, err, code) = said(&stepwright(dir.path(), &["build", "--output", "site"]));
    assert_eq!(code, 0, "{err}");
    let site = tree(&dir.path().join("site"));
    let start = &site["docs/start.html"];
    assert!(site.contains_key("img/plan.png") && start.contains("src=\"../img/plan.png\""), "{start}");
    for text in ["<a href=\"01-guides/01-install.html\">install", "<a href=\"../more/b.html\">more", "Read this", "<li>Stop the service."] {
        assert!(start.contains(text), "{text} is not in\n{start}");
    }
    assert!(!start.contains("import Tabs") && !start.contains("TabItem") && !start.contains(":::"), "{start}");
}

#[test]
fn workflows_and_pipelines_that_are_there_stay_and_ours_stand_beside_them() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "docs/a.md", "# A\n");
    write(dir.path(), ".github/workflows/docs.yml", "name: publish with something else\n");
    write(dir.path(), ".gitlab-ci.yml", "stages: [build]\n");
    write(dir.path(), ".git/HEAD", "ref: refs/heads/master\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["init", "-y"]));
    assert_eq!(code, 0, "{err}");
    let files = tree(dir.path());
    assert_eq!(files[".github/workflows/docs.yml"], "name: publish with something else\n");
    assert!(files[".github/workflows/stepwright.yml"].contains("branches: [master]"));
    assert_eq!(files[".gitlab-ci.yml"], "stages: [build]\n");
    assert!(files[".gitlab/stepwright.gitlab-ci.yml"].contains("stepwright check"));
    assert!(out.contains("- local: .gitlab/stepwright.gitlab-ci.yml"), "the line to add is said: {out}");
}

#[test]
fn wrong_flags_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    for (args, said_) in [
        (["--owner", "Docs Lead"], "is not a role id"),
        (["--approvers", "acme"], "is neither"),
        (["--content", "../x"], "leaves the repository"),
        (["--ci", "jenkins"], "invalid value"),
    ] {
        let (_, err, code) = said(&stepwright(dir.path(), &[&["init", "-y"], &args[..]].concat()));
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains(said_), "{args:?}: {err}");
    }
    assert!(tree(dir.path()).is_empty());
    write(dir.path(), "stepwright.yaml", "contnet: x\n");
    let (_, err, code) = said(&stepwright(dir.path(), &["init", "-y"]));
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `content`?"), "{err}");
}
