//! The decoder of chunks by itself: a connection asks it no more once the body is complete, others may.

use sanderling::http::{BodyPart, ChunkedDecoder, Limits};

#[test]
fn what_is_complete_stays_so() {
    let mut decoder = ChunkedDecoder::default();
    let limits = Limits::default();
    let octets = b"1\r\na\r\n0\r\nA: b\r\n\r\n5\r\nnext";
    let (data, part) = decoder.decode(octets, &limits).unwrap();
    assert!(matches!(part, BodyPart::Data(b"a")));
    let (end, part) = decoder.decode(&octets[data..], &limits).unwrap();
    let BodyPart::End(trailers) = part else { panic!("{part:?}") };
    assert_eq!(trailers.first("a"), Some(&b"b"[..]));
    for _ in 0..2 {
        let (used, part) = decoder.decode(&octets[data + end..], &limits).unwrap();
        assert!(used == 0 && matches!(part, BodyPart::End(trailers) if trailers.is_empty()));
    }
}
