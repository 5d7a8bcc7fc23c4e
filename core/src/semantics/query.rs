//! Queries of `name=value` pairs, as forms write them.

/// The pairs of a query, names and values still encoded. A name without `=` has an empty value.
///
/// ```
/// use sanderling::semantics::query_pairs;
///
/// let pairs: Vec<_> = query_pairs("chunks=3&&delay").collect();
/// assert_eq!(pairs, [("chunks", "3"), ("delay", "")]);
/// ```
pub fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}
