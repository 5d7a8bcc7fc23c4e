//! The room: who is in it, and how what one says comes to all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sanderling::drive::Text;

use super::MEMBERS;

/// Puts a line into a member's queue, or says that this is full. It must not wait.
type Put = Box<dyn Fn(Text) -> bool + Send>;

/// All who are there. Every member gets the same lines in the same order.
#[derive(Default)]
pub(crate) struct Room {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    members: Vec<Member>,
    /// How many have ever entered.
    entered: u64,
}

struct Member {
    number: u64,
    name: String,
    put: Put,
}

/// A place in the room. Who drops it leaves.
pub(crate) struct Seat {
    room: Arc<Room>,
    number: u64,
}

impl Room {
    /// Enters a member, whose lines `put` puts into its queue. A name that is taken gets a number.
    /// `None` if the room is full.
    ///
    /// Who is slower than its queue is long has left: `put` is dropped, which ends the queue behind
    /// what is in it.
    pub(crate) fn enter(self: &Arc<Self>, name: &str, put: impl Fn(Text) -> bool + Send + 'static) -> Option<Seat> {
        let mut state = self.lock();
        if state.members.len() >= MEMBERS {
            return None;
        }
        let name = state.free_name(name);
        state.tell(format!("joined\t{name}"));
        state.entered += 1;
        let number = state.entered;
        let here = state.members.iter().fold(format!("here\t{name}"), |line, other| line + "\t" + &other.name);
        // The queue is empty yet.
        put(Text::from(here.as_str()));
        state.members.push(Member { number, name, put: Box::new(put) });
        Some(Seat { room: Arc::clone(self), number })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Says something to all. Who was dropped is heard no more.
    pub(crate) fn say(&self, text: &str) {
        let mut state = self.room.lock();
        let speaker = state.members.iter().find(|member| member.number == self.number);
        let line = speaker.map(|speaker| format!("said\t{}\t{text}", speaker.name));
        line.into_iter().for_each(|line| state.tell(line));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        if let Some(at) = state.members.iter().position(|member| member.number == self.number) {
            let Member { name, .. } = state.members.remove(at);
            state.tell(format!("left\t{name}"));
        }
    }
}

impl State {
    /// Puts the line into all queues. Those it does not fit into are of members that leave thereby, and
    /// the others are told.
    fn tell(&mut self, line: String) {
        let mut lines = VecDeque::from([line]);
        while let Some(line) = lines.pop_front() {
            let line = Text::from(line.as_str());
            self.members.retain(|member| {
                let has_room = (member.put)(line.clone());
                if !has_room {
                    lines.push_back(format!("left\t{}", member.name));
                }
                has_room
            });
        }
    }

    fn free_name(&self, name: &str) -> String {
        let is_free = |name: &String| !self.members.iter().any(|member| member.name == *name);
        let numbered = (2..).map(|number: u64| format!("{name} {number}"));
        core::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

    use super::{MEMBERS, Room, Seat};
    use sanderling::drive::Text;

    fn enter(room: &Arc<Room>, name: &str, queue: usize) -> (Seat, Receiver<Text>) {
        let (lines, queued) = sync_channel::<Text>(queue);
        (room.enter(name, move |line| lines.try_send(line).is_ok()).unwrap(), queued)
    }

    fn waiting(queue: &Receiver<Text>) -> Vec<String> {
        queue.try_iter().map(|line| line.to_string()).collect()
    }

    #[test]
    fn all_get_the_same_in_the_same_order() {
        let room = Arc::default();
        let (ada, adas) = enter(&room, "Ada", 10);
        let (bob, bobs) = enter(&room, "Bob", 10);
        bob.say("a\tb");
        ada.say("");
        drop(ada);
        bob.say("alone");
        let common = ["said\tBob\ta\tb", "said\tAda\t"];
        assert_eq!(waiting(&adas), [&["here\tAda", "joined\tBob"][..], &common].concat());
        assert_eq!(waiting(&bobs), [&["here\tBob\tAda"][..], &common, &["left\tAda", "said\tBob\talone"]].concat());
    }

    #[test]
    fn who_is_too_slow_leaves() {
        let room = Arc::default();
        let (slow, slows) = enter(&room, "slow", 3);
        let (two, _twos) = enter(&room, "two", 2);
        drop(two);
        let (quick, quicks) = enter(&room, "quick", 100);
        assert_eq!(waiting(&quicks), ["here\tquick"]);
        // The line that does not fit is lost to it, and all that come after.
        quick.say("one");
        quick.say("two");
        slow.say("too late");
        assert_eq!(waiting(&slows), ["here\tslow", "joined\ttwo", "left\ttwo"]);
        assert_eq!(slows.try_recv(), Err(TryRecvError::Disconnected));
        assert_eq!(waiting(&quicks), ["said\tquick\tone", "said\tquick\ttwo"]);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let room = Arc::default();
        let (first, _firsts) = enter(&room, "Ada", 10);
        let (_second, seconds) = enter(&room, "Ada", 10);
        let (_third, thirds) = enter(&room, "Ada", 10);
        drop(first);
        let (_fourth, fourths) = enter(&room, "Ada", 10);
        assert_eq!(waiting(&seconds).first().unwrap(), "here\tAda 2\tAda");
        assert_eq!(waiting(&thirds).first().unwrap(), "here\tAda 3\tAda\tAda 2");
        assert_eq!(waiting(&fourths).first().unwrap(), "here\tAda\tAda 2\tAda 3");
    }

    #[test]
    fn the_room_has_an_end() {
        let room = Arc::new(Room::default());
        let mut all: Vec<_> = (0..MEMBERS).map(|_| room.enter("x", |_| true).unwrap()).collect();
        assert!(room.enter("x", |_| true).is_none());
        all.pop();
        assert!(room.enter("x", |_| true).is_some());
    }
}
