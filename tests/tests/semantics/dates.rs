//! Reads `date.vec`.

use proptest::prelude::*;
use sanderling::semantics::HttpDate;

use crate::records::{cases, check_each, limit};

#[test]
fn the_records() {
    check_each("date.vec", |record, value| {
        let now = limit(record, "now").unwrap_or(1_500_000_000);
        vec![HttpDate::parse(value, now).map_or("none".into(), |date| format!("unix {}", date.unix())).into_bytes()]
    });
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The other formats of a date, made from its text.
fn obsolete(date: HttpDate) -> [String; 2] {
    let words: Vec<&str> = date.as_str().split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let [name, day, month, year, time, _] = words[..] else { panic!("{date}") };
    let long = DAYS.iter().find(|day| day.starts_with(name)).unwrap();
    let short_day = day.strip_prefix('0').map_or(day.to_owned(), |digit| format!(" {digit}"));
    [format!("{long}, {day}-{month}-{} {time} GMT", &year[2..]), format!("{name} {month} {short_day} {time} {year}")]
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn what_is_written_is_read(seconds in 0..=253_402_300_799_u64, now: u64) {
        let date = HttpDate::from_unix(seconds);
        prop_assert_eq!(date.unix(), seconds as i64);
        prop_assert_eq!(HttpDate::parse(date.as_bytes(), now), Some(date));
        prop_assert_eq!(HttpDate::parse(obsolete(date)[1].as_bytes(), now), Some(date));
        prop_assert_eq!(date.cmp(&HttpDate::from_unix(now)), seconds.cmp(&now.min(253_402_300_799)));
    }

    /// Two digits are read right as long as the date is within 49 years before and after.
    #[test]
    fn two_digits_are_near(now in 2_000_000_000..100_000_000_000_u64, away in -49_i64 * 31_556_952..49 * 31_556_952) {
        let date = HttpDate::from_unix(now.saturating_add_signed(away));
        prop_assert_eq!(HttpDate::parse(obsolete(date)[0].as_bytes(), now), Some(date));
    }

    /// A date with one octet changed is another date or none, and what is read is written the same, but
    /// for the name of the day and leap seconds.
    #[test]
    fn one_octet_changed(seconds in 0..4_000_000_000_u64, at in 4..29_usize, octet: u8) {
        let mut text = *HttpDate::from_unix(seconds).as_bytes();
        text[at] = octet;
        if let Some(date) = HttpDate::parse(&text, 0) && !text.ends_with(b":60 GMT") {
            prop_assert_eq!(&date.as_bytes()[3..], &text[3..]);
        }
    }
}
