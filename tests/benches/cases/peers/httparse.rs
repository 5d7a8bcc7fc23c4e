//! httparse: heads alone; and with them the least that a server could do, which answers with fixed octets and
//! looks at nothing.

use core::hint::black_box;
use core::mem::MaybeUninit;

use httparse::{EMPTY_HEADER, Header, ParserConfig, Request, Response, Status};

use super::{ANSWER, Run, Task, repeat};

/// So many fields have room, as in sanderling.
const FIELDS: usize = 100;

pub(super) fn request_head(task: &Task) -> Run {
    check(task);
    let input = task.input;
    repeat(input.len(), move || {
        let mut headers = [EMPTY_HEADER; FIELDS];
        let mut request = Request::new(&mut headers);
        let used = complete(request.parse(black_box(input)));
        black_box(&request);
        used
    })
}

pub(super) fn request_head_uninit(task: &Task) -> Run {
    let input = task.input;
    repeat(input.len(), move || {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut request = Request::new(&mut []);
        let used = complete(request.parse_with_uninit_headers(black_box(input), &mut headers));
        black_box(&request);
        used
    })
}

pub(super) fn request_fields(task: &Task) -> Run {
    let input = task.input;
    let expected = task.fields().iter().map(|(name, value)| name.len() + value.len()).sum();
    repeat(expected, move || {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut request = Request::new(&mut []);
        complete(request.parse_with_uninit_headers(black_box(input), &mut headers));
        request.headers.iter().map(|field| black_box(field.name).len() + black_box(field.value).len()).sum()
    })
}

pub(super) fn response_head(task: &Task) -> Run {
    let input = task.input;
    repeat(input.len(), move || {
        let mut headers = [EMPTY_HEADER; FIELDS];
        let mut response = Response::new(&mut headers);
        let used = complete(response.parse(black_box(input)));
        black_box(&response);
        used
    })
}

pub(super) fn response_head_uninit(task: &Task) -> Run {
    let (input, config) = (task.input, ParserConfig::default());
    repeat(input.len(), move || {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut response = Response::new(&mut []);
        let used = complete(config.parse_response_with_uninit_headers(&mut response, black_box(input), &mut headers));
        black_box(&response);
        used
    })
}

pub(super) fn cycle(task: &Task) -> Run {
    let (input, mut buffer, mut out) = (task.input, task.input.to_vec(), Vec::new());
    repeat(ANSWER.len() * task.operations as usize, move || {
        buffer.copy_from_slice(black_box(input));
        out.clear();
        let mut rest = buffer.as_slice();
        while !rest.is_empty() {
            let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
            let mut request = Request::new(&mut []);
            let used = complete(request.parse_with_uninit_headers(rest, &mut headers));
            assert!(black_box(request.path).unwrap().len() > 1);
            out.extend_from_slice(ANSWER);
            rest = &rest[used..];
        }
        black_box(&out).len()
    })
}

/// It finds the fields that are there.
fn check(task: &Task) {
    let mut headers: [Header<'_>; FIELDS] = [EMPTY_HEADER; FIELDS];
    let mut request = Request::new(&mut headers);
    complete(request.parse(task.input));
    assert!(request.headers.iter().map(|field| (field.name.as_bytes(), field.value)).eq(task.fields()));
}

fn complete(status: httparse::Result<usize>) -> usize {
    match status.unwrap() {
        Status::Complete(used) => used,
        Status::Partial => panic!("the head is whole"),
    }
}
