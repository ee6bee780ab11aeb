//! A leaf cut into parts that threads take, each with room of its own.

use std::ops::Range;

/// Into so many parts a large leaf is cut, whatever the number of threads.
const PARTS: usize = 16;
/// Elements below which a leaf is not cut.
const WHOLE: usize = 1 << 16;

/// The number of parts.
pub(super) fn parts(elements: usize) -> usize {
    if elements < WHOLE { 1 } else { PARTS }
}

/// What is one part's, of so many neighbours.
pub(super) fn range(part: usize, parts: usize, neighbours: usize) -> Range<usize> {
    part * neighbours / parts..(part + 1) * neighbours / parts
}
