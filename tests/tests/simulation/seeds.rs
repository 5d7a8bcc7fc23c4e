//! Scenarios tried with one seed after another.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use sanderling::simulation::World;

/// What a scenario gives: nothing, or what is wrong.
pub(crate) type Verdict = Result<(), String>;

/// Runs a scenario with `count` seeds, or as the environment says. `name` is the test's name.
pub(crate) fn try_all(name: &str, count: u64, scenario: impl Fn(&mut World, &mut Rng) -> Verdict) {
    if let Some(seed) = number("SANDERLING_SEED") {
        let (verdict, world) = try_one(seed, &scenario, true);
        println!("{}", world.transcript());
        assert_eq!(verdict, Ok(()), "{name}, seed {seed}");
        return;
    }
    for seed in 0..number("SANDERLING_SEEDS").unwrap_or(count) {
        if try_one(seed, &scenario, false).0.is_err() {
            // It goes the same way again, now with a transcript.
            let (verdict, world) = try_one(seed, &scenario, true);
            let what = verdict.err().unwrap_or_else(|| "it was right when it was tried again".to_owned());
            panic!(
                "{}\nseed {seed}: {what}\n\nSANDERLING_SEED={seed} cargo test -p sanderling-tests --test simulation -- {name} --nocapture\n",
                world.transcript()
            );
        }
    }
}

fn try_one(seed: u64, scenario: &impl Fn(&mut World, &mut Rng) -> Verdict, is_shown: bool) -> (Verdict, World) {
    let mut rng = Rng::with_seed(seed);
    let mut chance = rng.fork();
    let mut world = World::new(move || chance.u64(..));
    if !is_shown {
        world = world.without_transcript();
    }
    // What panics is shown with its conversation, too.
    let verdict = catch_unwind(AssertUnwindSafe(|| scenario(&mut world, &mut rng)));
    let verdict = verdict.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or_default()))
    });
    (verdict, world)
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}
