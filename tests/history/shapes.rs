//! One small repository per thing that must not fool the dates.

use std::path::Path;

use stepwright::history::{Depth, Edited, History, HistorySettings, Skip, Tracked, Unknown};

use super::reference::{compare, compare_parts};
use crate::support::repo::{Repo, git};

fn history_of(root: &Path, content: &str, path: &str, settings: &HistorySettings) -> History {
    let pages = [Tracked { path: path.to_owned(), imported: stepwright::text::date::parse("2019-05-06") }];
    History::of_pages(root, content, &pages, settings)
}

fn edited(root: &Path, path: &str) -> Edited {
    history_of(root, "", path, &HistorySettings::default()).page(path).edited.clone()
}

fn day(edited: &Edited) -> String {
    edited.date().map_or_else(|| edited.unknown().unwrap().word().to_owned(), |d| d.to_string())
}

/// A page of 2020, reworded in 2021.
fn base() -> Repo {
    let mut repo = Repo::new();
    repo.write("a.md", "# A\n\nOne.\n").commit("2020-01-01", "Ada", "add a");
    repo.write("a.md", "# A\n\nOne and two.\n").commit("2021-01-01", "Ben", "reword a");
    repo
}

#[test]
fn cosmetic_commits_and_renames_do_not_count() {
    let mut repo = base();
    repo.write("a.md", "---\nowner: x\n---\n# A\n\n*One* and\ntwo.\n").commit("2022-01-01", "Cem", "reformat");
    repo.rename("a.md", "b/c.md").commit("2023-01-01", "Cem", "move");
    let history = history_of(repo.path(), "", "b/c.md", &HistorySettings::default());
    let page = history.page("b/c.md");
    let Edited::Commit(commit) = &page.edited else { panic!("{page:?}") };
    assert_eq!((commit.date.to_string().as_str(), commit.author.as_str(), commit.subject.as_str()), ("2021-01-01", "Ben", "reword a"));
    let why: Vec<_> = page.skipped.iter().map(|(c, why)| (c.date.to_string(), *why)).collect();
    assert_eq!(why, [("2023-01-01".to_owned(), Skip::Rename), ("2022-01-01".to_owned(), Skip::Cosmetic)]);
    assert_eq!(page.authors, [("Cem".to_owned(), 2), ("Ada".to_owned(), 1), ("Ben".to_owned(), 1)]);
    assert_eq!(page.first.as_ref().unwrap().date.to_string(), "2020-01-01");
}

#[test]
fn a_page_that_came_from_outside_the_content_folder_keeps_its_age() {
    let mut repo = base();
    repo.rename("a.md", "docs/a.md").commit("2022-01-01", "Cem", "move");
    let history = history_of(repo.path(), "docs", "docs/a.md", &HistorySettings::default());
    assert_eq!(day(&history.page("docs/a.md").edited), "2021-01-01");
}

#[test]
fn bots_and_ignored_revisions_do_not_count() {
    let mut repo = base();
    repo.write("a.md", "# A\n\nOne & two.\n").commit("2022-01-01", "tidy[bot]", "tidy");
    let noise = repo.write("a.md", "# A\n\nOne && two.\n").commit("2023-01-01", "Dee", "mass edit");
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
    let listed = HistorySettings { ignore_revisions: vec![noise.to_string()[..9].to_owned()], ..HistorySettings::default() };
    let by_setting = history_of(repo.path(), "", "a.md", &listed);
    assert_eq!(day(&by_setting.page("a.md").edited), "2021-01-01");
    std::fs::write(repo.path().join(".git-blame-ignore-revs"), format!("# mass edits\n{noise} # the big one\n")).unwrap();
    assert_eq!(day(&edited(repo.path(), "a.md")), "2021-01-01");
    let bots = HistorySettings { bots: vec!["*@example.org".to_owned()], ..HistorySettings::default() };
    assert_eq!(day(&history_of(repo.path(), "", "a.md", &bots).page("a.md").edited), "only-ignored");
}

#[test]
fn a_person_whose_work_a_bot_lands_counts() {
    let mut repo = base();
    let landed = "Back-port the fix\n\nIt was wrong.\n\nCo-authored-by: Cleo <cleo@example.org>\n";
    repo.write("a.md", "# A\n\nOne and a half.\n").commit("2022-01-01", "github-actions[bot]", landed);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2022-01-01");
    let update = "Bump\n\nCo-authored-by: dependabot[bot] <support@example.org>\n";
    repo.write("a.md", "# A\n\nTwo.\n").commit("2023-01-01", "dependabot[bot]", update);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2022-01-01");
}

#[test]
fn imports_do_not_count_and_the_date_of_the_wiki_does() {
    let mut repo = Repo::new();
    repo.write("content/a.md", "# A\n\nOne.\n").write(".stepwright/imports/wiki.yaml", "x: 1\n").commit("2024-01-01", "Ada", "import");
    let get =
        |repo: &Repo| day(&history_of(repo.path(), "content", "content/a.md", &HistorySettings::default()).page("content/a.md").edited);
    assert_eq!(get(&repo), "2019-05-06");
    repo.write("content/a.md", "# A\n\nTwo.\n").commit("2024-02-01", "Ben", "edit");
    assert_eq!(get(&repo), "2024-02-01");
    repo.write("content/a.md", "# A\n\nThree.\n").commit("2024-03-01", "Ada", "again\n\nStepwright-Import: wiki");
    assert_eq!(get(&repo), "2024-02-01", "the wiki's last change is older than the edit here");
}

#[test]
fn a_merge_counts_only_if_it_differs_from_every_parent() {
    let mut repo = base();
    let start = git2::Oid::from_str(git(repo.path(), &["rev-parse", "HEAD"]).trim()).unwrap();
    let text = |s: &str| [("a.md".to_owned(), s.to_owned())].into();
    let left = repo.commit_on(&[start], &text("# A\n\nLeft.\n"), "2022-01-01", "Cem", "left");
    let right = repo.commit_on(&[start], &text("# A\n\nRight.\n"), "2022-02-01", "Dee", "right");
    repo.commit_on(&[left, right], &text("# A\n\nRight.\n"), "2022-03-01", "Cem", "merge");
    assert_eq!(day(&edited(repo.path(), "a.md")), "2022-02-01");
    repo.commit_on(&[left, right], &text("# A\n\nLeft and right.\n"), "2022-04-01", "Cem", "merge by hand");
    assert_eq!(day(&edited(repo.path(), "a.md")), "2022-04-01");
}

#[test]
fn a_cut_clone_never_gives_a_wrong_date() {
    let mut repo = base();
    repo.write("b.md", "# B\n").commit("2022-01-01", "Cem", "add b");
    let (_keep, clone) = repo.shallow_clone(1);
    let pages = ["a.md", "b.md"].map(|p| Tracked { path: p.to_owned(), imported: None });
    let history = History::of_pages(&clone, "", &pages, &HistorySettings::default());
    assert_eq!(history.depth, Depth::Shallow);
    assert_eq!(history.page("a.md").edited, Edited::Unknown(Unknown::Shallow));
    assert_eq!(history.page("a.md").first, None);
    let (_keep, clone) = repo.shallow_clone(2);
    let history = History::of_pages(&clone, "", &pages, &HistorySettings::default());
    assert_eq!(history.page("a.md").edited, Edited::Unknown(Unknown::Shallow));
    assert_eq!(day(&history.page("b.md").edited), "2022-01-01");
}

#[test]
fn what_git_does_not_know_is_unknown_with_its_reason() {
    let outside = tempfile::tempdir().unwrap();
    assert_eq!(day(&edited(outside.path(), "a.md")), "no-git");
    let mut repo = Repo::new();
    assert_eq!(day(&edited(repo.path(), "a.md")), "no-commits");
    repo.write("b.md", "b\n").commit("2020-01-01", "Ada", "b");
    assert_eq!(day(&edited(repo.path(), "a.md")), "untracked");
}

#[test]
fn the_root_may_be_a_folder_in_a_repository_a_worktree_or_hold_another_repository() {
    let mut repo = base();
    repo.rename("a.md", "deep/docs/a.md").commit("2022-01-01", "Cem", "move");
    assert_eq!(day(&edited(&repo.path().join("deep"), "docs/a.md")), "2021-01-01");

    let trees = tempfile::tempdir().unwrap();
    let tree = trees.path().join("tree");
    git(repo.path(), &["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    assert_eq!(day(&edited(&tree, "deep/docs/a.md")), "2021-01-01");

    let mut outer = Repo::new();
    outer.write("x.md", "x\n").commit("2024-01-01", "Ada", "x");
    git(outer.path(), &["submodule", "--quiet", "add", repo.path().to_str().unwrap(), "sub"]);
    git(outer.path(), &["commit", "-q", "-m", "add the submodule"]);
    assert_eq!(day(&edited(outer.path(), "sub/deep/docs/a.md")), "2021-01-01");
    assert_eq!(day(&edited(outer.path(), "x.md")), "2024-01-01");
}

#[test]
fn sparse_partial_and_replaced_histories() {
    let mut repo = base();
    let old = repo.write("a.md", "# A\n\nThree.\n").commit("2022-01-01", "Cem", "three");
    git(repo.path(), &["sparse-checkout", "set", "nothing"]);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2022-01-01");

    git(repo.path(), &["config", "uploadpack.allowFilter", "true"]);
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(dir.path(), &["clone", "-q", "--filter=blob:none", &url, "clone"]);
    assert_eq!(day(&edited(&dir.path().join("clone"), "a.md")), "missing-objects");

    // A replaced commit is seen as git shows it.
    let files = [("a.md".to_owned(), "# A\n\nOne and two.\n".to_owned())].into();
    let parent = git2::Oid::from_str(git(repo.path(), &["rev-parse", "HEAD^"]).trim()).unwrap();
    let other = repo.commit_object(&[parent], &files, 1_660_000_000, "Cem", "nothing happened");
    git(repo.path(), &["replace", &old.to_string(), &other.to_string()]);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2021-01-01");
}

/// A project that began with a snapshot of an older one, whose history is in the repository and not yet joined to it; with both commits.
fn snapshot_of_an_older_project() -> (Repo, String, String) {
    let mut repo = base();
    let old = git(repo.path(), &["rev-parse", "HEAD"]).trim().to_owned();
    let files = [("a.md".to_owned(), "# A\n\nOne *and* two.\n".to_owned())].into();
    let new = repo.commit_on(&[], &files, "2023-01-01", "Cem", "start anew").to_string();
    // What is kept of the history as it was must not outlive the change.
    std::fs::create_dir(repo.path().join(".stepwright")).unwrap();
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
    (repo, old, new)
}

#[test]
fn parents_that_are_grafted_on_count_as_git_log_shows_them() {
    let (repo, old, new) = snapshot_of_an_older_project();
    std::fs::create_dir_all(repo.path().join(".git/info")).unwrap();
    let grafts = repo.path().join(".git/info/grafts");
    std::fs::write(&grafts, format!("{new} {old}\n")).unwrap();
    assert_eq!(day(&edited(repo.path(), "a.md")), "2021-01-01");
    compare(repo.path(), "");
    compare_parts(repo.path(), "");
    // A parent that is not there is a cut: nobody knows what it held.
    std::fs::write(&grafts, format!("{new} {}\n", "5".repeat(40))).unwrap();
    assert_eq!(day(&edited(repo.path(), "a.md")), "shallow");
    // Git takes comments here, libgit2 does not open such a repository: no date, and that is said.
    std::fs::write(&grafts, format!("# the older project\n{new} {old}\n")).unwrap();
    let Edited::Unknown(why) = edited(repo.path(), "a.md") else { panic!("told") };
    assert_eq!(why.to_string(), "git cannot read the repository (invalid graft OID at line 1)");
    std::fs::remove_file(&grafts).unwrap();
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
}

#[test]
fn parents_that_are_replaced_count_as_git_log_shows_them() {
    let (repo, old, new) = snapshot_of_an_older_project();
    git(repo.path(), &["replace", "--graft", &new, &old]);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2021-01-01");
    compare(repo.path(), "");
    compare_parts(repo.path(), "");
    // What stands in for a commit may itself have been replaced.
    let stand_in = git(repo.path(), &["rev-parse", &format!("refs/replace/{new}")]).trim().to_owned();
    let first = git(repo.path(), &["rev-parse", &format!("{old}^")]).trim().to_owned();
    git(repo.path(), &["replace", "--graft", &stand_in, &first]);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
    compare(repo.path(), "");
    git(repo.path(), &["replace", "-d", &new]);
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
}

#[test]
fn a_page_deleted_and_written_again_is_as_old_as_its_second_life() {
    let mut repo = base();
    repo.remove("a.md").write("b.md", "b\n").commit("2022-01-01", "Cem", "drop a");
    repo.write("a.md", "# A\n\nOne.\n").commit("2023-01-01", "Cem", "bring a back");
    assert_eq!(day(&edited(repo.path(), "a.md")), "2023-01-01");
}
