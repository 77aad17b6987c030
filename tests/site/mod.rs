//! The website as files: the same bytes from anywhere, whole after trouble, and what stands in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::repo::{Repo, git};
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

#[test]
fn the_trend_counts_the_reviews_on_record_then() {
    let page = |front: &str| format!("---\nkind: procedure\n{front}---\n# Close\n\n1. Open the ledger.\n2. Sign it.\n");
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "content: content\n");
    repo.write("content/a.md", &page("reviewed: 2026-01-10\nreview-every: 3 months\n"));
    repo.commit("2026-01-10", "Ada", "Change");
    // A review that runs out at the end of September, and a page that comes in April without one.
    repo.write("content/a.md", &page("reviewed: 2026-06-20\nreview-every: 3 months\n"));
    repo.write("content/b.md", &page(""));
    repo.commit("2026-06-20", "Ada", "Change");
    let output = build(repo.path(), &["--now", "2026-09-15"]);
    assert!(output.status.success(), "{output:?}");
    let health = fs::read_to_string(repo.path().join("public/health.json")).unwrap();
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    let months: Vec<(String, u64, u64)> = health["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["month"].as_str().unwrap()[..7].to_owned(), m["procedures"].as_u64().unwrap(), m["in-date"].as_u64().unwrap()))
        .collect();
    let told = |from: &str| months.iter().find(|(m, ..)| m == from).map(|(_, all, good)| (*all, *good));
    assert_eq!(months[0].0, "2026-01", "months before the first page are left out");
    assert_eq!((told("2026-02"), told("2026-05")), (Some((1, 1)), Some((1, 0))), "the review of January ran out in April");
    assert_eq!(told("2026-06"), Some((2, 1)));
    assert_eq!(told("2026-08"), Some((2, 1)));
    assert_eq!(told("2026-09"), Some((2, 0)), "due within days is in date no more");
    // Under another name it is the same procedure, not a new one.
    repo.rename("content/a.md", "content/c.md");
    repo.commit("2026-09-14", "Ada", "Move");
    assert!(build(repo.path(), &["--now", "2026-09-15"]).status.success());
    let health = fs::read_to_string(repo.path().join("public/health.json")).unwrap();
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    assert_eq!(health["months"][0]["month"], "2026-01-01");
    assert_eq!((&health["months"][5]["procedures"], &health["months"][5]["in-date"]), (&2.into(), &1.into()));
}

#[test]
fn a_cut_off_clone_says_why_there_is_no_trend() {
    let mut repo = Repo::new();
    repo.write("content/a.md", "---\nkind: procedure\n---\n# A\n\n1. Go.\n");
    repo.commit("2026-01-10", "Ada", "Change");
    repo.write("content/b.md", "# B\n");
    repo.commit("2026-03-10", "Ada", "Change");
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "-q", "--depth", "1", &format!("file://{}", repo.path().display()), "."]);
    assert!(build(clone.path(), &["--now", "2026-04-01"]).status.success());
    let page = fs::read_to_string(clone.path().join("public/health.html")).unwrap();
    assert!(page.contains("The clone is shallow, so earlier months are not known"), "{page}");
}
