//! Word exports (`.doc`): one page as a mail message with the page's HTML and its images as parts (MHTML).
//!
//! Knows mail syntax as far as Confluence writes it. The HTML itself is the body reader's.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::archive::{Archive, shown};
use super::encoding;
use super::html_export::expand_self_closing;
use super::notice::Notice;
use super::package::{Attachment, BodyFormat, BodyPlace, Details, ImportPage, Package, extension_of};

/// A part of a message.
#[derive(Debug, Default)]
struct Part {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Reads the file `name`; false when it is no Word export of Confluence.
pub(super) fn read(archive: &Archive, at: usize, name: &str, out: &mut Package) -> bool {
    let Some(entry) = archive.find(name) else { return false };
    let bytes = match archive.bytes(entry, 16 * super::MAX_PAGE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            out.notices.push(Notice::error(format!("{} in {} is left out", shown(name), archive.path.display())).why(error.to_string()));
            return true;
        }
    };
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        out.notices.push(
            Notice::error(format!("{} is an old Word document saved by Word itself", shown(name)))
                .why("a Word export by Confluence is a web archive; opening and saving it in Word makes another file of it")
                .next("export the page from Confluence again and do not open it in Word"),
        );
        return true;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).to_lowercase();
    if !head.contains("multipart/related") {
        return false;
    }
    let parts = split(&bytes);
    let Some(html) = parts.iter().find(|p| p.headers.get("content-type").is_some_and(|t| t.contains("text/html"))) else {
        out.notices.push(
            Notice::error(format!("{} is left out", shown(name))).why("it has no part with the page in it").next("export the page again"),
        );
        return true;
    };
    let text = encoding::decode_html(&html.body).text;
    let page = page(&text, name, at, &parts, html, out);
    out.add(page, &Details::default());
    if !out.formats.iter().any(|f| f == FORMAT) {
        out.formats.push(FORMAT.to_owned());
    }
    true
}

const FORMAT: &str = "Confluence Word export";

fn page(text: &str, name: &str, at: usize, parts: &[Part], html: &Part, out: &mut Package) -> ImportPage {
    let document = scraper::Html::parse_document(&expand_self_closing(&text.chars().take(20_000).collect::<String>()));
    let title = ["title", "h1"].iter().find_map(|css| {
        let selector = scraper::Selector::parse(css).ok()?;
        let words = document.select(&selector).next()?.text().collect::<String>();
        let title = words.split_whitespace().collect::<Vec<_>>().join(" ");
        (!title.is_empty()).then_some(title)
    });
    let mut attachments = Vec::new();
    for part in parts.iter().filter(|p| !std::ptr::eq(*p, html)) {
        let Some(location) = part.headers.get("content-location") else { continue };
        let Ok(stored) = out.store.put(&part.body) else { continue };
        let extension = part.headers.get("content-type").and_then(|t| extension_of(t));
        let path = location.split(['?', '#']).next().unwrap_or(location);
        let file = crate::page::corpus::percent_decode(path.rsplit(['/', '\\']).next().unwrap_or(path));
        attachments.push(Attachment {
            id: Some(location.as_str().into()),
            name: file.into(),
            entry: None,
            stored: Some(stored),
            extension,
        });
    }
    let body = out.store.put(text.as_bytes()).map_or(BodyPlace::None, |s| BodyPlace::Stored(BodyFormat::Html, s));
    let title = title.unwrap_or_else(|| super::paths::readable_file(name));
    ImportPage { file: Some(name.to_owned()), title, body, attachments, export: at, ..ImportPage::default() }
}

/// The parts of a multipart message. A message cut off in the middle gives what is there.
fn split(bytes: &[u8]) -> Vec<Part> {
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let (headers, at) = headers(bytes, start);
    let boundary = headers.get("content-type").and_then(|t| parameter(t, "boundary"));
    let Some(boundary) = boundary else { return vec![decoded(Part { headers, body: bytes[at..].to_vec() })] };
    let mark = format!("--{boundary}");
    let mut out = Vec::new();
    let mut current: Option<usize> = None;
    let mut pos = at;
    while pos < bytes.len() {
        let end = bytes[pos..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| pos + i + 1);
        let line = bytes[pos..end].trim_ascii_end();
        let rest = line.strip_prefix(mark.as_bytes());
        if rest.is_some_and(|r| r.is_empty() || r == b"--") {
            if let Some(from) = current.take() {
                out.push(part(&bytes[from..pos]));
            }
            if rest == Some(b"--".as_slice()) {
                return out;
            }
            current = Some(end);
        }
        pos = end;
    }
    if let Some(from) = current {
        out.push(part(&bytes[from..]));
    }
    out
}

fn part(bytes: &[u8]) -> Part {
    let (headers, at) = headers(bytes, 0);
    decoded(Part { headers, body: bytes[at..].to_vec() })
}

fn decoded(mut part: Part) -> Part {
    let encoding = part.headers.get("content-transfer-encoding").map(|e| e.trim().to_lowercase());
    match encoding.as_deref() {
        Some("quoted-printable") => part.body = quoted_printable(&part.body),
        Some("base64") => part.body = base64(&part.body),
        _ => {}
    }
    part
}

/// Headers up to the blank line, names in lower case, folded lines joined; and where the body begins.
fn headers(bytes: &[u8], from: usize) -> (BTreeMap<String, String>, usize) {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut last: Option<String> = None;
    let mut pos = from;
    while pos < bytes.len() {
        let end = bytes[pos..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| pos + i + 1);
        let line = String::from_utf8_lossy(&bytes[pos..end]);
        let line = line.trim_end_matches(['\r', '\n']);
        pos = end;
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|l| out.get_mut(l)) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_lowercase();
            out.insert(name.clone(), value.trim().to_owned());
            last = Some(name);
        }
    }
    (out, pos)
}

fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'=' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let rest = &bytes[at + 1..];
        let soft = rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r')).filter(|i| rest[*i] == b'\n');
        let hex = rest.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        if let Some(line_end) = soft {
            at += line_end + 2;
        } else if let Some(byte) = hex {
            out.push(byte);
            at += 3;
        } else {
            out.push(b'=');
            at += 1;
        }
    }
    out
}

/// Reads base64 as mail has it, broken into lines, and as much of it as there is when it was cut off.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
    );
    let mut signs: Vec<u8> = bytes.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    // A lone sign at the end holds less than a byte.
    if signs.len() % 4 == 1 {
        signs.pop();
    }
    LENIENT.decode(&signs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_inside_characters_and_pictures() {
        let message = "Subject: Exported From Confluence\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; \r\n\tboundary=\"--b1\"\r\n\r\n\
            ----b1\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            <title>Gr=C3=\r\n=B6=C3=9Fe</title><p>a=3Db</p>\r\n----b1\r\nContent-Location: file:///C:/pic%201.png\r\nContent-Type: image/png\r\n\
            Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n----b1--\r\n";
        let parts = split(message.as_bytes());
        assert_eq!(parts.len(), 2);
        assert!(String::from_utf8(parts[0].body.clone()).unwrap().starts_with("<title>Größe</title><p>a=b</p>"));
        assert_eq!(parts[1].body, b"\x89PNG");
        assert_eq!(split(&message.as_bytes()[..message.len() - 40]).len(), 2, "a cut-off message gives what is there");
    }
}
