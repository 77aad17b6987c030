//! The texts of a new repository's files. Templates stand in `files/`; the few that depend on the folder are put together here.

use std::path::Path;

use super::detect::Found;
use super::{Fate, Planned, Wishes};
use crate::blueprint::schema;
use crate::config::generator::Generator;
use crate::config::{FILE, Settings};
use crate::page::Page;
use crate::page::front_matter::FrontMatter;
use crate::text::Source;
use crate::workspace::ROLES;

/// Folder of the JSON Schemas for editors.
const SCHEMAS: &str = ".stepwright/schema";

/// All files, whatever stands there already.
pub(super) fn all(root: &Path, found: &Found, wishes: &Wishes) -> Vec<Planned> {
    let mut files = vec![
        file(FILE, "settings", settings(found, wishes)),
        file(ROLES, "who holds which role", roles(wishes)),
        file(".gitignore", "what git leaves out", format!("/{}/\n.stepwright/cache/\n", output(found))),
    ];
    if wishes.pages && !has_pages(root, &wishes.content) {
        files.extend(pages(wishes));
    }
    files.extend(schemas());
    files.push(file(".vscode/settings.json", "schemas in VS Code", include_str!("files/vscode-settings.json")));
    files.push(file(".vscode/extensions.json", "recommended extensions", include_str!("files/vscode-extensions.json")));
    files.push(file(".pre-commit-config.yaml", "lint before a commit", include_str!("files/pre-commit-config.yaml")));
    files.extend(super::ci::files(root, found, wishes));
    files
}

pub(super) fn file(path: impl Into<String>, about: &'static str, text: impl Into<String>) -> Planned {
    Planned { path: path.into(), text: text.into(), about, fate: Fate::Written, advice: None }
}

/// Folder of the website. A `public/` that is Hugo's or anybody else's is left to them.
fn output(found: &Found) -> &'static str {
    let hugo = found.generator.as_ref().is_some_and(|g| g.0 == Generator::Hugo);
    if hugo || found.public { "public-stepwright" } else { "public" }
}

fn settings(found: &Found, wishes: &Wishes) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={SCHEMAS}/settings.json\n\
         # Every key is optional; `stepwright schema settings` says what there is.\n\
         content: {}\n",
        yaml_text(&wishes.content)
    );
    let list = |folders: &[String]| folders.iter().map(|f| yaml_text(f)).collect::<Vec<_>>().join(", ");
    if !found.folders.is_empty() && wishes.content.is_empty() {
        text.push_str(&format!("# Of the folders here, those that hold pages.\nfolders: [{}]\n", list(&found.folders)));
    }
    if !found.statics.is_empty() {
        text.push_str(&format!(
            "# Served from the top of the site: /img/plan.png is {}/img/plan.png.\nstatic: [{}]\n",
            found.statics[0],
            list(&found.statics)
        ));
    }
    if !found.permalinks.is_empty() {
        text.push_str("# Addresses by section, as in Hugo's settings: links to them are followed.\npermalinks:\n");
        for (section, pattern) in &found.permalinks {
            text.push_str(&format!("  {}: {}\n", yaml_text(section), yaml_text(pattern)));
        }
    }
    text.push_str(&format!("site:\n  title: {}\n", yaml_text(&wishes.title)));
    if let Some(url) = &found.base_url {
        text.push_str(&format!("  base-url: {}\n", yaml_text(url)));
    }
    if output(found) != "public" {
        text.push_str(&format!("  output: {}\n", output(found)));
    }
    if !found.records.is_empty() {
        text.push_str(
            "# Posts, decisions and minutes: they tell what was, nobody keeps them current.\ndefaults:\n  - kind: record\n    paths:\n",
        );
        for folder in &found.records {
            text.push_str(&format!("      - {}\n", yaml_text(&format!("{folder}/**"))));
        }
    }
    text
}

fn roles(wishes: &Wishes) -> String {
    let title = readable(&wishes.owner);
    let github = if wishes.approvers.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = wishes.approvers.iter().map(|a| yaml_text(a)).collect();
        format!(", github: [{}]", names.join(", "))
    };
    let author = author(wishes);
    format!(
        "# yaml-language-server: $schema={SCHEMAS}/roles.json\n\
         # Who holds which role: the only file with people in it.\n\
         {author}: {{title: {}, about: Whoever changes a page.}}\n\
         {}: {{title: {}{github}}}\n",
        readable(author),
        wishes.owner,
        yaml_text(&title)
    )
}

/// The role that changes pages; not the one that approves them.
fn author(wishes: &Wishes) -> &'static str {
    if wishes.owner == "author" { "editor" } else { "author" }
}

/// `docs-lead` as `Docs lead`.
fn readable(role: &str) -> String {
    let words = role.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// A text as a YAML scalar: plain where that is safe, in double quotes otherwise.
fn yaml_text(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '.'))
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn has_pages(root: &Path, content: &str) -> bool {
    let walk = walkdir::WalkDir::new(root.join(content)).max_depth(if content.is_empty() { 3 } else { 12 }).into_iter();
    let visible = walk.filter_entry(|e| e.depth() == 0 || !e.file_name().to_string_lossy().starts_with('.'));
    visible.filter_map(Result::ok).any(|e| crate::page::is_page(&e.file_name().to_string_lossy()))
}

fn pages(wishes: &Wishes) -> Vec<Planned> {
    let at = |path: &str| if wishes.content.is_empty() { path.to_owned() } else { format!("{}/{path}", wishes.content) };
    let title = yaml_text(&wishes.title);
    let words = wishes.owner.replace('-', " ");
    let owner_title = yaml_text(&readable(&wishes.owner));
    let author = author(wishes);
    let texts =
        [("title", title.as_str()), ("heading", &wishes.title), ("owner", &wishes.owner), ("owner-words", &words), ("author", author)];
    let fill = |text: &str| fill(text, &texts);
    let page_path = at("procedures/change-a-page.md");
    let page = fill(include_str!("files/change-a-page.md"));
    let hash = crate::blueprint::page_hash(&Page::parse(Source::new(page_path.clone(), page.clone())));
    let blueprint_path = at("procedures/change-a-page.blueprint.yaml");
    let up = "../".repeat(blueprint_path.matches('/').count());
    let values = [
        ("up", up.as_str()),
        ("page", &page_path),
        ("hash", &hash),
        ("owner", &wishes.owner),
        ("owner-title", &owner_title),
        ("author", author),
        ("author-title", &readable(author)),
    ];
    let blueprint = self::fill(include_str!("files/change-a-page.blueprint.yaml"), &values);
    vec![
        file(at("_index.md"), "home page", fill(include_str!("files/home.md"))),
        file(at("procedures/_index.md"), "section page", include_str!("files/procedures.md")),
        file(page_path, "first procedure", page),
        file(blueprint_path, "its blueprint", blueprint),
        file(at("reference/_index.md"), "section page", include_str!("files/reference.md")),
        file(at("reference/writing-pages.md"), "first reference page", fill(include_str!("files/writing-pages.md"))),
    ]
}

fn schemas() -> Vec<Planned> {
    let all = [
        ("settings", schema::draft07::<Settings>()),
        ("roles", schema::roles().clone()),
        ("blueprint", schema::blueprint().clone()),
        ("front-matter", schema::draft07::<FrontMatter>()),
    ];
    let one = |(name, value)| file(format!("{SCHEMAS}/{name}.json"), "schema for editors", format!("{value:#}\n"));
    all.into_iter().map(one).collect()
}

/// Puts values in the place of `{{name}}`.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

/// A file of another name that already does the work of a planned one.
pub(super) fn stands_for(root: &Path, path: &str) -> Option<String> {
    let others: &[&str] = match path {
        ".github/CODEOWNERS" => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        "CODEOWNERS" => &[".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        ".github/pull_request_template.md" => &[
            ".github/PULL_REQUEST_TEMPLATE.md",
            ".github/PULL_REQUEST_TEMPLATE",
            "PULL_REQUEST_TEMPLATE.md",
            "pull_request_template.md",
            "docs/pull_request_template.md",
        ],
        ".pre-commit-config.yaml" => &[".pre-commit-config.yml"],
        _ => &[],
    };
    others.iter().find(|p| root.join(p).exists()).map(|p| (*p).to_owned())
}

/// What a person adds to a file that is kept, if it lacks something.
pub(super) fn advice(file: &Planned, there: &str) -> Option<String> {
    let lines = || -> Vec<&str> {
        let has = |l: &str| there.lines().any(|t| t.trim().trim_matches('/') == l.trim().trim_matches('/'));
        file.text.lines().filter(|l| !l.starts_with('#') && !l.is_empty() && !has(l)).collect()
    };
    let missing = match file.path.rsplit('/').next().unwrap_or_default() {
        ".gitignore" | "CODEOWNERS" => lines(),
        ".pre-commit-config.yaml" | ".gitlab-ci.yml" if !there.contains("stepwright") => lines(),
        "settings.json" if file.path.starts_with(".vscode") && !there.contains(SCHEMAS) => {
            file.text.lines().filter(|l| *l != "{" && *l != "}").collect()
        }
        _ => return None,
    };
    (!missing.is_empty()).then(|| missing.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_survive_yaml() {
        for title in ["Handbook", "Ops: the \"real\" one", "true", "# 1", "Größe {{x}}", "-", "a b "] {
            let source = Source::new("x.yaml", format!("title: {}\n", yaml_text(title)));
            let doc = crate::text::yaml::parse(&source);
            assert!(doc.problems.is_empty(), "{title}: {:?}", doc.problems);
            assert_eq!(doc.root.get("title").unwrap().to_json(), title);
        }
    }

    #[test]
    fn advice_names_only_what_is_missing() {
        let planned = file(".gitignore", "", "/public/\n.stepwright/cache/\n");
        assert_eq!(advice(&planned, "node_modules\npublic\n").as_deref(), Some(".stepwright/cache/"));
        assert_eq!(advice(&planned, "/public\n.stepwright/cache\n"), None);
    }
}
