//! Ages of sections and steps: random histories against the slow reference, and one small repository per thing that must not fool them.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use stepwright::history::{Edited, History, HistorySettings, Tracked};
use stepwright::page::Page;
use stepwright::text::Source;

use super::reference::{compare, compare_parts};
use crate::support::repo::{Files, Repo, git};

/// A made-up page: sections with a heading and steps.
type Sections = Vec<(String, Vec<String>)>;

fn text(sections: &Sections, dress: u8) -> String {
    let mut out = format!("---\ntitle: t{dress}\n---\n");
    for (n, (heading, steps)) in sections.iter().enumerate() {
        match (dress + u8::try_from(n).unwrap_or(0)) % 4 {
            0 => out.push_str(&format!("# {heading}\n\n")),
            1 => out.push_str(&format!("## *{heading}*\n\n")),
            2 => out.push_str(&format!("{heading}\n-----\n\n")),
            // A heading as people fake them.
            _ => out.push_str(&format!("**{heading}:**\n\n")),
        }
        for step in steps {
            match dress % 3 {
                0 => out.push_str(&format!("1. {step}\n")),
                1 => out.push_str(&format!("- {step}.\n")),
                _ => out.push_str(&format!("* **{step}**\n")),
            }
        }
        out.push('\n');
    }
    out
}

#[derive(Debug, Clone)]
enum Step {
    Reword(usize, usize, usize),
    Add(usize, usize, usize),
    Take(usize, usize, usize),
    Swap(usize, usize),
    MoveSection(usize, usize),
    Retitle(usize, usize),
    DropSection(usize, usize),
    Dress(usize, u8),
    Rename(usize, u8, bool),
    Fork(usize),
    Merge(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<(Step, u8)>> {
    let (f, s, t) = (0..3_usize, 0..4_usize, 0..5_usize);
    let step = prop_oneof![
        4 => (f.clone(), s.clone(), t.clone()).prop_map(|(f, s, t)| Step::Reword(f, s, t)),
        3 => (f.clone(), s.clone(), t.clone()).prop_map(|(f, s, t)| Step::Add(f, s, t)),
        2 => (f.clone(), s.clone(), t.clone()).prop_map(|(f, s, t)| Step::Take(f, s, t)),
        2 => (f.clone(), s.clone()).prop_map(|(f, s)| Step::Swap(f, s)),
        3 => (f.clone(), s.clone()).prop_map(|(f, s)| Step::MoveSection(f, s)),
        1 => (f.clone(), s.clone()).prop_map(|(f, s)| Step::Retitle(f, s)),
        1 => (f.clone(), s).prop_map(|(f, s)| Step::DropSection(f, s)),
        3 => (f.clone(), 0..12_u8).prop_map(|(f, d)| Step::Dress(f, d)),
        2 => (f, 0..4_u8, any::<bool>()).prop_map(|(f, n, reword)| Step::Rename(f, n, reword)),
        2 => (0..4_usize).prop_map(Step::Fork),
        3 => (0..4_usize, 0..3_u8).prop_map(|(b, how)| Step::Merge(b, how)),
    ];
    prop::collection::vec((step, 0..3_u8), 3..28)
}

type Pages = BTreeMap<String, (Sections, u8)>;

fn files(pages: &Pages) -> Files {
    pages.iter().map(|(path, (sections, dress))| (path.clone(), text(sections, *dress))).collect()
}

/// Changes one page of a branch; false if there was nothing to change.
fn change(pages: &mut Pages, step: &Step, nth: usize) -> bool {
    let (Step::Reword(f, ..)
    | Step::Add(f, ..)
    | Step::Take(f, ..)
    | Step::Swap(f, _)
    | Step::MoveSection(f, _)
    | Step::Retitle(f, _)
    | Step::DropSection(f, _)
    | Step::Dress(f, _)
    | Step::Rename(f, ..)) = step
    else {
        return false;
    };
    let Some(path) = pages.keys().nth(f % pages.len().max(1)).cloned() else { return false };
    let Some((sections, dress)) = pages.get_mut(&path) else { return false };
    if sections.is_empty() {
        return false;
    }
    let count = sections.len();
    match step {
        Step::Reword(_, s, t) => {
            let steps = &mut sections[s % count].1;
            let Some(at) = t.checked_rem(steps.len()) else { return false };
            // Most of the words stay, so that it can be told what it was before.
            steps[at] = format!("Open the valve of tank {at} by {nth} turns");
        }
        // Few numbers, so that the same step comes up more than once.
        Step::Add(_, s, t) => sections[s % count].1.insert(0, format!("Check gauge {t}")),
        Step::Take(_, s, t) => {
            let steps = &mut sections[s % count].1;
            let Some(at) = t.checked_rem(steps.len()) else { return false };
            steps.remove(at);
        }
        Step::Swap(_, s) => sections[s % count].1.reverse(),
        Step::MoveSection(_, s) => {
            let section = sections.remove(s % count);
            sections.push(section);
        }
        Step::Retitle(_, s) => sections[s % count].0 = format!("Part {nth}"),
        Step::DropSection(_, s) => drop(sections.remove(s % count)),
        Step::Dress(_, d) => *dress = *d,
        Step::Rename(_, n, reword) => {
            let (mut sections, dress) = pages.remove(&path).unwrap();
            if *reword && let Some(step) = sections.iter_mut().flat_map(|s| &mut s.1).next() {
                *step = format!("Reworded on the way {nth}");
            }
            let folder = if n % 2 == 0 { "docs/sub" } else { "other" };
            pages.insert(format!("{folder}/n{n}.md"), (sections, dress));
        }
        Step::Fork(_) | Step::Merge(..) => {}
    }
    true
}

/// Plays the steps on up to four branches.
fn play(steps: &[(Step, u8)]) -> Repo {
    let mut repo = Repo::new();
    let mut pages = Pages::new();
    for n in 0..2 {
        let steps = |s: usize| (0..3).map(|t| format!("Open the valve of tank {t} in hall {s}{n}")).collect();
        let sections = (0..3).map(|s| (format!("Section {s}"), steps(s))).collect();
        pages.insert(format!("docs/p{n}.md"), (sections, 0));
    }
    let mut time = 1_600_000_000;
    let root = repo.commit_object(&[], &files(&pages), time, "Ada", "start");
    let mut branches = vec![(root, pages)];
    let mut current = 0;
    for (nth, (step, days)) in steps.iter().enumerate() {
        time += i64::from(*days) * 86_400;
        let (tip, mut pages) = branches[current].clone();
        let mut parents = vec![tip];
        match step {
            Step::Fork(b) => {
                if branches.len() < 4 {
                    branches.push((tip, pages));
                }
                current = b % branches.len();
                continue;
            }
            Step::Merge(b, how) => {
                let other = b % branches.len();
                if other == current || branches[other].0 == tip {
                    continue;
                }
                parents.push(branches[other].0);
                let theirs = branches[other].1.clone();
                match how {
                    0 => {}
                    1 => pages.extend(theirs),
                    // Both: our first half of each page, their second.
                    _ => {
                        for (path, (sections, _)) in theirs {
                            let Some((ours, _)) = pages.get_mut(&path) else { continue };
                            let half = ours.len() / 2;
                            ours.truncate(half);
                            ours.extend(sections.into_iter().skip(half));
                        }
                    }
                }
            }
            _ if change(&mut pages, step, nth) => {}
            _ => continue,
        }
        let author = if nth % 6 == 5 { "Tidy[bot]" } else { "Ben" };
        let commit = repo.commit_object(&parents, &files(&pages), time, author, &format!("step {nth}"));
        branches[current] = (commit, pages);
    }
    let (tip, pages) = branches[current].clone();
    repo.check_out(tip, &files(&pages));
    repo
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_agree_with_the_reference(steps in steps(), depth in 1..12_usize) {
        let repo = play(&steps);
        compare_parts(repo.path(), "");
        compare_parts(repo.path(), "docs");
        let (_keep, clone) = repo.shallow_clone(depth);
        compare_parts(&clone, "docs");
    }

    /// What an earlier run kept, at any other commit and with other content, is of use and does no harm.
    #[test]
    fn what_was_kept_changes_no_answer(steps in steps(), back in 1..20_usize) {
        let repo = play(&steps);
        std::fs::create_dir(repo.path().join(".stepwright")).unwrap();
        let head = git(repo.path(), &["rev-parse", "HEAD"]);
        let all = git(repo.path(), &["rev-list", "HEAD"]);
        let other = all.lines().nth(back % all.lines().count()).unwrap();
        for (commit, content) in [(other, "docs"), (head.trim(), ""), (other, ""), (head.trim(), "docs"), (head.trim(), "docs")] {
            git(repo.path(), &["update-ref", "refs/heads/main", commit]);
            compare(repo.path(), content);
            compare_parts(repo.path(), content);
        }
        let kept = std::fs::read_dir(repo.path().join(".stepwright/cache/history")).unwrap().count();
        prop_assert_eq!(kept, 2);
    }
}

/// Day or reason of each section and step of a page, in page order.
fn ages(root: &Path, path: &str) -> Vec<String> {
    ages_in(root, "", path)
}

/// [`ages`] with the pages of one folder as the content.
fn ages_in(root: &Path, content: &str, path: &str) -> Vec<String> {
    let page = Page::parse(Source::new(path, std::fs::read_to_string(root.join(path)).unwrap()));
    let tracked = [Tracked { path: path.to_owned(), imported: None }];
    let history = History::of_pages(root, content, &tracked, &HistorySettings::default());
    let ages = history.ages(&[&page]).remove(0);
    let mut parts: Vec<_> = ages.sections().map(|(_, p)| p).chain(ages.steps()).collect();
    parts.sort_by_key(|p| p.span.start);
    let told = |e: &Edited| e.date().map_or_else(|| e.unknown().unwrap().word().to_owned(), |d| d.to_string());
    let line = |text: &str| text.lines().next().unwrap_or("").trim_start_matches(['#', ' ']).to_owned();
    parts.iter().map(|p| format!("{} {}", line(page.source.slice(p.span)), told(&p.edited))).collect()
}

const PAGE: &str =
    "# Outage\n\nWhat to do.\n\n## Stop\n\n1. Close the valve.\n2. Call Anna.\n\n## Roll back\n\n1. Open the valve.\n2. Tell the hall.\n";

fn base() -> Repo {
    let mut repo = Repo::new();
    repo.write("a.md", PAGE).commit("2020-01-01", "Ada", "add a");
    repo
}

#[test]
fn a_typo_at_the_top_leaves_the_rest_old() {
    let mut repo = base();
    repo.write("a.md", &PAGE.replace("What", "Here is what")).commit("2024-05-01", "Ben", "typo");
    let expected = [
        "Outage 2024-05-01",
        "Stop 2020-01-01",
        "1. Close the valve. 2020-01-01",
        "2. Call Anna. 2020-01-01",
        "Roll back 2020-01-01",
        "1. Open the valve. 2020-01-01",
        "2. Tell the hall. 2020-01-01",
    ];
    assert_eq!(ages(repo.path(), "a.md"), expected);
}

#[test]
fn moving_a_section_or_the_page_while_editing_it_keeps_ages() {
    let mut repo = base();
    let moved = "# Outage\n\nWhat to do.\n\n### Roll back\n\n- Open the *valve*\n- Tell the hall\n\nStop\n----\n\n1. Close the valve.\n2. Call Ben.\n";
    repo.remove("a.md").write("ops/b.md", moved).commit("2024-05-01", "Ben", "move, reorder, and Ben is on call");
    let told = ages(repo.path(), "ops/b.md");
    assert_eq!(
        told,
        ["Outage 2020-01-01", "Roll back 2020-01-01", "Stop 2024-05-01", "1. Close the valve. 2020-01-01", "2. Call Ben. 2024-05-01"]
    );
}

#[test]
fn a_page_that_came_from_outside_and_was_reworked_on_the_way_is_looked_up_once() {
    let mut repo = Repo::new();
    repo.write("old/a.md", PAGE).write("docs/b.md", "# B\n").commit("2020-01-01", "Ada", "add a");
    let first = git(repo.path(), &["rev-parse", "HEAD:old/a.md", "HEAD:old", "HEAD^{tree}"]);
    repo.remove("old/a.md").write("docs/a.md", &PAGE.replace("Anna", "Ben")).commit("2024-05-01", "Ben", "move, and Ben is on call");
    std::fs::create_dir(repo.path().join(".stepwright")).unwrap();
    let expected = ["Outage 2020-01-01", "Stop 2024-05-01", "1. Close the valve. 2020-01-01", "2. Call Ben. 2024-05-01"];
    assert_eq!(ages_in(repo.path(), "docs", "docs/a.md")[..4], expected);
    // From here on nobody can walk through the first commit.
    for id in first.lines() {
        std::fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    }
    assert_eq!(ages_in(repo.path(), "docs", "docs/a.md")[..4], expected);
    std::fs::remove_dir_all(repo.path().join(".stepwright/cache")).unwrap();
    assert_ne!(ages_in(repo.path(), "docs", "docs/a.md")[..4], expected);
}

#[test]
fn a_step_taken_out_changes_its_section() {
    let mut repo = base();
    repo.write("a.md", &PAGE.replace("2. Tell the hall.\n", "")).commit("2024-05-01", "Ben", "nobody tells the hall");
    assert_eq!(ages(repo.path(), "a.md")[4..], ["Roll back 2024-05-01", "1. Open the valve. 2020-01-01"]);
}

#[test]
fn a_bot_hands_on_to_what_it_reworded() {
    let mut repo = base();
    repo.write("a.md", &PAGE.replace("Call Anna", "Call Anna now")).commit("2022-01-01", "Ben", "now");
    repo.write("a.md", &PAGE.replace("Call Anna", "Call Anna at once")).commit("2023-01-01", "tidy[bot]", "plain words");
    assert_eq!(ages(repo.path(), "a.md")[1..4], ["Stop 2022-01-01", "1. Close the valve. 2020-01-01", "2. Call Anna at once. 2022-01-01"]);
    repo.write("a.md", &format!("{}\n## Links\n\nGenerated.\n", PAGE.replace("Call Anna", "Call Anna at once")));
    repo.commit("2024-01-01", "tidy[bot]", "links");
    assert_eq!(ages(repo.path(), "a.md").last().unwrap(), "Links only-ignored");
}

#[test]
fn an_import_has_the_date_of_the_wiki() {
    let mut repo = Repo::new();
    let import = |day: &str, text: &str| format!("---\nsource: {{updated: {day}}}\n---\n{text}");
    repo.write("a.md", &import("2019-05-06", PAGE)).write(".stepwright/imports/wiki.yaml", "x: 1\n").commit("2024-01-01", "Ada", "import");
    let again = import("2023-12-01", &PAGE.replace("Anna", "Ben"));
    repo.write("a.md", &again).write(".stepwright/imports/wiki.yaml", "x: 2\n").commit("2024-03-01", "Ada", "import again");
    repo.write("a.md", &again.replace("hall", "whole hall")).commit("2024-04-01", "Ada", "edit here");
    let expected = [
        "Outage 2019-05-06",
        "Stop 2023-12-01",
        "1. Close the valve. 2019-05-06",
        "2. Call Ben. 2023-12-01",
        "Roll back 2024-04-01",
        "1. Open the valve. 2019-05-06",
        "2. Tell the whole hall. 2024-04-01",
    ];
    assert_eq!(ages(repo.path(), "a.md"), expected);
}

#[test]
fn what_is_not_committed_has_no_date_and_leaves_the_rest_alone() {
    let repo = base();
    std::fs::write(repo.path().join("a.md"), PAGE.replace("Call Anna", "Call Ben")).unwrap();
    assert_eq!(
        ages(repo.path(), "a.md")[..4],
        ["Outage 2020-01-01", "Stop untracked", "1. Close the valve. 2020-01-01", "2. Call Ben. untracked"]
    );
}

#[test]
fn a_cut_clone_and_a_partial_one_tell_only_what_they_know() {
    let mut repo = base();
    repo.write("a.md", &PAGE.replace("Anna", "Ben")).commit("2022-01-01", "Ben", "Ben is on call");
    repo.write("a.md", &PAGE.replace("Anna", "Cem")).commit("2023-01-01", "Ben", "Cem is on call");
    let (_keep, clone) = repo.shallow_clone(2);
    assert_eq!(ages(&clone, "a.md")[..4], ["Outage shallow", "Stop 2023-01-01", "1. Close the valve. shallow", "2. Call Cem. 2023-01-01"]);
    git(repo.path(), &["config", "uploadpack.allowFilter", "true"]);
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["clone", "-q", "--filter=blob:none", &format!("file://{}", repo.path().display()), "clone"]);
    assert_eq!(ages(&dir.path().join("clone"), "a.md")[0], "Outage missing-objects");
}

#[test]
fn both_sides_of_a_merge_keep_their_dates() {
    let mut repo = base();
    let start = git2::Oid::from_str(git(repo.path(), &["rev-parse", "HEAD"]).trim()).unwrap();
    let left = PAGE.replace("Anna", "Ben");
    let right = PAGE.replace("hall", "whole hall");
    let both = left.replace("hall", "whole hall");
    let page = |text: &str| Files::from([("a.md".to_owned(), text.to_owned())]);
    let l = repo.commit_on(&[start], &page(&left), "2022-01-01", "Cem", "left");
    let r = repo.commit_on(&[start], &page(&right), "2022-02-01", "Dee", "right");
    repo.commit_on(&[l, r], &page(&both), "2022-03-01", "Cem", "merge");
    let told = ages(repo.path(), "a.md");
    assert_eq!((told[1].as_str(), told[4].as_str()), ("Stop 2022-01-01", "Roll back 2022-02-01"));
}
