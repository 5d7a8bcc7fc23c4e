//! Time as a number, and what is measured with it.

mod pace;
mod tick;

pub use pace::MinRate;
pub(crate) use pace::Pace;
pub use tick::Tick;
pub(crate) use tick::sooner;
