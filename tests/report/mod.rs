//! `stepwright report --owners` as a person, a script, a calendar and a feed reader see it. The day is 2026-11-22.

use crate::support::repo::Repo;
use crate::support::{said, stepwright};

fn handbook() -> Repo {
    let mut repo = Repo::new();
    let page = |owner: &str, more: &str, title: &str| format!("---\nkind: procedure\n{owner}{more}---\n# {title}\n\n1. Do it.\n");
    let ops = "owner: ops-lead\n";
    repo.write("stepwright.yaml", "site:\n  title: Ops\n  base-url: https://docs.example.org/h/\n")
        .write("roles.yaml", "ops-lead: {title: Ops lead, github: [\"@acme/ops\"]}\n")
        .write("content/late.md", &page(ops, "title: Restore | the <db> @all\nreviewed: 2026-02-17\nreview-every: 6 months\n", "Restore"))
        .write("content/soon.md", &page(ops, "reviewed: 2026-05-25\nreview-every: 6 months\n", "Soon"))
        .write("content/good.md", &page(ops, "reviewed: 2026-11-01\nreview-every: 6 months\n", "Good"))
        .write("content/never.md", &page("", "", "Never"))
        .write("content/plain.md", "---\nkind: reference\n---\n# Plain\n");
    repo.commit("2026-03-01", "Ada", "Write pages");
    repo
}

#[test]
fn people_read_who_has_to_do_what() {
    let repo = handbook();
    let (out, err, code) = said(&stepwright(repo.path(), &["report", "--owners"]));
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        out,
        "ops-lead: 1 overdue, 1 due soon\n  \
           content/late.md  due 2026-08-17, 97 days late\n  \
           content/soon.md  due 2026-11-25, in 3 days\n\
         nobody: 1 never reviewed\n  \
           content/never.md  never reviewed, last changed 2026-03-01\n"
    );
    assert!(err.starts_with("report: 1 overdue, 1 never reviewed, 1 due soon; 4 pages ask for reviews;"), "{err}");
}

#[test]
fn markdown_is_one_issue_per_role_and_page_text_stays_text() {
    let repo = handbook();
    let into = tempfile::tempdir().unwrap();
    let folder = into.path().to_str().unwrap();
    let (_, err, code) = said(&stepwright(repo.path(), &["report", "--owners", "--into", folder]));
    assert_eq!(code, 0, "{err}");
    let ops = std::fs::read_to_string(into.path().join("ops-lead.md")).unwrap();
    assert!(ops.starts_with("<!-- stepwright:reviews:ops-lead -->\n**Ops lead** answers for these pages."), "{ops}");
    assert!(ops.contains("[Restore \\| the &lt;db&gt; @\u{2060}all](https://docs.example.org/h/late.html) (`content/late.md`)"), "{ops}");
    assert!(!ops.contains("good.md"), "in-date pages are no work");
    assert!(into.path().join("nobody.md").exists());
}

#[test]
fn json_has_everything_and_one_role_can_be_asked_for() {
    let repo = handbook();
    let (out, err, code) = said(&stepwright(repo.path(), &["report", "--owners", "--format", "json", "--role", "ops-lead"]));
    assert_eq!(code, 0, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let owners = json["owners"].as_array().unwrap();
    assert_eq!(owners.len(), 1);
    assert_eq!(owners[0]["github"][0], "@acme/ops");
    assert_eq!((owners[0]["open"].as_u64(), owners[0]["pages"].as_array().unwrap().len()), (Some(2), 3));
    assert_eq!((owners[0]["pages"][0]["state"].as_str(), owners[0]["pages"][0]["days-late"].as_i64()), (Some("overdue"), Some(97)));

    let (out, err, code) = said(&stepwright(repo.path(), &["report", "--owners", "--role", "ops-leed"]));
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(err.contains("did you mean `ops-lead`?"), "{err}");
}

#[test]
fn calendars_and_feeds_are_well_formed_and_repeatable() {
    let repo = handbook();
    let (ics, _, code) = said(&stepwright(repo.path(), &["report", "--owners", "--format", "icalendar"]));
    assert_eq!(code, 0);
    assert!(ics.ends_with("END:VCALENDAR\r\n") && ics.lines().all(|l| l.len() <= 75));
    assert_eq!(ics.matches("BEGIN:VEVENT").count(), 3, "a page without a review day has no event");
    assert!(ics.contains("DTSTART;VALUE=DATE:20261125\r\nDTEND;VALUE=DATE:20261126\r\nSUMMARY:Review: Soon\r\n"), "{ics}");
    assert!(
        ics.contains("DTSTART;VALUE=DATE:20261122") && ics.contains("SUMMARY:Review is late: Restore | the <db> @all"),
        "late ones stand today"
    );
    assert_eq!(ics, said(&stepwright(repo.path(), &["report", "--owners", "--format", "icalendar"])).0);

    let (atom, _, code) = said(&stepwright(repo.path(), &["report", "--owners", "--format", "atom"]));
    assert_eq!(code, 0);
    let mut reader = quick_xml::Reader::from_str(&atom);
    let mut entries = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(e) if e.name().as_ref() == "entry" => entries += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(entries, 3, "{atom}");
    assert!(atom.contains("<updated>2026-08-18T00:00:00Z</updated>"), "overdue since the day after: {atom}");
}

#[test]
fn a_report_says_what_it_is_a_report_of() {
    let repo = handbook();
    let (_, err, code) = said(&stepwright(repo.path(), &["report"]));
    assert_eq!(code, 2);
    assert!(err.contains("--owners"), "{err}");
}
