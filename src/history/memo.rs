//! What was read of a repository, kept from one run to the next, so that only new commits are read.
//!
//! Holds nothing that a later commit could make wrong: what a commit says, which files it touched, the prose of a blob. The order of commits and every
//! answer are worked out anew. Never needed: a file that is missing, damaged or of another version costs one slow run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ages::{Ages, PartAge};
use super::git::{Id, Store};
use super::known::{Known, Removed};
use super::parts::PartKind;
use super::prose::Prose;
use super::recall::{Facts, Recalled, StoredFiles};
use super::walk::{Commits, Touches};
use super::{Commit, Edited, Unknown};
use crate::text::{Span, date};

/// To be raised whenever what is kept, or how prose is told, changes between two releases.
const VERSION: u32 = 3;
/// Another program may read Markdown in another way.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Where to keep what is learnt of one repository; nowhere in a folder that is no project.
#[derive(Debug, Clone, Default)]
pub(super) struct Place(Option<PathBuf>);

impl Place {
    /// For the repository with its top at `top`, used by the project at `root`. A folder that merely holds Markdown is not written into.
    pub(super) fn new(root: &Path, top: &Path) -> Self {
        let project = root.join(crate::config::FILE).is_file() || root.join(".stepwright").is_dir();
        let name = &blake3::hash(top.as_os_str().as_encoded_bytes()).to_hex()[..12];
        Self(project.then(|| root.join(crate::disk::CACHE).join("history").join(name)))
    }

    fn read<T: for<'d> Deserialize<'d>>(&self, kind: &str, state: &str) -> Option<T> {
        let bytes = std::fs::read(self.0.as_ref()?.with_extension(kind)).ok()?;
        let (header, rest) = postcard::take_from_bytes::<(u32, &str, &str)>(&bytes).ok()?;
        if header != (VERSION, PROGRAM, state) {
            return None;
        }
        postcard::from_bytes(rest).ok()
    }

    /// Where it cannot be kept the next run reads everything again.
    fn write<T: Serialize>(&self, kind: &str, state: &str, value: &T) {
        let Some(path) = &self.0 else { return };
        let Ok(mut bytes) = postcard::to_allocvec(&(VERSION, PROGRAM, state)) else { return };
        let Ok(rest) = postcard::to_allocvec(value) else { return };
        bytes.extend(rest);
        crate::disk::keep(&path.with_extension(kind), &bytes);
    }
}

/// Files with their blobs.
type Files = [(String, Id)];

/// Position of a commit and of a parent among its own, and the files that disappeared.
type StoredRemoved = (u32, u32, Vec<(String, Id)>);

/// A kept walk.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Memo {
    pub(super) walk: Recalled,
    proses: Vec<(Id, Prose)>,
    same: Vec<((Id, Id), bool)>,
    removed: Vec<StoredRemoved>,
}

/// A borrowed [`Memo`], for writing.
#[derive(Serialize)]
struct Kept<'k> {
    authors: &'k [String],
    commits: Vec<(Id, &'k Facts)>,
    area: &'k str,
    inside: StoredFiles,
    named: StoredFiles,
    proses: Vec<(Id, Prose)>,
    same: Vec<((Id, Id), bool)>,
    removed: Vec<(u32, u32, &'k Files)>,
}

impl Memo {
    /// What an earlier run kept, empty if there is nothing of use.
    pub(super) fn load(place: &Place, store: &Store) -> Self {
        place.read("walk", &store.state()).unwrap_or_default()
    }

    /// Hands out what is known of blobs and commits.
    pub(super) fn take_known(&mut self, commits: &Commits) -> Known {
        let proses = std::mem::take(&mut self.proses).into_iter().collect();
        let same = std::mem::take(&mut self.same).into_iter().collect();
        let removed = std::mem::take(&mut self.removed).into_iter().filter_map(|(at, nth, files)| {
            let at = commits.recalled.get(at as usize).copied().flatten()?;
            Some(((at, nth), Arc::new(Removed { files })))
        });
        Known { proses, same, removed: removed.collect() }
    }
}

/// Keeps a walk.
pub(super) fn keep(place: &Place, store: &Store, commits: &Commits, touches: &Touches, known: &Known) {
    if place.0.is_none() {
        return;
    }
    let (mut inside, mut named) = (StoredFiles::new(), StoredFiles::new());
    for (path, list) in touches.paths() {
        let list = list.iter().map(|t| (t.at, t.blob, t.before.to_vec())).collect();
        if touches.files.contains(path) { &mut named } else { &mut inside }.insert(path.clone(), list);
    }
    // That nothing ever touched a file is worth knowing as well.
    for path in &touches.files {
        named.entry(path.clone()).or_default();
    }
    let mut removed: Vec<_> = known.removed.iter().map(|((at, nth), r)| (*at, *nth, r.files.as_slice())).collect();
    removed.sort_unstable();
    let mut proses: Vec<(Id, Prose)> = known.proses.iter().map(|(id, prose)| (*id, *prose)).collect();
    proses.sort_unstable();
    let mut same: Vec<((Id, Id), bool)> = known.same.iter().map(|(pair, same)| (*pair, *same)).collect();
    same.sort_unstable();
    let kept = Kept { authors: &commits.authors, commits: commits.facts(), area: &touches.area, inside, named, proses, same, removed };
    place.write("walk", &store.state(), &kept);
}

/// The ages of a page's parts, with everything they depend on brought down to a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredAges {
    /// The page's names.
    pub(super) names: Vec<String>,
    /// Of the text, and of every commit that touched one of the names.
    pub(super) digest: [u8; 32],
    /// Kind and its number, place, answer.
    parts: Vec<(u8, u32, u32, u32, StoredEdited)>,
    /// Id, day, author and subject of the commits that answers name.
    commits: Vec<(String, String, String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum StoredEdited {
    Commit(u32),
    Imported(String),
    Untracked,
    Shallow,
    OnlyIgnored,
    ImportUndated,
}

impl StoredAges {
    /// Ages in the form they are kept in; `None` for what may be known better another time.
    pub(super) fn new(names: Vec<String>, digest: [u8; 32], ages: &Ages) -> Option<Self> {
        let mut commits: Vec<(String, String, String, String)> = Vec::new();
        let mut parts = Vec::with_capacity(ages.0.len());
        for part in &ages.0 {
            let (kind, number) = match part.kind {
                PartKind::Section(None) => (0, 0),
                PartKind::Section(Some(heading)) => (1, u32::try_from(heading).ok()?),
                PartKind::Item { step } => (2, u32::from(step)),
                PartKind::Row => (3, 0),
                PartKind::Paragraph => (4, 0),
            };
            let edited = match &part.edited {
                Edited::Commit(c) => {
                    let at = commits.iter().position(|known| known.0 == c.id).unwrap_or_else(|| {
                        commits.push((c.id.clone(), c.date.to_string(), c.author.clone(), c.subject.clone()));
                        commits.len() - 1
                    });
                    StoredEdited::Commit(u32::try_from(at).ok()?)
                }
                Edited::Imported(day) => StoredEdited::Imported(day.to_string()),
                Edited::Unknown(Unknown::Untracked) => StoredEdited::Untracked,
                Edited::Unknown(Unknown::Shallow) => StoredEdited::Shallow,
                Edited::Unknown(Unknown::OnlyIgnored) => StoredEdited::OnlyIgnored,
                Edited::Unknown(Unknown::ImportUndated) => StoredEdited::ImportUndated,
                Edited::Unknown(_) => return None,
            };
            parts.push((kind, number, part.span.start, part.span.end, edited));
        }
        Some(Self { names, digest, parts, commits })
    }

    /// The ages again; `None` if they are not in a form of ours.
    pub(super) fn ages(&self) -> Option<Ages> {
        let part = |(kind, number, start, end, edited): &(u8, u32, u32, u32, StoredEdited)| {
            let kind = match kind {
                0 => PartKind::Section(None),
                1 => PartKind::Section(Some(*number as usize)),
                2 => PartKind::Item { step: *number == 1 },
                3 => PartKind::Row,
                _ => PartKind::Paragraph,
            };
            let edited = match edited {
                StoredEdited::Commit(at) => {
                    let (id, day, author, subject) = self.commits.get(*at as usize)?.clone();
                    Edited::Commit(Commit { id, date: date::parse(&day)?, author, subject })
                }
                StoredEdited::Imported(day) => Edited::Imported(date::parse(day)?),
                StoredEdited::Untracked => Edited::Unknown(Unknown::Untracked),
                StoredEdited::Shallow => Edited::Unknown(Unknown::Shallow),
                StoredEdited::OnlyIgnored => Edited::Unknown(Unknown::OnlyIgnored),
                StoredEdited::ImportUndated => Edited::Unknown(Unknown::ImportUndated),
            };
            Some(PartAge { kind, span: Span { start: *start, end: *end }, edited })
        };
        self.parts.iter().map(part).collect::<Option<Vec<_>>>().map(Ages)
    }
}

/// Ages by the page's path.
pub(super) type AgesMemo = BTreeMap<String, StoredAges>;

/// Ages that an earlier run kept.
pub(super) fn load_ages(place: &Place, store: &Store) -> AgesMemo {
    place.read("ages", &store.state()).unwrap_or_default()
}

/// Keeps ages.
pub(super) fn keep_ages(place: &Place, store: &Store, ages: &AgesMemo) {
    place.write("ages", &store.state(), ages);
}
