//! Reads `range.vec`, `range-field.vec`, `content-range.vec` and `multipart.vec`, and compares sets of
//! ranges with what a list of single octets makes of them.

use proptest::collection::vec;
use proptest::prelude::*;
use sanderling::http::Method;
use sanderling::semantics::{
    Boundary, ByteRange, ByteRangeSet, ContentRange, MAX_RANGES, Multipart, RangeRequest, RangeSpec, range_specs,
    write_range,
};

use crate::records::{cases, check, check_each, limit, octets, with_fields, written};

fn told(request: RangeRequest) -> Vec<Vec<u8>> {
    let line = |kind: &str, range: ByteRange| format!("{kind} {}-{}", range.first(), range.last()).into_bytes();
    match request {
        RangeRequest::Whole => vec![b"whole".to_vec()],
        RangeRequest::Unsatisfiable => vec![b"unsatisfiable".to_vec()],
        RangeRequest::Single(range) => vec![line("single", range)],
        RangeRequest::Multiple(set) => set.ranges().iter().map(|range| line("part", *range)).collect(),
    }
}

#[test]
fn ranges() {
    check_each("range.vec", |record, value| told(RangeRequest::parse(value, limit(record, "length").unwrap())));
}

#[test]
fn fields() {
    check("range-field.vec", |record| {
        let methods = record.value("request").unwrap().split(' ').map(|method| Method::new(method).unwrap());
        let mut told: Vec<_> = methods
            .map(|method| told(with_fields(&octets(record, "in"), |fields| RangeRequest::read(method, fields, 10_000))))
            .collect();
        told.dedup();
        told.concat()
    });
}

#[test]
fn content_ranges() {
    check_each("content-range.vec", |_, value| {
        let told = match ContentRange::parse(value) {
            Some(ContentRange::Range(range, length)) => {
                let length = length.map_or("*".into(), |length| length.to_string());
                format!("range {}-{}/{length}", range.first(), range.last())
            }
            Some(ContentRange::Unsatisfied(length)) => format!("unsatisfied {length}"),
            None => "none".into(),
        };
        vec![told.into_bytes()]
    });
}

/// All pieces of a multipart content, and its length as it was promised.
fn pieces(multipart: &Multipart<'_>, data: impl Fn(ByteRange) -> Vec<u8>) -> Vec<Vec<u8>> {
    let part =
        |part: sanderling::semantics::Part<'_>| [written(|out| part.write_head(out)), data(part.range())].concat();
    let mut pieces: Vec<_> = multipart.parts().map(part).collect();
    pieces.push(written(|out| multipart.write_end(out)));
    pieces
}

#[test]
fn multiparts() {
    let octet = |at| b'a' + (at % 26) as u8;
    check("multipart.vec", |record| {
        let value = &octets(record, "in")[0];
        let content_type = octets(record, "request").pop().map(|value| String::from_utf8(value).unwrap());
        let RangeRequest::Multiple(set) = RangeRequest::parse(value, limit(record, "length").unwrap()) else {
            panic!("{record}: several ranges are asked for")
        };
        let boundary = Boundary::new([0xab; 16]);
        let Some(multipart) = Multipart::new(set, content_type.as_deref(), boundary) else {
            return vec![b"refused".to_vec()];
        };
        let expected = format!("multipart/byteranges; boundary={}", boundary.as_str());
        assert_eq!(multipart.content_type().to_string(), expected);
        assert_eq!(multipart.content_type().as_ref(), expected.as_bytes());
        let pieces = pieces(&multipart, |range| (range.first()..=range.last()).map(octet).collect());
        assert_eq!(pieces.concat().len() as u64, multipart.content_length());
        pieces
    });
}

#[test]
fn a_multipart_that_passes_u64_is_refused() {
    let RangeRequest::Multiple(set) = RangeRequest::parse(b"bytes=0-0,2-", u64::MAX) else { panic!() };
    assert!(Multipart::new(set, None, Boundary::new([0; 16])).is_none());
    let RangeRequest::Multiple(set) = RangeRequest::parse(b"bytes=0-0,1000-", u64::MAX) else { panic!() };
    let multipart = Multipart::new(set, None, Boundary::new([0; 16])).unwrap();
    assert!(multipart.content_length() > u64::MAX - 1000);
}

fn specs(most: u64) -> impl Strategy<Value = Vec<RangeSpec>> {
    let spec = prop_oneof![
        (0..most).prop_map(RangeSpec::From),
        (0..most, 0..8_u64).prop_map(|(first, more)| RangeSpec::FromTo(first, first + more)),
        (0..most, 0..most).prop_map(|(one, other)| RangeSpec::FromTo(one.min(other), one.max(other))),
        (0..most / 2).prop_map(RangeSpec::Suffix),
    ];
    vec(spec, 1..12)
}

/// Whether a range has this octet, as section 14.1.2 says it.
fn has(spec: RangeSpec, at: u64, length: u64) -> bool {
    match spec {
        RangeSpec::From(first) => at >= first,
        RangeSpec::FromTo(first, last) => (first..=last).contains(&at),
        RangeSpec::Suffix(suffix) => length - at <= suffix,
    }
}

/// The sets of octets that come of the ranges, one for each part, in the order of the first range that is
/// in each. Parts are the runs of octets that are asked for.
fn parts_octet_by_octet(specs: &[RangeSpec], length: u64) -> Vec<Vec<u64>> {
    let asked: Vec<u64> = (0..length).filter(|at| specs.iter().any(|spec| has(*spec, *at, length))).collect();
    let mut parts: Vec<Vec<u64>> = asked.chunk_by(|one, other| one + 1 == *other).map(<[u64]>::to_vec).collect();
    parts.sort_by_key(|part| specs.iter().position(|spec| part.iter().any(|at| has(*spec, *at, length))));
    parts
}

fn octets_of(range: ByteRange) -> Vec<u64> {
    assert_eq!(range.len(), (range.first()..=range.last()).count() as u64);
    (range.first()..=range.last()).collect()
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn exactly_the_octets_that_were_asked_for((length, specs) in (0..60_u64).prop_flat_map(|length| (Just(length), specs(length + 9)))) {
        let value = written(|out| write_range(&specs, out));
        let expected = parts_octet_by_octet(&specs, length);
        match RangeRequest::parse(&value, length) {
            RangeRequest::Whole => {
                prop_assert!(length == 0 && specs.iter().any(|spec| matches!(spec, RangeSpec::Suffix(1..))));
            }
            RangeRequest::Unsatisfiable => prop_assert!(expected.is_empty()),
            RangeRequest::Single(range) => prop_assert_eq!(vec![octets_of(range)], expected),
            RangeRequest::Multiple(set) => {
                prop_assert!(expected.len() > 1);
                prop_assert_eq!(set.complete_length(), length);
                prop_assert_eq!(set.ranges().iter().copied().map(octets_of).collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn the_length_that_was_promised(
        (length, specs) in (2..400_u64).prop_flat_map(|length| (Just(length), specs(length))),
        content_type in proptest::option::of("[a-z]{1,9}/[a-z]{1,9}"),
        random: [u8; 16],
    ) {
        let value = written(|out| write_range(&specs, out));
        if let RangeRequest::Multiple(set) = RangeRequest::parse(&value, length) {
            let multipart = Multipart::new(set, content_type.as_deref(), Boundary::new(random)).unwrap();
            let content = pieces(&multipart, |range| vec![b'x'; range.len() as usize]).concat();
            prop_assert_eq!(content.len() as u64, multipart.content_length());
            // Read as a client would.
            let delimiter = format!("\r\n--{}", Boundary::new(random).as_str());
            let text = format!("\r\n{}", String::from_utf8(content).unwrap());
            let mut read: Vec<_> = text.split(&delimiter).collect();
            prop_assert_eq!(read.remove(0), "");
            prop_assert_eq!(read.pop(), Some("--\r\n"));
            prop_assert_eq!(read.len(), set.ranges().len());
            for (part, range) in read.into_iter().zip(set.ranges()) {
                let (head, data) = part.split_once("\r\n\r\n").unwrap();
                prop_assert_eq!(data.len() as u64, range.len());
                let content_range = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Range: ")).unwrap();
                prop_assert_eq!(ContentRange::parse(content_range.as_bytes()), Some(range.content_range(length)));
                let named = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Type: "));
                prop_assert_eq!(named, content_type.as_deref());
            }
        }
    }

    #[test]
    fn what_is_written_is_read(specs in specs(u64::MAX - 9), one: u64, other: u64, length: Option<u64>) {
        let value = written(|out| write_range(&specs, out));
        prop_assert_eq!(range_specs(&value).unwrap().collect::<Vec<_>>(), specs);
        let mut all = vec![ContentRange::Unsatisfied(one)];
        if let Some(range) = ByteRange::new(one.min(other), one.max(other))
            && length.is_none_or(|length| length > range.last())
        {
            all.push(ContentRange::Range(range, length));
        }
        for content_range in all {
            let text = written(|out| content_range.write(out));
            prop_assert!(text.len() <= ContentRange::LONGEST);
            prop_assert_eq!(ContentRange::parse(&text), Some(content_range));
        }
    }

    /// Whatever is asked for, what is sent is within the representation, and no octet is sent twice.
    #[test]
    fn no_request_asks_for_more_than_there_is(value in "bytes=[0-9,\\- \t]{0,60}", length in prop_oneof![0..300_u64, any::<u64>()]) {
        let within = |set: &[ByteRange]| {
            let total: u128 = set.iter().map(|range| u128::from(range.len())).sum();
            set.len() <= MAX_RANGES && total <= length.into() && set.iter().all(|range| range.last() < length)
        };
        match RangeRequest::parse(value.as_bytes(), length) {
            RangeRequest::Single(range) => prop_assert!(within(&[range])),
            RangeRequest::Multiple(set) => prop_assert!(within(ByteRangeSet::ranges(&set))),
            RangeRequest::Whole | RangeRequest::Unsatisfiable => {}
        }
    }
}

#[test]
fn the_longest_content_range() {
    let range = ByteRange::new(u64::MAX - 1, u64::MAX - 1).unwrap();
    assert_eq!(written(|out| range.content_range(u64::MAX).write(out)).len(), ContentRange::LONGEST);
    assert_eq!(ByteRange::new(0, u64::MAX), None);
}
