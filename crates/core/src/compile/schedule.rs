//! The schedule of a pass: tasks for threads, of about the same number of bytes.

use std::ops::Range;

use crate::compile::program::{AnyStream, LeafwiseCall, Op, SlotOperand, Span, Stream};
use crate::lanes::dispatch::Number;
use crate::plan::resolved::ResolvedLeaf;
use crate::sums::BLOCK;

/// The least bytes of a pass that runs on several threads: for fewer, waking the threads costs more than they save. An estimate.
const PARALLEL_BYTES: usize = 512 * 1024;
/// Tasks per thread: several, so that the others take over the tasks of a thread that is held up.
const TASKS_PER_THREAD: usize = 4;
/// The cost of starting a span, as a number of bytes that could have been moved in the same time.
const SPAN_BYTES: usize = 1024;

impl<T: Number> Stream<T> {
    /// Returns the bytes that are read and written for one element.
    fn bytes(&self) -> usize {
        let own = 1 + usize::from(self.reads_params) + usize::from(self.output.is_some());
        let slots = self.ops.iter().map(|op| match op {
            Op::Map(map) => {
                map.slots.iter().map(|slot| self.transfers(slot) * slot.storage.size()).sum::<usize>()
            }
            Op::Reduce(reduce) => reduce.slots.iter().map(|slot| slot.storage.size()).sum(),
        });
        own * T::DTYPE.size() + slots.sum::<usize>()
    }

    /// Returns the number of times that an elementwise kernel moves each element of a slot: 2 if it reads and writes the slot's own memory,
    /// 1 if it only reads that into scratch memory. The few elements of a broadcast slot count 0.
    fn transfers(&self, slot: &SlotOperand) -> usize {
        match slot.staged.map(|i| &self.staged[i]) {
            None => 2,
            Some(staged) => usize::from(staged.broadcasts.is_empty()),
        }
    }
}

/// Divides the calls of leafwise kernels into tasks for one thread each, and calls that all threads share: those of more than half of the
/// work per thread. If there is too little work to divide, all calls are one task.
pub(crate) fn tasks_and_shared_calls(
    calls: &[LeafwiseCall],
    tree: &[ResolvedLeaf],
    threads: usize,
) -> (Vec<Range<usize>>, Vec<usize>) {
    let bytes =
        |call: &LeafwiseCall| tree[call.leaf].elements.saturating_mul(3 * tree[call.leaf].dtype.size());
    let total = calls.iter().map(bytes).fold(0, usize::saturating_add);
    if threads == 1 || total < PARALLEL_BYTES {
        return (std::iter::once(0..calls.len()).collect(), Vec::new());
    }
    let large = PARALLEL_BYTES.max(total / (2 * threads));
    let (shared, own): (Vec<usize>, Vec<usize>) =
        (0..calls.len()).partition(|call| bytes(&calls[*call]) > large);
    (own.into_iter().map(|call| call..call + 1).collect(), shared)
}

/// Cuts the leaves of each stream into spans, and collects the spans into tasks. `leaves` has the leaves of each stream.
pub(crate) fn spans_and_tasks(
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
        elements.saturating_mul(per_element[stream]).saturating_add(SPAN_BYTES)
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
            let blocks = left.saturating_sub(SPAN_BYTES) / (per_element[stream] * BLOCK);
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
