//! What a container reader delivers: pages with raw bodies, attachments, users and spaces of one export, whatever its format.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::comala::Workflow;
use super::document::UserRef;
use super::losses::Loss;
use super::notice::Notice;
use super::store::{Store, Stored};

/// A body as it stands in the export.
#[derive(Debug, Clone, PartialEq)]
pub enum RawBody {
    /// Confluence storage format (an XHTML fragment).
    Storage(String),
    /// Rendered HTML: the whole file of an exported page as it stands (the reader finds the content part itself), or a fragment.
    Html(String),
    /// Wiki markup of Confluence 2 and 3.
    Wiki(String),
    /// Atlassian Document Format, as JSON text.
    Adf(String),
    /// No body.
    Empty,
}

/// How a stored body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// See [`RawBody`].
    Storage,
    /// See [`RawBody`].
    Html,
    /// See [`RawBody`].
    Wiki,
    /// See [`RawBody`].
    Adf,
}

/// Where a body lies until its page is converted: never all of them in memory at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BodyPlace {
    /// There is none.
    #[default]
    None,
    /// In the package's store.
    Stored(BodyFormat, Stored),
    /// The page's own file, whole.
    File,
}

/// What kind of thing a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageType {
    /// A page.
    #[default]
    Page,
    /// A blog post.
    BlogPost,
    /// A node of the tree without content.
    Folder,
    /// A template.
    Template,
}

/// Where a page stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageStatus {
    /// Live.
    #[default]
    Current,
    /// Never published, or an unsaved edit.
    Draft,
    /// Archived.
    Archived,
    /// In the trash.
    Trashed,
}

/// One page of an export: what must be at hand for all pages at once. The rest is in its [`Details`].
#[derive(Debug, Clone, Default)]
pub struct ImportPage {
    /// Id in the wiki.
    pub id: Option<String>,
    /// Path of its file inside the export, where it has one of its own.
    pub file: Option<String>,
    /// Space key.
    pub space: Option<String>,
    /// Title.
    pub title: String,
    /// Parent's id (XML, REST) or file (HTML).
    pub parent: Option<String>,
    /// Order among siblings.
    pub position: Option<i64>,
    /// Page, blog post …
    pub kind: PageType,
    /// Live, draft …
    pub status: PageStatus,
    /// Only some people may see it.
    pub restricted: bool,
    /// The body.
    pub body: BodyPlace,
    /// Where in [`Package::exports`] it came from.
    pub export: usize,
    /// Files that hang on it.
    pub attachments: Vec<Attachment>,
    /// Earlier versions, oldest first.
    pub history: Vec<Earlier>,
    /// Its details in the package's store.
    pub(super) details: Option<Stored>,
}

/// What of a page is wanted only when its own file is written. There may be very many pages: this lies in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Version number.
    pub version: Option<u64>,
    /// Creation, `YYYY-MM-DD` or with time `YYYY-MM-DD HH:MM:SS`.
    pub created: Option<String>,
    /// Last change, same form.
    pub updated: Option<String>,
    /// Who created it.
    pub creator: Option<UserRef>,
    /// Who changed it last.
    pub editor: Option<UserRef>,
    /// What the last editor wrote about the change.
    pub comment: Option<String>,
    /// Public labels.
    pub labels: Vec<String>,
    /// Addresses under which the wiki knew it (path part), for aliases.
    pub addresses: Vec<String>,
    /// What readers of the wiki wrote below it; not carried over, but reported.
    pub comments: Vec<Comment>,
}

/// An earlier version of a page.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: BodyPlace,
    /// Its details in the package's store.
    details: Stored,
}

impl Earlier {
    /// A version whose details lie at `details`.
    pub(super) fn new(title: String, body: BodyPlace, details: Stored) -> Self {
        Self { title, body, details }
    }
}

/// A file that hangs on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Id in the wiki.
    pub id: Option<Box<str>>,
    /// File name as people see it.
    pub name: Box<str>,
    /// Where its bytes are inside the export; `None` when they are not in it.
    pub entry: Option<Box<str>>,
    /// Its bytes, where they were packed inside a page's own file (Word exports).
    pub stored: Option<Stored>,
    /// The extension of files of its media type, where there is one.
    pub extension: Option<&'static str>,
}

impl Attachment {
    /// True when the export holds its bytes.
    pub fn is_here(&self) -> bool {
        self.entry.is_some() || self.stored.is_some()
    }
}

/// The extension of files of a media type, for attachments whose names have none.
pub(super) fn extension_of(media_type: &str) -> Option<&'static str> {
    Some(match media_type.split(';').next()?.trim() {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/svg+xml" => "svg",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "application/zip" => "zip",
        "application/json" => "json",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "video/mp4" => "mp4",
        _ => return None,
    })
}

/// A comment under a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// When, as in [`Details::updated`].
    pub date: Option<String>,
    /// Its body in the store.
    pub body: Option<Stored>,
}

/// A space.
#[derive(Debug, Clone, Default)]
pub struct Space {
    /// Key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Home page: id (XML, REST) or file (HTML).
    pub home: Option<String>,
    /// Somebody's personal space.
    pub personal: bool,
}

/// A person the export knows.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// Login or account id.
    pub login: String,
    /// Display name; never an e-mail address.
    pub name: Option<String>,
    /// Deactivated.
    pub former: bool,
}

/// Words of an export that stand outside its pages, so that no page can hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// File of the export.
    pub file: String,
    /// What it belongs to, for people.
    pub title: String,
    /// What is lost.
    pub loss: Loss,
}

/// What was in an export besides live pages, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Earlier versions of pages.
    pub versions: u64,
    /// Drafts.
    pub drafts: u64,
    /// Pages in the trash.
    pub trashed: u64,
    /// Templates.
    pub templates: u64,
    /// Comments.
    pub comments: u64,
    /// People.
    pub users: u64,
}

/// Everything in one or more exports but the bytes of attachments.
#[derive(Default)]
pub struct Package {
    /// Formats in words, e.g. `Confluence XML export`.
    pub formats: Vec<String>,
    /// The containers, in the order given.
    pub exports: Vec<Archive>,
    /// Spaces by key.
    pub spaces: BTreeMap<String, Space>,
    /// People by each id that names them.
    pub users: BTreeMap<String, User>,
    /// Pages in export order.
    pub pages: Vec<ImportPage>,
    /// Hosts of the wiki itself, lower case, so that absolute links to it are recognised.
    pub hosts: Vec<String>,
    /// Bodies.
    pub store: Store,
    /// What was noticed while reading.
    pub notices: Vec<Notice>,
    /// What else there was.
    pub counts: Counts,
    /// Words outside pages.
    pub beside: Vec<Beside>,
    /// Workflows of documents from side files.
    pub workflows: Vec<Workflow>,
    /// The day on which the export was made, `YYYY-MM-DD`, where it says so.
    pub made: Option<String>,
}

impl Package {
    /// Takes in a page that was read to its end.
    pub(super) fn add(&mut self, mut page: ImportPage, details: &Details) {
        match self.store.keep(details) {
            Ok(at) => page.details = Some(at),
            Err(error) => return self.notices.push(not_kept(&page.title, &error)),
        }
        page.attachments.shrink_to_fit();
        page.history.shrink_to_fit();
        self.pages.push(page);
    }

    /// What `page` says of itself.
    pub fn details(&self, page: &ImportPage) -> io::Result<Details> {
        page.details.map_or(Ok(Details::default()), |at| self.store.recall(at))
    }

    /// The same of an earlier version.
    pub fn details_of(&self, version: &Earlier) -> io::Result<Details> {
        self.store.recall(version.details)
    }

    /// The body of `page`.
    pub fn body(&self, page: &ImportPage) -> io::Result<RawBody> {
        if page.body != BodyPlace::File {
            return self.stored(page.body);
        }
        let archive = &self.exports[page.export];
        let entry = page.file.as_deref().and_then(|name| archive.find(name));
        let entry = entry.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not in the export"))?;
        let bytes = archive.bytes(entry, super::MAX_PAGE_BYTES)?;
        Ok(RawBody::Html(super::encoding::decode_html(&bytes).text))
    }

    /// The body of an earlier version.
    pub fn body_of(&self, version: &Earlier) -> io::Result<RawBody> {
        self.stored(version.body)
    }

    fn stored(&self, place: BodyPlace) -> io::Result<RawBody> {
        Ok(match place {
            BodyPlace::None | BodyPlace::File => RawBody::Empty,
            BodyPlace::Stored(format, at) => {
                let text = self.store.text(at)?;
                match format {
                    BodyFormat::Storage => RawBody::Storage(text),
                    BodyFormat::Html => RawBody::Html(text),
                    BodyFormat::Wiki => RawBody::Wiki(text),
                    BodyFormat::Adf => RawBody::Adf(text),
                }
            }
        })
    }
}

/// Says that a page is not imported because there is no room for what was read of it.
pub(super) fn not_kept(title: &str, error: &io::Error) -> Notice {
    Notice::error(format!("\"{title}\" is left out: what was read of it cannot be kept"))
        .why(error.to_string())
        .next("make room for temporary files, then the same command")
}
