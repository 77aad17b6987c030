//! Addresses: which output file each page gets, and relative links between output files.
//!
//! Pages keep their path (`ops/a.md` → `ops/a.html`), so that the site works from `file://` and under any sub-path.

use std::collections::BTreeSet;

use crate::text::path::way;

/// Hands out output paths; the first to ask for a name gets it, later ones get `-2`, `-3` … (file systems may ignore case).
#[derive(Debug, Default)]
pub struct Taken {
    lower: BTreeSet<String>,
}

impl Taken {
    /// `wanted`, or the nearest free name.
    pub fn claim(&mut self, wanted: &str) -> String {
        if self.lower.insert(wanted.to_lowercase()) {
            return wanted.to_owned();
        }
        let (stem, ext) = wanted.rsplit_once('.').unwrap_or((wanted, "html"));
        let mut n = 2;
        loop {
            let name = format!("{stem}-{n}.{ext}");
            if self.lower.insert(name.to_lowercase()) {
                return name;
            }
            n += 1;
        }
    }

    /// True if `folder` (with a slash at its end) holds somebody's files, or is a file itself.
    pub fn has_below(&self, folder: &str) -> bool {
        let folder = folder.to_lowercase();
        self.lower.contains(folder.trim_end_matches('/'))
            || self.lower.range(folder.clone()..).next().is_some_and(|p| p.starts_with(&folder))
    }

    /// True if `path` is somebody's.
    pub fn has(&self, path: &str) -> bool {
        self.lower.contains(&path.to_lowercase())
    }
}

/// A page path below the content folder without its extension; `x.html.md` is Middleman's name for `x`.
pub fn stem(inside: &str) -> &str {
    let stem = crate::page::stem(inside);
    stem.strip_suffix(".html").filter(|s| !s.is_empty() && !s.ends_with('/')).unwrap_or(stem)
}

/// The folder part of a path, without the slash.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// `../../` as often as it takes from an output file to the root of the site.
pub fn root(from: &str) -> String {
    "../".repeat(from.matches('/').count())
}

/// A relative address from one output file to another, percent-encoded.
pub fn relative(from: &str, to: &str) -> String {
    let (up, rest) = way(from, to);
    let mut out = "../".repeat(up);
    // A colon in the first part would read as a scheme.
    if up == 0 && rest.split('/').next().is_some_and(|p| p.contains(':')) {
        out.push_str("./");
    }
    encode(rest, &mut out);
    out
}

/// Percent-encodes what may not stand in the path of an address; letters of other scripts stay readable.
pub fn encode(path: &str, out: &mut String) {
    for c in path.chars() {
        match c {
            ' ' | '"' | '<' | '>' | '%' | '?' | '#' | '\\' | '^' | '`' | '{' | '|' | '}' | '[' | ']' => {
                out.push_str(&format!("%{:02X}", c as u32));
            }
            c if c.is_control() => out.push_str(&format!("%{:02X}", c as u32)),
            c => out.push(c),
        }
    }
}

/// A full address below `base`, with every byte outside ASCII encoded, for sitemap and feed.
pub fn absolute(base: &str, path: &str) -> String {
    let path = path.strip_suffix("index.html").filter(|p| p.is_empty() || p.ends_with('/')).unwrap_or(path);
    let mut readable = String::new();
    encode(path, &mut readable);
    let mut out = format!("{}/", base.trim_end_matches('/'));
    for byte in readable.bytes() {
        if byte.is_ascii() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_and_encoded() {
        assert_eq!(relative("ops/a.html", "ops/b.html"), "b.html");
        assert_eq!(relative("ops/a.html", "index.html"), "../index.html");
        assert_eq!(relative("a.html", "ops/x y.html"), "ops/x%20y.html");
        assert_eq!(relative("a/b/c.html", "a/d/e.html"), "../d/e.html");
        assert_eq!(relative("a/b/c.html", "a.html"), "../../a.html");
        assert_eq!(relative("a.html", "x:y.html"), "./x:y.html");
        assert_eq!(absolute("https://e.org/d/", "ops/über.html"), "https://e.org/d/ops/%C3%BCber.html");
        assert_eq!(absolute("https://e.org", "ops/index.html"), "https://e.org/ops/");
    }

    #[test]
    fn names_are_handed_out_once_whatever_their_case() {
        let mut taken = Taken::default();
        assert_eq!(taken.claim("Health.html"), "Health.html");
        assert_eq!(taken.claim("health.html"), "health-2.html");
        assert_eq!(taken.claim("health.html"), "health-3.html");
    }
}
