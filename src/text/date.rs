//! Calendar dates, `YYYY-MM-DD` only, and the intervals people write (`6 months`).

use jiff::Span as Interval;
use jiff::civil::Date;

/// Parses a strict `YYYY-MM-DD` date.
pub fn parse(text: &str) -> Option<Date> {
    let form = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if form { text.parse().ok() } else { None }
}

/// Parses an interval such as `6 months`, `2 weeks`, `90 days`, `1 year`.
pub fn parse_interval(text: &str) -> Option<Interval> {
    let (number, unit) = text.trim().split_once(' ')?;
    let n: i64 = number.parse().ok().filter(|n| *n > 0 && *n < 10_000)?;
    match unit.trim().trim_end_matches('s') {
        "day" => Interval::new().try_days(n).ok(),
        "week" => Interval::new().try_weeks(n).ok(),
        "month" => Interval::new().try_months(n).ok(),
        "year" => Interval::new().try_years(n).ok(),
        _ => None,
    }
}

/// Whole days from `a` to `b`; negative when `b` is earlier.
pub fn days_between(a: Date, b: Date) -> i64 {
    a.until(b).map_or(0, |s| i64::from(s.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_dates_and_worded_intervals() {
        assert!(parse("2026-02-30").is_none());
        assert!(parse("2026-2-3").is_none());
        let due = parse("2026-02-28").unwrap().checked_add(parse_interval("6 months").unwrap()).unwrap();
        assert_eq!(due.to_string(), "2026-08-28");
        assert_eq!(days_between(due, parse("2026-09-01").unwrap()), 4);
        assert!(parse_interval("6 moons").is_none());
    }
}
