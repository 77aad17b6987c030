//! Word tables, one file per language: which words are verbs of action, roles, sequence words, which headings and titles say what.
//!
//! Owns loading and look-up. Knows nothing of pages or weights. A language without a table has no [`Lexicon`], and so no verdict.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::hash::WordMap;

/// Sets of word classes, one bit each.
pub type Bits = u64;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $bit:expr, $key:expr;)*) => {
        $($(#[$doc])* pub const $name: Bits = 1 << $bit;)*
        /// Class bit of a key in the word tables.
        const WORD_KEYS: &[(&str, Bits)] = &[$(($key, $name),)*];
    };
}

classes! {
    /// Base form (or another form that commands) of a verb that names an action.
    VERB = 0, "verbs";
    /// The same for a verb of rule or attitude.
    SOFT = 1, "soft-verbs";
    /// Also a noun.
    NOUNISH = 2, "nounish";
    /// A role, team or office.
    ROLE = 3, "roles";
    /// A form that tells what somebody does ("reviews"), of an action verb.
    ACTS = 4, "acts";
    /// Sequence word.
    SEQUENCE = 5, "sequence";
    /// Word of user interfaces.
    INTERFACE = 6, "interface";
    /// Modal verb.
    MODAL = 7, "modals";
    /// Word of approvals and hand-overs.
    APPROVAL = 8, "approval";
    /// Word of field and parameter lists.
    FIELD = 9, "fields";
    /// You.
    YOU = 10, "you-words";
    /// We.
    WE = 11, "we-words";
    /// Unit of measurement.
    UNIT = 12, "units";
    /// Opens a statement ("The", "This").
    OPENER = 13, "openers";
    /// Form of "be".
    BE = 14, "be";
    /// Verb of description.
    STATE = 15, "states";
    /// Thing an action is done to.
    OBJECT = 16, "objects";
    /// May stand before an instruction.
    LEAD = 17, "lead-words";
    /// Opens a clause before an instruction.
    CLAUSE = 18, "clause-openers";
    /// Makes a noun of a nounish word before it.
    AFTER_NOUN = 19, "after-noun";
    /// Unit of time.
    TIME = 20, "time-units";
    /// Number in words.
    AMOUNT = 21, "amounts";
    /// "will", "must" between an actor and a verb.
    WILL = 22, "wills";
    /// Opens a question.
    ASK = 23, "questions";
    /// Actor of use cases.
    WEAK_ROLE = 24, "weak-roles";
    /// Opens or closes a letter or mail.
    SALUTE = 25, "salutations";
    /// Negation.
    NOT = 26, "negations";
    /// Verb of the past.
    PAST = 27, "past";
    /// Word that opens a condition of time.
    EVENT = 28, "event-words";
    /// Participle of something done.
    DONE = 29, "done-words";
    /// Label before an instruction ("Optional:").
    LABEL = 30, "labels";
    /// Word before a time limit.
    LIMIT = 31, "limits";
    /// "you", "we" before a modal verb.
    PLEA = 32, "pleas";
    /// Modal verb after "you".
    CAN = 33, "can-words";
    /// Makes a noun of any verb before it.
    HARD_AFTER_NOUN = 34, "hard-after-noun";
    /// Name of a month.
    MONTH = 35, "months";
    /// Ends like a gerund and is none.
    NO_GERUND = 36, "no-gerund";
    /// Role in the plural, which takes the base form of a verb.
    ROLES = 37, "role-plurals";
    /// Infinitive; an instruction where the language says so.
    INFINITIVE = 38, "infinitives";
    /// Polite pronoun after a commanding verb ("Klicken *Sie*").
    POLITE = 39, "polite";
    /// First word of a phrase.
    PHRASED = 40, "";
}

macro_rules! phrase_classes {
    ($($name:ident = $bit:expr, $key:expr;)*) => {
        $(#[allow(missing_docs)] pub const $name: u32 = 1 << $bit;)*
        const PHRASE_KEYS: &[(&str, u32)] = &[$(($key, $name),)*];
    };
}

phrase_classes! {
    FOLLOW = 0, "follow";
    APPROVALS = 1, "approvals";
    DEADLINES = 2, "deadlines";
    DUTIES = 3, "duties";
    INTRO_HOW = 4, "intro-how";
    INTRO_REFERENCE = 5, "intro-reference";
    H_BEFORE = 6, "heading-before";
    H_AFTER = 7, "heading-after";
    H_CONCEPT = 8, "heading-concept";
    H_STEP = 9, "heading-step";
    H_PHASE = 10, "heading-phase";
    H_TIME = 11, "heading-time";
    H_POLICY = 12, "heading-policy";
    H_RECORD = 13, "heading-record";
    H_ALERT = 14, "heading-alert";
    T_HOW = 15, "title-how";
    T_PROCESS = 16, "title-process";
    T_REFERENCE = 17, "title-reference";
    T_POLICY = 18, "title-policy";
    T_RECORD = 19, "title-record";
    SHELL = 20, "shell-commands";
    TABLE_STEP = 21, "table-steps";
    T_FAQ = 22, "title-faq";
    H_DECISION = 23, "heading-decision";
}

/// Phrases looked for in running text; the others are for headings, titles and code.
pub const TEXT_PHRASES: u32 = FOLLOW | APPROVALS | DEADLINES | DUTIES | INTRO_HOW | INTRO_REFERENCE;
/// Phrases of headings.
pub const HEADING_PHRASES: u32 = H_BEFORE | H_AFTER | H_CONCEPT | H_STEP | H_PHASE | H_TIME | H_POLICY | H_RECORD | H_ALERT | H_DECISION;
/// Phrases of titles.
pub const TITLE_PHRASES: u32 = T_HOW | T_PROCESS | T_REFERENCE | T_POLICY | T_RECORD | T_FAQ;

/// How instructions are formed in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grammar {
    /// Verb first; third person by -s.
    English,
    /// Verb first with "Sie", or infinitive last.
    German,
    /// Verb first, imperative or infinitive.
    Spanish,
}

/// A word table as written.
#[derive(Deserialize)]
struct Table {
    language: String,
    grammar: Grammar,
    phrases: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    classes: BTreeMap<String, String>,
}

#[derive(Debug)]
enum Part {
    Word(Box<str>),
    Prefix(Box<str>),
    Number,
}

impl Part {
    fn fits(&self, word: &str) -> bool {
        match self {
            Part::Word(w) => **w == *word,
            Part::Prefix(p) => word.starts_with(&**p),
            Part::Number => word.starts_with(|c: char| c.is_ascii_digit()),
        }
    }
}

#[derive(Debug)]
struct Phrase {
    parts: Vec<Part>,
    anchored: bool,
    class: u32,
}

/// The words of one language, ready for look-up.
#[derive(Debug)]
pub struct Lexicon {
    /// Language code.
    pub language: String,
    /// How instructions are formed.
    pub grammar: Grammar,
    words: WordMap<Bits>,
    /// Phrases by first word.
    phrases: WordMap<Vec<Phrase>>,
    /// Phrases that begin with a prefix or a number: tried on headings, titles and code only.
    open_phrases: Vec<Phrase>,
}

impl Lexicon {
    /// Class bits of a lower-case word; 0 if it is in no class.
    pub fn bits(&self, word: &str) -> Bits {
        self.words.get(word).copied().unwrap_or(0)
    }

    /// Classes of the phrases (of those in `wanted`) that begin at the first of `words`; `at_start` allows anchored ones.
    pub fn phrases_at(&self, words: &[&str], at_start: bool, wanted: u32) -> u32 {
        let Some(first) = words.first() else { return 0 };
        let known = self.phrases.get(*first).map_or(&[][..], Vec::as_slice);
        let open = if wanted & TEXT_PHRASES == 0 { self.open_phrases.as_slice() } else { &[] };
        let fits = |p: &&Phrase| {
            (at_start || !p.anchored)
                && p.class & wanted != 0
                && p.parts.len() <= words.len()
                && p.parts.iter().zip(words).all(|(part, word)| part.fits(word))
        };
        known.iter().chain(open).filter(fits).fold(0, |bits, p| bits | p.class)
    }

    fn build(table: Table) -> Self {
        let mut lexicon = Self {
            language: table.language,
            grammar: table.grammar,
            words: WordMap::default(),
            phrases: WordMap::default(),
            open_phrases: Vec::new(),
        };
        for (key, list) in &table.classes {
            let Some((_, bit)) = WORD_KEYS.iter().find(|(k, _)| k == key) else { continue };
            for word in list.split_whitespace() {
                lexicon.add(word, *bit);
                lexicon.inflect(word, *bit);
            }
        }
        for (key, list) in &table.phrases {
            let Some((_, class)) = PHRASE_KEYS.iter().find(|(k, _)| k == key) else { continue };
            for text in list {
                lexicon.add_phrase(text, *class);
            }
        }
        lexicon
    }

    fn add(&mut self, word: &str, bits: Bits) {
        *self.words.entry(word.into()).or_insert(0) |= bits;
    }

    fn add_phrase(&mut self, text: &str, class: u32) {
        let anchored = text.starts_with('^');
        let parts: Vec<Part> = text
            .trim_start_matches('^')
            .split_whitespace()
            .map(|w| match w.strip_suffix('*') {
                _ if w == "<n>" => Part::Number,
                Some(prefix) => Part::Prefix(prefix.into()),
                None => Part::Word(w.into()),
            })
            .collect();
        let phrase = |parts| Phrase { parts, anchored, class };
        match parts.first() {
            Some(Part::Word(first)) => {
                let key = first.clone();
                self.add(&key, PHRASED);
                self.phrases.entry(key).or_default().push(phrase(parts));
            }
            Some(_) => self.open_phrases.push(phrase(parts)),
            None => {}
        }
    }

    /// Other forms of a listed word, by the rules of the language.
    fn inflect(&mut self, word: &str, bit: Bits) {
        match (self.grammar, bit) {
            (Grammar::English, VERB) => self.add(&english_s(word), ACTS),
            (Grammar::English, ROLE) => self.add(&english_s(word), ROLES),
            (Grammar::German, VERB | SOFT) => self.german_verb(word, bit),
            (Grammar::Spanish, VERB | SOFT) => self.spanish_verb(word, bit),
            (Grammar::German, ROLE) => {
                for end in ["in", "en", "e", "er", "innen"] {
                    self.add(&format!("{word}{end}"), ROLE);
                }
            }
            (Grammar::Spanish, ROLE) => {
                let end = if word.ends_with(['a', 'e', 'i', 'o', 'u']) { "s" } else { "es" };
                self.add(&format!("{word}{end}"), ROLES);
            }
            _ => {}
        }
    }

    /// `prüfen`: infinitive; `prüfe`, `prüf` command; `prüft` tells. `an|melden`: the stem stands first, the particle last.
    fn german_verb(&mut self, entry: &str, bit: Bits) {
        let whole = entry.replace('|', "");
        self.add(&whole, INFINITIVE | bit);
        let verb = entry.rsplit('|').next().unwrap_or(entry);
        self.add(verb, INFINITIVE | bit);
        let stem = verb.strip_suffix("en").or_else(|| verb.strip_suffix('n')).unwrap_or(verb);
        self.add(stem, bit);
        self.add(&format!("{stem}e"), bit);
        if bit == VERB {
            let t = if stem.ends_with(['t', 'd']) { "et" } else { "t" };
            self.add(&format!("{stem}{t}"), ACTS);
            if let Some((particle, _)) = entry.split_once('|') {
                self.add(&format!("{particle}{stem}{t}"), ACTS);
            }
        }
    }

    /// `seleccionar`: infinitive; `selecciona`, `seleccione` command, and the first tells as well.
    fn spanish_verb(&mut self, verb: &str, bit: Bits) {
        self.add(verb, INFINITIVE | bit);
        let tells = if bit == VERB { ACTS } else { 0 };
        if let Some(stem) = verb.strip_suffix("ar") {
            let soft = match stem.as_bytes().last() {
                Some(b'c') => format!("{}qu", &stem[..stem.len() - 1]),
                Some(b'g') => format!("{stem}u"),
                Some(b'z') => format!("{}c", &stem[..stem.len() - 1]),
                _ => stem.to_owned(),
            };
            self.add(&format!("{stem}a"), bit | tells);
            self.add(&format!("{soft}e"), bit);
            self.add(&format!("{stem}an"), tells);
        } else if let Some(stem) = verb.strip_suffix("er").or_else(|| verb.strip_suffix("ir")) {
            self.add(&format!("{stem}e"), bit | tells);
            self.add(&format!("{stem}a"), bit);
            self.add(&format!("{stem}en"), tells);
        }
    }
}

/// The form of a verb or noun with -s.
fn english_s(word: &str) -> String {
    let vowel_y = ["ay", "ey", "oy", "uy"].iter().any(|e| word.ends_with(e));
    match word {
        w if ["s", "x", "z", "ch", "sh", "go", "do"].iter().any(|e| w.ends_with(e)) => format!("{w}es"),
        w if w.ends_with('y') && !vowel_y => format!("{}ies", &w[..w.len() - 1]),
        w => format!("{w}s"),
    }
}

static TABLES: [(&str, &str); 3] =
    [("en", include_str!("words/en.yaml")), ("de", include_str!("words/de.yaml")), ("es", include_str!("words/es.yaml"))];

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| load(0));
static GERMAN: LazyLock<Lexicon> = LazyLock::new(|| load(1));
static SPANISH: LazyLock<Lexicon> = LazyLock::new(|| load(2));

fn load(index: usize) -> Lexicon {
    let table = serde_yaml::from_str(TABLES[index].1).expect("the embedded word tables are checked by a test");
    Lexicon::build(table)
}

/// Languages with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, which the weights were fitted on.
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// Any other, or too little text to tell.
    Unknown,
}

impl Language {
    /// From a two-letter code.
    pub fn of_code(code: &str) -> Self {
        match code {
            "en" => Language::English,
            "de" => Language::German,
            "es" => Language::Spanish,
            _ => Language::Unknown,
        }
    }

    /// The language's words; English ones for pages whose language is not known (their verdict is held back).
    pub fn lexicon(self) -> &'static Lexicon {
        match self {
            Language::German => &GERMAN,
            Language::Spanish => &SPANISH,
            Language::English | Language::Unknown => &ENGLISH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_loads_and_has_no_unknown_key() {
        for (code, text) in TABLES {
            let table: Table = serde_yaml::from_str(text).unwrap();
            assert_eq!(table.language, code);
            for key in table.classes.keys() {
                assert!(WORD_KEYS.iter().any(|(k, _)| k == key), "{code}: {key}");
            }
            for key in table.phrases.keys() {
                assert!(PHRASE_KEYS.iter().any(|(k, _)| k == key), "{code}: {key}");
            }
        }
    }

    #[test]
    fn forms_of_verbs_are_made_by_rule() {
        let en = Language::English.lexicon();
        assert!(en.bits("notifies") & ACTS != 0 && en.bits("approves") & ACTS != 0);
        let de = Language::German.lexicon();
        assert!(de.bits("prüft") & ACTS != 0 && de.bits("prüfe") & VERB != 0 && de.bits("prüfen") & INFINITIVE != 0);
        let es = Language::Spanish.lexicon();
        assert!(es.bits("marque") & VERB != 0 && es.bits("revisa") & ACTS != 0);
    }

    #[test]
    fn phrases_bind_where_they_say() {
        let en = Language::English.lexicon();
        assert_eq!(en.phrases_at(&["step", "2"], true, HEADING_PHRASES), H_STEP);
        assert_eq!(en.phrases_at(&["responsibilities"], true, HEADING_PHRASES), H_POLICY);
        assert_eq!(en.phrases_at(&["policy"], false, HEADING_PHRASES), 0);
    }
}
