//! Where links lead: the one index over all pages, attachments and people of a package, and the answers the Markdown writer asks for.
//!
//! Knows every form in which the wiki addresses its own pages: title and space, id, file of the export, `/display/…`, `viewpage.action`,
//! `/wiki/spaces/…/pages/…`, tiny `/x/…`. Reads another page's body only when an anchor on it or its content is asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{OnceLock, PoisonError, RwLock};

use super::anchors::Anchors;
use super::body::{self, BodyContext};
use super::document::{Block, Inline, PageRef, Target, UserRef};
use super::ledger::digest;
use super::package::{Attachment, Package, PageType};
use super::paths::{Layout, file_name_in, own_folder, slash};
use super::people::{self, Named, Roles};
use super::resolve::{ChildPage, Included, Place, Resolver};
use super::store::{Store, Stored};
use crate::page::corpus::percent_decode;
use crate::text::path::relative;

/// The index. Shared by all pages.
pub struct Links<'a> {
    package: &'a Package,
    layout: &'a Layout,
    by_id: Index,
    /// Export and path in it.
    by_file: Index,
    /// Space and title.
    by_title: Index,
    by_bare_title: Index,
    /// Export, and an attachment's id or path in it.
    by_attachment: HashMap<u64, (u32, u32)>,
    spaces: BTreeMap<String, String>,
    /// Anchors are many and seldom asked for: they lie in a store, and here is where.
    anchors: Vec<OnceLock<Option<Stored>>>,
    kept: RwLock<Store>,
    roles: Roles,
    not_needed: BTreeSet<String>,
}

/// Bytes of anchors kept in memory.
const ANCHORS: usize = 8 << 20;

/// Digest of names → page: the names themselves would be most of an index, and there is one for every page.
#[derive(Default)]
struct Index(HashMap<u64, u32>);

impl Index {
    fn get(&self, names: &[&str]) -> Option<usize> {
        self.0.get(&digest(names)).map(|at| *at as usize)
    }

    /// The first page of a name has it.
    fn add(&mut self, names: &[&str], at: usize) {
        self.0.entry(digest(names)).or_insert(small(at));
    }

    fn replace(&mut self, names: &[&str], at: usize) {
        self.0.insert(digest(names), small(at));
    }
}

/// A place in a list of pages or of attachments: archives hold two million files at most.
fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Titles are compared without regard to case and runs of white space, as the wiki does.
fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl<'a> Links<'a> {
    /// Indexes a package as it was laid out.
    pub fn new(package: &'a Package, layout: &'a Layout) -> Self {
        let mut out = Self {
            package,
            layout,
            by_id: Index::default(),
            by_file: Index::default(),
            by_title: Index::default(),
            by_bare_title: Index::default(),
            by_attachment: HashMap::new(),
            spaces: package.spaces.keys().map(|k| (k.to_lowercase(), k.clone())).collect(),
            anchors: std::iter::repeat_with(OnceLock::new).take(package.pages.len()).collect(),
            kept: RwLock::new(package.store.another(ANCHORS)),
            roles: Roles::default(),
            not_needed: BTreeSet::new(),
        };
        for (at, page) in package.pages.iter().enumerate() {
            if layout.pages[at].is_empty() {
                continue;
            }
            let export = page.export.to_string();
            if let Some(id) = &page.id {
                out.by_id.add(&[id], at);
            }
            if let Some(file) = &page.file {
                out.by_file.add(&[&export, file], at);
            }
            let title = fold(&page.title);
            let space = page.space.as_deref().unwrap_or_default().to_lowercase();
            // A page wins over a blog post of the same title.
            let names = [space.as_str(), &title];
            let earlier = out.by_title.get(&names).map(|i| package.pages[i].kind);
            if earlier.is_none() || earlier == Some(PageType::BlogPost) && page.kind != PageType::BlogPost {
                out.by_title.replace(&names, at);
            }
            if package.spaces.is_empty() || package.formats.iter().all(|f| f.contains("HTML")) {
                out.by_bare_title.add(&[&title], at);
            }
            for (i, attachment) in page.attachments.iter().enumerate() {
                let place = (small(at), small(i));
                for name in [attachment.id.as_deref(), attachment.entry.as_deref()].into_iter().flatten() {
                    out.by_attachment.entry(digest(&[&export, name])).or_insert(place);
                    // Old exports keep thumbnails without the extension of the picture they are made of.
                    if let Some((stem, extension)) = name.rsplit_once('.').filter(|(stem, _)| stem.contains('/'))
                        && !extension.contains('/')
                    {
                        out.by_attachment.entry(digest(&[&export, stem])).or_insert(place);
                    }
                }
            }
        }
        out
    }

    /// Lets roles stand for people.
    #[must_use]
    pub fn with_roles(self, roles: Roles) -> Self {
        Self { roles, ..self }
    }

    /// Leaves no markers of these macros.
    #[must_use]
    pub fn without(self, not_needed: &BTreeSet<&str>) -> Self {
        Self { not_needed: not_needed.iter().map(|name| (*name).to_owned()).collect(), ..self }
    }

    /// Tells the anchors of a page whose blocks are at hand, so that they need not be read again.
    pub fn know(&self, at: usize, blocks: &[Block]) {
        self.anchors[at].get_or_init(|| self.keep(&Anchors::of(&self.package.pages[at].title, blocks)));
    }

    fn keep(&self, anchors: &Anchors) -> Option<Stored> {
        if anchors.is_empty() {
            return None;
        }
        self.kept.write().unwrap_or_else(PoisonError::into_inner).put(&anchors.bytes()).ok()
    }

    /// What an anchor of the wiki is called on page `at`.
    fn anchor(&self, at: usize, wiki: &str) -> Option<String> {
        let title = &self.package.pages[at].title;
        let place = (*self.anchors[at].get_or_init(|| self.keep(&Anchors::of(title, &self.blocks(at)))))?;
        let bytes = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(place).ok()?;
        Anchors::from_bytes(title, &bytes).resolve(wiki)
    }

    fn blocks(&self, at: usize) -> Vec<Block> {
        let page = &self.package.pages[at];
        self.package.body(page).map(|raw| body::read(&raw, &mut BodyContext::new(&page.title))).unwrap_or_default()
    }

    /// The page at `reference`, seen from page `from`.
    fn page(&self, reference: &PageRef, from: usize) -> Option<usize> {
        let by_id = || self.by_id.get(&[reference.id.as_deref()?]);
        let by_file = || self.file(from, reference.file.as_deref()?);
        if let Some(at) = by_id().or_else(by_file) {
            return Some(at);
        }
        let title = fold(reference.title.as_deref()?);
        let space = reference.space.as_deref().or(self.package.pages[from].space.as_deref()).unwrap_or_default().to_lowercase();
        let exact = self.by_title.get(&[&space, &title]);
        // Without a space of its own the reference means this one; only packages that know no spaces may look further.
        exact.or_else(|| if self.spaces.is_empty() { self.by_bare_title.get(&[&title]) } else { None })
    }

    /// The page whose file is `file` in the export that page `from` is of.
    fn file(&self, from: usize, file: &str) -> Option<usize> {
        self.by_file.get(&[&self.package.pages[from].export.to_string(), file])
    }

    /// The attachment with that id or at that path in the export that page `from` is of.
    fn named(&self, from: usize, name: &str) -> Option<(usize, usize)> {
        let slot = digest(&[&self.package.pages[from].export.to_string(), name]);
        self.by_attachment.get(&slot).map(|(page, file)| (*page as usize, *file as usize))
    }

    fn home(&self, key: &str) -> Option<usize> {
        let key = self.spaces.get(&key.to_lowercase())?;
        self.layout.homes.get(key).copied().or_else(|| self.layout.tops.get(key).filter(|t| t.len() == 1).map(|t| t[0]))
    }

    /// What an address of the wiki's own means. `None`: not one of the forms known, or another wiki's.
    fn own_address(&self, url: &str, from: usize) -> Option<Meaning> {
        let (host, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                (Some(rest[..end].to_lowercase()), &rest[end..])
            }
            Some(_) => return None,
            None if url.starts_with('/') && !url.starts_with("//") => (None, url),
            None => return None,
        };
        let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(r, f)| (r, Some(percent_decode(f))));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let ours = host.as_ref().is_none_or(|h| self.package.hosts.iter().any(|own| own == h));
        let foreign = !ours && !self.package.hosts.is_empty() && host.as_ref().is_some_and(|h| !h.ends_with(".atlassian.net"));
        if foreign {
            return None;
        }
        let anchor = fragment.filter(|f| !f.is_empty());
        let query: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|p| p.split_once('='))
            .map(|(k, v)| (k.to_lowercase(), percent_decode(&v.replace('+', " "))))
            .collect();
        let parts: Vec<String> = path.split('/').filter(|p| !p.is_empty()).map(percent_decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let by_id = |id: &str| self.by_id.get(&[id]).map(|at| Meaning::Page(at, anchor.clone()));
        if let Some(at) =
            parts.iter().position(|p| *p == "attachments").filter(|at| *at > 0 && matches!(parts[at - 1], "download" | "thumbnails"))
        {
            let (page, name) = (parts.get(at + 1)?, parts.get(at + 2)?);
            return Some(self.file_of(self.by_id.get(&[*page])?, name).map_or(Meaning::Lost, Meaning::File));
        }
        if let Some(at) = parts.iter().position(|p| *p == "thumbnails").filter(|at| *at > 0 && parts[at - 1] == "download") {
            let (page, name) = (parts.get(at + 1)?, parts.get(at + 2)?);
            return Some(self.file_of(self.by_id.get(&[*page])?, name).map_or(Meaning::Lost, Meaning::File));
        }
        if let Some(id) = query.get("pageid") {
            return by_id(id).or(ours.then_some(Meaning::Lost));
        }
        if let (Some(space), Some(title)) = (query.get("spacekey"), query.get("title")) {
            return self.titled(space, title, from).map(|at| Meaning::Page(at, anchor.clone())).or(ours.then_some(Meaning::Lost));
        }
        if let Some(at) = parts.iter().position(|p| *p == "pages") {
            let below_space = at > 1 && parts[at - 2] == "spaces";
            let id = parts[at + 1..].iter().find(|p| (below_space || p.len() >= 3) && p.bytes().all(|b| b.is_ascii_digit()));
            if let Some(id) = id {
                return by_id(id).or(ours.then_some(Meaning::Lost));
            }
        }
        if let (Some(key), Some(&"viewspace.action")) = (query.get("key"), parts.last()) {
            return self.home(key).map(|h| Meaning::Page(h, anchor));
        }
        if let Some(mut at) = parts.iter().position(|p| *p == "display") {
            at += usize::from(parts.get(at + 1) == Some(&"public") && parts.len() > at + 3);
            let space = parts.get(at + 1)?;
            let Some(title) = parts.get(at + 2) else { return self.home(space).map(|h| Meaning::Page(h, anchor)) };
            return self
                .titled(space, &title.replace('+', " "), from)
                .map(|p| Meaning::Page(p, anchor.clone()))
                .or(ours.then_some(Meaning::Lost));
        }
        if let [.., "x", tiny] = parts.as_slice() {
            return tiny_ids(tiny).iter().find_map(|id| by_id(id)).or((ours && host.is_some()).then_some(Meaning::Lost));
        }
        if let [.., "spaces", key] | [.., "spaces", key, "overview" | "pages"] = parts.as_slice() {
            return self.home(key).map(|h| Meaning::Page(h, anchor));
        }
        None
    }

    fn titled(&self, space: &str, title: &str, from: usize) -> Option<usize> {
        let reference = PageRef { space: Some(space.to_owned()), title: Some(title.to_owned()), ..PageRef::default() };
        self.page(&reference, from).or_else(|| {
            // HTML exports know names of spaces, not always keys.
            let keyed = self.spaces.contains_key(&space.to_lowercase());
            if keyed {
                None
            } else {
                self.by_bare_title.get(&[&fold(title)]).filter(|_| self.package.formats.iter().all(|f| f.contains("HTML")))
            }
        })
    }

    /// Attachment of page `at` by name, case folded if need be.
    fn file_of(&self, at: usize, name: &str) -> Option<(usize, usize)> {
        let list = &self.package.pages[at].attachments;
        let exact = list.iter().position(|a| *a.name == *name);
        let wanted = fold(name);
        exact.or_else(|| list.iter().position(|a| fold(&a.name) == wanted)).map(|i| (at, i))
    }
}

/// What an address means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Page(usize, Option<String>),
    File((usize, usize)),
    /// The wiki's own, and not in the export.
    Lost,
}

/// The resolver for one page.
pub struct PageLinks<'a> {
    links: &'a Links<'a>,
    at: usize,
    named: RefCell<Named>,
}

impl<'a> Links<'a> {
    /// The answers for page `at`.
    pub fn of(&'a self, at: usize) -> PageLinks<'a> {
        PageLinks { links: self, at, named: RefCell::default() }
    }
}

impl PageLinks<'_> {
    /// The people who were asked for.
    pub fn named(self) -> Named {
        self.named.into_inner()
    }

    fn to_page(&self, at: usize, anchor: Option<&str>) -> Place {
        let links = self.links;
        let title = links.package.pages[at].title.clone();
        let asked = anchor.filter(|a| !a.is_empty());
        let anchor = asked.and_then(|a| links.anchor(at, a));
        // A link of a page to itself is a link, unless it asked for a place that the page does not have.
        let path =
            if at == self.at && asked.is_some() { String::new() } else { relative(&links.layout.pages[self.at], &links.layout.pages[at]) };
        Place::Here { path, anchor, title }
    }

    fn to_file(&self, (page, file): (usize, usize)) -> Place {
        let links = self.links;
        let target = &links.layout.files[page][file];
        let attachment = &links.package.pages[page].attachments[file];
        let (path, title) = (relative(&links.layout.pages[self.at], target), attachment.name.to_string());
        if attachment.is_here() { Place::Here { path, anchor: None, title } } else { Place::Absent { path, title } }
    }

    fn attachment(&self, page: Option<&PageRef>, name: &str, id: Option<&str>) -> Place {
        let links = self.links;
        let owner = match page {
            Some(reference) => links.page(reference, self.at),
            None => Some(self.at),
        };
        if let Some(id) = id {
            let entry = self.entry(id);
            let found = [Some(id), entry.as_deref()].into_iter().flatten().find_map(|i| links.named(self.at, i));
            if let Some(found) = found.filter(|(at, _)| !links.layout.pages[*at].is_empty()) {
                return self.to_file(found);
            }
        }
        if let Some(found) = owner.and_then(|at| links.file_of(at, name)) {
            return self.to_file(found);
        }
        // Not in the export: the link keeps the place where the file belongs, so that putting it there mends it.
        match owner.map(|at| &links.layout.pages[at]).filter(|path| !path.is_empty()) {
            Some(path) if !name.is_empty() => {
                let folder = own_folder(path);
                let file = file_name_in(folder, &Attachment { name: name.into(), ..Attachment::default() });
                let path = relative(&links.layout.pages[self.at], &format!("{}{file}", slash(folder)));
                Place::Unlisted { path, title: name.to_owned() }
            }
            _ => Place::Missing { url: None },
        }
    }

    /// The path inside the export of an address relative to this page's file.
    fn entry(&self, address: &str) -> Option<String> {
        let file = self.links.package.pages[self.at].file.as_deref()?;
        super::html_export::local(file, address).map(|e| e.replace("/thumbnails/", "/"))
    }

    fn url(&self, url: &str) -> Place {
        let links = self.links;
        if let Some(found) = links.named(self.at, url) {
            return self.to_file(found);
        }
        if let Some(meaning) = links.own_address(url, self.at) {
            return match meaning {
                Meaning::Page(at, anchor) => self.to_page(at, anchor.as_deref()),
                Meaning::File(file) => self.to_file(file),
                Meaning::Lost => Place::Missing { url: url.contains("://").then(|| url.to_owned()) },
            };
        }
        if let Some(entry) = self.entry(url) {
            let fragment = url.split_once('#').map(|(_, f)| percent_decode(f));
            if let Some(at) = links.file(self.at, &entry) {
                return self.to_page(at, fragment.as_deref());
            }
            if let Some(found) = links.named(self.at, &entry) {
                return self.to_file(found);
            }
            return Place::Missing { url: None };
        }
        if let Some(anchor) = url.strip_prefix('#') {
            return self.to_page(self.at, Some(&percent_decode(anchor)));
        }
        if url.starts_with('/') && !url.starts_with("//") {
            // A path on the wiki's own host, of a kind that is not a page.
            let host = links.package.hosts.first();
            return Place::Missing { url: host.map(|h| format!("https://{h}{url}")) };
        }
        Place::Away(url.to_owned())
    }
}

impl Resolver for PageLinks<'_> {
    fn place(&self, target: &Target) -> Place {
        let links = self.links;
        match target {
            Target::Url(url) => self.url(url.trim()),
            Target::Page(reference, anchor) => {
                let by_file = reference.file.as_deref().and_then(|f| {
                    let entry = self.entry(f)?;
                    links.file(self.at, &entry)
                });
                match by_file.or_else(|| links.page(reference, self.at)) {
                    Some(at) => self.to_page(at, anchor.as_deref()),
                    None => Place::Missing { url: None },
                }
            }
            Target::Attachment { page, name, id } => self.attachment(page.as_ref(), name, id.as_deref()),
            Target::Anchor(anchor) => self.to_page(self.at, Some(anchor)),
            Target::Space(key) => links.home(key).map_or(Place::Missing { url: None }, |home| self.to_page(home, None)),
            Target::User(_) | Target::Issue(_) | Target::Nothing => Place::Missing { url: None },
        }
    }

    fn user_name(&self, user: &UserRef) -> Option<String> {
        if let Some(known) = self.links.package.users.get(&user.id) {
            if known.former {
                return None;
            }
            if let Some(name) = &known.name {
                return Some(name.clone());
            }
        }
        people::presentable(user.name.as_deref(), &user.id)
    }

    fn mention(&self, user: &UserRef) -> Option<String> {
        let name = self.user_name(user)?;
        let shown = self.links.roles.title(&name).unwrap_or_else(|| name.clone());
        self.named.borrow_mut().mentioned.insert(name);
        Some(shown)
    }

    fn owner(&self, user: &UserRef) -> Option<String> {
        let name = self.user_name(user)?;
        let role = self.role(&name);
        self.named.borrow_mut().owning.insert(name);
        role
    }

    fn needs(&self, macro_name: &str) -> bool {
        !self.links.not_needed.contains(macro_name)
    }

    fn role(&self, name: &str) -> Option<String> {
        self.links.roles.id(name).map(str::to_owned)
    }

    fn children(&self, of: Option<&PageRef>, depth: u32) -> Option<Vec<ChildPage>> {
        let mut budget = 2_000;
        let depth = if depth == 0 { u32::MAX } else { depth };
        let space = self.links.package.pages[self.at].space.as_deref().unwrap_or_default();
        let at = match of {
            None => self.at,
            Some(reference) => match reference.title.as_deref() {
                Some("@home") => self.links.home(space)?,
                Some("@self") => self.at,
                Some("@parent") => self.links.layout.parents[self.at]?,
                Some("@none") => {
                    let tops = self.links.layout.tops.get(space)?;
                    return Some(self.list(tops, depth, 0, &mut budget));
                }
                _ => self.links.page(reference, self.at)?,
            },
        };
        Some(self.below(at, depth, 0, &mut budget))
    }

    fn files(&self, of: Option<&PageRef>) -> Option<Vec<(String, String)>> {
        let links = self.links;
        let at = of.map_or(Some(self.at), |reference| links.page(reference, self.at))?;
        let places = links.layout.files[at].iter().map(|path| relative(&links.layout.pages[self.at], path));
        let names = links.package.pages[at].attachments.iter().map(|a| a.name.to_string());
        let mut out: Vec<(String, String)> = places.zip(names).collect();
        out.sort_by(|a, b| (a.1.to_lowercase(), &a.0).cmp(&(b.1.to_lowercase(), &b.0)));
        out.dedup();
        Some(out)
    }

    fn include(&self, page: &PageRef, excerpt: bool, name: Option<&str>) -> Option<Included> {
        let at = self.links.page(page, self.at)?;
        let source = &self.links.package.pages[at];
        let mut blocks = self.links.blocks(at);
        if excerpt {
            let mut found = Vec::new();
            excerpts(&blocks, name, &mut found);
            blocks = found;
        }
        let page =
            PageRef { space: source.space.clone(), title: Some(source.title.clone()), id: source.id.clone(), file: source.file.clone() };
        Some(Included { page, blocks })
    }
}

impl PageLinks<'_> {
    fn below(&self, at: usize, depth: u32, level: u32, budget: &mut usize) -> Vec<ChildPage> {
        self.list(&self.links.layout.children[at], depth, level, budget)
    }

    fn list(&self, pages: &[usize], depth: u32, level: u32, budget: &mut usize) -> Vec<ChildPage> {
        if depth == 0 || level > 32 {
            return Vec::new();
        }
        let layout = self.links.layout;
        let mut out = Vec::new();
        for child in pages {
            if *budget == 0 {
                break;
            }
            *budget -= 1;
            let children = self.below(*child, depth.saturating_sub(1), level + 1, budget);
            let path = relative(&layout.pages[self.at], &layout.pages[*child]);
            out.push(ChildPage { path, title: self.links.package.pages[*child].title.clone(), children });
        }
        out
    }
}

/// Collects excerpts, those with `name` if one is asked for.
fn excerpts(blocks: &[Block], name: Option<&str>, out: &mut Vec<Block>) {
    for block in blocks {
        match block {
            Block::Excerpt { name: own, blocks, .. } if name.is_none() || own.as_deref() == name => out.extend(blocks.iter().cloned()),
            Block::Quote(inner) | Block::Callout { blocks: inner, .. } | Block::Expand { blocks: inner, .. } => excerpts(inner, name, out),
            Block::Tabs(tabs) => tabs.iter().for_each(|t| excerpts(&t.blocks, name, out)),
            Block::Marker(marker) => excerpts(&marker.blocks, name, out),
            Block::List { items, .. } => items.iter().for_each(|i| excerpts(&i.blocks, name, out)),
            Block::Table(table) => table.rows.iter().flatten().for_each(|c| excerpts(&c.blocks, name, out)),
            Block::Paragraph(content) | Block::Heading { content, .. } => inline_excerpts(content, name, out),
            _ => {}
        }
    }
}

fn inline_excerpts(content: &[Inline], name: Option<&str>, out: &mut Vec<Block>) {
    for inline in content {
        match inline {
            Inline::Excerpt { name: own, content } if name.is_none() || own.as_deref() == name => {
                out.push(Block::Paragraph(content.clone()));
            }
            Inline::Strong(inner) | Inline::Emphasis(inner) => inline_excerpts(inner, name, out),
            _ => {}
        }
    }
}

/// Page ids a tiny link may mean: base64 of the id's bytes, lowest first, in the wiki's own alphabet and in the common one.
fn tiny_ids(tiny: &str) -> Vec<String> {
    let decode = |minus: u8, underscore: u8| -> Option<String> {
        let mut bits: u128 = 0;
        let mut count = 0u32;
        let mut value: u64 = 0;
        let mut shift = 0u32;
        for b in tiny.bytes() {
            let b = match b {
                b'-' => minus,
                b'_' => underscore,
                b => b,
            };
            let six = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => continue,
                _ => return None,
            };
            bits = bits << 6 | u128::from(six);
            count += 6;
            if count >= 8 {
                count -= 8;
                let byte = u64::try_from(bits >> count & 0xff).ok()?;
                if shift >= 64 {
                    return None;
                }
                value |= byte << shift;
                shift += 8;
            }
        }
        // The wiki drops trailing zero bytes as `A`s, so the last character may be short of a byte.
        if count > 0 && shift < 64 {
            let byte = u64::try_from((bits << (8 - count)) & 0xff).ok()?;
            value |= byte << shift;
        }
        (value > 0).then(|| value.to_string())
    };
    let mut out: Vec<String> = [decode(b'/', b'+'), decode(b'+', b'/')].into_iter().flatten().collect();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::package::{ImportPage, Space};
    use crate::import::paths::{Wishes, lay_out};

    fn package() -> Package {
        let page = |id: &str, title: &str, parent: Option<&str>| ImportPage {
            id: Some(id.into()),
            title: title.into(),
            parent: parent.map(Into::into),
            space: Some("OPS".into()),
            ..ImportPage::default()
        };
        let mut package =
            Package { pages: vec![page("1", "Home", None), page("164011", "Deploy  Guide", Some("1"))], ..Package::default() };
        package.pages[1].attachments.push(Attachment {
            id: Some("77".into()),
            name: "Plan A.png".into(),
            entry: Some("77".into()),
            ..Attachment::default()
        });
        package.pages[1].attachments.push(Attachment { id: Some("78".into()), name: "Plan A.png".into(), ..Attachment::default() });
        package
            .spaces
            .insert("OPS".into(), Space { key: "OPS".into(), name: "Operations".into(), home: Some("1".into()), personal: false });
        package.hosts.push("wiki.example.com".into());
        package
    }

    #[test]
    fn every_form_of_address_leads_to_the_page() {
        let package = package();
        let layout = lay_out(&package, &[true, true], &Wishes::default());
        let links = Links::new(&package, &layout);
        let home = links.of(0);
        for url in [
            "https://wiki.example.com/display/ops/Deploy+Guide",
            "/display/OPS/deploy%20guide#x",
            "https://wiki.example.com/pages/viewpage.action?pageId=164011",
            "https://wiki.example.com/pages/viewpage.action?spaceKey=OPS&title=Deploy+Guide",
            "https://wiki.example.com/display/public/OPS/Deploy+Guide",
            "https://team.atlassian.net/wiki/spaces/OPS/pages/164011/Deploy+Guide?focusedCommentId=3",
            "https://wiki.example.com/x/q4AC",
        ] {
            let place = home.place(&Target::Url(url.into()));
            assert_eq!(place, Place::Here { path: "deploy-guide.md".into(), anchor: None, title: "Deploy  Guide".into() }, "{url}");
        }
        let first = Place::Here { path: "_index.md".into(), anchor: None, title: "Home".into() };
        for url in ["https://wiki.example.com/spaces/viewspace.action?key=OPS", "https://wiki.example.com/spaces/OPS/pages/1/Home"] {
            assert_eq!(links.of(1).place(&Target::Url(url.into())), first, "{url}");
        }
        assert_eq!(
            home.place(&Target::Url("https://wiki.example.com/download/attachments/164011/Plan%20A.png?version=1".into())),
            Place::Here { path: "deploy-guide/Plan A.png".into(), anchor: None, title: "Plan A.png".into() }
        );
        assert_eq!(
            home.place(&Target::Url("https://wiki.example.com/display/OPS/Gone".into())),
            Place::Missing { url: Some("https://wiki.example.com/display/OPS/Gone".into()) }
        );
        for url in ["https://other.org/display/OPS/Deploy+Guide", "mailto:a@b.org", "https://example.com/spaces/x"] {
            assert_eq!(home.place(&Target::Url(url.into())), Place::Away(url.into()));
        }
        let gone = Target::Attachment { page: None, name: "Plan A.png".into(), id: Some("78".into()) };
        assert_eq!(links.of(1).place(&gone), Place::Absent { path: "deploy-guide/Plan A.png".into(), title: "Plan A.png".into() });
        let to_itself = links.of(1).place(&Target::Url("https://wiki.example.com/x/q4AC".into()));
        assert!(matches!(to_itself, Place::Here { path, .. } if path == "deploy-guide.md"));
        let title = PageRef { title: Some("deploy guide".into()), ..PageRef::default() };
        assert!(matches!(home.place(&Target::Page(title, None)), Place::Here { .. }));
    }
}
