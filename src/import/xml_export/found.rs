//! The objects of an XML export as they come, in any order: of each only what a page needs is kept; bodies go to the store at once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use super::ReadOptions;
use super::objects::Object;
use crate::import::document::UserRef;
use crate::import::package::{BodyFormat, Details, ImportPage, PageStatus, PageType, Space, User, extension_of};
use crate::import::store::{Store, Stored};

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

/// An id as a number, eight bytes instead of a text of its own: exports hold millions. Ids that are no numbers (keys of people) are hashed.
pub(super) type Id = u64;

/// See [`Id`]. Numbers and hashes never meet: the highest bit tells them apart.
pub(super) fn id(text: &str) -> Id {
    const HASHED: u64 = 1 << 63;
    let text = text.trim();
    // `007` is not `7`.
    let number = text.parse::<u64>().ok().filter(|n| *n < HASHED && !(text.len() > 1 && text.starts_with('0')) && !text.starts_with('+'));
    number.unwrap_or_else(|| {
        let mut first = [0; 8];
        first.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..8]);
        u64::from_le_bytes(first) | HASHED
    })
}

/// A page as its object says it; its details wait in the store for what other objects add.
#[derive(Debug)]
pub(super) struct RawPage {
    pub(super) page: ImportPage,
    pub(super) details: Stored,
    pub(super) space_id: Option<String>,
    pub(super) body_ids: Box<[Id]>,
}

/// An earlier version of a page.
#[derive(Debug)]
pub(super) struct RawVersion {
    pub(super) original: Id,
    pub(super) number: Option<u64>,
    pub(super) updated: Option<Box<str>>,
    pub(super) raw: RawPage,
}

#[derive(Debug)]
pub(super) struct RawAttachment {
    pub(super) owner: Id,
    pub(super) owner_name: Box<str>,
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) version: Option<u64>,
    pub(super) extension: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct RawComment {
    pub(super) owner: Id,
    pub(super) id: Id,
    pub(super) date: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawBody {
    pub(super) stored: Stored,
    pub(super) format: BodyFormat,
}

/// Everything taken so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) options: ReadOptions,
    /// Boxed, so that the list never takes twice the room of all pages while it grows, and each goes as soon as it is joined.
    #[allow(clippy::vec_box)]
    pub(super) pages: Vec<Box<RawPage>>,
    pub(super) ids: HashSet<Id>,
    pub(super) versions: Vec<RawVersion>,
    /// Ids that live pages name as their earlier versions.
    pub(super) old_ids: HashSet<Id>,
    /// Ids of earlier versions that nobody asked for: their bodies are not kept.
    pub(super) unwanted: HashSet<Id>,
    /// By owner's id.
    pub(super) bodies: HashMap<Id, RawBody>,
    /// By own id, for old exports where only the page names its body.
    pub(super) loose_bodies: HashMap<Id, RawBody>,
    pub(super) attachments: Vec<RawAttachment>,
    /// Extension of an attachment's media type, by the attachment's id.
    pub(super) properties: HashMap<Id, &'static str>,
    /// The same by the property's own id, for exports where only the attachment names its properties.
    pub(super) property_values: HashMap<Id, &'static str>,
    pub(super) attachment_properties: HashMap<Id, Box<[Id]>>,
    pub(super) spaces: BTreeMap<String, (Space, bool)>,
    pub(super) users: Vec<(String, User, Vec<String>)>,
    pub(super) names: HashMap<String, (Option<String>, bool)>,
    pub(super) labels: HashMap<Id, String>,
    pub(super) labellings: Vec<(Id, Id)>,
    pub(super) restricted: HashSet<Id>,
    pub(super) comments: Vec<RawComment>,
    pub(super) templates: Vec<String>,
    pub(super) descriptions: Vec<String>,
    /// Ids of descriptions of spaces, for bodies that do not say what they belong to.
    pub(super) description_ids: Vec<String>,
    pub(super) drafts: u64,
    pub(super) shadow_drafts: u64,
    pub(super) trashed: Vec<String>,
    pub(super) old_versions: u64,
    pub(super) cut: Vec<(String, String)>,
    pub(super) twice: Vec<String>,
}

impl Found {
    pub(super) fn new(options: ReadOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Takes one object.
    pub(super) fn take(&mut self, object: Object, store: &mut Store) -> io::Result<()> {
        match object.class.as_str() {
            "Page" | "BlogPost" => self.page(object, store)?,
            "BodyContent" => self.body(&object, store)?,
            "Attachment" => self.attachment(&object),
            "ContentProperty" => self.property(&object),
            "ConfluenceUserImpl" => self.user(&object),
            "InternalUser" | "DefaultHibernateUser" => self.name(&object),
            "Space" => self.space(&object),
            "Label" => {
                let public = object.word("namespace").is_none_or(|n| n == "global");
                if let Some(name) = object.word("name").filter(|_| public) {
                    self.labels.insert(id(&object.id), name.to_owned());
                }
            }
            "Labelling" => {
                let owner = object.reference("content").or_else(|| object.reference("labelable")).or_else(|| object.word("labelableId"));
                if let (Some(label), Some(owner)) = (object.reference("label"), owner) {
                    self.labellings.push((id(owner), id(label)));
                }
            }
            "ContentPermissionSet" => {
                let view = object.word("type").is_some_and(|t| t.eq_ignore_ascii_case("view"));
                if let Some(owner) = object.reference("owningContent").filter(|_| view) {
                    self.restricted.insert(id(owner));
                }
            }
            "Comment" => {
                let owner = object.reference("containerContent").or_else(|| object.reference("owner"));
                if let Some(owner) = owner {
                    let date = date(&object, "creationDate").map(String::into_boxed_str);
                    self.comments.push(RawComment { owner: id(owner), id: id(&object.id), date });
                }
            }
            "PageTemplate" => self.templates.push(object.word("name").unwrap_or("without a name").to_owned()),
            "Draft" => self.drafts += 1,
            _ => {}
        }
        Ok(())
    }

    fn page(&mut self, object: Object, store: &mut Store) -> io::Result<()> {
        let original = object.reference("originalVersion").or_else(|| object.word("originalVersionId")).map(str::to_owned);
        let status = object.word("contentStatus").unwrap_or("current").to_lowercase();
        self.old_ids.extend(object.ids("historicalVersions").iter().map(|i| id(i)));
        let title = object.word("title").unwrap_or_default().to_owned();
        match status.as_str() {
            "draft" if original.is_some() => {
                self.shadow_drafts += 1;
                return Ok(());
            }
            "draft" => {
                self.drafts += 1;
                return Ok(());
            }
            "deleted" => {
                if original.is_none() {
                    self.trashed.push(title);
                }
                return Ok(());
            }
            _ => {}
        }
        if original.is_some() {
            self.old_versions += 1;
            if !self.options.history {
                // Its body may have come before it.
                let id = id(&object.id);
                self.bodies.remove(&id);
                self.unwanted.insert(id);
                return Ok(());
            }
        }
        let kind = match object.class.as_str() {
            "BlogPost" => PageType::BlogPost,
            _ if object.word("isFolder") == Some("true") => PageType::Folder,
            _ => PageType::Page,
        };
        let live = original.is_none();
        if live && !self.ids.insert(id(&object.id)) {
            self.twice.push(format!("{} (line {})", object.id, object.line));
            return Ok(());
        }
        let details = Details {
            version: object.word("version").and_then(|v| v.parse().ok()),
            created: date(&object, "creationDate"),
            updated: date(&object, "lastModificationDate"),
            creator: person(&object, "creator"),
            editor: person(&object, "lastModifier"),
            comment: object.word("versionComment").map(str::to_owned),
            ..Details::default()
        };
        let raw = RawPage {
            page: ImportPage {
                id: Some(object.id.clone()).filter(|i| !i.is_empty()),
                title,
                parent: object.reference("parent").map(str::to_owned),
                position: object.word("position").and_then(|p| p.parse().ok()),
                kind,
                status: if status == "archived" { PageStatus::Archived } else { PageStatus::Current },
                ..ImportPage::default()
            },
            details: store.keep(&details)?,
            space_id: object.reference("space").map(str::to_owned),
            body_ids: object.ids("bodyContents").iter().map(|i| id(i)).collect(),
        };
        match original {
            None => self.pages.push(Box::new(raw)),
            Some(original) => {
                let updated = details.updated.map(String::into_boxed_str);
                self.versions.push(RawVersion { original: id(&original), number: details.version, updated, raw });
            }
        }
        Ok(())
    }

    fn body(&mut self, object: &Object, store: &mut Store) -> io::Result<()> {
        let owner_class = object.reference_class("content").unwrap_or("Page").to_owned();
        if owner_class == "SpaceDescription" {
            self.descriptions.push(object.text("body").unwrap_or_default().to_owned());
        }
        // Exports of 2025 name the owner by its general class (`ContentEntityObject`), so only what is surely no page is left.
        const OTHERS: [&str; 6] =
            ["CustomContentEntityObject", "Draft", "GlobalDescription", "PageTemplate", "PersonalInformation", "SpaceDescription"];
        if OTHERS.contains(&owner_class.as_str()) {
            return Ok(());
        }
        let text = object.text("body").unwrap_or_default();
        let owner = object.reference("content").map(id);
        if owner.is_some_and(|o| self.unwanted.contains(&o)) {
            return Ok(());
        }
        if object.cut {
            self.cut.push((owner_class, object.reference("content").unwrap_or_default().to_owned()));
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
                self.loose_bodies.insert(id(&object.id), body);
            }
        }
        Ok(())
    }

    fn attachment(&mut self, object: &Object) {
        let old = object.reference("originalVersion").or_else(|| object.word("originalVersionId")).is_some();
        let live = object.word("contentStatus").is_none_or(|s| s == "current");
        let owner = object.reference("containerContent").or_else(|| object.reference("content"));
        let Some(owner) = owner.filter(|_| live && !old) else { return };
        let ids = object.ids("contentProperties");
        if !ids.is_empty() {
            self.attachment_properties.insert(id(&object.id), ids.iter().map(|i| id(i)).collect());
        }
        self.attachments.push(RawAttachment {
            owner: id(owner),
            owner_name: owner.into(),
            id: object.id.as_str().into(),
            name: object.word("title").or_else(|| object.word("fileName")).unwrap_or_default().into(),
            version: object.word("version").or_else(|| object.word("attachmentVersion")).and_then(|v| v.parse().ok()),
            extension: object.word("contentType").and_then(extension_of),
        });
    }

    fn property(&mut self, object: &Object) {
        if object.word("name") != Some("MEDIA_TYPE") {
            return;
        }
        let Some(extension) = object.word("stringValue").and_then(extension_of) else { return };
        match object.reference("content") {
            Some(owner) => self.properties.insert(id(owner), extension),
            None => self.property_values.insert(id(&object.id), extension),
        };
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
        self.description_ids.extend(object.reference("description").map(str::to_owned));
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
