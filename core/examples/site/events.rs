//! What `/events` sends: waves, each with its number.

/// The number of the first wave for a client that may have heard some before, as its Last-Event-ID says.
pub(crate) fn first_wave(last_event_id: Option<&[u8]>) -> u64 {
    let last = last_event_id.and_then(|id| core::str::from_utf8(id).ok()).and_then(|id| id.parse().ok());
    last.map_or(1, |last: u64| last.saturating_add(1))
}

/// The data of the wave of this number.
pub(crate) fn wave_text(number: u64) -> String {
    format!("wave {number}")
}

#[cfg(test)]
mod tests {
    use super::first_wave;

    #[test]
    fn a_client_goes_on_where_it_stopped() {
        assert_eq!(first_wave(None), 1);
        assert_eq!(first_wave(Some(b"7")), 8);
        assert_eq!(first_wave(Some(b"seven")), 1);
        assert_eq!(first_wave(Some(b"18446744073709551615")), u64::MAX);
    }
}
