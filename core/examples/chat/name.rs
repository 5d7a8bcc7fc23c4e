//! The names of members.

use sanderling::semantics::{percent_decode, query_pairs};

/// Characters of a name.
const LONGEST: usize = 32;

/// The name in a query such as `name=Ada+Lovelace`, if it can be shown.
pub(crate) fn name(query: &str) -> Option<String> {
    let (_, value) = query_pairs(query).find(|(key, _)| *key == "name")?;
    // Forms write blanks so.
    let value = value.replace('+', " ");
    let octets = percent_decode(value.as_bytes()).collect::<Result<Vec<_>, _>>().ok()?;
    let name = String::from_utf8(octets).ok()?.trim().to_owned();
    let is_shown = !name.is_empty() && name.chars().count() <= LONGEST && !name.contains(char::is_control);
    is_shown.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_decoded_and_can_be_shown() {
        assert_eq!(name("name=Ada+Lovelace").as_deref(), Some("Ada Lovelace"));
        assert_eq!(name("x=1&name=%20gr%C3%BC%C3%9Fe%20&y").as_deref(), Some("grüße"));
        let longest = "é".repeat(32);
        assert_eq!(name(&format!("name={longest}")), Some(longest));
        let too_long = format!("name={}", "a".repeat(33));
        for query in ["", "name", "name=", "name=+", "names=a", "name=%f", "name=%ff", "name=a%09b", &too_long] {
            assert_eq!(name(query), None, "{query}");
        }
    }
}
