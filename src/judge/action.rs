//! What a sentence asks for: an instruction to the reader, an act of a role, or neither.
//!
//! Grammar of three languages over word classes; no word stands here that belongs in a table.

use std::ops::Range;

use super::lexicon::{
    ACTS, AFTER_NOUN, BE, CAN, CLAUSE, Grammar, HARD_AFTER_NOUN, INFINITIVE, LABEL, LEAD, Lexicon, NOT, NOUNISH, OPENER, PLEA, POLITE,
    ROLE, ROLES, SOFT, STATE, VERB, WE, WEAK_ROLE, WILL, YOU,
};
use super::line::{Line, form, gap};

/// What a sentence asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Act {
    /// Nothing: a statement.
    #[default]
    None,
    /// An instruction that somebody completes ("Click", "Send").
    Hard,
    /// Advice or a rule ("Keep", "Do not").
    Soft,
    /// A role acts ("Finance reviews", "the lead will sign").
    Role,
    /// Software or a user acts, as use cases tell.
    System,
}

impl Act {
    /// Something somebody does and is done with.
    pub fn is_step(self) -> bool {
        matches!(self, Act::Hard | Act::Role)
    }

    /// An instruction of either kind.
    pub fn is_instruction(self) -> bool {
        matches!(self, Act::Hard | Act::Soft)
    }
}

/// How far to look for the comma that ends a leading clause, in words.
const CLAUSE_LENGTH: usize = 26;

/// The longest remark in brackets or between commas that is passed over, in words.
const ASIDE_LENGTH: usize = 12;

/// Reads one sentence (a range of tokens).
pub struct Reader<'a> {
    /// The words.
    pub line: &'a Line,
    /// Their language.
    pub lexicon: &'a Lexicon,
}

impl Reader<'_> {
    fn bits(&self, i: usize) -> u64 {
        self.line.tokens.get(i).map_or(0, |t| t.bits)
    }

    fn before(&self, i: usize) -> u16 {
        self.line.tokens.get(i).map_or(0, |t| t.before)
    }

    /// The act of a sentence; `None` for questions.
    pub fn act(&self, sentence: &Range<usize>) -> Act {
        let direct = self.from(sentence.start, sentence.end, 0);
        if direct != Act::None {
            return direct;
        }
        self.last_infinitive(sentence)
    }

    /// Reads from a token on, after labels and adverbs; looks behind a leading clause at most twice.
    fn from(&self, start: usize, end: usize, depth: u8) -> Act {
        let mut i = self.skip_label(start, end);
        let mut negated = false;
        let mut pleaded = false;
        while i < end {
            let bits = self.bits(i);
            let verb_here = bits & VERB != 0 && bits & LEAD != 0;
            if bits & (LEAD | NOT) != 0 && !verb_here {
                negated |= bits & NOT != 0;
                i += 1;
            } else if bits & PLEA != 0 && bits & WE == 0 && self.bits(i + 1) & CAN != 0 && self.lexicon.grammar != Grammar::German {
                i += 1;
                while i < end && self.bits(i) & CAN != 0 {
                    i += 1;
                }
                // "need to"
                i += usize::from(self.line.word(i) == "to");
                pleaded = true;
            } else {
                break;
            }
        }
        if i >= end {
            return Act::None;
        }
        let act = self.imperative(i, end);
        if act != Act::None {
            return if negated || (pleaded && depth == 0 && self.bits(i) & SOFT != 0) { Act::Soft } else { act };
        }
        let act = self.actor(i, end);
        if act != Act::None {
            return act;
        }
        if depth < 2 && self.bits(i) & CLAUSE != 0 {
            let act = self.after_clause(i, end, depth);
            return if act == Act::None && depth == 0 { self.without_comma(i, end) } else { act };
        }
        Act::None
    }

    /// "From the bin directory run the script", "To check this use `ps`": the comma that ends a clause is often left out. Only a verb right before
    /// what it acts on counts, and only if the word before it cannot be its subject.
    fn without_comma(&self, start: usize, end: usize) -> Act {
        if self.lexicon.grammar != Grammar::English {
            return Act::None;
        }
        for i in start + 3..end.min(start + CLAUSE_LENGTH).saturating_sub(1) {
            let between = self.before(i) & !gap::SPACE | self.before(i + 1) & !(gap::SPACE | gap::QUOTE);
            let subject = self.bits(i - 1)
                & (PLEA | ROLE | ROLES | WEAK_ROLE | CAN | WILL | NOT | LEAD | CLAUSE | OPENER | ACTS | WE | YOU | VERB)
                != 0
                || self.line.word(i - 1).ends_with('s');
            let thing = self.bits(i + 1) & OPENER != 0 || self.line.tokens[i + 1].form & (form::CODE | form::STRONG) != 0;
            let verb = self.bits(i) & (VERB | ACTS) == VERB || self.line.word(i) == "use";
            if between == 0 && verb && thing && !subject {
                return Act::Hard;
            }
        }
        Act::None
    }

    /// "Optional:", "Step 3.", "(if it is open)", "[Containment]", a hand-written number, and "Finance:" before an instruction.
    fn skip_label(&self, start: usize, end: usize) -> usize {
        let mut i = start;
        if self.before(i) & gap::OPEN != 0 {
            i = (i + 1..end.min(i + ASIDE_LENGTH)).find(|j| self.before(*j) & gap::CLOSE != 0).unwrap_or(i);
        }
        if self.bits(i) & LABEL != 0 {
            let mut next = i + 1;
            if self.line.tokens.get(next).is_some_and(|t| t.form & form::NUMBER != 0) {
                next += 1;
            }
            if next < end && self.before(next) & (gap::COLON | gap::DASH | gap::STOP | gap::CLOSE | gap::COMMA) != 0 {
                i = next;
            }
        }
        let single = |i: usize| {
            let t = &self.line.tokens[i];
            t.form & form::NUMBER != 0 || t.range.1 - t.range.0 == 1
        };
        if i < end && single(i) && i + 1 < end && self.before(i + 1) & (gap::STOP | gap::CLOSE | gap::COLON | gap::DASH) != 0 {
            i += 1;
        }
        i
    }

    fn after_clause(&self, start: usize, end: usize, depth: u8) -> Act {
        let mut best = Act::None;
        for i in start + 1..end.min(start + CLAUSE_LENGTH) {
            if self.before(i) & (gap::SEMICOLON | gap::STOP) != 0 && self.before(i) & gap::SPACE != 0 {
                break;
            }
            if self.before(i) & (gap::COMMA | gap::COLON) == 0 {
                continue;
            }
            let act = self.from(i, end, depth + 1);
            if act.is_step() {
                return act;
            }
            if act != Act::None {
                best = act;
            }
        }
        best
    }

    /// An instruction whose verb stands at token `i`.
    fn imperative(&self, i: usize, end: usize) -> Act {
        let bits = self.bits(i);
        if bits & (VERB | SOFT) == 0 {
            return Act::None;
        }
        let next = if i + 1 < end { self.bits(i + 1) } else { 0 };
        let after = if i + 1 < end { self.before(i + 1) } else { 0 };
        match self.lexicon.grammar {
            Grammar::English => {
                if next & HARD_AFTER_NOUN != 0 || after & (gap::DASH | gap::COLON) != 0 {
                    return Act::None;
                }
                if bits & NOUNISH != 0 && (next & AFTER_NOUN != 0 || i + 1 >= end || next & (ROLE | ROLES) != 0 && i + 2 >= end) {
                    return Act::None;
                }
            }
            Grammar::German => {
                // "Klicken Sie"; a bare infinitive or stem first is an instruction only in short items, which `last_infinitive` reads.
                let polite = next & POLITE != 0 || self.bits(i + 2) & POLITE != 0 && i + 2 < end;
                if !polite && bits & INFINITIVE != 0 || after & (gap::COLON | gap::DASH) != 0 {
                    return Act::None;
                }
            }
            Grammar::Spanish => {
                if next & HARD_AFTER_NOUN != 0 || after & (gap::DASH | gap::COLON) != 0 || bits & NOUNISH != 0 && next & AFTER_NOUN != 0 {
                    return Act::None;
                }
            }
        }
        if bits & SOFT != 0 || next & NOT != 0 { Act::Soft } else { Act::Hard }
    }

    /// A role that acts: up to four words that end in a role (or are all capitalised names), then a verb that tells or "will" and a verb.
    fn actor(&self, start: usize, end: usize) -> Act {
        let mut i = start + usize::from(self.bits(start) & OPENER != 0 && start + 1 < end);
        let mut role = 0;
        let mut names = 0;
        let first = i;
        while i < end && i < first + 6 {
            let bits = self.bits(i);
            let token = &self.line.tokens[i];
            if token.before & gap::COMMA != 0 && role != 0 {
                return self.after_aside(i, end, role);
            }
            if i > first && token.before & (gap::COMMA | gap::COLON | gap::STOP | gap::SEMICOLON | gap::DASH) != 0 {
                return Act::None;
            }
            if i > first && (role != 0 || names == i - first) {
                let act = self.verb_of(i, end, role);
                if act != Act::None {
                    return act;
                }
            }
            if bits & (ROLE | ROLES) != 0 {
                role = bits & (ROLE | ROLES);
            } else if bits & WEAK_ROLE != 0 {
                role = WEAK_ROLE;
            } else if token.form & (form::CAPITAL | form::CODE) != 0 && bits & (OPENER | CLAUSE | PLEA) == 0 {
                names += 1;
                role = if token.before & gap::OPEN != 0 { role } else { 0 };
            } else if token.before & gap::OPEN == 0 {
                // An adverb or a qualifying word ("the finance team *then* reviews", "the *hiring* manager").
                role = if bits & LEAD != 0 { role } else { 0 };
                if bits & (CLAUSE | STATE) != 0 && bits & LEAD == 0 || (bits & AFTER_NOUN != 0 && bits & LEAD == 0 && role == 0) {
                    return Act::None;
                }
            }
            i += 1;
        }
        Act::None
    }

    /// "The controller, or a delegate of hers, *signs*": the verb after a remark between commas.
    fn after_aside(&self, start: usize, end: usize, role: u64) -> Act {
        let verb = (start + 1..end.min(start + ASIDE_LENGTH)).find(|j| self.before(*j) & gap::COMMA != 0);
        verb.filter(|j| self.bits(*j) & (LEAD | CLAUSE) == 0).map_or(Act::None, |j| self.verb_of(j, end, role))
    }

    fn verb_of(&self, i: usize, end: usize, role: u64) -> Act {
        let bits = self.bits(i);
        let kind = if role == WEAK_ROLE { Act::System } else { Act::Role };
        if role != 0 && bits & BE != 0 && self.line.word(i + 1) == "to" {
            // "The first responder is to notify the lead."
            return if self.bits(i + 2) & (VERB | SOFT) == VERB { kind } else { Act::None };
        }
        if bits & WILL != 0 {
            let mut j = i + 1;
            while j < end && (self.bits(j) & LEAD != 0 && self.bits(j) & VERB == 0 || self.line.word(j) == "to") {
                j += 1;
            }
            let verb = if j < end { self.bits(j) } else { 0 };
            let german_tail = self.lexicon.grammar == Grammar::German && self.bits(end - 1) & (INFINITIVE | VERB) == INFINITIVE | VERB;
            let does = (verb & VERB != 0 && verb & SOFT == 0) || german_tail;
            return if does { kind } else { Act::None };
        }
        let tells = bits & ACTS != 0 && bits & STATE == 0;
        let plural = role & ROLES != 0 && bits & VERB != 0 && bits & SOFT == 0;
        if !(tells || plural) {
            return Act::None;
        }
        // "Finance reports are due": what looks like a verb is the noun of a compound.
        let next = if i + 1 < end { self.bits(i + 1) } else { 0 };
        if next & (HARD_AFTER_NOUN | WILL) != 0 { Act::None } else { kind }
    }

    /// Further roles that act in the same sentence: "Finance reviews, *then the controller signs*".
    pub fn handoffs(&self, sentence: &Range<usize>) -> usize {
        (sentence.start + 2..sentence.end)
            .filter(|i| {
                let joint = self.before(*i) & (gap::COMMA | gap::SEMICOLON) != 0 || self.bits(i - 1) & LEAD != 0;
                joint && self.bits(*i) & LEAD == 0 && self.actor(*i, sentence.end) == Act::Role
            })
            .count()
    }

    /// German items and Spanish ones with an infinitive at the end or front: "Rechnung prüfen".
    fn last_infinitive(&self, sentence: &Range<usize>) -> Act {
        if self.lexicon.grammar != Grammar::German || sentence.len() > 14 || sentence.is_empty() {
            return Act::None;
        }
        let end = (sentence.start + 1..sentence.end)
            .find(|i| self.before(*i) & (gap::COMMA | gap::OPEN | gap::SEMICOLON) != 0)
            .unwrap_or(sentence.end);
        let bits = self.bits(end - 1);
        let statement = (sentence.start..end - 1).any(|i| self.bits(i) & (WILL | ACTS | STATE) != 0 && self.bits(i) & VERB == 0);
        if bits & INFINITIVE == 0 || statement || self.bits(sentence.start) & (OPENER | CLAUSE) == OPENER && end - sentence.start > 8 {
            return Act::None;
        }
        let lower = self.line.tokens[end - 1].form & form::CAPITAL == 0;
        match () {
            () if !lower && end - sentence.start > 1 => Act::None,
            () if bits & VERB != 0 => Act::Hard,
            () => Act::Soft,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::Language;
    use super::*;

    fn act(language: Language, text: &str) -> Act {
        let mut line = Line::default();
        let lexicon = language.lexicon();
        line.read_text(text, lexicon);
        let n = line.tokens.len();
        Reader { line: &line, lexicon }.act(&(0..n))
    }

    #[test]
    fn english_instructions_and_what_only_looks_like_one() {
        let is = |text: &str, want: Act| assert_eq!(act(Language::English, text), want, "{text}");
        is("Click **Save**.", Act::Hard);
        is("Then, please restart the server", Act::Hard);
        is("To open a case, select Create.", Act::Hard);
        is("If the alert persists, on the Nodes page, drain the node", Act::Hard);
        is("Optional: Send the invoice", Act::Hard);
        is("Step 3. Send the invoice", Act::Hard);
        is("You should log in to AMY", Act::Hard);
        is("From the bin directory run the script", Act::Hard);
        is("When the users run the script it fails", Act::None);
        is("In this page you find the list", Act::None);
        is("[Containment] Isolate the host", Act::Hard);
        is("(If nobody has done it yet) Create the report", Act::Hard);
        is("Upon delivery, sign the receipt", Act::Hard);
        is("Order of the steps", Act::None);
        is("Access is granted by the team", Act::None);
        is("Do not share your password", Act::Soft);
        is("Keep your desk tidy", Act::Soft);
        is("Report: a summary", Act::None);
        is("The policy applies to all employees", Act::None);
    }

    #[test]
    fn english_roles_that_act() {
        let is = |text: &str, want: Act| assert_eq!(act(Language::English, text), want, "{text}");
        is("Finance reviews the invoice", Act::Role);
        is("The hiring manager then sends the offer", Act::Role);
        is("Once it is approved, the controller signs the form", Act::Role);
        is("Carpentries Core Team will assign all applications", Act::Role);
        is("Security researchers submit reports", Act::Role);
        is("GSA SecOps awards a bounty", Act::Role);
        is("The first responder is to notify the lead", Act::Role);
        is("The controller, or a delegate of hers, must approve the request", Act::Role);
        is("The controller, a member of the board, is responsible", Act::None);
        is("Directors will provide support", Act::None);
        is("The user clicks the button", Act::System);
        is("Finance reports are due on Monday", Act::None);
        is("The lead is responsible for quality", Act::None);
    }

    #[test]
    fn german_and_spanish_instructions() {
        let de = |text: &str, want: Act| assert_eq!(act(Language::German, text), want, "{text}");
        de("Klicken Sie auf Speichern.", Act::Hard);
        de("Rechnung prüfen und freigeben", Act::Hard);
        de("Wenn der Antrag vollständig ist, senden Sie ihn an die Buchhaltung", Act::Hard);
        de("Die Buchhaltung prüft die Rechnung", Act::Role);
        de("Die Richtlinie gilt für alle Mitarbeiter", Act::None);
        let es = |text: &str, want: Act| assert_eq!(act(Language::Spanish, text), want, "{text}");
        es("Haga clic en Guardar.", Act::Hard);
        es("Revisar la factura", Act::Hard);
        es("Si falta la firma, envíe el formulario al jefe", Act::Hard);
        es("El responsable firma el formulario", Act::Role);
        es("La política se aplica a todos", Act::None);
    }
}
