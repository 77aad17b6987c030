//! Which pages tell what was, by where they stand: minutes, posts, decisions, release notes. The one list that settings, rules and `init` share.
//!
//! Also which texts are parts of pages. A page whose front matter or settings name a `kind` is not asked for here.

use std::collections::{BTreeMap, BTreeSet};

/// Names of folders whose pages tell what was written or decided on a day.
const FOLDERS: [&str; 24] = [
    "adr",
    "adrs",
    "announcements",
    "archive",
    "archived",
    "archives",
    "blog",
    "changelog",
    "changelogs",
    "decisions",
    "meeting-notes",
    "meetings",
    "minutes",
    "news",
    "newsletters",
    "postmortems",
    "posts",
    "proposals",
    "release-notes",
    "releasenotes",
    "retrospectives",
    "retros",
    "rfcs",
    "whats-new",
];

/// Of these, words that end the name of such a folder: `meeting-archive`. "How we hold meetings" is none.
const LAST: [&str; 9] = ["adrs", "archive", "archived", "archives", "changelog", "changelogs", "minutes", "postmortems", "rfcs"];

/// Names of single pages of that kind.
const PAGES: [&str; 9] = [
    "changelog",
    "changes",
    "release-notes",
    "releasenotes",
    "release-history",
    "version-history",
    "whats-new",
    "meeting-notes",
    "minutes",
];

/// True for a page (path below the content folder) in a folder of records, with the name of one, or with a full date at the head of its name
/// or of a folder around it (`2026-03-14-outage.md`).
pub fn holds(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let dated = |part: &str| part.get(..10).is_some_and(|day| crate::text::date::parse(&day.replace('_', "-")).is_some());
    if dated(file) || folders.split('/').any(|part| dated(part) || is_year(part) || is_folder(part)) {
        return true;
    }
    let stem = plain(super::stem(file));
    // `annual-report-2021`, `survey-2019`; a product may have a year in its name too.
    let told = ["report", "review", "retrospective", "survey", "summary", "results", "recap", "notes", "highlights"];
    if stem.rsplit_once('-').is_some_and(|(what, year)| is_year(year) && told.iter().any(|w| what.ends_with(w))) {
        return true;
    }
    PAGES.contains(&stem.as_str()) || stem.ends_with("-changelog")
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && (name.starts_with("19") || name.starts_with("20")) && name.bytes().all(|b| b.is_ascii_digit())
}

/// True for the name of a folder of records: `Blog`, `meeting_notes`, `sig-meeting-notes-archive`.
pub fn is_folder(name: &str) -> bool {
    let name = plain(name);
    FOLDERS.contains(&name.as_str()) || name.rsplit('-').next().is_some_and(|last| LAST.contains(&last)) || name.ends_with("meeting-notes")
}

/// Folders of old versions: of several siblings named by a version (`v3.4`, `1.2.x`, `version-2.0`) all but the newest. Their pages are frozen copies.
pub fn old_versions<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    let mut versions: BTreeMap<&str, BTreeMap<Vec<u32>, &str>> = BTreeMap::new();
    for path in paths {
        for (slash, _) in path.match_indices('/') {
            let folder = &path[..slash];
            let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            if let Some(number) = version(name) {
                versions.entry(parent).or_default().insert(number, folder);
            }
        }
    }
    let old = |all: BTreeMap<Vec<u32>, &str>| all.into_values().rev().skip(1).map(|f| format!("{f}/")).collect::<Vec<_>>();
    versions.into_values().flat_map(old).collect()
}

/// The numbers of a folder named by a version; `1` alone is a chapter.
fn version(name: &str) -> Option<Vec<u32>> {
    let bare = name.strip_prefix("version-").or_else(|| name.strip_prefix("release-"));
    let (marked, bare) = match bare.or_else(|| name.strip_prefix(['v', 'V'])) {
        Some(bare) => (true, bare.trim_start_matches('v')),
        None => (name.contains('.'), name),
    };
    let bare = bare.strip_suffix(".x").unwrap_or(bare);
    let numbers = bare.split('.').map(|n| n.parse().ok().filter(|_| n.len() <= 3)).collect::<Option<Vec<u32>>>()?;
    marked.then_some(numbers)
}

/// Names of folders whose files are put into pages by another tool, so that their links hold where they are put.
const PARTS: [&str; 9] = ["snippets", "snippet", "includes", "include", "partials", "fragments", "embeds", "shortcodes", "reusables"];

/// True for a text that another tool puts into pages: its name or a folder around it begins with `_`, or is called snippets, includes, partials.
pub fn is_part(path: &str) -> bool {
    path.split('/').any(|name| {
        let hidden =
            name.starts_with('_') && !matches!(super::stem(name), "_index" | "_posts" | "_docs" | "_pages" | "_sidebar" | "_navbar");
        hidden || PARTS.contains(&plain(name).as_str())
    })
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', ' '], "-").trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{holds, is_folder, is_part, old_versions};

    #[test]
    fn of_several_versions_the_newest_is_read() {
        let paths =
            ["docs/v3.4/a.md", "docs/v3.10/a.md", "docs/v2/b/c.md", "x/version-1.0/a.md", "book/1/a.md", "book/2/a.md", "docs/intro.md"];
        assert_eq!(old_versions(paths.into_iter()).into_iter().collect::<Vec<_>>(), ["docs/v2/", "docs/v3.4/"]);
    }

    #[test]
    fn records_are_known_by_their_place() {
        for path in [
            "blog/x.md",
            "ops/Meeting_Notes/june.md",
            "dev/adr/0001-use-git.md",
            "a/2026-03-14-outage.md",
            "2026-03-14/notes.md",
            "CHANGELOG.md",
            "api/release-notes.md",
            "team-archive/x.md",
            "_posts/a.md",
            "events/2019/agenda.md",
            "sig/annual-report-2021.md",
        ] {
            assert!(holds(path), "{path}");
        }
        for path in [
            "ops/restore.md",
            "blogging/x.md",
            "releases/how-to-release.md",
            "2019-plan.md",
            "news.md",
            "minutes-template.md",
            "decisions-we-make.md",
            "office-2019/setup.md",
        ] {
            assert!(!holds(path), "{path}");
        }
        assert!(is_part("a/_install.mdx") && is_part("_includes/x.md") && is_part("docs/snippets/a.md"));
        assert!(!is_part("ops/_index.md") && !is_part("ops/snippet-guide.md") && !is_part("_posts/2020-01-02-a.md"));
        assert!(is_folder("Blog") && is_folder("release notes") && !is_folder("releases"));
    }
}
