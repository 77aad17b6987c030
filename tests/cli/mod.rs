//! The command line as people meet it: streams, exit codes, messages.

use crate::support::{said, stepwright, write};

#[test]
fn sessions() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("SOURCE_DATE_EPOCH", "1795305600").case("tests/cli/*.md");
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
