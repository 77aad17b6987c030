//! Who does a step, by when, under which condition, and who has to approve.

use super::{Around, OVER_LIST, Reader, Said};
use crate::blueprint::draft::approval;
use crate::blueprint::draft::clause::{self, Label, Mood};
use crate::blueprint::draft::due;
use crate::blueprint::draft::flow::{self, Token};
use crate::blueprint::draft::steps::{Gate, Note, Party, Step, one_line};
use crate::blueprint::draft::wording::tidy;
use crate::blueprint::draft::words::Words;

impl Reader<'_> {
    pub(super) fn condition(step: &mut Step, main: &Said<'_>, first: Option<&Said<'_>>, around: &Around) {
        step.optional = main.clause.optional || first.is_some_and(|f| f.clause.optional);
        if step.optional {
            step.because("optional", "the page says it may be left out", main.flow.slice(&main.clause.range));
        }
        if step.otherwise {
            // Settled once the step before is known.
        } else if let Some(when) = &main.clause.when {
            step.wait_on("condition in the sentence", one_line(main.flow.slice(when)));
        } else if let Some(asked) = first.filter(|f| f.clause.mood == Mood::Question && f.clause.range.end <= main.clause.range.start) {
            let words = one_line(asked.flow.slice(&asked.clause.range)).trim_end_matches('?').to_owned();
            step.wait_on("a question before the command", words);
        } else if let Some(when) = &around.when {
            step.wait_on(OVER_LIST, when.clone());
        }
    }

    pub(super) fn owner(&self, step: &mut Step, main: &Said<'_>, titled: bool, lead: &[Said<'_>], body: &[Said<'_>], around: &Around) {
        let named = |s: &Said<'_>| matches!(s.clause.mood, Mood::Role | Mood::RoleMay).then(|| s.clause.actor.clone()).flatten();
        let mut from = named(main).map(|r| (main, r));
        // A title names no one; the first sentence below that does counts.
        if from.is_none() && titled {
            // A command as title has its doer in the first sentence or nowhere.
            let reach = if main.clause.acts() && main.clause.sure { 1 } else { usize::MAX };
            from = lead.iter().skip(1).chain(body.iter().take(reach)).find_map(|s| named(s).map(|r| (s, r)));
        }
        // "Print the badge. This is done by the receptionist."
        if from.is_none() && main.clause.acts() {
            let next = lead.iter().chain(body).find(|s| std::ptr::eq(s.flow, main.flow) && s.clause.range.start >= main.clause.range.end);
            from = next.filter(|s| self.same_act(s)).and_then(|s| named(s).map(|r| (s, r)));
        }
        if let Some((said, range)) = from {
            let name = clean_role(said.flow.slice(&range), self.words);
            if said.clause.actor_guessed {
                step.mark("owner-vague", "owner", false, &name);
            }
            step.because("owner", "subject of the sentence", said.flow.slice(&said.clause.range));
            step.owner = Some(Party { name, inherited: false });
        } else if let Some(name) = &around.owner {
            step.because("owner", "named over the steps", name);
            step.mark("owner-inherited", "owner", false, name);
            step.owner = Some(Party { name: name.clone(), inherited: true });
        }
    }

    /// "Skip this step if X": when the step is done.
    pub(super) fn skipped(&self, said: &Said<'_>) -> Option<String> {
        let c = &said.clause;
        let verb = c.verb_at.as_ref().filter(|_| c.verb.as_ref().is_some_and(|v| self.words.skipping.contains(v)))?;
        let tokens = said.flow.tokens(&c.range);
        let whole = |t: &Token| self.words.leads.whole.contains(&t.low) || self.words.step_labels.contains(&t.low);
        // English names the object behind the verb, German before it.
        let object = tokens.windows(2).any(|p| {
            let near = if self.words.verb_final { p[0].start < verb.start } else { p[0].start >= verb.end && p[0].start < verb.end + 3 };
            near && (self.words.determiners.contains(&p[0].low) || self.words.pronouns.contains(&p[0].low)) && whole(&p[1])
        });
        c.when.as_ref().filter(|_| object && c.acts()).map(|w| self.words.negated(&one_line(said.flow.slice(w))))
    }

    /// "This is done by …", "This should be carried out by …": the subject is the act told before.
    fn same_act(&self, said: &Said<'_>) -> bool {
        let first = said.flow.tokens(&(said.clause.core..said.clause.range.end)).into_iter().next();
        first.is_some_and(|t| self.words.pronouns.contains(&t.low))
            && said.clause.verb.as_ref().is_some_and(|v| self.words.doing.contains(v))
    }

    /// A title without the "at least" that stood before its deadline.
    fn without_least(&self, title: &str) -> String {
        let title = tidy(title);
        let tokens = flow::tokenize(&title, 0, &[]);
        let least = (0..tokens.len()).find(|i| self.words.grammar.at_least.at(&tokens, *i).is_some_and(|n| i + n == tokens.len()));
        least.map_or_else(|| title.clone(), |at| tidy(&title[..tokens[at].start]))
    }

    pub(super) fn deadline(
        &self,
        step: &mut Step,
        main: Option<&Said<'_>>,
        titled: bool,
        lead: &[Said<'_>],
        body: &[Said<'_>],
        around: &Around,
    ) {
        let main_at = main.map(|m| m.clause.range.start);
        for (i, said) in lead.iter().chain(body).enumerate() {
            let own = main.is_some_and(|m| std::ptr::eq(m.flow, said.flow)) && main_at == Some(said.clause.range.start);
            let c = &said.clause;
            let told = matches!(c.mood, Mood::Imperative | Mood::You | Mood::We | Mood::Passive) || passive_fragment(said, self.words);
            let other_party = c.mood == Mood::Role
                && step.owner.as_ref().is_none_or(|o| !said.flow.slice(&c.actor.clone().unwrap_or_default()).contains(&o.name));
            if !(own || told || titled && !other_party && !matches!(c.mood, Mood::System) || i == 0 && titled) || c.help {
                continue;
            }
            let Some(found) = due::find(said.flow, &c.range, self.words) else {
                if own
                    && self.words.vague_due.within(&said.flow.tokens(&c.range))
                    && matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You)
                {
                    step.mark("due-vague", "due", true, said.flow.slice(&c.range));
                }
                continue;
            };
            let words = said.flow.slice(&found.words).to_owned();
            step.due = Some(found.due(said.flow));
            step.because("due", "an amount counted from something", &words);
            let shorter = self.without_least(&step.title.replace(&words, ""));
            if step.title.contains(&words)
                && shorter.split(' ').count() > 2
                && (step.title.starts_with(&words) || step.title.ends_with(&words))
            {
                step.title = shorter;
            }
            if found.amount.range || found.anchor.is_none() && !found.explicit {
                step.mark("due-anchor-guessed", "due", false, &words);
            }
            return;
        }
        if let Some(due) = &around.due {
            step.because("due", "stands over the steps", &due.words());
            step.due = Some(due.clone());
        }
    }

    pub(super) fn gate(&self, step: &mut Step, lead: &[Said<'_>], body: &[Said<'_>], around: &Around) {
        let all: Vec<&Said<'_>> = lead.iter().chain(body).collect();
        let mut best: Option<(approval::Gate, &Said<'_>)> = None;
        // In a sub-step only its own sentence counts: what follows tells of other runs.
        let reach = if around.sub { 1 } else { all.len() };
        for said in all.iter().take(reach) {
            let Some(found) = approval::find(said.flow, &said.clause, self.words) else { continue };
            let better = best
                .as_ref()
                .is_none_or(|(g, _)| g.refers && !found.refers || g.refers == found.refers && g.by.is_none() && found.by.is_some());
            if better {
                best = Some((found, said));
            }
        }
        if let Some((found, said)) = best {
            let mut by: Vec<String> = found.by.iter().map(|b| clean_role(said.flow.slice(b), self.words)).collect();
            if by.is_empty() {
                // "request approval … will be reviewed by the operations team": the reviewer of the same step.
                by.extend(all.iter().filter_map(|s| reviewer(s, self.words)).take(1));
            }
            let words = one_line(said.flow.slice(&said.clause.range));
            step.because(if found.refers { "approval-reference" } else { "approval" }, found.rule, &words);
            step.approval = Some(Gate { by, words, before: false });
            return;
        }
        // "Approve the licence" told to a named role is that role's decision.
        if let (Some(owner), Some(main)) = (&around.owner, lead.first())
            && main.clause.mood == Mood::Imperative
            && main.clause.verb.as_deref().is_some_and(|v| self.words.approve.verbs.has(v))
            && !self.words.approve.ui.within(&main.flow.tokens(&main.clause.range))
        {
            let words = one_line(main.flow.slice(&main.clause.range));
            step.because("approval", "the owner of the steps approves", &words);
            step.approval = Some(Gate { by: vec![owner.clone()], words, before: false });
        }
    }

    pub(super) fn note(step: &mut Step, said: &Said<'_>) {
        let kind = match said.clause.mood {
            Mood::Note(Label::Note) => "note",
            Mood::Note(Label::Tip) => "tip",
            Mood::Note(Label::Caution) => "caution",
            Mood::Note(Label::Warning) => "warning",
            Mood::Negative => "caution",
            _ => return,
        };
        let text = said.flow.slice(&(said.clause.core.min(said.clause.range.end)..said.clause.range.end)).to_owned();
        if !text.is_empty() {
            step.notes.push(Note { kind, text });
        }
    }
}

/// "Otherwise, …" waits on the opposite of the condition of the step before.
pub(crate) fn settle_otherwise(steps: &mut [Step], words: &Words) {
    for i in 1..steps.len() {
        let [.., before, step] = &mut steps[..=i] else { return };
        if let Some(when) = before.when.as_deref().filter(|_| step.otherwise && step.when.is_none()) {
            step.wait_on("otherwise than the step before", words.negated(when));
        }
    }
    for step in steps {
        settle_otherwise(&mut step.checklist, words);
    }
}

/// "(it) should be done no more than 12 hours before": a duty without its subject.
fn passive_fragment(said: &Said<'_>, words: &Words) -> bool {
    let tokens = said.flow.tokens(&said.clause.range);
    (0..tokens.len()).any(|i| {
        let duty = words.grammar.passive_duty.at(&tokens, i);
        duty.and_then(|n| tokens.get(i + n)).is_some_and(|t| words.participle(&t.low).is_some())
    })
}

/// "… will be reviewed by the operations team".
fn reviewer(said: &Said<'_>, words: &Words) -> Option<String> {
    let tokens = said.flow.tokens(&said.clause.range);
    let by = (1..tokens.len()).find(|i| {
        words.by.contains(&tokens[*i].low) && words.participle(&tokens[*i - 1].low).is_some_and(|v| words.approve.reviewing.contains(v))
    })?;
    let (range, _) = clause::noun_phrase(&tokens, by + 1, words)?;
    Some(clean_role(said.flow.slice(&range), words))
}

/// A role as people would list it: no article, no possessive, no count in front.
pub(crate) fn clean_role(text: &str, words: &Words) -> String {
    let text = one_line(text);
    let mut parts: Vec<&str> = text.split(' ').collect();
    while parts.len() > 1 && empty_before_role(parts[0], words) {
        parts.remove(0);
    }
    let role = parts.iter().map(|p| flow::without_open_ending(p)).collect::<Vec<_>>().join(" ");
    role.trim_matches(['*', '_', '.', ',', ':', ' ']).to_owned()
}

fn empty_before_role(word: &str, words: &Words) -> bool {
    let low = word.to_lowercase();
    // "IT service desk": capitals are a name, not the pronoun.
    let name = word.len() > 1 && word.chars().all(char::is_uppercase);
    let counted = word.bytes().all(|b| b.is_ascii_digit()) || words.grammar.before_role.contains(&low);
    !name && (words.determiners.contains(&low) || counted)
}
