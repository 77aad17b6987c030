//! What a blueprint must be beyond its form: references, order, types, gates, leftovers. Every problem has a code and a place.
//!
//! Owns the list of codes. Sees one blueprint and what the caller knows of the repository ([`Context`]); reads nothing itself.

mod references;
mod texts;
mod types;

use std::fmt;

use jiff::civil::Date;

use super::graph::Graph;
use super::model::{Blueprint, Step};
use super::parse::Loaded;
use super::roles::RolesFile;
use crate::text::yaml::Node;
use crate::text::{Span, date};

/// Which check spoke. Never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// YAML or schema.
    Form,
    /// A key that does not belong beside another, or is missing beside it.
    Key,
    /// A name that does not exist (or exists when it must not).
    Ref,
    /// The same id twice, or an id that is retired.
    Dup,
    /// Steps that wait for themselves.
    Cycle,
    /// A look at something that can come later.
    Forward,
    /// A comparison, default or due rule that does not fit the field.
    Type,
    /// The id is not the file's name.
    Name,
    /// A page or file that is not there.
    Link,
    /// More approvals than there are people.
    Quorum,
    /// Somebody may approve their own work.
    SelfApproval,
    /// The page asks for a sign-off, the blueprint does not.
    Gate,
    /// A due rule that cannot be met.
    Dead,
    /// A step nobody does.
    NoOwner,
    /// A question of the drafting is open.
    Open,
    /// The page has moved on.
    Drift,
    /// The review date has passed.
    ReviewBy,
    /// A person where a role belongs.
    Person,
    /// A secret.
    Secret,
}

impl Code {
    /// All codes, for documentation and tests.
    pub const ALL: [Self; 19] = [
        Self::Form,
        Self::Key,
        Self::Ref,
        Self::Dup,
        Self::Cycle,
        Self::Forward,
        Self::Type,
        Self::Name,
        Self::Link,
        Self::Quorum,
        Self::SelfApproval,
        Self::Gate,
        Self::Dead,
        Self::NoOwner,
        Self::Open,
        Self::Drift,
        Self::ReviewBy,
        Self::Person,
        Self::Secret,
    ];

    /// The code as shown, e.g. `BP-REF`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Form => "BP-FORM",
            Self::Key => "BP-KEY",
            Self::Ref => "BP-REF",
            Self::Dup => "BP-DUP",
            Self::Cycle => "BP-CYCLE",
            Self::Forward => "BP-FORWARD",
            Self::Type => "BP-TYPE",
            Self::Name => "BP-NAME",
            Self::Link => "BP-LINK",
            Self::Quorum => "BP-QUORUM",
            Self::SelfApproval => "BP-SELF",
            Self::Gate => "BP-GATE",
            Self::Dead => "BP-DEAD",
            Self::NoOwner => "BP-NOOWNER",
            Self::Open => "BP-OPEN",
            Self::Drift => "BP-DRIFT",
            Self::ReviewBy => "BP-REVIEWBY",
            Self::Person => "BP-PERSON",
            Self::Secret => "BP-SECRET",
        }
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        match self {
            Self::Form
            | Self::Key
            | Self::Ref
            | Self::Dup
            | Self::Cycle
            | Self::Forward
            | Self::Type
            | Self::Name
            | Self::Link
            | Self::Secret => Level::Error,
            _ => Level::Warning,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a look.
    Warning,
    /// The blueprint cannot be relied on.
    Error,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which check.
    pub code: Code,
    /// How bad.
    pub level: Level,
    /// Where in the file.
    pub span: Span,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to write at `span` instead, if one answer is likely.
    pub suggestion: Option<String>,
    /// Words beside the caret.
    pub label: Option<String>,
}

/// Looks up the hash of a page's body.
pub type PageHash<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the caller knows of the repository. Everything is optional: what is unknown is not judged.
#[derive(Default, Clone, Copy)]
pub struct Context<'a> {
    /// Today.
    pub today: Option<Date>,
    /// `roles.yaml`.
    pub roles: Option<&'a RolesFile>,
    /// Whether there is a page or file at a path from the repository root.
    pub exists: Option<&'a dyn Fn(&str) -> bool>,
    /// The hash ([`super::text_hash`]) of a page's body as it is now.
    pub page_hash: Option<PageHash<'a>>,
    /// Words of the page that ask for a sign-off.
    pub sign_off: Option<&'a str>,
    /// Open marks are errors (main branch, by choice).
    pub marks_are_errors: bool,
}

/// Everything wrong with a blueprint file, form and meaning, in file order.
pub fn check(loaded: &Loaded, context: &Context<'_>) -> Vec<Problem> {
    let mut out: Vec<Problem> = loaded
        .problems
        .iter()
        .map(|p| Problem {
            code: Code::Form,
            level: Level::Error,
            span: p.span,
            message: p.message.clone(),
            label: p.suggestion.as_ref().map(|s| format!("did you mean `{s}`?")),
            suggestion: p.suggestion.clone(),
        })
        .collect();
    if let Some(blueprint) = &loaded.blueprint {
        let mut checker = Checker { loaded, blueprint, context, graph: Graph::new(blueprint), out: Vec::new() };
        checker.run();
        out.append(&mut checker.out);
    }
    out.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    out.dedup();
    out
}

/// A path into the tree.
type Path = Vec<String>;

/// `at!["steps", i, "due"]` as a path.
macro_rules! at {
    ($($part:expr),* $(,)?) => { vec![$($part.to_string()),*] };
}
use at;

struct Checker<'a> {
    loaded: &'a Loaded,
    blueprint: &'a Blueprint,
    context: &'a Context<'a>,
    graph: Graph,
    out: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn run(&mut self) {
        self.name();
        references::run(self);
        types::run(self);
        self.cycles();
        self.gates();
        self.people_and_owners();
        self.dead_due_rules();
        self.control();
        self.drift();
        self.marks();
        texts::run(self);
    }

    fn span(&self, path: &Path) -> Span {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        self.loaded.span(&parts)
    }

    fn node(&self, path: &Path) -> Option<&'a Node> {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        self.loaded.tree.at(&parts)
    }

    fn line(&self, path: &Path) -> usize {
        self.loaded.source().line_of(self.span(path).start)
    }

    /// True if something below `path` was cut out: what seems to be absent there may only be misspelt.
    fn damaged(&self, path: &Path) -> bool {
        let place = self.span(path);
        self.loaded.partial && self.loaded.problems.iter().any(|p| place.contains(p.span))
    }

    fn report(&mut self, code: Code, path: &Path, message: impl Into<String>) -> &mut Problem {
        let span = self.span(path);
        self.report_at(code, span, message)
    }

    /// Reports at the key, where the key and not its value is wrong.
    fn report_key(&mut self, code: Code, path: &Path, message: impl Into<String>) -> &mut Problem {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let span = self.loaded.key_span(&parts);
        self.report_at(code, span, message)
    }

    fn report_at(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Problem {
        self.out.push(Problem { code, level: code.level(), span, message: message.into(), suggestion: None, label: None });
        self.out.last_mut().expect("just pushed")
    }

    fn steps(&self) -> impl Iterator<Item = (usize, &'a Step)> + use<'a> {
        self.blueprint.steps.iter().enumerate()
    }

    fn name(&mut self) {
        let path = self.loaded.source().path();
        let file = path.rsplit('/').next().unwrap_or(path);
        let id = &self.blueprint.id;
        if let Some(stem) = file.strip_suffix(super::EXTENSION)
            && stem != id
        {
            let suggestion = super::due::is_id(stem).then(|| stem.to_owned());
            let problem = self.report(Code::Name, &at!["id"], format!("id `{id}` is not the file's name `{stem}`"));
            problem.suggestion = suggestion;
        }
    }

    fn cycles(&mut self) {
        let mut told = std::collections::BTreeSet::new();
        for (i, step) in self.steps() {
            if !self.graph.in_cycle(i) || told.contains(&i) {
                continue;
            }
            let cycle = self.graph.cycle(i);
            told.extend(cycle.iter().copied());
            let mut names: Vec<String> = cycle.iter().map(|s| format!("`{}`", self.blueprint.steps[*s].id)).collect();
            names.push(format!("`{}`", step.id));
            // The place: the first explicit link of the ring; an implicit one has no text of its own.
            let culprit = cycle.iter().copied().find(|s| self.blueprint.steps[*s].after.is_some()).unwrap_or(i);
            let path =
                if self.blueprint.steps[culprit].after.is_some() { at!["steps", culprit, "after"] } else { at!["steps", culprit, "id"] };
            self.report(Code::Cycle, &path, format!("these steps wait for each other: {}", names.join(" waits for ")));
        }
    }

    fn gates(&mut self) {
        for (i, step) in self.steps() {
            let Some(approval) = &step.approval else { continue };
            for j in self.graph.waits[i].clone() {
                let before = &self.blueprint.steps[j];
                let same = approval.by.iter().find(|role| before.owner.contains(role));
                if let Some(role) = same.filter(|_| !approval.not_same_as.contains(&before.id)) {
                    let message = format!("`{role}` does `{}` and may approve it too", before.id);
                    let problem = self.report(Code::SelfApproval, &at!["steps", i, "approval"], message);
                    problem.label = Some(format!("add `not-same-as: [{}]`", before.id));
                }
            }
            if let super::model::Need::Count(need) = approval.need
                && let Some(people) = self.holders(&approval.by)
                && people < need as usize
            {
                let message = format!(
                    "needs {need} approvals, but {} hold{} the roles in roles.yaml",
                    crate::text::count(people, "person"),
                    if people == 1 { "s" } else { "" }
                );
                self.report(Code::Quorum, &at!["steps", i, "approval", "need"], message.replace("persons", "people"));
            }
        }
        if let Some(words) = self.context.sign_off
            && self.blueprint.steps.iter().all(|s| s.approval.is_none())
            && !self.loaded.partial
        {
            self.report_key(Code::Gate, &at!["steps"], format!("the page asks for a sign-off (\"{words}\"), no step has an approval"));
        }
    }

    /// How many people hold any of the roles; `None` when a team does or nobody is listed.
    fn holders(&self, roles: &[String]) -> Option<usize> {
        let file = self.context.roles?;
        let mut people = std::collections::BTreeSet::new();
        for role in roles {
            let binding = file.roles.get(role)?;
            if binding.people.is_empty() || !binding.teams.is_empty() {
                return None;
            }
            people.extend(binding.people.iter());
        }
        Some(people.len())
    }

    fn people_and_owners(&mut self) {
        for (i, step) in self.steps() {
            if step.owner.is_empty() && step.approval.is_none() && !self.damaged(&at!["steps", i]) {
                let message = format!("nobody does step `{}`", step.id);
                self.report(Code::NoOwner, &at!["steps", i, "id"], message).label = Some("add `owner:` with a role".to_owned());
            }
        }
    }

    fn dead_due_rules(&mut self) {
        for (i, step) in self.steps() {
            let Some(due) = &step.due else { continue };
            let early = self.graph.before[i].iter().copied().find(|j| {
                let other = &self.blueprint.steps[*j];
                *j != i && other.due.as_ref().is_some_and(|d| types::surely_sooner(due, d))
            });
            if let Some(j) = early {
                let other = &self.blueprint.steps[j];
                let words = other.due.as_ref().map(ToString::to_string).unwrap_or_default();
                let message = format!("step `{}` is due before `{}`, which it waits for (due {words})", step.id, other.id);
                self.report(Code::Dead, &at!["steps", i, "due"], message);
            }
        }
    }

    fn control(&mut self) {
        let (Some(control), Some(today)) = (&self.blueprint.control, self.context.today) else { return };
        let by = control.review_by.as_deref().and_then(date::parse);
        let counted = || {
            let every = date::parse_interval(&control.review_every?.to_string())?;
            date::parse(control.approved.as_deref()?)?.checked_add(every).ok()
        };
        let key = if by.is_some() { "review-by" } else { "review-every" };
        if let Some(day) = by.or_else(counted).filter(|d| *d < today) {
            let late = crate::text::count(usize::try_from(date::days_between(day, today)).unwrap_or_default(), "day");
            self.report(Code::ReviewBy, &at!["control", key], format!("review was due on {day}, {late} ago"));
        }
    }

    fn drift(&mut self) {
        let (Some(source), Some(page_hash)) = (&self.blueprint.source, self.context.page_hash) else { return };
        // Only hashes of our own making can be compared.
        let Some(known) = source.hash.as_deref().filter(|h| h.starts_with("blake3:")) else { return };
        if page_hash(&source.page).is_some_and(|now| now != known) {
            let problem = self.report(
                Code::Drift,
                &at!["source", "page"],
                format!("{} has changed since this blueprint was last held against it", source.page),
            );
            problem.label = Some("the page has other words now".to_owned());
        }
    }

    fn marks(&mut self) {
        for (i, mark) in self.blueprint.review.iter().enumerate() {
            self.mark(&at!["review", i], mark, "the blueprint");
        }
        for (i, step) in self.steps() {
            for (j, mark) in step.review.iter().enumerate() {
                self.mark(&at!["steps", i, "review", j], mark, &format!("step `{}`", step.id));
            }
        }
    }

    fn mark(&mut self, path: &Path, mark: &super::model::Review, what: &str) {
        let part = mark.at.as_ref().map(|at| format!(", `{at}`")).unwrap_or_default();
        let words = mark.evidence.as_ref().map(|e| format!(": \"{e}\"")).unwrap_or_default();
        let strict = self.context.marks_are_errors;
        let problem =
            self.report(Code::Open, &[path.clone(), at!["code"]].concat(), format!("open question `{}` on {what}{part}{words}", mark.code));
        problem.label = Some(format!("{} Settle it, then delete the mark", mark.question().unwrap_or_default()).trim_start().to_owned());
        if strict {
            problem.level = Level::Error;
        }
    }
}

#[cfg(test)]
mod tests;
