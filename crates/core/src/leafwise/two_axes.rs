//! A leaf cut along two of its axes.

/// The most indices along the first of the two axes in one task: over these a thread adds up its sums of columns.
const ROWS: usize = 64;

/// A shape as the axes before, between and after two of them, `a` and `b`.
#[derive(Clone, Copy)]
pub struct TwoAxes {
    /// Elements along the axes before `a`.
    pub outer: usize,
    /// The size of axis `a`.
    pub a: usize,
    /// Elements along the axes between `a` and `b`.
    pub middle: usize,
    /// The size of axis `b`.
    pub b: usize,
    /// Elements along the axes after `b`.
    pub inner: usize,
}

impl TwoAxes {
    /// Cuts a shape along axis `a` and a later axis `b`.
    pub fn new(shape: &[usize], a: usize, b: usize) -> TwoAxes {
        let product = |sizes: &[usize]| sizes.iter().product();
        let [outer, middle, inner] = [&shape[..a], &shape[a + 1..b], &shape[b + 1..]].map(product);
        TwoAxes { outer, a: shape[a], middle, b: shape[b], inner }
    }

    /// Counts the elements of the shape without `b`.
    pub(super) fn without_b(&self) -> usize {
        self.outer * self.a * self.middle * self.inner
    }

    /// Counts the elements of the shape without `a`.
    pub(super) fn without_a(&self) -> usize {
        self.outer * self.columns()
    }

    /// Counts the elements of the shape without either axis.
    pub(super) fn rest(&self) -> usize {
        self.outer * self.middle * self.inner
    }

    /// Counts the neighbouring elements of a run: those along `b` and the axes after it.
    pub(super) fn run(&self) -> usize {
        self.b * self.inner
    }

    /// Counts the elements along all axes after `a`: the distance of neighbours along `a`.
    pub(super) fn columns(&self) -> usize {
        self.middle * self.run()
    }

    /// Counts the tasks for each index along the axes before `a`.
    pub(super) fn tasks_per_outer(&self) -> usize {
        self.a.div_ceil(ROWS)
    }

    /// Counts the tasks that threads share.
    pub(super) fn tasks(&self) -> usize {
        self.outer * self.tasks_per_outer()
    }

    /// Visits the runs of a task, at most `most` neighbours along `a` at a time.
    pub(super) fn each_run(&self, task: usize, most: usize, mut visit: impl FnMut(Runs)) {
        let (outer, first) = (task / self.tasks_per_outer(), task % self.tasks_per_outer() * ROWS);
        let end = self.a.min(first + ROWS);
        for a in (first..end).step_by(most) {
            for middle in 0..self.middle {
                let row = (outer * self.a + a) * self.middle + middle;
                let (at, at_without_b) = (row * self.run(), row * self.inner);
                visit(Runs { count: most.min(end - a), at, at_without_b, middle });
            }
        }
    }

    /// Returns the distance, in the shape without `b`, of neighbours along `a`.
    pub(super) fn step_without_b(&self) -> usize {
        self.middle * self.inner
    }
}

/// Runs of elements, `count` of them, which are neighbours along `a`.
pub(super) struct Runs {
    pub count: usize,
    /// The first element of the first run.
    pub at: usize,
    /// The place of the first run in the shape without `b`.
    pub at_without_b: usize,
    /// The index of the runs along the axes between `a` and `b`.
    pub middle: usize,
}
