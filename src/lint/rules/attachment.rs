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
