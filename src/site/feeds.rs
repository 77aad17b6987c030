//! Files for machines: sitemap, feed, robots, `llms.txt`, redirects, and the Markdown beside each page.

use super::html::escaped;
use super::input::Edited;
use super::plan::{Node, Plan};
use super::routes;
use super::view::markdown_output;
use super::words::Words;
use crate::page::{Page, PageId, Whole};

/// `sitemap.xml`; needs the site's address.
pub fn sitemap(plan: &Plan<'_>, base: &str) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (_, _, place) in plan.published() {
        out.push_str("<url><loc>");
        out.push_str(&escaped(&routes::absolute(base, &place.output)));
        out.push_str("</loc>");
        if let Edited::On(day) = place.trust.edited {
            out.push_str(&format!("<lastmod>{day}</lastmod>"));
        }
        out.push_str("</url>\n");
    }
    out.push_str("</urlset>\n");
    out
}

/// `feed.xml`: the thirty pages changed last, as Atom; needs the site's address.
pub fn feed(plan: &Plan<'_>, words: &Words, base: &str) -> String {
    let mut changed: Vec<(jiff::civil::Date, PageId)> = plan
        .published()
        .filter_map(|(id, _, place)| match place.trust.edited {
            Edited::On(day) => Some((day, id)),
            Edited::Unknown(_) => None,
        })
        .collect();
    changed.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    changed.truncate(30);
    let updated = changed.first().map_or(plan.input.now, |(day, _)| *day);
    let title = words.fill("feed-title", &[("site", &plan.input.settings.title)]);
    let home = escaped(&routes::absolute(base, "index.html"));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n<id>{home}</id>\n<link href=\"{home}\"/>\n<link rel=\"self\" href=\"{}\"/>\n<updated>{updated}T00:00:00Z</updated>\n<author><name>{}</name></author>\n",
        escaped(&title),
        escaped(&routes::absolute(base, "feed.xml")),
        escaped(&plan.input.settings.title),
    );
    for (day, id) in changed {
        let page = plan.input.corpus.page(id);
        let Some(place) = plan.place(id) else { continue };
        let url = escaped(&routes::absolute(base, &place.output));
        // The same page changed again is a new entry, so the day is part of the id.
        out.push_str(&format!(
            "<entry><title>{}</title><id>{url}#{day}</id><link href=\"{url}\"/><updated>{day}T00:00:00Z</updated><summary>{}</summary></entry>\n",
            escaped(&page.title),
            escaped(&page.body.lead),
        ));
    }
    out.push_str("</feed>\n");
    out
}

/// `robots.txt`.
pub fn robots(base: Option<&str>) -> String {
    let sitemap = base.map(|b| format!("Sitemap: {}\n", routes::absolute(b, "sitemap.xml"))).unwrap_or_default();
    format!("User-agent: *\nAllow: /\n{sitemap}")
}

/// `llms.txt`: the site as a list of its Markdown files, section by section.
pub fn llms(plan: &Plan<'_>) -> String {
    let settings = plan.input.settings;
    let mut out = format!("# {}\n", settings.title);
    if !settings.description.is_empty() {
        out.push_str(&format!("\n> {}\n", settings.description));
    }
    for (n, section) in plan.sections.iter().enumerate() {
        let own = section.index;
        let pages = section.children.iter().filter_map(|c| match c {
            Node::Page(id) => Some(*id),
            Node::Section(_) => None,
        });
        let ids: Vec<PageId> = own.into_iter().chain(pages).collect();
        if ids.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {}\n\n", if n == 0 { settings.title.as_str() } else { section.title.as_str() }));
        for id in ids {
            let Some(place) = plan.place(id) else { continue };
            let page = plan.input.corpus.page(id);
            let mut url = String::new();
            routes::encode(&markdown_output(&place.output), &mut url);
            let what = &page.body.lead;
            let tail = if what.is_empty() { String::new() } else { format!(": {what}") };
            out.push_str(&format!("- [{}]({url}){tail}\n", page.title.replace(['[', ']'], "")));
        }
    }
    out
}

/// The Markdown of a page as published: its title and text, without the front matter.
pub fn markdown(page: &Page, whole: &Whole<'_>) -> String {
    let text = whole.markdown();
    let body = text.trim_start();
    let titled = page.body.headings.first().is_some_and(|h| h.level == 1 && h.text.trim() == page.title.trim());
    if titled { body.to_owned() } else { format!("# {}\n\n{body}", page.title) }
}

/// An old address and the page that now has what stood there.
#[derive(Debug)]
pub struct Redirect {
    /// Output file of the page that says so; `None` where no file can stand for the address (it has a query).
    pub output: Option<String>,
    /// Path and query, with a leading slash.
    pub from: String,
    /// Output file of the page.
    pub to: String,
    /// Its title.
    pub title: String,
}

/// Redirects for the aliases of all pages. The first page in path order keeps an alias that two claim.
pub fn redirects(plan: &Plan<'_>) -> Vec<Redirect> {
    let mut seen = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for (_, page, place) in plan.published() {
        for alias in &page.meta.aliases {
            let from = local(&alias.value);
            if from == "/" || !seen.insert(from.clone()) {
                continue;
            }
            let output = file_for(&from).filter(|o| !plan.taken.has(o));
            out.push(Redirect { output, from, to: place.output.clone(), title: page.title.clone() });
        }
    }
    out
}

/// Path and query of an alias, whether it was written as a path or as a full address.
fn local(alias: &str) -> String {
    let path = match alias.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => alias,
    };
    format!("/{}", path.trim_start_matches('/'))
}

fn file_for(from: &str) -> Option<String> {
    if from.contains(['?', '#', '\\']) {
        return None;
    }
    let path = crate::page::corpus::percent_decode(from.trim_matches('/'));
    if path.is_empty() || path.split('/').any(|p| p.is_empty() || p.starts_with('.') || p.len() > 200) || path.contains(['\0', '\n']) {
        return None;
    }
    Some(if path.ends_with(".html") || path.ends_with(".htm") { path } else { format!("{path}/index.html") })
}

/// `_redirects`, for hosts that read it; `root` is the path the site stands under.
pub fn redirects_file(redirects: &[Redirect], root: &str) -> String {
    let mut out = String::new();
    for r in redirects {
        let mut to = root.to_owned();
        routes::encode(&r.to, &mut to);
        match r.from.split_once('?') {
            None => out.push_str(&format!("{} {to} 301\n", r.from)),
            Some((path, query)) => out.push_str(&format!("{path} {} {to} 301\n", query.replace('&', " "))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_addresses_get_a_file_or_a_rule() {
        assert_eq!(file_for("/display/OPS/Disk+full").as_deref(), Some("display/OPS/Disk+full/index.html"));
        assert_eq!(file_for("/pages/viewpage.action?pageId=12"), None);
        assert_eq!(file_for("/../../etc/passwd"), None);
        assert_eq!(local("https://wiki.example.org/display/OPS/X"), "/display/OPS/X");
        let rule = Redirect { output: None, from: "/pages/viewpage.action?pageId=12".into(), to: "ops/a b.html".into(), title: "A".into() };
        assert_eq!(redirects_file(&[rule], "/"), "/pages/viewpage.action pageId=12 /ops/a%20b.html 301\n");
    }
}
