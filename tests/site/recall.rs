//! A run with nothing changed says the same again without the work, and anything that counts makes it work again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{files, handbook};
use crate::support::repo::Repo;
use crate::support::{said, stepwright, write};

/// Runs a command and tells whether it was recalled. What it says is the same either way, so the kept run is marked before.
fn recalled(repo: &Path, args: &[&str]) -> bool {
    let kept = repo.join(format!(".stepwright/cache/runs/{}.json", args[0]));
    let text = fs::read_to_string(&kept).unwrap_or_default();
    if !text.is_empty() {
        fs::write(&kept, text.replace("\"last\":\"", "\"last\":\"(again) ")).unwrap();
    }
    let output = stepwright(repo, args);
    let again = String::from_utf8_lossy(&output.stderr).contains("(again) ");
    if again {
        fs::write(&kept, &text).unwrap();
    }
    again
}

fn is_recalled_only_the_second_time(repo: &Path, args: &[&str], why: &str) {
    assert!(!recalled(repo, args), "{why}: not noticed");
    assert!(recalled(repo, args), "{why}: never recalled");
}

#[test]
fn findings_are_said_again_with_the_same_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    write(dir.path(), "content/ops/broken.md", "# Broken\n\nSee [nowhere](nowhere.md).\n");
    for args in [&["check"][..], &["check", "--format", "json"], &["check", "--fail-on", "info", "--exit-zero"]] {
        let (first, talk, code) = said(&stepwright(dir.path(), args));
        assert!(!first.is_empty());
        let (again, talk_again, code_again) = said(&stepwright(dir.path(), args));
        assert_eq!((&first, code), (&again, code_again));
        assert!(recalled(dir.path(), args));
        let stable = |talk: &str| talk.lines().map(|l| l.split(';').next().unwrap_or("").to_owned()).collect::<Vec<_>>();
        let (mut talk, talk_again) = (stable(&talk), stable(&talk_again));
        talk.retain(|l| !l.starts_with("site"));
        assert!(talk_again.iter().any(|l| l.starts_with("site") && l.ends_with(", 0 changed")), "{talk_again:?}");
        assert!(talk.iter().all(|l| talk_again.contains(l)), "{talk:?} {talk_again:?}");
    }
}

#[test]
fn every_kind_of_input_counts() {
    let mut repo = Repo::new();
    repo.write("content/_index.md", "# Docs\n").write("content/a.md", "# A\n\nSee [x](../outside.txt).\n").write("content/p.png", "x");
    repo.write("content/go.blueprint.yaml", "blueprint: 1\nid: go\ntitle: Go\nsteps:\n  - {id: a, title: Do it}\n");
    repo.write("content/parts.md", "# Parts\n\n<!--@include: ../parts/step.md-->\n").write("parts/step.md", "Do this.\n");
    repo.commit("2026-01-05", "Ann", "Begin");
    let root = repo.path().to_owned();
    let root = root.as_path();
    let args = ["check"];
    is_recalled_only_the_second_time(root, &args, "first run");
    let changes: &[(&str, &dyn Fn())] = &[
        ("page", &|| write(root, "content/a.md", "# A\n\nSee [y](../outside.txt).\n")),
        ("new page", &|| write(root, "content/b.md", "# B\n")),
        ("page gone", &|| fs::remove_file(root.join("content/b.md")).unwrap()),
        ("attachment", &|| write(root, "content/p.png", "y")),
        ("new attachment", &|| write(root, "content/q.png", "y")),
        ("blueprint", &|| {
            write(root, "content/go.blueprint.yaml", "blueprint: 1\nid: go\ntitle: Go\nsteps:\n  - {id: a, title: Do it now}\n");
        }),
        ("file outside the content", &|| write(root, "outside.txt", "x")),
        ("file taken in", &|| write(root, "parts/step.md", "Do that.\n")),
        ("settings", &|| write(root, "stepwright.yaml", "site: {title: Ours}\n")),
        ("roles", &|| write(root, "roles.yaml", "roles:\n  ops-lead: {title: Lead of operations}\n")),
        ("owners", &|| write(root, "CODEOWNERS", "/content/ @ops\n")),
        ("baseline", &|| write(root, ".stepwright/baseline.yaml", "{}\n")),
        ("theme", &|| write(root, "themes/default/static/more.css", "a{}\n")),
        ("theme words", &|| write(root, "themes/default/words.yaml", "home: Start\n")),
        ("settings of another generator", &|| write(root, "mkdocs.yml", "site_name: x\n")),
        ("ignored revisions", &|| write(root, ".git-blame-ignore-revs", "0123456789012345678901234567890123456789\n")),
    ];
    let git: &[(&str, &dyn Fn())] = &[
        ("branch", &|| write(root, ".git/HEAD", "ref: refs/heads/other\n")),
        ("cut-off history", &|| write(root, ".git/shallow", "0123456789012345678901234567890123456789\n")),
    ];
    repo.write("content/c.md", "# C\n").commit("2026-02-05", "Ann", "Add");
    is_recalled_only_the_second_time(root, &args, "commit");
    for (why, change) in changes.iter().chain(git) {
        change();
        // A run does not wait for files it takes in that changed a moment ago: it does without being kept.
        std::thread::sleep(Duration::from_millis(50));
        if *why == "settings of another generator" {
            // Asked for only where a link would be reported otherwise.
            write(root, "content/a.md", "# A\n\nSee [z](nowhere.md).\n");
        }
        is_recalled_only_the_second_time(root, &args, why);
    }
    is_recalled_only_the_second_time(root, &["check", "--now", "2027-01-01"], "day");
    is_recalled_only_the_second_time(root, &["check", "--format", "json"], "flag");
    assert!(!recalled(root, &["check", "--format", "json", "-v"]), "asked for the work");
}

#[test]
fn whatever_happens_to_the_site_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    let root = dir.path();
    let public = root.join("public");
    is_recalled_only_the_second_time(root, &["build"], "first run");
    let whole = files(&public);
    let page = public.join("finance/expenses.html");
    let same_length = whole["finance/expenses.html"].iter().map(u8::to_ascii_uppercase).collect::<Vec<_>>();
    let harms: &[(&str, &dyn Fn())] = &[
        ("tampered", &|| fs::write(&page, "x").unwrap()),
        ("tampered, same length", &|| fs::write(&page, &same_length).unwrap()),
        ("deleted", &|| fs::remove_file(&page).unwrap()),
        ("asset deleted", &|| fs::remove_file(public.join("ops/restore-primary/zones.png")).unwrap()),
        ("list deleted", &|| fs::remove_file(public.join(".stepwright-files")).unwrap()),
        ("all deleted", &|| fs::remove_dir_all(&public).unwrap()),
    ];
    for (why, harm) in harms {
        harm();
        is_recalled_only_the_second_time(root, &["build"], why);
        assert!(files(&public) == whole, "{why}: not mended");
    }
    // A file that another hand put there stays, as ever.
    fs::write(public.join("CNAME"), "docs.example.org").unwrap();
    assert!(recalled(root, &["build"]) && public.join("CNAME").exists());
    // Another command on the same folder writes another health page, and its own run counts again after that.
    is_recalled_only_the_second_time(root, &["check"], "other command");
    is_recalled_only_the_second_time(root, &["build"], "the first once more");
    assert_eq!(fs::read_to_string(root.join(".stepwright/cache/.gitignore")).unwrap(), "*\n");
}

#[test]
fn a_run_on_unreadable_pages_is_never_recalled() {
    let dir = tempfile::tempdir().unwrap();
    handbook(dir.path());
    fs::write(dir.path().join("content/latin.md"), b"# Caf\xe9\n").unwrap();
    for _ in 0..2 {
        let (_, talk, code) = said(&stepwright(dir.path(), &["check"]));
        assert_eq!(code, 2);
        assert!(talk.contains("latin.md: not UTF-8"), "{talk}");
    }
}
