//! Dates (RFC 9110 section 5.6.7).

use core::str::from_utf8;

use crate::octet::number::Digits;

/// A date as `IMF-fixdate`, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// ```
/// use sanderling::semantics::HttpDate;
///
/// assert_eq!(HttpDate::from_unix(784_111_777).as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpDate([u8; 29]);

const DAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The last second of the year 9999, beyond which the format has no digits.
const LAST: u64 = 253_402_300_799;

impl HttpDate {
    /// The date so many seconds after 1 January 1970, leap seconds not counted. Beyond the year
    /// 9999 it stands still.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let seconds = seconds.min(LAST);
        let (days, time) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let mut date = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        let mut put = |at: usize, text: &[u8]| {
            if let Some(room) = date.get_mut(at..at + text.len()) {
                room.copy_from_slice(text);
            }
        };
        put(0, DAYS.get((days % 7) as usize).copied().unwrap_or(b"Thu"));
        put(8, MONTHS.get(month).copied().unwrap_or(b"Jan"));
        put(12, Digits::decimal(year).as_bytes());
        for (at, number) in [(5, day), (17, time / 3600), (20, time / 60 % 60), (23, time % 60)] {
            put(at, &[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
        }
        Self(date)
    }

    /// The 29 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        from_utf8(&self.0).unwrap_or_default()
    }

    /// The same as octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 29] {
        &self.0
    }
}

/// Year, month from zero and day from one, in the Gregorian calendar.
fn civil(days: u64) -> (u64, usize, u64) {
    let mut year = 1970 + days / 146_097 * 400;
    let mut left = days % 146_097;
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    loop {
        let len = if is_leap(year) { 366 } else { 365 };
        if left < len {
            break;
        }
        left -= len;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 0;
    for len in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < len {
            break;
        }
        left -= len;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (LAST, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(HttpDate::from_unix(seconds).as_str(), date);
        }
    }
}
