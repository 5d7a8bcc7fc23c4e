//! How good or bad a link is.

use core::ops::RangeInclusive;
use core::time::Duration;

/// What a link does to the octets that it carries in one direction. The default is a perfect line:
/// everything arrives at once and whole.
///
/// ```
/// use core::time::Duration;
/// use sanderling::simulation::Conditions;
///
/// let mut poor = Conditions::default();
/// poor.latency = Duration::from_millis(20)..=Duration::from_millis(300);
/// poor.piece = 1..=40;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// How long a piece is under way; drawn for each. Pieces do not overtake each other. Default 0.
    pub latency: RangeInclusive<Duration>,
    /// Octets in a second. Default `None`: any number.
    pub bandwidth: Option<u64>,
    /// How many octets arrive together, 1 at least; drawn for each piece. Octets sent at different
    /// moments never do. Default `usize::MAX`: all that are sent together.
    pub piece: RangeInclusive<usize>,
    /// How many octets can be under way or unread before the sender has to wait, 1 at least. Default
    /// 65,536.
    pub buffer: usize,
    /// How many of a million pieces have the connection reset, in both directions and from somewhere
    /// on the way. Default 0.
    pub resets: u32,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO..=Duration::ZERO,
            bandwidth: None,
            piece: usize::MAX..=usize::MAX,
            buffer: 65_536,
            resets: 0,
        }
    }
}

impl Conditions {
    /// Some line, drawn from everything between a perfect one and one that carries single octets
    /// slowly. It never resets; for that set [`Conditions::resets`].
    pub fn draw(chance: &mut dyn FnMut() -> u64) -> Self {
        let mut any = |choices: &[u64]| choices.get(below(chance, choices.len() as u64) as usize).copied().unwrap_or(0);
        let latency = any(&[0, 0, 1, 20, 200]);
        let spread = any(&[0, 1, 30, 800]);
        let bandwidth = any(&[0, 0, 0, 500, 20_000, 1_000_000]);
        let smallest = any(&[1, 1, 2, 100]);
        let largest = any(&[0, 3, 30, 1_000, 100_000]);
        let buffer = any(&[1, 50, 1_000, 65_536, 65_536]);
        Self {
            latency: Duration::from_millis(latency)..=Duration::from_millis(latency + spread),
            bandwidth: Some(bandwidth).filter(|bandwidth| *bandwidth > 0),
            piece: smallest as usize..=(smallest + largest) as usize,
            buffer: buffer as usize,
            resets: 0,
        }
    }

    /// How long the line takes for so many octets.
    pub(super) fn carry(&self, octets: usize) -> Duration {
        let nanos = self
            .bandwidth
            .map_or(0, |bandwidth| (octets as u128 * 1_000_000_000).div_ceil(u128::from(bandwidth.max(1))));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    pub(super) fn draw_latency(&self, chance: &mut dyn FnMut() -> u64) -> Duration {
        let nanos = |duration: &Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(within(chance, nanos(self.latency.start()), nanos(self.latency.end())))
    }

    pub(super) fn draw_piece(&self, chance: &mut dyn FnMut() -> u64) -> usize {
        within(chance, *self.piece.start() as u64, *self.piece.end() as u64).max(1) as usize
    }

    pub(super) fn draw_reset(&self, chance: &mut dyn FnMut() -> u64) -> bool {
        self.resets > 0 && below(chance, 1_000_000) < u64::from(self.resets)
    }
}

/// A number below `end`; 0 if there is none.
pub(super) fn below(chance: &mut dyn FnMut() -> u64, end: u64) -> u64 {
    if end <= 1 { 0 } else { chance() % end }
}

/// A number of a range; its start if that is not below its end.
fn within(chance: &mut dyn FnMut() -> u64, start: u64, end: u64) -> u64 {
    match end.saturating_sub(start) {
        0 => start,
        u64::MAX => chance(),
        width => start + chance() % (width + 1),
    }
}
