//! From a parsed page to steps: procedures found, steps with owner, deadline, condition, approval, fields, and a mark for every doubt.
//!
//! General rules over the parsed tree; the words they look for are data (`words/*.yaml`). Every value keeps the rule and the words it came
//! from ([`steps::Why`]). Knows pages and nothing of files, git or terminals.

mod approval;
mod attributes;
mod clause;
mod collect;
mod due;
mod entry;
mod fields;
mod flow;
mod forms;
mod govern;
mod group;
pub mod json;
mod lead_in;
mod outline;
mod phases;
pub mod steps;
mod template;
mod wording;
mod words;
pub mod write;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Judgement;
use crate::page::front_matter::PageKind;
use crate::page::{Alert, Block, BlockKind, Page, markdown, slug};
use entry::{Reader, settle_otherwise};
use group::{From, Group};
use steps::{Draft, Field, Mark, Step};
use words::Words;

fn entry_alert(alert: Option<Alert>) -> &'static str {
    match alert {
        None | Some(Alert::Note) => "note",
        Some(Alert::Tip) => "tip",
        Some(Alert::Important) => "caution",
        Some(Alert::Warning) => "warning",
        Some(Alert::Caution) => "danger",
    }
}

/// How much two titles say the same, 0 to 1.
pub(crate) fn similar(a: &str, b: &str) -> f64 {
    wording::similar(a, b, words::english())
}

/// Drafts every procedure of a page. Empty for a page that is none.
///
/// Two witnesses: the shape found here and the detector's probability. A page the detector is sure about to be reference gives nothing
/// unless its steps are a table or are numbered "Step N"; one it holds for a procedure may have its steps in bullets and sentences.
pub fn draft(page: &Page) -> Vec<Draft> {
    let words = words::of(&page.source.text()[page.body.start as usize..]);
    let groups = groups(page, words, likelihood(page, words, None));
    let many = groups.len() > 1;
    let mut taken = BTreeSet::new();
    groups.into_iter().map(|g| finish(g, page, many, words, &mut taken)).collect()
}

/// Whether [`draft`] would find steps on a page that is held for a procedure and whose judgement is at hand.
///
/// Two numbered items that tell somebody to do something are taken for an answer: of 212 such pages one gave no draft, and looking costs as much as
/// judging the page.
pub fn finds_steps(page: &Page, judged: &Judgement) -> bool {
    if judged.signals.numbered > 1 {
        return true;
    }
    let words = words::of(&page.source.text()[page.body.start as usize..]);
    !groups(page, words, likelihood(page, words, Some(judged))).is_empty()
}

/// The steps of every procedure of a page, as they stand there.
fn groups(page: &Page, words: &'static Words, likely: Likely) -> Vec<Group> {
    let blocks = page.tree();
    let extra = swallowed(page);
    let tree = outline::cut(page, blocks.iter().chain(&extra), words);
    let mut groups = found(page, &tree, words, likely, false);
    if groups.is_empty() && likely == Likely::Yes {
        groups = found(page, &tree, words, likely, true);
    }
    if template::is_template(page, &groups) {
        return Vec::new();
    }
    let mut groups = join(groups);
    // One sentence beside whole procedures is none of its own.
    if groups.iter().any(|g| g.steps.len() > 1) {
        groups.retain(|g| g.steps.len() > 1 || g.announced || g.from != From::Prose);
    }
    groups
}

/// The groups of steps of a page, none if they do not make a procedure. `trusting` reads plain bullets and sentences as steps.
fn found(page: &Page, tree: &outline::Section<'_>, words: &'static Words, likely: Likely, trusting: bool) -> Vec<Group> {
    let held = likely == Likely::Yes;
    let reader = Reader { page, words, likely: trusting, held, ahead: std::cell::RefCell::default() };
    let mut groups = reader.collect(tree, &page.title);
    groups.retain(|g| !g.steps.is_empty());
    // Prose is read as steps only where something says that the page is about doing.
    let firm: usize = groups.iter().filter(|g| g.from != From::Prose).map(|g| g.steps.len()).sum();
    let bare = page.body.headings.iter().all(|h| h.level == 1);
    let coded: usize = groups.iter().map(|g| g.coded).sum();
    // "Diagnosis" and "Mitigation" in sentences each: what speaks for one speaks for both.
    let told = held && groups.iter().any(|g| g.from == From::Prose && g.announced);
    let prose_counts = trusting || firm >= 2 || coded > 2 || told;
    groups.retain(|g| g.from != From::Prose || g.announced || prose_counts || bare && g.steps.len() > 2);
    // "Incident response policy" may be one in name only: the detector has read the page.
    if !held && outline::title_is_reference(&page.title, words) {
        groups.retain(|g| g.announced && g.from != From::Prose || matches!(g.from, From::Headings | From::Table));
    }
    if likely == Likely::No {
        groups.retain(|g| g.from == From::Table || g.labelled);
    }
    overviews(&mut groups, words);
    if is_procedure(&groups, trusting) { groups } else { Vec::new() }
}

/// What the detector, or the page's own declaration, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likely {
    Yes,
    Open,
    No,
}

/// Probability from which bullets and sentences are believed.
const LIKELY: f64 = 0.6;
/// Probability below which only explicit steps are believed, unless a section says otherwise.
const UNLIKELY: f64 = 0.2;

/// `judged` is what the detector says of the page, if somebody has asked it already.
fn likelihood(page: &Page, words: &Words, judged: Option<&Judgement>) -> Likely {
    if page.meta.kind.as_ref().is_some_and(|k| k.value == PageKind::Procedure) {
        return Likely::Yes;
    }
    if words.language != "en" {
        // The detector was fitted on English pages; it has nothing to say about others.
        return Likely::Open;
    }
    let judged = judged.map_or_else(|| Cow::Owned(crate::judge::judge(page)), Cow::Borrowed);
    let section = judged.sections.iter().any(|s| s.probability >= 0.5);
    match judged.probability {
        p if p >= LIKELY => Likely::Yes,
        p if p < UNLIKELY && !section => Likely::No,
        _ => Likely::Open,
    }
}

/// Blocks that an unclosed code fence swallowed: text after it to the end of the page that is not code. Directives of other generators
/// (`{tab-set}`) close with a fence that opens one here.
fn swallowed(page: &Page) -> Vec<Block> {
    let tree = page.tree();
    let Some(last) = tree.last() else { return Vec::new() };
    let BlockKind::Code { info, .. } = &last.kind else { return Vec::new() };
    let raw = page.source.slice(last.span);
    let fence: String = raw.trim_start().chars().take_while(|c| matches!(c, '`' | '~')).collect();
    let closed = raw.lines().skip(1).any(|l| l.trim() == fence);
    if !info.is_empty() || fence.is_empty() || closed {
        return Vec::new();
    }
    let start = last.span.start as usize + raw.find('\n').unwrap_or(raw.len());
    let blocks = markdown::parse(&page.source, start).1.0;
    let listed = blocks.iter().any(|b| matches!(&b.kind, BlockKind::List(l) if l.items.len() > 1));
    if listed { blocks } else { Vec::new() }
}

/// Enough is there to call the page a procedure.
fn is_procedure(groups: &[Group], trusting: bool) -> bool {
    let steps: usize = groups.iter().map(|g| g.steps.len()).sum();
    let strong: usize =
        groups.iter().filter(|g| trusting || g.from != From::Prose || g.announced || g.coded > 1).map(|g| g.steps.len()).sum();
    steps >= 2 && (strong >= 2 || groups.iter().any(|g| g.steps.len() >= 2))
}

/// Where a list says in short what headings say at length, the headings are the steps; the list's options and conditions go over to them.
fn overviews(groups: &mut Vec<Group>, words: &Words) {
    let mut drop = Vec::new();
    for i in 0..groups.len() {
        if groups[i].from == From::Headings {
            continue;
        }
        for j in 0..groups.len() {
            if i == j || groups[j].from != From::Headings {
                continue;
            }
            let pairs: Vec<(usize, usize)> = groups[i]
                .steps
                .iter()
                .enumerate()
                .filter_map(|(a, s)| {
                    groups[j].steps.iter().position(|t| wording::similar(&s.title, &t.title, words) >= 0.6).map(|b| (a, b))
                })
                .collect();
            if pairs.len() * 10 < groups[i].steps.len() * 6 || pairs.len() < 2 {
                continue;
            }
            for (a, b) in pairs {
                let (optional, when, owner, due) = {
                    let s = &groups[i].steps[a];
                    (s.optional, s.when.clone(), s.owner.clone(), s.due.clone())
                };
                let t = &mut groups[j].steps[b];
                t.optional |= optional;
                t.when = t.when.take().or(when);
                t.owner = t.owner.take().or(owner);
                t.due = t.due.take().or(due);
            }
            drop.push(i);
            break;
        }
    }
    for i in drop.into_iter().rev() {
        groups.remove(i);
    }
}

/// Phases of one procedure become one; a lone sentence belongs to the procedure before it.
fn join(groups: Vec<Group>) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for group in phases::merge(groups) {
        let lone = group.from == From::Prose && group.steps.len() == 1 && group.phases.is_empty();
        match out.last_mut() {
            Some(last) if lone => last.append(group),
            _ => out.push(group),
        }
    }
    out
}

fn finish(group: Group, page: &Page, many: bool, words: &Words, taken: &mut BTreeSet<String>) -> Draft {
    let heading = group.heading.clone();
    let whole = !many || heading == page.title || heading.is_empty();
    let title = if whole {
        page.title.trim_end_matches([':', ' ']).to_owned()
    } else {
        outline::full_title(&heading, &group.over, &page.title, words)
    };
    let id = unique(&blueprint_id(page, &title, whole), taken);
    let mut steps = group.steps;
    govern::settle(&mut steps);
    settle_otherwise(&mut steps, words);
    settle_gates(&mut steps);
    ask_once(&mut steps);
    ids(&mut steps, words);
    let mut inputs = BTreeMap::new();
    anchors(&mut steps, &mut inputs, words);
    for step in &mut steps {
        approver_missing(step);
        step.checklist.iter_mut().for_each(approver_missing);
    }
    let mut marks = Vec::new();
    if group.phases_guessed {
        let titles: Vec<&str> = group.phases.iter().map(|p| p.title.as_str()).collect();
        marks.push(Mark { code: "phases-guessed", at: "phases".to_owned(), low: false, evidence: titles.join(", ") });
    }
    if group.variant {
        marks.push(Mark { code: "variant", at: String::new(), low: false, evidence: heading.clone() });
    }
    Draft {
        id,
        title,
        heading: if whole { String::new() } else { heading },
        phases: group.phases,
        any_order: group.any_order,
        variant: group.variant,
        marks,
        inputs: inputs.into_values().collect(),
        summary: String::new(),
        steps,
    }
}

/// Whether the role named over a list does what it tells is asked at its first step only.
fn ask_once(steps: &mut [Step]) {
    for i in (1..steps.len()).rev() {
        let inherited = |step: &Step| step.owner.as_ref().filter(|o| o.inherited).map(|o| o.name.clone());
        if inherited(&steps[i]).is_some() && inherited(&steps[i]) == inherited(&steps[i - 1]) {
            steps[i].marks.retain(|m| m.code != "owner-inherited");
        }
    }
}

fn approver_missing(step: &mut Step) {
    let Some(gate) = step.approval.as_ref().filter(|g| g.by.is_empty()) else { return };
    let evidence = gate.words.clone();
    step.mark("approver-missing", "approval.by", true, &evidence);
}

/// A sentence that only refers to an approval belongs to the step before: where that has an approval nothing is new, else it is the gate.
fn settle_gates(steps: &mut [Step]) {
    let mut seen = false;
    let mut known: Vec<String> = Vec::new();
    for i in 0..steps.len() {
        let refers = steps[i].why.iter().any(|w| w.at == "approval-reference") && !steps[i].why.iter().any(|w| w.at == "approval");
        let Some(gate) = steps[i].approval.clone() else { continue };
        if !refers {
            seen = true;
            known.extend(gate.by);
            continue;
        }
        let by = gate.by.first().cloned();
        let told = seen && by.as_ref().is_none_or(|b| known.contains(b) || known.is_empty());
        known.extend(gate.by.iter().cloned());
        let earlier = steps[..i].iter().rposition(|s| s.owner.as_ref().is_some_and(|o| Some(&o.name) == by.as_ref()));
        match earlier {
            Some(at) if steps[at].approval.is_none() => {
                steps[i].approval = None;
                steps[at].approval = Some(gate);
                seen = true;
            }
            _ if told => steps[i].approval = None,
            _ => {
                if i > 0 && steps[i - 1].approval.is_none() {
                    steps[i].approval = None;
                    steps[i - 1].approval = Some(gate);
                } else if let Some(gate) = &mut steps[i].approval {
                    gate.before = true;
                }
                seen = true;
            }
        }
    }
}

fn blueprint_id(page: &Page, title: &str, whole: bool) -> String {
    let path = page.path();
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let stem = if matches!(stem, "_index" | "index" | "README") { path.rsplit('/').nth(1).unwrap_or(stem) } else { stem };
    let name = slug::ascii(stem);
    let name = if name.is_empty() { slug::ascii(&page.title) } else { name };
    let full = if whole { name } else { format!("{name}-{}", short(&slug::ascii(title), 4)) };
    valid_id(&full)
}

fn short(id: &str, parts: usize) -> String {
    id.split('-').take(parts).collect::<Vec<_>>().join("-")
}

/// An id that the format accepts: begins with a letter, at most 64 characters.
fn valid_id(text: &str) -> String {
    let mut id = slug::ascii(text);
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
        id = format!("p-{id}");
    }
    id.truncate(60);
    id.trim_end_matches('-').to_owned()
}

fn unique(base: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = base.to_owned();
    let mut n = 2;
    while !taken.insert(id.clone()) {
        id = format!("{base}-{n}");
        n += 1;
    }
    id
}

/// Ids from titles: stop words dropped, at most four words.
fn ids(steps: &mut [Step], words: &Words) {
    let mut taken = BTreeSet::new();
    for step in steps {
        step.id = unique(&step_id(&step.title, words), &mut taken);
        let mut inner = BTreeSet::new();
        for sub in &mut step.checklist {
            sub.id = unique(&step_id(&sub.title, words), &mut inner);
        }
    }
}

/// The id a title gives.
pub(crate) fn step_id(title: &str, words: &Words) -> String {
    let parts: Vec<String> = flow::tokenize(title, 0, &[])
        .into_iter()
        .filter(|t| t.is_word() && !words.stop.contains(&t.low))
        .map(|t| slug::ascii(&t.low))
        .filter(|t| !t.is_empty())
        .take(4)
        .collect();
    let joined = if parts.is_empty() { slug::ascii(title) } else { parts.join("-") };
    let id = valid_id(&joined);
    if id.is_empty() || id == "p-" { "step".to_owned() } else { id }
}

/// Anchors of deadlines: another step, a date to be asked, or the start.
fn anchors(steps: &mut [Step], inputs: &mut BTreeMap<String, Field>, words: &Words) {
    let titles: Vec<(String, String)> = steps.iter().map(|s| (s.id.clone(), s.title.clone())).collect();
    for i in 0..steps.len() {
        let Some(due) = steps[i].due.clone() else { continue };
        let Some(anchor) = due.anchor.clone() else { continue };
        let before = due.before;
        let step = titles[..i].iter().rev().find(|(_, t)| !before && wording::similar(t, &anchor, words) >= 0.6);
        let to = if let Some((id, _)) = step {
            format!("steps.{id}")
        } else {
            let id = step_id(&anchor, words);
            inputs.entry(id.clone()).or_insert_with(|| Field {
                label: wording::tidy(&anchor),
                kind: "date".to_owned(),
                options: Vec::new(),
            });
            let dated = flow::tokenize(&anchor, 0, &[]).iter().any(|t| words.dates.contains(&t.low));
            if !dated {
                steps[i].mark("due-anchor-guessed", "due", false, &anchor);
            }
            format!("inputs.{id}")
        };
        if let Some(due) = &mut steps[i].due {
            due.to = to;
        }
    }
}
