//! History against a slow, obvious reference: git itself lists the commits and the files of each, and nothing is skipped, cached or pruned.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stepwright::history::prose::Prose;
use stepwright::history::{Edited, History, HistorySettings, Tracked};

use crate::support::repo::{Files, Repo, git};

/// A commit with all its page-like files.
struct Version {
    id: String,
    date: String,
    bot: bool,
    parents: Vec<String>,
    files: BTreeMap<String, String>,
}

/// A date and a commit, or why there is none.
type Answer = Result<(String, String), &'static str>;

/// The reference. `blob` ids are compared first, prose where those differ.
struct Reference {
    dir: PathBuf,
    order: Vec<Version>,
    shallow: BTreeSet<String>,
    proses: RefCell<BTreeMap<String, Prose>>,
}

impl Reference {
    fn new(dir: &Path) -> Self {
        let log = git(dir, &["log", "--date-order", "--format=%H|%ad|%P|%an", "--date=format-local:%Y-%m-%d"]);
        let order = log.lines().map(|line| {
            let mut parts = line.split('|');
            let id = parts.next().unwrap().to_owned();
            let date = parts.next().unwrap().to_owned();
            let parents = parts.next().unwrap().split_whitespace().map(str::to_owned).collect();
            let bot = parts.next().unwrap().ends_with("[bot]");
            let tree = git(dir, &["ls-tree", "-r", "-z", &id]);
            let files = tree
                .split('\0')
                .filter_map(|l| l.split_once('\t'))
                .filter(|(meta, path)| path.ends_with(".md") && meta.starts_with("100"))
                .map(|(meta, path)| (path.to_owned(), meta.split(' ').nth(2).unwrap().to_owned()))
                .collect();
            Version { id, date, bot, parents, files }
        });
        let shallow = std::fs::read_to_string(dir.join(".git/shallow")).unwrap_or_default();
        let order = order.collect();
        Self { dir: dir.to_owned(), order, shallow: shallow.lines().map(str::to_owned).collect(), proses: RefCell::default() }
    }

    fn prose(&self, blob: &str) -> Prose {
        *self.proses.borrow_mut().entry(blob.to_owned()).or_insert_with(|| Prose::of_file(&git(&self.dir, &["cat-file", "blob", blob])))
    }

    fn edited(&self, path: &str) -> Answer {
        let by_id: BTreeMap<&str, &Version> = self.order.iter().map(|v| (v.id.as_str(), v)).collect();
        let mut names = BTreeSet::from([path.to_owned()]);
        for version in &self.order {
            for name in names.clone() {
                let Some(blob) = version.files.get(&name) else { continue };
                let parents: Vec<&Version> = version.parents.iter().filter_map(|p| by_id.get(p.as_str()).copied()).collect();
                if parents.iter().any(|p| p.files.get(&name) == Some(blob)) {
                    continue;
                }
                if self.shallow.contains(&version.id) {
                    return Err("shallow");
                }
                let mut unchanged = false;
                let mut appeared = true;
                let mut older = BTreeSet::new();
                for parent in parents {
                    if let Some(old) = parent.files.get(&name) {
                        appeared = false;
                        unchanged |= self.prose(old) == self.prose(blob);
                    } else if let Some(from) = self.renamed(version, parent, &name, blob) {
                        unchanged = true;
                        older.insert(from);
                    }
                }
                if !unchanged && !version.bot {
                    return Ok((version.date.clone(), version.id[..10].to_owned()));
                }
                if appeared {
                    names.remove(&name);
                }
                names.extend(older);
            }
        }
        Err("only-ignored")
    }

    fn renamed(&self, version: &Version, parent: &Version, name: &str, blob: &str) -> Option<String> {
        if self.prose(blob).is_empty() {
            return None;
        }
        let gone: Vec<(&String, &String)> = parent.files.iter().filter(|(p, _)| !version.files.contains_key(*p)).collect();
        let mut same: Vec<&String> = gone.iter().filter(|(_, b)| *b == blob).map(|(p, _)| *p).collect();
        if same.is_empty() {
            same = gone.iter().filter(|(_, b)| self.prose(b) == self.prose(blob)).map(|(p, _)| *p).collect();
        }
        let file = |p: &str| p.rsplit('/').next().unwrap().to_owned();
        same.iter().find(|p| file(p) == file(name)).or(same.first()).map(|p| (*p).clone())
    }
}

/// Compares every page of HEAD; returns how many are known and how many unknown.
fn compare(dir: &Path, content: &str) -> (usize, usize) {
    let reference = Reference::new(dir);
    let inside = |p: &&String| content.is_empty() || p.starts_with(&format!("{content}/"));
    let pages: Vec<Tracked> = reference.order[0].files.keys().filter(inside).map(|p| Tracked { path: p.clone(), imported: None }).collect();
    let history = History::of_pages(dir, content, &pages, &HistorySettings::default());
    let mut counts = (0, 0);
    let mut wrong = Vec::new();
    for page in &pages {
        let ours = match &history.page(&page.path).edited {
            Edited::Commit(c) => Ok((c.date.to_string(), c.id.clone())),
            Edited::Unknown(why) => Err(why.word()),
            Edited::Imported(day) => panic!("{}: imported {day}", page.path),
        };
        match &ours {
            Ok(_) => counts.0 += 1,
            Err(_) => counts.1 += 1,
        }
        let theirs = reference.edited(&page.path);
        if ours != theirs {
            wrong.push(format!("{}: ours {ours:?}, reference {theirs:?}", page.path));
        }
    }
    assert!(wrong.is_empty(), "{} of {} pages differ:\n{}", wrong.len(), pages.len(), wrong.join("\n"));
    counts
}

/// One step of a made-up history.
#[derive(Debug, Clone)]
enum Step {
    Words(usize, u8),
    Cosmetic(usize),
    Rename(usize, u8),
    Remove(usize),
    Swap(usize, usize),
    Merge(usize, bool),
    Fork(usize),
}

fn steps() -> impl Strategy<Value = Vec<(Step, u8)>> {
    let step = prop_oneof![
        4 => (0..5_usize, 0..4_u8).prop_map(|(f, w)| Step::Words(f, w)),
        3 => (0..5_usize).prop_map(Step::Cosmetic),
        3 => (0..5_usize, 0..4_u8).prop_map(|(f, n)| Step::Rename(f, n)),
        1 => (0..5_usize).prop_map(Step::Remove),
        1 => (0..5_usize, 0..5_usize).prop_map(|(a, b)| Step::Swap(a, b)),
        3 => (0..4_usize, any::<bool>()).prop_map(|(b, o)| Step::Merge(b, o)),
        2 => (0..4_usize).prop_map(Step::Fork),
    ];
    prop::collection::vec((step, 0..3_u8), 3..28)
}

/// Plays the steps on up to four branches; days go forward by 0 to 2, so that commits of one second exist.
fn play(steps: &[(Step, u8)]) -> Repo {
    let mut repo = Repo::new();
    let text = |n: usize, words: u8| format!("---\ntitle: t\n---\n# Page\n\nWord{n} says {words}.\n");
    let mut files = Files::new();
    for n in 0..3 {
        files.insert(format!("docs/p{n}.md"), text(n, 9));
    }
    files.insert("other/q.md".into(), text(7, 7));
    let mut time = 1_600_000_000;
    let root = repo.commit_object(&[], &files, time, "Ada", "start");
    let mut branches = vec![(root, files)];
    let mut current = 0;
    for (nth, (step, days)) in steps.iter().enumerate() {
        time += i64::from(*days) * 86_400;
        let (tip, mut files) = branches[current].clone();
        let pick = |files: &Files, n: usize| files.keys().nth(n % files.len().max(1)).cloned();
        let mut parents = vec![tip];
        match step {
            Step::Words(f, w) => {
                if let Some(path) = pick(&files, *f) {
                    files.insert(path, text(*f, *w));
                }
            }
            Step::Cosmetic(f) => {
                if let Some(path) = pick(&files, *f) {
                    let new = files[&path].replace("title: t", &format!("title: t{nth}"));
                    files.insert(path, new);
                }
            }
            Step::Rename(f, n) => {
                if let Some(path) = pick(&files, *f) {
                    let old = files.remove(&path).unwrap();
                    let folder = if n % 2 == 0 { "docs/sub" } else { "other" };
                    files.insert(format!("{folder}/n{n}.md"), old);
                }
            }
            Step::Remove(f) => {
                if let Some(path) = pick(&files, *f).filter(|_| files.len() > 1) {
                    files.remove(&path);
                }
            }
            Step::Swap(a, b) => {
                if let (Some(a), Some(b)) = (pick(&files, *a), pick(&files, *b)) {
                    let (ta, tb) = (files[&a].clone(), files[&b].clone());
                    files.insert(a, tb);
                    files.insert(b, ta);
                }
            }
            Step::Fork(b) => {
                if branches.len() < 4 {
                    branches.push((tip, files));
                }
                current = b % branches.len();
                continue;
            }
            Step::Merge(b, ours) => {
                let other = b % branches.len();
                if other == current || branches[other].0 == tip {
                    continue;
                }
                parents.push(branches[other].0);
                if !ours {
                    files.extend(branches[other].1.clone());
                }
            }
        }
        let commit = repo.commit_object(&parents, &files, time, if nth % 9 == 8 { "Tidy[bot]" } else { "Ben" }, &format!("step {nth}"));
        branches[current] = (commit, files);
    }
    let (tip, files) = branches[current].clone();
    repo.check_out(tip, &files);
    repo
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_agree_with_the_reference(steps in steps(), depth in 1..12_usize) {
        let repo = play(&steps);
        compare(repo.path(), "");
        compare(repo.path(), "docs");
        let (_keep, clone) = repo.shallow_clone(depth);
        compare(&clone, "docs");
    }
}

/// Compares a real repository, named by `STEPWRIGHT_REPO` (and its content folder by `STEPWRIGHT_CONTENT`), with the reference.
#[test]
fn a_real_repository_agrees_with_the_reference() {
    let Ok(dir) = std::env::var("STEPWRIGHT_REPO") else {
        println!("skipped: STEPWRIGHT_REPO names no repository");
        return;
    };
    let content = std::env::var("STEPWRIGHT_CONTENT").unwrap_or_default();
    let (known, unknown) = compare(Path::new(&dir), &content);
    println!("{known} dates agree, {unknown} unknown on both sides");
}

/// Clones the repository of `STEPWRIGHT_REPO` cut off after 1 and after 50 commits, and compares with the whole one: a date is told only where it is
/// the right one, and is unknown only where the commit that decides is at, behind or older than a cut.
#[test]
fn cut_off_clones_of_a_real_repository_never_tell_a_wrong_date() {
    let Ok(dir) = std::env::var("STEPWRIGHT_REPO") else {
        println!("skipped: STEPWRIGHT_REPO names no repository");
        return;
    };
    let dir = Path::new(&dir);
    let content = std::env::var("STEPWRIGHT_CONTENT").unwrap_or_default();
    let list = git(dir, &["ls-tree", "-r", "--name-only", "-z", "HEAD", "--", if content.is_empty() { "." } else { &content }]);
    let pages: Vec<Tracked> =
        list.split('\0').filter(|p| p.ends_with(".md")).map(|p| Tracked { path: p.to_owned(), imported: None }).collect();
    let deep = History::of_pages(dir, &content, &pages, &HistorySettings::default());
    for depth in [1, 50] {
        let keep = tempfile::tempdir().unwrap();
        let clone = keep.path().join("clone");
        let url = format!("file://{}", dir.canonicalize().unwrap().display());
        git(keep.path(), &["clone", "-q", "--no-checkout", "--depth", &depth.to_string(), &url, clone.to_str().unwrap()]);
        let seen = git(&clone, &["log", "--date-order", "--format=%H"]);
        let cut = std::fs::read_to_string(clone.join(".git/shallow")).unwrap_or_default();
        // A commit at the cut shows every file as new; what is older than it may have been changed by it.
        let inner: BTreeSet<&str> = seen.lines().take_while(|id| !cut.contains(id)).map(|id| &id[..10]).collect();
        let shallow = History::of_pages(&clone, &content, &pages, &HistorySettings::default());
        let (mut told, mut unknown, mut at_cut) = (0, 0, 0);
        for page in &pages {
            let (whole, part) = (&deep.page(&page.path).edited, &shallow.page(&page.path).edited);
            match (whole, part) {
                (_, Edited::Unknown(why)) if why.word() == "shallow" => {
                    unknown += 1;
                    if let Edited::Commit(commit) = whole {
                        assert!(!inner.contains(commit.id.as_str()), "{}: unknown at depth {depth}, and {} decides", page.path, commit.id);
                        at_cut += usize::from(seen.contains(&commit.id));
                    }
                }
                _ => {
                    assert_eq!(whole, part, "{} at depth {depth}", page.path);
                    told += 1;
                }
            }
        }
        println!("depth {depth}: {told} dates told, all right; {unknown} unknown, {at_cut} of them decided by a commit at the cut itself");
    }
}
