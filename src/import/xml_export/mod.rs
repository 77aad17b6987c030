//! XML space and site exports: `entities.xml` streamed once, bodies put into the store, everything else joined afterwards, as objects come in any order.
//!
//! Knows the classes and properties of Confluence 2 to Cloud; knows nothing of Markdown or of where pages go.

mod clean;
mod found;
mod join;
mod objects;

use std::io;

use objects::{End, Outcome};

use super::archive::{Archive, shown};
use super::notice::{Notice, count, plural};
use super::package::Package;

/// What to read besides live pages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadOptions {
    /// Keep earlier versions of pages.
    pub history: bool,
}

/// Reads the package whose `entities.xml` is `entities` in `archive`, into `out`. `at` is the archive's place in [`Package::exports`].
pub(super) fn read(archive: &Archive, at: usize, entities: &str, out: &mut Package, options: ReadOptions, progress: &dyn Fn(u64)) {
    let base = entities.rsplit_once('/').map_or(String::new(), |(dir, _)| format!("{dir}/"));
    let descriptor = Descriptor::read(archive, &format!("{base}exportDescriptor.properties"));
    let Some(entry) = archive.find(entities) else { return };
    let mut found = found::Found::new(options);
    let outcome = archive.read(entry, |reader| {
        let store = &mut out.store;
        let mut failure = None;
        let outcome = objects::read(reader, super::MAX_PAGE_BYTES, &found::wanted, progress, &mut |object| {
            if failure.is_none()
                && let Err(error) = found.take(object, store)
            {
                failure = Some(error);
            }
        });
        failure.map_or(Ok(outcome), Err)
    });
    let mut datetime = None;
    let whole = match outcome {
        Ok(mut outcome) => {
            datetime = outcome.datetime.take();
            tell(archive, entities, &outcome, out)
        }
        Err(error) => {
            out.notices.push(failed(archive, entities, &error));
            false
        }
    };
    let made = descriptor.made.clone();
    join::finish(found, archive, at, &base, &descriptor, whole, out);
    if out.made.is_none() {
        out.made = made.or_else(|| datetime.and_then(|d| super::dates::day(&d).ok()));
    }
}

fn failed(archive: &Archive, entities: &str, error: &io::Error) -> Notice {
    Notice::error(format!("{} in {} cannot be read to its end", shown(entities), archive.path.display()))
        .why(error.to_string())
        .next("what was read before is imported; export again, then the same command")
}

/// Says what was wrong with the file; true when it was whole.
fn tell(archive: &Archive, entities: &str, outcome: &Outcome, out: &mut Package) -> bool {
    let file = format!("{} in {}", shown(entities), archive.path.display());
    let mended = outcome.mended;
    if mended.controls > 0 {
        out.notices.push(
            Notice::warning(format!("{} removed from {file}", plural(mended.controls, "control character")))
                .why(format!("XML does not allow them; the first one is in line {}", count(mended.first_control))),
        );
    }
    if mended.garbled > 0 {
        out.notices.push(
            Notice::warning(format!("{} in {file} not readable as text, shown as \u{fffd}", plural(mended.garbled, "byte sequence")))
                .why(format!("the file says it is UTF-8 and is not, first in line {}", count(mended.first_garbled)))
                .next("if the file was opened in an editor, export again and leave it as it is"),
        );
    }
    for broken in &outcome.broken {
        let what = match &broken.inside {
            Some((class, id)) => format!("{class} {id} not read, {file} is damaged in line {}", count(broken.line)),
            None => format!("{file} is damaged in line {}", count(broken.line)),
        };
        out.notices.push(Notice::error(what).why(broken.why.clone()).next("mend that place, or export again"));
    }
    let next = "what stands before it is imported; export again, compare sizes, then the same command";
    match &outcome.end {
        End::Whole => true,
        End::Cut { line, inside } => {
            let place = match inside {
                Some((class, id)) if !id.is_empty() => format!("inside {class} {id}"),
                Some((class, _)) => format!("inside a {class}"),
                None => "between two objects".to_owned(),
            };
            let why = format!("its last line, {}, ends {place}", count(*line));
            out.notices.push(Notice::error(format!("{file} is cut off")).why(why).next(next));
            false
        }
        End::Failed { line, why } => {
            let what = format!("{file} cannot be read beyond line {}", count(*line));
            out.notices.push(Notice::error(what).why(why.clone()).next(next));
            false
        }
        End::Foreign(root) => {
            let other =
                if root == "entity-engine-xml" { "a backup of Jira, which has a file of the same name" } else { "not one by Confluence" };
            out.notices.push(
                Notice::error(format!("{file} is {other}"))
                    .why(format!("its root is `{}`, not `hibernate-generic`", shown(root)))
                    .next("ask for a space export as XML: Space settings > Export space"),
            );
            false
        }
    }
}

/// `exportDescriptor.properties`, as far as it matters.
#[derive(Debug, Default)]
pub(super) struct Descriptor {
    /// Key of the one space exported.
    pub(super) space: Option<String>,
    /// Everything was exported.
    pub(super) site: bool,
    /// By Confluence Cloud.
    pub(super) cloud: bool,
    /// Attachments were left out by whoever exported.
    pub(super) without_attachments: bool,
    /// The day of the export.
    pub(super) made: Option<String>,
}

impl Descriptor {
    fn read(archive: &Archive, name: &str) -> Self {
        let mut out = Self::default();
        let bytes = archive.find(name).and_then(|e| archive.bytes(e, 1 << 20).ok()).unwrap_or_default();
        for (n, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            if n == 0
                && let Some(comment) = line.strip_prefix('#')
            {
                out.made = super::dates::day(comment).ok();
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().replace("\\:", ":").replace("\\=", "=");
            match key.trim() {
                "spaceKey" if !value.is_empty() => out.space = Some(value),
                "exportType" => out.site = value == "all",
                "source" => out.cloud = value == "cloud",
                "backupAttachments" => out.without_attachments = value == "false",
                _ => {}
            }
        }
        out
    }
}
