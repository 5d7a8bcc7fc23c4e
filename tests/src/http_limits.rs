//! The limits and leniencies that a record sets.

use core::fmt::Display;

use sanderling::http::Limits;

use crate::vector::Record;

/// The limits of an HTTP connection under which a record is fed: the defaults but for what it says.
///
/// # Errors
///
/// Which limit or leniency is unknown or out of range.
pub fn http_limits(record: &Record) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for (name, number) in record.limits()? {
        match name {
            "request-line" => limits.request_line = fit(number, record)?,
            "field-section" => limits.field_section = fit(number, record)?,
            "fields" => limits.fields = fit(number, record)?,
            "leading-empty-lines" => limits.leading_empty_lines = fit(number, record)?,
            "chunk-extensions" => limits.chunk_extensions = fit(number, record)?,
            "in-flight" => limits.in_flight = fit(number, record)?,
            "requests" => limits.requests = number,
            "pipeline" => limits.pipeline = fit(number, record)?,
            _ => return Err(format!("{record}: unknown limit {name}")),
        }
    }
    for name in record.values("lenient") {
        match name {
            "bare-lf" => limits.leniency.bare_lf = true,
            "obs-fold" => limits.leniency.obs_fold = true,
            "blank-before-colon" => limits.leniency.blank_before_colon = true,
            _ => return Err(format!("{record}: unknown leniency {name}")),
        }
    }
    Ok(limits)
}

fn fit<N: TryFrom<u64>>(number: u64, record: &impl Display) -> Result<N, String> {
    number.try_into().map_err(|_| format!("{record}: {number} is out of range"))
}
