//! Leaves in parts that threads share, each with working memory of its own.

use std::ops::Range;

/// The parts of a large leaf, whatever the number of threads: the bits do not depend on it.
const PARTS: usize = 16;
/// The elements of the smallest leaf that has parts.
const MIN_ELEMENTS: usize = 1 << 16;

/// Counts the parts of a leaf.
pub(super) fn parts(elements: usize) -> usize {
    if elements < MIN_ELEMENTS { 1 } else { PARTS }
}

/// Returns the range of one of the parts, of `count` numbers in all.
pub(super) fn range(part: usize, parts: usize, count: usize) -> Range<usize> {
    part * count / parts..(part + 1) * count / parts
}
