//! What is measured: tasks, each done by us and by what others wrote, on the same input. Every answer is
//! held to what it has to be.

mod ours;
#[cfg(feature = "peers")]
mod peers;
mod table;
mod task;

pub(crate) use table::print_tables;
pub(crate) use task::{Group, Task};

/// Does a task so many rounds.
type Run = Box<dyn FnMut(u64)>;

/// Who does the tasks of a group: under which name, and how.
struct Subject {
    name: &'static str,
    kind: Kind,
    prepare: fn(&Task) -> Run,
}

/// What a subject is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of our layers.
    Ours,
    /// The same, by others.
    #[cfg_attr(not(feature = "peers"), allow(dead_code))]
    Peer,
    /// Less than the task: what cannot be avoided.
    #[cfg_attr(not(feature = "peers"), allow(dead_code))]
    Floor,
}

/// A task and who does it.
pub(crate) struct Case {
    pub(crate) task: Task,
    pub(crate) subject: &'static str,
    pub(crate) kind: Kind,
    run: Run,
}

impl Case {
    /// Does the task so many rounds, which are [`Task::operations`] each.
    pub(crate) fn run(&mut self, rounds: u64) {
        (self.run)(rounds);
    }

    /// The task and who does it: the same in every run, and no other's.
    pub(crate) fn name(&self) -> String {
        format!("{}, {}: {}", self.task.group.title(), self.task.name, self.subject)
    }
}

/// All cases whose name contains `filter`, by group and task.
pub(crate) fn all(filter: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for group in Group::ALL {
        for task in group.tasks() {
            let subjects = ours::subjects(group).into_iter();
            #[cfg(feature = "peers")]
            let subjects = subjects.chain(peers::subjects(group));
            cases.extend(subjects.map(|subject| Case {
                run: (subject.prepare)(&task),
                subject: subject.name,
                kind: subject.kind,
                task: task.clone(),
            }));
        }
    }
    cases.retain(|case| case.name().contains(filter));
    cases
}

/// Repeats an operation, whose answer has to be this one each time.
fn repeat(expected: usize, mut operation: impl FnMut() -> usize + 'static) -> Run {
    Box::new(move |rounds| {
        for _ in 0..rounds {
            assert_eq!(operation(), expected);
        }
    })
}
