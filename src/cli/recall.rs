//! A run with nothing changed is not made again: what the last one said is said once more, with the same exit code.
//!
//! Kept per command in `.stepwright/cache/runs/`, which git leaves out; deleting the folder costs one run. Recalled only when everything the run
//! read ([`inputs`]) and every file it wrote is as it was. `-v` always does the work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::args::Global;
use super::term::Term;
use crate::config::Project;
use crate::history::trace;
use crate::site::write::listed;
use crate::workspace::Workspace;
use crate::workspace::inputs::{self, Stamps};

/// What a run said.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Said {
    /// stdout.
    pub answer: String,
    /// Lines on stderr.
    pub lines: Vec<String>,
    /// The last line on stderr, without the time it took.
    pub last: String,
    /// The exit code.
    pub outcome: Outcome,
}

/// A run as kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    inputs: String,
    /// Files outside the content that it asked for, with their states.
    asked: BTreeMap<String, String>,
    outputs: String,
    said: Said,
}

/// A run that may have been made before.
#[derive(Debug)]
pub(super) struct Recall {
    root: PathBuf,
    file: PathBuf,
    output: PathBuf,
    /// `None` for a run that is neither recalled nor kept.
    inputs: Option<String>,
    /// What git knew when the run began.
    git: Option<String>,
}

impl Recall {
    /// A run of `command` with these arguments, about to write to `output`. `further` are files named by the arguments.
    pub(super) fn of(
        command: &str,
        arguments: &impl std::fmt::Debug,
        further: &[PathBuf],
        output: &Path,
        (project, now): (&Project, Date),
        (global, term): (&Global, &Term),
    ) -> Self {
        let output = std::path::absolute(output).unwrap_or_else(|_| output.to_path_buf());
        let whole = format!("{command} {arguments:?} {} {:?}", output.display(), term.look());
        Self {
            root: project.root.clone(),
            file: project.root.join(crate::disk::CACHE).join("runs").join(format!("{command}.json")),
            // Asked before the inputs are: a commit in between makes the run one that is not kept.
            git: trace(&project.root, &[]),
            inputs: (global.verbose == 0).then(|| inputs::of(project, now, &whole, further)).flatten(),
            output,
        }
    }

    /// Says what the same run said before, if it would come to the same.
    pub(super) fn repeat(&self, term: &Term) -> Option<Outcome> {
        let wanted = self.inputs.as_ref()?;
        let kept: Kept = serde_json::from_slice(&std::fs::read(&self.file).ok()?).ok()?;
        let same = kept.inputs == *wanted && inputs::same_answers(&self.root, &kept.asked) && kept.outputs == self.outputs().digest();
        if !same {
            return None;
        }
        term.answer(&kept.said.answer);
        for line in &kept.said.lines {
            term.say(line);
        }
        term.last(&kept.said.last);
        Some(kept.said.outcome)
    }

    /// Keeps what a run said that has written everything. Where it cannot be kept the next run simply does the work.
    pub(super) fn keep(&self, workspace: &Workspace, said: Said) {
        let Some((inputs, asked)) = self.inputs.clone().zip(inputs::asked(workspace)) else { return };
        // Files that change meanwhile show it the next time; a branch that was left and came back would not.
        if trace(&self.root, &[]) != self.git {
            return;
        }
        let Some(outputs) = self.outputs().written() else { return };
        let Ok(json) = serde_json::to_vec(&Kept { inputs, asked, outputs, said }) else { return };
        crate::disk::keep(&self.file, &json);
    }

    fn outputs(&self) -> Stamps {
        let mut stamps = Stamps::default();
        for path in listed(&self.output) {
            stamps.file(&path);
        }
        stamps
    }
}
