//! Page properties to front matter: the rows of a `details` table that say who answers for a page and when it was reviewed.
//!
//! The table itself stays in the page; only what front matter has a key for is taken over, and only when its value is certain.

use super::anchors::plain;
use super::document::{Block, Inline, Table};
use super::resolve::Resolver;
use crate::page::slug;
use crate::text::date;

/// Front matter entries (key, value as YAML) found in the page's properties, in the order of the front matter. `resolver` knows which roles stand for people.
pub fn of(blocks: &[Block], resolver: &dyn Resolver) -> Vec<(String, String)> {
    let mut found = Found { resolver, owner: None, reviewed: None, every: None };
    collect(blocks, &mut found);
    let entries = [("owner", found.owner), ("reviewed", found.reviewed), ("review-every", found.every)];
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

struct Found<'a> {
    resolver: &'a dyn Resolver,
    owner: Option<String>,
    reviewed: Option<String>,
    every: Option<String>,
}

fn collect(blocks: &[Block], found: &mut Found<'_>) {
    for block in blocks {
        match block {
            Block::Properties(table) => table_rows(table, found),
            Block::Excerpt { blocks, .. } | Block::Callout { blocks, .. } | Block::Quote(blocks) => collect(blocks, found),
            Block::Tabs(tabs) => tabs.iter().for_each(|t| collect(&t.blocks, found)),
            _ => {}
        }
    }
}

fn table_rows(table: &Table, found: &mut Found<'_>) {
    for row in &table.rows {
        let [key, value, ..] = row.as_slice() else { continue };
        let key = words(&key.blocks).to_lowercase();
        let key = key.trim().trim_end_matches(':').trim();
        match key {
            "owner" | "page owner" | "process owner" | "document owner" | "procedure owner" | "sop owner" | "content owner" => {
                found.owner = found.owner.take().or_else(|| role(&value.blocks, found.resolver));
            }
            "reviewed" | "last reviewed" | "last review" | "review date" | "date reviewed" | "reviewed on" => {
                found.reviewed = found.reviewed.take().or_else(|| day(&value.blocks));
            }
            "review cycle" | "review every" | "review interval" | "review frequency" | "review period" => {
                found.every = found.every.take().or_else(|| interval(&words(&value.blocks)));
            }
            _ => {}
        }
    }
}

fn words(blocks: &[Block]) -> String {
    let parts: Vec<String> =
        blocks.iter().filter_map(|b| if let Block::Paragraph(content) = b { Some(plain(content)) } else { None }).collect();
    parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A role as an id; a person counts as the role that stands for them, and as none without one.
fn role(blocks: &[Block], resolver: &dyn Resolver) -> Option<String> {
    let only_text = |content: &Vec<Inline>| content.iter().filter(|i| !matches!(i, Inline::Mention(_))).cloned().collect::<Vec<_>>();
    let text: Vec<String> =
        blocks.iter().filter_map(|b| if let Block::Paragraph(content) = b { Some(plain(&only_text(content))) } else { None }).collect();
    let text = text.join(" ");
    // "Controller (Maud Castellane)", "Platform lead, Jo Doe": the role is what stands first.
    let first = text.split(['(', ',', ';', '/']).next().unwrap_or_default();
    let first = first.split(" - ").next().unwrap_or_default().split(" – ").next().unwrap_or_default();
    let known = resolver.role(first.trim());
    let id = known.unwrap_or_else(|| slug::ascii(first));
    let fits = !id.is_empty() && id.len() <= 64 && id.starts_with(|c: char| c.is_ascii_lowercase()) && id.split('-').count() <= 5;
    fits.then_some(id).or_else(|| {
        let mut inlines = blocks.iter().filter_map(|b| if let Block::Paragraph(content) = b { Some(content) } else { None }).flatten();
        inlines.find_map(|i| if let Inline::Mention(user) = i { Some(user) } else { None }).and_then(|user| resolver.owner(user))
    })
}

/// A date element, or a text that is one.
fn day(blocks: &[Block]) -> Option<String> {
    let mut inlines = blocks.iter().filter_map(|b| if let Block::Paragraph(content) = b { Some(content) } else { None }).flatten();
    let element = inlines.find_map(|i| if let Inline::Date(date) = i { Some(date.clone()) } else { None });
    element.or_else(|| Some(words(blocks))).filter(|text| date::parse(text).is_some())
}

/// `6 months`, `Every 6 months`, `Annually`, `Quarterly` … in the words of front matter.
fn interval(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let bare = lower.trim().trim_start_matches("every ").trim();
    let named = match bare {
        "annually" | "yearly" | "annual" | "year" | "12 months" | "once a year" => Some("1 year"),
        "half-yearly" | "twice a year" | "semi-annually" | "six months" | "half year" => Some("6 months"),
        "quarterly" | "quarter" | "three months" => Some("3 months"),
        "monthly" | "month" => Some("1 month"),
        "two years" | "every two years" => Some("2 years"),
        _ => None,
    };
    named.map(str::to_owned).or_else(|| date::parse_interval(bare).map(|_| bare.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document::Cell;
    use crate::import::resolve::Alone;

    fn row(key: &str, value: Vec<Inline>) -> Vec<Cell> {
        let cell = |content| Cell { header: false, colspan: 1, rowspan: 1, blocks: vec![Block::Paragraph(content)] };
        vec![cell(vec![Inline::Text(key.into())]), cell(value)]
    }

    #[test]
    fn only_certain_values_become_front_matter() {
        let text = |t: &str| vec![Inline::Text(t.into())];
        let rows = vec![
            row("Owner", text("Quality manager (Y. Dunn)")),
            row("Status", text("Approved")),
            row("Last reviewed", vec![Inline::Date("2026-03-02".into())]),
            row("Review cycle", text("Every 6 months")),
        ];
        let found = of(&[Block::Properties(Table { rows, ..Table::default() })], &Alone);
        let want = [("owner", "quality-manager"), ("reviewed", "2026-03-02"), ("review-every", "6 months")];
        assert_eq!(found, want.map(|(k, v)| (k.to_owned(), v.to_owned())));

        let vague = vec![
            row("Last reviewed", text("last spring")),
            row("Owner", vec![Inline::Mention(crate::import::document::UserRef::default())]),
        ];
        assert_eq!(of(&[Block::Properties(Table { rows: vague, ..Table::default() })], &Alone), []);
    }
}
