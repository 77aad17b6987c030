//! The export carried in the binary and what goes beside it, for `stepwright demo`.
//!
//! Owns the files; the story is told by the command, with the same functions every other command uses.

use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

static EXPORT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/demo/export");

/// Name of the import, which names its ledger and loss report.
pub const NAME: &str = "tarnmoor";

/// Settings of the demo's repository.
pub const SETTINGS: &str = "\
# Settings of this repository. Every key is optional; `stepwright schema settings` prints them all.
site:
  title: Tarnmoor Cold Chain
  description: How we run three cold stores, and what to do when they warm up.
preset: import
defaults:
  - paths: [\"content/meetings/**\", \"content/decisions/**\"]
    kind: reference
";

/// Who holds which role in the demo.
pub const ROLES: &str = "\
# Who holds which role: the only file with people in it.
head-of-operations: {title: Head of operations, people: [ingrid.aldous]}
platform-lead: {title: Platform lead, people: [tomasz.wrenfield]}
platform-engineer: {title: Platform engineer, people: [priya.hathersage]}
shift-lead: {title: Shift lead, people: [desmond.lyle]}
quality-manager: {title: Quality manager, people: [yusuf.dunn]}
controller: {title: Controller, people: [maud.castellane]}
people-partner: {title: People partner, people: [rafe.quillon]}
facilities-manager: {title: Facilities manager, people: [sunniva.tate]}
";

/// What git leaves alone in the demo's repository.
pub const GITIGNORE: &str = "/public\n/export\n.stepwright/cache/\n";

/// The file that marks a folder as a demo of ours, which a second run may replace.
pub const STAMP: &str = ".stepwright/demo";

/// Writes the carried export to `folder`.
pub fn unpack(folder: &Path) -> io::Result<()> {
    unpack_dir(&EXPORT, folder)
}

fn unpack_dir(dir: &Dir<'_>, folder: &Path) -> io::Result<()> {
    for file in dir.files() {
        // The README is for those who read our sources; it is no part of the export.
        if file.path() == Path::new("README.md") {
            continue;
        }
        let target = folder.join(file.path());
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(target, file.contents())?;
    }
    dir.dirs().try_for_each(|inner| unpack_dir(inner, folder))
}
