//! Other generators of websites, known by the files their settings are in: one table for whoever asks what builds a repository.

/// The tool a docs repository was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// `mkdocs.yml`.
    MkDocs,
    /// `hugo.toml` or a Hugo-like `config.*` beside `content/`.
    Hugo,
    /// `docusaurus.config.*`.
    Docusaurus,
    /// `_config.yml`.
    Jekyll,
    /// `book.toml`.
    MdBook,
    /// Markdown files and no sign of a generator.
    Plain,
}

impl Generator {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::MkDocs => "MkDocs",
            Self::Hugo => "Hugo",
            Self::Docusaurus => "Docusaurus",
            Self::Jekyll => "Jekyll",
            Self::MdBook => "mdBook",
            Self::Plain => "plain Markdown",
        }
    }

    /// What of its own settings stepwright does not read, and what to do instead.
    pub fn unread(self) -> Option<&'static str> {
        match self {
            Self::MkDocs => Some("`nav:` in mkdocs.yml: the navigation follows the folders; `order:` in a page's front matter sorts it"),
            Self::Hugo => Some("menus, `weight:`, layouts: the navigation follows the folders; `order:` in front matter sorts it"),
            Self::Docusaurus => {
                Some("sidebars, `sidebar_position:`, React pages: the navigation follows the folders; `order:` in front matter sorts it")
            }
            Self::Jekyll => {
                Some("layouts, includes and `nav_order:`: the navigation follows the folders; `order:` in front matter sorts it")
            }
            Self::MdBook => Some("SUMMARY.md as navigation: it is a page like others; `order:` in front matter sorts pages"),
            Self::Plain => None,
        }
    }

    /// True if it gives pages addresses of its own and makes pages from other sources. What mdBook shows stands where the file stands.
    fn moves_pages(self) -> bool {
        !matches!(self, Self::MdBook | Self::Plain)
    }

    fn files(self) -> &'static [&'static str] {
        SETTINGS.iter().find(|(tool, _)| *tool == self).map_or(&[], |(_, files)| files)
    }
}

/// The files a generator's settings are in, relative to the root of a repository; the likelier generator first.
const SETTINGS: [(Generator, &[&str]); 5] = [
    (Generator::MkDocs, &["mkdocs.yml", "mkdocs.yaml"]),
    (Generator::Docusaurus, &["docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs", "docusaurus.config.cjs"]),
    (
        Generator::Hugo,
        &[
            "hugo.toml",
            "hugo.yaml",
            "hugo.yml",
            "hugo.json",
            "config/_default/hugo.toml",
            "config/_default/hugo.yaml",
            "config/_default/config.toml",
            "config/_default/config.yaml",
        ],
    ),
    (Generator::MdBook, &["book.toml"]),
    (Generator::Jekyll, &["_config.yml"]),
];

/// Settings of applications that also build docs. They say that pages move, not where the pages are.
const APPLICATIONS: [&str; 15] = [
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "astro.config.mjs",
    "astro.config.ts",
    "astro.config.js",
    "gatsby-config.js",
    "gatsby-config.ts",
    "antora-playbook.yml",
    "eleventy.config.js",
    ".eleventy.js",
    "docs/.vitepress",
    "docs/.vuepress",
    "config.rb",
    "quartz.config.ts",
];

/// The generator whose settings a repository has, and the file. `exists` is asked for paths relative to its root.
pub fn find(exists: &dyn Fn(&str) -> bool) -> Option<(Generator, &'static str)> {
    let of = |tool: Generator| {
        let file = tool.files().iter().copied().find(|file| exists(file));
        let file = file.or_else(|| if tool == Generator::Hugo { hugo_like(exists) } else { None });
        file.map(|file| (tool, file))
    };
    SETTINGS.iter().find_map(|(tool, _)| of(*tool))
}

/// `config.*` is anybody's; between two folders of Hugo's it is Hugo's.
fn hugo_like(exists: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let file = ["config.toml", "config.yaml", "config.yml"].into_iter().find(|file| exists(file))?;
    let folders = ["archetypes", "layouts", "themes", "content"].iter().filter(|folder| exists(folder)).count();
    (folders >= 2).then_some(file)
}

/// True if another generator builds the repository and gives pages addresses of its own.
pub fn moves_pages(exists: &dyn Fn(&str) -> bool) -> bool {
    find(exists).is_some_and(|(tool, _)| tool.moves_pages()) || APPLICATIONS.iter().any(|file| exists(file))
}

/// True for applications that serve the files of `public/` from the top of the site.
pub fn serves_public(exists: &dyn Fn(&str) -> bool) -> bool {
    APPLICATIONS.iter().any(|file| (file.starts_with("next.") || file.starts_with("astro.")) && exists(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_file_tells_the_generator() {
        let found = |files: &[&str]| find(&|path| files.contains(&path));
        assert_eq!(found(&["mkdocs.yaml"]), Some((Generator::MkDocs, "mkdocs.yaml")));
        assert_eq!(found(&["docusaurus.config.cjs", "_config.yml"]), Some((Generator::Docusaurus, "docusaurus.config.cjs")));
        assert_eq!(found(&["config.toml"]), None, "a config.toml alone is anybody's");
        assert_eq!(found(&["config.toml", "content", "themes"]), Some((Generator::Hugo, "config.toml")));
        assert_eq!(found(&["next.config.js"]), None);
    }

    #[test]
    fn what_moves_pages_is_known_by_its_settings_too() {
        let moves = |files: &[&str]| moves_pages(&|path| files.contains(&path));
        assert!(moves(&["_config.yml"]) && moves(&["next.config.ts"]) && moves(&["config.yaml", "content", "layouts"]));
        assert!(!moves(&["book.toml"]) && !moves(&["config.toml"]) && !moves(&[]));
    }
}
