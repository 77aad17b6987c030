//! Time in words: due rules, repeats, escalations and intervals.
//!
//! One grammar for the parser, the schema patterns, the reference table and the messages. Owns what the words mean as values;
//! knows nothing of steps or fields beyond their names (whether they exist is for `check`).
//!
//! ```text
//! due       = ( amount [ "after" anchor ] | amount "before" date | "on" anchor ) [ "at" HH:MM ]
//! amount    = whole number, one of: minute(s) hour(s) day(s) business day(s) week(s)
//! anchor    = "start" | step id | date            (left out: when the step becomes available)
//! date      = "inputs." field | "steps." step "." field
//! repeat    = "every" amount "until" step id
//! escalate  = "to" role "after" amount
//! interval  = whole number, one of: day(s) week(s) month(s) year(s)
//! ```

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::nearest;

/// Words for what a due rule looks like; used in messages, the schema and the documentation.
pub const DUE_EXPECTED: &str = "a due rule such as `2 business days after start`";
/// Words for a repeat.
pub const REPEAT_EXPECTED: &str = "a repeat such as `every 1 hour until restore-service`";
/// Words for an escalation.
pub const ESCALATE_EXPECTED: &str = "an escalation such as `to cfo after 1 day`";
/// Words for a review or retention interval.
pub const INTERVAL_EXPECTED: &str = "an interval such as `6 months`, `2 weeks` or `7 years`";

const ID: &str = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
const AMOUNT: &str = "[1-9][0-9]{0,4} (minute|hour|day|business day|week)s?";
const INTERVAL: &str = "[1-9][0-9]{0,3} (day|week|month|year)s?";

/// A unit of time as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A calendar day.
    Day,
    /// A working day of the organisation's calendar.
    BusinessDay,
    /// 7 calendar days.
    Week,
    /// A calendar month (intervals only).
    Month,
    /// A calendar year (intervals only).
    Year,
}

impl Unit {
    /// The units a due rule may use.
    pub const SHORT: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::BusinessDay, Self::Week];
    /// The units a review or retention interval may use.
    pub const LONG: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The unit's name in the singular.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::BusinessDay => "business day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Minutes in one unit; a business day counts as a calendar day, a month as 30 and a year as 365 days. For comparing only.
    pub fn minutes(self) -> u64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day | Self::BusinessDay => 24 * 60,
            Self::Week => 7 * 24 * 60,
            Self::Month => 30 * 24 * 60,
            Self::Year => 365 * 24 * 60,
        }
    }
}

/// A number of units, e.g. `3 business days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    /// How many; at least 1.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Amount {
    /// An amount of `count` units.
    pub fn new(count: u32, unit: Unit) -> Self {
        Self { count, unit }
    }

    /// Length in minutes, see [`Unit::minutes`].
    pub fn minutes(self) -> u64 {
        u64::from(self.count) * self.unit.minutes()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.count, self.unit.name(), if self.count == 1 { "" } else { "s" })
    }
}

/// What a due rule counts from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The moment the step can be begun; written by leaving the anchor out.
    Available,
    /// The start of the run.
    Start,
    /// The moment a step is finished, by step id.
    Step(String),
    /// A date asked for at the start, by field id.
    Input(String),
    /// A date recorded by a step.
    Field {
        /// Step id.
        step: String,
        /// Field id.
        field: String,
    },
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available => f.write_str("available"),
            Self::Start => f.write_str("start"),
            Self::Step(step) => f.write_str(step),
            Self::Input(field) => write!(f, "inputs.{field}"),
            Self::Field { step, field } => write!(f, "steps.{step}.{field}"),
        }
    }
}

/// On which side of the anchor, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offset {
    /// At most this long after the anchor.
    After(Amount),
    /// At least this long before the anchor (dates only).
    Before(Amount),
    /// On the day of the anchor.
    On,
}

/// A time of day, local to `starts.timezone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// By when a step has to be finished.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Due {
    /// How far from the anchor.
    pub offset: Offset,
    /// Counted from what.
    pub anchor: Anchor,
    /// Time of day; the end of the day for whole days otherwise.
    pub at: Option<Clock>,
}

impl Due {
    /// `amount` after `anchor`.
    pub fn after(amount: Amount, anchor: Anchor) -> Self {
        Self { offset: Offset::After(amount), anchor, at: None }
    }

    /// `amount` before `anchor`, which must be a date.
    pub fn before(amount: Amount, anchor: Anchor) -> Self {
        Self { offset: Offset::Before(amount), anchor, at: None }
    }

    /// The amount, if the rule has one.
    pub fn amount(&self) -> Option<Amount> {
        match self.offset {
            Offset::After(amount) | Offset::Before(amount) => Some(amount),
            Offset::On => None,
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.offset, &self.anchor) {
            (Offset::After(amount), Anchor::Available) => write!(f, "{amount}")?,
            (Offset::After(amount), anchor) => write!(f, "{amount} after {anchor}")?,
            (Offset::Before(amount), anchor) => write!(f, "{amount} before {anchor}")?,
            (Offset::On, anchor) => write!(f, "on {anchor}")?,
        }
        self.at.map_or(Ok(()), |at| write!(f, " at {at}"))
    }
}

/// Do it again and again until another step is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repeat {
    /// How often.
    pub every: Amount,
    /// Id of the step that ends it.
    pub until: String,
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every {} until {}", self.every, self.until)
    }
}

/// Who is asked next when an approval is not given in time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Escalation {
    /// Role id.
    pub to: String,
    /// How long after the approval was asked for.
    pub after: Amount,
}

impl fmt::Display for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {} after {}", self.to, self.after)
    }
}

/// A review or retention interval, e.g. `6 months`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval(pub Amount);

impl Interval {
    /// Length in minutes, months as 30 and years as 365 days; for comparing only.
    pub fn minutes(self) -> u64 {
        self.0.minutes()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why words were not understood. `suggestion` is the whole text as it would be right, when that can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}{}", reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default())]
pub struct WordsError {
    /// What was written.
    pub text: String,
    /// What it should have been, with an example.
    pub expected: &'static str,
    /// What exactly is wrong.
    pub reason: Option<String>,
    /// The whole text put right.
    pub suggestion: Option<String>,
}

/// The words of one text, taken from the left.
struct Words<'t> {
    text: &'t str,
    rest: Vec<&'t str>,
    expected: &'static str,
}

impl<'t> Words<'t> {
    fn new(text: &'t str, expected: &'static str) -> Self {
        let mut rest: Vec<&str> = text.split_whitespace().collect();
        rest.reverse();
        Self { text, rest, expected }
    }

    fn error(&self, reason: impl Into<String>) -> WordsError {
        WordsError { text: self.text.to_owned(), expected: self.expected, reason: Some(reason.into()), suggestion: None }
    }

    /// An error that knows the right text: `wrong` replaced by `right`.
    fn error_with(&self, reason: impl Into<String>, wrong: &str, right: &str) -> WordsError {
        WordsError { suggestion: Some(self.text.replacen(wrong, right, 1)), ..self.error(reason) }
    }

    fn next(&mut self) -> Option<&'t str> {
        self.rest.pop()
    }

    fn take(&mut self, word: &str) -> bool {
        let hit = self.rest.last() == Some(&word);
        if hit {
            self.rest.pop();
        }
        hit
    }

    fn require(&mut self, word: &str) -> Result<(), WordsError> {
        if self.take(word) {
            return Ok(());
        }
        match self.rest.last() {
            Some(found) => Err(self.error_with(format!("`{word}` belongs where `{found}` stands"), found, word)),
            None => Err(self.error(format!("`{word}` is missing at the end"))),
        }
    }

    fn end(&self) -> Result<(), WordsError> {
        match self.rest.last() {
            None => Ok(()),
            Some(word) => Err(self.error(format!("`{word}` and what follows does not belong here"))),
        }
    }

    fn amount(&mut self, units: &[Unit]) -> Result<Amount, WordsError> {
        let Some(number) = self.next() else {
            return Err(self.error("it begins with a whole number"));
        };
        let count = match number.parse::<u32>() {
            Ok(n) if (1..100_000).contains(&n) && number.starts_with(|c: char| c != '+' && c != '0') => n,
            _ => return Err(self.amount_error(number)),
        };
        let first = self.next().unwrap_or_default();
        let second = if matches!(first, "business" | "working") { self.next() } else { None };
        let written = second.map_or_else(|| first.to_owned(), |s| format!("{first} {s}"));
        let singular = written.strip_suffix('s').unwrap_or(&written);
        if let Some(unit) = units.iter().find(|u| u.name() == singular) {
            return Ok(Amount { count, unit: *unit });
        }
        Err(self.unit_error(&written, units))
    }

    fn amount_error(&self, number: &str) -> WordsError {
        const NAMES: [&str; 12] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
        if let Some(at) = NAMES.iter().position(|n| *n == number.to_lowercase()) {
            return self.error_with("write the number in digits", number, &(at + 1).to_string());
        }
        if number == "0" {
            return self.error("the number is at least 1; for the day itself write `on` and what it counts from");
        }
        if number.starts_with('P') && number.bytes().any(|b| b.is_ascii_digit()) {
            return self.error("write the number and the unit in words");
        }
        self.error(format!("it begins with a whole number, not with `{number}`"))
    }

    fn unit_error(&self, written: &str, units: &[Unit]) -> WordsError {
        let names: Vec<String> = units.iter().map(|u| format!("{}s", u.name())).collect();
        if written.is_empty() {
            return self.error(format!("a unit is missing: {}", names.join(", ")));
        }
        let synonym = match written.trim_end_matches(['s', '.']) {
            "working day" | "workday" | "bd" | "bday" => Some("business days"),
            "min" | "m" => Some("minutes"),
            "h" | "hr" => Some("hours"),
            "d" => Some("days"),
            "w" | "wk" => Some("weeks"),
            "yr" | "y" => Some("years"),
            _ => None,
        };
        // `bussines days` was split after the first word: look at two words when the one alone is far off.
        let two = self.rest.last().map(|next| format!("{written} {next}"));
        let near = |word: &str| nearest(word, names.iter().map(String::as_str)).or_else(|| nearest(word, units.iter().map(|u| u.name())));
        let (wrong, right) = match (synonym.filter(|s| names.iter().any(|n| n == s)), near(written), two) {
            (Some(right), _, _) | (None, Some(right), _) => (written.to_owned(), Some(right.to_owned())),
            (None, None, Some(two)) => match near(&two) {
                Some(right) => (two.clone(), Some(right.to_owned())),
                None => (written.to_owned(), None),
            },
            _ => (written.to_owned(), None),
        };
        let reason = format!("`{wrong}` is not one of {}", names.join(", "));
        match right {
            Some(right) => self.error_with(reason, &wrong, &right),
            None => self.error(reason),
        }
    }

    fn id(&mut self, what: &str) -> Result<String, WordsError> {
        match self.next() {
            Some(word) if is_id(word) => Ok(word.to_owned()),
            Some(word) => Err(self.error(format!("`{word}` is not {what}"))),
            None => Err(self.error(format!("{what} is missing at the end"))),
        }
    }

    fn anchor(&mut self, date_only: bool) -> Result<Anchor, WordsError> {
        let Some(word) = self.next() else {
            return Err(self.error("what it counts from is missing at the end"));
        };
        let anchor = match word.split('.').collect::<Vec<_>>()[..] {
            ["available"] => return Err(self.error("leave `after available` out, that is what a bare amount means")),
            ["start"] => Anchor::Start,
            [step] | ["steps", step] if is_id(step) => Anchor::Step(step.to_owned()),
            ["inputs", field] if is_id(field) => Anchor::Input(field.to_owned()),
            ["steps", step, field] if is_id(step) && is_id(field) => Anchor::Field { step: step.to_owned(), field: field.to_owned() },
            _ => return Err(self.error(format!("`{word}` is not `start`, a step id or `inputs.FIELD`"))),
        };
        if date_only && matches!(anchor, Anchor::Start | Anchor::Step(_)) {
            return Err(self.error(format!("`before` needs a date such as `inputs.start-date`, not `{word}`")));
        }
        Ok(anchor)
    }

    fn clock(&mut self) -> Result<Option<Clock>, WordsError> {
        if !self.take("at") {
            return Ok(None);
        }
        let word = self.next().unwrap_or_default();
        let parts = word.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2);
        let clock = parts.and_then(|(h, m)| Some(Clock { hour: h.parse().ok()?, minute: m.parse().ok()? }));
        match clock.filter(|c| c.hour < 24 && c.minute < 60 && word.bytes().all(|b| b.is_ascii_digit() || b == b':')) {
            Some(clock) => Ok(Some(clock)),
            None => Err(self.error(format!("`{word}` is not a time of day such as `17:00`"))),
        }
    }
}

/// True for `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, at most 64 characters.
pub fn is_id(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

impl FromStr for Due {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        let mut words = Words::new(text, DUE_EXPECTED);
        let (offset, anchor) = if words.take("on") {
            (Offset::On, words.anchor(false)?)
        } else {
            let amount = words.amount(&Unit::SHORT)?;
            if words.take("after") {
                (Offset::After(amount), words.anchor(false)?)
            } else if words.take("before") {
                (Offset::Before(amount), words.anchor(true)?)
            } else {
                (Offset::After(amount), Anchor::Available)
            }
        };
        let at = words.clock()?;
        if let Some(word) = words.rest.last() {
            let joined = nearest(word, ["after", "before", "at"]);
            let of = matches!(*word, "of" | "from" | "since").then_some("after");
            return Err(match joined.or(of) {
                Some(right) => words.error_with(format!("`{word}` is not `after`, `before` or `at`"), word, right),
                None => words.error(format!("`{word}` is not `after`, `before` or `at`")),
            });
        }
        Ok(Self { offset, anchor, at })
    }
}

impl FromStr for Repeat {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        let mut words = Words::new(text, REPEAT_EXPECTED);
        words.require("every")?;
        let every = words.amount(&Unit::SHORT)?;
        words.require("until")?;
        let until = words.id("a step id")?;
        words.end()?;
        Ok(Self { every, until })
    }
}

impl FromStr for Escalation {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        let mut words = Words::new(text, ESCALATE_EXPECTED);
        words.require("to")?;
        let to = words.id("a role id")?;
        words.require("after")?;
        let after = words.amount(&Unit::SHORT)?;
        words.end()?;
        Ok(Self { to, after })
    }
}

impl FromStr for Interval {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        let mut words = Words::new(text, INTERVAL_EXPECTED);
        let amount = words.amount(&Unit::LONG)?;
        words.end()?;
        Ok(Self(amount))
    }
}

/// Serde and schema by way of the words.
macro_rules! in_words {
    ($($type:ident, $name:literal, $expected:expr, $pattern:expr, $about:literal;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern, "description": $about, "x-expected": $expected, "x-words": $name})
            }
        }
    )*};
}

in_words! {
    Due, "due", DUE_EXPECTED,
        format!("^({AMOUNT}( after (start|(steps\\.)?{ID}|inputs\\.{ID}|steps\\.{ID}\\.{ID})| before (inputs\\.{ID}|steps\\.{ID}\\.{ID}))?|on (start|(steps\\.)?{ID}|inputs\\.{ID}|steps\\.{ID}\\.{ID}))( at ([01][0-9]|2[0-3]):[0-5][0-9])?$"),
        "By when, in words: `1 day`, `5 minutes after start`, `3 business days after inputs.period-end at 17:00`, `10 days before inputs.start-date`, `on inputs.start-date at 09:00`.";
    Repeat, "repeat", REPEAT_EXPECTED, format!("^every {AMOUNT} until {ID}$"), "How often, and which step ends it: `every 1 hour until restore-service`.";
    Escalation, "escalation", ESCALATE_EXPECTED, format!("^to {ID} after {AMOUNT}$"), "Who is asked next, and when: `to cfo after 1 day`.";
    Interval, "interval", INTERVAL_EXPECTED, format!("^{INTERVAL}$"), "An interval in days, weeks, months or years: `6 months`.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_of_the_contract_are_understood_and_printed_as_written() {
        for text in [
            "3 business days after inputs.period-end at 17:00",
            "10 days before inputs.start-date",
            "5 minutes after start",
            "1 day",
            "1 business day at 09:30",
            "2 weeks after declare-severity",
            "4 hours before steps.plan.cut-over",
            "on inputs.start-date at 09:00",
        ] {
            assert_eq!(text.parse::<Due>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("every 1 hour until restore-service".parse::<Repeat>().unwrap().to_string(), "every 1 hour until restore-service");
        assert_eq!("to cfo after 1 day".parse::<Escalation>().unwrap().to_string(), "to cfo after 1 day");
        assert_eq!("6 months".parse::<Interval>().unwrap().to_string(), "6 months");
    }

    #[test]
    fn wrong_words_are_put_right() {
        let right = |text: &str| text.parse::<Due>().unwrap_err().suggestion;
        assert_eq!(right("2 bussines days"), Some("2 business days".to_owned()));
        assert_eq!(right("2 working days after start"), Some("2 business days after start".to_owned()));
        assert_eq!(right("30 min of start"), Some("30 minutes of start".to_owned()));
        assert_eq!(right("30 minutes from start"), Some("30 minutes after start".to_owned()));
        assert_eq!(right("two days"), Some("2 days".to_owned()));
        assert_eq!(right("3 dayz"), Some("3 days".to_owned()));
        assert_eq!(right("3 months"), None);
        assert_eq!(
            "PT2H".parse::<Due>().unwrap_err().to_string(),
            "`PT2H` is not a due rule such as `2 business days after start`: write the number and the unit in words"
        );
        assert!("1 day before start".parse::<Due>().is_err());
        assert!("1 day at 25:00".parse::<Due>().is_err());
        assert_eq!("evry 1 hour until x".parse::<Repeat>().unwrap_err().suggestion, Some("every 1 hour until x".to_owned()));
    }

    fn pattern<T: JsonSchema>() -> regex::Regex {
        let schema = schemars::schema_for!(T);
        regex::Regex::new(schema.get("pattern").and_then(|p| p.as_str()).unwrap()).unwrap()
    }

    proptest! {
        /// The pattern editors use and the parser accept the same texts.
        #[test]
        fn pattern_and_parser_agree(text in "(on |every |to )?([1-9][0-9]?|0|a) (minute|hour|business day|day|week|month|year)s?( (after|before|until) (start|inputs\\.a-b|steps\\.a\\.b|steps\\.a|a-b|A|a--b))?( after 1 day)?( at (17:00|7:00|25:00))?") {
            prop_assert_eq!(text.parse::<Due>().is_ok(), pattern::<Due>().is_match(&text));
            prop_assert_eq!(text.parse::<Repeat>().is_ok(), pattern::<Repeat>().is_match(&text));
            prop_assert_eq!(text.parse::<Escalation>().is_ok(), pattern::<Escalation>().is_match(&text));
            prop_assert_eq!(text.parse::<Interval>().is_ok(), pattern::<Interval>().is_match(&text));
        }
    }
}
