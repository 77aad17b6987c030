//! What a container reader delivers: pages with raw bodies, attachments, users and spaces of one export, whatever its format.

use std::collections::BTreeMap;
use std::io;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BodyPlace {
    /// There is none.
    #[default]
    None,
    /// In the package's store.
    Stored(BodyFormat, Stored),
    /// A whole HTML file of the export.
    File(String),
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

/// One page of an export.
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
    /// Only some people may see it.
    pub restricted: bool,
    /// Addresses under which the wiki knew it (path part), for aliases.
    pub addresses: Vec<String>,
    /// The body.
    pub body: BodyPlace,
    /// Where in [`Package::exports`] it came from.
    pub export: usize,
    /// What readers of the wiki wrote below it; not carried over, but reported.
    pub comments: Vec<Comment>,
    /// Files that hang on it.
    pub attachments: Vec<Attachment>,
    /// Earlier versions, oldest first; only their version, updated, editor, comment, title and body matter.
    pub history: Vec<ImportPage>,
}

impl ImportPage {
    /// Gives back the room that lists took in advance: there may be very many pages.
    pub(super) fn shrink(&mut self) {
        self.labels.shrink_to_fit();
        self.addresses.shrink_to_fit();
        self.comments.shrink_to_fit();
        self.attachments.shrink_to_fit();
        self.history.shrink_to_fit();
    }
}

/// A file that hangs on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Id in the wiki.
    pub id: Option<String>,
    /// File name as people see it.
    pub name: String,
    /// Where its bytes are inside the export; `None` when they are not in it.
    pub entry: Option<String>,
    /// Its bytes, where they were packed inside a page's own file (Word exports).
    pub stored: Option<Stored>,
    /// Media type.
    pub media_type: Option<String>,
    /// Size in bytes where the export says it.
    pub size: Option<u64>,
}

impl Attachment {
    /// True when the export holds its bytes.
    pub fn is_here(&self) -> bool {
        self.entry.is_some() || self.stored.is_some()
    }
}

/// A comment under a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment {
    /// When, as in [`ImportPage::updated`].
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
    /// The body of `page`.
    pub fn body(&self, page: &ImportPage) -> io::Result<RawBody> {
        Ok(match &page.body {
            BodyPlace::None => RawBody::Empty,
            BodyPlace::Stored(format, at) => {
                let text = self.store.text(*at)?;
                match format {
                    BodyFormat::Storage => RawBody::Storage(text),
                    BodyFormat::Html => RawBody::Html(text),
                    BodyFormat::Wiki => RawBody::Wiki(text),
                    BodyFormat::Adf => RawBody::Adf(text),
                }
            }
            BodyPlace::File(name) => {
                let archive = &self.exports[page.export];
                let entry = archive.find(name).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not in the export"))?;
                let bytes = archive.bytes(entry, super::MAX_PAGE_BYTES)?;
                RawBody::Html(super::encoding::decode_html(&bytes).text)
            }
        })
    }
}
