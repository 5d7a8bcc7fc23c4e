//! The first layer: parsers, decoders, the UTF-8 validator.

use core::hint::black_box;

use sanderling::http::{BodyPart, ChunkedDecoder, Limits, RequestParser, ResponseParser};
use sanderling::ws::Utf8Validator;

use super::{Run, Task, repeat};

pub(super) fn request_head(task: &Task) -> Run {
    let (limits, mut input) = (Limits::default(), task.input.to_vec());
    let (_, head) = RequestParser::new().parse(&mut input, &limits).unwrap().unwrap();
    assert!(head.fields().map(|field| (field.name().as_bytes(), field.value())).eq(task.fields()));
    repeat(task.input.len(), move || {
        let (used, head) = RequestParser::new().parse(black_box(&mut input), &limits).unwrap().unwrap();
        black_box(&head);
        used
    })
}

pub(super) fn request_fields(task: &Task) -> Run {
    let (limits, mut input) = (Limits::default(), task.input.to_vec());
    let expected = task.fields().iter().map(|(name, value)| name.len() + value.len()).sum();
    repeat(expected, move || {
        let (_, head) = RequestParser::new().parse(black_box(&mut input), &limits).unwrap().unwrap();
        head.fields().map(|field| black_box(field.name()).len() + black_box(field.value()).len()).sum()
    })
}

pub(super) fn response_head(task: &Task) -> Run {
    let (limits, mut input) = (Limits::default(), task.input.to_vec());
    let (_, head) = ResponseParser::new().parse(&mut input, &limits).unwrap().unwrap();
    assert!(head.fields().map(|field| (field.name().as_bytes(), field.value())).eq(task.fields()));
    repeat(task.input.len(), move || {
        let (used, head) = ResponseParser::new().parse(black_box(&mut input), &limits).unwrap().unwrap();
        black_box(&head);
        used
    })
}

pub(super) fn chunks(task: &Task) -> Run {
    let (limits, input, mut decoder) = (Limits::default(), task.input, ChunkedDecoder::new());
    repeat(task.content(), move || {
        let (mut rest, mut content) = (black_box(input), 0);
        loop {
            let (used, part) = decoder.decode(rest, &limits).unwrap();
            rest = &rest[used..];
            match part {
                BodyPart::Data(data) => content += black_box(data).len(),
                BodyPart::NeedInput => return content,
                BodyPart::End(_) => unreachable!("no chunk is the last"),
            }
        }
    })
}

pub(super) fn utf8(task: &Task) -> Run {
    let input = task.input;
    repeat(input.len(), move || {
        let mut validator = Utf8Validator::new();
        validator.check(black_box(input)).unwrap();
        assert!(validator.is_complete());
        input.len()
    })
}
