//! Leaves in parts that threads share, each with working memory of its own.

use std::ops::Range;

/// The number of parts of a large leaf, the same for any number of threads: the bits must not depend on the threads.
const PARTS: usize = 16;
/// The least number of elements of a leaf that is cut into parts.
const MIN_ELEMENTS: usize = 1 << 16;

/// Counts the parts of a leaf.
pub(super) fn parts(elements: usize) -> usize {
    if elements < MIN_ELEMENTS { 1 } else { PARTS }
}

/// Returns the range of one of the parts, of `count` numbers in all.
pub(super) fn range(part: usize, parts: usize, count: usize) -> Range<usize> {
    part * count / parts..(part + 1) * count / parts
}
