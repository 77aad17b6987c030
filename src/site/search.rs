//! The search index: made from the parsed pages, cut into small classic script files, so that it works from `file://` and a first query on a large
//! site loads a few of them.
//!
//! Three kinds of files in `search/`: `index.js` (which shard holds which words), `tN.js` (words with the pages they stand in) and `dN.js` (what a
//! result shows). `themes/default/static/search.js` reads them; the packing of a posting is `((page step × 64 + section) × 8 + weight)` in base 36.

use std::collections::HashMap;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::plan::{Place, Plan};
use crate::page::include::{self, Follow};
use crate::page::{Block, BlockKind, Corpus, Inlines, Page, PageId};
use crate::text::hash::WordMap;
use crate::text::shortened;

/// Bytes of one shard of words, before compression.
const TERM_SHARD: usize = 24_000;
/// Pages in one shard of results.
const DOC_SHARD: usize = 8;
/// Pages kept for one word: the ones where it weighs most.
const KEEP: usize = 800;
/// Sections of a page that can be told apart.
const SECTIONS: usize = 63;
/// Bytes of a section from which its first words are taken.
const OPENING: usize = 1_000;
/// Words offered when nothing matches.
const VOCABULARY: usize = 1_500;

/// Weights of a word by where it stands.
mod weight {
    pub(super) const TITLE: u8 = 7;
    pub(super) const ALIAS: u8 = 6;
    pub(super) const HEADING: u8 = 5;
    pub(super) const STEP: u8 = 3;
    pub(super) const TEXT: u8 = 2;
    pub(super) const CODE: u8 = 1;
}

/// Where a word stands, in one number that sorts by page: page, section (6 bits), weight (3 bits). A large site has tens of millions of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Posting(u32);

impl Posting {
    fn new(page: u32, section: u8, weight: u8) -> Self {
        Self(page << 9 | u32::from(section) << 3 | u32::from(weight))
    }

    /// The same place with another weight.
    fn with(self, weight: u8) -> Self {
        Self(self.0 & !7 | u32::from(weight))
    }

    fn page(self) -> u32 {
        self.0 >> 9
    }

    /// Section and weight, as the files have them.
    fn rest(self) -> u32 {
        self.0 & 0x1ff
    }

    fn weight(self) -> u8 {
        u8::try_from(self.0 & 7).unwrap_or(0)
    }
}

/// Where a word stands, page by page. The last page is at hand: most words of a page come more than once.
#[derive(Debug)]
struct Places {
    last: Posting,
    earlier: Vec<Posting>,
}

impl Places {
    fn add(&mut self, place: Posting) {
        if self.last.page() != place.page() {
            self.earlier.push(std::mem::replace(&mut self.last, place));
        } else if self.last.weight() < place.weight() {
            // A page is read in one go; the first of the strongest places stays.
            self.last = place;
        }
    }

    fn all(mut self) -> Vec<Posting> {
        self.earlier.push(self.last);
        self.earlier
    }
}

/// A word and where it stands.
type Term = (Box<str>, Vec<Posting>);

/// The index, or a part of it: every thread fills its own, because a word that is known costs one look-up and no copy.
#[derive(Default)]
pub struct Index {
    /// Words of up to sixteen bytes, nearly all there are, as numbers: such a table is compared without following a pointer.
    short: HashMap<u128, Places, FxBuildHasher>,
    long: WordMap<Places>,
    docs: Vec<(u32, String)>,
    /// Room for text on its way.
    text: String,
    folded: String,
}

impl Index {
    /// Adds a page, the `nth` of the site; parts may get them in any order.
    pub fn add(&mut self, plan: &Plan<'_>, nth: usize, id: PageId, page: &Page, place: &Place) {
        let nth = u32::try_from(nth).unwrap_or(u32::MAX);
        self.docs.push((nth, doc(plan, id, page, place)));
        self.page(nth, plan.input.corpus, page);
    }

    fn page(&mut self, nth: u32, corpus: &Corpus, page: &Page) {
        let at = |section, weight| Posting::new(nth, section, weight);
        self.words(&page.title, at(0, weight::TITLE));
        for name in page.meta.aliases.iter().chain(&page.meta.tags) {
            self.words(&name.value, at(0, weight::ALIAS));
        }
        let mut section = 0u8;
        let mut follow = Follow::new(page.path());
        for block in page.tree().iter() {
            if let BlockKind::Heading(index, _) = &block.kind {
                section = u8::try_from((index + 1).min(SECTIONS)).unwrap_or(0);
            }
            let place = at(section, weight::TEXT);
            block.walk(&mut |b| self.block(b, place));
            // What a page takes in is found in the section that takes it in.
            if !page.body.includes.is_empty() {
                self.taken_in(corpus, std::slice::from_ref(block), &mut follow, place);
            }
        }
    }

    /// The words of one block without those of blocks inside it.
    fn block(&mut self, block: &Block, place: Posting) {
        let at = |weight| place.with(weight);
        match &block.kind {
            BlockKind::Heading(_, inlines) => self.inlines(inlines, at(weight::HEADING)),
            BlockKind::Code { info, text } if include::of_info(info).is_none() => self.words(text, at(weight::CODE)),
            BlockKind::List(list) => {
                let weight = if list.start.is_some() { weight::STEP } else { weight::TEXT };
                list.items.iter().filter_map(|i| i.lead()).for_each(|lead| self.inlines(lead, at(weight)));
            }
            BlockKind::Paragraph(inlines) => self.inlines(inlines, at(weight::TEXT)),
            BlockKind::Table(table) => {
                for row in std::iter::once(&table.head).chain(&table.rows) {
                    row.cells.iter().for_each(|c| self.inlines(c, at(weight::TEXT)));
                }
            }
            BlockKind::Definitions(entries) => entries.iter().for_each(|(term, _)| self.inlines(term, at(weight::STEP))),
            _ => {}
        }
    }

    /// The words of the files that blocks take in.
    fn taken_in(&mut self, corpus: &Corpus, blocks: &[Block], follow: &mut Follow, place: Posting) {
        crate::page::body::walk_all(blocks, &mut |block| match &block.kind {
            BlockKind::Code { info, .. } => {
                if let Some(text) = include::of_info(info).and_then(|dest| follow.code(corpus, dest).ok()) {
                    self.words(&text, place.with(weight::CODE));
                }
            }
            BlockKind::Html(html) => {
                let Some(dest) = include::of_comment(html) else { return };
                let Ok(part) = follow.enter(corpus, dest) else { return };
                let tree = part.tree();
                let blocks = include::parts(dest).1.map_or(Some(&tree[..]), |anchor| include::section(&tree, part, anchor)).unwrap_or(&[]);
                crate::page::body::walk_all(blocks, &mut |b| self.block(b, place));
                self.taken_in(corpus, blocks, follow, place);
                follow.leave();
            }
            _ => {}
        });
    }

    fn inlines(&mut self, inlines: &Inlines, place: Posting) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        inlines.write_text(&mut text);
        self.words(&text, place);
        self.text = text;
    }

    fn words(&mut self, text: &str, place: Posting) {
        fold(text, &mut self.folded);
        let (short, long) = (&mut self.short, &mut self.long);
        let new = || Places { last: place, earlier: Vec::new() };
        tokens(&self.folded, &mut |word| match packed(word) {
            Some(word) => {
                short.entry(word).and_modify(|places| places.add(place)).or_insert_with(new);
            }
            None => match long.get_mut(word) {
                Some(places) => places.add(place),
                None => {
                    long.insert(word.into(), new());
                }
            },
        });
    }

    /// All words with their pages in order, and what results show, from the parts of an index.
    fn join(parts: Vec<Index>) -> (Vec<Term>, Vec<String>) {
        let mut docs = Vec::new();
        let mut sorted = Vec::new();
        for mut part in parts {
            docs.append(&mut part.docs);
            sorted.extend(part.short.into_iter().map(|(word, places)| (unpacked(word), places.all())));
            sorted.extend(part.long.into_iter().map(|(word, places)| (word, places.all())));
        }
        docs.par_sort_unstable_by_key(|(nth, _)| *nth);
        sorted.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        sorted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.append(&mut next.1);
            }
            same
        });
        sorted.par_iter_mut().for_each(|(_, list)| list.sort_unstable());
        (sorted, docs.into_iter().map(|(_, doc)| doc).collect())
    }

    /// All files of the index whose parts these are: (path, text).
    pub fn files(parts: Vec<Index>) -> Vec<(String, String)> {
        let (sorted, docs) = Self::join(parts);
        let pages = docs.len();
        let vocabulary = vocabulary(&sorted);
        let (shards, starts) = term_shards(sorted);
        let docs: Vec<String> = docs.chunks(DOC_SHARD).map(|chunk| format!("[{}]", chunk.join(","))).collect();
        let mut hasher = blake3::Hasher::new();
        shards.iter().chain(&docs).for_each(|s| {
            hasher.update(s.as_bytes());
        });
        let version = &hasher.finalize().to_hex()[..10];
        let index = json!({ "v": version, "n": pages, "per": DOC_SHARD, "starts": starts, "words": vocabulary });
        let mut out = vec![("search/index.js".to_owned(), format!("swSearch({index});\n"))];
        out.extend(shards.into_iter().enumerate().map(|(n, s)| (format!("search/t{n}.js"), format!("swSearch.terms({n},\"{s}\");\n"))));
        out.extend(docs.into_iter().enumerate().map(|(n, s)| (format!("search/d{n}.js"), format!("swSearch.docs({n},{s});\n"))));
        out
    }
}

/// A word of up to sixteen bytes as a number. No word has a zero byte.
fn packed(word: &str) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
    Some(u128::from_le_bytes(bytes))
}

fn unpacked(word: u128) -> Box<str> {
    let bytes = word.to_le_bytes();
    let length = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..length]).into()
}

/// The commonest words of titles and headings, to offer for a slip in the first letters, where shards do not help.
fn vocabulary(sorted: &[Term]) -> String {
    let mut known: Vec<(usize, &str)> = sorted
        .iter()
        .filter(|(word, _)| word.len() > 3)
        .filter_map(|(word, list)| {
            let strong = list.iter().filter(|p| p.weight() >= weight::HEADING).count();
            (strong > 0).then_some((strong, word.as_ref()))
        })
        .collect();
    known.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    known.truncate(VOCABULARY);
    let mut words: Vec<&str> = known.into_iter().map(|(_, w)| w).collect();
    words.sort_unstable();
    words.join(" ")
}

/// `word:df:posting,posting;…` cut into shards, and the first word of each shard.
fn term_shards(sorted: Vec<Term>) -> (Vec<String>, Vec<String>) {
    // Each list goes as soon as its line is there.
    let lines: Vec<(String, Box<str>)> = sorted.into_par_iter().map(|(word, list)| (line(&word, list), word)).collect();
    let mut shards: Vec<String> = Vec::new();
    let mut starts: Vec<String> = Vec::new();
    for (line, word) in lines {
        match shards.last_mut() {
            Some(shard) if shard.len() + line.len() <= TERM_SHARD => shard.push_str(&line),
            _ => {
                shards.push(line);
                starts.push(word.into_string());
            }
        }
    }
    (shards, starts)
}

fn line(word: &str, mut list: Vec<Posting>) -> String {
    let all = list.len();
    if all > KEEP {
        list.sort_by_key(|p| (std::cmp::Reverse(p.weight()), p.page()));
        list.truncate(KEEP);
        list.sort_unstable();
    }
    let mut out = format!("{word}:{all}:");
    let mut last = 0;
    for (n, posting) in list.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        let step = u64::from(posting.page() - last);
        last = posting.page();
        base36(step << 9 | u64::from(posting.rest()), &mut out);
    }
    out.push(';');
    out
}

fn base36(mut n: u64, out: &mut String) {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = [0u8; 13];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = DIGITS[usize::try_from(n % 36).unwrap_or(0)];
        n /= 36;
        if n == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|d| char::from(*d)));
}

/// Puts the text into `out` in lower case without accents, so that `Über` is found as `uber`. The script folds in the same way.
fn fold(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        out.extend(text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).flat_map(char::to_lowercase));
    }
}

/// Calls `each` for the words of a folded text: runs of letters and digits, and identifiers such as `pg_last_xact` also whole. Scripts without
/// spaces give pairs of characters.
fn tokens(folded: &str, each: &mut impl FnMut(&str)) {
    if folded.is_ascii() { ascii_tokens(folded, each) } else { char_tokens(folded, each) }
}

fn char_tokens(folded: &str, each: &mut impl FnMut(&str)) {
    for whole in folded.split(|c: char| !(is_letter(c) || is_joint(c))) {
        let whole = whole.trim_matches(|c: char| !is_letter(c));
        one(whole, whole.contains(is_joint), each);
    }
}

/// [`char_tokens`] byte by byte: most of every text is ASCII.
fn ascii_tokens(folded: &str, each: &mut impl FnMut(&str)) {
    let bytes = folded.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(u8::is_ascii_alphanumeric).map(|n| at + n) {
        let (mut end, mut joined) = (start, false);
        at = start;
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii_alphanumeric() {
                joined |= at > end;
                end = at + 1;
            } else if !is_joint(char::from(*byte)) {
                break;
            }
            at += 1;
        }
        one(&folded[start..end], joined, each);
    }
}

/// A run of letters that begins and ends with one; `joined` by signs that identifiers have.
fn one(whole: &str, joined: bool, each: &mut impl FnMut(&str)) {
    if whole.is_empty() || whole.len() > 64 {
        return;
    }
    if !joined {
        return word(whole, each);
    }
    if whole.len() <= 32 {
        each(whole);
    }
    whole.split(is_joint).filter(|p| !p.is_empty()).for_each(|p| word(p, each));
}

fn is_joint(c: char) -> bool {
    matches!(c, '_' | '-' | '.')
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

fn word(text: &str, each: &mut impl FnMut(&str)) {
    if !text.is_ascii() && text.chars().any(is_unspaced) {
        let chars: Vec<char> = text.chars().collect();
        if chars.len() == 1 {
            each(text);
        }
        for pair in chars.windows(2) {
            each(&pair.iter().collect::<String>());
        }
    } else if text.len() <= 32 {
        each(text);
    }
}

/// Scripts written without spaces between words: Thai, Lao, kana, Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// What a result shows: title, address, state, procedure or not, section, and per heading its anchor, text and first words.
fn doc(plan: &Plan<'_>, id: PageId, page: &Page, place: &Place) -> String {
    let mut url = String::new();
    super::routes::encode(&place.output, &mut url);
    let title = page.title.as_str();
    let (state, due) = (place.trust.state.id(), place.trust.due.map(|d| d.to_string()).unwrap_or_default());
    let followed = u8::from(plan.input.facts[id.index()].kind.followed());
    let section = if place.section == 0 { "" } else { plan.sections[place.section].title.as_str() };
    serde_json::to_string(&(title, url, state, followed, section, due, excerpts(page))).unwrap_or_default()
}

/// `[anchor, heading, first words]` per section; the first is the page's beginning.
fn excerpts(page: &Page) -> Vec<[String; 3]> {
    let mut out = vec![[String::new(), String::new(), String::new()]];
    for block in page.tree().iter() {
        match &block.kind {
            BlockKind::Heading(index, _) => {
                // Headings inside quotes count too, so the list is filled up to the heading's own number.
                for heading in &page.body.headings[out.len() - 1..=*index] {
                    out.push([heading.anchor.clone(), heading.text.clone(), String::new()]);
                }
            }
            _ => {
                if let Some(last) = out.last_mut().filter(|l| l[2].len() < 90) {
                    let room = 110 - last[2].len();
                    let text = shortened(&block.opening(OPENING), room);
                    if !last[2].is_empty() {
                        last[2].push(' ');
                    }
                    last[2].push_str(&text);
                }
            }
        }
        if out.len() > SECTIONS {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        let (mut out, mut folded) = (Vec::new(), String::new());
        fold(text, &mut folded);
        tokens(&folded, &mut |w| out.push(w.to_owned()));
        out
    }

    #[test]
    fn words_are_folded_and_identifiers_kept_whole() {
        assert_eq!(all("Über pg_last_xact()."), ["uber", "pg_last_xact", "pg", "last", "xact"]);
        assert_eq!(all("v1.2 — naïve"), ["v1.2", "v1", "2", "naive"]);
        assert_eq!(all("手順書"), ["手順", "順書"]);
    }

    proptest! {
        #[test]
        fn bytes_and_characters_give_the_same_words(text in "([a-c0-1]|[_.-]|[ (,]){0,60}") {
            let (mut bytes, mut chars) = (Vec::new(), Vec::new());
            ascii_tokens(&text, &mut |w| bytes.push(w.to_owned()));
            char_tokens(&text, &mut |w| chars.push(w.to_owned()));
            assert_eq!(bytes, chars);
        }
    }

    #[test]
    fn short_words_come_back_from_their_numbers() {
        for word in ["a", "uber", "手順", "exactly16letters"] {
            assert_eq!(&*unpacked(packed(word).unwrap()), word);
        }
        assert_eq!(packed("seventeen_letters"), None);
    }

    #[test]
    fn postings_are_packed_as_the_script_reads_them() {
        let packed = line("x", vec![Posting::new(3, 2, 7), Posting::new(5, 0, 1)]);
        assert_eq!(packed, "x:2:17b,sh;");
        let numbers: Vec<u64> = packed[4..packed.len() - 1].split(',').map(|p| u64::from_str_radix(p, 36).unwrap()).collect();
        assert_eq!((numbers[0] >> 9, numbers[0] >> 3 & 63, numbers[0] & 7), (3, 2, 7));
        assert_eq!(numbers[1] >> 9, 2);
    }
}
