//! Why a whole export cannot be read, and what to do about it.

use std::io;

use crate::import::notice::Notice;

/// A whole export cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing there.
    #[error("{path} does not exist")]
    Missing {
        /// As given.
        path: String,
    },
    /// The system refuses.
    #[error("{path} cannot be read")]
    Unreadable {
        /// As given.
        path: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A zip without its end.
    #[error("{path} is cut off, its table of contents is missing")]
    CutOff {
        /// As given.
        path: String,
        /// Its size.
        bytes: u64,
        /// The last entry that begins in it.
        inside: Option<String>,
    },
    /// A zip that contradicts itself.
    #[error("{path} is a damaged zip")]
    Damaged {
        /// As given.
        path: String,
        /// What the zip reader says.
        why: String,
    },
    /// Made to fill the disk.
    #[error("{path} is not read: {why}")]
    Bomb {
        /// As given.
        path: String,
        /// What gives it away.
        why: String,
    },
    /// Another kind of file.
    #[error("{path} is {what}, not a Confluence export that can be read")]
    Foreign {
        /// As given.
        path: String,
        /// What it is.
        what: &'static str,
        /// What to do.
        next: &'static str,
    },
}

impl ArchiveError {
    /// The error as it is shown: what, why, what to do next.
    pub fn notice(&self) -> Notice {
        let what = self.to_string();
        match self {
            Self::Missing { .. } => Notice::error(what).next("check the path; a zip, a folder, or a file of an export is expected"),
            Self::Unreadable { source, .. } => {
                Notice::error(what).why(format!("the system says so ({source})")).next("check its permissions")
            }
            Self::CutOff { bytes, inside, .. } => {
                let size = crate::import::notice::count(*bytes);
                let why = match inside {
                    Some(name) => format!("{size} bytes, ends inside {name}"),
                    None => format!("{size} bytes, and no entry of a zip begins in them"),
                };
                Notice::error(what).why(why).next("fetch it again and compare sizes, or unpack it and plan the folder")
            }
            Self::Damaged { why, .. } => Notice::error(what).why(why.clone()).next("fetch it again, or unpack it and plan the folder"),
            Self::Bomb { .. } => Notice::error(what).next("if it is a real export, unpack it and plan the folder"),
            Self::Foreign { next, .. } => Notice::error(what).next(*next),
        }
    }
}
