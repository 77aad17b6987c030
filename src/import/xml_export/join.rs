//! Joins the flat objects of an XML export to pages: bodies to owners, versions to pages, attachments, labels, restrictions, people.
//!
//! Takes objects in any order and keeps of each only what a page needs; bodies go to the store at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

use super::objects::Object;
use super::{Descriptor, ReadOptions};
use crate::import::archive::Archive;
use crate::import::document::UserRef;
use crate::import::losses::{Loss, Outcome, without_tags};
use crate::import::notice::{Notice, plural};
use crate::import::package::{Attachment, Beside, BodyFormat, BodyPlace, Comment, ImportPage, Package, PageStatus, PageType, Space, User};
use crate::import::store::{Store, Stored};
use crate::import::{people, secrets};

/// Whether objects of `class` are looked at.
pub(super) fn wanted(class: &str) -> bool {
    matches!(
        class,
        "Page"
            | "BlogPost"
            | "BodyContent"
            | "Attachment"
            | "ContentProperty"
            | "ConfluenceUserImpl"
            | "InternalUser"
            | "DefaultHibernateUser"
            | "Space"
            | "Label"
            | "Labelling"
            | "ContentPermissionSet"
            | "Comment"
            | "PageTemplate"
            | "Draft"
    )
}

#[derive(Debug, Default)]
struct RawPage {
    page: ImportPage,
    space_id: Option<String>,
    original: Option<String>,
    body_ids: Vec<String>,
    line: u64,
}

#[derive(Debug, Default)]
struct RawAttachment {
    id: String,
    owner: Option<String>,
    name: String,
    version: Option<u64>,
    media_type: Option<String>,
    size: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct RawBody {
    stored: Stored,
    format: BodyFormat,
}

/// Everything taken so far.
#[derive(Default)]
pub(super) struct Found {
    options: ReadOptions,
    pages: BTreeMap<u64, RawPage>,
    by_id: HashMap<String, u64>,
    versions: Vec<RawPage>,
    old_ids: HashSet<String>,
    /// By owner's id.
    bodies: HashMap<String, RawBody>,
    /// By own id, for old exports where only the page names its body.
    loose_bodies: HashMap<String, RawBody>,
    attachments: Vec<RawAttachment>,
    properties: HashMap<String, (Option<String>, Option<u64>)>,
    property_values: HashMap<String, (String, String)>,
    attachment_properties: HashMap<String, Vec<String>>,
    spaces: BTreeMap<String, (Space, bool)>,
    users: Vec<(String, User, Vec<String>)>,
    names: HashMap<String, (Option<String>, bool)>,
    labels: HashMap<String, String>,
    labellings: Vec<(String, String)>,
    restricted: HashSet<String>,
    comments: Vec<(String, String, Comment)>,
    templates: Vec<String>,
    descriptions: Vec<String>,
    drafts: u64,
    shadow_drafts: u64,
    trashed: Vec<String>,
    old_versions: u64,
    cut: Vec<(String, String)>,
    twice: Vec<String>,
    next: u64,
}

impl Found {
    pub(super) fn new(options: ReadOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Takes one object.
    pub(super) fn take(&mut self, object: Object, store: &mut Store) -> io::Result<()> {
        match object.class.as_str() {
            "Page" | "BlogPost" => self.page(object),
            "BodyContent" => self.body(&object, store)?,
            "Attachment" => self.attachment(&object),
            "ContentProperty" => self.property(&object),
            "ConfluenceUserImpl" => self.user(&object),
            "InternalUser" | "DefaultHibernateUser" => self.name(&object),
            "Space" => self.space(&object),
            "Label" => {
                let public = object.word("namespace").is_none_or(|n| n == "global");
                if let Some(name) = object.word("name").filter(|_| public) {
                    self.labels.insert(object.id.clone(), name.to_owned());
                }
            }
            "Labelling" => {
                let owner = object.reference("content").or_else(|| object.reference("labelable")).or_else(|| object.word("labelableId"));
                if let (Some(label), Some(owner)) = (object.reference("label"), owner) {
                    self.labellings.push((owner.to_owned(), label.to_owned()));
                }
            }
            "ContentPermissionSet" => {
                let view = object.word("type").is_some_and(|t| t.eq_ignore_ascii_case("view"));
                if let Some(owner) = object.reference("owningContent").filter(|_| view) {
                    self.restricted.insert(owner.to_owned());
                }
            }
            "Comment" => {
                let owner = object.reference("containerContent").or_else(|| object.reference("owner"));
                if let Some(owner) = owner {
                    let comment = Comment { author: person(&object, "creator"), date: date(&object, "creationDate"), body: None };
                    self.comments.push((owner.to_owned(), object.id.clone(), comment));
                }
            }
            "PageTemplate" => self.templates.push(object.word("name").unwrap_or("without a name").to_owned()),
            "Draft" => self.drafts += 1,
            _ => {}
        }
        Ok(())
    }

    fn page(&mut self, object: Object) {
        let original = object.reference("originalVersion").or_else(|| object.word("originalVersionId")).map(str::to_owned);
        let status = object.word("contentStatus").unwrap_or("current").to_lowercase();
        for id in object.ids("historicalVersions") {
            self.old_ids.insert(id.clone());
        }
        let title = object.word("title").unwrap_or_default().to_owned();
        match status.as_str() {
            "draft" if original.is_some() => {
                self.shadow_drafts += 1;
                return;
            }
            "draft" => {
                self.drafts += 1;
                return;
            }
            "deleted" => {
                if original.is_none() {
                    self.trashed.push(title);
                }
                return;
            }
            _ => {}
        }
        if original.is_some() {
            self.old_versions += 1;
            if !self.options.history {
                return;
            }
        }
        let kind = match object.class.as_str() {
            "BlogPost" => PageType::BlogPost,
            _ if object.word("isFolder") == Some("true") => PageType::Folder,
            _ => PageType::Page,
        };
        let page = ImportPage {
            id: Some(object.id.clone()).filter(|i| !i.is_empty()),
            title,
            parent: object.reference("parent").map(str::to_owned),
            position: object.word("position").and_then(|p| p.parse().ok()),
            kind,
            status: if status == "archived" { PageStatus::Archived } else { PageStatus::Current },
            version: object.word("version").and_then(|v| v.parse().ok()),
            created: date(&object, "creationDate"),
            updated: date(&object, "lastModificationDate"),
            creator: person(&object, "creator"),
            editor: person(&object, "lastModifier"),
            comment: object.word("versionComment").map(str::to_owned),
            ..ImportPage::default()
        };
        let raw = RawPage {
            page,
            space_id: object.reference("space").map(str::to_owned),
            original,
            body_ids: object.ids("bodyContents").to_vec(),
            line: object.line,
        };
        if raw.original.is_some() {
            self.versions.push(raw);
            return;
        }
        if self.by_id.contains_key(&object.id) {
            self.twice.push(format!("{} (line {})", object.id, raw.line));
            return;
        }
        self.by_id.insert(object.id, self.next);
        self.pages.insert(self.next, raw);
        self.next += 1;
    }

    fn body(&mut self, object: &Object, store: &mut Store) -> io::Result<()> {
        let owner_class = object.reference_class("content").unwrap_or("Page").to_owned();
        let is_page = matches!(owner_class.as_str(), "Page" | "BlogPost");
        if owner_class == "SpaceDescription" {
            self.descriptions.push(object.text("body").unwrap_or_default().to_owned());
        }
        if !is_page && owner_class != "Comment" {
            return Ok(());
        }
        let text = object.text("body").unwrap_or_default();
        let owner = object.reference("content").map(str::to_owned);
        if object.cut {
            self.cut.push((owner_class, owner.clone().unwrap_or_default()));
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let format = match object.word("bodyType") {
            Some("2") => BodyFormat::Storage,
            Some("0") => BodyFormat::Wiki,
            _ if text.trim_start().starts_with('<') => BodyFormat::Storage,
            _ => BodyFormat::Wiki,
        };
        let text = if format == BodyFormat::Storage { mend_cdata(text) } else { text.into() };
        let body = RawBody { stored: store.put(text.as_bytes())?, format };
        match owner {
            Some(owner) => {
                self.bodies.insert(owner, body);
            }
            None => {
                self.loose_bodies.insert(object.id.clone(), body);
            }
        }
        Ok(())
    }

    fn attachment(&mut self, object: &Object) {
        let old = object.reference("originalVersion").or_else(|| object.word("originalVersionId")).is_some();
        let live = object.word("contentStatus").is_none_or(|s| s == "current");
        if old || !live {
            return;
        }
        let owner = object.reference("containerContent").or_else(|| object.reference("content")).map(str::to_owned);
        let name = object.word("title").or_else(|| object.word("fileName")).unwrap_or_default().to_owned();
        let ids = object.ids("contentProperties");
        if !ids.is_empty() {
            self.attachment_properties.insert(object.id.clone(), ids.to_vec());
        }
        self.attachments.push(RawAttachment {
            id: object.id.clone(),
            owner,
            name,
            version: object.word("version").or_else(|| object.word("attachmentVersion")).and_then(|v| v.parse().ok()),
            media_type: object.word("contentType").map(str::to_owned),
            size: object.word("fileSize").and_then(|v| v.parse().ok()),
        });
    }

    fn property(&mut self, object: &Object) {
        let Some(name @ ("MEDIA_TYPE" | "FILESIZE")) = object.word("name") else { return };
        let Some(value) = object.word("stringValue").or_else(|| object.word("longValue")) else { return };
        match object.reference("content") {
            Some(owner) => {
                let slot = self.properties.entry(owner.to_owned()).or_default();
                if name == "MEDIA_TYPE" { slot.0 = Some(value.to_owned()) } else { slot.1 = value.parse().ok() }
            }
            None => {
                self.property_values.insert(object.id.clone(), (name.to_owned(), value.to_owned()));
            }
        }
    }

    fn user(&mut self, object: &Object) {
        let login = object.word("name").unwrap_or_default().to_owned();
        let mut ids = vec![object.id.clone()];
        ids.extend(object.word("atlassianAccountId").map(str::to_owned));
        if !login.is_empty() {
            ids.push(login.clone());
        }
        let former = object.word("active") == Some("false");
        self.users.push((login.to_lowercase(), User { login, name: None, former }, ids));
    }

    fn name(&mut self, object: &Object) {
        let Some(login) = object.word("lowerName").or_else(|| object.word("name")) else { return };
        let first = [object.word("firstName"), object.word("lastName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let shown =
            object.word("displayName").or_else(|| object.word("fullName")).map(str::to_owned).or((!first.is_empty()).then_some(first));
        let former = object.word("active") == Some("false");
        self.names.insert(login.to_lowercase(), (shown, former));
    }

    fn space(&mut self, object: &Object) {
        let Some(key) = object.word("key") else { return };
        let space = Space {
            key: key.to_owned(),
            name: object.word("name").unwrap_or(key).to_owned(),
            home: object.reference("homePage").map(str::to_owned),
            personal: key.starts_with('~') || object.word("spaceType").is_some_and(|t| t.eq_ignore_ascii_case("personal")),
        };
        let archived = object.word("spaceStatus").is_some_and(|s| s.eq_ignore_ascii_case("archived"));
        self.spaces.insert(object.id.clone(), (space, archived));
    }
}

fn date(object: &Object, name: &str) -> Option<String> {
    let text = object.word(name)?;
    let text = text.split('.').next().unwrap_or(text);
    crate::text::date::parse(text.get(..10)?)?;
    Some(text.to_owned())
}

/// The person in `creator` or `lastModifier` (a reference), or in `creatorName` … (a login, before 5.2).
fn person(object: &Object, name: &str) -> Option<UserRef> {
    let id = object.reference(name).or_else(|| object.word(name)).or_else(|| object.word(&format!("{name}Name")))?;
    Some(UserRef { id: id.to_owned(), name: None })
}

/// The exporter puts a body into a CDATA section and breaks every `]]>` inside it by a blank. Put it back where it closes a section.
fn mend_cdata(body: &str) -> std::borrow::Cow<'_, str> {
    if !body.contains("]] >") {
        return body.into();
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(open) = rest.find("<![CDATA[") {
        let (before, section) = rest.split_at(open + 9);
        out.push_str(before);
        let end = section.match_indices("]]").find_map(|(at, _)| {
            let after = &section[at + 2..];
            let len = if after.starts_with('>') {
                1
            } else if after.starts_with(" >") {
                2
            } else {
                return None;
            };
            // The closing tag of the element that holds the section, or another section, follows; code that really holds `]] >` goes on otherwise.
            let next = after[len..].trim_start();
            (next.starts_with("</ac:") || next.starts_with("<![CDATA[") || next.is_empty()).then_some((at, len))
        });
        let end = end.or_else(|| section.find("]]>").map(|at| (at, 1))).or_else(|| section.find("]] >").map(|at| (at, 2)));
        let Some((at, len)) = end else {
            out.push_str(section);
            return out.into();
        };
        out.push_str(&section[..at]);
        out.push_str("]]>");
        rest = &section[at + 2 + len..];
    }
    out.push_str(rest);
    out.into()
}

/// Joins everything and adds it to `out`.
pub(super) fn finish(
    mut found: Found,
    archive: &Archive,
    export: usize,
    base: &str,
    descriptor: &Descriptor,
    whole: bool,
    out: &mut Package,
) {
    let nothing = found.pages.is_empty() && found.versions.is_empty();
    if nothing && whole {
        out.notices.push(
            Notice::error(format!("{} holds no pages", archive.path.display()))
                .why(
                    format!(
                        "{} without a page they belong to were found",
                        plural((found.bodies.len() + found.loose_bodies.len()) as u64, "body")
                    )
                    .replace("bodys", "bodies"),
                )
                .next("ask for a full export of the space: Space settings > Export space > XML > Full export"),
        );
    }
    out.formats.push(if descriptor.cloud { "Confluence Cloud XML export" } else { "Confluence XML export" }.to_owned());
    let fallback = fallback_space(&found, descriptor);
    users(&mut found, out);
    let mut histories: HashMap<String, Vec<ImportPage>> = HashMap::new();
    let mut live: Vec<ImportPage> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let old_ids = std::mem::take(&mut found.old_ids);
    for raw in std::mem::take(&mut found.versions) {
        let original = raw.original.clone().unwrap_or_default();
        let page = with_body(raw, &found);
        histories.entry(original).or_default().push(page);
    }
    let mut orphan_versions = 0u64;
    for raw in std::mem::take(&mut found.pages).into_values() {
        let id = raw.page.id.clone().unwrap_or_default();
        let space = raw.space_id.as_ref().and_then(|s| found.spaces.get(s)).map(|(s, _)| s.key.clone());
        if space.is_none() && raw.space_id.is_none() && old_ids.contains(&id) {
            orphan_versions += 1;
            continue;
        }
        let mut page = with_body(raw, &found);
        page.space = space.or_else(|| fallback.clone());
        page.export = export;
        page.restricted = found.restricted.contains(&id);
        page.history = histories.remove(&id).unwrap_or_default();
        page.history.sort_by_key(|v| (v.version, v.updated.clone()));
        page.addresses = addresses(&page, descriptor.cloud);
        places.insert(id, live.len());
        live.push(page);
    }
    attach(&mut found, archive, base, descriptor, &places, &mut live, out);
    for (owner, label) in std::mem::take(&mut found.labellings) {
        if let (Some(at), Some(label)) = (places.get(&owner), found.labels.get(&label)) {
            live[*at].labels.push(label.clone());
        }
    }
    let comments = found.comments.len() as u64;
    for (owner, id, mut comment) in std::mem::take(&mut found.comments) {
        if let Some(at) = places.get(&owner) {
            comment.body = found.bodies.get(&id).map(|b| b.stored);
            live[*at].comments.push(comment);
        }
    }
    for page in &mut live {
        page.labels.sort();
        page.labels.dedup();
        page.comments.sort_by(|a, b| (&a.date, a.body).cmp(&(&b.date, b.body)));
    }
    report(&found, archive, &live, &places, out);
    beside(&found, out);
    out.counts.versions += found.old_versions + orphan_versions;
    out.counts.drafts += found.drafts;
    out.counts.trashed += found.trashed.len() as u64;
    out.counts.templates += found.templates.len() as u64;
    out.counts.comments += comments;
    for (space, _) in found.spaces.into_values() {
        out.spaces.entry(space.key.clone()).or_insert(space);
    }
    if let Some(key) = fallback {
        out.spaces.entry(key.clone()).or_insert_with(|| Space { name: key.clone(), personal: key.starts_with('~'), key, home: None });
    }
    out.pages.extend(live);
}

/// What the export says outside its pages: descriptions of spaces, templates.
fn beside(found: &Found, out: &mut Package) {
    let mut add = |element: &str, detail: String| {
        let loss = Loss { element: element.to_owned(), place: String::new(), detail, outcome: Outcome::Dropped };
        out.beside.push(Beside { file: "entities.xml".to_owned(), title: String::new(), loss });
    };
    let words = found.descriptions.iter().map(|d| without_tags(d)).filter(|d| !d.is_empty());
    for description in words {
        let hides = !secrets::find(&description).is_empty();
        add("space description", if hides { "it looks as if it held a secret".to_owned() } else { description });
    }
    for template in &found.templates {
        add("page template", template.clone());
    }
}

/// The space of pages that name none: the one the descriptor names, or the only one there is.
fn fallback_space(found: &Found, descriptor: &Descriptor) -> Option<String> {
    if let Some(key) = &descriptor.space {
        return Some(key.clone());
    }
    let used: BTreeSet<&str> = found
        .pages
        .values()
        .filter_map(|p| p.space_id.as_ref())
        .filter_map(|id| found.spaces.get(id))
        .map(|(s, _)| s.key.as_str())
        .collect();
    let all: BTreeSet<&str> = found.spaces.values().map(|(s, _)| s.key.as_str()).collect();
    let only = |set: &BTreeSet<&str>| if set.len() == 1 { set.first().map(|k| (*k).to_owned()) } else { None };
    only(&used).or_else(|| only(&all))
}

fn with_body(raw: RawPage, found: &Found) -> ImportPage {
    let mut page = raw.page;
    let own = page.id.as_ref().and_then(|id| found.bodies.get(id));
    let body = own.or_else(|| raw.body_ids.iter().find_map(|id| found.loose_bodies.get(id)));
    page.body = body.map_or(BodyPlace::None, |b| BodyPlace::Stored(b.format, b.stored));
    page
}

fn users(found: &mut Found, out: &mut Package) {
    out.counts.users += found.users.len().max(found.names.len()) as u64;
    let mut insert = |id: String, user: &User| {
        if !id.is_empty() {
            out.users.entry(id).or_insert_with(|| user.clone());
        }
    };
    for (lower, mut user, ids) in std::mem::take(&mut found.users) {
        if let Some((shown, former)) = found.names.get(&lower) {
            user.name.clone_from(shown);
            user.former |= former;
        }
        user.name = people::presentable(user.name.as_deref(), &user.login);
        for id in ids {
            insert(id, &user);
        }
    }
    let mut names: Vec<_> = std::mem::take(&mut found.names).into_iter().collect();
    names.sort();
    for (login, (shown, former)) in names {
        let user = User { name: people::presentable(shown.as_deref(), &login), login: login.clone(), former };
        insert(login, &user);
    }
}

fn attach(
    found: &mut Found,
    archive: &Archive,
    base: &str,
    descriptor: &Descriptor,
    places: &HashMap<String, usize>,
    live: &mut [ImportPage],
    out: &mut Package,
) {
    let mut missing = 0u64;
    for raw in std::mem::take(&mut found.attachments) {
        let Some(owner) = raw.owner else { continue };
        let Some(&at) = places.get(&owner) else { continue };
        let (mut media, mut size) = found.properties.remove(&raw.id).unwrap_or_default();
        for id in found.attachment_properties.remove(&raw.id).unwrap_or_default() {
            match found.property_values.remove(&id) {
                Some((name, value)) if name == "MEDIA_TYPE" => media = Some(value),
                Some((_, value)) => size = value.parse().ok(),
                None => {}
            }
        }
        let folder = format!("{base}attachments/{owner}/{}/", raw.id);
        let numbers = archive.below(&folder).filter_map(|e| e.name[folder.len()..].parse::<u64>().ok());
        let best = numbers.max_by_key(|n| (Some(*n) == raw.version, *n));
        let entry = best.map(|n| format!("{folder}{n}"));
        missing += u64::from(entry.is_none());
        let media_type = raw.media_type.or(media);
        live[at].attachments.push(Attachment {
            id: Some(raw.id),
            name: raw.name,
            entry,
            stored: None,
            media_type,
            size: raw.size.or(size),
        });
    }
    for page in live.iter_mut() {
        page.attachments.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
    if missing > 0 {
        let why = if descriptor.without_attachments {
            "the export was made without attachments"
        } else {
            "the export names them and does not hold them"
        };
        out.notices.push(
            Notice::warning(format!("{} not in {}", plural(missing, "attachment"), archive.path.display()))
                .why(why)
                .next("export again with attachments; until then pages keep a link to a missing file, which lint reports"),
        );
    }
}

fn addresses(page: &ImportPage, cloud: bool) -> Vec<String> {
    let mut out = Vec::new();
    let (Some(space), Some(id)) = (&page.space, &page.id) else { return out };
    if cloud {
        out.push(format!("/wiki/spaces/{space}/pages/{id}"));
    } else {
        if page.kind == PageType::Page && !page.title.is_empty() && !page.title.contains(['/', '?', '&', '#', '%', '+', '\\', ';', '"']) {
            out.push(format!("/display/{space}/{}", page.title.replace(' ', "+")));
        }
        out.push(format!("/pages/viewpage.action?pageId={id}"));
    }
    out
}

/// Says what was left out and what was odd.
fn report(found: &Found, archive: &Archive, live: &[ImportPage], places: &HashMap<String, usize>, out: &mut Package) {
    let at = archive.path.display();
    let mut drop = |n: u64, what: &str, why: &str| {
        if n > 0 {
            out.notices.push(Notice::info(format!("{} in {at} left out", plural(n, what))).why(why));
        }
    };
    drop(found.drafts, "draft", "they were never published");
    drop(found.shadow_drafts, "unsaved edit", "each belongs to a page that is there as it was last published");
    drop(found.trashed.len() as u64, "page from the trash", "they were deleted in the wiki");
    drop(found.templates.len() as u64, "page template", "templates are not pages");
    for list in &found.twice {
        out.notices
            .push(Notice::warning(format!("page {list} is twice in {at}; the first one counts")).why("two objects have the same id"));
    }
    for (class, owner) in &found.cut {
        let title = places.get(owner).map_or("without a title", |i| live[*i].title.as_str());
        out.notices.push(
            Notice::error(format!("\"{title}\" ({class} {owner}) is cut at {} MiB", crate::import::MAX_PAGE_BYTES >> 20))
                .why("a body of that size is data, not a page")
                .next("attach the data as a file in the wiki, then export again"),
        );
    }
    let orphans: Vec<&ImportPage> = live.iter().filter(|p| p.parent.as_ref().is_some_and(|id| !places.contains_key(id))).collect();
    if let Some(first) = orphans.first() {
        let n = orphans.len() as u64;
        out.notices.push(Notice::warning(format!("{} without a parent in {at}, put below the space", plural(n, "page"))).why(format!(
            "the export names parents it does not hold, first for \"{}\" ({})",
            first.title,
            first.id.as_deref().unwrap_or_default()
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::mend_cdata;

    #[test]
    fn the_exporters_blank_is_undone_only_where_it_closes_a_section() {
        let body = "<ac:plain-text-body><![CDATA[if a[b[0]] > 1; rm]] ></ac:plain-text-body><p>x]] ></p>";
        assert_eq!(mend_cdata(body), "<ac:plain-text-body><![CDATA[if a[b[0]] > 1; rm]]></ac:plain-text-body><p>x]] ></p>");
        let fine = "<![CDATA[a]]>b";
        assert_eq!(mend_cdata(fine), fine);
    }
}
