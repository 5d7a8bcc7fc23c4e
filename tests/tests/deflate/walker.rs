//! A reader of DEFLATE straight from RFC 1951, bit by bit, that notes how far back it is referred.

/// What a message was made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walked {
    /// The longest distance.
    pub(crate) distance: usize,
    /// How many matches there were.
    pub(crate) matches: usize,
}

/// Why it cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unreadable(#[allow(dead_code, reason = "shown when a test fails")] &'static str);

const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Reads the payload of one message, with what was cut off behind it, and appends its content to
/// that of the messages before it.
pub(crate) fn walk(payload: &[u8], content: &mut Vec<u8>) -> Result<Walked, Unreadable> {
    let mut walked = Walked::default();
    let octets = [payload, &[0, 0, 0xff, 0xff]].concat();
    let mut bits = Bits { octets: &octets, at: 0 };
    loop {
        if payload.is_empty() {
            return Ok(walked);
        }
        let is_final = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, content)?,
            1 => {
                let literals = [vec![8; 144], vec![9; 112], vec![7; 24], vec![8; 8]].concat();
                symbols(&mut bits, &Code::new(&literals)?, &Code::new(&[5; 30])?, content, &mut walked)?;
            }
            2 => {
                let (literals, distances) = codes(&mut bits)?;
                symbols(&mut bits, &literals, &distances, content, &mut walked)?;
            }
            _ => return Err(Unreadable("reserved block")),
        }
        if is_final {
            bits.at = bits.at.next_multiple_of(8);
            if bits.at == 8 * payload.len() {
                return Ok(walked);
            }
        }
        if bits.at == 8 * octets.len() {
            return Ok(walked);
        }
    }
}

fn stored(bits: &mut Bits<'_>, content: &mut Vec<u8>) -> Result<(), Unreadable> {
    bits.at = bits.at.next_multiple_of(8);
    let (length, complement) = (bits.take(16)?, bits.take(16)?);
    if length ^ complement != 0xffff {
        return Err(Unreadable("length of a stored block"));
    }
    for _ in 0..length {
        content.push(u8::try_from(bits.take(8)?).unwrap());
    }
    Ok(())
}

fn codes(bits: &mut Bits<'_>) -> Result<(Code, Code), Unreadable> {
    let (literals, distances, count) = (257 + bits.take(5)?, 1 + bits.take(5)?, 4 + bits.take(4)?);
    if literals > 286 || distances > 30 {
        return Err(Unreadable("too many symbols"));
    }
    let mut lengths = [0; 19];
    for place in &ORDER[..count] {
        lengths[*place] = bits.take(3)?;
    }
    let code = Code::new(&lengths)?;
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.read(bits)? {
            16 => (*lengths.last().ok_or(Unreadable("nothing to repeat"))?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length, 1),
        };
        lengths.extend(vec![length; times]);
    }
    if lengths.len() > literals + distances {
        return Err(Unreadable("too many lengths"));
    }
    Ok((Code::new(&lengths[..literals])?, Code::new(&lengths[literals..])?))
}

fn symbols(
    bits: &mut Bits<'_>,
    literals: &Code,
    distances: &Code,
    content: &mut Vec<u8>,
    walked: &mut Walked,
) -> Result<(), Unreadable> {
    loop {
        let symbol = literals.read(bits)?;
        if symbol < 256 {
            content.push(u8::try_from(symbol).unwrap());
            continue;
        }
        if symbol == 256 {
            return Ok(());
        }
        let (base, extra) = *LENGTHS.get(symbol - 257).ok_or(Unreadable("length symbol"))?;
        let length = base + bits.take(extra)?;
        let symbol = distances.read(bits)?;
        let distance = match u32::try_from(symbol).unwrap() {
            0..=3 => symbol + 1,
            small @ 4..=29 => ((2 + symbol % 2) << (small / 2 - 1)) + 1 + bits.take(small / 2 - 1)?,
            _ => return Err(Unreadable("distance symbol")),
        };
        let start = content.len().checked_sub(distance).ok_or(Unreadable("distance"))?;
        for at in start..start + length {
            content.push(content[at]);
        }
        walked.distance = walked.distance.max(distance);
        walked.matches += 1;
    }
}

struct Bits<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Result<usize, Unreadable> {
        let mut value = 0;
        for place in 0..count {
            let octet = self.octets.get(self.at / 8).ok_or(Unreadable("end of input"))?;
            value |= usize::from(octet >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }
}

/// Section 3.2.2: symbols in the order of their codes, and how many codes of each length there are.
struct Code {
    symbols: Vec<usize>,
    counts: [usize; 16],
}

impl Code {
    fn new(lengths: &[usize]) -> Result<Self, Unreadable> {
        let (mut symbols, mut counts, mut free) = (Vec::new(), [0; 16], 1_usize);
        for (length, count) in counts.iter_mut().enumerate().skip(1) {
            let before = symbols.len();
            symbols.extend(lengths.iter().enumerate().filter(|(_, this)| **this == length).map(|(symbol, _)| symbol));
            *count = symbols.len() - before;
            free = (2 * free).checked_sub(*count).ok_or(Unreadable("over-subscribed"))?;
        }
        Ok(Self { symbols, counts })
    }

    fn read(&self, bits: &mut Bits<'_>) -> Result<usize, Unreadable> {
        let (mut value, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            value = value << 1 | bits.take(1)?;
            if value < first + count {
                return Ok(self.symbols[index + value - first]);
            }
            index += count;
            first = (first + count) << 1;
        }
        Err(Unreadable("no such code"))
    }
}
