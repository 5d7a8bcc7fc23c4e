//! What was measured, as rows of Markdown: one table for each group.

use super::{Case, Group, Kind};

/// Prints a table for each group that was measured: a row for a task, a column for each that did it, and how
/// ours compare with the best peer.
pub(crate) fn print_tables(cases: &[Case], values: &[f64]) {
    for group in Group::ALL {
        let measured: Vec<_> = cases.iter().zip(values).filter(|(case, _)| case.task.group == group).collect();
        let mut subjects: Vec<&str> = Vec::new();
        let mut tasks: Vec<&str> = Vec::new();
        for (case, _) in &measured {
            if !subjects.contains(&case.subject) {
                subjects.push(case.subject);
            }
            if !tasks.contains(&case.task.name) {
                tasks.push(case.task.name);
            }
        }
        if tasks.is_empty() {
            continue;
        }
        println!("\n| {} | {} | ours / best peer |", group.title(), subjects.join(" | "));
        println!("|---|{}---|", "---:|".repeat(subjects.len()));
        for task in tasks {
            let row: Vec<_> = measured.iter().filter(|(case, _)| case.task.name == task).collect();
            let cells = subjects.iter().map(|subject| {
                let value = row.iter().find(|(case, _)| case.subject == *subject);
                value.map_or(String::from("–"), |(_, value)| shown(**value))
            });
            let of = |kind| row.iter().filter(move |(case, _)| case.kind == kind).map(|(_, value)| **value);
            let best = of(Kind::Peer).fold(f64::INFINITY, f64::min);
            let ratios = of(Kind::Ours).map(|value| format!("{:.2}", value / best)).collect::<Vec<_>>().join(", ");
            // Without a peer there is none, nor beside one that takes nothing.
            let ratios = if best.is_finite() && best > 0.0 { ratios } else { "–".into() };
            println!("| {task} | {} | {ratios} |", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}

/// Three digits are enough to compare.
fn shown(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
