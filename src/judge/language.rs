//! Which language a page is in, from its frequent small words.
//!
//! A guess over the first few hundred words; a language without a word table is named only to know that we cannot read it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::lexicon::Language;
use crate::page::{BlockKind, Inline, InlineKind, Tree};
use crate::text::hash::WordMap;

/// Words looked at.
const SAMPLE: usize = 300;

struct Table {
    /// Bit `n` of a word: it is a small word of language `n`.
    words: WordMap<u32>,
    /// What language `n` is to us.
    languages: Vec<Language>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lists: BTreeMap<String, String> =
        serde_yaml::from_str(include_str!("words/stopwords.yaml")).expect("the embedded word table is checked by a test");
    let mut table = Table { words: WordMap::default(), languages: Vec::new() };
    for (bit, (code, list)) in lists.iter().enumerate() {
        table.languages.push(Language::of_code(code));
        for word in list.split_whitespace() {
            *table.words.entry(word.into()).or_insert(0) |= 1 << bit;
        }
    }
    table
});

struct Sample<'t> {
    table: &'t Table,
    hits: [u16; 32],
    words: usize,
    foreign_letters: usize,
    letters: usize,
    buffer: String,
}

impl Sample<'_> {
    fn nodes(&mut self, nodes: &[Inline]) {
        for node in nodes {
            match &node.kind {
                InlineKind::Text(t) => self.text(t),
                InlineKind::Emphasis(n) | InlineKind::Strong(n) | InlineKind::Link(_, _, n) => self.nodes(n),
                _ => {}
            }
            if self.words >= SAMPLE {
                return;
            }
        }
    }

    fn text(&mut self, text: &str) {
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
            self.words += 1;
            self.letters += word.len();
            self.foreign_letters += word.bytes().filter(|b| !b.is_ascii()).count();
            if word.len() > 8 {
                continue;
            }
            self.buffer.clear();
            self.buffer.push_str(word);
            if word.is_ascii() {
                self.buffer.make_ascii_lowercase();
            } else {
                self.buffer = word.to_lowercase();
            }
            let Some(mask) = self.table.words.get(self.buffer.as_str()) else { continue };
            for (bit, hits) in self.hits.iter_mut().enumerate().take(self.table.languages.len()) {
                *hits += u16::from(mask & (1 << bit) != 0);
            }
        }
    }
}

/// The language of a page. Little text in Latin letters counts as English, which most short technical pages are.
pub fn guess(tree: &Tree) -> Language {
    let table = &*TABLE;
    let mut sample = Sample { table, hits: [0; 32], words: 0, foreign_letters: 0, letters: 0, buffer: String::new() };
    tree.walk(&mut |block| {
        if sample.words >= SAMPLE {
            return;
        }
        match &block.kind {
            BlockKind::Paragraph(i) | BlockKind::Heading(_, i) => sample.nodes(&i.nodes),
            BlockKind::Table(t) => t.rows.iter().flat_map(|r| &r.cells).take(20).for_each(|c| sample.nodes(&c.nodes)),
            _ => {}
        }
    });
    // Of equals the one we can read, so that `a` or `de` alone decides nothing against us.
    let rank = |i: &usize| (sample.hits[*i], table.languages[*i] == Language::English, table.languages[*i] != Language::Unknown);
    let best = (0..table.languages.len()).max_by_key(rank).unwrap_or(0);
    let hits = usize::from(sample.hits[best]);
    let mostly_foreign = sample.foreign_letters * 4 > sample.letters;
    if mostly_foreign && hits * 20 <= sample.words {
        Language::Unknown
    } else if hits == 0 {
        Language::English
    } else {
        table.languages[best]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::text::Source;

    #[test]
    fn languages_are_told_apart() {
        let of = |text: &str| guess(&Page::parse(Source::new("p.md", text)).tree());
        assert_eq!(of("Open the form and send it to the manager."), Language::English);
        assert_eq!(of("Die Rechnung wird geprüft und an die Buchhaltung gesendet."), Language::German);
        assert_eq!(of("El formulario se envía al jefe y se archiva con la factura."), Language::Spanish);
        assert_eq!(of("Le formulaire est envoyé au responsable et la facture est archivée."), Language::Unknown);
        assert_eq!(of("O formulário não é enviado ao gerente e a fatura para os clientes."), Language::Unknown);
        assert_eq!(of("Otwórz formularz i wyślij go do kierownika, nie zapomnij o tym że jest ważne."), Language::Unknown);
        assert_eq!(of("フォームを開き、マネージャーに送信します。"), Language::Unknown);
        assert_eq!(of("`kubectl get pods`"), Language::English);
    }
}
