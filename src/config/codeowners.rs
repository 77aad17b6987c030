//! CODEOWNERS, as far as it says who answers for a page. Pattern rules follow GitHub's: last match wins.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// Where GitHub looks for the file, in order.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The owners of paths. Empty when there is no file.
#[derive(Debug, Default)]
pub struct CodeOwners {
    path: Option<String>,
    /// Pattern and owners, in file order; no owners take a path out again.
    rules: Vec<(GlobMatcher, Vec<String>)>,
}

impl CodeOwners {
    /// Reads the first file found below `root`.
    pub fn load(root: &Path) -> Self {
        for place in PLACES {
            if let Ok(text) = std::fs::read_to_string(root.join(place)) {
                return Self::parse(place, &text);
            }
        }
        Self::default()
    }

    /// Reads a file's text. A pattern for everything (`*`) is passed over: who owns all owns no page in particular.
    pub fn parse(path: &str, text: &str) -> Self {
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or("").trim();
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next().filter(|p| !p.starts_with(['#', '[', '^']) && !matches!(*p, "*" | "/" | "**" | "/**")) else {
                continue;
            };
            rules.extend(globs(pattern).into_iter().map(|g| (g, words.clone().map(str::to_owned).collect())));
        }
        Self { path: Some(path.to_owned()), rules }
    }

    /// The file, relative to the root.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The owners of a path; `None` when nobody is named.
    pub fn of(&self, path: &str) -> Option<&[String]> {
        let (_, owners) = self.rules.iter().rev().find(|(glob, _)| glob.is_match(path))?;
        (!owners.is_empty()).then_some(owners.as_slice())
    }
}

/// A pattern as globs: with a slash in it, it starts at the root; a folder stands for all it holds.
fn globs(pattern: &str) -> Vec<GlobMatcher> {
    let folder = pattern.ends_with('/');
    let bare = pattern.trim_end_matches('/');
    let anchored = bare.contains('/');
    let bare = bare.trim_start_matches('/');
    let base = if anchored { bare.to_owned() } else { format!("**/{bare}") };
    let mut forms = vec![format!("{base}/**")];
    if !folder {
        forms.push(base);
    }
    let build = |form: &String| GlobBuilder::new(form).literal_separator(true).build().ok().map(|g| g.compile_matcher());
    forms.iter().filter_map(build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_match_wins_and_everything_is_nobody() {
        let owners = CodeOwners::parse("CODEOWNERS", "* @acme/all\n/content/fin/ @fin # money\n*.yaml @ops\ncontent/fin/open.md\n");
        assert_eq!(owners.of("content/fin/a.md"), Some(&["@fin".to_owned()][..]));
        assert_eq!(owners.of("content/fin/a.yaml"), Some(&["@ops".to_owned()][..]));
        assert_eq!(owners.of("content/fin/open.md"), None);
        assert_eq!(owners.of("content/hr/a.md"), None);
    }
}
