//! What a container reader delivers: pages with raw bodies, attachments, users and spaces of one export, whatever its format.

use std::collections::BTreeMap;

use super::document::UserRef;

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
    pub body: Option<RawBody>,
    /// Files that hang on it.
    pub attachments: Vec<Attachment>,
    /// Earlier versions, oldest first; only their version, updated, editor, comment, title and body matter.
    pub history: Vec<ImportPage>,
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
    /// Media type.
    pub media_type: Option<String>,
    /// Size in bytes where the export says it.
    pub size: Option<u64>,
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

/// Everything in an export but the bytes.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Format in words, e.g. `Confluence XML export`.
    pub format: String,
    /// Spaces by key.
    pub spaces: BTreeMap<String, Space>,
    /// People by id.
    pub users: BTreeMap<String, User>,
    /// Pages in export order.
    pub pages: Vec<ImportPage>,
    /// Base addresses of the wiki itself, so that absolute links to it are recognised.
    pub base_urls: Vec<String>,
}
