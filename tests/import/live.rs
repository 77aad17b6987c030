//! Imports from a wiki over its REST API, in its good and its bad hours.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::wiki::{Fault, Kind, Page, Wiki};
use crate::support::repo::git;
use crate::support::said;

/// Basic and bearer forms of the token `s3cret-t0ken`.
const BASIC: &str = "Basic am9AZXhhbXBsZS5jb206czNjcmV0LXQwa2Vu";
const BEARER: &str = "Bearer s3cret-t0ken";

fn run(home: &Path, wiki: &str, more: &[&str], env: &[(&str, &str)]) -> (String, String, i32) {
    let (out, err, code) = said(
        &Command::new(env!("CARGO_BIN_EXE_stepwright"))
            .args(["import", "run", "--rest", wiki, "--space", "OPS", "--into", "docs", "--yes"])
            .args(more)
            .current_dir(home)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("SOURCE_DATE_EPOCH", "1795305600") // 2026-11-22
            .envs(env.iter().copied())
            .output()
            .unwrap(),
    );
    assert!(!out.contains("s3cret") && !err.contains("s3cret"), "the token is shown: {err}");
    (out, err, code)
}

fn text(home: &Path, path: &str) -> String {
    let path = home.join("docs/content/ops").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every file below `dir` but the cache, with its bytes.
fn tree(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                if entry.file_name() != "cache" {
                    open.push(entry.path());
                }
            } else {
                out.push((entry.path().strip_prefix(dir).unwrap().display().to_string(), std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    out.sort();
    out
}

fn fill(wiki: &Wiki) {
    wiki.with(|s| {
        s.pages.insert(
            "100",
            Page::new("Operations", None, "<p>Start at <ac:link><ri:page ri:content-title=\"Restart the relay\"/></ac:link>.</p>"),
        );
        let mut relay =
            Page::new("Restart the relay", Some("100"), "<p>Ask <ac:link><ri:user ri:account-id=\"5b:7\"/></ac:link> first.</p>");
        relay.files = vec![("a.txt", 1, b"first file", None), ("notes.txt", 2, b"second file", None), ("plan-b.txt", 1, b"third", None)];
        s.pages.insert("101", relay);
        s.pages.insert("102", Page::new("Rotate keys", Some("100"), "<ol><li>Make a key</li><li>Use it</li></ol>"));
        let mut salaries = Page::new("Salaries", Some("100"), "<p>Nobody else sees this.</p>");
        salaries.restricted = true;
        s.pages.insert("103", salaries);
        s.pages.insert("104", Page::new("Old way", Some("102"), "<p>Do not.</p>"));
        let mut post = Page::new("News of May", None, "<p>It rained.</p>");
        post.post = true;
        s.pages.insert("105", post);
    });
}

const CLOUD: [(&str, &str); 2] = [("CONFLUENCE_TOKEN", "s3cret-t0ken"), ("CONFLUENCE_EMAIL", "jo@example.com")];
const DATA_CENTER: [(&str, &str); 1] = [("CONFLUENCE_TOKEN", "s3cret-t0ken")];

fn cloud() -> Wiki {
    let wiki = Wiki::new(Kind::Cloud);
    fill(&wiki);
    wiki.with(|s| {
        s.authorization = Some(BASIC);
        s.pages.get_mut("102").unwrap().parent = Some(("900", "folder"));
    });
    wiki
}

fn data_center() -> Wiki {
    let wiki = Wiki::new(Kind::DataCenter);
    fill(&wiki);
    wiki.with(|s| s.authorization = Some(BEARER));
    wiki
}

#[test]
fn a_cloud_space_comes_whole_through_bad_weather() {
    let (wiki, home, elsewhere) = (cloud(), tempfile::tempdir().unwrap(), Wiki::new(Kind::Files));
    let media = format!("{}/file?signature=x", elsewhere.address);
    wiki.with(|s| {
        s.pages.get_mut("101").unwrap().files[1].3 = Some(media);
        s.links_name = Some("https://other.example.com");
        s.faults.extend([
            ("/spaces/65/pages", Fault::Status(429)),
            ("cursor=after2", Fault::Status(503)),
            ("/pages/101?", Fault::Cut),
            ("/pages/102?", Fault::Status(500)),
            ("/download/101/a.txt", Fault::Cut),
        ]);
    });
    let (_, err, code) = run(home.path(), &wiki.address, &[], &CLOUD);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("6 pages and 3 files"), "{err}");
    assert!(text(home.path(), "_index.md").contains("[Restart the relay](restart-the-relay"), "{}", text(home.path(), "_index.md"));
    let relay = text(home.path(), "restart-the-relay.md");
    assert!(
        relay.contains("Jo Doe") && relay.contains("oncall") && !relay.contains("jo@") && relay.contains("- /wiki/spaces/OPS/pages/101\n"),
        "{relay}"
    );
    assert_eq!(text(home.path(), "restart-the-relay/a.txt"), "first file");
    assert_eq!(text(home.path(), "restart-the-relay/notes.txt"), "from elsewhere");
    assert!(text(home.path(), "runbooks/rotate-keys/_index.md").contains("1. Make a key"));
    assert!(err.contains("1 restricted page left out"), "{err}");
    assert!(!tree(&home.path().join("docs")).iter().any(|(_, b)| b.windows(6).any(|w| w == b"Nobody")), "a restricted page is written");
    // The token went to the wiki with every request, and to nobody else.
    assert!(wiki.asked().iter().all(|(_, token)| token.as_deref() == Some(BASIC)));
    assert_eq!(elsewhere.asked().into_iter().map(|(_, token)| token).collect::<Vec<_>>(), [None]);
    assert!(!tree(home.path()).iter().any(|(_, bytes)| bytes.windows(6).any(|w| w == b"s3cret")), "the token is on disk");
}

#[test]
fn only_what_changed_is_asked_for_again() {
    let (wiki, home) = (cloud(), tempfile::tempdir().unwrap());
    assert_eq!(run(home.path(), &wiki.address, &[], &CLOUD).2, 0);
    let before = tree(&home.path().join("docs"));
    wiki.asked();
    let (_, err, code) = run(home.path(), &wiki.address, &[], &CLOUD);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("6 pages, 0 new or changed; 3 files, 0 new"), "{err}");
    assert_eq!(tree(&home.path().join("docs")), before, "the second run changes nothing");
    let bodies = |wiki: &Wiki| {
        wiki.asked().into_iter().map(|(p, _)| p).filter(|p| p.contains("body-format") || p.contains("/download/")).collect::<BTreeSet<_>>()
    };
    let again: Vec<String> = wiki.asked().into_iter().map(|(p, _)| p).collect();
    assert!(again.iter().all(|p| !p.contains("body-format") && !p.contains("/download/") && !p.contains("restriction/")), "{again:?}");
    let of_pages: Vec<&String> = again.iter().filter(|p| p.contains("/api/v2/pages/") || p.contains("/attachments")).collect();
    assert!(
        of_pages.iter().all(|p| p.contains("/pages/101/attachments")),
        "only the page with more files than its list shows: {of_pages:?}"
    );
    wiki.with(|s| {
        let page = s.pages.get_mut("104").unwrap();
        page.version = 2;
        page.body = "<p>Never.</p>".to_owned();
        let file = &mut s.pages.get_mut("101").unwrap().files[0];
        (file.1, file.2) = (2, b"newer file");
        s.pages.remove("102");
        s.pages.get_mut("104").unwrap().parent = Some(("100", "page"));
    });
    let (_, err, code) = run(home.path(), &wiki.address, &[], &CLOUD);
    assert_eq!(code, 0, "{err}");
    let asked = bodies(&wiki);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().any(|p| p.contains("/download/101/a.txt")) && asked.iter().any(|p| p.contains("/pages/104?")), "{asked:?}");
    assert!(err.contains("2 pages no longer in the export"), "{err}");
    assert_eq!(text(home.path(), "restart-the-relay/a.txt"), "newer file");
    assert!(text(home.path(), "old-way.md").contains("Never."));
}

#[test]
fn a_data_center_space_comes_by_start_and_limit() {
    let (wiki, home, elsewhere) = (data_center(), tempfile::tempdir().unwrap(), Wiki::new(Kind::Files));
    let absolute = format!("{}/file", elsewhere.address);
    wiki.with(|s| {
        s.pages.get_mut("101").unwrap().files[2].3 = Some(absolute);
        s.pages.get_mut("101").unwrap().body =
            "<p>Ask <ac:link><ri:user ri:username=\"kim\"/></ac:link> or <ac:link><ri:user ri:userkey=\"gone\"/></ac:link>.</p>".to_owned();
        s.faults.extend([("start=2", Fault::Cut), ("/content/102?", Fault::Status(429))]);
    });
    let (_, err, code) = run(home.path(), &wiki.address, &[], &DATA_CENTER);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("5 pages and 3 files") && err.contains("1 restricted page left out"), "{err}");
    let relay = text(home.path(), "restart-the-relay.md");
    assert!(
        relay.contains("Kim Lee") && relay.contains("oncall") && relay.contains("- /confluence/display/OPS/Restart+the+relay\n"),
        "{relay}"
    );
    assert_eq!(text(home.path(), "restart-the-relay/plan-b.txt"), "from elsewhere");
    assert!(text(home.path(), "rotate-keys/old-way.md").contains("Do not."));
    let asked = wiki.asked();
    assert!(asked.iter().all(|(_, token)| token.as_deref() == Some(BEARER)));
    assert_eq!(elsewhere.asked().into_iter().map(|(_, token)| token).collect::<Vec<_>>(), [None]);
    // Nothing changed: the lists, and the files of the one page whose list of files was cut short.
    run(home.path(), &wiki.address, &[], &DATA_CENTER);
    let again: Vec<String> =
        wiki.asked().into_iter().map(|(p, _)| p).filter(|p| p.contains("/content/") && !p.contains("/search?")).collect();
    assert!(again.iter().all(|p| p.contains("/content/101/child/attachment")), "{again:?}");
}

#[test]
fn an_import_goes_on_where_the_wiki_went_away() {
    let (wiki, home) = (data_center(), tempfile::tempdir().unwrap());
    wiki.with(|s| s.always = vec![("/content/102?", 503), ("/content/103?", 503)]);
    let (_, err, code) = run(home.path(), &wiki.address, &[], &DATA_CENTER);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("status 503 (\"broken for good\")") && err.contains("it goes on where this one ended"), "{err}");
    assert!(!home.path().join("docs/content").exists(), "half a space is written");
    wiki.asked();
    wiki.with(|s| s.always.clear());
    assert_eq!(run(home.path(), &wiki.address, &[], &DATA_CENTER).2, 0);
    let bodies: Vec<String> = wiki.asked().into_iter().map(|(p, _)| p).filter(|p| p.contains("expand=body")).collect();
    assert!(
        bodies.len() <= 4 && bodies.iter().all(|p| !p.contains("/100?") && !p.contains("/101?")),
        "what was there is not asked for again: {bodies:?}"
    );
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(run(whole.path(), &wiki.address, &[], &DATA_CENTER).2, 0);
    assert_eq!(tree(&home.path().join("docs")), tree(&whole.path().join("docs")));
}

#[test]
fn one_page_that_cannot_be_read_is_named_and_not_called_gone() {
    let (wiki, home) = (data_center(), tempfile::tempdir().unwrap());
    assert_eq!(run(home.path(), &wiki.address, &[], &DATA_CENTER).2, 0);
    wiki.with(|s| s.always = vec![("/content/102?", 500)]);
    std::fs::remove_dir_all(home.path().join("docs/.stepwright/cache")).unwrap();
    let (_, err, code) = run(home.path(), &wiki.address, &[], &DATA_CENTER);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("\"Rotate keys\" (102)") && err.contains("INCOMPLETE") && !err.contains("no longer in the export"), "{err}");
    assert!(text(home.path(), "rotate-keys/_index.md").contains("1. Make a key"), "what was imported stays");
}

#[test]
fn refusals_say_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let wiki = data_center();
    let refused = |address: &str, more: &[&str], env: &[(&str, &str)], words: &[&str]| {
        let (_, err, code) = run(home.path(), address, more, env);
        assert_eq!(code, 2, "{err}");
        for word in words {
            assert!(err.contains(word), "no `{word}` in {err}");
        }
        assert!(!home.path().join("docs/content").exists());
    };
    refused(
        &wiki.address,
        &[],
        &[("CONFLUENCE_TOKEN", "wrong")],
        &["answers 401", "the token is not accepted (\"who are you\")", "CONFLUENCE_EMAIL"],
    );
    refused(&wiki.address, &[], &[], &["anonymous visitor", "answers 401", "set CONFLUENCE_TOKEN"]);
    refused(&wiki.address, &["--space", "NONE"], &DATA_CENTER, &["answers 404", "/rest/api/space/NONE", "key of the space"]);
    refused(&wiki.address, &["--space", "../x"], &DATA_CENTER, &["named by its key"]);
    wiki.with(|s| s.always = vec![("/rest/api/space/OPS", 403)]);
    refused(&wiki.address, &[], &DATA_CENTER, &["answers 403", "ask the administrator of the space"]);
    wiki.with(|s| {
        s.always.clear();
        s.faults.extend([("/rest/api/space/OPS", Fault::SignIn)]);
    });
    refused(&wiki.address, &[], &DATA_CENTER, &["not the Confluence API", "sign-in page"]);
    refused("http://wiki.example.com", &[], &DATA_CENTER, &["can be read on the way"]);
    refused("https://jo:s3cret@wiki.example.com", &[], &DATA_CENTER, &["come from the environment"]);
    refused("http://127.0.0.1:9", &["-q"], &[], &["gives no whole answer", "tried 2 times"]);
}

#[test]
fn pages_nobody_vouches_for_count_as_restricted() {
    let (wiki, home) = (cloud(), tempfile::tempdir().unwrap());
    // Not even the search, which would tell of all pages at once.
    wiki.with(|s| s.always = vec![("/content/104/restriction", 403), ("/content/search", 403)]);
    let (_, err, code) = run(home.path(), &wiki.address, &[], &CLOUD);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("comments in OPS not read"), "{err}");
    assert!(err.contains("whether 1 page may be seen by everybody is not known") && err.contains("2 restricted pages left out"), "{err}");
    // A dry run reads and writes nothing, not even the cache.
    let dry = tempfile::tempdir().unwrap();
    let (_, err, code) = run(dry.path(), &wiki.address, &["--dry-run"], &CLOUD);
    assert_eq!(code, 0, "{err}");
    assert!(!dry.path().join("docs").exists());
}

#[test]
fn earlier_versions_become_commits_and_comments_are_named() {
    for (wiki, account) in [(cloud(), CLOUD.as_slice()), (data_center(), DATA_CENTER.as_slice())] {
        let home = tempfile::tempdir().unwrap();
        wiki.with(|s| {
            let page = s.pages.get_mut("104").unwrap();
            page.earlier = vec!["<p>First way.</p>", "<p>Second way.</p>"];
            page.version = 3;
            page.comments = vec!["Is this still right?", "No."];
        });
        let (_, err, code) = run(home.path(), &wiki.address, &["--history"], account);
        assert_eq!(code, 0, "{err}");
        assert!(err.contains("2 earlier versions"), "{err}");
        let docs = home.path().join("docs");
        let log = git(&docs, &["log", "--reverse", "--format=%as %an %s", "--", ":(glob)content/**/old-way.md"]);
        assert!(log.starts_with("2024-01-03 Jo Doe Edit Old way\n2024-02-03 Jo Doe"), "{log}");
        let first = git(&docs, &["log", "--reverse", "-p", "--", "content"]);
        assert!(
            first.contains("+First way.") && first.contains("-First way.\n+Second way.") && first.contains("-Second way.\n+Do not."),
            "{first}"
        );
        let losses = std::fs::read_to_string(docs.join(".stepwright/imports/ops.losses.csv")).unwrap();
        assert!(losses.contains("comment,2024-07-01: Is this still right?,dropped") && losses.contains("2024-07-01: No."), "{losses}");
        assert!(!losses.contains("jo@example.com"));
        // Versions that are there are never asked for again.
        wiki.asked();
        std::fs::remove_dir_all(docs.join(".git")).unwrap();
        assert_eq!(run(home.path(), &wiki.address, &["--history"], account).2, 0);
        let again: Vec<String> = wiki
            .asked()
            .into_iter()
            .map(|(p, _)| p)
            .filter(|p| p.contains("version") && (p.contains("historical") || p.contains("/versions")))
            .collect();
        assert_eq!(again, [""; 0]);
    }
}

#[test]
fn a_pause_that_the_wiki_asks_for_is_kept() {
    let (wiki, home) = (data_center(), tempfile::tempdir().unwrap());
    wiki.with(|s| s.faults.extend([("/content/100?", Fault::Wait(2))]));
    let began = std::time::Instant::now();
    assert_eq!(run(home.path(), &wiki.address, &[], &DATA_CENTER).2, 0);
    assert!(began.elapsed().as_secs() >= 2, "the pause the wiki asked for is kept");
    assert!(wiki.asked().iter().filter(|(p, _)| p.contains("/content/100?")).count() == 2);
}
