//! The website as files: the same bytes from anywhere, whole after trouble, and what stands in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::stepwright;

fn handbook(into: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/site/handbook");
    for entry in walk(&from) {
        let target = into.join(entry.strip_prefix(&from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&entry, target).unwrap();
    }
}

fn walk(root: &Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(walk(&path)) } else { out.push(path) }
    }
    out
}

fn build(repo: &Path, args: &[&str]) -> Output {
    let all: Vec<&str> = ["build"].iter().chain(args).copied().collect();
    stepwright(repo, &all)
}

fn files(site: &Path) -> BTreeMap<String, Vec<u8>> {
    walk(site).into_iter().map(|p| (p.strip_prefix(site).unwrap().to_string_lossy().into_owned(), fs::read(&p).unwrap())).collect()
}

#[test]
fn the_same_bytes_from_two_folders_and_nothing_to_do_the_second_time() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [a.path(), b.path()] {
        handbook(dir);
        assert!(build(dir, &["--threads", if dir == a.path() { "1" } else { "2" }]).status.success());
    }
    assert!(files(&a.path().join("public")) == files(&b.path().join("public")), "two builds differ");
    let again = build(a.path(), &[]);
    assert!(String::from_utf8_lossy(&again.stderr).contains(" 0 changed"), "{again:?}");
}

#[test]
fn a_broken_override_names_file_and_line_and_leaves_the_old_site() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    assert!(build(dir.path(), &[]).status.success());
    let before = files(&dir.path().join("public"));
    let own = dir.path().join("themes/default/templates");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("page.html"), "{% extends \"base.html\" %}\n{% block content %}\n{{ page.nothing.more }}\n{% endblock content %}\n")
        .unwrap();
    let output = build(dir.path(), &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("themes/default/templates/page.html:3:"), "{said}");
    assert!(before == files(&dir.path().join("public")), "the old site was touched");
    fs::write(
        own.join("page.html"),
        "{% extends \"base.html\" %}\n{% block content %}\n<p>Ours</p>{{ slots.body | safe }}\n{% endblock content %}\n",
    )
    .unwrap();
    assert!(build(dir.path(), &[]).status.success());
    assert!(fs::read_to_string(dir.path().join("public/finance/expenses.html")).unwrap().contains("<p>Ours</p>"));
}

#[test]
fn links_numbers_and_old_addresses_stand_as_they_must() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    build(dir.path(), &[]);
    let site = dir.path().join("public");
    let read = |path: &str| fs::read_to_string(site.join(path)).unwrap();
    let page = read("ops/restore-primary.html");
    assert!(page.contains("<a href=\"db-layout.html#zones\">data owner</a>"));
    assert!(page.contains("id=\"step-8\""), "a list that goes on after a heading keeps its number");
    assert!(read("ops/db-layout.html").contains("width=\"480\" height=\"120\""));
    assert!(read("old/restore.html").contains("url=../ops/restore-primary.html"));
    assert!(read("_redirects").contains("/pages/viewpage.action pageId=48562177 /docs/ops/restore-primary.html 301"));
    assert!(read("sitemap.xml").contains("<loc>https://handbook.example.org/docs/ops/restore-primary.html</loc>"));
    assert!(read("ops/restore-primary.md").starts_with("# Restore the primary database"));
    assert!(read("health.csv").lines().nth(1).unwrap().starts_with("content/finance/month-end-close.md,Month-end close"));
    for path in walk(&site).iter().filter(|p| p.extension().is_some_and(|e| e == "html")) {
        let html = fs::read_to_string(path).unwrap();
        assert!(!html.contains(" style=") && !html.contains("<script>"), "{} breaks the policy", path.display());
    }
}
