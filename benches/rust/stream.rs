use rayon::prelude::*;

/// The limit: four arrays read, three of them written, nothing computed to speak of.
pub struct Stream {
    arrays: [Vec<f32>; 4],
    pool: rayon::ThreadPool,
    share: usize,
}

impl Stream {
    /// Arrays of so many elements, streamed by so many threads.
    pub fn new(elements: usize, threads: usize) -> Stream {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        Stream {
            arrays: std::array::from_fn(|_| vec![0.25; elements]),
            pool,
            share: elements.div_ceil(4 * threads),
        }
    }

    /// Bytes that one run moves: 28 an element.
    pub fn bytes(&self) -> usize {
        self.arrays[0].len() * 7 * size_of::<f32>()
    }

    /// Streams once.
    pub fn run(&mut self) {
        let [g, m, v, p] = &mut self.arrays;
        let share = self.share;
        let pieces = g.par_chunks(share).zip(m.par_chunks_mut(share)).zip(v.par_chunks_mut(share));
        self.pool.install(|| {
            pieces.zip(p.par_chunks_mut(share)).for_each(|(((g, m), v), p)| {
                for (((g, m), v), p) in g.iter().zip(m).zip(v).zip(p) {
                    *m += g;
                    *v += g;
                    *p += g;
                }
            });
        });
    }
}
