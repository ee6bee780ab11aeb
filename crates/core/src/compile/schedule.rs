//! Who does what: the blocks of a pass, cut into tasks of about the same number of bytes.

use std::ops::Range;

use crate::compile::program::{AnyStream, LeafwiseRun, Op, SlotUse, Span, Stream};
use crate::lanes::dispatch::Number;
use crate::plan::resolved::ResolvedLeaf;
use crate::sums::BLOCK;

/// Below this many bytes a pass stays on the calling thread, as waking the others costs time: an estimate, not measured.
const PARALLEL_BYTES: usize = 512 * 1024;
/// More tasks than threads, so that a thread that is held up does not hold up the pass.
const TASKS_PER_THREAD: usize = 4;
/// What starting on a leaf costs, in bytes that could have been moved instead.
const LEAF_BYTES: usize = 1024;

impl<T: Number> Stream<T> {
    /// Bytes that one element moves through memory.
    fn bytes(&self) -> usize {
        let own = 1 + usize::from(self.reads_params) + usize::from(self.output.is_some());
        let slots = self.ops.iter().map(|op| match op {
            Op::Map(map) => {
                map.slots.iter().map(|slot| self.moved(slot) * slot.storage.size()).sum::<usize>()
            }
            Op::Reduce(reduce) => reduce.slots.iter().map(|slot| slot.storage.size()).sum(),
        });
        own * T::DTYPE.size() + slots.sum::<usize>()
    }

    /// How often a kernel that uses a slot moves an element of it.
    fn moved(&self, slot: &SlotUse) -> usize {
        match slot.staged.map(|i| &self.staged[i]) {
            None => 2,
            Some(staged) => usize::from(staged.broadcasts.is_empty()),
        }
    }
}

/// Leaves for one thread each, or all for one where there is too little to share, and leaves that all threads share:
/// those of more than half a thread's part of the work.
pub(crate) fn leaves(
    runs: &[LeafwiseRun],
    tree: &[ResolvedLeaf],
    threads: usize,
) -> (Vec<Range<usize>>, Vec<usize>) {
    let bytes = |run: &LeafwiseRun| tree[run.leaf].elements.saturating_mul(3 * tree[run.leaf].dtype.size());
    let total = runs.iter().map(bytes).fold(0, usize::saturating_add);
    if threads == 1 || total < PARALLEL_BYTES {
        return (std::iter::once(0..runs.len()).collect(), Vec::new());
    }
    let large = PARALLEL_BYTES.max(total / (2 * threads));
    let (shared, own): (Vec<usize>, Vec<usize>) = (0..runs.len()).partition(|run| bytes(&runs[*run]) > large);
    (own.into_iter().map(|run| run..run + 1).collect(), shared)
}

/// Cuts the leaves of each stream to spans, and the spans to tasks.
pub(crate) fn blocks(
    streams: &[AnyStream],
    leaves: &[Vec<usize>],
    tree: &[ResolvedLeaf],
    threads: usize,
) -> (Vec<Span>, Vec<Range<usize>>) {
    let per_element: Vec<usize> = streams
        .iter()
        .map(|stream| match stream {
            AnyStream::F32(stream) => stream.bytes(),
            AnyStream::F64(stream) => stream.bytes(),
        })
        .collect();
    let cost = |stream: usize, elements: usize| {
        elements.saturating_mul(per_element[stream]).saturating_add(LEAF_BYTES)
    };
    let all =
        leaves.iter().enumerate().flat_map(|(stream, leaves)| leaves.iter().map(move |leaf| (stream, *leaf)));
    let total =
        all.clone().fold(0usize, |sum, (stream, leaf)| sum.saturating_add(cost(stream, tree[leaf].elements)));
    let count = if threads == 1 || total < PARALLEL_BYTES { 1 } else { threads * TASKS_PER_THREAD };
    let share = total.div_ceil(count);

    let mut spans = Vec::new();
    let mut tasks = Vec::new();
    let (mut start, mut left) = (0, share);
    for (stream, leaf) in all {
        let mut from = 0;
        while from < tree[leaf].elements {
            let blocks = left.saturating_sub(LEAF_BYTES) / (per_element[stream] * BLOCK);
            let last = tasks.len() + 1 == count;
            let most = if last { usize::MAX } else { blocks.max(1).saturating_mul(BLOCK) };
            let to = from.saturating_add(most).min(tree[leaf].elements);
            left = left.saturating_sub(cost(stream, to - from));
            spans.push(Span { stream, leaf, elements: from..to });
            from = to;
            if left < per_element[stream] * BLOCK && !last {
                tasks.push(start..spans.len());
                (start, left) = (spans.len(), share);
            }
        }
    }
    if start < spans.len() {
        tasks.push(start..spans.len());
    }
    (spans, tasks)
}
