//! Splits leaves into dispatches within the limits of a device.

use std::collections::{BTreeMap, BTreeSet};

use gradloom_core::sums::BLOCK;

use crate::arena::bytes;
use crate::builder::{Builder, within};
use crate::error::Error;
use crate::gpu_plan::Range;

/// The most bytes of a binding: a u32 then counts its elements even where they are halves.
const COUNTABLE: u64 = 8 << 30;

/// Blocks of one leaf in a dispatch.
pub(crate) struct Segment {
    /// The first of its workgroups, of which each takes a block.
    pub first_workgroup: u32,
    pub leaf: usize,
    /// The index in the leaf of its first block.
    pub first_block: u64,
    /// The elements from its first block to the end of the leaf.
    pub elements: u64,
    /// The index of its first element in each binding.
    pub starts: Vec<u32>,
}

/// The segments of one dispatch.
pub(crate) struct Chunk {
    pub segments: Vec<Segment>,
    pub workgroups: u32,
    /// The bound range of each buffer.
    pub ranges: Vec<Range>,
}

/// The buffers that a dispatch binds. The buffers in `broadcast` have slots that lack axes of their leaves: the whole part of a leaf is bound.
pub(crate) struct Bound<'a> {
    pub buffers: &'a [usize],
    pub broadcast: &'a BTreeSet<usize>,
}

/// A chunk to which blocks can be added.
#[derive(Default)]
struct OpenChunk {
    pieces: Vec<Piece>,
    workgroups: u64,
    /// The first byte of each buffer that is bound, and the end of the last.
    spans: BTreeMap<usize, (u64, u64)>,
}

/// A segment of an open chunk.
struct Piece {
    leaf: usize,
    block: u64,
    first_workgroup: u64,
}

/// Splits leaves into chunks, each with at most the workgroups of one dispatch, the bytes of one binding, and one lent leaf.
pub(crate) fn split(builder: &Builder<'_>, leaves: &[usize], bound: &Bound<'_>) -> Result<Vec<Chunk>, Error> {
    let limits = &builder.request.limits;
    let block = BLOCK as u64;
    for &buffer in bound.buffers {
        let what = || format!("a block of {}", builder.buffers[buffer].label);
        let whole = leaves.iter().filter(|_| bound.broadcast.contains(&buffer));
        let whole = whole.map(|leaf| bound.size(builder, buffer, *leaf)).max();
        let most = limits.max_storage_buffer_binding_size;
        within(what, "maxStorageBufferBindingSize", whole.unwrap_or(block * 4), most)?;
    }
    let lent = bound.buffers.iter().any(|buffer| builder.buffers[*buffer].lent);
    let mut chunks = Vec::new();
    let mut open = OpenChunk::default();
    for &leaf in leaves {
        if lent && !open.pieces.is_empty() {
            chunks.push(close(builder, std::mem::take(&mut open), bound));
        }
        let elements = builder.plan.leaves[leaf].elements as u64;
        let blocks = elements.div_ceil(block);
        let mut from = 0;
        while from < blocks {
            let fitting = fitting_blocks(builder, &open, leaf, from, bound).min(blocks - from);
            if fitting == 0 {
                chunks.push(close(builder, std::mem::take(&mut open), bound));
                continue;
            }
            open.pieces.push(Piece { leaf, block: from, first_workgroup: open.workgroups });
            open.workgroups += fitting;
            for &buffer in bound.buffers {
                let (start, end) = bound.span(builder, buffer, leaf, from, fitting);
                let range = open.spans.entry(buffer).or_insert((start, end));
                *range = (range.0.min(start), range.1.max(end));
            }
            from += fitting;
        }
    }
    if !open.pieces.is_empty() {
        chunks.push(close(builder, open, bound));
    }
    Ok(chunks)
}

impl Bound<'_> {
    /// Returns the bytes that are bound for one block of a leaf.
    fn size(&self, builder: &Builder<'_>, buffer: usize, leaf: usize) -> u64 {
        let place = builder.place_of(buffer, leaf);
        let elements = if self.broadcast.contains(&buffer) { place.elements } else { BLOCK as u64 };
        bytes(elements, place.dtype)
    }

    /// Returns the offset of a block of a leaf.
    fn start(&self, builder: &Builder<'_>, buffer: usize, leaf: usize, block: u64) -> u64 {
        let place = builder.place_of(buffer, leaf);
        let before = if self.broadcast.contains(&buffer) { 0 } else { block };
        place.offset + before * bytes(BLOCK as u64, place.dtype)
    }

    /// Returns the bytes at which some blocks of a leaf start and end, at the latest the end of the leaf: a lent buffer may end there.
    fn span(&self, builder: &Builder<'_>, buffer: usize, leaf: usize, block: u64, blocks: u64) -> (u64, u64) {
        let place = builder.place_of(buffer, leaf);
        let start = self.start(builder, buffer, leaf, block);
        let more = if self.broadcast.contains(&buffer) { 1 } else { blocks };
        let end = start + more * self.size(builder, buffer, leaf);
        (start, end.min(place.offset + bytes(place.elements, place.dtype)))
    }
}

/// Counts the blocks of a leaf, from `block` on, for which a chunk has room.
fn fitting_blocks(
    builder: &Builder<'_>,
    open: &OpenChunk,
    leaf: usize,
    block: u64,
    bound: &Bound<'_>,
) -> u64 {
    let limits = &builder.request.limits;
    let mut most = limits.max_compute_workgroups_per_dimension.saturating_sub(open.workgroups);
    for &buffer in bound.buffers {
        let start = bound.start(builder, buffer, leaf, block);
        let size = bound.size(builder, buffer, leaf);
        let first = open.spans.get(&buffer).map_or(start, |span| span.0);
        let left = limits.max_storage_buffer_binding_size.min(COUNTABLE).saturating_sub(start - first);
        most = match bound.broadcast.contains(&buffer) {
            true if left < size => 0,
            true => most,
            false => most.min(left / size),
        };
    }
    most
}

/// Returns the finished chunk.
fn close(builder: &Builder<'_>, open: OpenChunk, bound: &Bound<'_>) -> Chunk {
    let ranges = bound.buffers.iter().map(|buffer| {
        let (start, end) = open.spans[buffer];
        let leaf = builder.buffers[*buffer].lent.then(|| open.pieces[0].leaf);
        Range { buffer: *buffer, leaf, offset: start, size: end - start }
    });
    let ranges: Vec<Range> = ranges.collect();
    let segments = open.pieces.iter().map(|piece| {
        let start = |range: &Range| {
            let place = builder.place_of(range.buffer, piece.leaf);
            let at = bound.start(builder, range.buffer, piece.leaf, piece.block) - range.offset;
            (at / place.dtype.size() as u64) as u32
        };
        let elements = builder.plan.leaves[piece.leaf].elements as u64;
        Segment {
            first_workgroup: piece.first_workgroup as u32,
            leaf: piece.leaf,
            first_block: piece.block,
            elements: elements - piece.block * BLOCK as u64,
            starts: ranges.iter().map(start).collect(),
        }
    });
    Chunk { segments: segments.collect(), workgroups: open.workgroups as u32, ranges: ranges.clone() }
}
