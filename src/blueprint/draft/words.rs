//! The words of a language as data: what is a verb, a role, a heading that holds reference matter.
//!
//! Everything the drafter knows about a language stands in `words/*.yaml`; the rules in the other files name categories only. Verb forms are
//! derived from base forms once per run. Must not know pages or steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::flow::Token;

/// A list of phrases, each a run of lower-case words, longest first.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(crate) struct Phrases(Vec<Vec<String>>);

impl From<Vec<String>> for Phrases {
    fn from(list: Vec<String>) -> Self {
        let mut phrases: Vec<Vec<String>> =
            list.iter().map(|p| super::flow::tokenize(p, 0, &[]).into_iter().map(|t| t.low).collect()).collect();
        phrases.sort_by_key(|p| std::cmp::Reverse(p.len()));
        Self(phrases)
    }
}

impl Phrases {
    /// Length in tokens of the longest phrase that stands at `at`.
    pub(crate) fn at(&self, tokens: &[Token], at: usize) -> Option<usize> {
        let rest = tokens.get(at..)?;
        self.0
            .iter()
            .find(|p| !p.is_empty() && p.len() <= rest.len() && p.iter().zip(rest).all(|(w, t)| t.low == *w && !t.code))
            .map(Vec::len)
    }

    /// First place at or after `from` where a phrase stands, with its length.
    pub(crate) fn find(&self, tokens: &[Token], from: usize) -> Option<(usize, usize)> {
        (from..tokens.len()).find_map(|i| self.at(tokens, i).map(|n| (i, n)))
    }

    /// True if a phrase stands anywhere.
    pub(crate) fn within(&self, tokens: &[Token]) -> bool {
        self.find(tokens, 0).is_some()
    }

    /// True if the tokens are one of the phrases, whole.
    pub(crate) fn is(&self, tokens: &[Token]) -> bool {
        self.at(tokens, 0) == Some(tokens.len())
    }

    /// True if `word` is one of the phrases.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|p| p.len() == 1 && p[0] == word)
    }
}

type Set = BTreeSet<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Labels {
    pub(crate) note: Phrases,
    pub(crate) tip: Phrases,
    pub(crate) caution: Phrases,
    pub(crate) warning: Phrases,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Headings {
    pub(crate) reference: Phrases,
    pub(crate) reference_words: Set,
    /// Words in a page's title that say it is read, not done.
    pub(crate) titles: Phrases,
    pub(crate) prerequisite: Phrases,
    pub(crate) responsibility: Phrases,
    pub(crate) procedure: Phrases,
    /// "How to" and its like.
    pub(crate) how_to: Phrases,
    /// "Steps for" and its like: a role behind it does what stands below.
    pub(crate) done_by: Phrases,
}

/// What headings say of how sections belong together.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Phases {
    /// Words that name a stage of a piece of work.
    pub(crate) stages: Set,
    /// Words that begin a time: "After …", "Week 1".
    pub(crate) times: Phrases,
    /// Words that begin one of several ways.
    pub(crate) ways: Phrases,
    /// Headings that are nothing but one of several ways.
    pub(crate) way_names: Phrases,
    /// What is done only when something goes wrong.
    pub(crate) contingency: Phrases,
    /// Nouns at the end of a title that name one piece of work.
    pub(crate) works: Set,
    /// Verbs of titles over many pieces of work.
    pub(crate) collections: Set,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Leads {
    pub(crate) steps: Phrases,
    pub(crate) not_steps: Phrases,
    pub(crate) optional: Phrases,
    /// What a sentence over the steps calls all of them: "this procedure", "these steps".
    pub(crate) whole: Set,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Columns {
    pub(crate) step: Phrases,
    pub(crate) owner: Phrases,
    pub(crate) due: Phrases,
    pub(crate) approval: Phrases,
    pub(crate) notes: Phrases,
    pub(crate) condition: Phrases,
    pub(crate) field: Phrases,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Approve {
    pub(crate) verbs: Phrases,
    pub(crate) nouns: Phrases,
    /// Nouns that mean an approval only where it is said who gives it.
    pub(crate) permits: Phrases,
    /// Verbs of giving an approval.
    pub(crate) give: Set,
    pub(crate) get: Phrases,
    pub(crate) send: Phrases,
    pub(crate) decide: Phrases,
    pub(crate) off: Phrases,
    pub(crate) ui: Phrases,
    /// Verbs of [`Self::get`] that tell somebody to have an approval given.
    pub(crate) asks: Set,
    /// "Ask the lead to approve it".
    pub(crate) ask: Set,
    /// "Have it approved".
    pub(crate) have: Set,
    /// "signed off" after "is" or "must be".
    pub(crate) signed: Phrases,
    /// Words before a participle that make a duty of it: "must be approved", "until it is approved".
    pub(crate) duty: Set,
    /// "Approval is required".
    pub(crate) required: Set,
    /// Words before "required" that leave open whether it is.
    pub(crate) unsaid: Set,
    /// Words between a verb and "approval" that make another statement of it.
    pub(crate) denying: Set,
    /// Words between an approval and who gives it.
    pub(crate) by: Set,
    /// "for approval".
    pub(crate) sent_for: Set,
    /// Articles of the one a thing is sent to, where a case says so and no word.
    pub(crate) dative: Set,
    /// "With the approval of …".
    pub(crate) with: Set,
    /// "Once it is approved".
    pub(crate) once: Set,
    /// "has" in "once the officer has approved it", and "been", which makes a passive of it.
    pub(crate) has: Set,
    pub(crate) been: Set,
    /// Verbs of looking through what may then be approved, and those whose doer is taken for who decides where nobody else is named.
    pub(crate) review: Set,
    pub(crate) reviewing: Set,
}

/// Words that build sentences.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Grammar {
    /// "not" by itself.
    pub(crate) not: Set,
    /// "to" before a verb.
    pub(crate) infinitive: Set,
    /// "that" behind a verb of telling.
    pub(crate) that: Set,
    /// "of" and "for" behind a noun.
    pub(crate) of: Set,
    #[serde(rename = "for")]
    pub(crate) for_: Set,
    /// Words that open a condition and also a question.
    pub(crate) ifs: Set,
    /// Words that open a question only.
    pub(crate) whether: Set,
    /// Words between a condition and what it decides.
    pub(crate) then: Set,
    /// Openers of a condition that are no part of it.
    pub(crate) condition_heads: Set,
    /// Openers of the case in which something is not done; behind the main clause, too, they are part of the condition.
    pub(crate) unless: Set,
    /// Words that open a condition only in front of the main clause.
    pub(crate) in_front: Set,
    /// Words that open an option also behind the main clause.
    pub(crate) optional_behind: Set,
    /// Words before "if" with which it is no condition: "sure if", "as if".
    pub(crate) no_condition_after: Set,
    /// Verbs after which "if" opens what somebody is told.
    pub(crate) telling: Set,
    /// Words in front of "if" behind which it belongs to them.
    pub(crate) alternatives: Set,
    /// Words with which a main clause begins behind a condition without a comma.
    pub(crate) main_starts: Set,
    /// "It is time to …".
    pub(crate) time_to: Phrases,
    /// "need to" behind another modal.
    pub(crate) need_to: Phrases,
    /// "be responsible" behind a modal.
    pub(crate) answers_for: Phrases,
    /// Forms of "have", which are verbs of their own too.
    pub(crate) has: Set,
    /// Infinitives of auxiliaries.
    pub(crate) auxiliaries: Set,
    /// Auxiliaries that tell of the past.
    pub(crate) past: Set,
    /// Modals that tell what happens rather than what must be done.
    pub(crate) weak_modals: Set,
    /// Adverbs, and the ending of the others.
    pub(crate) adverbs: Set,
    pub(crate) adverb_ending: String,
    /// Adverbs between a doer and the verb.
    pub(crate) behind_doer: Set,
    /// Pronouns that stand for a party.
    pub(crate) parties: Set,
    /// Words that open a clause about the noun before.
    pub(crate) subordinate: Set,
    /// Words at which the first clause of a sentence ends.
    pub(crate) clause_ends: Set,
    /// Participles that say what a party is for: "the doctor responsible for it".
    pub(crate) attributes: Set,
    /// Determiners that do not show that an object follows.
    pub(crate) weak_determiners: Set,
    /// "at least" before a number.
    pub(crate) at_least: Phrases,
    /// Words that begin a count at the head of a subject.
    pub(crate) counting: Set,
    /// Small words inside a subject, and those that are the subject of something else.
    pub(crate) in_subject: Set,
    pub(crate) other_subject: Set,
    /// Words between a group and what it is taken from: "a member of the team".
    pub(crate) member_of: Set,
    /// Words that join the parts of a party's name.
    pub(crate) name_joins: Set,
    /// Particles behind a participle: "logged in".
    pub(crate) particles: Set,
    /// Words between two acts.
    pub(crate) next: Set,
    /// Articles of one of many.
    pub(crate) indefinite: Set,
    /// "this" before what a sentence over the steps calls them, and "applies" behind it.
    pub(crate) this: Set,
    pub(crate) applies: Set,
    /// "should be" before a participle: a duty, also without its subject.
    pub(crate) passive_duty: Phrases,
    /// Modals that leave no choice.
    pub(crate) strict: Phrases,
    /// Words before a role that are no part of its name, beside determiners.
    pub(crate) before_role: Set,
}

/// Sentences that only lead over to a command below them: "Run the following:".
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct LeadIns {
    /// Verbs of running.
    pub(crate) runs: Set,
    /// Words that say that a command follows and nothing of what it does.
    pub(crate) empty: Set,
    /// "using the following command": the means, not what is done.
    pub(crate) means: Set,
}

/// Words of deadlines that are no amounts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Deadlines {
    /// Words between the two ends of a range: "6 to 7 months".
    pub(crate) ranges: Set,
    /// Words between "within" and the amount.
    pub(crate) about: Set,
    /// Words behind an amount that make a deadline of it only after "within".
    pub(crate) weak: Set,
    /// Words at which what an amount counts from ends, and those that end it once it has begun.
    pub(crate) stops: Set,
    pub(crate) later_stops: Set,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct FieldWords {
    pub(crate) record: Phrases,
    pub(crate) choose: Phrases,
    pub(crate) upload: Phrases,
    pub(crate) fill: Phrases,
    pub(crate) types: BTreeMap<String, Phrases>,
    /// What is never data: forms, pages, keys, what one signs in with.
    pub(crate) not: Phrases,
    /// Words that stand for an object and do not say which.
    pub(crate) open: Set,
    /// Nouns that name data only with a word before them that says which: "payment details".
    pub(crate) alone: Set,
    /// Words before a noun that do not say which.
    pub(crate) general: Set,
    /// Nouns that name a value somebody decides on.
    pub(crate) values: Set,
    /// Verbs after which a text to enter is what is looked for.
    pub(crate) lookup: Set,
    /// Particles that make another verb of "set", "put", "note".
    pub(crate) particles: Set,
    /// "field", "box": nouns behind the name of a field.
    pub(crate) places: Set,
    /// Words at which the object of a verb ends.
    pub(crate) stops: Set,
    /// What a sentence over a form calls it.
    pub(crate) over: Phrases,
    /// What a sentence over a list of actions calls it.
    pub(crate) not_over: Phrases,
}

/// Everything known of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) language: String,
    /// Commands end with the verb (German instructions: "Formular ausfüllen").
    pub(crate) verb_final: bool,
    pub(crate) stop: Set,
    /// Verbs after which "if" opens a question rather than a condition.
    pub(crate) asking: Set,
    /// Words behind an abbreviation that belong to the name of a party: "IT support".
    pub(crate) party_tails: Set,
    /// Openers of what is done where the condition before does not hold.
    pub(crate) otherwise: Phrases,
    /// "only" behind the name of a group.
    pub(crate) only: Set,
    /// "it is the responsibility of" before a role and what it does.
    pub(crate) duty_of: Phrases,
    /// "the first step is" before what is done.
    pub(crate) step_is: Phrases,
    /// Verbs of leaving a step out: "Skip this step if …".
    pub(crate) skipping: Set,
    /// Verbs that stand for the act of the sentence before: "This is done by …".
    pub(crate) doing: Set,
    /// Verbs that open a question where the sentence ends as one: "Do people feel welcome?".
    pub(crate) questioning: Set,
    pub(crate) articles: Set,
    pub(crate) determiners: Set,
    pub(crate) prepositions: Set,
    pub(crate) pronouns: Set,
    verbs: Set,
    irregular: BTreeMap<String, String>,
    irregular_third: BTreeMap<String, String>,
    /// Prefixes that stand at the end of a German main clause, and those that never leave their verb.
    pub(crate) separable: Set,
    inseparable: Set,
    pub(crate) noun_like: Set,
    /// Verbs that take "for".
    pub(crate) searching: Set,
    pub(crate) sequence: Phrases,
    pub(crate) modals: Phrases,
    pub(crate) may: Phrases,
    pub(crate) be: Set,
    pub(crate) negations: Phrases,
    pub(crate) you: Set,
    pub(crate) we: Set,
    pub(crate) experience: Set,
    pub(crate) conditions: Phrases,
    pub(crate) condition_off: Phrases,
    pub(crate) optional: Phrases,
    pub(crate) order_openers: Phrases,
    pub(crate) place_openers: Phrases,
    pub(crate) group_opener: Set,
    pub(crate) not_groups: Set,
    pub(crate) roles: Set,
    pub(crate) non_actors: Set,
    pub(crate) machines: Set,
    pub(crate) notes: Labels,
    pub(crate) examples: Phrases,
    pub(crate) headings: Headings,
    pub(crate) phases: Phases,
    /// Verbs that undo one another.
    pub(crate) opposites: BTreeMap<String, String>,
    pub(crate) leads: Leads,
    pub(crate) columns: Columns,
    pub(crate) units: BTreeMap<String, String>,
    pub(crate) numbers: BTreeMap<String, u32>,
    pub(crate) business: Set,
    /// Words of an anchor that say it is a date.
    pub(crate) dates: Set,
    pub(crate) calendar: Set,
    pub(crate) within: Phrases,
    pub(crate) before: Phrases,
    pub(crate) after: Phrases,
    pub(crate) not_due: Phrases,
    pub(crate) vague_due: Phrases,
    pub(crate) approve: Approve,
    pub(crate) fields: FieldWords,
    pub(crate) vague_owners: Phrases,
    pub(crate) references: Phrases,
    /// Verbs of those that send the reader elsewhere even without a link.
    pub(crate) pointers: Set,
    /// Names of places that a sentence points to: "the section below".
    pub(crate) places_below: Phrases,
    pub(crate) by: Set,
    pub(crate) to: Set,
    pub(crate) step_labels: Set,
    /// Pronouns that open a clause about a person named just before.
    pub(crate) relative: Set,
    pub(crate) without: Set,
    /// Words on how many of the subject, behind it: "the clerk and the lead both sign".
    pub(crate) floating: Set,
    /// Words that join two parties of whom both are meant, or one of them.
    pub(crate) both: Set,
    pub(crate) either: Set,
    /// Words at the head of a sentence that denies something of everything: "No order is placed …".
    pub(crate) nothing: Set,
    pub(crate) grammar: Grammar,
    pub(crate) deadlines: Deadlines,
    pub(crate) lead_ins: LeadIns,
    /// Verbs after which a list may ask what is to be looked at.
    pub(crate) checking: Set,
    /// What a cell or label says where there is nothing.
    pub(crate) none: Set,
    /// Words, or parts of them, of a condition that tells of trouble.
    trouble: Vec<String>,
    /// What a condition begins with that must not hold, longest first, and what is put in front of one to say so.
    exceptions: Vec<String>,
    exception: String,
    #[serde(skip)]
    third: BTreeMap<String, String>,
    #[serde(skip)]
    gerund: BTreeMap<String, String>,
    #[serde(skip)]
    participle: BTreeMap<String, String>,
}

impl Words {
    fn load(text: &str) -> Self {
        let mut words: Self = serde_yaml::from_str(text).expect("the word tables in the binary are valid");
        match words.language.as_str() {
            "de" => words.derive_german(),
            _ => words.derive_english(),
        }
        words
    }

    /// Infinitives in -en and -n: "prüfen", "er prüft", "prüfe", "geprüft"; "freigeben", "er gibt … frei", "freigegeben"; "übergeben", "er
    /// übergibt", "übergeben".
    fn derive_german(&mut self) {
        let split = |verb: &str, prefixes: &Set| {
            let longest = prefixes.iter().filter(|p| verb.starts_with(p.as_str()) && verb.len() > p.len() + 4).max_by_key(|p| p.len())?;
            Some((longest.clone(), verb[longest.len()..].to_owned()))
        };
        let mut simple = Set::default();
        for base in &self.verbs {
            let whole = self.irregular.contains_key(base);
            let (apart, rest) = split(base, &self.separable).filter(|_| !whole).unwrap_or((String::new(), base.clone()));
            let (fixed, root) = split(&rest, &self.inseparable).filter(|_| !whole).unwrap_or((String::new(), rest.clone()));
            let stem = root.strip_suffix("en").or_else(|| root.strip_suffix('n')).unwrap_or(&root);
            let soft = stem.ends_with(['t', 'd']) || ["fn", "chn", "dn", "gn", "tm"].iter().any(|e| stem.ends_with(e));
            let weak = if soft { format!("{stem}et") } else { format!("{stem}t") };
            let finite = self.irregular_third.get(&root).unwrap_or(&weak);
            for form in [format!("{fixed}{finite}"), format!("{fixed}{stem}e")] {
                // Whatever stands apart from it, the finite form is that of the verb without.
                self.third.entry(form).or_insert_with(|| rest.clone());
            }
            let past = self.irregular.get(&root).cloned().unwrap_or_else(|| format!("ge{weak}"));
            let bare = !fixed.is_empty() || root.ends_with("ieren");
            let past = if bare { past.strip_prefix("ge").unwrap_or(&past) } else { &past };
            self.participle.insert(format!("{apart}{fixed}{past}"), base.clone());
            if !apart.is_empty() {
                simple.insert(rest);
            }
        }
        self.verbs.extend(simple);
    }

    fn derive_english(&mut self) {
        for base in &self.verbs {
            self.third.insert(third(base), base.clone());
            self.gerund.insert(gerund(base), base.clone());
            let past = self.irregular.get(base).cloned().unwrap_or_else(|| past(base));
            self.participle.insert(past, base.clone());
        }
    }

    /// The base form if `word` is one, "re-" prefixes allowed.
    pub(crate) fn base<'a>(&'a self, word: &'a str) -> Option<&'a str> {
        let known = self.verbs.contains(word)
            || word.strip_prefix("re-").or_else(|| word.strip_prefix("re")).is_some_and(|rest| rest.len() > 2 && self.verbs.contains(rest));
        known.then_some(word)
    }

    /// The base form of a third-person form.
    pub(crate) fn third(&self, word: &str) -> Option<&str> {
        self.third.get(word).map(String::as_str)
    }

    /// The base form of a gerund.
    pub(crate) fn gerund(&self, word: &str) -> Option<&str> {
        self.gerund.get(word).map(String::as_str)
    }

    /// The base form of a past participle.
    pub(crate) fn participle(&self, word: &str) -> Option<&str> {
        self.participle.get(word).or_else(|| self.participle.get(word.strip_prefix("re-")?)).map(String::as_str)
    }

    /// True for a word that joins two of a kind.
    pub(crate) fn joins(&self, word: &str) -> bool {
        self.both.contains(word) || self.either.contains(word)
    }

    /// True for a word between two acts: "and", "then".
    pub(crate) fn joins_acts(&self, word: &str) -> bool {
        self.both.contains(word) || self.grammar.next.contains(word)
    }

    /// True for a condition that something went wrong: trouble-shooting, not a branch.
    pub(crate) fn is_trouble(&self, condition: &str) -> bool {
        let low = condition.to_lowercase();
        self.trouble.iter().any(|w| low.contains(w.as_str()))
    }

    /// The condition that must not hold: "unless it rains" without "unless".
    pub(crate) fn excepted<'t>(&self, condition: &'t str) -> Option<&'t str> {
        self.exceptions.iter().find_map(|e| {
            let (head, rest) = condition.split_at_checked(e.len())?;
            rest.strip_prefix(' ').filter(|_| head.to_lowercase() == *e)
        })
    }

    /// The case in which a condition does not hold.
    pub(crate) fn negated(&self, condition: &str) -> String {
        self.excepted(condition).map_or_else(|| format!("{} {condition}", self.exception), str::to_owned)
    }

    /// True for a word with the ending of adverbs.
    pub(crate) fn ends_as_adverb(&self, word: &str) -> bool {
        let ending = &self.grammar.adverb_ending;
        !ending.is_empty() && word.ends_with(ending.as_str())
    }

    /// True for the head of a role name, singular or plural.
    pub(crate) fn is_role(&self, word: &str) -> bool {
        let known = self.roles.contains(word) || singular(word).is_some_and(|s| self.roles.contains(&s));
        // German writes "Teamleiterin" and "Personalabteilung" as one word: the last part decides.
        let last = |word: &str| self.roles.iter().any(|r| r.len() > 4 && word.ends_with(r.as_str()));
        known || self.verb_final && (last(word) || ["n", "en", "innen"].iter().any(|e| word.strip_suffix(e).is_some_and(last)))
    }

    /// True for a word that names no person.
    pub(crate) fn is_thing(&self, word: &str) -> bool {
        self.non_actors.contains(word) || singular(word).is_some_and(|s| self.non_actors.contains(&s))
    }
}

/// The English singular of a plural, by rule.
pub(crate) fn singular(word: &str) -> Option<String> {
    if let Some(stem) = word.strip_suffix("ies") {
        return Some(format!("{stem}y"));
    }
    word.strip_suffix('s').filter(|s| s.len() > 2 && !s.ends_with('s')).map(str::to_owned)
}

fn third(base: &str) -> String {
    let bytes = base.as_bytes();
    let vowel = |b: u8| b"aeiou".contains(&b);
    if base.ends_with('y') && bytes.len() > 1 && !vowel(bytes[bytes.len() - 2]) {
        return format!("{}ies", &base[..base.len() - 1]);
    }
    if ["s", "x", "z", "ch", "sh", "o"].iter().any(|e| base.ends_with(e)) {
        return format!("{base}es");
    }
    format!("{base}s")
}

/// True for verbs whose last consonant is doubled before an ending: short ones, and those with a stressed last syllable we know.
fn doubles(base: &str) -> bool {
    let bytes = base.as_bytes();
    let n = bytes.len();
    if n < 3 || base.contains('-') {
        return false;
    }
    let vowel = |b: u8| b"aeiou".contains(&b);
    let shape = !vowel(bytes[n - 1]) && !b"wxy".contains(&bytes[n - 1]) && vowel(bytes[n - 2]) && !vowel(bytes[n - 3]);
    let vowels = bytes.iter().filter(|b| vowel(**b)).count();
    let stressed = ["mit", "fer", "begin", "set", "run", "put", "get", "rol", "cel", "bel", "ship", "wrap", "log", "plan", "tag", "zip"];
    shape && (vowels == 1 || stressed.iter().any(|e| base.ends_with(e)) && base != "edit")
}

fn gerund(base: &str) -> String {
    if base.ends_with('e') && !base.ends_with("ee") && base.len() > 2 {
        return format!("{}ing", &base[..base.len() - 1]);
    }
    if doubles(base) {
        return format!("{base}{}ing", &base[base.len() - 1..]);
    }
    format!("{base}ing")
}

fn past(base: &str) -> String {
    let bytes = base.as_bytes();
    if base.ends_with('e') {
        return format!("{base}d");
    }
    if base.ends_with('y') && bytes.len() > 1 && !b"aeiou".contains(&bytes[bytes.len() - 2]) {
        return format!("{}ied", &base[..base.len() - 1]);
    }
    if doubles(base) {
        return format!("{base}{}ed", &base[base.len() - 1..]);
    }
    format!("{base}ed")
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::load(include_str!("words/en.yaml")));

static GERMAN: LazyLock<Words> = LazyLock::new(|| Words::load(include_str!("words/de.yaml")));

/// The words of the language a text is in, by its most common small words.
pub(crate) fn of(text: &str) -> &'static Words {
    const GERMAN_WORDS: [&str; 14] =
        ["der", "die", "das", "und", "nicht", "ist", "mit", "für", "auf", "den", "dem", "eine", "werden", "zur"];
    const ENGLISH_WORDS: [&str; 12] = ["the", "and", "to", "of", "is", "for", "with", "your", "this", "that", "from", "be"];
    let (mut german, mut english) = (0, 0);
    for word in text.split_whitespace().take(2_000) {
        let word = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        german += usize::from(GERMAN_WORDS.contains(&word.as_str()));
        english += usize::from(ENGLISH_WORDS.contains(&word.as_str()));
    }
    if german > english { &GERMAN } else { &ENGLISH }
}

/// The words of English.
pub(crate) fn english() -> &'static Words {
    &ENGLISH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verb_forms_follow_the_rules_of_spelling() {
        let w = english();
        assert_eq!(w.third("notifies"), Some("notify"));
        assert_eq!(w.gerund("submitting"), Some("submit"));
        assert_eq!(w.participle("written"), Some("write"));
        assert_eq!(w.participle("stopped"), Some("stop"));
        assert_eq!(w.gerund("editing"), Some("edit"));
        assert!(w.is_role("supervisors") && w.is_role("secretaries"));
    }

    #[test]
    fn german_verbs_part_from_their_prefix() {
        let w = &GERMAN;
        for (past, base) in [
            ("geprüft", "prüfen"),
            ("freigegeben", "freigeben"),
            ("übergeben", "übergeben"),
            ("vorbereitet", "vorbereiten"),
            ("dokumentiert", "dokumentieren"),
            ("angekreuzt", "ankreuzen"),
            ("genehmigt", "genehmigen"),
            ("beantragt", "beantragen"),
            ("unterschrieben", "unterschreiben"),
            ("geordnet", "ordnen"),
            ("begonnen", "beginnen"),
        ] {
            assert_eq!(w.participle(past), Some(base), "{past}");
        }
        for (form, base) in
            [("gibt", "geben"), ("überträgt", "übertragen"), ("kreuzt", "kreuzen"), ("öffnet", "öffnen"), ("prüfe", "prüfen")]
        {
            assert_eq!(w.third(form), Some(base), "{form}");
        }
        assert_eq!(w.base("kreuzen"), Some("kreuzen"));
    }
}
