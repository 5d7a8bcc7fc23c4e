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

/// wrk says 0 where it does not know.
fn micros(latency: f64) -> String {
    if latency == 0.0 { "–".to_owned() } else { format!("{latency:.0}") }
}

/// Prints what was measured of a case. What is `beside` is what the others are compared with, and a mebibyte is told of
/// where an answer has some.
pub(crate) fn print_load(rows: &[LoadRow], beside: &str, mebibytes: Option<f64>) {
    let other = rows.iter().find(|row| row.server == beside);
    let (name, line) = mebibytes.map_or(("", ""), |_| (" and MiB, µs |", "--:|"));
    println!("| server | processor time each, µs |{name} times {beside}'s | each second | p50, µs | p99, µs |");
    println!("|---|--:|{line}--:|--:|--:|--:|");
    for row in rows {
        let ratio = other.map_or_else(String::new, |other| format!("{:.2}", row.ratio(other)));
        let micros_each = row.median(|sample| sample.processor_micros);
        let of_a_mebibyte = mebibytes.map_or_else(String::new, |count| format!(" {:.1} |", micros_each / count));
        println!(
            "| {} | {micros_each:.2} |{of_a_mebibyte} {ratio} | {:.0} | {} | {} |",
            row.server,
            row.median(|sample| sample.per_second),
            micros(row.median(|sample| sample.p50)),
            micros(row.median(|sample| sample.p99)),
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

#[cfg(test)]
mod tests {
    use super::{LoadRow, Sample};

    fn row(server: &'static str, micros: &[f64]) -> LoadRow {
        let sample = |processor_micros| Sample { per_second: 1.0, processor_micros, p50: 1.0, p99: 1.0 };
        LoadRow { server, samples: micros.iter().copied().map(sample).collect() }
    }

    #[test]
    fn a_round_is_compared_with_the_same_round() {
        // In the second round everything was slow.
        let (floor, ours) = (row("floor", &[1.0, 10.0, 2.0]), row("ours", &[2.0, 21.0, 5.0]));
        assert_eq!(ours.ratio(&floor), 2.1);
        assert_eq!(ours.median(|sample| sample.processor_micros), 5.0);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_two() {
        assert_eq!(row("ours", &[4.0, 1.0, 3.0, 2.0]).median(|sample| sample.processor_micros), 2.5);
    }
}
