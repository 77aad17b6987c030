//! The files of a new repository that its host reads: who approves, what a pull request says, what CI runs.

use super::detect::Host;
use super::files::{file, fill};
use super::{Planned, Wishes};

/// Files for the hosts wished for.
pub(super) fn files(wishes: &Wishes) -> Vec<Planned> {
    let mut files = Vec::new();
    if wishes.hosts.contains(&Host::GitHub) {
        let template = include_str!("files/pull_request_template.md");
        files.push(file(".github/pull_request_template.md", "what a pull request says", template));
    }
    if wishes.hosts.contains(&Host::GitLab) {
        let template = include_str!("files/pull_request_template.md");
        files.push(file(".gitlab/merge_request_templates/default.md", "what a merge request says", template));
    }
    if !wishes.hosts.is_empty() {
        let place = if wishes.hosts.contains(&Host::GitHub) { ".github/CODEOWNERS" } else { "CODEOWNERS" };
        files.push(file(place, "who approves", codeowners(wishes)));
    }
    files
}

fn codeowners(wishes: &Wishes) -> String {
    let (mark, owners) = match wishes.approvers.as_slice() {
        [] => ("# ", "@your-team".to_owned()),
        some => ("", some.join(" ")),
    };
    let paths = ["*.blueprint.yaml", "/roles.yaml", "/stepwright.yaml"];
    let lines: Vec<String> = paths.iter().map(|p| format!("{mark}{p} {owners}")).collect();
    fill(include_str!("files/CODEOWNERS"), &[("lines", &lines.join("\n"))])
}
