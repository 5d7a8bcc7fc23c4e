//! How octets are written in a vector file, as text or in hexadecimal.

/// Reads text with the escapes `\r \n \t \0 \\ \xNN` and `\{X*N}`, which is X N times.
///
/// # Errors
///
/// What is wrong with the text.
pub fn text(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        octets.extend_from_slice(plain.as_bytes());
        let mut chars = escaped.chars();
        let octet = match chars.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('x') => {
                let digits = escaped.get(1..3).ok_or("two digits belong behind \\x")?;
                chars = escaped.get(3..).unwrap_or_default().chars();
                u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?
            }
            Some('{') => {
                let (inside, after) = chars.as_str().split_once('}').ok_or("\\{ without }")?;
                octets.extend(repeated(inside, self::text)?);
                rest = after;
                continue;
            }
            other => return Err(format!("unknown escape {other:?}")),
        };
        octets.push(octet);
        rest = chars.as_str();
    }
    octets.extend_from_slice(rest.as_bytes());
    Ok(octets)
}

/// Reads hexadecimal digits. Blanks do not count, and `{HEX*N}` is HEX N times.
///
/// # Errors
///
/// What is wrong with the digits.
pub fn hex(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, braced)) = rest.split_once('{') {
        octets.extend(digits(plain)?);
        let (inside, after) = braced.split_once('}').ok_or("{ without }")?;
        octets.extend(repeated(inside, digits)?);
        rest = after;
    }
    octets.extend(digits(rest)?);
    Ok(octets)
}

fn digits(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|char| !char.is_whitespace())
        .map(|char| char.to_digit(16).ok_or_else(|| format!("{char:?} is no hexadecimal digit")))
        .collect::<Result<_, _>>()?;
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() {
        return Err("half an octet".into());
    }
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).map_err(|error| error.to_string())).collect()
}

/// `X*N`, where X may have asterisks of its own.
fn repeated(inside: &str, read: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Vec<u8>, String> {
    let (once, times) = inside.rsplit_once('*').ok_or("a repetition needs *")?;
    Ok(read(once)?.repeat(times.parse().map_err(|_| "a repetition needs a number")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_escapes() {
        assert_eq!(text("a\\r\\n\\t\\0\\\\\\xffb"), Ok(b"a\r\n\t\0\\\xffb".to_vec()));
        assert_eq!(text("\\{*\\r*3}{x}"), Ok(b"*\r*\r*\r{x}".to_vec()));
        for bad in ["\\", "\\q", "\\x1", "\\xgg", "\\{a*3", "\\{a}", "\\{a*b}"] {
            assert!(text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hex_with_repetitions() {
        assert_eq!(hex("8 1 fF{0a 0b*2}00"), Ok(vec![0x81, 0xff, 10, 11, 10, 11, 0]));
        for bad in ["8", "0g", "{00", "{00}", "{0*2}"] {
            assert!(hex(bad).is_err(), "{bad}");
        }
    }
}
