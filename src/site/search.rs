//! The search index: made from the parsed pages, cut into small classic script files, so that it works from `file://` and a first query on a large
//! site loads a few of them.
//!
//! Three kinds of files in `search/`: `index.js` (which shard holds which words), `tN.js` (words with the pages they stand in) and `dN.js` (of a few
//! pages each what a result shows, with their texts, in which the script looks for the passage to show). `themes/default/static/search.js` reads them;
//! the packing of a posting is `((page step × 64 + section) × 8 + weight)` in base 36.

use std::collections::HashMap;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::plan::{Place, Plan};
use crate::page::whole::Met;
use crate::page::{BlockKind, Page, PageId, Whole};
use crate::text::hash::WordMap;

/// Bytes of one shard of words, before compression.
const TERM_SHARD: usize = 24_000;
/// Bytes of Markdown of the pages whose texts share a shard, about. A result needs one of them: smaller ones are loaded faster, fewer are written
/// faster.
const TEXT_SHARD: usize = 16_000;
/// Pages in one shard of texts, at most.
const TEXT_PAGES: usize = 8;
/// Bytes of a page's text in its shard. Behind them sections have their first words only.
const TEXT: usize = 64_000;
/// Bytes of the first words of a section.
const OPENING: usize = 110;
/// Sections of a page that results can lead to.
const LISTED: usize = 500;
/// Pages kept for one word: the ones where it weighs most.
const KEEP: usize = 800;
/// Sections of a page that postings can tell apart.
const SECTIONS: usize = 63;
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
    /// Number and hash of the shards of texts that are written already.
    texts: Vec<(usize, blake3::Hash)>,
    /// Room for text on its way.
    text: String,
    folded: String,
}

/// Pages in one shard of texts.
pub fn pages_in_shard(plan: &Plan<'_>) -> usize {
    let (pages, bytes) = plan.published().fold((0, 0), |(n, bytes), (_, page, _)| (n + 1, bytes + page.source.text().len()));
    (TEXT_SHARD * pages / bytes.max(1)).clamp(1, TEXT_PAGES)
}

impl Index {
    /// Adds a page, the `nth` of the site; parts may get them in any order. Gives what a result shows of it.
    pub fn add(&mut self, plan: &Plan<'_>, nth: usize, id: PageId, whole: &Whole<'_>, place: &Place) -> String {
        let page = plan.input.corpus.page(id);
        let nth = u32::try_from(nth).unwrap_or(u32::MAX);
        let at = |section, weight| Posting::new(nth, section, weight);
        self.words(&page.title, at(0, weight::TITLE));
        for name in page.meta.aliases.iter().chain(&page.meta.tags) {
            self.words(&name.value, at(0, weight::ALIAS));
        }
        let mut section = 0u8;
        let mut passages = Passages::new(page);
        whole.walk(&mut |met| {
            let heading = match met.block.kind {
                // What a page takes in is found in the section that takes it in.
                BlockKind::Heading(index, _) if met.own && met.top => Some(index),
                _ => None,
            };
            if let Some(index) = heading {
                section = u8::try_from((index + 1).min(SECTIONS)).unwrap_or(0);
                passages.section(index);
            }
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            met.write_text(&mut text);
            if !text.is_empty() {
                self.words(&text, at(section, weight_of(&met)));
                if heading.is_none() {
                    passages.add(met.number, &text);
                }
            }
            self.text = text;
        });
        doc(plan, place, page, passages.sections)
    }

    /// The shard of texts with what [`Index::add`] gave for its pages: path and text.
    pub fn texts(&mut self, shard: usize, docs: &[String]) -> (String, String) {
        let text = format!("swSearch.docs({shard},[{}]);\n", docs.join(","));
        self.texts.push((shard, blake3::hash(text.as_bytes())));
        (format!("search/d{shard}.js"), text)
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

    /// All words with their pages in order, and the hashes of the texts, from the parts of an index.
    fn join(parts: Vec<Index>) -> (Vec<Term>, Vec<blake3::Hash>) {
        let mut texts = Vec::new();
        let mut sorted = Vec::new();
        for mut part in parts {
            texts.append(&mut part.texts);
            sorted.extend(part.short.into_iter().map(|(word, places)| (unpacked(word), places.all())));
            sorted.extend(part.long.into_iter().map(|(word, places)| (word, places.all())));
        }
        texts.sort_unstable_by_key(|(shard, _)| *shard);
        sorted.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        sorted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.append(&mut next.1);
            }
            same
        });
        sorted.par_iter_mut().for_each(|(_, list)| list.sort_unstable());
        (sorted, texts.into_iter().map(|(_, hash)| hash).collect())
    }

    /// The files of the index whose parts these are, without the texts: (path, text).
    pub fn files(parts: Vec<Index>, plan: &Plan<'_>) -> Vec<(String, String)> {
        let (sorted, texts) = Self::join(parts);
        let vocabulary = vocabulary(&sorted);
        let (shards, starts) = term_shards(sorted);
        let mut hasher = blake3::Hasher::new();
        for bytes in shards.iter().map(String::as_bytes).chain(texts.iter().map(|hash| hash.as_bytes().as_slice())) {
            hasher.update(bytes);
        }
        let version = &hasher.finalize().to_hex()[..10];
        let followed: Vec<bool> = plan.published().map(|(id, ..)| plan.input.facts[id.index()].kind.followed()).collect();
        let index = json!({
            "v": version, "n": followed.len(), "per": pages_in_shard(plan), "procedures": bits(&followed), "starts": starts, "words": vocabulary,
        });
        let mut out = vec![("search/index.js".to_owned(), format!("swSearch({index});\n"))];
        out.extend(shards.into_iter().enumerate().map(|(n, s)| (format!("search/t{n}.js"), format!("swSearch.terms({n},\"{s}\");\n"))));
        out
    }
}

/// What a word in a block weighs.
fn weight_of(met: &Met<'_>) -> u8 {
    match &met.block.kind {
        BlockKind::Heading(..) => weight::HEADING,
        BlockKind::Code { .. } => weight::CODE,
        BlockKind::Definitions(_) => weight::STEP,
        _ if met.number.is_some() => weight::STEP,
        _ => weight::TEXT,
    }
}

/// Six answers to a character, the first in its lowest bit.
fn bits(answers: &[bool]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |six: &[bool]| char::from(DIGITS[six.iter().rev().fold(0, |n, yes| n * 2 + usize::from(*yes))]);
    answers.chunks(6).map(digit).collect()
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

/// What a result shows: title, address, state, section, review day, and of each heading its anchor, its words and the text below it.
fn doc(plan: &Plan<'_>, place: &Place, page: &Page, sections: Vec<[String; 3]>) -> String {
    let mut url = String::new();
    super::routes::encode(&place.output, &mut url);
    let title = page.title.as_str();
    let (state, due) = (place.trust.state.id(), place.trust.due.map(|d| d.to_string()).unwrap_or_default());
    let section = if place.section == 0 { "" } else { plan.sections[place.section].title.as_str() };
    serde_json::to_string(&(title, url, state, section, due, sections)).unwrap_or_default()
}

/// The texts of a page by its headings, for results to show a passage of.
struct Passages<'p> {
    page: &'p Page,
    /// Anchor, heading, text; the first is the page's beginning.
    sections: Vec<[String; 3]>,
    room: usize,
}

impl<'p> Passages<'p> {
    fn new(page: &'p Page) -> Self {
        Self { page, sections: vec![Default::default()], room: TEXT }
    }

    /// Goes on with the section of a heading of the page.
    fn section(&mut self, index: usize) {
        // Headings inside quotes count too, so the list is filled up to the heading's own number.
        let next = self.sections.len() - 1;
        for heading in self.page.body.headings.get(next..=index).unwrap_or_default() {
            if self.sections.len() == LISTED {
                return;
            }
            // The title stands above the passage already.
            let (anchor, text) = if heading.text == self.page.title { ("", "") } else { (&*heading.anchor, &*heading.text) };
            self.sections.push([anchor.to_owned(), text.to_owned(), String::new()]);
        }
    }

    /// Adds the text of a block, as a line of its own: lines end in it where it has lines or rows, cells in a tab.
    fn add(&mut self, number: Option<u64>, text: &str) {
        let Some([.., last]) = self.sections.last_mut() else { return };
        let before = last.len();
        let most = (before + self.room).max(OPENING);
        if before >= most {
            return;
        }
        if !last.is_empty() {
            last.push('\n');
        }
        if let Some(number) = number {
            last.push_str(&format!("{number}. "));
        }
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            if last.len() + word.len() >= most {
                last.push('…');
                self.room = 0;
                return;
            }
            last.push_str(word);
            rest = after.trim_start();
            let gap = &after[..after.len() - rest.len()];
            if !rest.is_empty() {
                last.push(['\n', '\t'].into_iter().find(|c| gap.contains(*c)).unwrap_or(' '));
            }
        }
        self.room = self.room.saturating_sub(last.len() - before);
    }
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

    #[test]
    fn six_pages_share_a_character() {
        assert_eq!(bits(&[true, false, false, false, false, false, false, true]), "BC");
        assert_eq!(bits(&[true; 6]), "_");
    }

    #[test]
    fn texts_stand_under_their_headings_line_by_line_up_to_their_bytes() {
        let text = "---\ntitle: T\n---\n# T\n\nA\nline.\n\n3. one\n4. two\n\n> # Quoted\n\n## Last\n\n| a | b |\n|---|---|\n| c | d |\n\n```sh\nls  -l\ncd\n```\n\n## Long\n\n";
        let text = text.to_owned() + &"many words ".repeat(30);
        let corpus = crate::page::Corpus::from_pages(vec![Page::parse(crate::text::Source::new("p.md", text))]);
        let gathered = |room: usize| {
            let page = corpus.page(PageId(0));
            let mut passages = Passages { room, ..Passages::new(page) };
            Whole::of(&corpus, page).walk(&mut |met| match met.block.kind {
                BlockKind::Heading(index, _) if met.top => passages.section(index),
                _ => {
                    let mut text = String::new();
                    met.write_text(&mut text);
                    if !text.is_empty() {
                        passages.add(met.number, &text);
                    }
                }
            });
            passages.sections
        };
        let all = gathered(TEXT);
        assert_eq!(all[1], ["", "", "A line.\n3. one\n4. two\nQuoted"], "the title is not said twice");
        assert_eq!(all[2], ["quoted", "Quoted", ""], "a heading in a quote keeps its number");
        assert_eq!(all[3], ["last", "Last", "a\tb\nc\td\nls -l\ncd"]);
        assert_eq!(all[4][2].len(), "many words ".len() * 30 - 1);
        let cut = gathered(8);
        assert_eq!(cut[..4], all[..4], "short openings stay");
        assert!((100..=OPENING + 3).contains(&cut[4][2].len()) && cut[4][2].ends_with("words …"), "{}", cut[4][2]);
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
