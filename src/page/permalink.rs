//! Addresses that Hugo makes from a pattern by section (`permalinks:` in its settings), so that links to them can be followed.
//! Tokens as in Hugo's documentation of URL management.

use super::{Page, slug};

/// The address of a page (path below the content folder: `inside`) by a pattern such as `/:year/:month/:slug/`, without slashes at its ends;
/// `None` if the page lacks what a token asks for.
pub(super) fn of(pattern: &str, page: &Page, inside: &str) -> Option<String> {
    let (folders, file) = inside.rsplit_once('/').unwrap_or(("", inside));
    let stem = super::stem(file);
    // A bundle `post/name/index.md` is called by its folder.
    let (folders, stem) = if stem == "index" { folders.rsplit_once('/').unwrap_or(("", folders)) } else { (folders, stem) };
    let own = |key: &str| page.meta.extra.get(key).and_then(|v| v.as_str()).filter(|v| !v.is_empty()).map(str::to_owned);
    let day = own("date").or_else(|| Some(stem.to_owned())).filter(|d| d.len() >= 10 && crate::text::date::parse(&d[..10]).is_some());
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        let token: String = rest[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        rest = &rest[at + 1 + token.len()..];
        match token.as_str() {
            "year" => out.push_str(&day.as_ref()?[..4]),
            "month" => out.push_str(&day.as_ref()?[5..7]),
            "day" => out.push_str(&day.as_ref()?[8..10]),
            "slug" => out.push_str(&own("slug").unwrap_or_else(|| slug::anchor(&page.title))),
            "title" => out.push_str(&slug::anchor(&page.title)),
            "filename" | "contentbasename" => out.push_str(stem),
            "slugorfilename" | "slugorcontentbasename" => out.push_str(&own("slug").unwrap_or_else(|| stem.to_owned())),
            "section" => out.push_str(folders.split('/').next()?),
            "sections" => out.push_str(folders),
            _ => return None,
        }
    }
    out.push_str(rest);
    Some(out.trim_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::page::Page;
    use crate::text::Source;

    #[test]
    fn tokens_are_filled_from_the_page() {
        let page = |path: &str, text: &str| Page::parse(Source::new(path, text));
        let post = page("content/post/2025-01-02-ten.md", "---\ntitle: Ten *years*!\ndate: 2025-12-09T00:00:00Z\nslug: 10-years\n---\n");
        let by = |pattern: &str| of(pattern, &post, "post/2025-01-02-ten.md");
        assert_eq!(by("/:year/:month/:day/:slug/").as_deref(), Some("2025/12/09/10-years"));
        assert_eq!(by("/:sections/:filename.html").as_deref(), Some("post/2025-01-02-ten.html"));
        assert_eq!(by("/x/:title/").as_deref(), Some("x/ten-years"));
        assert_eq!(by("/:weekday/"), None);
        let plain = page("content/a/b/index.md", "# B\n");
        assert_eq!(of("/:section/:slugorfilename/", &plain, "a/b/index.md").as_deref(), Some("a/b"));
        assert_eq!(of("/:year/", &plain, "a/b/index.md"), None);
    }
}
