//! A leaf cut along two of its axes.

/// Indices along the first of the two axes that a thread takes at once, and over which it sums the columns.
const ROWS: usize = 64;

/// A shape as the axes before, between and after two of them.
pub(super) struct Cut {
    outer: usize,
    a: usize,
    middle: usize,
    b: usize,
    pub(super) inner: usize,
}

impl Cut {
    pub(super) fn new(shape: &[usize], a: usize, b: usize) -> Cut {
        let product = |sizes: &[usize]| sizes.iter().product();
        let [outer, middle, inner] = [&shape[..a], &shape[a + 1..b], &shape[b + 1..]].map(product);
        Cut { outer, a: shape[a], middle, b: shape[b], inner }
    }

    pub(super) fn without_b(&self) -> usize {
        self.outer * self.a * self.middle * self.inner
    }

    pub(super) fn without_a(&self) -> usize {
        self.outer * self.columns()
    }

    /// Elements without either axis.
    pub(super) fn rest(&self) -> usize {
        self.outer * self.middle * self.inner
    }

    /// Neighbouring elements along b and what comes after it.
    pub(super) fn run(&self) -> usize {
        self.b * self.inner
    }

    /// Elements without a and what comes before it.
    pub(super) fn columns(&self) -> usize {
        self.middle * self.run()
    }

    pub(super) fn tasks_per_outer(&self) -> usize {
        self.a.div_ceil(ROWS)
    }

    pub(super) fn tasks(&self) -> usize {
        self.outer * self.tasks_per_outer()
    }

    /// Visits every run of a task, with its neighbours along a that follow it by `columns()` elements, at most `most` together.
    pub(super) fn each_run(&self, task: usize, most: usize, mut visit: impl FnMut(Runs)) {
        let (outer, first) = (task / self.tasks_per_outer(), task % self.tasks_per_outer() * ROWS);
        let end = self.a.min(first + ROWS);
        for a in (first..end).step_by(most) {
            for middle in 0..self.middle {
                let row = (outer * self.a + a) * self.middle + middle;
                let (at, no_b) = (row * self.run(), row * self.inner);
                visit(Runs { count: most.min(end - a), at, no_b, middle });
            }
        }
    }

    /// From a run's place without b to that of its neighbour along a.
    pub(super) fn step_without_b(&self) -> usize {
        self.middle * self.inner
    }
}

/// Some runs: where the first is.
pub(super) struct Runs {
    pub count: usize,
    /// The first element.
    pub at: usize,
    /// Its place without b.
    pub no_b: usize,
    /// The index in the middle.
    pub middle: usize,
}
