use super::violation::{Law, Violation};
use crate::{Reference, Segmentation};

/// **S8. Whole clusters never save a part.** Keeping grapheme clusters whole needs as many parts or
/// more, and exactly as many when the usual cuts fall between clusters; and it cuts no cluster that
/// fits in a part.
///
/// `clusters` are the byte offsets at which the clusters of `text` begin, in order.
///
/// # Errors
/// [`Violation`]: it does.
pub fn whole_clusters_never_save_a_part(
    segment: impl Fn(&str, Reference) -> Segmentation,
    segment_whole: impl Fn(&str, Reference) -> Segmentation,
    clusters: &[usize],
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S8");
    let (usual, whole) = (segment(text, reference), segment_whole(text, reference));
    law.require(whole.count >= usual.count, || {
        format!("{} parts, {} with cuts anywhere", whole.count, usual.count)
    })?;
    let begins = |at: usize| at == text.len() || clusters.binary_search(&at).is_ok();
    if usual.parts.iter().all(|part| begins(part.range.start)) {
        law.require(whole.count == usual.count, || {
            format!("{} parts though no cut harms a cluster", whole.count)
        })?;
    }
    let capacity = whole.encoding.part_capacity(reference);
    for at in whole.parts.iter().map(|part| part.range.start) {
        if begins(at) {
            continue;
        }
        let next = clusters.partition_point(|&start| start <= at);
        let start = next.checked_sub(1).and_then(|i| clusters.get(i)).copied();
        let end = clusters.get(next).copied().unwrap_or(text.len());
        let units: u32 = text
            .get(start.unwrap_or_default()..end)
            .unwrap_or_default()
            .chars()
            .filter_map(|c| whole.encoding.units_of(c))
            .sum();
        law.require(units > capacity, || {
            format!("a cut at byte {at} through a cluster of {units} units")
        })?;
    }
    Ok(())
}
