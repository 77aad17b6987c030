//! Answers of the wiki's REST API as files: version 1 and 2, single or listed, storage, ADF or rendered bodies; bare ADF documents; bare storage
//! fragments.
//!
//! Knows the JSON; the bodies are the body readers'.

use std::collections::BTreeMap;

use serde_json::Value;

use super::archive::{Archive, shown};
use super::document::UserRef;
use super::notice::{Level, Notice};
use super::package::{
    Attachment, BodyFormat, BodyPlace, Comment, Details, Earlier, ImportPage, Package, PageStatus, PageType, Space, extension_of, not_kept,
};
use super::people;

/// The largest JSON file read, in bytes.
const MAX_JSON: u64 = 512 << 20;

/// Reads JSON files; returns those that are something else.
pub(super) fn read(archive: &Archive, at: usize, names: &[String], out: &mut Package) -> Vec<String> {
    let mut foreign = Vec::new();
    let mut found: BTreeMap<String, Vec<(ImportPage, Details)>> = BTreeMap::new();
    for name in names {
        let Some(entry) = archive.find(name) else { continue };
        let parsed = archive.bytes(entry, MAX_JSON).map_err(|e| e.to_string()).and_then(|bytes| {
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            serde_json::from_slice::<Value>(text).map_err(|e| e.to_string())
        });
        match parsed {
            Err(why) => {
                let mut notice = Notice::warning(format!("{} in {} is left out", shown(name), archive.path.display()))
                    .why(format!("it cannot be read as JSON: {why}"))
                    .next("if it is an answer of the wiki, fetch it again");
                if names.len() == 1 {
                    notice.level = Level::Error;
                }
                out.notices.push(notice);
            }
            Ok(value) => {
                let mut reader = Reader { at, file: name, archive, out, pages: Vec::new(), people: false };
                reader.visit(&value, 0);
                let (pages, people) = (reader.pages, reader.people);
                if pages.is_empty() && !people {
                    foreign.push(name.clone());
                }
                for (page, details) in pages {
                    let key = page.id.clone().unwrap_or_else(|| format!("file:{}", page.file.as_deref().unwrap_or_default()));
                    found.entry(key).or_default().push((page, details));
                }
            }
        }
    }
    if found.is_empty() {
        return foreign;
    }
    for mut versions in found.into_values() {
        versions.sort_by_key(|(_, details)| details.version);
        let Some((mut page, now)) = versions.pop() else { continue };
        for (earlier, details) in versions.into_iter().filter(|(_, details)| details.version < now.version) {
            match out.store.keep(&details) {
                Ok(at) => page.history.push(Earlier::new(earlier.title, earlier.body, at)),
                Err(error) => out.notices.push(not_kept(&earlier.title, &error)),
            }
        }
        out.counts.versions += page.history.len() as u64;
        out.add(page, &now);
    }
    add_format(out, "answers of the Confluence REST API");
    foreign
}

/// Reads files that hold one storage-format body each.
pub(super) fn read_fragments(archive: &Archive, at: usize, names: &[String], out: &mut Package) -> Vec<String> {
    for name in names {
        let Some(entry) = archive.find(name) else { continue };
        match archive.bytes(entry, super::MAX_PAGE_BYTES) {
            Ok(bytes) => {
                let text = super::encoding::decode_html(&bytes).text;
                let body = out.store.put(text.as_bytes()).map_or(BodyPlace::None, |s| BodyPlace::Stored(BodyFormat::Storage, s));
                let stem = file_stem(name);
                let id = stem.rsplit('_').next().filter(|d| d.len() >= 3 && d.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned);
                let title = super::paths::readable_file(name);
                let page = ImportPage { id, file: Some(name.clone()), title, body, export: at, ..ImportPage::default() };
                out.add(page, &Details::default());
            }
            Err(error) => {
                out.notices
                    .push(Notice::error(format!("{} in {} is left out", shown(name), archive.path.display())).why(error.to_string()));
            }
        }
    }
    if !names.is_empty() {
        add_format(out, "Confluence storage format");
    }
    Vec::new()
}

fn add_format(out: &mut Package, format: &str) {
    if !out.formats.iter().any(|f| f == format) {
        out.formats.push(format.to_owned());
    }
}

fn file_stem(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    let stem = base.rsplit_once('.').map_or(base, |(s, _)| s);
    stem.strip_suffix(".input").unwrap_or(stem)
}

struct Reader<'a> {
    at: usize,
    file: &'a str,
    archive: &'a Archive,
    out: &'a mut Package,
    pages: Vec<(ImportPage, Details)>,
    /// The file names people.
    people: bool,
}

impl Reader<'_> {
    fn visit(&mut self, value: &Value, depth: u32) {
        if depth > 12 {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|v| self.visit(v, depth + 1)),
            Value::Object(map) => {
                if map.get("type").and_then(Value::as_str) == Some("doc") && map.get("content").is_some_and(Value::is_array) {
                    self.document(value);
                } else if body_of(value).is_some() {
                    self.page(value);
                } else if matches!(map.get("type").and_then(Value::as_str), Some("known" | "user")) {
                    self.people |= user(value, self.out).is_some();
                } else {
                    map.values().for_each(|v| self.visit(v, depth + 1));
                }
            }
            _ => {}
        }
    }

    fn document(&mut self, value: &Value) {
        let body = self.store(BodyFormat::Adf, &value.to_string());
        let title = crate::page::slug::readable(&format!("{}.md", file_stem(self.file)));
        let page = ImportPage { file: Some(self.file.to_owned()), title, body, export: self.at, ..ImportPage::default() };
        self.pages.push((page, Details::default()));
    }

    fn store(&mut self, format: BodyFormat, text: &str) -> BodyPlace {
        if text.trim().is_empty() {
            return BodyPlace::None;
        }
        self.out.store.put(text.as_bytes()).map_or(BodyPlace::None, |s| BodyPlace::Stored(format, s))
    }

    fn page(&mut self, value: &Value) {
        let text = |path: &str| value.pointer(path).and_then(scalar);
        let kind = match text("/type").as_deref() {
            None | Some("page") => PageType::Page,
            Some("blogpost") => PageType::BlogPost,
            Some("folder") => PageType::Folder,
            _ => return,
        };
        let status = match text("/status").as_deref() {
            Some("draft") => PageStatus::Draft,
            Some("trashed" | "deleted") => PageStatus::Trashed,
            Some("archived") => PageStatus::Archived,
            _ => PageStatus::Current,
        };
        if let Some(base) = text("/_links/base")
            && let Some(host) = base.split_once("://").and_then(|(_, r)| r.split('/').next())
        {
            self.out.hosts.push(host.to_lowercase());
        }
        match status {
            PageStatus::Draft => {
                self.out.counts.drafts += 1;
                return;
            }
            PageStatus::Trashed => {
                self.out.counts.trashed += 1;
                return;
            }
            _ => {}
        }
        let body = body_of(value).map_or(BodyPlace::None, |(format, text)| self.store(format, &text));
        let space = self.space(value);
        let person = |path: &str, out: &mut Package| value.pointer(path).and_then(|p| user(p, out));
        let editor = person("/version/by", self.out).or_else(|| text("/version/authorId").map(|id| UserRef { id, name: None }));
        let creator = person("/history/createdBy", self.out).or_else(|| text("/authorId").map(|id| UserRef { id, name: None }));
        let restricted = ["user", "group"].iter().any(|who| {
            value
                .pointer(&format!("/restrictions/read/restrictions/{who}/results"))
                .and_then(Value::as_array)
                .is_some_and(|r| !r.is_empty())
        });
        let labels = value.pointer("/metadata/labels/results").or_else(|| value.pointer("/labels/results")).and_then(Value::as_array);
        let mut labels: Vec<String> = labels
            .into_iter()
            .flatten()
            .filter(|l| l.get("prefix").and_then(Value::as_str).is_none_or(|p| p == "global"))
            .filter_map(|l| l.get("name").and_then(scalar))
            .collect();
        labels.sort();
        labels.dedup();
        let parent =
            value.pointer("/ancestors").and_then(Value::as_array).and_then(|a| a.last()).and_then(|a| a.get("id")).and_then(scalar);
        let id = text("/id");
        let base = text("/_links/base");
        let context = base.as_deref().and_then(|b| b.split_once("://")?.1.split_once('/')).map_or("", |(_, path)| path.trim_matches('/'));
        let addresses = text("/_links/webui").map(|webui| addresses(&webui, context, id.as_deref())).unwrap_or_default();
        let attachments = value.pointer("/children/attachment/results").and_then(Value::as_array);
        let owner = id.clone().unwrap_or_default();
        let attachments = attachments.into_iter().flatten().filter_map(|a| self.attachment(&owner, a)).collect();
        let comments = value.pointer("/children/comment/results").and_then(Value::as_array);
        let comments = comments.into_iter().flatten().filter_map(|c| self.comment(c)).collect();
        let title = text("/title").unwrap_or_else(|| super::paths::readable_file(self.file));
        let details = Details {
            version: text("/version/number").and_then(|v| v.parse().ok()),
            created: text("/history/createdDate").or_else(|| text("/createdAt")).and_then(|d| stamp(&d)),
            updated: text("/version/when").or_else(|| text("/version/createdAt")).and_then(|d| stamp(&d)),
            creator,
            editor,
            comment: text("/version/message").filter(|m| !m.is_empty()),
            labels,
            addresses,
            comments,
        };
        let page = ImportPage {
            id,
            file: Some(self.file.to_owned()),
            space,
            title,
            parent: parent.or_else(|| text("/parentId")),
            position: text("/position").or_else(|| text("/extensions/position")).and_then(|p| p.parse().ok()),
            kind,
            status,
            restricted,
            body,
            export: self.at,
            attachments,
            ..ImportPage::default()
        };
        self.pages.push((page, details));
    }

    fn comment(&mut self, value: &Value) -> Option<Comment> {
        let (_, body) = body_of(value)?;
        let when = ["/history/createdDate", "/version/when", "/version/createdAt", "/createdAt"];
        let date = when.iter().find_map(|p| value.pointer(p).and_then(scalar)).and_then(|d| stamp(&d));
        self.out.counts.comments += 1;
        Some(Comment { date, body: self.out.store.put(body.as_bytes()).ok() })
    }

    fn space(&mut self, value: &Value) -> Option<String> {
        let text = |path: &str| value.pointer(path).and_then(scalar);
        let from_link = || {
            let link = text("/_expandable/space").or_else(|| text("/_links/webui"))?;
            let mut parts = link.split('/').filter(|p| !p.is_empty());
            parts.find(|p| matches!(*p, "space" | "spaces" | "display"))?;
            parts.next().map(crate::page::corpus::percent_decode)
        };
        let key = text("/space/key").or_else(from_link).or_else(|| text("/spaceId"))?;
        let home = text("/space/homepage/id").or_else(|| text("/space/homepageId"));
        let name = text("/space/name").unwrap_or_else(|| key.clone());
        let personal = key.starts_with('~');
        self.out.spaces.entry(key.clone()).or_insert_with(|| Space { key: key.clone(), name, home, personal });
        Some(key)
    }

    /// An attachment of page `owner`. Its bytes lie beside the answers as they do in an XML export, by ids and version, or under their own name.
    fn attachment(&self, owner: &str, value: &Value) -> Option<Attachment> {
        let name = value.get("title").and_then(scalar)?;
        let media =
            value.pointer("/extensions/mediaType").or_else(|| value.pointer("/metadata/mediaType")).or_else(|| value.get("mediaType"));
        let own = value.get("id").and_then(scalar).unwrap_or_default();
        let version = value.pointer("/version/number").and_then(scalar).unwrap_or_else(|| "1".to_owned());
        let folder = self.file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let places = [format!("{folder}attachments/{owner}/{own}/{version}"), format!("{folder}attachments/{owner}/{name}")];
        let entry = places.into_iter().find(|p| self.archive.find(p).is_some());
        // Bodies in ADF name files by another id.
        let id =
            value.pointer("/extensions/fileId").or_else(|| value.get("fileId")).and_then(scalar).or(Some(own).filter(|o| !o.is_empty()));
        let extension = media.and_then(Value::as_str).and_then(extension_of);
        let entry = entry.map(String::into_boxed_str);
        Some(Attachment { id: id.map(String::into_boxed_str), name: name.into(), entry, stored: None, extension })
    }
}

/// Addresses of a page on its wiki, whose start page is below `/context`: without the title behind the id, which changes.
fn addresses(webui: &str, context: &str, id: Option<&str>) -> Vec<String> {
    if !webui.starts_with('/') || webui.starts_with("//") {
        return Vec::new();
    }
    let context = if context.is_empty() || webui.starts_with(&format!("/{context}/")) { String::new() } else { format!("/{context}") };
    let by_id = id.map(|id| format!("/pages/{id}")).and_then(|part| webui.find(&part).map(|at| at + part.len()));
    match (by_id, id) {
        (Some(end), _) => vec![format!("{context}{}", &webui[..end])],
        (None, Some(id)) if webui.starts_with("/display/") => {
            vec![format!("{context}{webui}"), format!("{context}/pages/viewpage.action?pageId={id}")]
        }
        _ => vec![format!("{context}{webui}")],
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn stamp(text: &str) -> Option<String> {
    crate::text::date::parse(text.get(..10)?)?;
    let time = text.get(11..19).filter(|t| t.bytes().all(|b| b.is_ascii_digit() || b == b':'));
    Some(time.map_or_else(|| text[..10].to_owned(), |t| format!("{} {t}", &text[..10])))
}

fn user(value: &Value, out: &mut Package) -> Option<UserRef> {
    let text = |key: &str| value.get(key).and_then(scalar);
    let id = text("accountId").or_else(|| text("userKey")).or_else(|| text("username"))?;
    let name =
        people::presentable(text("displayName").or_else(|| text("publicName")).as_deref(), text("username").as_deref().unwrap_or_default());
    let former = text("accountStatus").is_some_and(|s| s == "inactive" || s == "closed");
    let known = super::package::User { login: text("username").unwrap_or_default(), name: name.clone(), former };
    for key in [Some(id.clone()), text("userKey"), text("username")].into_iter().flatten() {
        out.users.entry(key).or_insert_with(|| known.clone());
    }
    Some(UserRef { id, name })
}

/// The best body an object has: source before rendering.
fn body_of(value: &Value) -> Option<(BodyFormat, String)> {
    let body = value.get("body")?.as_object()?;
    let text = |key: &str| body.get(key).and_then(|b| b.get("value")).and_then(Value::as_str).map(str::to_owned);
    if let Some(storage) = text("storage") {
        return Some((BodyFormat::Storage, storage));
    }
    if let Some(adf) = text("atlas_doc_format") {
        return Some((BodyFormat::Adf, adf));
    }
    let wiki = text("wiki").map(|w| (BodyFormat::Wiki, w));
    let view = ["export_view", "view", "styled_view"].iter().find_map(|k| text(k)).map(|v| (BodyFormat::Html, v));
    // A body that is itself an ADF document, as some tools save it.
    let bare =
        (body.get("type").and_then(Value::as_str) == Some("doc")).then(|| (BodyFormat::Adf, Value::Object(body.clone()).to_string()));
    wiki.or(view).or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_of_each_version_of_the_api() {
        let dir = tempfile::tempdir().unwrap();
        let v1 = r#"{"results":[{"id":"7","type":"page","status":"current","title":"A","space":{"key":"OPS","name":"Operations"},
            "ancestors":[{"id":"1"},{"id":"2"}],"version":{"number":3,"when":"2024-05-01T10:00:00.000Z","by":{"displayName":"Jo Doe","accountId":"5b:1"}},
            "body":{"storage":{"value":"<p>x</p>"}}},{"id":"8","type":"page","status":"draft","title":"D","body":{"storage":{"value":""}}}],
            "_links":{"base":"https://wiki.example.com"}}"#;
        let v2 = r#"{"id":"9","status":"current","title":"B","spaceId":"65","parentId":"7","version":{"number":1,"createdAt":"2024-05-02T10:00:00.000Z"},
            "body":{"atlas_doc_format":{"value":"{\"type\":\"doc\",\"version\":1,\"content\":[]}","representation":"atlas_doc_format"}}}"#;
        std::fs::write(dir.path().join("a.json"), v1).unwrap();
        std::fs::write(dir.path().join("b.json"), v2).unwrap();
        std::fs::write(dir.path().join("c.json"), "{\"name\":\"other\"}").unwrap();
        std::fs::write(dir.path().join("d.json"), "{\"id\":").unwrap();
        let archive = Archive::open(dir.path(), super::super::archive::Limits::default()).unwrap();
        let mut out = Package::default();
        let names: Vec<String> = ["a", "b", "c", "d"].iter().map(|n| format!("{n}.json")).collect();
        assert_eq!(read(&archive, 0, &names, &mut out), ["c.json"]);
        let seen: Vec<_> =
            out.pages.iter().map(|p| (p.id.as_deref().unwrap(), p.parent.as_deref(), out.details(p).unwrap().updated)).collect();
        let stamp = |text: &str| Some(text.to_owned());
        assert_eq!(seen, [("7", Some("2"), stamp("2024-05-01 10:00:00")), ("9", Some("7"), stamp("2024-05-02 10:00:00"))]);
        assert_eq!(out.counts.drafts, 1);
        assert!(out.notices[0].why.as_deref().unwrap().starts_with("it cannot be read as JSON"));
    }
}
