//! What a folder is before stepwright comes to it: which generator built its docs, where the pages stand, what it is called, where CI runs.
//!
//! Reads a few well-known files and folder names, changes nothing. What the pages hold is for `fit`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::config::generator::{self, Generator};
use crate::page::records;
use crate::text::Source;
use crate::text::path::slashed;
use crate::text::yaml::{self, Node};

/// Where checks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// GitHub, or a server that speaks like it.
    GitHub,
    /// GitLab.
    GitLab,
}

/// What is there already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The generator, if the folder holds pages or a generator's settings; and the file that shows it.
    pub generator: Option<(Generator, String)>,
    /// Content folder relative to the root; empty when the root itself holds the pages.
    pub content: Option<String>,
    /// Folders below `content` that hold the pages, where there are several and others beside them.
    pub folders: Vec<String>,
    /// Folders whose files the generator serves from the top of the site, relative to the root.
    pub statics: Vec<String>,
    /// Patterns of addresses by section, as Hugo's settings have them.
    pub permalinks: BTreeMap<String, String>,
    /// Folders of old versions and translations beside the pages, and what they are; not read.
    pub beside: Vec<(String, &'static str)>,
    /// There is a folder `public` that is not ours.
    pub public: bool,
    /// The site's title.
    pub title: Option<String>,
    /// The published site's address.
    pub base_url: Option<String>,
    /// Folders of posts, minutes and decisions, relative to the root: pages that nobody keeps current.
    pub records: Vec<String>,
    /// The branch others work from, where git tells.
    pub branch: Option<String>,
    /// Where CI runs, judged by files and by the address git pushes to.
    pub hosts: Vec<Host>,
    /// There is nothing in the folder but perhaps `.git`.
    pub empty: bool,
}

/// Folders that usually hold pages, likeliest first.
const FOLDERS: [&str; 9] = ["content", "docs", "doc", "documentation", "handbook", "wiki", "runbooks", "pages", "source"];

/// Looks at a folder. A folder that cannot be read looks empty.
pub fn look(root: &Path) -> Found {
    let names = names(root);
    let empty = names.iter().all(|n| n == ".git");
    let mut found = Found { empty, branch: branch(root), hosts: hosts(root, &names), ..Found::default() };
    if !generator(root, &names, &mut found)
        && let Some((content, sign)) = plain(root, &names)
    {
        found.generator = Some((Generator::Plain, sign));
        found.content = Some(content);
    }
    around(root, &names, &mut found);
    found.records = match (&found.content, found.folders.as_slice()) {
        (Some(content), []) => records(root, content),
        (_, folders) => folders.iter().flat_map(|folder| records(root, folder)).collect(),
    };
    found.title = found.title.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    found.base_url = found.base_url.filter(|u| (u.starts_with("https://") || u.starts_with("http://")) && !u.contains(char::is_whitespace));
    found
}

fn names(root: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut names: Vec<String> = entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Fills in what the settings of a generator say; false if there are none.
fn generator(root: &Path, names: &[String], found: &mut Found) -> bool {
    let Some((tool, file)) = generator::find(&|path| root.join(path).exists()) else { return false };
    let toml = file.ends_with(".toml");
    let keys = if toml { toml_keys(&read(root, file)) } else { yaml_keys(root, file) };
    match tool {
        Generator::MkDocs => {
            found.title = keys.get("site_name").cloned();
            found.base_url = keys.get("site_url").cloned();
            found.content = Some(keys.get("docs_dir").cloned().unwrap_or_else(|| "docs".into()));
        }
        Generator::Docusaurus => {
            let text = read(root, file);
            found.title = js_text(&text, "title");
            found.base_url = js_text(&text, "url").map(|u| u + &js_text(&text, "baseUrl").unwrap_or_default());
            let folders = docs_folders(root, &text);
            match folders.as_slice() {
                [] => found.content = Some("docs".into()),
                [one] => found.content = Some(one.clone()),
                _ => {
                    found.content = Some(String::new());
                    found.folders = folders;
                }
            }
        }
        Generator::Hugo => {
            let key = |name: &str| keys.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
            found.title = key("title");
            found.base_url = key("baseURL");
            found.permalinks = permalinks(root, file, &keys);
            let content = key("contentDir").unwrap_or_else(|| "content".into());
            let language = key("defaultContentLanguage").unwrap_or_else(|| "en".into());
            found.content = Some(language_folder(root, &content, &language).unwrap_or(content));
        }
        Generator::MdBook => {
            found.title = keys.get("book.title").cloned();
            found.content = Some(keys.get("book.src").cloned().unwrap_or_else(|| "src".into()));
        }
        Generator::Jekyll | Generator::Plain => {
            found.title = keys.get("title").cloned();
            found.base_url = keys.get("url").map(|u| u.clone() + keys.get("baseurl").map_or("", String::as_str));
            found.content = Some(plain(root, names).map(|(content, _)| content).unwrap_or_default());
        }
    }
    found.generator = Some((tool, file.to_owned()));
    let content = found.content.take().unwrap_or_default();
    found.content = Some(content.trim_start_matches("./").trim_end_matches('/').to_owned());
    true
}

/// `permalinks:` of Hugo's settings; newer ones have a level for kinds of pages (`permalinks.page.posts`).
fn permalinks(root: &Path, file: &str, keys: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = keys
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix("permalinks.")?.trim_start_matches("page.").to_owned(), value.clone())))
        .collect();
    if !file.ends_with(".toml") {
        let doc = yaml::parse(&Source::new(file, read(root, file)));
        let map = doc.root.get("permalinks");
        for entry in map.and_then(|m| m.get("page")).or(map).map(Node::entries).unwrap_or_default() {
            found.extend(entry.value.text().map(|t| (entry.key.clone(), t.to_owned())));
        }
    }
    found.retain(|section, pattern| !section.contains('.') && pattern.starts_with('/') && pattern.contains(':'));
    found
}

/// The docs folders of a Docusaurus site: the usual one, and the `path:` of each further instance that holds pages.
fn docs_folders(root: &Path, settings: &str) -> Vec<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\bpath:\s*(?:'([^'\n]*)'|"([^"\n]*)")"#).expect("a valid expression"));
    let mut folders: Vec<String> = root.join("docs").is_dir().then(|| "docs".to_owned()).into_iter().collect();
    for found in PATH.captures_iter(settings) {
        let named = found.get(1).or_else(|| found.get(2)).map_or("", |m| m.as_str());
        let named = named.trim_start_matches("./").trim_matches('/');
        let usual =
            named.is_empty() || named.starts_with('.') || ["blog", "src/pages"].contains(&named) || folders.iter().any(|f| f == named);
        if !usual && first_markdown(&root.join(named), named, 6).is_some() {
            folders.push(named.to_owned());
        }
    }
    folders
}

/// Static folders, old versions and translations.
fn around(root: &Path, names: &[String], found: &mut Found) {
    let has = |name: &str| names.iter().any(|n| n == name) && root.join(name).is_dir();
    found.public = has("public") && !root.join("public").join(crate::site::write::MANIFEST).exists();
    let content = found.content.clone().unwrap_or_default();
    match found.generator.as_ref().map(|g| g.0) {
        Some(Generator::Docusaurus | Generator::Hugo) if has("static") => found.statics.push("static".into()),
        Some(Generator::Plain) if found.public && generator::serves_public(&|path| names.iter().any(|n| n == path)) => {
            found.statics.push("public".into());
        }
        _ => {}
    }
    for (name, what) in [("versioned_docs", "old versions"), ("i18n", "translations"), ("translated_docs", "translations")] {
        if has(name) && first_markdown(&root.join(name), name, 8).is_some() {
            found.beside.push((name.to_owned(), what));
        }
    }
    // `content/en` was taken: its neighbours say the same in other languages.
    if let Some((parent, own)) = content.rsplit_once('/').filter(|_| found.generator.as_ref().is_some_and(|g| g.0 == Generator::Hugo)) {
        let others = self::names(&root.join(parent)).into_iter().filter(|n| n != own && root.join(parent).join(n).is_dir()).count();
        if others > 0 {
            found.beside.push((parent.to_owned(), "other languages"));
        }
    }
}

/// The folder of the main language where the content folder holds one folder per language and no pages of its own.
fn language_folder(root: &Path, content: &str, language: &str) -> Option<String> {
    let is_language = |name: &str| {
        let (main, region) = name.split_once(['-', '_']).unwrap_or((name, ""));
        let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
        (2..=3).contains(&main.len()) && letters(main) && region.len() <= 4 && letters(region)
    };
    let inside = names(&root.join(content));
    let ours = inside.iter().find(|n| n.eq_ignore_ascii_case(language))?;
    let (folders, files): (Vec<&String>, Vec<&String>) =
        inside.iter().filter(|n| !n.starts_with('.')).partition(|n| root.join(content).join(n).is_dir());
    // Beside many languages there may be a folder of texts they share.
    let languages = folders.iter().filter(|n| is_language(n)).count();
    let all = files.iter().all(|n| !is_markdown(n)) && (languages == folders.len() || languages >= 4 && folders.len() - languages <= 2);
    all.then(|| format!("{}/{ours}", content.trim_end_matches('/')))
}

/// The folder that holds the pages of a repository without a generator: a usual name with Markdown in it, else the top.
fn plain(root: &Path, names: &[String]) -> Option<(String, String)> {
    let mut usual = FOLDERS.iter().filter(|f| names.iter().any(|n| n == *f));
    if let Some((folder, sign)) = usual.find_map(|f| first_markdown(&root.join(f), f, 6).map(|sign| (*f, sign))) {
        return Some((folder.to_owned(), sign));
    }
    // Texts about the repository itself are not its pages.
    let about = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE.md", "SECURITY.md", "CODE_OF_CONDUCT.md"];
    let own = names.iter().find(|n| is_markdown(n) && !about.contains(&n.as_str()) && root.join(n).is_file());
    own.map(|n| (String::new(), n.clone())).or_else(|| {
        let mut folders = names.iter().filter(|n| !n.starts_with('.') && *n != "node_modules" && root.join(n).is_dir());
        folders.find_map(|f| first_markdown(&root.join(f), f, 3)).map(|sign| (String::new(), sign))
    })
}

/// The first Markdown file at or below a folder, as a path that starts with `name`.
fn first_markdown(folder: &Path, name: &str, depth: usize) -> Option<String> {
    let walk = walkdir::WalkDir::new(folder).max_depth(depth).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|e| !e.file_name().to_string_lossy().starts_with('.') && e.file_name() != "node_modules");
    let hit = entries.filter_map(Result::ok).find(|e| e.file_type().is_file() && is_markdown(&e.file_name().to_string_lossy()))?;
    let below = hit.path().strip_prefix(folder).ok()?;
    Some(format!("{name}/{}", slashed(below)))
}

/// Folders of that kind in and below the content folder, the outermost ones, in order.
fn records(root: &Path, content: &str) -> Vec<String> {
    let base = root.join(content);
    let mut walk = walkdir::WalkDir::new(&base).min_depth(1).max_depth(5).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    while let Some(entry) = walk.next() {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_dir() {
            continue;
        }
        if name.starts_with('.') || name == "node_modules" {
            walk.skip_current_dir();
        } else if records::is_folder(&name) {
            walk.skip_current_dir();
            if first_markdown(entry.path(), "", 4).is_some()
                && let Ok(below) = entry.path().strip_prefix(root)
            {
                found.push(slashed(below));
            }
        }
    }
    found
}

fn is_markdown(name: &str) -> bool {
    crate::page::is_page(name)
}

fn read(root: &Path, file: &str) -> String {
    std::fs::read_to_string(root.join(file)).unwrap_or_default()
}

/// Scalars at the top of a YAML file. Tags and anchors that our own files refuse are no reason to stop reading somebody else's.
fn yaml_keys(root: &Path, file: &str) -> BTreeMap<String, String> {
    let doc = yaml::parse(&Source::new(file, read(root, file)));
    doc.root.entries().iter().filter_map(|e| Some((e.key.clone(), Node::text(&e.value)?.to_owned()))).collect()
}

/// `key = "text"` lines of a TOML file, keys of tables with their table's name in front. Enough for titles and addresses.
fn toml_keys(text: &str) -> BTreeMap<String, String> {
    static LINE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#).expect("a valid expression"));
    let mut table = String::new();
    let mut keys = BTreeMap::new();
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            table = format!("{}.", name.trim());
        } else if let Some(hit) = LINE.captures(line) {
            let value = hit.get(2).or_else(|| hit.get(3)).map_or("", |m| m.as_str());
            keys.entry(format!("{table}{}", &hit[1])).or_insert_with(|| value.to_owned());
        }
    }
    keys
}

/// The first `key: 'text'` of a JavaScript settings file; anything computed is not found, and then the default holds.
fn js_text(text: &str, key: &str) -> Option<String> {
    let expression = Regex::new(&format!(r#"(?m)^\s*{}:\s*(?:'([^']*)'|"([^"]*)"|`([^`$]*)`)"#, regex::escape(key))).ok()?;
    let hit = expression.captures(text)?;
    (1..4).find_map(|i| hit.get(i)).map(|m| m.as_str().to_owned())
}

/// The default branch of `origin`, else the usual name that is checked out.
fn branch(root: &Path) -> Option<String> {
    let named = |file: &str, before: &str| read(root, file).trim().strip_prefix(before).map(str::to_owned);
    let origin = named(".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/");
    origin.or_else(|| named(".git/HEAD", "ref: refs/heads/").filter(|b| ["main", "master", "trunk", "develop"].contains(&b.as_str())))
}

fn hosts(root: &Path, names: &[String]) -> Vec<Host> {
    let has = |name: &str| names.iter().any(|n| n == name);
    let remotes = read(root, ".git/config").to_lowercase();
    let address = |word: &str| remotes.lines().any(|l| l.trim_start().starts_with("url") && l.contains(word));
    let mut hosts = Vec::new();
    if has(".github") || address("github") {
        hosts.push(Host::GitHub);
    }
    if has(".gitlab-ci.yml") || has(".gitlab") || address("gitlab") {
        hosts.push(Host::GitLab);
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Found) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let full = dir.path().join(path);
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, text).unwrap();
        }
        let found = look(dir.path());
        (dir, found)
    }

    fn brief(files: &[(&str, &str)]) -> (Option<Generator>, Option<String>, Option<String>, Option<String>) {
        let found = folder(files).1;
        (found.generator.map(|g| g.0), found.content, found.title, found.base_url)
    }

    #[test]
    fn generators_are_known_by_their_settings() {
        let mkdocs =
            "site_name: Acme Ops\nsite_url: https://acme.example/ops/\ndocs_dir: ./pages/\nmarkdown_extensions:\n  - x: !!python/name:y\n";
        assert_eq!(
            brief(&[("mkdocs.yml", mkdocs)]),
            (Some(Generator::MkDocs), Some("pages".to_owned()), Some("Acme Ops".to_owned()), Some("https://acme.example/ops/".to_owned()))
        );
        let docusaurus = "const config = {\n  title: 'My Site',\n  tagline: 'x',\n  url: 'https://d.example',\n  baseUrl: '/docs/',\n  plugins: [[\n    'docs', {\n      path: 'more',\n    }]],\n};\n";
        assert_eq!(
            brief(&[("docusaurus.config.ts", docusaurus), ("docs/a.md", "# A\n"), ("more/b.md", "# B\n")]),
            (Some(Generator::Docusaurus), Some(String::new()), Some("My Site".to_owned()), Some("https://d.example/docs/".to_owned()))
        );
        let files = [
            ("docusaurus.config.js", docusaurus),
            ("docs/a.mdx", "# A\n"),
            ("more/b.md", "# B\n"),
            ("static/img/x.png", ""),
            ("versioned_docs/version-1/a.md", ""),
            ("i18n/de/docs/a.md", ""),
        ];
        let found = folder(&files).1;
        assert_eq!((found.folders, found.statics), (vec!["docs".to_owned(), "more".to_owned()], vec!["static".to_owned()]));
        assert_eq!(found.beside, [("versioned_docs".to_owned(), "old versions"), ("i18n".to_owned(), "translations")]);
        let posts = folder(&[("hugo.yaml", "permalinks:\n  page:\n    posts: /:year/:slug/\n"), ("content/a.md", "")]).1.permalinks;
        assert_eq!(posts.get("posts").map(String::as_str), Some("/:year/:slug/"));
        let hugo = "baseURL = 'https://h.example/'\n[params]\ntitle = \"not this\"\n";
        assert_eq!(
            brief(&[("hugo.toml", &format!("title = \"H\"\n{hugo}")), ("content/a.md", "")]),
            (Some(Generator::Hugo), Some("content".to_owned()), Some("H".to_owned()), Some("https://h.example/".to_owned()))
        );
        assert_eq!(
            brief(&[("hugo.yaml", "title: H\n"), ("content/en/a.md", ""), ("content/pt-br/a.md", "")]).1,
            Some("content/en".to_owned()),
            "one folder a language"
        );
        assert_eq!(brief(&[("hugo.yaml", "title: H\n"), ("content/en/a.md", ""), ("content/about.md", "")]).1, Some("content".to_owned()));
        assert_eq!(
            brief(&[("book.toml", "[book]\ntitle = \"B\"\nsrc = \"text\"\n")]),
            (Some(Generator::MdBook), Some("text".to_owned()), Some("B".to_owned()), None)
        );
        assert_eq!(
            brief(&[("config.toml", "title = 'x'\n"), ("docs/a.md", "")]).0,
            Some(Generator::Plain),
            "a config.toml alone is not Hugo"
        );
    }

    #[test]
    fn plain_markdown_is_found_where_it_stands() {
        assert_eq!(brief(&[("docs/ops/a.md", ""), ("README.md", "")]), (Some(Generator::Plain), Some("docs".to_owned()), None, None));
        assert_eq!(brief(&[("restore.md", ""), ("README.md", "")]).1, Some(String::new()));
        assert_eq!(brief(&[("README.md", ""), ("src/main.rs", "")]), (None, None, None, None));
        let (_dir, found) = folder(&[]);
        assert!(found.empty);
    }

    #[test]
    fn folders_of_posts_and_decisions_are_known() {
        let (_dir, found) = folder(&[
            ("docs/a.md", ""),
            ("docs/Blog/2020/x.md", ""),
            ("docs/dev/adr/1.md", ""),
            ("docs/dev/proposals/pictures/x.png", ""),
            ("docs/releases/how-to-release.md", ""),
        ]);
        assert_eq!(found.records, ["docs/Blog", "docs/dev/adr"]);
    }

    #[test]
    fn hosts_follow_files_and_remotes() {
        let remote = "[remote \"origin\"]\n\turl = git@gitlab.acme.example:ops/docs.git\n";
        assert_eq!(folder(&[(".git/config", remote)]).1.hosts, [Host::GitLab]);
        assert_eq!(folder(&[(".github/FUNDING.yml", ""), (".gitlab-ci.yml", "")]).1.hosts, [Host::GitHub, Host::GitLab]);
        assert!(folder(&[]).1.hosts.is_empty());
    }
}
