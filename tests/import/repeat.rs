//! Import, people at work, the wiki at work, import again: nothing a person wrote is lost, what the wiki changed arrives, and once more changes nothing.
//!
//! `STEPWRIGHT_SEEDS` says how many random stories are told (60 unless told); each is told again by its number in `STEPWRIGHT_SEED`, and leaves what stood
//! before each import, and the exports, in the folder `STEPWRIGHT_SEEN`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use stepwright::import::ledger::{Ledger, PageState};
use stepwright::import::run::{Outcome, Request, RunError, Silent, run};

use crate::support::{files, write};

/// Random numbers that are the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }
}

/// A page of the wiki. Every paragraph and file holds a word that stands nowhere else.
#[derive(Debug, Clone)]
struct Page {
    id: u32,
    title: String,
    parent: Option<u32>,
    paragraphs: Vec<String>,
    labels: Vec<String>,
    files: BTreeMap<String, (u32, String)>,
    version: u32,
}

#[derive(Debug, Clone, Default)]
struct Wiki {
    pages: Vec<Page>,
    next: u32,
}

impl Wiki {
    fn word(&mut self) -> String {
        self.next += 1;
        format!("wiki{}w", self.next)
    }

    fn paragraph(&mut self) -> String {
        format!("Text of the wiki, {} it says.", self.word())
    }

    fn add(&mut self, dice: &mut Dice) {
        let id = 100 + self.next;
        let parent = if self.pages.is_empty() { None } else { Some(dice.pick(&self.pages).id) };
        let title = (*dice.pick(&["Backup", "Restore", "Deploy", "On call", "backup", "Review"])).to_owned();
        let title = if dice.roll(3) == 0 { title } else { format!("{title} {id}") };
        let paragraphs = (0..=dice.roll(6)).map(|_| self.paragraph()).collect();
        let mut page = Page { id, title, parent, paragraphs, labels: vec!["ops".into()], files: BTreeMap::new(), version: 1 };
        self.next += 1;
        if dice.roll(2) == 0 {
            let word = self.word();
            page.files.insert("plan.txt".into(), (9000 + self.next, word));
        }
        self.pages.push(page);
    }

    fn new(dice: &mut Dice) -> Self {
        let mut out = Self::default();
        for _ in 0..3 + dice.roll(6) {
            out.add(dice);
        }
        out
    }

    /// What people did in the wiki until the next export.
    fn edit(&mut self, dice: &mut Dice) {
        for _ in 0..=dice.roll(8) {
            let at = dice.roll(self.pages.len());
            let (word, more) = (self.word(), self.paragraph());
            let other = dice.roll(self.pages.len());
            match dice.roll(12) {
                0 => self.add(dice),
                1 if at > 0 => {
                    let gone = self.pages.remove(at);
                    self.pages.iter_mut().filter(|p| p.parent == Some(gone.id)).for_each(|p| p.parent = gone.parent);
                    continue;
                }
                2 => self.pages[at].title = format!("Renamed {word}"),
                3 if at != other => {
                    let (one, two) = (self.pages[at].title.clone(), self.pages[other].title.clone());
                    (self.pages[at].title, self.pages[other].title) = (two, one);
                    self.pages[other].version += 1;
                }
                4 if at > 0 && !self.is_below(other, at) => self.pages[at].parent = Some(self.pages[other].id),
                5 => {
                    let n = dice.roll(self.pages[at].paragraphs.len() + 1);
                    self.pages[at].paragraphs.insert(n, more);
                }
                6 if self.pages[at].paragraphs.len() > 1 => {
                    let n = dice.roll(self.pages[at].paragraphs.len());
                    self.pages[at].paragraphs.remove(n);
                }
                7 => {
                    self.pages[at].files.insert(format!("{word}.txt"), (9000 + self.next, word));
                }
                8 => self.pages[at].files.clear(),
                9 => self.pages[at].labels.push(format!("label-{word}")),
                10 => self.pages[at].files.values_mut().for_each(|f| f.1.clone_from(&word)),
                _ => {
                    let n = dice.roll(self.pages[at].paragraphs.len());
                    let _ = write!(self.pages[at].paragraphs[n], " And {word} since.");
                }
            }
            if let Some(page) = self.pages.get_mut(at) {
                page.version += 1;
            }
        }
    }

    fn is_below(&self, at: usize, above: usize) -> bool {
        let mut here = Some(self.pages[at].id);
        for _ in 0..self.pages.len() {
            if here == Some(self.pages[above].id) {
                return true;
            }
            here = here.and_then(|id| self.pages.iter().find(|p| p.id == id)).and_then(|p| p.parent);
        }
        here.is_some()
    }

    fn export(&self, dir: &Path) {
        let _ = std::fs::remove_dir_all(dir);
        let mut xml = String::from(
            "<?xml version=\"1.0\"?><hibernate-generic><object class=\"Space\" package=\"x\"><id name=\"id\">7</id><property name=\"key\">OPS</property><property name=\"name\">Operations</property></object>",
        );
        for page in &self.pages {
            let id = page.id;
            let body: String = page.paragraphs.iter().map(|p| format!("<p>{p}</p>")).collect();
            let parent = page.parent.map(|p| format!("<property name=\"parent\" class=\"Page\"><id name=\"id\">{p}</id></property>"));
            let _ = write!(
                xml,
                "<object class=\"BodyContent\" package=\"x\"><id name=\"id\">{}</id><property name=\"body\"><![CDATA[{body}]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">{id}</id></property><property name=\"bodyType\">2</property></object>\
                 <object class=\"Page\" package=\"x\"><id name=\"id\">{id}</id><property name=\"title\">{}</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property>{}<property name=\"version\">{}</property><property name=\"contentStatus\">current</property></object>",
                id + 500_000,
                page.title,
                parent.unwrap_or_default(),
                page.version
            );
            for (n, label) in page.labels.iter().enumerate() {
                let own = 700_000 + id * 50 + u32::try_from(n).unwrap();
                let _ = write!(
                    xml,
                    "<object class=\"Label\" package=\"x\"><id name=\"id\">{own}</id><property name=\"name\">{label}</property></object>\
                     <object class=\"Labelling\" package=\"x\"><id name=\"id\">{own}</id><property name=\"label\" class=\"Label\"><id name=\"id\">{own}</id></property><property name=\"content\" class=\"Page\"><id name=\"id\">{id}</id></property></object>"
                );
            }
            for (name, (own, text)) in &page.files {
                let _ = write!(
                    xml,
                    "<object class=\"Attachment\" package=\"x\"><id name=\"id\">{own}</id><property name=\"title\">{name}</property><property name=\"containerContent\" class=\"Page\"><id name=\"id\">{id}</id></property><property name=\"version\">1</property><property name=\"contentStatus\">current</property></object>"
                );
                write(dir, &format!("attachments/{id}/{own}/1"), text);
            }
        }
        xml.push_str("</hibernate-generic>");
        write(dir, "entities.xml", &xml);
        write(dir, "exportDescriptor.properties", "exportType=space\nspaceKey=OPS\n");
    }
}

/// The words of `kind` (`wiki` or `human`) in a text.
fn words(text: &[u8], kind: &str) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts
        .filter(|w| w.starts_with(kind) && w.ends_with('w') && w[kind.len()..].bytes().filter(u8::is_ascii_digit).count() > 0)
        .map(str::to_owned)
        .collect()
}

fn id_of(text: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(text).into_owned();
    let at = text.find("\n  id: \"")?;
    text[at + 8..].split('"').next()?.parse().ok()
}

/// What people did in the repository.
struct People<'a> {
    docs: &'a Path,
    n: u32,
    /// Files that no import knows, by path: they must stay as they are.
    own: BTreeMap<String, Vec<u8>>,
    /// Pages deleted here, by id.
    deleted: BTreeSet<u32>,
    /// Words of the wiki that were taken out here.
    taken_out: BTreeSet<String>,
    log: Vec<String>,
}

impl People<'_> {
    fn word(&mut self) -> String {
        self.n += 1;
        format!("human{}w", self.n)
    }

    fn pages(&self) -> Vec<String> {
        let all = files(&self.docs.join("content"));
        all.into_iter().filter(|(n, b)| n.ends_with(".md") && id_of(b).is_some()).map(|(n, _)| format!("content/{n}")).collect()
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.docs.join(path)).unwrap()
    }

    fn rename(&self, from: &str, to: &str) -> bool {
        let (from, to) = (self.docs.join(from), self.docs.join(to));
        if to.exists() || to.starts_with(&from) {
            return false;
        }
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(from, to).is_ok()
    }

    fn act(&mut self, dice: &mut Dice) {
        let pages = self.pages();
        if pages.is_empty() {
            return;
        }
        let path = dice.pick(&pages).clone();
        let text = self.read(&path);
        let (word, act) = (self.word(), dice.roll(14));
        self.log.push(format!("{act} {path} {word}"));
        let end = text.match_indices("---\n").nth(1).map_or(0, |(i, _)| i + 4);
        let (front, body) = text.split_at(end);
        let lines: Vec<&str> = body.lines().collect();
        let prose: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].contains("Text of")).collect();
        match act {
            0 | 1 if !prose.is_empty() => {
                let n = *dice.pick(&prose);
                let mut new: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
                new[n] = format!("{} {word}.", new[n]);
                self.put(&path, &format!("{front}{}\n", new.join("\n")));
            }
            2 => self.put(&path, &format!("{text}\nAdded by hand, {word}.\n")),
            3 => self.put(&path, &format!("{front}\nBegun by hand, {word}.\n{body}")),
            4 if prose.len() > 1 => {
                let n = *dice.pick(&prose);
                if words(lines[n].as_bytes(), "human").is_empty() {
                    self.taken_out.extend(words(lines[n].as_bytes(), "wiki"));
                    let new: Vec<&str> = lines.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, l)| *l).collect();
                    self.put(&path, &format!("{front}{}\n", new.join("\n")));
                }
            }
            5 => self.put(&path, &text.replacen("---\n", &format!("---\nowner: {word}\n"), 1)),
            6 => {
                let title = text.lines().find(|l| l.starts_with("title:")).unwrap_or_default().to_owned();
                if words(title.as_bytes(), "human").is_empty() {
                    self.put(&path, &text.replacen(&title, &format!("title: Titled {word}"), 1));
                }
            }
            7 => self.put(&path, &text.replacen("tags:\n", &format!("tags:\n  - {word}\n"), 1)),
            8 if !path.ends_with("_index.md") => {
                self.rename(&path, &format!("content/moved/{word}.md"));
            }
            9 => {
                let folder = path.rsplit_once('/').unwrap().0.to_owned();
                if folder != "content/ops" && folder != "content" {
                    self.rename(&folder, &format!("content/{word}"));
                }
            }
            10 if words(text.as_bytes(), "human").is_empty() => {
                std::fs::remove_file(self.docs.join(&path)).unwrap();
                self.deleted.extend(id_of(text.as_bytes()));
            }
            11 => {
                // A page split in two: its second half goes to a page of its own.
                let half = body.len() / 2;
                let half = body[half..].find('\n').map_or(body.len(), |i| half + i + 1);
                self.own(&format!("content/ops/split-{word}.md"), &format!("---\ntitle: {word}\n---\n\n{}", &body[half..]));
                self.taken_out.extend(words(&body.as_bytes()[half..], "wiki"));
                self.put(&path, &format!("{front}{}", &body[..half]));
            }
            12 => {
                let all = files(&self.docs.join("content"));
                let attachments: Vec<&String> = all.keys().filter(|n| n.ends_with("plan.txt") || n.contains("/wiki")).collect();
                if let Some(name) = attachments.first() {
                    write(self.docs, &format!("content/{name}"), &format!("drawn by hand, {word}"));
                }
            }
            _ => {
                let folder = path.strip_suffix("/_index.md").or(path.strip_suffix(".md")).unwrap().to_owned();
                self.own(&format!("{folder}/{word}.txt"), &word);
                self.own(&format!("content/ops/{word}.md"), &format!("---\ntitle: {word}\n---\n\nWritten here, {word}.\n"));
            }
        }
    }

    fn put(&self, path: &str, text: &str) {
        write(self.docs, path, text);
    }

    fn own(&mut self, path: &str, text: &str) {
        write(self.docs, path, text);
        self.own.insert(path.to_owned(), text.as_bytes().to_vec());
    }
}

struct Story {
    home: tempfile::TempDir,
}

impl Story {
    fn docs(&self) -> PathBuf {
        self.home.path().join("docs")
    }

    fn import(&self, wiki: &Wiki) -> Result<Outcome, RunError> {
        let export = self.home.path().join("export");
        wiki.export(&export);
        let stop = AtomicBool::new(false);
        let request = Request {
            exports: vec![export],
            into: self.docs(),
            content: "content".into(),
            name: Some("w".into()),
            day: "2026-11-22".into(),
            dry_run: false,
            allow_secrets: false,
            history: false,
            fetched: None,
            roles: Vec::new(),
            stop: &stop,
        };
        run(&request, &Silent)
    }

    fn ledger(&self) -> Ledger {
        Ledger::read(&self.docs().join(".stepwright/imports/w.yaml")).unwrap().unwrap()
    }
}

/// Everything that must hold after the wiki's edition `wiki` was imported over `before`.
fn holds(story: &Story, before: &BTreeMap<String, Vec<u8>>, people: &People<'_>, old: &Wiki, wiki: &Wiki) -> Result<(), String> {
    let after = files(&story.docs());
    let content: BTreeMap<&String, &Vec<u8>> = after.iter().filter(|(n, _)| n.starts_with("content/")).collect();
    let all: BTreeSet<String> = content.values().flat_map(|b| words(b, "human")).collect();
    for (path, bytes) in before.iter().filter(|(n, _)| n.starts_with("content/")) {
        if let Some(lost) = words(bytes, "human").iter().find(|w| !all.contains(*w)) {
            return Err(format!("{lost}, written here in {path}, is lost"));
        }
        // What a person wrote stays on the page it was written on.
        let Some(id) = id_of(bytes) else { continue };
        let here: BTreeSet<String> = content.values().filter(|b| id_of(b) == Some(id)).flat_map(|b| words(b, "human")).collect();
        if let Some(lost) = words(bytes, "human").iter().find(|w| !here.contains(*w)) {
            return Err(format!("{lost} is no longer on page {id} ({path})"));
        }
    }
    for (path, bytes) in &people.own {
        // A folder that was renamed took its files along, which is what people did.
        let there = after.get(path);
        if before.contains_key(path) && there != Some(bytes) {
            return Err(format!("{path}, which people wrote, is {:?}", there.map(|b| String::from_utf8_lossy(b).into_owned())));
        }
    }
    let ledger = story.ledger();
    for page in &wiki.pages {
        let entry = ledger.pages.get(&page.id.to_string()).unwrap().ok_or_else(|| format!("page {} is not in the ledger", page.id))?;
        let found: Vec<&Vec<u8>> = content.values().filter(|b| id_of(b) == Some(page.id)).copied().collect();
        if people.deleted.contains(&page.id) {
            if !found.is_empty() {
                return Err(format!("page {} was deleted here and is back", page.id));
            }
            continue;
        }
        let text: Vec<u8> = match entry.state {
            PageState::Done => found.into_iter().flatten().copied().collect(),
            PageState::Conflict => after.get(&format!(".stepwright/imports/w/incoming/{}", entry.path)).cloned().unwrap_or_default(),
            other => return Err(format!("page {} is {other:?}", page.id)),
        };
        let was: BTreeSet<String> = old.pages.iter().flat_map(|p| &p.paragraphs).flat_map(|p| words(p.as_bytes(), "wiki")).collect();
        for paragraph in &page.paragraphs {
            let own = words(paragraph.as_bytes(), "wiki");
            let have = words(&text, "wiki");
            let arrives = own.iter().filter(|w| !was.contains(*w) || !people.taken_out.contains(*w));
            let missing: Vec<&String> = arrives.filter(|w| !have.contains(*w)).collect();
            if !missing.is_empty() {
                return Err(format!("{missing:?} of the wiki is not on page {} ({:?})", page.id, entry.state));
            }
            let back: Vec<&String> = own.iter().filter(|w| people.taken_out.contains(*w) && have.contains(*w)).collect();
            if entry.state == PageState::Done && own.iter().all(|w| was.contains(w)) && !back.is_empty() {
                return Err(format!("{back:?} was taken out of page {} here and is back", page.id));
            }
        }
    }
    Ok(())
}

fn tell(seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let story = Story { home: tempfile::tempdir().unwrap() };
    let mut wiki = Wiki::new(&mut dice);
    story.import(&wiki).map_err(|e| format!("first import: {e}"))?;
    let docs = story.docs();
    let mut people =
        People { docs: &docs, n: 0, own: BTreeMap::new(), deleted: BTreeSet::new(), taken_out: BTreeSet::new(), log: Vec::new() };
    for round in 1..=2 {
        let old = wiki.clone();
        for _ in 0..dice.roll(8) {
            people.act(&mut dice);
        }
        // Conflicts are settled before the next round, as the message asks for.
        let _ = std::fs::remove_dir_all(docs.join(".stepwright/imports/w/incoming"));
        wiki.edit(&mut dice);
        let before = files(&docs);
        // One story told by itself leaves what it saw.
        if let Some(seen) = std::env::var_os("STEPWRIGHT_SEEN") {
            for (name, bytes) in &before {
                let path = PathBuf::from(&seen).join(format!("round-{round}-before")).join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            wiki.export(&PathBuf::from(&seen).join(format!("round-{round}-export")));
        }
        let told = |what: String| format!("seed {seed}, round {round}: {what}\n{}", people.log.join("\n"));
        match story.import(&wiki) {
            Ok(_) => {}
            // Somebody's file is in the way: nothing was written, and that is all there is to it.
            Err(RunError::Blocked(_)) => {
                let same = files(&docs) == before;
                return if same { Ok(()) } else { Err(told("blocked, and something was written".into())) };
            }
            Err(error) => return Err(told(format!("import: {error}"))),
        }
        holds(&story, &before, &people, &old, &wiki).map_err(told)?;
        let once = files(&docs);
        story.import(&wiki).map_err(|e| told(format!("once more: {e}")))?;
        let twice = files(&docs);
        let differs: Vec<&String> = once.keys().chain(twice.keys()).filter(|p| once.get(*p) != twice.get(*p)).collect();
        if !differs.is_empty() {
            let show = |t: &BTreeMap<String, Vec<u8>>| t.get(differs[0]).map(|b| String::from_utf8_lossy(b).into_owned());
            return Err(told(format!("once more changed {differs:?}:\n{:?}\n{:?}", show(&once), show(&twice))));
        }
    }
    Ok(())
}

#[test]
fn nothing_people_wrote_is_lost_and_once_more_changes_nothing() {
    if let Some(seed) = std::env::var("STEPWRIGHT_SEED").ok().and_then(|n| n.parse().ok()) {
        return tell(seed).unwrap();
    }
    let seeds: u64 = std::env::var("STEPWRIGHT_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let wrong: Vec<String> = (1..=seeds).filter_map(|seed| tell(seed).err()).collect();
    assert!(wrong.is_empty(), "{} of {seeds} stories end badly; the first:\n{}", wrong.len(), wrong[0]);
}
