//! Writing pages: converted in parallel, announced and written in order, merged where people were at work.

use std::collections::HashMap;

use rayon::prelude::*;

use super::convert::{Converted, Refused, convert};
use super::{Run, RunError, write_error};
use crate::import::front;
use crate::import::ledger::{Entries, LedgerError, PageEntry, PageState, hash};
use crate::import::links::Links;
use crate::import::losses::{Loss, Outcome as Lost};
use crate::import::notice::{Notice, plural};

/// Pages converted before any of them is written: enough for all cores, few enough for memory.
pub(super) const BATCH: usize = 64;
/// Stack of a converting thread, in bytes: nested tables and lists need depth.
const STACK: usize = 64 << 20;

/// Threads for converting.
pub(super) fn pool() -> Option<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(rayon::current_num_threads()).build().ok()
}

/// What to do with a page's file.
enum Verdict {
    /// Write this.
    Write(String),
    /// It is as it should be.
    Keep,
    /// Merge of both sides.
    Merged(String),
    /// Both sides changed the same place.
    Conflict,
}

impl Run<'_> {
    /// Converts and writes all pages.
    pub(super) fn pages(&mut self, chosen: &[usize], links: &Links<'_>, new: &mut Entries) -> Result<(), RunError> {
        let pool = pool();
        let total = chosen.len() as u64;
        let prepared = self.prepared;
        let (mut earlier, mut pages) = (0u64, 0u64);
        let files = chosen.iter().flat_map(|at| &prepared.package.pages[*at].attachments).filter(|a| a.is_here()).count();
        let mut order: Vec<usize> = chosen.to_vec();
        order.sort_by(|a, b| self.prepared.layout.pages[*a].cmp(&self.prepared.layout.pages[*b]));
        for batch in order.chunks(BATCH) {
            if self.stopped() {
                return Ok(());
            }
            let request = self.request;
            let batch = batch.iter().map(|at| Ok((*at, prepared.former(*at)?))).collect::<Result<Vec<_>, LedgerError>>()?;
            let work = || batch.into_par_iter().map(|(at, former)| (at, convert(request, prepared, links, at, former))).collect::<Vec<_>>();
            let converted = match &pool {
                Some(pool) => pool.install(work),
                None => work(),
            };
            for (at, result) in converted {
                let key = prepared.keys[at].clone();
                let mut entry = PageEntry {
                    title: prepared.package.pages[at].title.clone(),
                    parent: prepared.parent_key(at).map(str::to_owned),
                    ..PageEntry::default()
                };
                match result {
                    Ok(page) => {
                        let path = request.in_content(&prepared.layout.pages[at]);
                        if self.journal.as_ref().is_some_and(|j| j.announced(&path, &page.hash)) {
                            earlier += 1;
                        }
                        entry.path = path;
                        entry.version = page.version;
                        self.one(at, page, &mut entry)?;
                    }
                    Err(refused) => self.refuse(at, &key, refused, &mut entry)?,
                }
                self.outcome.done += u64::from(entry.state == PageState::Done);
                pages += 1;
                let space = prepared.package.pages[at].space.as_deref().unwrap_or_default();
                let copied = if files > 0 { format!("{}/{files} files", self.outcome.files) } else { String::new() };
                self.listener.progress("convert", pages, total, format!("{space}  {copied}").trim());
                new.insert(&key, &entry)?;
            }
        }
        if earlier > 0 {
            self.listener.phase("resume", &format!("{} done by an interrupted run", plural(earlier, "page")));
        }
        let failed = if self.outcome.failed > 0 { format!(", {} failed", self.outcome.failed) } else { String::new() };
        self.listener.phase("convert", &format!("{}: {} done{failed}", plural(total, "page"), self.outcome.done));
        let missing = if self.outcome.files_missing > 0 {
            format!(", {} named by pages but not in the export", self.outcome.files_missing)
        } else {
            String::new()
        };
        if self.outcome.files > 0 || !missing.is_empty() {
            self.listener.phase("files", &format!("{} copied{missing}", self.outcome.files));
        }
        if self.outcome.conflicts > 0 {
            self.tell_conflicts(new)?;
        }
        Ok(())
    }

    fn refuse(&mut self, at: usize, key: &str, refused: Refused, entry: &mut PageEntry) -> Result<(), RunError> {
        let page = &self.prepared.package.pages[at];
        let space = page.space.as_deref().unwrap_or_default();
        let name = format!("\"{}\" ({})", page.title, format!("{space} {key}").trim());
        if let Some(earlier) = self.prepared.ledger.pages.get(key)? {
            entry.path.clone_from(&earlier.path);
            entry.former.clone_from(&earlier.former);
        }
        let (why, notice, element, detail) = match refused {
            Refused::Failed { why, next } => {
                (why.clone(), Notice::error(format!("{name} not imported: {why}")).next(next), "page", "the whole page".to_owned())
            }
            Refused::Secret { found } => {
                let why = found.join("; ");
                let notice = Notice::error(format!("{name} held back: it holds what looks like a secret"))
                    .why(why.clone())
                    .next("take it out of the page and revoke it; or, if it is none, set `secrets: allow` for the page in the plan");
                (format!("looks like a secret: {why}"), notice, "secret", why)
            }
        };
        self.outcome.failed += 1;
        self.outcome.notices.push(notice);
        self.lose(at, &[Loss { element: element.into(), place: String::new(), detail, outcome: Lost::Dropped }])?;
        entry.state = PageState::Failed;
        entry.why = Some(why);
        Ok(())
    }

    /// Writes one page and its files.
    fn one(&mut self, at: usize, page: Converted, entry: &mut PageEntry) -> Result<(), RunError> {
        let key = &self.prepared.keys[at];
        let earlier = self.prepared.ledger.pages.get(key)?;
        let old_path =
            self.prepared.moved_here.get(key).cloned().or_else(|| earlier.as_ref().map(|e| e.path.clone()).filter(|p| !p.is_empty()));
        let old_path = old_path.filter(|p| self.request.into.join(p).exists()).unwrap_or_else(|| entry.path.clone());
        let known_hash = earlier.as_ref().map(|e| e.hash.clone()).unwrap_or_default();
        entry.state = PageState::Done;
        entry.hash.clone_from(&page.hash);
        let base_name = entry.path.clone();
        let old_base = earlier.as_ref().map_or_else(|| base_name.clone(), |e| e.path.clone());
        let (there, base) = match self.aside.remove(&at) {
            Some((text, base)) => (Some(text), base),
            None => (std::fs::read(self.request.into.join(&old_path)).ok(), self.base(&old_base)),
        };
        let kept = there.clone().unwrap_or_default();
        let base_path = format!(".stepwright/imports/{}/base/{base_name}", self.outcome.name);
        let verdict = self.judge(&old_path, &base_path, there, &base, &known_hash, &page);
        let incoming = format!(".stepwright/imports/{}/incoming/{base_name}", self.outcome.name);
        // Page and base are announced together: whoever finds the page as announced knows what it was made of.
        match verdict {
            Verdict::Write(text) => self.put_with(&entry.path, text.as_bytes(), &base_path, &page.hash)?,
            Verdict::Merged(text) => {
                self.outcome.merged += 1;
                self.put_with(&entry.path, text.as_bytes(), &base_path, &page.hash)?;
            }
            Verdict::Keep => {
                if old_path != entry.path {
                    self.put_with(&entry.path, &kept, &base_path, &page.hash)?;
                }
            }
            Verdict::Conflict => {
                entry.state = PageState::Conflict;
                entry.why = Some(format!("changed here and in the wiki; the wiki's version is {incoming}"));
                entry.hash = known_hash;
                self.outcome.conflicts += 1;
                if old_path != entry.path {
                    self.put(&entry.path, &kept)?;
                }
                self.put(&incoming, page.text.as_bytes())?;
            }
        }
        if entry.state == PageState::Done {
            self.put(&base_path, page.text.as_bytes())?;
            if self.request.into.join(&incoming).exists() {
                self.discard(&incoming);
            }
        } else if old_base != base_name {
            self.put(&base_path, base.as_bytes())?;
        }
        entry.former = page.former;
        self.lose(at, &page.losses)?;
        self.files(at, earlier.as_ref(), entry)?;
        if old_path != entry.path {
            self.moved(&old_path, &entry.path, &old_base)?;
        }
        Ok(())
    }

    /// What the last import made of a page, by the place it had.
    fn base(&self, place: &str) -> String {
        let folder = self.request.into.join(format!(".stepwright/imports/{}/base", self.outcome.name));
        std::fs::read_to_string(folder.join(place)).unwrap_or_default()
    }

    /// Puts aside, on disk and in memory, what stands where another page goes: pages may swap their places.
    pub(super) fn put_aside(&mut self, chosen: &[usize]) -> Result<(), RunError> {
        if self.prepared.ledger.pages.is_empty() {
            return Ok(());
        }
        let places: HashMap<String, usize> =
            chosen.iter().map(|at| (self.request.in_content(&self.prepared.layout.pages[*at]), *at)).collect();
        for at in chosen {
            let key = &self.prepared.keys[*at];
            let Some(earlier) = self.prepared.ledger.pages.get(key)?.filter(|e| !e.path.is_empty()) else { continue };
            if places.get(&earlier.path).is_none_or(|taker| taker == at) {
                continue;
            }
            let stem = self.request.aside().join(&hash(key.as_bytes())[..16]);
            let (text_file, base_file) = (stem.with_extension("md"), stem.with_extension("base"));
            // The base is written first: once the text is there, both are, from before any page of this run.
            if !text_file.exists() && !self.request.dry_run {
                let Ok(text) = std::fs::read(self.request.into.join(&earlier.path)) else { continue };
                for (file, bytes) in [(&base_file, self.base(&earlier.path).as_bytes()), (&text_file, text.as_slice())] {
                    self.replace(file, bytes).map_err(|e| write_error(file, e))?;
                }
            }
            if let Ok(text) = std::fs::read(&text_file) {
                self.aside.insert(*at, (text, std::fs::read_to_string(&base_file).unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// Compares what stands on disk, what the last import wrote, and what the wiki says now.
    fn judge(&self, old_path: &str, base_path: &str, there: Option<Vec<u8>>, base: &str, known_hash: &str, page: &Converted) -> Verdict {
        let Some(bytes) = there else { return Verdict::Write(page.text.clone()) };
        let ours = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        let ours_hash = hash(ours.as_bytes());
        if ours_hash == page.hash {
            return Verdict::Keep;
        }
        let announced = |path: &str, hash: &str| self.journal.as_ref().is_some_and(|j| j.announced(path, hash));
        if announced(old_path, &hash(&bytes)) {
            // An interrupted run left it: merged with this very page, or a page as the wiki had it then.
            if announced(base_path, &page.hash) {
                return Verdict::Merged(ours);
            }
            if known_hash.is_empty() || announced(base_path, &ours_hash) {
                return Verdict::Write(page.text.clone());
            }
        }
        if ours_hash == known_hash {
            return Verdict::Write(page.text.clone());
        }
        if !base.is_empty() && hash(base.as_bytes()) == page.hash {
            return Verdict::Keep;
        }
        let (base_front, base_body) = front::split(base);
        let (our_front, our_body) = front::split(&ours);
        let (new_front, new_body) = front::split(&page.text);
        let head = front::merge(base_front, our_front, new_front);
        let body = if our_body == base_body {
            Ok(new_body.to_owned())
        } else if new_body == base_body || new_body == our_body {
            Ok(our_body.to_owned())
        } else {
            diffy::merge(base_body, our_body, new_body)
        };
        match body {
            Ok(body) => {
                let merged = format!("{head}{body}");
                if merged == ours { Verdict::Keep } else { Verdict::Merged(merged) }
            }
            Err(_) => Verdict::Conflict,
        }
    }

    /// A page that changed its place: the old file goes, its blueprint follows.
    fn moved(&mut self, old: &str, new: &str, old_base: &str) -> Result<(), RunError> {
        let stem = |p: &str| p.strip_suffix("/_index.md").or_else(|| p.strip_suffix(".md")).unwrap_or(p).to_owned();
        let (old_plan, new_plan) = (format!("{}.blueprint.yaml", stem(old)), format!("{}.blueprint.yaml", stem(new)));
        if let Ok(text) = std::fs::read(self.request.into.join(&old_plan))
            && std::fs::read(self.request.into.join(&new_plan)).map_or(true, |there| there == text)
        {
            self.put(&new_plan, &text)?;
            self.discard(&old_plan);
        }
        self.discard(old);
        self.discard(&format!(".stepwright/imports/{}/base/{old_base}", self.outcome.name));
        Ok(())
    }

    fn tell_conflicts(&mut self, new: &Entries) -> Result<(), LedgerError> {
        for page in new.iter() {
            let (_, entry) = page?;
            if entry.state != PageState::Conflict {
                continue;
            }
            self.outcome.notices.push(
                Notice::error(format!("{} was changed here and in the wiki, in the same place; it is left as it is here", entry.path))
                    .why(entry.why.clone().unwrap_or_default())
                    .next("take over what you need from there, then delete that file and run the same command"),
            );
        }
        Ok(())
    }
}
