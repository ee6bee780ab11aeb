//! Plain loops over arrays: the reference for the bandwidth of memory.

use std::hint::black_box;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A pass over arrays of f32: it reads all of them, and writes some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The number of arrays that are read.
    pub reads: usize,
    /// The number of those arrays that are written, too.
    pub writes: usize,
}

impl Pass {
    /// The pass of AdamW: it reads p, g, mu and nu, and writes p, mu and nu.
    pub const ADAM: Pass = Pass { reads: 4, writes: 3 };

    /// Returns the bytes to move for each element.
    pub const fn bytes(self) -> usize {
        (self.reads + self.writes) * size_of::<f32>()
    }
}

/// The most arrays of one loop: a pass over more runs several loops.
const MAX_ARRAYS: usize = 8;
/// The numbers in a cache line.
const LINE: usize = 16;
/// Pieces per thread: several, so that the others take over the pieces of a thread that is held up.
const PIECES_PER_THREAD: usize = 4;

/// Plain loops over arrays with almost no arithmetic: the limit that memory sets.
pub struct Stream {
    arrays: Vec<Vec<f32>>,
    elements: usize,
    pool: Option<rayon::ThreadPool>,
    threads: usize,
}

impl Stream {
    /// Makes loops over arrays of `elements` numbers, on `threads` threads, the calling one included.
    pub fn new(elements: usize, threads: usize) -> Stream {
        let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads - 1).build();
        Stream {
            arrays: Vec::new(),
            elements: elements.next_multiple_of(LINE),
            pool: (threads > 1).then(|| pool().expect("threads can be started")),
            threads,
        }
    }

    /// Runs the loops of a pass. The first pass that needs an array allocates it.
    pub fn run(&mut self, pass: Pass) {
        for first in (0..pass.reads).step_by(MAX_ARRAYS) {
            let reads = MAX_ARRAYS.min(pass.reads - first);
            let writes = reads.min(pass.writes.saturating_sub(first));
            let work = loop_of(Pass { reads, writes });
            self.share(first..first + reads, |_, arrays| work(arrays));
        }
    }

    /// Draws a standard normal number for each element, with a generator for each piece.
    pub fn draw(&mut self) {
        self.share(0..1, |piece, arrays| {
            let normals = StandardNormal.sample_iter(ChaCha8Rng::seed_from_u64(piece as u64));
            arrays[0].iter_mut().zip(normals).for_each(|(x, normal)| *x = normal);
        });
    }

    /// Cuts some arrays into pieces, and runs `work` on each, on all threads.
    fn share(&mut self, range: Range<usize>, work: impl Fn(usize, &mut [&mut [f32]]) + Sync) {
        let missing = range.end.saturating_sub(self.arrays.len());
        self.arrays.extend((0..missing).map(|_| vec![0.25; self.elements]));
        let size = self.elements.div_ceil(PIECES_PER_THREAD * self.threads).next_multiple_of(LINE);
        let mut rests: Vec<_> = self.arrays[range].iter_mut().map(|array| array.chunks_mut(size)).collect();
        let pieces: Vec<_> = (0..self.elements.div_ceil(size))
            .map(|_| {
                let piece: Vec<_> =
                    rests.iter_mut().map(|rest| rest.next().expect("a piece of each")).collect();
                std::sync::Mutex::new(piece)
            })
            .collect();
        let next = AtomicUsize::new(0);
        let drain = || {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(piece) = pieces.get(i) else { break };
                work(i, &mut piece.lock().expect("no loop panics"));
            }
        };
        match &self.pool {
            Some(pool) => pool.in_place_scope(|scope| {
                (1..self.threads).for_each(|_| scope.spawn(|_| drain()));
                drain();
            }),
            None => drain(),
        }
    }
}

type Loop = fn(&mut [&mut [f32]]);

/// Returns the loop for a pass over at most `MAX_ARRAYS` arrays.
fn loop_of(Pass { reads, writes }: Pass) -> Loop {
    macro_rules! loops {
        ($($reads:literal: $($writes:literal)*;)*) => {
            match (reads, writes) {
                $($(($reads, $writes) => stream::<$reads, $writes>,)*)*
                _ => panic!("no loop reads {reads} arrays and writes {writes} of them"),
            }
        };
    }
    loops! {
        1: 0 1; 2: 0 1 2; 3: 0 1 2 3; 4: 0 1 2 3 4; 5: 0 1 2 3 4 5; 6: 0 1 2 3 4 5 6; 7: 0 1 2 3 4 5 6 7;
        8: 0 1 2 3 4 5 6 7 8;
    }
}

/// Reads all arrays line by line, and writes their mean to the first `WRITES` arrays, or sums it if there are none.
fn stream<const READS: usize, const WRITES: usize>(arrays: &mut [&mut [f32]]) {
    let elements = arrays[0].len();
    let mut total = [0.0; LINE];
    for at in (0..elements).step_by(LINE) {
        let mut mean = [0.0; LINE];
        for array in &arrays[..READS] {
            for (mean, x) in mean.iter_mut().zip(&array[at..at + LINE]) {
                *mean += x * (1.0 / READS as f32);
            }
        }
        for array in &mut arrays[..WRITES] {
            array[at..at + LINE].copy_from_slice(&mean);
        }
        if WRITES == 0 {
            for (total, x) in total.iter_mut().zip(mean) {
                *total += x;
            }
        }
    }
    black_box(total);
}
