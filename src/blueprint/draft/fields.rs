//! What a person records, chooses or hands in: form and file fields from the words of a step.

use super::clause::{Clause, Mood};
use super::flow::{Flow, Token};
use super::words::Words;

/// A field found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The page's word for it.
    pub label: String,
    /// Field type of the format: `text`, `date`, `choice`, `file` …
    pub kind: String,
    /// The choices, for `choice`.
    pub options: Vec<String>,
}

/// Fields that the main clause names: "Note the account name and the billing ID", "Attach the signed form".
pub(crate) fn find(flow: &Flow, clause: &Clause, words: &Words) -> Vec<Field> {
    if !clause.acts() || clause.mood == Mood::Passive {
        return Vec::new();
    }
    let Some(verb) = &clause.verb_at else { return Vec::new() };
    let tokens: Vec<Token> = flow.tokens(&clause.range).into_iter().filter(|t| t.start >= verb.start).collect();
    let f = &words.fields;
    let mut out = Vec::new();
    for at in 0..tokens.len() {
        // The verb of the clause, and verbs joined to it: "fill in the form and note the cost centre".
        let opens = at == 0 || matches!(tokens[at - 1].low.as_str(), "and" | "then" | "," | "und" | "dann");
        if !opens {
            continue;
        }
        let record = f.record.at(&tokens, at);
        let upload = f.upload.at(&tokens, at);
        let Some(n) = record.or(upload) else { continue };
        for label in objects(flow, &tokens[at + n..], words) {
            let kind = if record.is_none() { "file".to_owned() } else { kind_of(&label, words) };
            out.push(Field { label, kind, options: Vec::new() });
        }
    }
    out
}

/// The objects of a verb: noun phrases joined by commas and "and".
fn objects(flow: &Flow, tokens: &[Token], words: &Words) -> Vec<String> {
    let mut out = Vec::new();
    let mut phrase: Vec<&Token> = Vec::new();
    let mut open = false;
    let stops = [
        "in",
        "to",
        "into",
        "for",
        "on",
        "at",
        "as",
        "that",
        "with",
        "from",
        "by",
        "using",
        "when",
        "if",
        "so",
        "explaining",
        "below",
        "under",
        "which",
        "you",
        "where",
        "how",
        "why",
    ];
    for token in tokens {
        let low = token.low.as_str();
        if token.code || stops.contains(&low) {
            break;
        }
        let joint = matches!(low, "," | "and" | "or" | ";");
        if joint || matches!(low, "." | ":" | "(" | "-" | "–") {
            flush(flow, &mut phrase, &mut out, words);
            if !joint {
                break;
            }
            continue;
        }
        if phrase.is_empty() && words.determiners.contains(low) {
            open |= matches!(low, "it" | "them" | "which" | "what");
            continue;
        }
        // "Enter the code and click Save": a verb after "and" begins another act.
        if phrase.is_empty() && words.base(low).is_some() && !token.capital && !words.noun_like.contains(low) {
            break;
        }
        phrase.push(token);
    }
    flush(flow, &mut phrase, &mut out, words);
    if open { Vec::new() } else { out }
}

fn flush(flow: &Flow, phrase: &mut Vec<&Token>, out: &mut Vec<String>, words: &Words) {
    let worded: Vec<&&Token> = phrase.iter().filter(|t| t.is_word()).collect();
    if let (Some(first), Some(last)) = (worded.first(), worded.last())
        && worded.len() <= 6
        && !worded.iter().any(|t| words.fields.not.has(&t.low))
        && !words.determiners.contains(&first.low)
    {
        out.push(flow.slice(&(first.start..last.end)).to_owned());
    }
    phrase.clear();
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

/// A nested item that names data to give: "**Title** – a short description", "AMI ID", "Urgency: High or Low".
pub(crate) fn from_item(text: &str, words: &Words) -> Option<Field> {
    let (label, rest) = match text.find([':', '–', '—', '(']).or_else(|| text.find(" - ")) {
        Some(at) => (text[..at].trim(), text[at..].trim_matches([':', '–', '—', '-', ' ', '(', ')'])),
        None => (text.trim(), ""),
    };
    let label = label.trim_matches(['.', ',', ';', '?', '*', '_', ' ', '`']).trim();
    let count = label.split_whitespace().count();
    if label.is_empty() || count > 8 {
        return None;
    }
    let tokens = super::flow::tokenize(rest, 0, &[]);
    let chosen = words.fields.choose.at(&tokens, 0).is_some();
    let kind = if chosen { "choice".to_owned() } else { kind_of(label, words) };
    Some(Field { label: label.to_owned(), kind: if chosen { "text".to_owned() } else { kind }, options: Vec::new() })
}
