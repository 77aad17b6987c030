//! Puts a load together: which repository owns which page, one walk each, the answers; further walks only where pages came from outside the area.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::git::{Id, Missing, Store};
use super::resolve::{Resolver, describe};
use super::walk::{Area, Commits, Touches, Trees, recorded};
use super::{Depth, History, HistorySettings, PageHistory, Skip, Tracked, Unknown};

/// See [`History::of_pages`].
pub(super) fn load(root: &Path, content: &str, pages: &[Tracked], revision: Option<&str>, settings: &HistorySettings) -> History {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let store = match Store::discover(&root) {
        Ok(store) => store,
        Err(why) => return History::none(why),
    };
    let mut history = History::none(Unknown::Untracked);
    // What repositories lie inside today says nothing of an older revision.
    let groups = if revision.is_some() { BTreeMap::from([(None, pages.iter().collect())]) } else { by_repository(&root, pages) };
    let own = groups.get(&None).map_or(&[][..], Vec::as_slice);
    match of_repository(&store, &root, content, own, revision, settings) {
        Ok((head, found)) => {
            history.depth = if store.shallow.is_empty() { Depth::Full } else { Depth::Shallow };
            history.head = Some(head);
            history.default_branch = store.on_default_branch();
            history.pages.extend(found);
        }
        Err(why) => history = History::none(why),
    }
    for (top, inner) in groups.iter().filter_map(|(top, pages)| Some((top.as_ref()?, pages))) {
        let found = Store::discover(top).and_then(|store| of_repository(&store, &root, content, inner, None, settings));
        match found {
            Ok((_, found)) => history.pages.extend(found),
            Err(why) => history.pages.extend(inner.iter().map(|p| (p.path.clone(), PageHistory::unknown(why.clone())))),
        }
    }
    history
}

/// Pages by the repository that holds them: `None` is the root's own, else the folder of a submodule or another nested repository.
fn by_repository<'p>(root: &Path, pages: &'p [Tracked]) -> BTreeMap<Option<PathBuf>, Vec<&'p Tracked>> {
    let mut known: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    let mut groups: BTreeMap<Option<PathBuf>, Vec<&Tracked>> = BTreeMap::new();
    for page in pages {
        let folder = root.join(&page.path).parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
        let top = nested(root, &folder, &mut known);
        groups.entry(top).or_default().push(page);
    }
    groups
}

/// The nearest folder from `folder` up to, but without, `root` that is the top of a repository.
fn nested(root: &Path, folder: &Path, known: &mut BTreeMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    if folder == root || !folder.starts_with(root) {
        return None;
    }
    if let Some(top) = known.get(folder) {
        return top.clone();
    }
    let top = if folder.join(".git").exists() { Some(folder.to_path_buf()) } else { nested(root, folder.parent()?, known) };
    known.insert(folder.to_path_buf(), top.clone());
    top
}

type Found = (super::Commit, Vec<(String, PageHistory)>);

fn of_repository(
    store: &Store,
    root: &Path,
    content: &str,
    pages: &[&Tracked],
    revision: Option<&str>,
    settings: &HistorySettings,
) -> Result<Found, Unknown> {
    let head = match revision {
        Some(revision) => store.named(revision),
        None => store.head()?,
    };
    let head = head.ok_or(Unknown::NoCommits)?;
    let top = store.top();
    let top = top.canonicalize().unwrap_or(top);
    let prefix = inside(root, &top).unwrap_or_default();
    let within = |path: &str| -> Option<String> {
        // From the project's root to the top of the repository, whichever contains the other.
        match inside(&top, root) {
            Some(deeper) if !deeper.is_empty() => path.strip_prefix(&deeper).map(|p| p.trim_start_matches('/').to_owned()),
            _ => Some(join(&prefix, path)),
        }
    };
    let back = |path: String| -> Option<String> {
        match inside(&top, root) {
            Some(deeper) if !deeper.is_empty() => Some(join(&deeper, &path)),
            _ if prefix.is_empty() => Some(path),
            _ => path.strip_prefix(&prefix).and_then(|p| p.strip_prefix('/')).map(str::to_owned),
        }
    };
    let wrap = |_: Missing| Unknown::MissingObjects;
    let commits = Commits::load(store, head).map_err(wrap)?;
    let mut area = Area::default();
    area.add(&within(content).unwrap_or_default());
    let imports = within(".stepwright/imports").unwrap_or_else(|| ".stepwright/imports".to_owned());
    area.add(&imports);
    let outside: Vec<String> =
        pages.iter().filter_map(|p| within(&p.path)).filter(|p| !area.covers(p) || !recorded(p.as_bytes())).collect();
    let mut touches = Touches::default();
    let mut trees = Trees::new(store);
    touches.record(&commits, &mut trees, &area).map_err(wrap)?;
    // Files that pages take in may lie anywhere and be of any kind.
    if !outside.is_empty() {
        let mut more = Area::default();
        for path in &outside {
            more.add(path);
        }
        touches.record(&commits, &mut trees, &more).map_err(wrap)?;
        for path in &outside {
            area.add(path);
        }
    }
    let skips = skips(&commits, &touches, &format!("{imports}/"), &top, settings);
    let head_tree = commits.list[0].tree;

    let mut found = Vec::new();
    let mut open: Vec<(String, &Tracked)> = Vec::new();
    for page in pages {
        let path = within(&page.path).unwrap_or_default();
        match trees.file(head_tree, &path) {
            Ok(Some(_)) => open.push((path, *page)),
            Ok(None) => found.push((page.path.clone(), PageHistory::unknown(Unknown::Untracked))),
            Err(Missing) => found.push((page.path.clone(), PageHistory::unknown(Unknown::MissingObjects))),
        }
    }
    while !open.is_empty() {
        let mut later = Vec::new();
        let mut names = Vec::new();
        let mut resolver = Resolver::new(store, &commits, &touches, &area, &skips);
        for (path, page) in open {
            match resolver.page(&path, page) {
                Ok(mut history) => {
                    history.former = std::mem::take(&mut history.former).into_iter().filter_map(back).collect();
                    found.push((page.path.clone(), history));
                }
                Err(outside) => {
                    names.extend(outside);
                    later.push((path, page));
                }
            }
        }
        drop(resolver);
        // Each round adds names that were not covered, and there are finitely many.
        let mut more = Area::default();
        for name in &names {
            more.add(name);
        }
        touches.record(&commits, &mut trees, &more).map_err(wrap)?;
        for name in &names {
            area.add(name);
        }
        open = later;
    }
    let head = describe(store, head).map_err(wrap)?;
    Ok((head, found))
}

/// `inner` relative to `outer` with `/`; `None` if it lies elsewhere.
fn inside(inner: &Path, outer: &Path) -> Option<String> {
    let rest = inner.strip_prefix(outer).ok()?;
    Some(rest.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}

fn join(prefix: &str, path: &str) -> String {
    match (prefix.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => prefix.to_owned(),
        _ => format!("{prefix}/{path}"),
    }
}

/// Where git's own tools list commits to ignore, one full id a line.
const IGNORE_FILE: &str = ".git-blame-ignore-revs";

/// Why each commit does not count, if it does not.
fn skips(commits: &Commits, touches: &Touches, imports: &str, top: &Path, settings: &HistorySettings) -> Vec<Option<Skip>> {
    let listed = std::fs::read_to_string(top.join(IGNORE_FILE)).unwrap_or_default();
    let listed = listed.lines().map(|l| l.split('#').next().unwrap_or("").trim());
    let ids: Vec<String> = listed.chain(settings.ignore_revisions.iter().map(String::as_str)).map(str::to_lowercase).collect();
    let full: HashSet<Id> = ids.iter().filter_map(|id| Id::from_hex(id)).collect();
    let short: Vec<&String> = ids.iter().filter(|id| (7..40).contains(&id.len())).collect();
    let bots: Vec<bool> = commits.authors.iter().map(|a| is_bot(a, &settings.bots)).collect();
    // The ledger of an import changes only when an import runs, so a commit that changes one is that import's.
    let ledgers = touches.paths().filter(|(p, _)| p.starts_with(imports) && !p.ends_with(".plan.yaml")).flat_map(|(_, at)| at);
    let importing: HashSet<u32> = ledgers.map(|t| t.at).collect();
    let why = |at: u32, commit: &super::walk::Commit| {
        let hex = || commit.id.hex();
        if full.contains(&commit.id) || short.iter().any(|s| hex().starts_with(s.as_str())) {
            Some(Skip::Ignored)
        } else if bots[commit.author as usize] {
            Some(Skip::Bot)
        } else if commit.import || importing.contains(&at) {
            Some(Skip::Import)
        } else {
            None
        }
    };
    (0_u32..).zip(&commits.list).map(|(at, c)| why(at, c)).collect()
}

/// True for authors no person stands behind.
fn is_bot(author: &str, patterns: &[String]) -> bool {
    let lower = author.to_lowercase();
    let (name, address) = lower.split_once('<').unwrap_or((&lower, ""));
    let (name, address) = (name.trim(), address.trim_end_matches('>'));
    name.ends_with("[bot]")
        || address.contains("[bot]@")
        || patterns.iter().map(|p| p.to_lowercase()).any(|p| [name, address, &lower].iter().any(|text| matches_pattern(&p, text)))
}

/// `*` stands for any characters, everything else for itself.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_told_by_their_suffix_or_by_pattern() {
        let patterns = ["*-ci".to_owned(), "sync".to_owned(), "build@*".to_owned()];
        assert!(is_bot("dependabot[bot] <49699333+dependabot[bot]@users.noreply.example>", &[]));
        assert!(is_bot("docs-CI <x@y>", &patterns));
        assert!(is_bot("Sync <x@y>", &patterns));
        assert!(is_bot("Somebody <build@example.org>", &patterns));
        assert!(!is_bot("Abbot Robotson <bot@y>", &patterns));
    }
}
