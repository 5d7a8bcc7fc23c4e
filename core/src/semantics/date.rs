//! Dates (RFC 9110 section 5.6.7).
//!
//! ```text
//! Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
//! Sunday, 06-Nov-94 08:49:37 GMT   RFC 850, obsolete
//! Sun Nov  6 08:49:37 1994         asctime, obsolete
//! ```

use core::fmt;
use core::str::from_utf8;

use crate::octet::number::{Digits, parse_decimal};

/// A moment to the second in the years 0 to 9999, which is all that the format has digits for. It is
/// written as `IMF-fixdate`; earlier dates are less than later ones.
///
/// ```
/// use sanderling::semantics::HttpDate;
///
/// let date = HttpDate::from_unix(784_111_777);
/// assert_eq!(date.as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
///
/// let now = 1_500_000_000;
/// assert_eq!(HttpDate::parse(b"Sun, 06 Nov 1994 08:49:37 GMT", now), Some(date));
/// assert_eq!(HttpDate::parse(b"Sunday, 06-Nov-94 08:49:37 GMT", now), Some(date));
/// assert_eq!(HttpDate::parse(b"Sun Nov  6 08:49:37 1994", now), Some(date));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate {
    // First, because dates are ordered by it.
    unix: i64,
    text: [u8; 29],
}

const DAYS: [&[u8; 3]; 7] = [b"Sat", b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri"];
const LONG_DAYS: [&[u8]; 7] = [b"Saturday", b"Sunday", b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// From the first day of the year 0 to that of 1970, in seconds.
const EPOCH: u64 = 719_528 * 86_400;

/// The last second of the year 9999, counted from the year 0.
const LAST: u64 = EPOCH + 253_402_300_799;

impl HttpDate {
    /// The date so many seconds after 1 January 1970, leap seconds not counted. Beyond the year
    /// 9999 it stands still.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        Self::from_year_zero(seconds.saturating_add(EPOCH))
    }

    /// Reads a date in one of the three formats; `None` if it is none of them to the letter, or no day
    /// of the calendar.
    ///
    /// A year of two digits is the last such year that puts the date at most 50 years after `now`,
    /// which is in seconds after 1 January 1970.
    ///
    /// The name of the day has to be one, but need not fit, and the year may be any of four digits: a
    /// date that is ignored in If-Unmodified-Since lets a change through, so what a peer got slightly
    /// wrong is better taken. A leap second, 23:59:60, is the second that follows it.
    #[must_use]
    pub fn parse(value: &[u8], now: u64) -> Option<Self> {
        let (calendar, time) =
            imf_fixdate(value).or_else(|| asctime_date(value)).or_else(|| rfc850_date(value, now))?;
        Some(Self::from_year_zero(days_of(calendar)? * 86_400 + time))
    }

    /// Seconds after 1 January 1970; negative before it.
    #[must_use]
    pub const fn unix(&self) -> i64 {
        self.unix
    }

    /// The 29 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        from_utf8(&self.text).unwrap_or_default()
    }

    /// The same as octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 29] {
        &self.text
    }

    fn from_year_zero(seconds: u64) -> Self {
        let seconds = seconds.min(LAST);
        let (days, time) = (seconds / 86_400, seconds % 86_400);
        let Calendar { year, month, day } = calendar(days);
        let mut text = *b"Thu, 01 Jan 0000 00:00:00 GMT";
        let mut put = |at: usize, octets: &[u8]| {
            if let Some(room) = text.get_mut(at..at + octets.len()) {
                room.copy_from_slice(octets);
            }
        };
        put(0, DAYS.get((days % 7) as usize).copied().unwrap_or(b"Sat"));
        put(8, MONTHS.get(month).copied().unwrap_or(b"Jan"));
        let digits = Digits::decimal(year);
        put(16_usize.saturating_sub(digits.as_bytes().len()), digits.as_bytes());
        for (at, number) in [(5, day), (17, time / 3600), (20, time / 60 % 60), (23, time % 60)] {
            put(at, &[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
        }
        Self { unix: seconds as i64 - EPOCH as i64, text }
    }
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AsRef<[u8]> for HttpDate {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

/// A day of the Gregorian calendar; the month counts from zero. Days are ordered as in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Calendar {
    year: u64,
    month: usize,
    day: u64,
}

/// A day, and the second of the day.
type Moment = (Calendar, u64);

/// `day-name "," SP 2DIGIT SP month SP 4DIGIT SP time-of-day SP GMT`
fn imf_fixdate(value: &[u8]) -> Option<Moment> {
    let value = after_name(value, &DAYS)?.strip_prefix(b", ")?.strip_suffix(b" GMT")?;
    let [d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', time @ ..] = value else { return None };
    let (month, day) = (month_of([*m1, *m2, *m3])?, parse_decimal(&[*d1, *d2])?);
    Some((Calendar { year: parse_decimal(&[*y1, *y2, *y3, *y4])?, month, day }, time_of_day(time)?))
}

/// `day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP time-of-day SP GMT`
fn rfc850_date(value: &[u8], now: u64) -> Option<Moment> {
    let value = after_name(value, &LONG_DAYS)?.strip_prefix(b", ")?.strip_suffix(b" GMT")?;
    let [d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' ', time @ ..] = value else { return None };
    let (month, day, time) = (month_of([*m1, *m2, *m3])?, parse_decimal(&[*d1, *d2])?, time_of_day(time)?);
    let now = now.saturating_add(EPOCH).min(LAST);
    let horizon = calendar(now / 86_400);
    let horizon = (Calendar { year: horizon.year + 50, ..horizon }, now % 86_400);
    // The last year with these two digits up to that of the horizon, or the one a century before.
    let digits = parse_decimal(&[*y1, *y2])?;
    let year = horizon.0.year - (horizon.0.year + 100 - digits) % 100;
    let date = Calendar { year, month, day };
    if (date, time) <= horizon {
        return Some((date, time));
    }
    Some((Calendar { year: year.checked_sub(100)?, ..date }, time))
}

/// `day-name SP month SP ( 2DIGIT / ( SP DIGIT )) SP time-of-day SP 4DIGIT`
fn asctime_date(value: &[u8]) -> Option<Moment> {
    let value = after_name(value, &DAYS)?;
    let [b' ', m1, m2, m3, b' ', d1, d2, b' ', time @ .., b' ', y1, y2, y3, y4] = value else { return None };
    let day = if *d1 == b' ' { parse_decimal(&[*d2])? } else { parse_decimal(&[*d1, *d2])? };
    let month = month_of([*m1, *m2, *m3])?;
    Some((Calendar { year: parse_decimal(&[*y1, *y2, *y3, *y4])?, month, day }, time_of_day(time)?))
}

/// What stands behind the name of a day.
fn after_name<'a>(value: &'a [u8], names: &[impl AsRef<[u8]>]) -> Option<&'a [u8]> {
    names.iter().find_map(|name| value.strip_prefix(name.as_ref()))
}

fn month_of(name: [u8; 3]) -> Option<usize> {
    MONTHS.iter().position(|month| **month == name)
}

/// `00:00:00` to `23:59:60` as the second of the day; the leap second is the first of the next day.
fn time_of_day(time: &[u8]) -> Option<u64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else { return None };
    let number = |tens: &u8, ones: &u8| parse_decimal(&[*tens, *ones]);
    let (hour, minute, second) = (number(h1, h2)?, number(m1, m2)?, number(s1, s2)?);
    let is_leap = (hour, minute, second) == (23, 59, 60);
    (hour < 24 && minute < 60 && (second < 60 || is_leap)).then_some(hour * 3600 + minute * 60 + second)
}

/// Days from the first of the year 0 to this one; `None` if the calendar does not have it.
fn days_of(date: Calendar) -> Option<u64> {
    let lengths = month_lengths(date.year);
    let is_day = date.day >= 1 && date.day <= *lengths.get(date.month)?;
    let before = lengths.get(..date.month)?.iter().sum::<u64>();
    is_day.then(|| days_before(date.year) + before + date.day - 1)
}

/// The day so many days after the first of the year 0.
fn calendar(days: u64) -> Calendar {
    // 400 years are 146 097 days. The estimate is at most one year off.
    let mut year = days * 400 / 146_097;
    if days_before(year) > days {
        year -= 1;
    } else if days_before(year + 1) <= days {
        year += 1;
    }
    let mut left = days - days_before(year);
    let mut month = 0;
    for length in month_lengths(year) {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    Calendar { year, month, day: left + 1 }
}

/// Days of all years from 0 up to this one. The year 0 was a leap year.
fn days_before(year: u64) -> u64 {
    year * 365 + year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400)
}

fn month_lengths(year: u64) -> [u64; 12] {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_UNIX: u64 = LAST - EPOCH;

    #[test]
    fn known_dates() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (LAST_UNIX, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(HttpDate::from_unix(seconds).as_str(), date);
        }
    }

    #[test]
    fn each_day_is_the_one_after_the_one_before() {
        // The calendar repeats itself after 400 years.
        let mut expected = Calendar { year: 0, month: 0, day: 1 };
        for days in 0..days_before(802) {
            assert!(calendar(days) == expected && days_of(expected) == Some(days), "{days}");
            expected.day += 1;
            if expected.day > month_lengths(expected.year)[expected.month] {
                expected = Calendar { month: (expected.month + 1) % 12, day: 1, ..expected };
                expected.year += u64::from(expected.month == 0);
            }
        }
        assert_eq!((expected.year, expected.month, expected.day), (802, 0, 1));
    }

    #[test]
    fn ends_of_the_range() {
        let first = HttpDate::parse(b"Sat, 01 Jan 0000 00:00:00 GMT", 0).unwrap();
        assert_eq!((first.unix(), first.as_str()), (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"));
        let last = HttpDate::parse(b"Fri, 31 Dec 9999 23:59:60 GMT", 0).unwrap();
        assert_eq!(last, HttpDate::from_unix(LAST_UNIX));
        for now in [0, u64::MAX] {
            assert!(HttpDate::parse(b"Friday, 31-Dec-99 23:59:60 GMT", now).is_some());
        }
    }
}
