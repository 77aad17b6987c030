//! What a person records, chooses or hands in, from the words of a sentence: "Note the account name", "Attach the signed form".
//!
//! Verbs of recording take any object; verbs that also tell of clicking ("select", "set") only one that names a value ("the delivery
//! date"). Forms that stand on the page as lists, tables and blanks are read in `forms`. Must not know steps.

use super::clause::{Clause, Mood};
use super::due;
use super::flow::{Flow, Token};
use super::steps::Field;
use super::words::Words;

const QUOTES: [char; 6] = ['"', '“', '”', '‘', '„', '«'];

/// How a verb takes its object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    /// "Record the …": whatever it is.
    Record,
    /// "Select the …": only what names a value.
    Choose,
    /// "Attach the …": a file.
    Upload,
}

/// Fields that the main clause names: "Note the account name and the billing ID", "Attach the signed form".
pub(crate) fn find(flow: &Flow, clause: &Clause, words: &Words) -> Vec<Field> {
    if !clause.acts() || clause.mood == Mood::Passive {
        return Vec::new();
    }
    let Some(verb) = &clause.verb_at else { return Vec::new() };
    if words.verb_final {
        return before_verb(flow, clause, verb.start, words);
    }
    // "Fill in the incident form within 24 hours": the deadline is no part of the name.
    let due = due::find(flow, &clause.range, words).map_or(0..0, |d| d.words);
    let tokens: Vec<Token> = flow.tokens(&clause.range).into_iter().filter(|t| t.start >= verb.start && !due.contains(&t.start)).collect();
    let mut out = Vec::new();
    for at in 0..tokens.len() {
        // The verb of the clause, and verbs joined to it: "fill in the form and note the cost centre".
        let opens = at == 0 || tokens[at - 1].low == "," || words.joins_acts(&tokens[at - 1].low);
        let Some((how, n)) = opens.then(|| verb_at(&tokens, at, words)).flatten() else { continue };
        // "Set up the account" sets nothing.
        if tokens.get(at + n).is_some_and(|t| words.fields.particles.contains(&t.low)) {
            continue;
        }
        // "Search, enter **Expense reports**": the object is what to type, not a question.
        if tokens[..at].iter().any(|t| words.fields.lookup.contains(&t.low)) {
            continue;
        }
        // "Enter the name of the form into the search bar": typed to find something.
        let sought = |i: usize| i > 0 && words.fields.lookup.contains(&tokens[i].low) && words.articles.contains(&tokens[i - 1].low);
        if (at + n..tokens.len()).any(sought) {
            continue;
        }
        // "… in the Preferred name field": the page names the field.
        let named = (how == Verb::Record).then(|| named_field(flow, &tokens, words)).flatten();
        let found = named.map_or_else(|| objects(flow, &tokens[at + n..], how, words), |l| vec![l]);
        for label in found {
            let kind = if how == Verb::Upload { "file".to_owned() } else { kind_of(&label, words) };
            out.push(Field { label, kind, options: Vec::new() });
        }
    }
    out
}

/// "Den Betrag und die Kostenstelle notieren": the objects stand before the verb.
fn before_verb(flow: &Flow, clause: &Clause, verb: usize, words: &Words) -> Vec<Field> {
    let tokens: Vec<Token> = flow.tokens(&(clause.core..clause.range.end));
    let at = tokens.iter().position(|t| t.start >= verb).unwrap_or(0);
    let Some((how, _)) = (at > 0).then(|| verb_at(&tokens, at, words)).flatten() else { return Vec::new() };
    let kind = |label: &str| if how == Verb::Upload { "file".to_owned() } else { kind_of(label, words) };
    objects(flow, &tokens[..at], how, words).into_iter().map(|label| Field { kind: kind(&label), label, options: Vec::new() }).collect()
}

/// The verb of giving data that begins at a token, and its length.
fn verb_at(tokens: &[Token], at: usize, words: &Words) -> Option<(Verb, usize)> {
    let f = &words.fields;
    let gerund = words.gerund(&tokens[at].low);
    [(Verb::Record, &f.record), (Verb::Choose, &f.choose), (Verb::Upload, &f.upload)].into_iter().find_map(|(verb, phrases)| {
        let plain = phrases.at(tokens, at);
        plain.or_else(|| gerund.is_some_and(|g| phrases.has(g)).then_some(1)).map(|n| (verb, n))
    })
}

/// "in the Preferred name field": what stands between the article and "field".
fn named_field(flow: &Flow, tokens: &[Token], words: &Words) -> Option<String> {
    let end = tokens.iter().position(|t| words.fields.places.contains(&t.low))?;
    let start = (end.saturating_sub(6)..end).rev().find(|i| words.articles.contains(&tokens[*i].low))?;
    let inside = &tokens[start + 1..end];
    let fine = inside.first().is_some_and(|t| t.capital) && inside.iter().all(|t| t.is_word() && !t.code);
    fine.then(|| flow.slice(&(tokens[start + 1].start..tokens[end - 1].end)).to_owned())
}

/// The objects of a verb: noun phrases joined by commas and "and".
fn objects(flow: &Flow, tokens: &[Token], how: Verb, words: &Words) -> Vec<String> {
    let mut out = Vec::new();
    let mut phrase: Vec<&Token> = Vec::new();
    let mut open = false;
    let mut rest = tokens.iter().enumerate();
    while let Some((i, token)) = rest.next() {
        let low = token.low.as_str();
        let next = |n: usize| tokens.get(i + n).map_or("", |t| t.low.as_str());
        // "the room to be used and the date": what is said of the first object ends before the next.
        if low == "to" && next(1) == "be" && words.participle(next(2)).is_some() {
            rest.nth(1);
            continue;
        }
        if low == "as" && next(1) == "well" && next(2) == "as" {
            flush(flow, &mut phrase, &mut out, how, words);
            rest.nth(1);
            continue;
        }
        if token.code || words.fields.stops.contains(low) {
            break;
        }
        let joint = matches!(low, "," | ";") || token.is_word() && words.joins(low);
        if joint || matches!(low, "." | ":" | "(" | "-" | "–") {
            flush(flow, &mut phrase, &mut out, how, words);
            if !joint {
                break;
            }
            continue;
        }
        if phrase.is_empty() && words.determiners.contains(low) {
            open |= words.fields.open.contains(low);
            continue;
        }
        // "Enter the code and click Save": a verb after "and" begins another act.
        let verb = words.base(low).is_some() && !token.capital && !words.noun_like.contains(low) || words.gerund(low).is_some();
        if phrase.is_empty() && (verb || words.grammar.next.contains(low)) {
            break;
        }
        phrase.push(token);
    }
    flush(flow, &mut phrase, &mut out, how, words);
    if open { Vec::new() } else { out }
}

fn flush(flow: &Flow, phrase: &mut Vec<&Token>, out: &mut Vec<String>, how: Verb, words: &Words) {
    let mut worded: Vec<&Token> = phrase.drain(..).filter(|t| t.is_word()).collect();
    let of = worded.iter().position(|t| words.grammar.of.contains(&t.low));
    // "the email address of the person we want to add": the first part is the name of it.
    if worded.len() > 6
        && let Some(of) = of
    {
        worded.truncate(of);
    }
    let (Some(first), Some(last)) = (worded.first(), worded.last()) else { return };
    let head = &worded[..of.filter(|o| *o < worded.len()).unwrap_or(worded.len())];
    let label = flow.slice(&(first.start..last.end));
    // "Enter https://… into the browser", "enter 4711": what to type is given.
    if flow.text[last.end..].starts_with("://")
        || !label.contains(char::is_alphabetic)
        || worded.iter().any(|t| words.fields.lookup.contains(&t.low))
    {
        return;
    }
    // What is set in bold after "select" is a button or a menu.
    let button = how == Verb::Choose && flow.strong.iter().any(|s| s.contains(&first.start));
    let of = worded.len() > head.len();
    if worded.len() <= 6 && !words.determiners.contains(&first.low) && !button && !label.contains(QUOTES) && is_data(head, of, how, words) {
        out.push(label.to_owned());
    }
}

/// True if a noun phrase names data: not a form, a page or a key; "the following details" names none, "payment details" does.
fn is_data(phrase: &[&Token], of: bool, how: Verb, words: &Words) -> bool {
    let f = &words.fields;
    let Some((head, before)) = phrase.split_last() else { return false };
    let general = !of && before.iter().all(|t| f.general.contains(&t.low));
    let named = !(f.not.has(&head.low) || f.alone.contains(&head.low) && general);
    named && (how != Verb::Choose || f.values.contains(&head.low))
}

/// A field type by the words of its label.
pub(crate) fn kind_of(label: &str, words: &Words) -> String {
    let tokens = super::flow::tokenize(label, 0, &[]);
    let order = ["email", "date", "url", "number", "person", "long-text"];
    order
        .iter()
        .find(|k| words.fields.types.get(**k).is_some_and(|p| p.within(&tokens)))
        .map_or_else(|| "text".to_owned(), |k| (*k).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{clause, words::english};
    use super::*;

    fn labels(text: &str) -> Vec<(String, String)> {
        let flow = Flow::plain(text);
        let clause = clause::read(&flow, &(0..flow.text.len()), english());
        find(&flow, &clause, english()).into_iter().map(|f| (f.label, f.kind)).collect()
    }

    fn only(text: &str) -> Vec<String> {
        labels(text).into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn what_is_recorded_is_a_field() {
        assert_eq!(
            labels("Note the account name and the delivery date."),
            [("account name".into(), "text".into()), ("delivery date".into(), "date".into())]
        );
        assert_eq!(only("Enter the promotion code and click Redeem."), ["promotion code"]);
        assert_eq!(only("Enter the email address of the customer we want to create an account for."), ["email address of the customer"]);
        assert_eq!(only("Open the form and input the order number."), ["order number"]);
        assert_eq!(only("Enter the name you go by in the Preferred name field."), ["Preferred name"]);
        assert_eq!(only("Record the name of the installed package."), ["name of the installed package"]);
        assert_eq!(only("Record the room number to be used and the start date."), ["room number", "start date"]);
        assert_eq!(only("Record the payment details in the ledger."), ["payment details"]);
        assert_eq!(labels("Attach the signed contract."), [("signed contract".into(), "file".into())]);
    }

    #[test]
    fn choices_are_fields_only_where_they_name_a_value() {
        assert_eq!(only("Enter a description and select the expiration period."), ["description", "expiration period"]);
        assert_eq!(only("Continue to the checkout, choosing the quantity you need."), ["quantity"]);
        assert_eq!(only("Choose the related link."), Vec::<String>::new());
        assert_eq!(only("Select the tab and the menu."), Vec::<String>::new());
    }

    #[test]
    fn forms_pages_and_words_to_type_are_none() {
        for text in [
            "Enter the following command.",
            "Enter the required information.",
            "Search for the page, enter Expense reports, and then choose the related link.",
            "Enter it in the form.",
        ] {
            assert_eq!(only(text), Vec::<String>::new(), "{text}");
        }
    }
}
