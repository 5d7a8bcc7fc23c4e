//! Numbers as ASCII digits.

/// `1*DIGIT` as a number; `None` if anything else stands there or it passes `u64`.
pub(crate) fn parse_decimal(octets: &[u8]) -> Option<u64> {
    if octets.is_empty() {
        return None;
    }
    octets.iter().try_fold(0_u64, |value, octet| {
        let digit = octet.is_ascii_digit().then(|| u64::from(octet - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether this is a number of so few digits that it fits into `u64`.
pub(crate) fn is_decimal(octets: &[u8]) -> bool {
    (1..20).contains(&octets.len()) && octets.iter().all(u8::is_ascii_digit)
}

/// The number whose digits stand in front, which is known to fit; 0 if there are none.
pub(crate) fn leading_decimal(octets: &[u8]) -> u64 {
    let digits = octets.iter().map_while(|octet| octet.is_ascii_digit().then(|| u64::from(octet - b'0')));
    digits.fold(0, |value, digit| value.wrapping_mul(10).wrapping_add(digit))
}

/// The value of each octet as a `HEXDIG`, and -1 for those that are none.
#[allow(clippy::indexing_slicing)] // at compile time
const HEX: [i8; 256] = {
    let mut table = [-1; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as i8;
        table[b"0123456789ABCDEF"[value] as usize] = value as i8;
        value += 1;
    }
    table
};

/// The value of one `HEXDIG`, either case, and -1 for anything else.
#[inline]
#[allow(clippy::indexing_slicing)] // an octet cannot leave a table of 256
pub(crate) fn hex_value(octet: u8) -> i8 {
    HEX[usize::from(octet)]
}

/// The value of one `HEXDIG`, either case.
#[inline]
pub(crate) fn hex_digit(octet: u8) -> Option<u8> {
    u8::try_from(hex_value(octet)).ok()
}

/// How many digits a number has.
#[inline]
pub(crate) const fn decimal_len(number: u64) -> usize {
    match number {
        0..10 => 1,
        10..100 => 2,
        100..1_000 => 3,
        1_000..10_000 => 4,
        _ => number.ilog10() as usize + 1,
    }
}

/// Fills the room with the lowest digits of a number.
#[inline]
pub(crate) fn write_decimal(mut number: u64, room: &mut [u8]) {
    for octet in room.iter_mut().rev() {
        *octet = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Digits of a number on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    octets: [u8; 20],
    start: u8,
}

impl Digits {
    #[inline]
    pub(crate) fn decimal(number: u64) -> Self {
        Self::radix::<10>(number)
    }

    #[inline]
    pub(crate) fn hex(number: u64) -> Self {
        Self::radix::<16>(number)
    }

    /// A constant radix needs no division.
    #[inline]
    fn radix<const RADIX: u64>(mut number: u64) -> Self {
        let mut digits = Self { octets: [0; 20], start: 20 };
        for octet in digits.octets.iter_mut().rev() {
            let digit = (number % RADIX) as u8;
            *octet = if RADIX <= 10 || digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
            digits.start -= 1;
            number /= RADIX;
            if number == 0 {
                break;
            }
        }
        digits
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.octets.get(usize::from(self.start)..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_back() {
        for number in [0, 1, 9, 10, 16, 255, 65_535, u64::MAX] {
            assert_eq!(parse_decimal(Digits::decimal(number).as_bytes()), Some(number));
            let hex = Digits::hex(number);
            let back = hex.as_bytes().iter().fold(0, |value, &octet| value << 4 | u64::from(hex_digit(octet).unwrap()));
            assert_eq!(back, number);
        }
    }

    #[test]
    fn digits_in_place() {
        let mut number = u64::MAX;
        while number > 0 {
            for number in [number - 1, number, number.saturating_add(1)] {
                let mut room = [0; 20];
                let room = &mut room[..decimal_len(number)];
                write_decimal(number, room);
                assert_eq!(room, Digits::decimal(number).as_bytes());
            }
            number /= 10;
        }
    }

    #[test]
    fn only_digits_within_u64_are_a_number() {
        for bad in ["", "+1", "-1", " 1", "1 ", "0x1", "1_0", "18446744073709551616"] {
            assert_eq!(parse_decimal(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse_decimal(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_decimal(b"0005"), Some(5));
    }
}
