//! Messages through an inflater or a deflater, in the pieces that a test asks for.

use sanderling::ws::deflate::{Deflate, Inflate, InflateError, MessageDeflater, MessageInflater, Part, Status};

/// What a message is inflated to, whose payload has arrived so far at each read.
pub(crate) fn inflate<C: Inflate>(
    inflater: &mut MessageInflater<C>,
    payload: &[u8],
    arrivals: impl IntoIterator<Item = usize>,
    scratch: usize,
) -> Result<Vec<u8>, InflateError> {
    let mut content = Vec::new();
    inflate_into(inflater, payload, arrivals, scratch, &mut content).map(|()| content)
}

/// The same, and what comes before an error.
pub(crate) fn inflate_into<C: Inflate>(
    inflater: &mut MessageInflater<C>,
    payload: &[u8],
    arrivals: impl IntoIterator<Item = usize>,
    scratch: usize,
    content: &mut Vec<u8>,
) -> Result<(), InflateError> {
    let mut scratch = vec![0; scratch];
    let mut used = 0;
    for arrived in arrivals {
        let last = arrived == payload.len();
        loop {
            let coded = inflater.inflate(&payload[used..arrived], last, &mut scratch)?;
            used += coded.read;
            content.extend_from_slice(&scratch[..coded.written]);
            match coded.status {
                // Where there was room an error follows.
                Status::NeedRoom if coded.written < scratch.len() => {
                    assert!(coded.written > 0);
                    let next = inflater.inflate(&payload[used..arrived], last, &mut scratch);
                    return Err(next.expect_err("there was room"));
                }
                Status::NeedRoom => {}
                Status::NeedInput => {
                    assert!(!last && used == arrived, "{used} of {arrived} octets used");
                    break;
                }
                Status::End => {
                    assert!(last && used == arrived, "{used} of {arrived} octets used");
                    return Ok(());
                }
            }
        }
    }
    panic!("the last read was not the end")
}

/// Goes on with a message by one part, in room of these sizes, again and again, and appends to
/// `payload`.
pub(crate) fn deflate<C: Deflate>(
    deflater: &mut MessageDeflater<C>,
    input: &[u8],
    part: Part,
    rooms: &[usize],
    payload: &mut Vec<u8>,
) {
    let mut rooms = rooms.iter().cycle();
    let mut used = 0;
    loop {
        let mut room = vec![0; *rooms.next().unwrap()];
        let coded = deflater.deflate(&input[used..], part, &mut room);
        used += coded.read;
        payload.extend_from_slice(&room[..coded.written]);
        match coded.status {
            Status::NeedRoom => assert_eq!(coded.written, room.len(), "there was room"),
            Status::NeedInput => {
                assert!(part != Part::Last && used == input.len());
                return;
            }
            Status::End => {
                assert!(part == Part::Last && used == input.len());
                return;
            }
        }
    }
}
