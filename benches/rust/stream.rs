use std::hint::black_box;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A walk over arrays of floats that all are read and some of which are written as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Arrays that are read.
    pub reads: usize,
    /// How many of them are written.
    pub writes: usize,
}

impl Pass {
    /// What AdamW moves: p, g, mu, nu in and p, mu, nu out.
    pub const ADAM: Pass = Pass { reads: 4, writes: 3 };

    /// Bytes moved for each element.
    pub const fn bytes(self) -> usize {
        (self.reads + self.writes) * size_of::<f32>()
    }
}

/// The most arrays that are walked at once: a wider pass is several walks.
const MOST: usize = 8;
/// Floats in a line of the cache.
const LINE: usize = 16;
/// More pieces than threads, so that a thread that is held up does not hold up the others.
const PIECES_PER_THREAD: usize = 4;

/// The limit: plain loops over arrays with nothing computed to speak of.
pub struct Stream {
    arrays: Vec<Vec<f32>>,
    elements: usize,
    pool: Option<rayon::ThreadPool>,
    threads: usize,
}

impl Stream {
    /// Arrays of so many elements, streamed by so many threads, the calling one included.
    pub fn new(elements: usize, threads: usize) -> Stream {
        let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads - 1).build();
        Stream {
            arrays: Vec::new(),
            elements: elements.next_multiple_of(LINE),
            pool: (threads > 1).then(|| pool().expect("threads can be started")),
            threads,
        }
    }

    /// Streams once; the first of so wide a pass makes room.
    pub fn run(&mut self, pass: Pass) {
        for first in (0..pass.reads).step_by(MOST) {
            let reads = MOST.min(pass.reads - first);
            let writes = reads.min(pass.writes.saturating_sub(first));
            let work = loop_of(Pass { reads, writes });
            self.share(first..first + reads, |_, arrays| work(arrays));
        }
    }

    /// Draws a standard normal number for each element; every piece has a generator of its own.
    pub fn draw(&mut self) {
        self.share(0..1, |piece, arrays| {
            let normals = StandardNormal.sample_iter(ChaCha8Rng::seed_from_u64(piece as u64));
            arrays[0].iter_mut().zip(normals).for_each(|(x, normal)| *x = normal);
        });
    }

    /// Has all threads work on pieces of some arrays.
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

/// Line by line: the mean of what is read becomes what is written, or is summed where nothing is.
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
