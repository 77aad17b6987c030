//! What rules about links and attachments agree on.

/// True for paths that name a file which is not a page: those belong to `attachment-missing`.
pub(super) fn looks_like_attachment(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) => {
            !stem.is_empty() && !extension.is_empty() && extension.len() <= 5 && !matches!(extension, "md" | "html" | "htm" | "markdown")
        }
        None => false,
    }
}

/// True for addresses that another tool fills in before it renders (`{{ site.url }}/x`).
pub(super) fn templated(dest: &str) -> bool {
    ["{{", "{%", "${", "<%"].iter().any(|mark| dest.contains(mark))
}

/// True for addresses from the top of a site (`/img/x.png`) whose first folder the content folder does not have: other generators serve
/// those from places this tool does not know.
pub(super) fn foreign_root(corpus: &crate::page::Corpus, dest: &str) -> bool {
    let Some(rest) = dest.strip_prefix('/') else { return false };
    let Some((top, _)) = rest.split_once('/') else { return true };
    let folder = if corpus.content.is_empty() { format!("{top}/") } else { format!("{}/{top}/", corpus.content) };
    let has = |path: &str| path.starts_with(&folder);
    !corpus.files.range(folder.clone()..).next().is_some_and(|f| has(f)) && !corpus.pages.iter().any(|p| has(p.path()))
}
