//! The command line as people meet it: streams, exit codes, messages.

mod engine;

use crate::support::{said, stepwright, write};

#[test]
fn sessions() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("SOURCE_DATE_EPOCH", "1795305600").case("tests/cli/*.md");
}

/// `UPDATE=1 cargo test --test main page_of_rules` writes it.
#[test]
fn the_page_of_rules_has_the_counts_of_today() {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/content/guide/rules.md");
    let (text, err, code) = said(&stepwright(std::path::Path::new("."), &["rule", "--format", "markdown"]));
    assert_eq!(code, 0, "{err}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(place, format!("---\ntitle: Rules\nkind: reference\nowner: maintainer\n---\n\n{text}")).unwrap();
    }
    let page = std::fs::read_to_string(place).unwrap_or_default();
    // Wording may be newer than the page; what was counted may not.
    let counts = |text: &str| -> Vec<String> {
        text.lines().filter(|l| l.contains("Measured: ") && !l.contains("no finding")).map(str::to_owned).collect()
    };
    assert!(!counts(&text).is_empty());
    assert_eq!(counts(&page), counts(&text), "content/guide/rules.md is older than src/lint/measured.tsv");
}

#[test]
fn the_guide_says_what_each_mark_asks() {
    let guide = include_str!("../../content/guide/drafting.md");
    let rows: Vec<(&str, &str)> = guide.lines().filter_map(|l| l.strip_prefix("| `")?.split_once("` | ")).collect();
    assert!(rows.len() >= 14, "{rows:?}");
    let theme = include_str!("../../themes/default/words.yaml");
    for (code, asks) in rows {
        let mark = stepwright::blueprint::model::Review { code: code.to_owned(), ..Default::default() };
        assert!(mark.question().is_some_and(|q| asks.starts_with(q)), "{code}: {asks}");
        let said = mark.question().map(|q| format!("\nask-{code}: {q}\n"));
        assert!(said.is_some_and(|s| theme.contains(&s)), "the theme asks something else for {code}");
    }
}

#[test]
fn exit_codes_and_streams() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/a.md", "# A\n\nSee [b](b.md).\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["lint"]));
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("error[broken-link]") && !err.contains("error[broken-link]"));
    assert!(err.starts_with("lint: fails, 1 error, 1 info in 1 page;"), "{err}");

    write(dir.path(), "content/b.md", "# B\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["lint"]));
    assert_eq!(code, 0, "{err}");
    // Outside git the one thing to say is that ages are not known.
    assert!(out.starts_with("info[freshness-unknown]: edit date of 2 pages unknown: not in a git repository"), "{out}");

    let (out, err, code) = said(&stepwright(dir.path(), &["lint", "nosuch.md"]));
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("there is no nosuch.md"), "{err}");
}

#[test]
fn a_page_that_is_not_utf8_is_named_and_the_rest_is_judged() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/a.md", "# A\n\nSee [b](nowhere.md).\n");
    std::fs::write(dir.path().join("content/latin.md"), b"# Caf\xe9\n").unwrap();
    let (out, err, code) = said(&stepwright(dir.path(), &["lint"]));
    assert_eq!(code, 2);
    assert!(err.contains("content/latin.md: not UTF-8 text: byte 0xE9 on line 1"), "{err}");
    assert!(out.contains("no page at nowhere.md"), "{out}");
}

#[test]
fn json_is_one_document_and_identical_from_run_to_run() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..40 {
        write(dir.path(), &format!("content/{i}.md"), "# A\n\nSee [b](nowhere.md) and [c](gone.md).\n");
    }
    let first = stepwright(dir.path(), &["lint", "--format", "json", "--only", "broken-link"]);
    let second = stepwright(dir.path(), &["lint", "--format", "json", "--only", "broken-link"]);
    assert_eq!(first.stdout, second.stdout);
    let json: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 80);
    assert_eq!(json["findings"][0]["range"]["start"]["line"], 3);
}

#[test]
fn settings_errors_come_all_at_once_and_nothing_is_judged() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "content/a.md", "# A\n");
    write(dir.path(), "stepwright.yaml", "contnet: docs\nrules:\n  broken-lnk: off\n");
    let (out, err, code) = said(&stepwright(dir.path(), &["lint"]));
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("stepwright.yaml:1:1") && err.contains("did you mean `content`?"), "{err}");
    assert!(err.contains("no rule is called `broken-lnk`") && err.contains("lint: not started, 2 errors in stepwright.yaml"), "{err}");
}

#[test]
fn wrong_words_get_one_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    let (_, err, code) = said(&stepwright(dir.path(), &["chek"]));
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `check`?"), "{err}");
    let (out, err, code) = said(&stepwright(dir.path(), &[]));
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("stepwright demo"), "{err}");
}

const STEPS: &str = "# Restore the database\n\n## Procedure\n\n1. Stop the service.\n2. Copy the dump to the server.\n3. Run `./import.sh`.\n\
                     4. Start the service.\n5. Check the dashboard, then notify support within 10 minutes.\n";

#[test]
fn triage_judges_any_folder_of_markdown_and_paths_are_relative_to_it() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "wiki/ops/restore.md", STEPS);
    write(
        dir.path(),
        "wiki/content/about.md",
        "---\nowner: editor\nreviewed: 2026-03-01\n---\n# About us\n\nThe company is small. It was founded in 2009. See [restore](../ops/restore.md).\n",
    );
    let (out, err, code) = said(&stepwright(dir.path(), &["triage", "--format", "json", "wiki"]));
    assert_eq!(code, 0, "{err}");
    let pages: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(pages[0]["path"], "content/about.md");
    assert_eq!(
        (&pages[0]["verdict"], &pages[0]["owner"], &pages[0]["reviewed"]),
        (&"reference".into(), &"editor".into(), &"2026-03-01".into())
    );
    assert_eq!((&pages[1]["path"], &pages[1]["verdict"], &pages[1]["inbound"]), (&"ops/restore.md".into(), &"procedure".into(), &1.into()));
    assert_eq!((&pages[1]["edited"], &pages[1]["edited-unknown"]), (&serde_json::Value::Null, &"no-git".into()));
    assert_eq!((&pages[1]["sections"][0]["heading"], &pages[1]["sections"][0]["line"]), (&"Procedure".into(), &3.into()));
    assert!(pages[1]["evidence"].as_array().unwrap().iter().any(|e| e["text"] == "5 of 5 numbered items start with a verb"), "{out}");
    assert!(err.starts_with("triage: 1 procedure, 0 mixed, 1 reference, 0 unsure; nothing written;"), "{err}");
}

#[test]
fn triage_writes_kind_only_where_it_is_certain_and_nobody_has_spoken() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.md", STEPS);
    let declared = format!("---\nkind: reference\n---\n{STEPS}");
    write(dir.path(), "b.md", &declared);
    let (_, err, _) = said(&stepwright(dir.path(), &["triage", "--apply", "--dry-run"]));
    assert!(err.contains("would write `kind` into 1 page; nothing written"), "{err}");
    assert_eq!(std::fs::read_to_string(dir.path().join("a.md")).unwrap(), STEPS);
    let (out, err, code) = said(&stepwright(dir.path(), &["triage", "--apply"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("wrote `kind` into 1 page"), "{err}");
    assert!(out.contains("* declared by people"), "{out}");
    assert_eq!(std::fs::read_to_string(dir.path().join("a.md")).unwrap(), format!("---\nkind: procedure\n---\n{STEPS}"));
    assert_eq!(std::fs::read_to_string(dir.path().join("b.md")).unwrap(), declared);
}
