//! Paths of files within a repository or a website: parts joined with `/`, all from one root.

use std::path::Path;

/// A path of the system with `/` between its parts.
pub fn slashed(path: &Path) -> String {
    path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The way from the file at `from` to `to`: how many folders up, and what is left of `to` from there.
pub fn way<'t>(from: &str, to: &'t str) -> (usize, &'t str) {
    let mut up = from.matches('/').count();
    let mut rest = to;
    for part in from.split('/').take(up) {
        match rest.split_once('/') {
            Some((first, after)) if first == part => {
                rest = after;
                up -= 1;
            }
            _ => break,
        }
    }
    (up, rest)
}

/// `to` as seen from the file at `from`.
pub fn relative(from: &str, to: &str) -> String {
    let (up, rest) = way(from, to);
    "../".repeat(up) + rest
}

/// [`relative`] as the destination of a link in Markdown.
pub fn link(from: &str, to: &str) -> String {
    destination(&relative(from, to))
}

/// A path as the destination of a link in Markdown: what would end it is escaped.
pub fn destination(path: &str) -> String {
    path.replace('%', "%25").replace(' ', "%20").replace('(', "%28").replace(')', "%29").replace('<', "%3C").replace('>', "%3E")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_each_other() {
        assert_eq!(relative("ops/a/_index.md", "ops/b.md"), "../b.md");
        assert_eq!(relative("ops/a.md", "ops/a/x.png"), "a/x.png");
        assert_eq!(relative("ops/a.md", "fin/b.md"), "../fin/b.md");
        assert_eq!(relative("a.md", "b.md"), "b.md");
        assert_eq!(relative("a/b/c.md", "a.md"), "../../a.md");
        assert_eq!(relative("ops/a.md", "ops"), "../ops", "a folder is a name like others");
    }

    #[test]
    fn a_link_survives_what_would_end_it() {
        assert_eq!(link("content/a.md", "content/ops/b c (old).md"), "ops/b%20c%20%28old%29.md");
        assert_eq!(link("content/ops/x/a.md", "content/ops/50%.md"), "../50%25.md");
    }
}
