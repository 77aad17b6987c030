//! Approvals in a sentence: somebody else decides and the rest waits.
//!
//! Buttons, licence dialogues, settings called approval and sentences that deny one must not fire; see the tests.

use std::collections::BTreeSet;
use std::ops::Range;

use super::clause::{self, Clause, Mood};
use super::flow::{Flow, Token};
use super::words::Words;

/// An approval found.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// Who decides, in the flow.
    pub(crate) by: Option<Range<usize>>,
    /// The sentence only refers to an approval ("once approved"): it belongs to what came before.
    pub(crate) refers: bool,
    /// Which pattern.
    pub(crate) rule: &'static str,
}

/// Looks for an approval in one sentence.
pub(crate) fn find(flow: &Flow, clause: &Clause, words: &Words) -> Option<Gate> {
    let tokens = flow.tokens(&clause.range);
    let a = &words.approve;
    if a.off.within(&tokens) || clause.help || matches!(clause.mood, Mood::Question | Mood::Example | Mood::Definition) {
        return None;
    }
    sent(&tokens, clause, words)
        .or_else(|| decides(&tokens, clause, words))
        .or_else(|| relative(&tokens, words))
        .or_else(|| got(&tokens, clause, words))
        .or_else(|| asked(&tokens, clause, words))
        .or_else(|| had(&tokens, clause, words))
        .or_else(|| required(&tokens, words))
        .or_else(|| given(&tokens, clause, words))
        .or_else(|| passive(&tokens, words))
        .or_else(|| withheld(&tokens, words))
        .or_else(|| possessive(&tokens, words))
        .or_else(|| refers(&tokens, clause, words))
        // "Get permission", "after consent": an approval only where somebody is named who gives it.
        .filter(|g| g.by.is_some() || a.nouns.within(&tokens) || tokens.iter().any(|t| approving(t, words).is_some()))
}

/// The base form if a token is a form of a verb of approving.
fn approving<'w>(token: &'w Token, words: &'w Words) -> Option<&'w str> {
    let low = token.low.as_str();
    let base = words.participle(low).or_else(|| words.third(low)).or_else(|| words.gerund(low)).or_else(|| words.base(low))?;
    words.approve.verbs.has(base).then_some(base)
}

fn noun_at(tokens: &[Token], range: Range<usize>, words: &Words) -> Option<usize> {
    let a = &words.approve;
    range.take_while(|i| *i < tokens.len()).find(|i| a.nouns.at(tokens, *i).is_some() || a.permits.at(tokens, *i).is_some())
}

/// The role after "from", "by" or "of" within a few tokens.
fn role_after(tokens: &[Token], from: usize, words: &Words) -> Option<Range<usize>> {
    let link = (from..tokens.len().min(from + 5)).find(|i| words.approve.by.contains(&tokens[*i].low))?;
    clause::noun_phrase(tokens, link + 1, words).map(|(r, _)| r)
}

/// "Send X to Y for approval", "recommend it for approval by Y".
fn sent(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    let place = (0..tokens.len()).find(|i| {
        words.approve.sent_for.contains(&tokens[*i].low)
            && noun_at(tokens, i + 1..i + 5, words).is_some()
            && words.base(&tokens[i + 1].low).is_none_or(|b| words.approve.review.contains(b))
    })?;
    // German puts the verb last: "den Antrag der Leitung zur Freigabe vorlegen".
    let verb = words
        .approve
        .send
        .find(&tokens[..place], 0)
        .map(|f| f.0)
        .or_else(|| words.approve.send.find(tokens, place).filter(|_| words.verb_final).map(|_| 0))?;
    let in_order = clause.order.as_ref().is_some_and(|o| o.start <= tokens[place].start && tokens[place].start < o.end);
    if !(clause.may_act() || in_order || matches!(clause.mood, Mood::RoleMay)) {
        return None;
    }
    let noun = noun_at(tokens, place + 1..place + 5, words)?;
    let by = role_after(tokens, noun + 1, words).or_else(|| {
        // "den Antrag der Leitung zur Freigabe vorlegen": the one it goes to stands in the dative.
        let dative = (verb..place).find(|i| words.approve.dative.contains(&tokens[*i].low) && words.is_role(&tokens[i + 1].low));
        if let Some(at) = dative {
            return clause::noun_phrase(&tokens[..place], at + 1, words).map(|(r, _)| r);
        }
        let to = (verb..place)
            .rev()
            .find(|i| words.to.contains(&tokens[*i].low))
            .or_else(|| words.verb_final.then(|| (place..tokens.len()).find(|i| words.to.contains(&tokens[*i].low))).flatten())?;
        // "send it to the Front Office": a capitalised name is a party even without a role word.
        clause::noun_phrase(tokens, to + 1, words).map(|(r, _)| r).or_else(|| {
            let named = to < place && tokens[to + 1..place].iter().any(|t| t.capital);
            named.then(|| tokens[to + 1].start..tokens[place - 1].end)
        })
    });
    Some(Gate { by, refers: false, rule: "sent for approval" })
}

/// "The supervisor approves", "will review … and notify you if it is approved", "needs to add an approving review".
fn decides(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    if clause.mood != Mood::Role {
        return None;
    }
    let actor = clause.actor.clone()?;
    let verb = clause.verb_at.clone()?;
    let from = tokens.iter().position(|t| t.start >= verb.start)?;
    let object_is_ui = |at: usize| words.approve.ui.within(&tokens[at..tokens.len().min(at + 7)]);
    let base = clause.verb.as_deref().unwrap_or("");
    let gate = |rule| Some(Gate { by: Some(actor.clone()), refers: false, rule });
    if words.approve.verbs.at(tokens, from).is_some() || words.approve.verbs.has(base) || approving(&tokens[from], words).is_some() {
        return if object_is_ui(from) { None } else { gate("a role approves") };
    }
    if decides_at(tokens, from, words) {
        return gate("a role decides");
    }
    // "Legal has to give the green light".
    if words.approve.give.contains(base)
        && let Some(noun) = noun_at(tokens, from + 1..from + 6, words)
    {
        return if object_is_ui(noun) { None } else { gate("a role approves") };
    }
    // A second verb joined to the first: "reviews and approves", "reviews the offer and decides whether to go on".
    let mut joined = (from + 1..tokens.len().min(from + 9)).filter(|i| words.joins(&tokens[i - 1].low));
    if joined.clone().any(|i| decides_at(tokens, i, words)) {
        return gate("a role decides");
    }
    if let Some(at) = joined.find(|i| approving(&tokens[*i], words).is_some()) {
        return if object_is_ui(at) { None } else { gate("a role approves") };
    }
    let review = (from + 1..tokens.len()).any(|i| {
        words.gerund(&tokens[i - 1].low).is_some()
            && approving(&tokens[i - 1], words).is_some()
            && words.approve.review.contains(&tokens[i].low)
    });
    if review {
        return gate("an approving review");
    }
    let g = &words.grammar;
    let told = tokens[from..].iter().any(|t| g.ifs.contains(&t.low) || g.whether.contains(&t.low))
        && tokens[from + 1..].iter().any(|t| words.participle(&t.low).is_some() && approving(t, words).is_some());
    if words.approve.review.contains(base) && told { gate("reviews and tells whether it is approved") } else { None }
}

/// "The request goes to the department head, who approves or rejects it".
fn relative(tokens: &[Token], words: &Words) -> Option<Gate> {
    let who = (1..tokens.len()).find(|i| words.relative.contains(&tokens[*i].low) && (tokens[i - 1].low == "," || !words.verb_final))?;
    let end = who - usize::from(tokens[who - 1].low == ",");
    // The longest name that ends just before.
    let by = (end.saturating_sub(7)..end).find_map(|from| {
        let named = !words.prepositions.contains(&tokens[from].low) && tokens[from].is_word();
        clause::noun_phrase(&tokens[..end], from, words).filter(|(_, stop)| named && *stop == end).map(|(range, _)| range)
    })?;
    let stop = (who + 1..tokens.len()).find(|i| matches!(tokens[*i].low.as_str(), "," | ";" | ".")).unwrap_or(tokens.len());
    let told = &tokens[who + 1..stop];
    let decides =
        |i: usize| approving(&told[i], words).is_some() || words.approve.verbs.at(told, i).is_some() || decides_at(told, i, words);
    let at =
        if words.verb_final { told.len().checked_sub(1).filter(|i| decides(*i)) } else { (0..told.len().min(5)).find(|i| decides(*i)) }?;
    let denied = (0..at).any(|i| words.negations.at(told, i).is_some());
    // "who has approved it": told of the past.
    let past = !words.verb_final && words.participle(&told[at].low).is_some() && words.third(&told[at].low).is_none();
    let ui = words.approve.ui.within(&told[at..told.len().min(at + 7)]);
    (!denied && !past && !ui).then_some(Gate { by: Some(by), refers: false, rule: "a role approves" })
}

/// "No order is placed without the consent of the plant manager": it holds back what came before.
fn withheld(tokens: &[Token], words: &Words) -> Option<Gate> {
    let without = tokens.iter().position(|t| words.without.contains(&t.low))?;
    let denied =
        tokens[..without].iter().enumerate().any(|(i, t)| words.nothing.contains(&t.low) || words.negations.at(tokens, i).is_some());
    let noun = noun_at(tokens, without + 1..without + 6, words).filter(|_| denied)?;
    let by = role_after(tokens, noun + 1, words).or_else(|| owner_before(tokens, noun, words))?;
    Some(Gate { by: Some(by), refers: true, rule: "an approval is referred to" })
}

/// "decides whether", in any form of the verb.
fn decides_at(tokens: &[Token], at: usize, words: &Words) -> bool {
    let mut told = tokens[at..tokens.len().min(at + 4)].to_vec();
    let Some(first) = told.first_mut() else { return false };
    if let Some(base) = words.third(&first.low).or_else(|| words.base(&first.low)) {
        first.low = base.to_owned();
    }
    words.approve.decide.at(&told, 0).is_some()
}

/// "Get approval from X", "requires X approval", "wait for sign-off".
fn got(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    let mut from = 0;
    while let Some((at, n)) = words.approve.get.find(tokens, from) {
        from = at + 1;
        let Some(noun) = noun_at(tokens, at + n..at + n + 6, words) else { continue };
        // "Get authorization for your command line": a technical act, nobody decides.
        if words.approve.ui.within(&tokens[noun..tokens.len().min(noun + 7)]) {
            continue;
        }
        // "Determine whether you may need permission from your agency": nobody has said that it is needed.
        let open = at > 0 && words.may.at(tokens, at - 1).is_some() || tokens[..at].iter().any(|t| words.grammar.whether.contains(&t.low));
        if open {
            continue;
        }
        let between = &tokens[at + n..noun];
        if between.iter().any(|t| matches!(t.low.as_str(), "," | ".") || words.approve.denying.contains(&t.low)) {
            continue;
        }
        // "requires manager approval": the role stands before the noun.
        let inner = clause::noun_phrase(&tokens[..noun], at + n, words).map(|(r, _)| r).filter(|_| !between.is_empty());
        let by = role_after(tokens, noun + 1, words).or_else(|| owner_before(tokens, noun, words)).or(inner);
        let asks = words.approve.asks.contains(&tokens[at].low);
        if by.is_some() && !matches!(clause.mood, Mood::Fact | Mood::RoleMay) || asks && clause.acts() {
            return Some(Gate { by, refers: false, rule: "approval to be had" });
        }
    }
    None
}

/// "must be approved by X", "once approved by X", "until it is signed off by X".
fn passive(tokens: &[Token], words: &Words) -> Option<Gate> {
    for i in 1..tokens.len() {
        let known = words.participle(&tokens[i].low).is_some() && approving(&tokens[i], words).is_some();
        let Some(n) = words.approve.signed.at(tokens, i).or(known.then_some(1)) else { continue };
        let next = i + n;
        let by = tokens
            .get(next)
            .filter(|t| words.by.contains(&t.low))
            .and_then(|_| clause::noun_phrase(tokens, next + 1, words))
            .map(|(r, _)| r);
        let duty = (i.saturating_sub(5)..i).any(|j| words.approve.duty.contains(&tokens[j].low));
        if by.is_some() && duty {
            return Some(Gate { by, refers: false, rule: "must be approved by a role" });
        }
    }
    None
}

/// "Within 2 days of the lead's approval".
fn possessive(tokens: &[Token], words: &Words) -> Option<Gate> {
    let by = (1..tokens.len()).filter(|i| words.approve.nouns.at(tokens, *i).is_some()).find_map(|i| owner_before(tokens, i, words))?;
    Some(Gate { by: Some(by), refers: true, rule: "an approval is referred to" })
}

/// "the security team's" before "approval": the role without its ending.
fn owner_before(tokens: &[Token], noun: usize, words: &Words) -> Option<Range<usize>> {
    let at = noun.checked_sub(1)?;
    let low = &tokens[at].low;
    let owner = low.trim_end_matches("'s").trim_end_matches('\'');
    if owner == low || !words.is_role(owner) {
        return None;
    }
    let mut from = at;
    while from > 0 {
        let t = &tokens[from - 1];
        let part = t.capital
            || t.low == "&"
            || words.is_role(&t.low)
            || words.is_thing(&t.low)
            || t.is_word() && from > 1 && article_before(tokens, from - 1, words);
        if !part || words.determiners.contains(&t.low) {
            break;
        }
        from -= 1;
    }
    let ending = low.len() - owner.len();
    Some(tokens[from].start..tokens[at].end - ending.min(tokens[at].end - tokens[at].start))
}

/// A word that stands right behind an article belongs to the name: "the security team".
fn article_before(tokens: &[Token], at: usize, words: &Words) -> bool {
    at.checked_sub(1).is_some_and(|i| words.articles.contains(&tokens[i].low))
}

/// "Ask the project lead to approve the change", "have the plan approved by the safety officer".
fn asked(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    if !clause.acts() {
        return None;
    }
    let verb = clause.verb_at.as_ref().and_then(|v| tokens.iter().position(|t| t.start >= v.start))?;
    if !words.approve.ask.contains(&tokens[verb].low) {
        return None;
    }
    let (by, end) = clause::noun_phrase(tokens, verb + 1, words)?;
    let to = usize::from(tokens.get(end).is_some_and(|t| words.to.contains(&t.low)));
    let act = tokens.get(end + to)?;
    let base = words.base(&act.low).is_some() && approving(act, words).is_some();
    let ui = words.approve.ui.within(&tokens[end..]);
    (base && !ui).then_some(Gate { by: Some(by), refers: false, rule: "a role is asked to approve" })
}

/// "Have the change approved", "get your plan approved before …": somebody else decides, unnamed.
fn had(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    let verb = clause.verb_at.as_ref().and_then(|v| tokens.iter().position(|t| t.start >= v.start)).filter(|_| clause.acts())?;
    let object = tokens.get(verb + 1).is_some_and(|t| words.articles.contains(&t.low));
    if !object || !words.approve.have.contains(&tokens[verb].low) {
        return None;
    }
    let done = (verb + 3..tokens.len().min(verb + 8))
        .find(|i| words.participle(&tokens[*i].low).is_some() && approving(&tokens[*i], words).is_some())?;
    let plain = tokens[verb + 1..done].iter().all(|t| t.is_word() && !words.prepositions.contains(&t.low) && !words.be.contains(&t.low));
    // "get the approved list": the participle belongs to the noun behind it.
    let ends = tokens.get(done + 1).is_none_or(|t| !t.is_word() || words.prepositions.contains(&t.low) || words.order_openers.has(&t.low));
    (plain && ends && !words.approve.ui.within(&tokens[verb + 1..done])).then_some(Gate {
        by: None,
        refers: false,
        rule: "approval to be had",
    })
}

/// "Manager approval required", "approval is required from the site manager": only where a role is named.
fn required(tokens: &[Token], words: &Words) -> Option<Gate> {
    let noun = noun_at(tokens, 0..tokens.len(), words)?;
    let must = (noun + 1..tokens.len().min(noun + 4)).find(|i| words.approve.required.contains(&tokens[*i].low))?;
    let plain = tokens[noun + 1..must].iter().all(|t| words.be.contains(&t.low));
    let denied = tokens[..must].iter().any(|t| words.approve.unsaid.contains(&t.low));
    let before = owner_before(tokens, noun, words).or_else(|| {
        let role = noun.checked_sub(1).filter(|i| words.is_role(&tokens[*i].low))?;
        let from =
            (0..role).rev().take_while(|i| tokens[*i].is_word() && !words.determiners.contains(&tokens[*i].low)).last().unwrap_or(role);
        Some(tokens[from].start..tokens[role].end)
    });
    let by = role_after(tokens, must + 1, words).or(before)?;
    (plain && !denied).then_some(Gate { by: Some(by), refers: false, rule: "an approval is required" })
}

/// "With the approval of the director, …", "after approval by the CFO, …": the approval comes before what the sentence tells.
fn given(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    let opener = (0..tokens.len()).find(|i| words.approve.with.contains(&tokens[*i].low))?;
    let noun = noun_at(tokens, opener + 1..opener + 5, words)?;
    let plain = tokens[opener + 1..noun].iter().all(|t| t.is_word() && words.base(&t.low).is_none_or(|_| words.noun_like.contains(&t.low)));
    let link = tokens.get(noun + 1).filter(|t| words.approve.by.contains(&t.low))?;
    let (by, _) = clause::noun_phrase(tokens, noun + 2, words)?;
    (plain && link.is_word() && clause.may_act()).then_some(Gate { by: Some(by), refers: true, rule: "an approval is referred to" })
}

/// "Once your form is approved, …", "when your request has been approved", "once HR has given its OK".
fn refers(tokens: &[Token], clause: &Clause, words: &Words) -> Option<Gate> {
    let opener = (0..tokens.len()).find(|i| words.approve.once.contains(&tokens[*i].low))?;
    let done = (opener + 1..tokens.len().min(opener + 10)).take_while(|i| tokens[*i].low != ",").find(|i| {
        let base = words.participle(&tokens[*i].low);
        let gives = base.is_some_and(|b| words.approve.give.contains(b)) && noun_at(tokens, i + 1..i + 4, words).is_some();
        gives || base.is_some() && approving(&tokens[*i], words).is_some()
    })?;
    let be = (opener..done).any(|j| words.be.contains(&tokens[j].low)) || done == opener + 1;
    let described = matches!(clause.mood, Mood::System | Mood::Gerund | Mood::Noun);
    // "until the safety officer has approved it" names who.
    let said = |set: &BTreeSet<String>| tokens[opener + 1..done].iter().any(|t| set.contains(&t.low));
    let active = said(&words.approve.has) && !said(&words.approve.been);
    let by = active.then(|| clause::noun_phrase(&tokens[..done], opener + 1, words).map(|(r, _)| r)).flatten();
    (be && !described).then_some(Gate { by, refers: true, rule: "an approval is referred to" })
}

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;
    use crate::page::{BlockKind, Page};
    use crate::text::Source;

    fn gate(text: &str) -> Option<(Option<String>, bool)> {
        let page = Page::parse(Source::new("p.md", text));
        let BlockKind::Paragraph(inlines) = &page.tree()[0].kind else { panic!("no paragraph") };
        let flow = Flow::of(inlines);
        let sentence = flow.sentences().remove(0);
        let clause = clause::read(&flow, &sentence, english());
        find(&flow, &clause, english()).map(|g| (g.by.map(|b| flow.slice(&b).to_owned()), g.refers))
    }

    fn by(text: &str) -> String {
        gate(text).unwrap_or_else(|| panic!("no approval in: {text}")).0.unwrap_or_default()
    }

    #[test]
    fn approvals_and_who_decides() {
        assert_eq!(by("Your supervisor will approve via a link in their email."), "Your supervisor");
        assert_eq!(by("Send the list of requests to the Front Office for approval."), "the Front Office");
        assert_eq!(by("Get a final approval from the Outreach team before placing the order."), "the Outreach team");
        assert_eq!(by("The next step will require an approval from the relevant team."), "the relevant team");
        assert_eq!(by("The HR Specialist will review the form and notify you if it is approved."), "The HR Specialist");
        assert_eq!(by("The invoice must be approved by the controller before payment."), "the controller");
        assert_eq!(by("Obtain the manager's approval."), "manager");
        assert_eq!(by("Wait for the security team's approval."), "security team");
        assert_eq!(by("Ask the project lead to approve the change."), "the project lead");
        assert_eq!(by("Place the order (manager approval required)."), "manager");
        assert_eq!(by("The board decides whether to buy."), "The board");
        assert_eq!(gate("With the approval of the director, place the order."), Some((Some("the director".into()), true)));
        assert_eq!(by("Wait until the safety officer has approved the plan."), "the safety officer");
        assert_eq!(by("The controller and the CFO both sign off the report."), "The controller and the CFO");
        assert_eq!(by("Within two working days, the controller and the CFO both sign off."), "the controller and the CFO");
        assert_eq!(by("Before the file is sent, legal has to give the green light."), "legal");
        assert_eq!(by("The request goes to the department head, who approves or rejects it."), "the department head");
        assert_eq!(by("Send the plan to the line manager who then approves it."), "the line manager");
        assert_eq!(by("The offer goes to the board, who decides whether to accept it."), "the board");
        assert_eq!(by("Get permission from the site manager."), "the site manager");
        assert_eq!(by("Otherwise the category manager reviews the offer and decides whether to go ahead."), "the category manager");
        let consent = gate("No order is placed without the written consent of the plant manager.");
        assert_eq!(consent, Some((Some("the plant manager".into()), true)));
        assert_eq!(gate("Once HR has given its OK, create the account."), Some((Some("HR".into()), true)));
        assert_eq!(by("Submit the form for approval."), "");
        assert_eq!(by("Have the change approved."), "");
        assert_eq!(by("Get your plan approved before ordering."), "");
        assert_eq!(gate("Once your form is approved, save a copy."), Some((None, true)));
    }

    #[test]
    fn traps() {
        for text in [
            "Get the list of approved suppliers.",
            "Get the approved list from the shelf.",
            "Choose the **Approve** action.",
            "Annotate the resource to approve the proposal.",
            "If you use manual approval, get and approve the plan.",
            "HR is not \"approving\" the request at this step.",
            "No approval is needed for small changes.",
            "Accept the licence prompt.",
            "Members will be able to approve most requests.",
            "Review the logs.",
            "No manager approval required.",
            "Ask the team whether it is needed.",
            "Check if approval is required.",
            "The pipeline approves the change.",
            "Get authorization for your command line.",
            "Request authorisation for the API token.",
            "Request permission for the bucket.",
            "It is up to you to determine whether you may need permission from your agency.",
            "Click OK.",
            "The administrator who approved it last year has left.",
            "Send it to the manager, who need not approve it.",
            "Do not log in without a permission file.",
            "The admin gives the user a badge.",
        ] {
            assert!(gate(text).is_none(), "{text}: {:?}", gate(text));
        }
    }
}
