//! When each section and step of a page last changed.
//!
//! A part is as old as its words on the page: the newest commit whose version holds the part and none of whose parents' versions does. Commits that do
//! not count (bots, the ignore list) hand the question on to what the part was before them; what an import brought has the wiki's date. A page that was
//! moved and reworked in one commit is followed to the file that disappeared and shares most lines with it.

use std::rc::Rc;

use super::git::{Id, Missing};
use super::parts::{ALIKE, Headings, Lines, PartKind, Parts, Sought};
use super::resolve::{Resolver, Stop, Todo, file_name};
use super::walk::Touch;
use super::{Edited, Skip, Unknown};
use crate::text::Span;

/// A part of a page with its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartAge {
    /// What it is.
    pub kind: PartKind,
    /// Its place in the file as it is in the working tree.
    pub span: Span,
    /// When its words last changed.
    pub edited: Edited,
}

/// The ages of all parts of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ages(pub Vec<PartAge>);

impl Ages {
    /// Every part with the same answer.
    pub(super) fn same(parts: &Parts, edited: &Edited) -> Self {
        Self(parts.list().iter().map(|p| PartAge { kind: p.kind, span: p.span, edited: edited.clone() }).collect())
    }

    /// Sections in page order: a heading's position (`None` above the first) and its own text up to the next heading.
    pub fn sections(&self) -> impl Iterator<Item = (Option<usize>, &PartAge)> {
        self.0.iter().filter_map(|p| match p.kind {
            PartKind::Section(heading) => Some((heading, p)),
            _ => None,
        })
    }

    /// Numbered and tickable list items.
    pub fn steps(&self) -> impl Iterator<Item = &PartAge> {
        self.0.iter().filter(|p| p.kind == PartKind::Item { step: true })
    }

    /// The newest change of the sections that begin inside `span`: what changed last under a heading and its subheadings. Unknown if one of
    /// them is; `None` if there are none.
    pub fn newest(&self, span: Span) -> Option<&Edited> {
        let inside = self.sections().map(|(_, p)| p).filter(|p| span.start <= p.span.start && p.span.start < span.end);
        inside.map(|p| &p.edited).max_by_key(|e| (e.date().is_none(), e.date()))
    }
}

/// A part whose age is still looked for.
struct Open {
    at: usize,
    sought: Sought,
}

impl Resolver<'_> {
    /// The ages of the parts of a page as it stands in the working tree (`path` from the top of the git repository, `blob` the file in HEAD) and the
    /// names it had, or the older names that must be walked first.
    pub(super) fn ages(&mut self, path: &str, blob: Id, page: &Parts) -> Result<(Ages, Vec<String>), Vec<String>> {
        self.versions.clear();
        let mut names = vec![path.to_owned()];
        let found = self.settle(&mut names, blob, page);
        self.versions.clear();
        match found {
            Ok(ages) => Ok((ages, names)),
            Err(Stop::Missing) => Ok((Ages::same(page, &Edited::Unknown(Unknown::MissingObjects)), names)),
            Err(Stop::Names(names)) => Err(names),
        }
    }

    /// `names` begins with the page's path, and gets those it had before.
    fn settle(&mut self, names: &mut Vec<String>, blob: Id, page: &Parts) -> Result<Ages, Stop> {
        // Lines that are headings in a newer version bound sections in older ones too.
        let mut headings = page.headings();
        let committed = self.version(blob)?;
        let mut ages = Ages::same(page, &Edited::Unknown(Unknown::Untracked));
        let all = page.list().iter().enumerate().map(|(at, part)| Open { at, sought: page.sought(part) });
        let mut open: Vec<Open> = all.filter(|o| committed.holds(&o.sought, &headings)).collect();
        let mut todo = Todo::new(self.touches, &names[0]);
        while let Some((name, touch)) = todo.next() {
            if open.is_empty() {
                break;
            }
            if self.commits.list[touch.at as usize].cut {
                for part in open.drain(..) {
                    ages.0[part.at].edited = Edited::Unknown(Unknown::Shallow);
                }
                break;
            }
            let new = self.version(touch.blob)?;
            headings.extend(new.headings());
            let (old, from) = self.before(&name, touch, &new)?;
            self.go_on(&mut todo, &from, touch.at)?;
            for older in from {
                if !names.contains(&older) {
                    names.push(older);
                }
            }
            if old.iter().any(|o| o.prose() == new.prose()) {
                continue;
            }
            let mut left = Vec::with_capacity(open.len());
            for part in open {
                let brought = new.holds(&part.sought, &headings) && !old.iter().any(|o| o.holds(&part.sought, &headings));
                if !brought {
                    left.push(part);
                    continue;
                }
                match self.who_brought(touch.at, &part.sought, &new, &old, &headings) {
                    Ok(edited) => ages.0[part.at].edited = edited,
                    Err(sought) => left.push(Open { sought, ..part }),
                }
            }
            open = left;
        }
        for part in open {
            ages.0[part.at].edited = Edited::Unknown(Unknown::OnlyIgnored);
        }
        Ok(ages)
    }

    /// The answer for a part that a commit brought, or what it was before a commit that does not count.
    fn who_brought(&self, at: u32, sought: &Sought, new: &Parts, old: &[Rc<Parts>], headings: &Headings) -> Result<Edited, Sought> {
        match self.skips[at as usize] {
            None | Some(Skip::Cosmetic | Skip::Rename) => Ok(Edited::Commit(self.commits.told(at))),
            Some(Skip::Import) => Ok(new.updated.map_or(Edited::Unknown(Unknown::ImportUndated), Edited::Imported)),
            Some(Skip::Ignored | Skip::Bot) => {
                let mut best: Option<(f64, Sought)> = None;
                for found in old.iter().filter_map(|o| o.nearest(sought, new, headings)) {
                    if best.as_ref().is_none_or(|(likeness, _)| found.0 > *likeness) {
                        best = Some(found);
                    }
                }
                best.map_or(Ok(Edited::Unknown(Unknown::OnlyIgnored)), |(_, was)| Err(was))
            }
        }
    }

    /// What a version was in the parents of its commit, and the names it had there if they were others.
    fn before(&mut self, name: &str, touch: &Touch, new: &Parts) -> Result<(Vec<Rc<Parts>>, Vec<String>), Missing> {
        let mut versions = Vec::new();
        let mut from = Vec::new();
        for (nth, old) in (0_u32..).zip(&touch.before) {
            let old = match old {
                Some(old) => Some(*old),
                None => {
                    let renamed = match self.renamed(touch.at, nth, name, touch.blob)? {
                        Some(same) => Some(same),
                        None => self.reworked(touch.at, nth, name, new)?,
                    };
                    renamed.map(|(older, old)| {
                        if !from.contains(&older) {
                            from.push(older);
                        }
                        old
                    })
                }
            };
            if let Some(old) = old {
                versions.push(self.version(old)?);
            }
        }
        Ok((versions, from))
    }

    /// The file that disappeared in a commit and shares most lines with `new`, if that is at least half; of equals the one with the same name.
    fn reworked(&mut self, at: u32, nth: u32, name: &str, new: &Parts) -> Result<Option<(String, Id)>, Missing> {
        let removed = self.removed(at, nth)?;
        let lines = new.lines();
        let mut best: Option<(f64, bool, &(String, Id))> = None;
        for file in &removed.files {
            let rank = (self.lines(file.1)?.likeness(&lines), file_name(&file.0) == file_name(name));
            if rank.0 >= ALIKE && best.is_none_or(|(likeness, named, _)| rank.0 > likeness || rank.0 >= likeness && rank.1 && !named) {
                best = Some((rank.0, rank.1, file));
            }
        }
        Ok(best.map(|(_, _, file)| file.clone()))
    }

    /// The lines of a file; kept, as a commit that moves many pages compares each with all.
    fn lines(&mut self, blob: Id) -> Result<Rc<Lines>, Missing> {
        if let Some(lines) = self.lines.get(&blob) {
            return Ok(Rc::clone(lines));
        }
        let lines = Rc::new(Parts::of_file(&self.text(blob)?).lines());
        self.lines.insert(blob, Rc::clone(&lines));
        Ok(lines)
    }

    fn version(&mut self, blob: Id) -> Result<Rc<Parts>, Missing> {
        if let Some(version) = self.versions.get(&blob) {
            return Ok(Rc::clone(version));
        }
        let version = Rc::new(Parts::of_file(&self.text(blob)?));
        self.versions.insert(blob, Rc::clone(&version));
        Ok(version)
    }
}
