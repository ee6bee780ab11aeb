//! Threads: the calling one and a pool that all sessions of the same width share.

use std::marker::PhantomData;
use std::ops::Range;

use crate::buffer::Buffer;
use crate::tile::Scratch;
use crate::{Error, Options};

/// The largest stream there is.
#[derive(Default, Clone, Copy)]
pub(crate) struct ScratchSize {
    pub ops: usize,
    pub stand_ins: usize,
    pub scalars: usize,
    /// Numbers that a leafwise kernel needs.
    pub leafwise: usize,
}

/// One thread's room.
pub(crate) struct Room {
    pub f32: Scratch<f32>,
    pub f64: Scratch<f64>,
    leafwise: Buffer,
}

impl Room {
    fn new(size: ScratchSize) -> Result<Room, Error> {
        let what = "scratch of leafwise kernels";
        let bytes = size.leafwise.checked_mul(size_of::<f64>()).ok_or(Error::OutOfMemory { what })?;
        let leafwise = Buffer::zeroed(bytes, what)?;
        Ok(Room { f32: Scratch::new(size)?, f64: Scratch::new(size)?, leafwise })
    }

    /// Room for a leafwise kernel, for at most as many numbers as the largest needs; holds anything.
    pub(crate) fn leafwise(&mut self, len: usize) -> &mut [f64] {
        assert!(len <= self.leafwise.len() / size_of::<f64>());
        // SAFETY: in bounds, any bits are numbers, and the room is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.leafwise.as_ptr().cast().as_ptr(), len) }
    }
}

/// The threads of a session, with a room for each.
pub(crate) struct Workers {
    rooms: Vec<Room>,
    #[cfg(not(target_family = "wasm"))]
    pool: Option<std::sync::Arc<rayon::ThreadPool>>,
}

/// How many threads the options ask for.
pub(crate) fn count(options: Options) -> usize {
    if cfg!(target_family = "wasm") {
        return 1;
    }
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if options.threads == 0 { cores() } else { options.threads.min(MAX_THREADS) }
}

/// More threads than any machine has cores for.
const MAX_THREADS: usize = 1024;

impl Workers {
    pub(crate) fn start(threads: usize, size: ScratchSize) -> Result<Workers, Error> {
        Ok(Workers {
            rooms: (0..threads).map(|_| Room::new(size)).collect::<Result<_, Error>>()?,
            #[cfg(not(target_family = "wasm"))]
            pool: if threads > 1 { Some(pool::shared(threads - 1)?) } else { None },
        })
    }

    pub(crate) fn threads(&self) -> usize {
        self.rooms.len()
    }

    /// Does every task once; a thread that is done takes the next.
    pub(crate) fn each(&mut self, tasks: usize, work: impl Fn(usize, &mut Room) + Sync) {
        #[cfg(not(target_family = "wasm"))]
        if let Some(pool) = self.pool.as_ref().filter(|_| tasks > 1) {
            return pool::each(pool, &mut self.rooms, tasks, &work);
        }
        for task in 0..tasks {
            work(task, &mut self.rooms[0]);
        }
    }

    /// Works alone, with everybody at hand to share in it.
    pub(crate) fn lead(&mut self, work: impl FnOnce(Crew<'_>, &mut Room)) {
        let crew = Crew {
            #[cfg(not(target_family = "wasm"))]
            pool: self.pool.as_deref(),
            threads: self.rooms.len(),
            session: PhantomData,
        };
        work(crew, &mut self.rooms[0]);
    }
}

/// The threads that share the work on one leaf.
#[derive(Clone, Copy)]
pub(crate) struct Crew<'a> {
    #[cfg(not(target_family = "wasm"))]
    pool: Option<&'a rayon::ThreadPool>,
    threads: usize,
    session: PhantomData<&'a ()>,
}

impl Crew<'_> {
    /// The calling thread.
    pub(crate) const ALONE: Crew<'static> = Crew {
        #[cfg(not(target_family = "wasm"))]
        pool: None,
        threads: 1,
        session: PhantomData,
    };

    /// Does every task once; a thread that is done takes the next.
    pub(crate) fn each(self, tasks: usize, work: impl Fn(usize) + Sync) {
        #[cfg(not(target_family = "wasm"))]
        if let Some(pool) = self.pool.filter(|_| tasks > 1) {
            let mut hands = [(); MAX_THREADS];
            return pool::each(pool, &mut hands[..self.threads.min(tasks)], tasks, &|task, ()| work(task));
        }
        (0..tasks).for_each(work);
    }
}

/// Numbers of which each thread writes others.
pub(crate) struct Shared<'a, T> {
    pointer: *mut T,
    len: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: `part` gives each thread its own numbers.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub(crate) fn new(numbers: &'a mut [T]) -> Shared<'a, T> {
        Shared { pointer: numbers.as_mut_ptr(), len: numbers.len(), borrowed: PhantomData }
    }

    /// The numbers of one thread.
    ///
    /// # Safety
    /// No other thread has a part in common with it.
    #[allow(clippy::mut_from_ref, reason = "that is what it is for")]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: in bounds, and exclusive because the caller says so.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.add(range.start), range.len()) }
    }
}

#[cfg(not(target_family = "wasm"))]
mod pool {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};

    use rayon::{ThreadPool, ThreadPoolBuilder};

    use crate::Error;

    static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());

    /// The pool with so many threads, started on first use.
    pub(super) fn shared(threads: usize) -> Result<Arc<ThreadPool>, Error> {
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&threads) {
            return Ok(pool.clone());
        }
        let pool =
            ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("gradloom-{i}")).build();
        let pool = Arc::new(pool.map_err(|error| Error::Threads(error.to_string()))?);
        pools.insert(threads, pool.clone());
        Ok(pool)
    }

    pub(super) fn each<R: Send>(
        pool: &ThreadPool,
        rooms: &mut [R],
        tasks: usize,
        work: &(impl Fn(usize, &mut R) + Sync),
    ) {
        let next = AtomicUsize::new(0);
        let drain = |room: &mut R| {
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= tasks {
                    return;
                }
                work(task, room);
            }
        };
        let Some((own, others)) = rooms.split_first_mut() else { return };
        pool.in_place_scope(|scope| {
            for room in others {
                scope.spawn(|_| drain(room));
            }
            drain(own);
        });
    }
}
