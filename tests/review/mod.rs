//! `stepwright review`: pull requests as their reviewers meet them.

use crate::support::repo::{Repo, git};
use crate::support::{said, stepwright};

const PAGE: &str = "---\nkind: procedure\nowner: fin-lead\nreviewed: 2025-01-01\nreview-every: 6 months\n---\n# Refund\n\nSee [terms](terms.md).\n\n1. The agent checks the order.\n2. The finance lead must approve the refund.\n3. The agent pays the money back.\n";
const BLUEPRINT: &str = "blueprint: 1\nid: refund\ntitle: Refund\nsource: {page: content/refund.md}\nroles:\n  agent: {title: Agent}\n  fin-lead: {title: Finance lead}\nsteps:\n  - {id: check, title: Check the order, owner: agent}\n  - id: approve\n    title: Approve the refund\n    approval: {by: fin-lead, blocks: [pay]}\n  - {id: pay, title: Pay the money back, owner: agent, due: 1 day}\n";

/// A repository with one stale procedure, an old broken link, and a branch to work on.
fn repository() -> Repo {
    let mut repo = Repo::new();
    repo.write("stepwright.yaml", "site: {title: Finance}\n")
        .write("roles.yaml", "agent: {title: Agent}\nfin-lead: {title: Finance lead}\n")
        .write("content/refund.md", PAGE)
        .write("content/refund.blueprint.yaml", BLUEPRINT)
        .write("content/terms.md", "# Terms\n\nAn old [broken](nowhere.md) link.\n");
    repo.commit("2025-01-01", "Ada", "Write pages");
    git(repo.path(), &["branch", "base"]);
    repo
}

#[test]
fn a_weakened_gate_is_red_with_the_words_for_it() {
    let mut repo = repository();
    let weak = BLUEPRINT.replace("    approval: {by: fin-lead, blocks: [pay]}\n", "    owner: fin-lead\n");
    repo.write("content/refund.blueprint.yaml", &weak);
    repo.commit("2026-11-20", "Bob", "Simplify");
    let (out, err, code) = said(&stepwright(repo.path(), &["review", "--base", "base"]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("DANGER"), "{out}");
    assert!(out.contains("content/refund.blueprint.yaml changed, content/refund.md did not"), "{out}");
    assert!(err.starts_with("review: fails, 1 danger"), "{err}");

    let (md, _, code) = said(&stepwright(repo.path(), &["review", "--base", "base", "--format", "markdown", "--exit-zero"]));
    assert_eq!(code, 0);
    assert!(md.starts_with("<!-- stepwright:review -->\n## stepwright: fails, 1 danger"), "{md}");
    assert!(md.contains("#### `content/refund.blueprint.yaml`") && md.contains("**DANGER**"), "{md}");
}

#[test]
fn a_typo_in_a_stale_page_is_green_and_says_that_a_review_is_due() {
    let mut repo = repository();
    repo.write("content/refund.md", &PAGE.replace("checks the order", "checks the ordre"));
    repo.commit("2026-11-20", "Bob", "Typo");
    let (out, err, code) = said(&stepwright(repo.path(), &["review", "--base", "base"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.starts_with("review: passes, the process stays as it is, no new findings"), "{err}");
    assert!(out.contains("note: content/refund.md is touched here: due 2025-07-01"), "{out}");
    assert!(out.contains("stepwright blueprint sync content/refund.md"), "the page changed without its blueprint: {out}");
    assert!(!out.contains("nowhere.md"), "the old broken link is not this change's: {out}");
}

#[test]
fn a_removed_page_breaks_a_link_on_a_page_nobody_touched() {
    let mut repo = repository();
    repo.remove("content/terms.md");
    repo.commit("2026-11-20", "Bob", "Drop terms");
    let (out, err, code) = said(&stepwright(repo.path(), &["review", "--base", "base", "--format", "json"]));
    assert_eq!(code, 1, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{out}");
    assert_eq!((&json["findings"][0]["rule"], &json["findings"][0]["path"]), (&"broken-link".into(), &"content/refund.md".into()));
    assert_eq!(json["removed"][0], "content/terms.md");
}

#[test]
fn two_consistent_changes_that_disagree_are_caught_on_their_merge() {
    let mut repo = repository();
    git(repo.path(), &["checkout", "-q", "-b", "one"]);
    // One adds a link to the page, the other removes the page; each alone is fine.
    repo.write("content/new.md", "# New\n\n[terms](terms.md)\n");
    repo.write("content/terms.md", "# Terms\n");
    repo.remove("content/terms.md").write("content/refund.md", &PAGE.replace("See [terms](terms.md).\n", ""));
    repo.commit("2026-11-20", "Merge queue", "Both");
    let (out, _, code) = said(&stepwright(repo.path(), &["review", "--base", "base"]));
    assert_eq!(code, 1);
    assert!(out.contains("content/new.md:3:9") && out.contains("no page at terms.md"), "{out}");
}

#[test]
fn a_renamed_page_keeps_its_old_findings_to_itself() {
    let mut repo = repository();
    repo.rename("content/terms.md", "content/conditions.md");
    repo.write("content/refund.md", &PAGE.replace("terms.md", "conditions.md"));
    repo.commit("2026-11-20", "Bob", "Rename");
    let (out, err, code) = said(&stepwright(repo.path(), &["review", "--base", "base"]));
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_shallow_clone_is_told_how_to_get_the_base() {
    let mut repo = repository();
    repo.write("content/terms.md", "# Terms\n");
    repo.commit("2026-11-20", "Bob", "Mend");
    let (_keep, clone) = repo.shallow_clone(1);
    git(&clone, &["fetch", "-q", "--depth", "1", "origin", "base:base"]);
    let (out, err, code) = said(&stepwright(&clone, &["review", "--base", "base"]));
    assert_eq!((out.as_str(), code), ("", 2), "{err}");
    assert!(err.contains("fetch-depth: 0") && err.contains("review: not started, base commit missing"), "{err}");
    let (_, err, code) = said(&stepwright(&clone, &["review", "--base", "origin/nowhere"]));
    assert_eq!(code, 2);
    assert!(err.contains("git knows no revision `origin/nowhere`"), "{err}");
}

#[test]
fn markdown_keeps_its_limit_with_thousands_of_findings_and_links_previews() {
    let mut repo = repository();
    for page in 0..40 {
        let links: String = (0..100).map(|n| format!("[x{n}](gone-{page}-{n}.md) |`<script>` @all\n\n")).collect();
        repo.write(&format!("content/many/{page}.md"), &format!("# Page {page} <b>|\n\n{links}"));
    }
    repo.commit("2026-11-20", "Bob", "Much");
    let args = ["review", "--base", "base", "--format", "markdown", "--preview", "https://preview.example.org/pr-1"];
    let (md, err, code) = said(&stepwright(repo.path(), &args));
    assert_eq!(code, 1, "{err}");
    assert!(md.len() <= 65_536, "{} bytes", md.len());
    let shown = md.matches("(`broken-link`)").count();
    assert!(shown > 100 && md.contains(&format!("{} findings more", crate::review::thousands(4_000 - shown))), "{}", &md[md.len() - 400..]);
    assert!(!md.contains("<script>") && !md.contains("@all"), "page text stays text");

    let (md, _, _) = said(&stepwright(repo.path(), &[&args[..], &["--max-bytes", "2000"]].concat()));
    assert!(md.len() <= 2_000, "{}", md.len());
    let (md, _, _) = said(&stepwright(repo.path(), &[&args[..], &["--max-bytes", "2000000"]].concat()));
    assert!(md.contains("(https://preview.example.org/pr-1/many/0.html)"), "{}", &md[md.len() - 400..]);
}

#[test]
fn lint_can_look_at_a_change_only() {
    let mut repo = repository();
    repo.write("content/refund.md", &PAGE.replace("1. The agent", "[new](gone.md)\n\n1. The agent"));
    repo.commit("2026-11-20", "Bob", "Add");
    let (out, err, code) = said(&stepwright(repo.path(), &["lint", "--new-from", "base", "--format", "concise"]));
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("content/refund.md:11:7: error broken-link"), "{out}");
    assert!(out.contains("info stale-by-review") && !out.contains("terms.md"), "late reviews on touched pages are said, not failed: {out}");
    let (out, _, code) = said(&stepwright(repo.path(), &["lint", "--changed", "base", "--format", "concise"]));
    assert!(code == 1 && out.contains("error stale-by-review") && !out.contains("terms.md"), "{out}");
    let (_, err, code) = said(&stepwright(repo.path(), &["lint", "--new-from", "nowhere"]));
    assert!(code == 2 && err.contains("git knows no revision `nowhere`") && err.contains("lint: not started"), "{err}");
}

#[test]
fn a_hook_lets_the_first_commit_be_made_and_stops_a_broken_one() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    crate::support::write(dir.path(), "content/a.md", "# A\n");
    let lint = ["lint", "--new-from", "HEAD"];
    assert_eq!(said(&stepwright(dir.path(), &lint)).2, 0);
    crate::support::write(dir.path(), "content/a.md", "# A\n\n[b](b.md)\n");
    assert_eq!(said(&stepwright(dir.path(), &lint)).2, 1);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "Broken"]);
    assert_eq!(said(&stepwright(dir.path(), &lint)).2, 0, "what is committed is old");
}

fn thousands(n: usize) -> String {
    stepwright::text::thousands(n)
}
