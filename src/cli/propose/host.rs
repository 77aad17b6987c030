//! The program that opens the pull request: `gh` or `glab`, where it is there and knows the host. Without one, people get the text.

use std::path::Path;
use std::process::{Command, Stdio};

/// A place git pushes to, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) path: String,
}

impl Place {
    /// From `https://user:word@host/path.git`, `ssh://…` or `git@host:path`; `None` for folders.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (host, path) = match url.split_once("://") {
            Some(("file", _)) => return None,
            Some((_, rest)) => rest.split_once('/')?,
            None => url.split_once(':').filter(|(h, p)| !h.contains('/') && h.len() > 1 && !p.starts_with('\\'))?,
        };
        let host = host.rsplit('@').next().unwrap_or(host);
        let path = path.trim_matches('/').trim_end_matches(".git");
        (!host.is_empty()).then(|| Self { host: host.to_owned(), path: path.to_owned() })
    }

    fn bare_host(&self) -> &str {
        self.host.split(':').next().unwrap_or(&self.host)
    }
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    pub(super) branch: &'a str,
    pub(super) base: &'a str,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) file: &'a Path,
    pub(super) reviewers: &'a [String],
}

/// What came of it.
pub(super) enum Opened {
    /// It is open now, at this address.
    New(String),
    /// It was open before; its text is left as people have it.
    Before(String),
    /// Nothing here can open one.
    NoProgram,
    /// The program's words.
    Failed(String),
}

pub(super) fn open(root: &Path, place: &Place, wanted: &Wanted<'_>) -> Opened {
    let host = place.bare_host();
    if run(root, "gh", &["auth", "status", "--hostname", host]).is_ok() {
        return github(root, place, wanted);
    }
    if run(root, "glab", &["auth", "status", "--hostname", host]).is_ok() {
        return gitlab(root, place, wanted);
    }
    Opened::NoProgram
}

fn github(root: &Path, place: &Place, wanted: &Wanted<'_>) -> Opened {
    let repo = format!("{}/{}", place.host, place.path);
    let there = ["pr", "list", "--repo", &repo, "--head", wanted.branch, "--state", "open", "--json", "url", "--jq", ".[].url"];
    if let Ok(url) = run(root, "gh", &there)
        && let Some(url) = url.lines().next().filter(|u| !u.is_empty())
    {
        return Opened::Before(url.to_owned());
    }
    let file = wanted.file.to_string_lossy();
    let made = run(
        root,
        "gh",
        &["pr", "create", "--repo", &repo, "--head", wanted.branch, "--base", wanted.base, "--title", wanted.title, "--body-file", &file],
    );
    let url = match made {
        Ok(said) => last_line(&said),
        Err(why) => return Opened::Failed(why),
    };
    // A reviewer the host refuses (no access, the author) must not cost the pull request; the text names them all the same.
    for reviewer in wanted.reviewers {
        let _ = run(root, "gh", &["pr", "edit", &url, "--add-reviewer", reviewer.trim_start_matches('@')]);
    }
    Opened::New(url)
}

fn gitlab(root: &Path, place: &Place, wanted: &Wanted<'_>) -> Opened {
    let repo = format!("https://{}/{}", place.host, place.path);
    if let Ok(listed) = run(root, "glab", &["mr", "list", "--repo", &repo, "--source-branch", wanted.branch, "--output", "json"])
        && let Ok(found) = serde_json::from_str::<serde_json::Value>(&listed)
        && let Some(url) = found.get(0).and_then(|m| m.get("web_url")).and_then(|u| u.as_str())
    {
        return Opened::Before(url.to_owned());
    }
    let args = ["mr", "create", "--repo", &repo, "--source-branch", wanted.branch, "--target-branch", wanted.base, "--title", wanted.title];
    let args: Vec<&str> = args.into_iter().chain(["--description", wanted.text, "--yes"]).collect();
    match run(root, "glab", &args) {
        Ok(said) => Opened::New(said.split_whitespace().rfind(|w| w.starts_with("http")).unwrap_or(&last_line(&said)).to_owned()),
        Err(why) => Opened::Failed(why),
    }
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

fn run(root: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(args).current_dir(root).stdin(Stdio::null()).env("GH_PROMPT_DISABLED", "1").env("NO_PROMPT", "1");
    let out = command.output().map_err(|e| e.to_string())?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if out.status.success() { Ok(words(&out.stdout)) } else { Err(words(&out.stderr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_without_credentials() {
        let place = |url: &str| Place::parse(url).map(|p| format!("{} {}", p.host, p.path));
        assert_eq!(place("https://ada:secret@git.example.org:8443/acme/docs.git").as_deref(), Some("git.example.org:8443 acme/docs"));
        assert_eq!(place("git@github.com:acme/docs.git").as_deref(), Some("github.com acme/docs"));
        assert_eq!(place("ssh://git@gitlab.example.org/group/sub/docs").as_deref(), Some("gitlab.example.org group/sub/docs"));
        assert_eq!(place("/srv/git/docs.git"), None);
        assert_eq!(place("../docs.git"), None);
        assert_eq!(place("file:///srv/docs.git"), None);
        assert_eq!(place("C:\\docs"), None);
    }
}
