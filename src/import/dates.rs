//! Dates as exports write them, in any language where they have one reading.
//!
//! Knows month names and the order of numbers; guesses nothing: a date with two readings is an error that names both.

use jiff::civil::Date;

/// Why a text gave no day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDay {
    /// No date in it.
    None,
    /// Two readings, `YYYY-MM-DD` each.
    Ambiguous(String, String),
}

/// Beginnings of month names, lower case; the first match in the list counts, so that longer beginnings come before shorter ones.
/// English, German, French, Spanish, Portuguese, Italian, Dutch, Danish, Norwegian, Swedish, Finnish, Polish, Czech, Hungarian, Romanian, Turkish, Russian,
/// Ukrainian.
const MONTHS: &[(&str, i8)] = &[
    ("januar", 1),
    ("janv", 1),
    ("jan", 1),
    ("jän", 1),
    ("ene", 1),
    ("gen", 1),
    ("tammi", 1),
    ("sty", 1),
    ("led", 1),
    ("ian", 1),
    ("oca", 1),
    ("янв", 1),
    ("січ", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("helmi", 2),
    ("lut", 2),
    ("úno", 2),
    ("şub", 2),
    ("фев", 2),
    ("лют", 2),
    ("márc", 3),
    ("mars", 3),
    ("marz", 3),
    ("març", 3),
    ("maart", 3),
    ("maalis", 3),
    ("mar", 3),
    ("mär", 3),
    ("mrt", 3),
    ("bře", 3),
    ("мар", 3),
    ("бер", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("ápr", 4),
    ("huhti", 4),
    ("kwi", 4),
    ("dub", 4),
    ("nis", 4),
    ("апр", 4),
    ("кві", 4),
    ("may", 5),
    ("mai", 5),
    ("mei", 5),
    ("maj", 5),
    ("mag", 5),
    ("máj", 5),
    ("touko", 5),
    ("kvě", 5),
    ("май", 5),
    ("мая", 5),
    ("тра", 5),
    ("junh", 6),
    ("juni", 6),
    ("june", 6),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("kesä", 6),
    ("cze", 6),
    ("iun", 6),
    ("haz", 6),
    ("июн", 6),
    ("чер", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("heinä", 7),
    ("iul", 7),
    ("tem", 7),
    ("lip", 7),
    ("июл", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("elo", 8),
    ("sie", 8),
    ("srp", 8),
    ("ağu", 8),
    ("авг", 8),
    ("sep", 9),
    ("set", 9),
    ("szep", 9),
    ("syys", 9),
    ("wrz", 9),
    ("zář", 9),
    ("eyl", 9),
    ("сен", 9),
    ("okt", 10),
    ("oct", 10),
    ("out", 10),
    ("ott", 10),
    ("loka", 10),
    ("nov", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
];

/// Names that would be eaten by a shorter beginning above, or are whole words only.
const MORE_MONTHS: &[(&str, i8)] = &[
    ("červenec", 7),
    ("července", 7),
    ("červen", 6),
    ("června", 6),
    ("srpen", 8),
    ("srpna", 8),
    ("říj", 10),
    ("lis", 11),
    ("paź", 10),
    ("gru", 12),
    ("pro", 12),
    ("marras", 11),
    ("joulu", 12),
    ("dic", 12),
    ("ara", 12),
    ("окт", 10),
    ("ноя", 11),
    ("дек", 12),
];

/// The day named in `text`, `YYYY-MM-DD`.
pub fn day(text: &str) -> Result<String, NoDay> {
    let words = words(text);
    if let Some(found) = east_asian(text).or_else(|| iso(text)).or_else(|| named_month(&words)) {
        return Ok(found);
    }
    numeric(text)
}

fn make(year: i64, month: i64, day: i64) -> Option<String> {
    let year = if (0..100).contains(&year) { if year < 70 { 2000 + year } else { 1900 + year } } else { year };
    if !(1990..=2100).contains(&year) {
        return None;
    }
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.to_string())
}

#[derive(Debug, PartialEq)]
enum Word<'a> {
    Number(i64, usize),
    Letters(&'a str),
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let same: fn(char) -> bool = if c.is_ascii_digit() {
            |c| c.is_ascii_digit()
        } else if c.is_alphabetic() {
            char::is_alphabetic
        } else {
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        out.push(match word.parse() {
            Ok(n) => Word::Number(n, word.len()),
            Err(_) => Word::Letters(word),
        });
        rest = &rest[end..];
    }
    out
}

fn month(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    if word.chars().count() < 3 {
        return None;
    }
    MORE_MONTHS.iter().chain(MONTHS).find(|(name, _)| word.starts_with(name)).map(|(_, n)| i64::from(*n))
}

/// `Mar 19, 2025`, `19 mars 2025`, `Mon Mar 13 14:43:45 UTC 2023`, `2025 Mar 19`.
fn named_month(words: &[Word<'_>]) -> Option<String> {
    words.iter().enumerate().find_map(|(i, word)| {
        let Word::Letters(name) = word else { return None };
        let month = month(name)?;
        let before = i.checked_sub(1).and_then(|b| match words[b] {
            Word::Number(n, len) => Some((n, len)),
            Word::Letters(_) => None,
        });
        // `19 de marzo de 2025`
        let before = before.or_else(|| match words.get(i.checked_sub(2)?..i)? {
            [Word::Number(n, len), Word::Letters("de" | "di" | "do" | "of")] => Some((*n, *len)),
            _ => None,
        });
        let numbers: Vec<(i64, usize)> = words[i + 1..]
            .iter()
            .filter_map(|w| match w {
                Word::Number(n, len) => Some((*n, *len)),
                Word::Letters(_) => None,
            })
            .collect();
        match (before, numbers.as_slice()) {
            (Some((year, 4)), [(day, 1 | 2), ..]) => make(year, month, *day),
            (Some((day, 1 | 2)), [(year, 4), ..]) => make(*year, month, day),
            (Some((day, 1 | 2)), [(year, 2)]) => make(*year, month, day),
            (_, [(day, 1 | 2), rest @ ..]) => rest.iter().find(|(_, len)| *len == 4).and_then(|(year, _)| make(*year, month, *day)),
            _ => None,
        }
    })
}

/// `2025-03-19`, `2025/3/19`, `2025.03.19`.
fn iso(text: &str) -> Option<String> {
    numbers(text).find(|(a, ..)| a.1 == 4).and_then(|(year, month, day)| make(year.0, month.0, day.0))
}

/// `2025年3月19日`, `一月 11, 2018`, `2025년 3월 19일`.
fn east_asian(text: &str) -> Option<String> {
    let words = words(text);
    if let Some(at) = text.find(['月', '월']) {
        const TENS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
        let before = &text[..at];
        let number = |w: &Word<'_>| match w {
            Word::Number(n, len) => Some((*n, *len)),
            Word::Letters(_) => None,
        };
        let spelled = (1i64..).zip(TENS).filter(|(_, name)| before.ends_with(name)).map(|(n, _)| n).last();
        let all: Vec<(i64, usize)> = words.iter().filter_map(number).collect();
        let year = all.iter().find(|(_, len)| *len == 4)?.0;
        let small: Vec<i64> = all.iter().filter(|(_, len)| *len <= 2).map(|(n, _)| *n).collect();
        return match spelled {
            Some(month) => make(year, month, *small.first()?),
            None => make(year, *small.first()?, *small.get(1)?),
        };
    }
    None
}

/// `24.02.2015`, `19/03/2025`: taken when only one reading is a day of the calendar. With dots the day comes first everywhere.
fn numeric(text: &str) -> Result<String, NoDay> {
    let found = numbers(text).find(|(one, two, year)| one.1 <= 2 && two.1 <= 2 && (year.1 == 4 || year.1 == 2));
    let Some((one, two, year)) = found else { return Err(NoDay::None) };
    let day_first = make(year.0, two.0, one.0);
    let dotted = text.contains(&format!("{}.", one.0)) && text.contains('.') && !text.contains('/');
    if dotted {
        return day_first.ok_or(NoDay::None);
    }
    match (day_first, make(year.0, one.0, two.0)) {
        (Some(european), Some(american)) if european == american => Ok(european),
        (Some(european), Some(american)) => Err(NoDay::Ambiguous(european, american)),
        (Some(only), None) | (None, Some(only)) => Ok(only),
        (None, None) => Err(NoDay::None),
    }
}

type Digits = (i64, usize);

/// Three numbers joined by the same separator.
fn numbers(text: &str) -> impl Iterator<Item = (Digits, Digits, Digits)> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == '(' || c == ')').filter_map(|token| {
        let separator = token.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
        let token = token.split(['T', ' ']).next()?.trim_end_matches(['.', '-', '/']);
        let mut parts = token.split(separator).map(|p| p.parse::<i64>().ok().map(|n| (n, p.len())));
        let out = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_many_languages() {
        for (text, expected) in [
            ("Mar 19, 2025", "2025-03-19"),
            ("Okt 12, 2016", "2016-10-12"),
            ("24.02.2015", "2015-02-24"),
            ("一月 11, 2018", "2018-01-11"),
            ("十二月 3, 2018", "2018-12-03"),
            ("2025年3月19日", "2025-03-19"),
            ("19 mars 2025", "2025-03-19"),
            ("19 de marzo de 2025", "2025-03-19"),
            ("Mon Mar 13 14:43:45 UTC 2023", "2023-03-13"),
            ("Mon Oct 14 16:05:52 CEST 2013", "2013-10-14"),
            ("7. července 2014", "2014-07-07"),
            ("19/03/2025", "2025-03-19"),
            ("3/19/2025", "2025-03-19"),
            ("2025-03-19 14:02", "2025-03-19"),
            ("Juli 4, 2016", "2016-07-04"),
            ("май 9, 2019", "2019-05-09"),
            ("Jun 11, 2025 14:18", "2025-06-11"),
        ] {
            assert_eq!(day(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn two_readings_are_not_one() {
        assert_eq!(day("03/04/2025"), Err(NoDay::Ambiguous("2025-04-03".into(), "2025-03-04".into())));
        assert_eq!(day("yesterday"), Err(NoDay::None));
        assert_eq!(day("Room 5, 2nd floor"), Err(NoDay::None));
    }
}
