//! Files that pages take in: `<!-- @include: ../snippets/restart.md -->` puts Markdown in its place, and a code block whose info string names a
//! file (`` ```sh file=../scripts/restart.sh#L3-L9 ``) shows that file. The first is VitePress's form, the second that of remark-code-import; in
//! any other Markdown reader one is invisible and the other an ordinary code block.
//!
//! Paths are those of links: relative to the file they are written in, from the content folder on with a leading `/`. Only files of the repository
//! are read; circles and floods end where they are noticed.

use std::ops::Range;
use std::path::Path;

use super::corpus::Corpus;
use super::{Block, BlockKind, Page};
use crate::text::{Source, Span};

/// Largest file that a page can take in, in bytes.
const LARGEST: u64 = 1 << 20;
/// Files one page can take in, counting those that they take in themselves.
const MOST: usize = 100;

/// A place where a page takes in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The file as written, with its part after `#`.
    pub dest: String,
    /// Shown as code instead of being read as Markdown.
    pub code: bool,
    /// The comment, or the code block.
    pub span: Span,
    /// Why it cannot be followed whatever the file.
    pub fault: Option<&'static str>,
}

/// Why a file cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The path leaves the repository, or leads into git's own folder.
    #[error("{0} is not a file of this repository")]
    Outside(String),
    /// There is no such file, or it cannot be used, and why.
    #[error("{path} {why}")]
    Unusable {
        /// Path relative to the root.
        path: String,
        /// "is not there", "is not UTF-8 text" …
        why: String,
    },
    /// The file is being taken in already; the files of the circle.
    #[error("the files take each other in: {}", .0.join(" → "))]
    Circle(Vec<String>),
    /// More files than a page can take in.
    #[error("the page takes in more than {MOST} files")]
    TooMany,
    /// The file has no such part.
    #[error("{path} has no {part}")]
    NoPart {
        /// Path relative to the root.
        path: String,
        /// "heading #x", "region x", "line 9".
        part: String,
    },
}

/// What a comment asks to be taken in: `@include: FILE`, however it is spaced.
pub fn of_comment(html: &str) -> Option<&str> {
    let inner = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    let dest = inner.strip_prefix("@include")?.trim_start().strip_prefix(':')?.trim();
    (!dest.contains("-->")).then(|| dest.trim_matches(['"', '\'']))
}

/// The file that an info string names as `file=NAME` or `file="NAME"`.
pub fn of_info(info: &str) -> Option<&str> {
    let at = info.find("file=").filter(|at| *at == 0 || info[..*at].ends_with([' ', ',']))?;
    let rest = &info[at + "file=".len()..];
    let name = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
        _ => rest.split([' ', '{']).next(),
    };
    name.filter(|n| !n.is_empty())
}

/// The file and its part: `a.sh#L3` is `a.sh` and `L3`.
pub fn parts(dest: &str) -> (&str, Option<&str>) {
    dest.split_once('#').map_or((dest, None), |(file, part)| (file, Some(part).filter(|p| !p.is_empty())))
}

/// The text of an included file, or why it cannot be used. `path` is relative to `root` and has been checked to lie inside.
pub(super) fn read(root: &Path, path: &str) -> Result<Page, String> {
    let full = root.join(path);
    let real = full.canonicalize().map_err(|_| "is not there".to_owned())?;
    let inside = root.canonicalize().is_ok_and(|root| real.starts_with(root));
    if !inside {
        return Err("is a link that leaves the repository".to_owned());
    }
    let meta = std::fs::metadata(&real).map_err(|e| format!("cannot be read ({e})"))?;
    if !meta.is_file() {
        return Err("is not a file".to_owned());
    }
    if meta.len() > LARGEST {
        return Err(format!("has {} bytes; a page takes in at most {LARGEST}", meta.len()));
    }
    let bytes = std::fs::read(&real).map_err(|e| format!("cannot be read ({e})"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    Ok(Page::parse(Source::new(path, text)))
}

/// True for a path relative to the root that may be read: inside the repository, and nothing of git's own.
pub(super) fn allowed(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| part != ".." && !part.eq_ignore_ascii_case(".git")) && !Path::new(path).is_absolute()
}

/// Follows what a page takes in, file by file, refusing circles and floods.
#[derive(Debug, Default)]
pub struct Follow {
    open: Vec<String>,
    left: usize,
}

impl Follow {
    /// Begins at the file at `path`, relative to the root.
    pub fn new(path: &str) -> Self {
        Self { open: vec![path.to_owned()], left: MOST }
    }

    /// The file that is being read now.
    pub fn here(&self) -> &str {
        self.open.last().map_or("", String::as_str)
    }

    /// Opens a file that the current one names. Each success is to be followed by [`Follow::leave`].
    pub fn enter<'c>(&mut self, corpus: &'c Corpus, dest: &str) -> Result<&'c Page, Fault> {
        let path = corpus.included_path(self.here(), parts(dest).0).ok_or_else(|| Fault::Outside(parts(dest).0.to_owned()))?;
        if let Some(at) = self.open.iter().position(|p| *p == path) {
            let mut circle = self.open[at..].to_vec();
            circle.push(path);
            return Err(Fault::Circle(circle));
        }
        let page = corpus.included(&path)?;
        self.left = self.left.checked_sub(1).ok_or(Fault::TooMany)?;
        self.open.push(path);
        Ok(page)
    }

    /// Goes back to the file that took the current one in.
    pub fn leave(&mut self) {
        self.open.pop();
    }

    /// Reads a code file: its text, or the part of it that `dest` names.
    pub fn code(&mut self, corpus: &Corpus, dest: &str) -> Result<String, Fault> {
        let page = self.enter(corpus, dest)?;
        self.leave();
        let (_, part) = parts(dest);
        let text = page.source.text();
        let Some(part) = part else { return Ok(whole(text)) };
        cut(text, part).map_err(|part| Fault::NoPart { path: page.path().to_owned(), part })
    }

    /// Says what is wrong with an include and with all that its file takes in, if anything is.
    pub fn check(&mut self, corpus: &Corpus, include: &Include) -> Result<(), Fault> {
        if include.code {
            return self.code(corpus, &include.dest).map(drop);
        }
        let page = self.enter(corpus, &include.dest)?;
        let checked = match parts(&include.dest).1 {
            Some(anchor) if section(&page.tree(), page, anchor).is_none() => {
                Err(Fault::NoPart { path: page.path().to_owned(), part: format!("heading #{anchor}") })
            }
            // Faults inside are told where they are written; what counts here is that the files come to an end.
            _ => page.body.includes.iter().try_for_each(|inner| match self.check(corpus, inner) {
                Err(fault @ (Fault::Circle(_) | Fault::TooMany)) => Err(fault),
                _ => Ok(()),
            }),
        };
        self.leave();
        checked
    }
}

/// Positions of the blocks below the heading with this anchor, with the heading, up to the next of its rank.
pub fn section(blocks: &[Block], page: &Page, anchor: &str) -> Option<Range<usize>> {
    let level = |block: &Block| match &block.kind {
        BlockKind::Heading(index, _) => page.body.headings.get(*index),
        _ => None,
    };
    let from = blocks.iter().position(|b| level(b).is_some_and(|h| h.anchor == anchor))?;
    let rank = level(&blocks[from])?.level;
    let to = blocks[from + 1..].iter().position(|b| level(b).is_some_and(|h| h.level <= rank)).map_or(blocks.len(), |at| from + 1 + at);
    Some(from..to)
}

fn whole(text: &str) -> String {
    let mut out = text.trim_end().to_owned();
    out.push('\n');
    out
}

/// Lines `L3` or `L3-L9`, else the region of that name between the marks `#region NAME` and `#endregion` that editors fold by. Common
/// indentation goes. `Err` says what is missing.
fn cut(text: &str, part: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let number = |text: &str| text.strip_prefix('L').and_then(|n| n.parse::<usize>().ok());
    let (from, to) = part.split_once('-').unwrap_or((part, part));
    if let (Some(from), Some(to)) = (number(from), number(to)) {
        let past = if from == 0 || from > lines.len() { Some(from) } else { (to < from || to > lines.len()).then_some(to) };
        return match past {
            Some(line) => Err(format!("line {line}")),
            None => Ok(outdented(&lines[from - 1..to])),
        };
    }
    let marks = |line: &str, word: &str| -> Option<String> {
        let (_, rest) = line.split_once(word)?;
        Some(rest.trim().trim_end_matches("-->").trim_end_matches("*/").trim().to_owned())
    };
    let missing = || format!("region {part}");
    let from = lines.iter().position(|l| marks(l, "#region").is_some_and(|name| name == part)).ok_or_else(missing)?;
    let mut depth = 0;
    for (n, line) in lines.iter().enumerate().skip(from + 1) {
        if marks(line, "#region").is_some() {
            depth += 1;
        } else if marks(line, "#endregion").is_some() {
            if depth == 0 {
                return Ok(outdented(&lines[from + 1..n]));
            }
            depth -= 1;
        }
    }
    Err(format!("end of region {part}"))
}

fn outdented(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let common = lines.iter().filter(|l| !l.trim().is_empty()).map(indent).min().unwrap_or(0);
    lines.iter().map(|l| format!("{}\n", l.get(common..).unwrap_or(""))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_as_people_write_them() {
        assert_eq!(of_comment("<!-- @include: ../a b.md#x -->\n"), Some("../a b.md#x"));
        assert_eq!(of_comment("<!--@include: a.md-->"), Some("a.md"));
        assert_eq!(of_comment("<!-- include a.md -->"), None);
        assert_eq!(of_comment("<!-- @include: a.md --> <b>x</b> <!-- y -->"), None);
        assert_eq!(of_info("sh file=../x.sh#L3-L9 {2}"), Some("../x.sh#L3-L9"));
        assert_eq!(of_info("file=\"a b.sh\" title=\"x\""), Some("a b.sh"));
        assert_eq!(of_info("sh title=\"profile=x\""), None);
        assert_eq!(of_info("sh"), None);
    }

    #[test]
    fn lines_and_regions_are_cut_out() {
        let text = "a\n# #region one\n  b\n    c\n# #region two\n  d\n# #endregion\n# #endregion\ne\n";
        assert_eq!(cut(text, "L3-L4").unwrap(), "b\n  c\n");
        assert_eq!(cut(text, "L9").unwrap(), "e\n");
        assert_eq!(cut(text, "two").unwrap(), "d\n");
        assert!(cut(text, "one").unwrap().starts_with("  b\n    c\n"));
        assert_eq!(cut(text, "L3-L99"), Err("line 99".to_owned()));
        assert_eq!(cut(text, "three"), Err("region three".to_owned()));
        assert_eq!(cut("# #region x\n", "x"), Err("end of region x".to_owned()));
    }

    #[test]
    fn nothing_outside_the_repository_is_read() {
        assert!(allowed("snippets/a.md") && !allowed("../a.md") && !allowed("x/.git/config") && !allowed("/etc/passwd") && !allowed(""));
        assert!(!allowed(".GIT/config"));
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret"), root.join("link.md")).unwrap();
            assert_eq!(read(&root, "link.md").unwrap_err(), "is a link that leaves the repository");
        }
        assert_eq!(read(&root, "gone.md").unwrap_err(), "is not there");
    }

    #[test]
    fn circles_and_floods_come_to_an_end() {
        let page = |path: &str, text: &str| Page::parse(Source::new(path, text));
        let corpus = Corpus::from_pages(vec![
            page("a.md", "<!-- @include: b.md -->\n"),
            page("b.md", "<!-- @include: a.md -->\n"),
            { page("c.md", &"<!-- @include: d.md -->\n\n".repeat(101)) },
            page("d.md", "d\n"),
        ]);
        let check = |path: &str| {
            let page = corpus.page(corpus.find(path).unwrap());
            let mut follow = Follow::new(path);
            page.body.includes.iter().try_for_each(|i| follow.check(&corpus, i))
        };
        assert_eq!(check("a.md"), Err(Fault::Circle(vec!["a.md".into(), "b.md".into(), "a.md".into()])));
        assert_eq!(check("c.md"), Err(Fault::TooMany));
    }
}
