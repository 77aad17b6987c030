//! History against a slow, obvious reference: git itself lists the commits and the files of each, and nothing is skipped, cached or pruned.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proptest::prelude::*;
use stepwright::history::parts::{ALIKE, Parts};
use stepwright::history::prose::Prose;
use stepwright::history::quick::same_words;
use stepwright::history::{Edited, History, HistorySettings, Tracked};
use stepwright::page::Page;
use stepwright::text::Source;

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
    parts: RefCell<BTreeMap<String, Rc<Parts>>>,
}

impl Reference {
    fn new(dir: &Path) -> Self {
        let log = git(
            dir,
            &[
                "log",
                "--date-order",
                "--format=%H|%ad|%P|%an|%(trailers:key=Co-authored-by,valueonly,separator=%x3b)",
                "--date=format-local:%Y-%m-%d",
            ],
        );
        let order = log.lines().map(|line| {
            let mut parts = line.split('|');
            let id = parts.next().unwrap().to_owned();
            let date = parts.next().unwrap().to_owned();
            let parents = parts.next().unwrap().split_whitespace().map(str::to_owned).collect();
            let author = parts.next().unwrap().ends_with("[bot]");
            let people = parts.next().unwrap_or("").split(';').filter(|p| !p.is_empty() && !p.contains("[bot]")).count();
            let bot = author && people == 0;
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
        let shallow = shallow.lines().map(str::to_owned).collect();
        Self { dir: dir.to_owned(), order, shallow, proses: RefCell::default(), parts: RefCell::default() }
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

    fn parts(&self, blob: &str) -> Rc<Parts> {
        let mut all = self.parts.borrow_mut();
        let read = || Rc::new(Parts::of_file(&git(&self.dir, &["cat-file", "blob", blob])));
        Rc::clone(all.entry(blob.to_owned()).or_insert_with(read))
    }

    /// The age of each part of a page, one after the other.
    fn ages(&self, path: &str) -> Vec<Answer> {
        let head = self.parts(&self.order[0].files[path]);
        head.list().iter().map(|part| self.age(path, &head, head.sought(part))).collect()
    }

    /// The newest commit that brought the part.
    fn age(&self, path: &str, head: &Parts, mut sought: stepwright::history::parts::Sought) -> Answer {
        let by_id: BTreeMap<&str, &Version> = self.order.iter().map(|v| (v.id.as_str(), v)).collect();
        let mut names = BTreeSet::from([path.to_owned()]);
        let mut headings = head.headings();
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
                let new = self.parts(blob);
                headings.extend(new.headings());
                let mut older = Vec::new();
                for parent in parents {
                    if let Some(old) = parent.files.get(&name) {
                        older.push(self.parts(old));
                    } else if let Some(from) =
                        self.renamed(version, parent, &name, blob).or_else(|| self.reworked(version, parent, &name, &new))
                    {
                        older.push(self.parts(&parent.files[&from]));
                        names.insert(from);
                    }
                }
                if !new.holds(&sought, &headings) || older.iter().any(|o| o.holds(&sought, &headings)) {
                    continue;
                }
                if !version.bot {
                    return Ok((version.date.clone(), version.id[..10].to_owned()));
                }
                let mut candidates: Vec<_> = older.iter().filter_map(|o| o.nearest(&sought, &new, &headings)).collect();
                // A stable sort: of equals the first.
                candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
                match candidates.into_iter().next() {
                    Some((_, was)) => sought = was,
                    None => return Err("only-ignored"),
                }
            }
        }
        Err("only-ignored")
    }

    fn reworked(&self, version: &Version, parent: &Version, name: &str, new: &Parts) -> Option<String> {
        let gone = parent.files.iter().filter(|(p, _)| !version.files.contains_key(*p));
        let mut likely: Vec<(f64, bool, &String)> = gone
            .map(|(p, b)| (self.parts(b).lines().likeness(&new.lines()), p.rsplit('/').next() == name.rsplit('/').next(), p))
            .filter(|(likeness, ..)| *likeness >= ALIKE)
            .collect();
        likely.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
        likely.first().map(|(_, _, p)| (*p).clone())
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
pub(super) fn compare(dir: &Path, content: &str) -> (usize, usize) {
    let reference = Reference::new(dir);
    let inside = |p: &&String| content.is_empty() || p.starts_with(&format!("{content}/"));
    let pages: Vec<Tracked> = reference.order[0].files.keys().filter(inside).map(|p| Tracked { path: p.clone(), imported: None }).collect();
    let history = History::of_pages(dir, content, &pages, &HistorySettings::default());
    let mut counts = (0, 0);
    let mut wrong = Vec::new();
    for page in &pages {
        let ours = answer(&history.page(&page.path).edited);
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

/// Compares each version of each file with the one before, without parsing and with it; returns how many pairs were told without, and how many there are.
fn compare_quick(dir: &Path) -> (usize, usize) {
    let reference = Reference::new(dir);
    let by_id: BTreeMap<&str, &Version> = reference.order.iter().map(|v| (v.id.as_str(), v)).collect();
    let mut pairs = BTreeSet::new();
    for version in &reference.order {
        for parent in version.parents.iter().filter_map(|p| by_id.get(p.as_str())) {
            let changed =
                version.files.iter().filter_map(|(path, new)| Some((parent.files.get(path)?, new))).filter(|(old, new)| old != new);
            pairs.extend(changed);
        }
    }
    let text = |blob: &str| git(dir, &["cat-file", "blob", blob]);
    let mut told = 0;
    for (old, new) in &pairs {
        if let Some(same) = same_words(&text(old), &text(new)) {
            assert_eq!(same, reference.prose(old) == reference.prose(new), "{old} {new}");
            told += 1;
        }
    }
    (told, pairs.len())
}

/// The answer as the reference writes it.
fn answer(edited: &Edited) -> Answer {
    match edited {
        Edited::Commit(c) => Ok((c.date.to_string(), c.id.clone())),
        Edited::Unknown(why) => Err(why.word()),
        Edited::Imported(day) => panic!("imported {day}"),
    }
}

/// Compares every part of every page of HEAD; returns how many are known and how many unknown.
pub(super) fn compare_parts(dir: &Path, content: &str) -> (usize, usize) {
    let reference = Reference::new(dir);
    let (tracked, pages) = pages_of_head(dir, &reference, content);
    let history = History::of_pages(dir, content, &tracked, &HistorySettings::default());
    let ages = history.ages(&pages.iter().collect::<Vec<_>>());
    let mut counts = (0, 0);
    let mut wrong = Vec::new();
    for (page, ages) in pages.iter().zip(&ages) {
        let whole = history.page(page.path()).edited.date();
        for (part, theirs) in ages.0.iter().zip(reference.ages(page.path())) {
            let ours = answer(&part.edited);
            match &ours {
                Ok(_) => counts.0 += 1,
                Err(_) => counts.1 += 1,
            }
            // Nothing on a page can be younger than the page.
            if ours != theirs || whole.zip(part.edited.date()).is_some_and(|(w, p)| p > w) && !out_of_order(&reference) {
                let place = page.source.line_of(part.span.start);
                wrong.push(format!("{}:{place} {:?}: ours {ours:?}, reference {theirs:?}, page {whole:?}", page.path(), part.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} parts differ:\n{}", wrong.len(), counts.0 + counts.1, wrong.join("\n"));
    counts
}

/// Commits whose author's date is newer than that of a commit listed before them: then the newest commit is not the newest date.
fn out_of_order(reference: &Reference) -> bool {
    reference.order.windows(2).any(|pair| pair[0].date < pair[1].date)
}

/// The pages of HEAD below a folder, as they are in git.
fn pages_of_head(dir: &Path, reference: &Reference, content: &str) -> (Vec<Tracked>, Vec<Page>) {
    let inside = |p: &&String| content.is_empty() || p.starts_with(&format!("{content}/"));
    let files: Vec<&String> = reference.order[0].files.keys().filter(inside).collect();
    let text = |path: &str| git(dir, &["cat-file", "blob", &reference.order[0].files[path]]);
    let pages = files.iter().map(|p| Page::parse(Source::new(p.as_str(), text(p)))).collect();
    (files.iter().map(|p| Tracked { path: (*p).clone(), imported: None }).collect(), pages)
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
        // Some of the bot's commits land somebody's work.
        let people = if nth % 27 == 17 { "\n\nCo-authored-by: Cleo <cleo@example.org>\n" } else { "" };
        let message = format!("step {nth}{people}");
        let commit = repo.commit_object(&parents, &files, time, if nth % 9 == 8 { "Tidy[bot]" } else { "Ben" }, &message);
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
    println!("pages: {known} dates agree, {unknown} unknown on both sides");
    let (told, all) = compare_quick(Path::new(&dir));
    println!("versions beside the one before: {told} of {all} told without parsing, all right");
    let (known, unknown) = compare_parts(Path::new(&dir), &content);
    println!("parts: {known} dates agree, {unknown} unknown on both sides");
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
    let text = |path: &str| git(dir, &["cat-file", "blob", &format!("HEAD:{path}")]);
    let read: Vec<Page> = pages.iter().map(|p| Page::parse(Source::new(p.path.as_str(), text(&p.path)))).collect();
    let read: Vec<&Page> = read.iter().collect();
    let deep = History::of_pages(dir, &content, &pages, &HistorySettings::default());
    let deep_ages = deep.ages(&read);
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
        let mut tally = Tally::default();
        for page in &pages {
            tally.count(&page.path, &deep.page(&page.path).edited, &shallow.page(&page.path).edited, &inner, &seen);
        }
        println!("depth {depth}, pages: {tally}");
        let mut tally = Tally::default();
        for ((page, whole), part) in read.iter().zip(&deep_ages).zip(shallow.ages(&read)) {
            for (whole, part) in whole.0.iter().zip(&part.0) {
                let place = format!("{}:{}", page.path(), page.source.line_of(part.span.start));
                tally.count(&place, &whole.edited, &part.edited, &inner, &seen);
            }
        }
        println!("depth {depth}, parts: {tally}");
    }
}

/// What a cut-off clone told.
#[derive(Default)]
struct Tally {
    told: usize,
    unknown: usize,
    at_cut: usize,
}

impl Tally {
    fn count(&mut self, place: &str, whole: &Edited, part: &Edited, inner: &BTreeSet<&str>, seen: &str) {
        match (whole, part) {
            (_, Edited::Unknown(why)) if why.word() == "shallow" => {
                self.unknown += 1;
                if let Edited::Commit(commit) = whole {
                    assert!(!inner.contains(commit.id.as_str()), "{place}: unknown, and {} decides", commit.id);
                    self.at_cut += usize::from(seen.contains(&commit.id));
                }
            }
            _ => {
                assert_eq!(whole, part, "{place}");
                self.told += 1;
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { told, unknown, at_cut } = self;
        write!(f, "{told} dates told, all right; {unknown} unknown, {at_cut} of them decided by a commit at the cut itself")
    }
}
