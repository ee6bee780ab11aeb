//! Threads: the calling one, and a pool that sessions with the same number of threads share.

use std::marker::PhantomData;
use std::ops::Range;

use crate::error::Error;

/// The most threads of a session.
const MAX_THREADS: usize = 1024;

/// Returns the number of threads of a session that asks for `threads`: at most `MAX_THREADS`, and for 0 one per core. WebAssembly has one.
pub(crate) fn count(threads: usize) -> usize {
    if cfg!(target_family = "wasm") {
        return 1;
    }
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if threads == 0 { cores() } else { threads.min(MAX_THREADS) }
}

/// What a plan can use threads for.
#[derive(Default, Clone, Copy)]
pub(crate) struct Demand {
    /// The most tasks of a pass.
    pub tasks: usize,
    /// Whether a kernel splits its loops over a team.
    pub team: bool,
}

/// The threads of a session, with a workspace for each that has tasks of its own.
pub(crate) struct Workers<W> {
    threads: usize,
    workspaces: Vec<W>,
    #[cfg(not(target_family = "wasm"))]
    pool: Option<std::sync::Arc<rayon::ThreadPool>>,
}

impl<W: Send> Workers<W> {
    /// Makes a workspace for each thread that will have tasks, and starts the threads unless the plan is too small to use them, or
    /// they run for another session already.
    pub(crate) fn start(
        threads: usize,
        demand: Demand,
        workspace: impl FnMut() -> Result<W, Error>,
    ) -> Result<Self, Error> {
        let count = demand.tasks.clamp(1, threads);
        Ok(Workers {
            threads,
            workspaces: std::iter::repeat_with(workspace).take(count).collect::<Result<_, Error>>()?,
            #[cfg(not(target_family = "wasm"))]
            pool: if threads > 1 && (count > 1 || demand.team) {
                Some(pool::shared(threads - 1)?)
            } else {
                None
            },
        })
    }

    /// Returns the number of threads, the calling one included.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Runs each task once, with the workspace of its thread: a thread that has finished a task takes the next.
    pub(crate) fn each(&mut self, tasks: usize, work: impl Fn(usize, &mut W) + Sync) {
        #[cfg(not(target_family = "wasm"))]
        if let Some(pool) = self.pool.as_ref().filter(|_| tasks > 1) {
            return pool::each(pool, &mut self.workspaces, tasks, &work);
        }
        for task in 0..tasks {
            work(task, &mut self.workspaces[0]);
        }
    }

    /// Runs `work` on the calling thread; it may split loops over the team.
    pub(crate) fn with_team(&mut self, work: impl FnOnce(Team<'_>, &mut W)) {
        let team = Team {
            #[cfg(not(target_family = "wasm"))]
            pool: self.pool.as_deref(),
            #[cfg(not(target_family = "wasm"))]
            threads: self.threads,
            session: PhantomData,
        };
        work(team, &mut self.workspaces[0]);
    }
}

/// The threads over which a kernel splits its loops.
#[derive(Clone, Copy)]
pub(crate) struct Team<'a> {
    #[cfg(not(target_family = "wasm"))]
    pool: Option<&'a rayon::ThreadPool>,
    #[cfg(not(target_family = "wasm"))]
    threads: usize,
    session: PhantomData<&'a ()>,
}

impl Team<'_> {
    /// The team of the calling thread alone.
    pub(crate) const ALONE: Team<'static> = Team {
        #[cfg(not(target_family = "wasm"))]
        pool: None,
        #[cfg(not(target_family = "wasm"))]
        threads: 1,
        session: PhantomData,
    };

    /// Runs each task once: a thread that has finished a task takes the next.
    pub(crate) fn each(self, tasks: usize, work: impl Fn(usize) + Sync) {
        #[cfg(not(target_family = "wasm"))]
        if let Some(pool) = self.pool.filter(|_| tasks > 1) {
            let mut workspaces = [(); MAX_THREADS];
            return pool::each(pool, &mut workspaces[..self.threads.min(tasks)], tasks, &|task, ()| {
                work(task)
            });
        }
        (0..tasks).for_each(work);
    }
}

/// A slice shared by threads; each writes a disjoint part.
pub(crate) struct Shared<'a, T> {
    pointer: *mut T,
    len: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: the slice is reached through `part` alone, whose callers promise that no two parts overlap.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub(crate) fn new(numbers: &'a mut [T]) -> Shared<'a, T> {
        Shared { pointer: numbers.as_mut_ptr(), len: numbers.len(), borrowed: PhantomData }
    }

    /// Borrows a part of the slice.
    ///
    /// # Safety
    /// The part overlaps no other part that is borrowed at the same time.
    #[allow(clippy::mut_from_ref, reason = "threads write disjoint parts")]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: in bounds as asserted, and the caller promises that no other borrowed part overlaps it.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.add(range.start), range.len()) }
    }
}

#[cfg(not(target_family = "wasm"))]
mod pool {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, PoisonError, Weak};

    use rayon::{ThreadPool, ThreadPoolBuilder};

    use crate::error::Error;

    /// The pools in use, by their number of threads.
    struct Pools {
        running: BTreeMap<usize, Weak<ThreadPool>>,
        /// The pool asked for last, which runs on without a session: short-lived sessions follow one another.
        last: Option<Arc<ThreadPool>>,
    }

    static POOLS: Mutex<Pools> = Mutex::new(Pools { running: BTreeMap::new(), last: None });

    /// Returns the pool of this number of threads. It starts on first use, and ends when the last session that uses it has ended and
    /// another number is asked for.
    pub(super) fn shared(threads: usize) -> Result<Arc<ThreadPool>, Error> {
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        let running = pools.running.get(&threads).and_then(Weak::upgrade);
        let pool = match running {
            Some(pool) => pool,
            None => {
                let builder = ThreadPoolBuilder::new().num_threads(threads);
                let pool = builder.thread_name(|i| format!("gradloom-{i}")).build();
                Arc::new(pool.map_err(|error| Error::Threads(error.to_string()))?)
            }
        };
        pools.running.retain(|_, pool| pool.strong_count() > 0);
        pools.running.insert(threads, Arc::downgrade(&pool));
        pools.last = Some(pool.clone());
        Ok(pool)
    }

    /// Runs each task once, on the calling thread and on as many threads of the pool as there are further workspaces.
    pub(super) fn each<W: Send>(
        pool: &ThreadPool,
        workspaces: &mut [W],
        tasks: usize,
        work: &(impl Fn(usize, &mut W) + Sync),
    ) {
        let next = AtomicUsize::new(0);
        let drain = |workspace: &mut W| {
            loop {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if task >= tasks {
                    return;
                }
                work(task, workspace);
            }
        };
        let Some((own, others)) = workspaces.split_first_mut() else { return };
        pool.in_place_scope(|scope| {
            for workspace in others {
                scope.spawn(|_| drain(workspace));
            }
            drain(own);
        });
    }
}
