//! Review days for calendars (iCalendar, RFC 5545) and feed readers (Atom, RFC 4287).
//!
//! Same input and same day, same bytes: stamps come from the day the report is for, never from the clock.

use crate::text::xml::escaped;
use jiff::civil::Date;

use super::owners::{Owner, Row, Urgency};

/// One all-day event per page with a review day; what is late stands on the day of the report, where calendars still show it.
pub fn icalendar(owners: &[Owner], site: &str, now: Date) -> String {
    let mut out = String::new();
    line(&mut out, "BEGIN:VCALENDAR");
    line(&mut out, "VERSION:2.0");
    line(&mut out, &format!("PRODID:-//stepwright//{}//EN", env!("CARGO_PKG_VERSION")));
    line(&mut out, "CALSCALE:GREGORIAN");
    line(&mut out, &format!("X-WR-CALNAME:{}", value(&format!("Reviews: {site}"))));
    for owner in owners {
        for row in &owner.rows {
            let Some(due) = row.due else { continue };
            event(&mut out, owner, row, due, now);
        }
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, owner: &Owner, row: &Row, due: Date, now: Date) {
    let day = due.max(now);
    let next = day.tomorrow().unwrap_or(day);
    let what = if due < now { "Review is late" } else { "Review" };
    line(out, "BEGIN:VEVENT");
    // One event per page: the next review moves it instead of adding another.
    line(out, &format!("UID:{}@stepwright", &blake3::hash(row.path.as_bytes()).to_hex()[..32]));
    line(out, &format!("DTSTAMP:{}T000000Z", compact(now)));
    line(out, &format!("DTSTART;VALUE=DATE:{}", compact(day)));
    line(out, &format!("DTEND;VALUE=DATE:{}", compact(next)));
    line(out, &format!("SUMMARY:{}", value(&format!("{what}: {}", row.title))));
    line(out, &format!("DESCRIPTION:{}", value(&format!("{}\nOwner: {}\n{}", row.path, owner.title, row.words()))));
    line(out, &format!("CATEGORIES:{}", value(owner.role.as_deref().unwrap_or("nobody"))));
    if let Some(url) = &row.url {
        line(out, &format!("URL:{url}"));
    }
    line(out, "TRANSP:TRANSPARENT");
    line(out, "END:VEVENT");
}

fn compact(day: Date) -> String {
    day.to_string().replace('-', "")
}

/// Text as a property value.
fn value(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a content line, folded so that no line has more than 75 bytes.
fn line(out: &mut String, text: &str) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

/// One entry per page that is stale or due, dated by the day it became so.
pub fn atom(owners: &[Owner], site: &str, base: Option<&str>, now: Date) -> String {
    let home = base.map_or_else(|| "urn:stepwright:reviews".to_owned(), |b| format!("{}/#reviews", b.trim_end_matches('/')));
    let mut entries: Vec<(Date, String)> = Vec::new();
    for owner in owners {
        entries.extend(owner.open().map(|row| (since(row, now), entry(owner, row, since(row, now)))));
    }
    entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let updated = entries.first().map_or(now, |e| e.0);
    let link = base.map(|b| format!("<link href=\"{}\"/>\n", escaped(b))).unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n<id>{}</id>\n{link}<updated>{updated}T00:00:00Z</updated>\n<author><name>{}</name></author>\n{}</feed>\n",
        escaped(&format!("Reviews: {site}")),
        escaped(&home),
        escaped(site),
        entries.into_iter().map(|e| e.1).collect::<String>()
    )
}

/// The day a page came to be in its state, as far as it is known.
fn since(row: &Row, now: Date) -> Date {
    match row.urgency {
        Urgency::Overdue => row.due.and_then(|d| d.tomorrow().ok()).unwrap_or(now),
        Urgency::Never => row.edited.unwrap_or(now),
        _ => row.reviewed.or(row.edited).unwrap_or(now),
    }
    .min(now)
}

/// An entry has content, not a summary: without a site there is nothing it could be a summary of (RFC 4287, 4.1.2).
fn entry(owner: &Owner, row: &Row, day: Date) -> String {
    let id = format!("urn:stepwright:review:{}:{}:{day}", &blake3::hash(row.path.as_bytes()).to_hex()[..32], row.urgency.word());
    let link = row.url.as_ref().map(|u| format!("<link href=\"{}\"/>", escaped(u))).unwrap_or_default();
    format!(
        "<entry><title>{}</title><id>{id}</id>{link}<updated>{day}T00:00:00Z</updated><category term=\"{}\"/><content type=\"text\">{}</content></entry>\n",
        escaped(&row.title),
        escaped(owner.role.as_deref().unwrap_or("nobody")),
        escaped(&format!("{}: {}; {}", row.path, row.words(), owner.title)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut out = String::new();
        line(&mut out, &format!("SUMMARY:{}", "ü".repeat(80)));
        for part in out.split("\r\n") {
            assert!(part.len() <= 75, "{} bytes", part.len());
        }
        assert_eq!(out.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "ü".repeat(80)));
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(value("a,b;c\\d\ne\u{7}"), "a\\,b\\;c\\\\d\\ne");
    }
}
