//! The website as files: the same bytes from anywhere, whole after trouble, and what stands in them.

mod recall;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::repo::{Repo, git};
use crate::support::{stepwright, write};

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
    // Under another name it is the same procedure with the same reviews, whoever has its old path now.
    repo.rename("content/a.md", "content/c.md");
    repo.commit("2026-09-12", "Ada", "Move");
    repo.write("content/a.md", &page("reviewed: 2026-09-13\nreview-every: 3 months\n").replace("ledger", "safe"));
    repo.commit("2026-09-13", "Ada", "Add");
    assert!(build(repo.path(), &["--now", "2026-09-15"]).status.success());
    let health = fs::read_to_string(repo.path().join("public/health.json")).unwrap();
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    let month = |n: usize| (health["months"][n]["procedures"].as_u64().unwrap(), health["months"][n]["in-date"].as_u64().unwrap());
    assert_eq!(health["months"][0]["month"], "2026-01-01");
    assert_eq!((month(1), month(4), month(5)), ((1, 1), (1, 0), (2, 1)), "the reviews it had under its old name");
    assert_eq!(month(8), (3, 1));
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

#[test]
fn files_are_taken_in_and_their_links_words_and_dates_with_them() {
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "content: content\n");
    repo.write("scripts/restart.sh", "#!/bin/sh\n# #region restart\n  systemctl restart worker\n# #endregion\nexit 0\n");
    repo.write("snippets/stop.md", "Stop the zeppelin first.[^z]\n\n## When\n\nSee [b](../content/ops/b.md).\n\n[^z]: It floats.\n");
    repo.write(
        "content/ops/a.md",
        "# A\n\nText.[^1]\n\n## When\n\n<!-- @include: ../../snippets/stop.md -->\n\n```sh file=../../scripts/restart.sh#restart {1}\n```\n\n[^1]: Own.\n",
    );
    repo.write("content/ops/b.md", "# B\n\n<!-- @include: a.md#when -->\n");
    repo.commit("2026-01-10", "Ada", "Change");
    repo.write("snippets/stop.md", "Stop the zeppelin at once.[^z]\n\n## When\n\nSee [b](../content/ops/b.md).\n\n[^z]: It floats.\n");
    repo.commit("2026-03-10", "Ada", "Change");
    let check = stepwright(repo.path(), &["check", "--now", "2026-04-01", "--format", "json"]);
    assert!(check.status.success(), "{check:?}");
    let read = |path: &str| fs::read_to_string(repo.path().join("public").join(path)).unwrap();
    let page = read("ops/a.html");
    assert!(page.contains("Stop the zeppelin at once.") && page.contains("<a href=\"b.html\">b</a>"), "{page}");
    assert!(page.contains("id=\"when\"") && page.contains("id=\"when-1\""), "two headings of one name");
    assert!(page.contains("href=\"#fn-2\"") && page.contains("<li id=\"fn-2\"><p>It floats.</p>"), "notes are counted on");
    assert!(page.contains("<figcaption>restart.sh</figcaption>") && page.contains("systemctl") && !page.contains("exit 0"));
    assert!(page.contains("10 Mar 2026"), "the date of what it takes in");
    assert!(read("ops/b.html").contains("zeppelin"), "an include inside an included section");
    let markdown = read("ops/a.md");
    assert!(markdown.contains("Stop the zeppelin at once.") && markdown.contains("systemctl restart worker\n```"), "{markdown}");
    let index: String = files(&repo.path().join("public/search")).values().map(|b| String::from_utf8_lossy(b).into_owned()).collect();
    assert!(index.contains("zeppelin:2:"), "both pages are found by it");
    assert_eq!(index.matches("Stop the zeppelin at once.").count(), 2, "and results can show where");
    assert!(index.contains("systemctl restart worker") && !index.contains("exit 0"), "{index}");
    // A file that is gone is an error on the line that asks for it, and an empty place on the page.
    fs::remove_file(repo.path().join("snippets/stop.md")).unwrap();
    let check = stepwright(repo.path(), &["check", "--now", "2026-04-01", "--format", "json"]);
    assert_eq!(check.status.code(), Some(1));
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("broken-directive") && said.contains("snippets/stop.md is not there"), "{said}");
}

#[test]
fn tabs_and_captions_are_plain_html() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    fs::write(
        dir.path().join("content/ops/tabs.md"),
        "# Tabs\n\n![Zones](restore-primary/zones.png \"Three zones\")\n\n![Zones](restore-primary/zones.png)\\\n*From the wiki*\n\n<!-- tabs:start -->\n\n### Debian\n\napt\n\n### Fedora\n\ndnf\n\n<!-- tabs:end -->\n\nAfter.\n",
    )
    .unwrap();
    assert!(build(dir.path(), &[]).status.success());
    let page = fs::read_to_string(dir.path().join("public/ops/tabs.html")).unwrap();
    assert_eq!(page.matches("<section class=\"sw-tab\">").count(), 2);
    assert!(page.contains("dnf</p>\n</section>\n</div>\n<p>After.</p>"), "{page}");
    assert!(page.contains("<figcaption>Three zones</figcaption>") && page.contains("<figcaption>From the wiki</figcaption>"), "{page}");
}

#[test]
fn tabs_with_names_of_their_own_hold_whatever_stands_in_them() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    write(
        dir.path(),
        "content/ops/mkdocs.md",
        "# Tabs\n\n=== \"Debian\"\n\n    ## Get it\n\n    **Now**\n\n=== \"Fedora `42`\"\n\n    dnf\n\nAfter.\n",
    );
    write(dir.path(), "content/ops/named.md", "# T\n\n<!-- tabs:start -->\n\n<!-- tab:A & B -->\n\ntext\n\n<!-- tabs:end -->\n");
    assert!(build(dir.path(), &[]).status.success());
    let read = |path: &str| fs::read_to_string(dir.path().join("public").join(path)).unwrap();
    let page = read("ops/mkdocs.html");
    let first = "<section class=\"sw-tab\">\n<p class=\"sw-label\"><strong>Debian</strong></p>\n<h2 id=\"get-it\">";
    let second = "<p><strong>Now</strong></p>\n</section>\n<section class=\"sw-tab\">\n<p class=\"sw-label\">Fedora <code>42</code></p>\n<p>dnf</p>\n</section>\n</div>\n<p>After.</p>";
    assert!(page.contains(first) && page.contains(second), "{page}");
    assert!(read("ops/named.html").contains("<p class=\"sw-label\">A &amp; B</p>\n<p>text</p>\n</section>"));
    assert!(read("ops/mkdocs.md").contains("=== \"Debian\""), "the Markdown is as people wrote it");
}

#[test]
fn formulas_are_set_without_a_script_and_prices_stay() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    let text = "# F\n\nHere $`a_b`$, $5 and 10$, `$x$`.\n\n```math\n\\sum_{i=1}^n i = \\frac{n(n+1)}{2}\n```\n\n$$\\nosuch{x}$$\n";
    write(dir.path(), "content/ops/f.md", text);
    assert!(build(dir.path(), &[]).status.success());
    let page = fs::read_to_string(dir.path().join("public/ops/f.html")).unwrap();
    assert!(page.contains("<math alttext=\"a_b\"><msub><mi>a</mi><mi>b</mi></msub></math>, $5 and 10$, <code>$x$</code>."), "{page}");
    assert!(page.contains("aria-label=\"Formula\"><math alttext=\"\\sum_{i=1}^n") && page.contains("display=\"block\""), "{page}");
    assert!(page.contains("<span class=\"sw-math\"><code>\\nosuch{x}</code></span>"), "what cannot be read stays: {page}");
}

#[test]
fn older_versions_stand_beside_the_current_one() {
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "content: docs\n");
    repo.write("docs/_index.md", "# Home\n");
    repo.write("docs/ops/a.md", "# A\n\nThe old way.\n\n<!-- @include: ../../snippets/s.md -->\n");
    repo.write("docs/ops/gone.md", "# Gone\n");
    repo.write("snippets/s.md", "A snippet of old.\n");
    repo.commit("2025-01-10", "Ada", "Old");
    git(repo.path(), &["tag", "v1"]);
    for path in ["docs/_index.md", "docs/ops/a.md", "docs/ops/gone.md"] {
        repo.remove(path);
    }
    repo.write("content/_index.md", "# Home\n");
    repo.write("content/ops/a.md", "# A\n\nThe new way.\n");
    repo.write(
        "stepwright.yaml",
        "site:\n  base-url: https://e.org/x/\n  version: \"2.0\"\n  edit-url: https://e.org/{path}\n  versions:\n    - {name: \"1.0\", ref: v1}\n",
    );
    repo.write(".gitignore", "/public\n/.stepwright\n");
    repo.commit("2026-01-10", "Ada", "New");
    let before = git(repo.path(), &["status", "--porcelain"]);
    let output = build(repo.path(), &["--now", "2026-04-01"]);
    assert!(output.status.success(), "{output:?}");
    let site = repo.path().join("public");
    let read = |path: &str| fs::read_to_string(site.join(path)).unwrap();
    let (new, old) = (read("ops/a.html"), read("1.0/ops/a.html"));
    assert!(new.contains("The new way.") && old.contains("The old way.") && old.contains("A snippet of old."));
    assert!(new.contains("<a href=\"../1.0/ops/a.html\">1.0</a>") && old.contains("<a href=\"../../ops/a.html\">2.0</a>"), "{old}");
    assert!(
        old.contains("noindex")
            && old.contains("rel=\"canonical\" href=\"https://e.org/x/ops/a.html\"")
            && old.contains("This is version 1.0")
    );
    assert!(!old.contains("Edit this page") && new.contains("Edit this page") && !new.contains("noindex"));
    assert!(old.contains("10 Jan 2025"), "dates are those of then");
    let gone = read("1.0/ops/gone.html");
    assert!(!gone.contains("canonical") && gone.contains("href=\"../../index.html\">Version 2.0 does not have this page"), "{gone}");
    assert!(site.join("1.0/search/index.js").exists() && !site.join("1.0/sitemap.xml").exists() && !read("sitemap.xml").contains("1.0/"));
    assert_eq!(git(repo.path(), &["status", "--porcelain"]), before, "the working tree is as it was");
    let again = build(repo.path(), &["--now", "2026-04-01"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains(" 0 changed"), "{again:?}");
    // A name that the site has already, and a revision that is not there.
    let put = |path: &str, text: &str| {
        let full = repo.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    };
    put("content/1.0/x.md", "# X\n");
    let clash = build(repo.path(), &[]);
    assert!(
        clash.status.code() == Some(2) && String::from_utf8_lossy(&clash.stderr).contains("version 1.0 cannot be published"),
        "{clash:?}"
    );
    fs::remove_dir_all(repo.path().join("content/1.0")).unwrap();
    put("stepwright.yaml", "site:\n  versions:\n    - {name: \"1.0\", ref: v9}\n");
    let lost = build(repo.path(), &[]);
    assert!(lost.status.code() == Some(2) && String::from_utf8_lossy(&lost.stderr).contains("no revision `v9`"), "{lost:?}");
    // A version that is not named any more goes.
    put("stepwright.yaml", "site: {title: X}\n");
    assert!(build(repo.path(), &[]).status.success() && !site.join("1.0").exists());
}
