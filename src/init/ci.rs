//! The files of a new repository that its host reads: who approves, what a pull request says, what CI runs.

use std::path::Path;

use super::detect::{Found, Host};
use super::files::{file, fill};
use super::{Planned, Wishes};

/// The action stands in the repository itself: it is pinned with it, and works where nothing may be fetched from elsewhere.
const ACTION: [(&str, &str); 2] = [
    (".github/actions/stepwright/action.yml", include_str!("../../.github/actions/stepwright/action.yml")),
    (".github/actions/stepwright/stepwright.sh", include_str!("../../.github/actions/stepwright/stepwright.sh")),
];

/// Files for the hosts wished for.
pub(super) fn files(root: &Path, found: &Found, wishes: &Wishes) -> Vec<Planned> {
    let mut files = Vec::new();
    let request = include_str!("files/pull_request_template.md");
    if wishes.hosts.contains(&Host::GitHub) {
        // Before git is there nobody knows which of the two it will be.
        let branch = found.branch.as_deref().unwrap_or("main, master");
        let workflow = fill(include_str!("files/github-docs.yml"), &[("branch", branch)]);
        files.push(file(workflow_path(root), "what CI runs", workflow));
        files.extend(ACTION.map(|(path, text)| file(path, "the action it uses", text)));
        files.push(file(".github/pull_request_template.md", "what a pull request says", request));
    }
    if wishes.hosts.contains(&Host::GitLab) {
        files.push(file(".gitlab/stepwright.gitlab-ci.yml", "the job that checks", include_str!("files/gitlab-ci.yml")));
        files.push(file(".gitlab-ci.yml", "what CI runs", "include:\n  - local: .gitlab/stepwright.gitlab-ci.yml\n"));
        files.push(file(".gitlab/merge_request_templates/default.md", "what a merge request says", request));
    }
    if !wishes.hosts.is_empty() {
        let place = if wishes.hosts.contains(&Host::GitHub) { ".github/CODEOWNERS" } else { "CODEOWNERS" };
        files.push(file(place, "who approves", codeowners(wishes)));
    }
    files
}

/// `docs.yml`, unless a workflow of that name does something else.
fn workflow_path(root: &Path) -> &'static str {
    let taken = std::fs::read_to_string(root.join(".github/workflows/docs.yml")).is_ok_and(|text| !text.contains("stepwright"));
    if taken { ".github/workflows/stepwright.yml" } else { ".github/workflows/docs.yml" }
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
