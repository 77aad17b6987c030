//! The text of the pull request: what, why, evidence, doubts, risk, who approves. Pure; names roles and accounts, never people.

use std::collections::BTreeMap;

use crate::blueprint::Blueprint;
use crate::blueprint::diff::Risk;
use crate::blueprint::diff::show::{FileDiff, counts, markdown};
use crate::blueprint::roles::RolesFile;
use crate::text::count;
use crate::workspace::Workspace;

/// GitHub refuses a body of more than 65,536 characters.
const LIMIT: usize = 60_000;

/// One blueprint of the proposal.
pub(super) struct Proposed<'a> {
    pub(super) path: String,
    pub(super) index: usize,
    pub(super) blueprint: &'a Blueprint,
    /// The base has no such file.
    pub(super) new: bool,
    /// The page here is not the page of the base.
    pub(super) page_moved: bool,
}

/// Everything the text is made from.
pub(super) struct Proposal<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) files: Vec<Proposed<'a>>,
    pub(super) diffs: &'a [FileDiff],
    pub(super) base: &'a str,
}

impl Proposal<'_> {
    /// The title, also the subject of the commit.
    pub(super) fn title(&self) -> String {
        let verb = match (self.files.iter().any(|f| f.new), self.files.iter().any(|f| !f.new)) {
            (true, true) => "Add and update",
            (true, false) => "Add",
            _ => "Update",
        };
        match &self.files[..] {
            [one] => format!("{verb} blueprint: {}", one.blueprint.title.replace('\n', " ")),
            more => format!("{verb} {}", count(more.len(), "blueprint")),
        }
    }

    /// The message of the commit below its subject.
    pub(super) fn message(&self) -> String {
        let line = |f: &Proposed<'_>| {
            let page = f.blueprint.source.as_ref().map(|s| format!(", from {}", s.page)).unwrap_or_default();
            format!("- {}: {}{page}\n", f.path, count(f.blueprint.steps.len(), "step"))
        };
        let marks: usize = self.files.iter().map(|f| f.blueprint.marks().count()).sum();
        let list: String = self.files.iter().map(line).collect();
        format!("{list}\n{} left to settle. Risk: {}.", count(marks, "mark"), self.risk())
    }

    pub(super) fn risk(&self) -> Risk {
        self.diffs.iter().map(FileDiff::risk).max().unwrap_or(Risk::None)
    }

    /// The whole text.
    pub(super) fn body(&self) -> String {
        let parts = [self.what(), self.why(), self.evidence(), self.doubts(), self.risks(), self.approvers()];
        let whole = parts.join("\n");
        if whole.len() <= LIMIT {
            return whole;
        }
        let short = format!(
            "## Risk\n\n**{}**: {}. The details are too long for this text: `stepwright blueprint diff {}` shows them.\n",
            self.risk(),
            counts(self.diffs),
            self.base
        );
        let whole = [self.what(), self.why(), self.doubts(), short, self.approvers()].join("\n");
        match whole.char_indices().nth(LIMIT) {
            Some((at, _)) => format!("{}\n\n(cut: too long)\n", &whole[..at]),
            None => whole,
        }
    }

    fn what(&self) -> String {
        let mut out = String::from("## What\n\n| blueprint | page | change | steps | approvals | due rules |\n|---|---|---|--:|--:|--:|\n");
        for f in &self.files {
            let b = f.blueprint;
            let page = b.source.as_ref().map_or_else(|| "-".to_owned(), |s| format!("`{}`", s.page));
            let (gates, due) =
                (b.steps.iter().filter(|s| s.approval.is_some()).count(), b.steps.iter().filter(|s| s.due.is_some()).count());
            let change = if f.new { "new" } else { "update" };
            out.push_str(&format!("| `{}` | {page} | {change} | {} | {gates} | {due} |\n", f.path, b.steps.len()));
        }
        out
    }

    fn why(&self) -> String {
        let mut out = String::from("## Why\n\n");
        for f in &self.files {
            let page = self.workspace.page_of(f.index).map(|id| (self.workspace.corpus.page(id).path(), self.workspace.judgement(id)));
            out.push_str(&match (page, f.new) {
                (Some((page, judged)), true) => format!(
                    "- `{page}` tells people what to do ({:.0}% likely a procedure) and had no blueprint: on a page, nothing holds anybody to its order and its approvals.\n",
                    (judged.probability * 100.0).min(99.0)
                ),
                (Some((page, _)), false) => format!("- `{}` and `{page}` are to say the same.\n", f.path),
                (None, _) => format!("- `{}` has no page.\n", f.path),
            });
        }
        out
    }

    fn evidence(&self) -> String {
        let mut out = String::from("## Evidence\n\n");
        let mut none = true;
        for f in &self.files {
            let Some(id) = self.workspace.page_of(f.index) else { continue };
            let page = self.workspace.corpus.page(id);
            for e in &self.workspace.judgement(id).evidence {
                none = false;
                out.push_str(&format!("- `{}:{}` {}\n", page.path(), page.source.line_of(e.span.start), plain(&e.text)));
            }
        }
        if none { out + "None beyond the pages themselves.\n" } else { out }
    }

    fn doubts(&self) -> String {
        let mut out = String::from("## Doubts to settle\n\n");
        let mut any = false;
        for f in &self.files {
            if f.page_moved {
                let page = f.blueprint.source.as_ref().map_or("", |s| s.page.as_str());
                out.push_str(&format!("- [ ] `{page}` on `{}` is not the text this was made from; bring the page in first\n", self.base));
                any = true;
            }
            for (step, mark) in f.blueprint.marks() {
                let at = step.map_or_else(String::new, |s| format!(" `{}`", s.id));
                let key = mark.at.as_ref().map_or_else(String::new, |k| format!(" {k}"));
                let seen = mark.evidence.as_ref().map_or_else(String::new, |e| format!(": \"{}\"", plain(e)));
                let note = mark.note.as_ref().map_or_else(String::new, |n| format!(". {}", plain(n)));
                out.push_str(&format!("- [ ] `{}`{at}{key} ({}){seen}{note}\n", f.path, mark.code));
                any = true;
            }
        }
        if any {
            out + "\nTo settle one: correct the value if need be, and delete its entry under `review:` in the same change.\n"
        } else {
            out + "None: no mark is left.\n"
        }
    }

    fn risks(&self) -> String {
        format!("## Risk\n\n**{}**: {}\n\n{}", self.risk(), counts(self.diffs), markdown(self.diffs))
    }

    fn approvers(&self) -> String {
        let mut out = String::from("## Who approves\n\n");
        let roles = self.workspace.roles.as_ref().map(|r| &r.file);
        let mut any = false;
        for (role, (what, accounts)) in self.asked() {
            let title = title(role, roles, &self.files);
            let who = if accounts.is_empty() { "no account in `roles.yaml`".to_owned() } else { accounts.join(" ") };
            out.push_str(&format!("- {title} (`{role}`), {what}: {who}\n"));
            any = true;
        }
        for (owner, paths) in self.code_owners() {
            out.push_str(&format!("- {owner}, CODEOWNERS of {}\n", paths.join(", ")));
            any = true;
        }
        if any { out } else { out + "Nobody is named: no `control.approvers`, no `control.owner`, no approval, nobody in CODEOWNERS.\n" }
    }

    /// Roles to ask, what for, and their accounts.
    fn asked(&self) -> BTreeMap<&str, (&'static str, Vec<String>)> {
        let mut out: BTreeMap<&str, (&'static str, Vec<String>)> = BTreeMap::new();
        let roles = self.workspace.roles.as_ref().map(|r| &r.file);
        let accounts = |role: &str| roles.and_then(|r| r.roles.get(role)).map(|b| b.github.clone()).unwrap_or_default();
        for f in &self.files {
            let control = f.blueprint.control.iter();
            let approvers = control.clone().flat_map(|c| &c.approvers).map(|r| (r, "approves the document"));
            let owners = control.filter_map(|c| c.owner.as_ref()).map(|r| (r, "answers for the document"));
            let gates =
                f.blueprint.steps.iter().filter_map(|s| s.approval.as_ref()).flat_map(|a| &a.by).map(|r| (r, "approves in the process"));
            for (role, what) in approvers.chain(owners).chain(gates) {
                out.entry(role).or_insert_with(|| (what, accounts(role)));
            }
        }
        out
    }

    fn code_owners(&self) -> BTreeMap<String, Vec<String>> {
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for f in &self.files {
            for owner in self.workspace.code_owners().of(&f.path).unwrap_or_default() {
                out.entry(owner.clone()).or_default().push(format!("`{}`", f.path));
            }
        }
        out
    }

    /// Accounts to ask for a review: of those who answer for the document, and of CODEOWNERS.
    pub(super) fn reviewers(&self) -> Vec<String> {
        let asked = self.asked();
        let documents = asked.values().filter(|(what, _)| *what != "approves in the process").flat_map(|(_, a)| a.clone());
        let mut all: Vec<String> = documents.chain(self.code_owners().into_keys()).filter(|a| a.starts_with('@')).collect();
        all.sort();
        all.dedup();
        all
    }
}

fn title(role: &str, roles: Option<&RolesFile>, files: &[Proposed<'_>]) -> String {
    let own = files.iter().find_map(|f| f.blueprint.roles.get(role)).map(|r| r.title.clone());
    own.or_else(|| roles.and_then(|r| r.roles.get(role)).and_then(|b| b.title.clone())).unwrap_or_else(|| role.replace('-', " "))
}

/// One line that Markdown and a host read as plain words: no mention, no markup, no HTML.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '@' => out.push_str("@\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
