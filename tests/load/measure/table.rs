//! What was measured, as tables.

/// What one round came to.
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) processor_micros: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// All rounds of one server.
pub(crate) struct LoadRow {
    pub(crate) server: &'static str,
    pub(crate) samples: Vec<Sample>,
}

impl LoadRow {
    pub(crate) fn new(server: &'static str) -> Self {
        Self { server, samples: Vec::new() }
    }

    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(of).collect())
    }

    /// The median of what each round was to the same round of another server.
    fn ratio(&self, to: &Self) -> f64 {
        let pairs = self.samples.iter().zip(&to.samples);
        median(pairs.map(|(this, other)| this.processor_micros / other.processor_micros).collect())
    }
}

/// What an idle connection costs one server.
pub(crate) struct IdleRow {
    pub(crate) server: &'static str,
    pub(crate) octets: f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}

const FLOOR: &str = "floor";

pub(crate) fn print_load(rows: &[LoadRow]) {
    let floor = rows.iter().find(|row| row.server == FLOOR);
    println!("| server | processor time each, µs | times the floor's | each second | p50, µs | p99, µs |");
    println!("|---|--:|--:|--:|--:|--:|");
    for row in rows {
        let ratio = floor.map_or_else(String::new, |floor| format!("{:.2}", row.ratio(floor)));
        println!(
            "| {} | {:.2} | {ratio} | {:.0} | {:.0} | {:.0} |",
            row.server,
            row.median(|sample| sample.processor_micros),
            row.median(|sample| sample.per_second),
            row.median(|sample| sample.p50),
            row.median(|sample| sample.p99),
        );
    }
}

pub(crate) fn print_idle(rows: &[IdleRow]) {
    println!("| server | octets for each connection |");
    println!("|---|--:|");
    for row in rows {
        println!("| {} | {:.0} |", row.server, row.octets);
    }
}
