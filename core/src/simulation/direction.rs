//! One direction of a link.

use alloc::collections::VecDeque;
use core::time::Duration;

use super::{Conditions, Received};
use crate::Tick;

/// Octets on their way, in pieces that each arrive at a moment of their own.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) conditions: Conditions,
    octets: VecDeque<u8>,
    pieces: VecDeque<Piece>,
    /// When the line has carried all that was sent so far.
    carried: Tick,
    /// Nothing arrives before this: there is no overtaking.
    arrived: Tick,
    /// When the end of the stream arrives.
    end: Option<Tick>,
    reset: Option<Reset>,
}

#[derive(Debug)]
struct Piece {
    len: usize,
    /// How many octets more may join it, as long as it is the moment at which it was sent.
    room: usize,
    sent: Tick,
    latency: Duration,
    arrival: Tick,
}

#[derive(Clone, Copy, Debug)]
struct Reset {
    arrival: Tick,
    /// What arrived before and was not read is lost as well, as some systems do it.
    discards: bool,
}

impl Direction {
    pub(super) fn new(conditions: Conditions) -> Self {
        Self {
            conditions,
            octets: VecDeque::new(),
            pieces: VecDeque::new(),
            carried: Tick::ZERO,
            arrived: Tick::ZERO,
            end: None,
            reset: None,
        }
    }

    /// How many octets can be sent before the sender has to wait.
    pub(super) fn room(&self) -> usize {
        self.conditions.buffer.max(1).saturating_sub(self.octets.len())
    }

    /// Sends as much as there is room for. Gives the number of octets, and whether a reset was drawn.
    pub(super) fn send(&mut self, octets: &[u8], now: Tick, chance: &mut dyn FnMut() -> u64) -> (usize, bool) {
        let accepted = octets.get(..self.room()).unwrap_or(octets);
        self.octets.extend(accepted);
        let mut left = accepted.len();
        let mut is_reset = false;
        self.carried = self.carried.max(now);
        while left > 0 {
            if self.pieces.back().is_none_or(|last| last.sent != now || last.room == 0) {
                let (room, latency) = (self.conditions.draw_piece(chance), self.conditions.draw_latency(chance));
                is_reset |= self.conditions.draw_reset(chance);
                self.pieces.push_back(Piece { len: 0, room, sent: now, latency, arrival: now });
            }
            if let Some(last) = self.pieces.back_mut() {
                let len = left.min(last.room);
                last.len += len;
                last.room -= len;
                left -= len;
                self.carried = self.carried + self.conditions.carry(len);
                self.arrived = self.arrived.max(self.carried + last.latency);
                last.arrival = self.arrived;
            }
        }
        (accepted.len(), is_reset)
    }

    /// Ends the stream behind what was sent.
    pub(super) fn send_end(&mut self, now: Tick, chance: &mut dyn FnMut() -> u64) {
        if self.end.is_none() {
            self.arrived = self.arrived.max(self.carried.max(now) + self.conditions.draw_latency(chance));
            self.end = Some(self.arrived);
        }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Sends a reset at `moment`. Chance decides whether it is ahead of what is under way, and
    /// whether it takes with it what has arrived and was not read.
    pub(super) fn send_reset(&mut self, moment: Tick, chance: &mut dyn FnMut() -> u64) {
        let latency = self.conditions.draw_latency(chance);
        let (overtakes, discards) = (chance() & 1 == 0, chance() & 1 == 0);
        let arrival = if overtakes { moment + latency } else { self.arrived.max(moment + latency) };
        if self.reset.is_none_or(|reset| reset.arrival > arrival) {
            self.reset = Some(Reset { arrival, discards });
        }
    }

    /// Whether the receiver knows of a reset.
    pub(super) fn is_reset(&self, now: Tick) -> bool {
        self.reset.is_some_and(|reset| reset.arrival <= now)
    }

    /// When the first octets that were not received arrive, or did.
    pub(super) fn first_arrival(&self) -> Option<Tick> {
        self.pieces.front().map(|piece| piece.arrival)
    }

    pub(super) fn is_readable(&self, now: Tick) -> bool {
        self.first_arrival().or(self.end).is_some_and(|arrival| arrival <= now) || self.is_reset(now)
    }

    pub(super) fn next_arrival(&self, now: Tick) -> Option<Tick> {
        let arrival = self.first_arrival().or(self.end).filter(|arrival| *arrival > now);
        let reset = self.reset.map(|reset| reset.arrival).filter(|arrival| *arrival > now);
        arrival.into_iter().chain(reset).min()
    }

    pub(super) fn receive(&mut self, room: &mut [u8], now: Tick) -> Received {
        let reset = self.reset.filter(|reset| reset.arrival <= now);
        // What would have arrived after the reset never does.
        let until = reset.map_or(now, |reset| reset.arrival);
        if reset.is_some_and(|reset| reset.discards) {
            return Received::Reset;
        }
        match self.pieces.front_mut() {
            Some(piece) if piece.arrival <= until => {
                let len = piece.len.min(room.len());
                for (to, from) in room.iter_mut().zip(self.octets.drain(..len)) {
                    *to = from;
                }
                piece.len -= len;
                if piece.len == 0 {
                    self.pieces.pop_front();
                }
                Received::Octets(len)
            }
            _ if reset.is_some() => Received::Reset,
            None if self.end.is_some_and(|arrival| arrival <= now) => Received::End,
            _ => Received::Nothing,
        }
    }
}
