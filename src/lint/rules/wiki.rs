//! Addresses of Confluence pages, and which of them were imported.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::page::PageId;
use crate::workspace::Workspace;

/// Imported pages by id and by address.
pub(super) struct Imported {
    by_id: HashMap<String, PageId>,
    by_address: HashMap<String, PageId>,
}

static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:[?&]pageId=|/pages/(?:edit-v2/)?)(\d+)").expect("a fixed pattern"));

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^https?://[^/]+(?:/[^?#]*)?(?:/pages/(?:viewpage|releaseview|viewinfo|editpage)\.action|/display/~?[A-Za-z0-9]+/|/wiki/(?:spaces|display|x)/|/pages/\d+|/x/[A-Za-z0-9_-]{4,}$)")
        .expect("a fixed pattern")
});

impl Imported {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let mut imported = Self { by_id: HashMap::new(), by_address: HashMap::new() };
        for (id, page) in workspace.corpus.iter() {
            let Some(origin) = &page.meta.origin else { continue };
            if let Some(number) = &origin.id {
                imported.by_id.insert(number.clone(), id);
            }
            if let Some(url) = &origin.url {
                imported.by_address.insert(bare(url), id);
            }
        }
        imported
    }

    /// The imported page an address leads to.
    pub(super) fn page(&self, dest: &str) -> Option<PageId> {
        if !crate::page::corpus::is_external(dest) {
            return None;
        }
        let by_address = self.by_address.get(&bare(dest)).copied();
        by_address.or_else(|| {
            let number = ID.captures(dest).filter(|_| is_confluence(dest))?;
            self.by_id.get(&number[1]).copied()
        })
    }
}

/// True for addresses in a form only Confluence uses.
pub(super) fn is_confluence(dest: &str) -> bool {
    ADDRESS.is_match(dest) && (!dest.contains("/x/") || dest.contains("wiki") || dest.contains("confluence") || dest.contains("atlassian"))
}

/// An address without scheme, anchor and final slash.
fn bare(url: &str) -> String {
    let url = url.split('#').next().unwrap_or(url);
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.trim_end_matches('/').to_owned()
}
