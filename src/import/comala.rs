//! Comala workflows as markup text: what they say about the control of a document, and what git cannot say of it.
//!
//! `{workflow:…} {state:…} {approval:…} {task:…} {state} … {workflow}`, as found in side files and in `{workflow}` macros of pages. A workflow
//! governs a document, a blueprint a run: states become no steps. What it says goes to the page's front matter under [`KEY`], where
//! `blueprint draft` takes it over as document control; everything else is a loss. The state a page is in is not in the markup.

use super::front::scalar;
use super::losses::{Loss, Outcome};
use crate::page::slug;
use crate::text::date;

/// The key in front matter.
pub const KEY: &str = "workflow";

/// A tag: its name, its unnamed parameter, its named ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tag {
    name: String,
    first: String,
    named: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, key: &str) -> Option<&str> {
        self.named.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// `name=` or the unnamed first parameter.
    fn title(&self) -> &str {
        self.get("name").unwrap_or(&self.first)
    }

    fn shown(&self) -> String {
        let named: Vec<String> = self.named.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let parts: Vec<&str> =
            [self.first.as_str()].into_iter().chain(named.iter().map(String::as_str)).filter(|p| !p.is_empty()).collect();
        if parts.is_empty() { self.name.clone() } else { format!("{}: {}", self.name, parts.join(", ")) }
    }
}

/// A state of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    tag: Tag,
    inside: Vec<Tag>,
}

/// A workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workflow {
    tag: Tag,
    states: Vec<State>,
    /// Parameters by name.
    parameters: Vec<Tag>,
    /// Triggers with what they do.
    triggers: Vec<(Tag, Vec<Tag>)>,
    /// Tags that belong to nothing known.
    others: Vec<Tag>,
}

/// True for a text that begins with a workflow.
pub fn is_markup(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with("{workflow")
}

/// All workflows in a text. What stands outside of them is not looked at.
pub fn parse(text: &str) -> Vec<Workflow> {
    let mut out = Vec::new();
    let mut open: Option<Workflow> = None;
    let mut state: Option<State> = None;
    let mut trigger: Option<(Tag, Vec<Tag>)> = None;
    for tag in tags(text) {
        let ends = tag.first.is_empty() && tag.named.is_empty();
        let Some(flow) = &mut open else {
            if tag.name == "workflow" && !ends {
                open = Some(Workflow { tag, ..Workflow::default() });
            }
            continue;
        };
        match tag.name.as_str() {
            "workflow" => {
                flow.states.extend(state.take());
                flow.triggers.extend(trigger.take());
                out.extend(open.take());
            }
            "state" if ends => flow.states.extend(state.take()),
            "state" => {
                // A state that is not closed ends where the next begins.
                flow.states.extend(state.replace(State { tag, inside: Vec::new() }));
            }
            "trigger" if ends => flow.triggers.extend(trigger.take()),
            "trigger" => flow.triggers.extend(trigger.replace((tag, Vec::new()))),
            "workflowparameter" if !ends => flow.parameters.push(tag),
            "workflowparameter" | "description" => {}
            _ => match (&mut trigger, &mut state) {
                (Some((_, actions)), _) => actions.push(tag),
                (None, Some(inside)) => inside.inside.push(tag),
                (None, None) => flow.others.push(tag),
            },
        }
    }
    if let Some(mut flow) = open {
        flow.states.extend(state);
        flow.triggers.extend(trigger);
        out.push(flow);
    }
    out
}

/// `{name:first|key=value|…}`, in order. A backslash keeps what follows it.
fn tags(text: &str) -> Vec<Tag> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 1..];
        let Some(end) = rest.find(['}', '\n']).filter(|e| rest[*e..].starts_with('}')) else { continue };
        let inner = &rest[..end];
        let (name, parameters) = inner.split_once(':').unwrap_or((inner, ""));
        let name = name.trim().to_lowercase();
        if escaped || name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            continue;
        }
        rest = &rest[end + 1..];
        let mut tag = Tag { name, ..Tag::default() };
        for part in parameters.split('|').map(str::trim).filter(|p| !p.is_empty()) {
            match part.split_once('=') {
                Some((key, value)) => tag.named.push((key.trim().to_lowercase(), value.trim().to_owned())),
                None => part.clone_into(&mut tag.first),
            }
        }
        out.push(tag);
    }
    out
}

impl Workflow {
    /// Its name.
    pub fn name(&self) -> &str {
        self.tag.title()
    }

    /// The label whose pages it governs.
    pub fn label(&self) -> Option<&str> {
        self.tag.get("label")
    }

    /// The value of [`KEY`], as YAML on one line, and what it leaves out.
    pub fn entry(&self) -> (String, Vec<Loss>) {
        let mut losses = Vec::new();
        let mut parts = vec![("system".to_owned(), "comala".to_owned())];
        if !self.name().is_empty() {
            parts.push(("name".to_owned(), scalar(self.name())));
        }
        let states: Vec<String> = self.states.iter().map(|s| scalar(s.tag.title())).collect();
        if !states.is_empty() {
            parts.push(("states".to_owned(), format!("[{}]", states.join(", "))));
        }
        let approvers = self.approvers(&mut losses);
        if !approvers.is_empty() {
            parts.push(("approvers".to_owned(), format!("[{}]", approvers.join(", "))));
        }
        if let Some(every) = self.expiry(&mut losses) {
            parts.push(("review-every".to_owned(), every));
        }
        self.unsaid(&mut losses);
        let parts: Vec<String> = parts.into_iter().map(|(k, v)| format!("{k}: {v}")).collect();
        (format!("{{{}}}", parts.join(", ")), losses)
    }

    /// Roles that approve the document: groups, and parameters that stand for people. Names of people stay out of git.
    fn approvers(&self, losses: &mut Vec<Loss>) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for approval in self.states.iter().flat_map(|s| &s.inside).filter(|t| t.name == "approval") {
            let named = |key: &str| approval.get(key).unwrap_or_default().split(',').map(str::trim).filter(|v| !v.is_empty());
            let role = |text: &str| {
                let id = slug::ascii(text);
                Some(id).filter(|id| id.starts_with(|c: char| c.is_ascii_lowercase()) && id.len() <= 64)
            };
            let before = out.len();
            out.extend(named("group").filter_map(role));
            for user in named("user").map(|u| u.trim_start_matches('&')) {
                let parameter = user.strip_prefix('@').and_then(|u| u.strip_suffix('@'));
                match parameter.filter(|p| !matches!(*p, "author" | "creator" | "user" | "approvalassignees")) {
                    Some(parameter) => out.extend(role(parameter)),
                    None => losses.push(loss("approver", format!("{} names a person; put the role into `approvers`", approval.title()))),
                }
            }
            if out.len() == before
                && approval.get("user").is_none()
                && let Some(own) = role(approval.title())
            {
                // "Peer review" without a group: whoever is assigned; its name is all there is.
                losses.push(loss("approver", format!("{} names no group; taken as the role `{own}`", approval.title())));
                out.push(own);
            }
            if let Some(minimum) = approval.get("minimum").filter(|m| *m != "1") {
                losses.push(loss("quorum", format!("{}: {minimum} of them; git hosts say this in branch rules", approval.title())));
            }
            if approval.get("credentials").is_some() {
                losses.push(loss("e-signature", format!("{}: a signed commit is not the same thing", approval.title())));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        out.retain(|r| seen.insert(r.clone()));
        out
    }

    /// How long the final state holds, as an interval.
    fn expiry(&self, losses: &mut Vec<Loss>) -> Option<String> {
        let expiring = self.states.iter().filter(|s| s.tag.get("expired").is_some());
        let state = expiring.clone().find(|s| s.tag.get("final").is_some()).or_else(|| expiring.clone().next())?;
        let written = state.tag.get("duedate").unwrap_or_default();
        let every = interval(written);
        if every.is_none() {
            losses.push(loss("expiry", format!("{} expires ({written}); set `review-every`", state.tag.title())));
        }
        every
    }

    /// Everything that a document's control in git has no word for.
    fn unsaid(&self, losses: &mut Vec<Loss>) {
        for state in &self.states {
            for tag in state.inside.iter().filter(|t| t.name != "approval") {
                let what = if tag.name == "task" { "task" } else { "action" };
                let next = if tag.name == "task" { "; put it into the pull-request template" } else { "" };
                losses.push(loss(what, format!("in {}: {}{next}", state.tag.title(), tag.shown())));
            }
            if let Some(parameters) = state.tag.get("requiredparams") {
                losses.push(loss("required parameters", format!("of {}: {parameters}", state.tag.title())));
            }
        }
        for parameter in &self.parameters {
            let people = parameter.get("type").is_some_and(|t| matches!(t, "user" | "group"));
            let next = if people { "; who that is belongs into roles.yaml" } else { "" };
            losses.push(loss("parameter", format!("{}{next}", parameter.shown())));
        }
        for (trigger, actions) in &self.triggers {
            let actions: Vec<String> = actions.iter().map(Tag::shown).collect();
            losses.push(loss("trigger", format!("{}: {}", trigger.shown(), actions.join("; "))));
        }
        losses.extend(self.others.iter().map(|t| loss("tag", t.shown())));
    }
}

fn loss(what: &str, detail: String) -> Loss {
    Loss { element: format!("workflow {what}"), place: String::new(), detail, outcome: Outcome::Dropped }
}

/// `P1Y`, `P6M`, `P90D`, `1y`, `12 months` as front matter writes intervals.
fn interval(text: &str) -> Option<String> {
    let low = text.trim().to_lowercase();
    if date::parse_interval(&low).is_some() {
        return Some(low);
    }
    let short = low.strip_prefix('p').unwrap_or(&low);
    let (number, unit) = short.split_at(short.find(|c: char| !c.is_ascii_digit())?);
    let number: u32 = number.parse().ok().filter(|n| *n > 0)?;
    let unit = match unit.trim() {
        "y" => "year",
        "m" | "mo" => "month",
        "w" => "week",
        "d" => "day",
        _ => return None,
    };
    Some(crate::text::count(number as usize, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REVIEW: &str = "{workflow:name=SOP review|label=sop}\n  {workflowparameter:Process Owner|type=user|edit=true}{workflowparameter}\n  \
        {state:Draft|approved=Approved|taskable=true|colour=#ffab00}\n    {approval:Peer review|minimum=2|group=Quality Team|approvelabel=Ready}\n    \
        {approval:Release|user=@Process Owner@|credentials=2}\n    {task:name=Attach evidence|assignee=@author@}\n  {state}\n  \
        {state:Approved|final=true|expired=Draft|updated=Draft|duedate=P1Y}\n  {state}\n  \
        {trigger:pageapproved|approval=Peer review}{set-state:Approved}{send-email:team}{trigger}\n{workflow}\n";

    #[test]
    fn approvers_states_and_expiry_are_kept_and_the_rest_is_told() {
        let flows = parse(REVIEW);
        let [flow] = &flows[..] else { panic!("{flows:?}") };
        assert_eq!((flow.name(), flow.label()), ("SOP review", Some("sop")));
        let (entry, losses) = flow.entry();
        assert_eq!(
            entry,
            "{system: comala, name: SOP review, states: [Draft, Approved], approvers: [quality-team, process-owner], review-every: 1 year}"
        );
        let told: Vec<(&str, &str)> = losses.iter().map(|l| (l.element.as_str(), l.detail.as_str())).collect();
        for what in ["workflow quorum", "workflow e-signature", "workflow task", "workflow parameter", "workflow trigger"] {
            assert_eq!(told.iter().filter(|(e, _)| *e == what).count(), 1, "{what}: {told:?}");
        }
        assert!(told.iter().any(|(_, d)| d.contains("set-state: Approved; send-email: team")), "{told:?}");
    }

    #[test]
    fn people_and_words_that_are_no_interval_are_losses() {
        let (entry, losses) =
            parse("{workflow:Sign}{state:In Approval|expired=Draft|duedate=@Due@}{approval:CFO|user=jdoe}{state}{workflow}")[0].entry();
        assert_eq!(entry, "{system: comala, name: Sign, states: [In Approval]}");
        assert!(!losses.iter().any(|l| l.detail.contains("jdoe")), "{losses:?}");
        assert_eq!(losses.iter().map(|l| l.element.as_str()).collect::<Vec<_>>(), ["workflow approver", "workflow expiry"]);
    }

    #[test]
    fn text_that_is_cut_off_or_no_workflow_does_no_harm() {
        assert_eq!(parse("{workflow:name=A|label=b}{state:Draft|approved=X}{approval:Lead|group=leads}")[0].states.len(), 1);
        assert!(parse("plain {code}x{code} \\{workflow:x} {workflow").is_empty());
        assert!(is_markup("\u{feff}\n {workflow:name=A}") && !is_markup("see {workflow}"));
    }
}
