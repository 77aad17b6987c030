//! What a change touched: lines per file between two sets of texts, and whether a finding belongs to it.
//!
//! Texts in, answers out; where the older texts come from is for the caller. A moved file whose text stayed the same is untouched.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use similar::{Algorithm, DiffOp, TextDiff};

use super::{Class, Finding, Scope};
use crate::page::{Block, Page};
use crate::text::Span;
use crate::workspace::Workspace;

/// How a file differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Added or changed lines of the newer text, from 1, in order.
    pub lines: Vec<Range<usize>>,
    /// Path of the older text; `None` for a new file.
    pub from: Option<String>,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Files of the newer side that differ, by path.
    pub files: BTreeMap<String, FileChange>,
    /// Files of the older side that are gone and were not moved.
    pub removed: BTreeSet<String>,
}

/// Share of equal lines from which a file that came is taken for one that went.
const MOVED: f32 = 0.6;

impl Changed {
    /// Compares two sets of texts by path.
    pub fn between(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Self {
        let mut gone: BTreeMap<&String, &String> = old.iter().filter(|(path, _)| !new.contains_key(*path)).collect();
        let mut changed = Self::default();
        for (path, text) in new {
            match old.get(path) {
                Some(before) if before == text => {}
                Some(before) => {
                    let change = FileChange { lines: lines(before, text), from: Some(path.clone()) };
                    changed.files.insert(path.clone(), change);
                }
                None => {
                    let from = moved_from(path, text, &gone);
                    let lines = from.as_ref().map_or_else(|| whole(text), |f| lines(&old[f], text));
                    if let Some(from) = &from {
                        gone.remove(from);
                    }
                    changed.files.insert(path.clone(), FileChange { lines, from });
                }
            }
        }
        changed.removed = gone.into_keys().cloned().collect();
        changed
    }

    /// True when the file was added, changed or moved.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// True when any of `lines` (from 1) was added or changed.
    pub fn touches(&self, path: &str, lines: &Range<usize>) -> bool {
        self.files.get(path).is_some_and(|f| f.lines.iter().any(|l| l.start < lines.end && lines.start < l.end))
    }

    /// True when a finding is about what the change touched: its lines, the block they stand in, or its page, as its rule says.
    pub fn concerns(&self, finding: &Finding, workspace: &Workspace) -> bool {
        let path = finding.path();
        match finding.rule.scope {
            Scope::Page | Scope::Site => self.has(path),
            Scope::Line => self.touches(path, &lines_of(finding, finding.span)),
            // A page nobody touched need not be parsed to tell.
            Scope::Block => {
                self.has(path) && {
                    let page = workspace.corpus.find(path).map(|id| workspace.corpus.page(id));
                    let span = page.and_then(|p| block_around(p, finding.span)).unwrap_or(finding.span);
                    self.touches(path, &lines_of(finding, span))
                }
            }
        }
    }
}

/// The findings that a change brought: those on what it touched, and those between files that were not there before, wherever they
/// stand (a page that went away breaks a link elsewhere). Rules that go by the clock are left to whoever looks at touched pages.
pub fn brought(findings: Vec<Finding>, before: &[Finding], changed: &Changed, workspace: &Workspace) -> Vec<Finding> {
    let key = |f: &Finding, path: &str| {
        let line = f.source.line_span(f.line()).map_or("", |s| f.source.slice(s));
        (f.rule.name, path.to_owned(), f.message.clone(), line.to_owned())
    };
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for finding in before.iter().filter(|f| f.rule.class == Class::Cross) {
        *known.entry(key(finding, finding.path())).or_default() += 1;
    }
    let mut fresh = |f: &Finding| {
        if f.rule.class != Class::Cross {
            return false;
        }
        // What stood on a page before it was moved is as old as the page.
        let path = changed.files.get(f.path()).and_then(|c| c.from.as_deref()).unwrap_or(f.path());
        match known.get_mut(&key(f, path)).filter(|n| **n > 0) {
            Some(n) => {
                *n -= 1;
                false
            }
            None => true,
        }
    };
    findings
        .into_iter()
        .filter(|f| {
            let fresh = fresh(f);
            f.rule.class != Class::Clock && (fresh || changed.concerns(f, workspace))
        })
        .collect()
}

fn lines_of(finding: &Finding, span: Span) -> Range<usize> {
    let first = finding.source.line_of(span.start);
    let last = finding.source.line_of(span.end.max(span.start + 1) - 1);
    first..last.max(first) + 1
}

/// The smallest top-level block that holds a span.
fn block_around(page: &Page, span: Span) -> Option<Span> {
    page.tree().iter().map(|b: &Block| b.span).find(|b| b.contains(span))
}

fn lines(before: &str, after: &str) -> Vec<Range<usize>> {
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(before, after);
    let ranges = diff.ops().iter().filter_map(|op| match op {
        DiffOp::Insert { new_index, new_len, .. } | DiffOp::Replace { new_index, new_len, .. } => {
            Some(new_index + 1..new_index + 1 + new_len)
        }
        DiffOp::Equal { .. } | DiffOp::Delete { .. } => None,
    });
    ranges.collect()
}

/// All lines of a file, the empty one of an empty file included, so that a finding on a file as such is met.
fn whole(text: &str) -> Vec<Range<usize>> {
    std::iter::once(1..text.lines().count().max(1) + 1).collect()
}

/// The file that went away and is most likely this one: of the same text, else of the same name or id and mostly the same lines.
fn moved_from(path: &str, text: &str, gone: &BTreeMap<&String, &String>) -> Option<String> {
    if let Some((from, _)) = gone.iter().find(|(_, t)| t.as_str() == text) {
        return Some((*from).clone());
    }
    let ending = path.rsplit('.').next();
    // Comparing every pair would be quadratic; renames in one change are few.
    let candidates = gone.iter().filter(|(p, _)| p.rsplit('.').next() == ending).take(50);
    let ratios = candidates.map(|(p, t)| (TextDiff::from_lines(t.as_str(), text).ratio(), *p));
    let best = ratios.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= MOVED).then(|| best.1.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};

    fn texts(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect()
    }

    fn site(files: &[(&str, &str)]) -> Workspace {
        Workspace::from_example(&files.iter().map(|(p, t)| format!("=== {p}\n{t}")).collect::<String>())
    }

    /// `path:line rule` of what a change brought.
    fn news(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<String> {
        let changed = Changed::between(&texts(old), &texts(new));
        let (before, after) = (site(old), site(new));
        let found = run(&after, &Request { only: vec!["broken-link".into()], ..Request::default() });
        let known = run(&before, &Request { only: vec!["broken-link".into()], ..Request::default() });
        brought(found, &known, &changed, &after).iter().map(|f| format!("{}:{}", f.path(), f.line())).collect()
    }

    #[test]
    fn lines_that_were_there_before_stay_silent() {
        let old = "# A\n\n[x](x.md)\n";
        assert_eq!(news(&[("content/a.md", old)], &[("content/a.md", "# A\n\n[x](x.md)\n\n[y](y.md)\n")]), ["content/a.md:5"]);
        assert!(news(&[("content/a.md", old)], &[("content/a.md", "# A!\n\n[x](x.md)\n")]).is_empty());
    }

    #[test]
    fn a_page_that_goes_away_breaks_links_elsewhere() {
        let a = "# A\n\n[b](b.md) [old](old.md)\n";
        assert_eq!(news(&[("content/a.md", a), ("content/b.md", "# B\n")], &[("content/a.md", a)]), ["content/a.md:3"]);
    }

    #[test]
    fn a_moved_page_is_not_new() {
        let b = "# B\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n";
        let changed = Changed::between(&texts(&[("a/b.md", b)]), &texts(&[("c/b.md", &b.replace("Four", "Five"))]));
        assert_eq!(changed.files["c/b.md"], FileChange { lines: vec![9..10], from: Some("a/b.md".into()) });
        assert!(changed.removed.is_empty());
        let changed = Changed::between(&texts(&[("a/b.md", b)]), &texts(&[("c/z.md", "# Other\n\nText.\n")]));
        assert_eq!((changed.files["c/z.md"].from.as_ref(), changed.removed.len()), (None, 1));
    }
}
