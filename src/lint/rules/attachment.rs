//! What rules about links and attachments agree on.

use std::sync::LazyLock;

use regex::Regex;

use crate::page::{Link, LinkKind};

/// True for paths that name a file which is not a page: those belong to `attachment-missing`.
pub(super) fn looks_like_attachment(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) => {
            !stem.is_empty()
                && !extension.is_empty()
                && extension.len() <= 5
                && !matches!(extension, "md" | "mdx" | "html" | "htm" | "markdown")
        }
        None => false,
    }
}

/// What somebody meant who wrote a mail address or a web address in a way that makes it a path: what is wrong with it, and how it is right.
pub(super) fn meant(dest: &str) -> Option<(&'static str, String)> {
    static MAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$").expect("a fixed pattern"));
    static HOST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(www(\.[\w-]+)+|([a-z0-9-]+\.)+(com|org|net|io|dev|gov|edu|ly|de|uk|eu|co|app|info))(/\S*)?$")
            .expect("a fixed pattern")
    });
    if MAIL.is_match(dest) {
        return Some(("a mail address without `mailto:`", format!("mailto:{dest}")));
    }
    let seen: String = dest.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')).collect();
    if seen.len() < dest.len() && seen.contains("://") {
        return Some(("an address with an invisible character in it", seen));
    }
    let bare = dest.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"' | '\'' | '“' | '”'));
    if bare.len() < dest.len() && dest.starts_with(|c: char| !c.is_alphanumeric()) && (bare.contains("://") || bare.starts_with('#')) {
        return Some(("an address with brackets or quotes around it", bare.to_owned()));
    }
    let host = HOST.is_match(bare) && (bare.len() == dest.len() || dest.starts_with(['(', '[', '<', '"', '“']));
    host.then(|| ("a web address without `https://`", format!("https://{bare}")))
}

/// True for addresses that another tool fills in before it renders: `{{ site.url }}/x`, or a name behind a mark with which no path begins
/// (`!tooltip`, `@theme/x`).
pub(super) fn templated(dest: &str) -> bool {
    let marked = dest.starts_with(['!', '$', '^', '*', '=']) || dest.starts_with('@') && dest.contains('/');
    marked || ["{{", "{%", "${", "<%"].iter().any(|mark| dest.contains(mark))
}

/// True for `[//]: # (…)`, the way to write a comment in any Markdown: it becomes a link of that name where a blank line is missing before it.
pub(super) fn is_comment(link: &Link) -> bool {
    link.kind == LinkKind::Reference && link.text.trim() == "//"
}

/// True if the path leads to something on disk that the content folder does not hold: above it, or in a hidden folder (`.gitbook/assets`).
/// Asked only for what would be reported, so it costs nothing on sound pages.
pub(super) fn stands_elsewhere(corpus: &crate::page::Corpus, path: &str) -> bool {
    !path.split('/').any(|part| part == "..") && corpus.exists(path.trim_end_matches('/'))
}

/// True if a file beside where the page would be has its name and an ending of its own (`process.html.md.erb`, `api.ipynb`): another tool makes
/// the page from it.
pub(super) fn made_from_another(corpus: &crate::page::Corpus, path: &str) -> bool {
    const SOURCES: [&str; 16] = [
        ".erb", ".adoc", ".rst", ".ipynb", ".html", ".njk", ".haml", ".slim", ".liquid", ".hbs", ".astro", ".tsx", ".jsx", ".vue", ".org",
        ".txt",
    ];
    let start = format!("{}.", path.trim_end_matches('/').trim_end_matches(".html"));
    let mut beside = corpus.files.range(start.clone()..).take_while(|file| file.starts_with(&start));
    beside.any(|file| SOURCES.iter().any(|end| file.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn addresses_written_as_paths_are_understood() {
        let right = |dest: &str| meant(dest).map(|(_, better)| better);
        assert_eq!(right("ops@acme.example.org").as_deref(), Some("mailto:ops@acme.example.org"));
        assert_eq!(right("(https://example.org/x)").as_deref(), Some("https://example.org/x"));
        assert_eq!(right("\u{200b}https://example.org/x").as_deref(), Some("https://example.org/x"));
        assert_eq!(right("(discuss.example.io)").as_deref(), Some("https://discuss.example.io"));
        assert_eq!(right("(#part)").as_deref(), Some("#part"));
        assert_eq!(right("bit.ly/abc").as_deref(), Some("https://bit.ly/abc"));
        assert_eq!(right("www.acme.example/a").as_deref(), Some("https://www.acme.example/a"));
        for path in ["a.md", "ops/com", "setup.py", "plan (1).png", "img/x.png", "../b.io", "(draft).md", "user@host/x"] {
            assert_eq!(right(path), None, "{path}");
        }
    }
}
