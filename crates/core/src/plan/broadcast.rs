//! Slots that lack axes of their leaves.

/// How a slot with one number for all indices of some neighbouring axes looks from its leaf: element `i` has number
/// `i / (n * inner) * inner + i % inner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// Indices along the axes that the slot lacks.
    pub n: usize,
    /// Elements behind those axes.
    pub inner: usize,
}

impl Broadcast {
    /// From the slot's shape, which has a 1 for each axis that it lacks; `None` where those are not neighbours.
    pub fn new(kept: &[usize], shape: &[usize]) -> Option<Broadcast> {
        let lacks = |axis: &usize| kept[*axis] != shape[*axis];
        if kept.len() != shape.len() {
            return None;
        }
        let first = (0..shape.len()).find(lacks).unwrap_or(0);
        let end = (0..shape.len()).rfind(lacks).map_or(first, |last| last + 1);
        let product = |sizes: &[usize]| sizes.iter().product();
        let neighbours = kept[first..end].iter().all(|size| *size == 1);
        neighbours.then(|| Broadcast { n: product(&shape[first..end]), inner: product(&shape[end..]) })
    }

    /// Elements of the leaf from where a part of the slot is first used to where the next one is.
    pub fn period(&self) -> usize {
        self.n * self.inner
    }

    /// Whether the slot lacks any axis of the leaf.
    pub fn lacks_axes(&self) -> bool {
        self.n != 1
    }

    /// Whether neighbours share a number; otherwise those of a run have neighbouring numbers.
    pub(crate) fn is_constant(&self) -> bool {
        self.inner == 1
    }

    /// Elements of a run.
    pub(crate) fn run_length(&self) -> usize {
        if self.is_constant() { self.n } else { self.inner }
    }

    /// An element on the way through the leaf.
    pub(crate) fn cursor_at(self, element: usize) -> Cursor {
        let (row, first) = if self.is_constant() { (element, 0) } else { divide(element, self.inner) };
        let (part, i) = divide(row, self.n);
        Cursor { broadcast: self, part, i, first }
    }
}

fn divide(a: usize, b: usize) -> (usize, usize) {
    (a / b, a % b)
}

/// An element of a leaf, and where the number is that a slot has for it.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    broadcast: Broadcast,
    part: usize,
    /// The index along the axes that the slot lacks.
    i: usize,
    /// The index along those behind.
    first: usize,
}

impl Cursor {
    /// The place of the number.
    pub(crate) fn index(&self) -> usize {
        self.part * self.broadcast.inner + self.first
    }

    /// Elements to the end of the run.
    pub(crate) fn remaining(&self) -> usize {
        if self.broadcast.is_constant() {
            self.broadcast.n - self.i
        } else {
            self.broadcast.inner - self.first
        }
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.broadcast.is_constant()
    }

    /// Goes on by some elements, to the end of the run at most.
    fn step(&mut self, elements: usize) {
        let Broadcast { n, inner } = self.broadcast;
        if self.is_constant() {
            self.i += elements;
        } else {
            self.first += elements;
            if self.first == inner {
                (self.first, self.i) = (0, self.i + 1);
            }
        }
        if self.i == n {
            (self.i, self.part) = (0, self.part + 1);
        }
    }

    /// Goes on by some elements.
    pub(crate) fn advance(&mut self, mut elements: usize) {
        while elements > 0 {
            let run = elements.min(self.remaining());
            self.step(run);
            elements -= run;
        }
    }

    /// Writes down what the next elements have.
    pub(crate) fn fill<T: Copy>(mut self, slot: &[T], mut to: &mut [T]) {
        while !to.is_empty() {
            let (run, rest) = to.split_at_mut(to.len().min(self.remaining()));
            if self.is_constant() {
                run.fill(slot[self.index()]);
            } else {
                run.copy_from_slice(&slot[self.index()..][..run.len()]);
            }
            self.step(run.len());
            to = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each element of the leaf the number of the slot by coordinates.
    fn by_coordinates(kept: &[usize], shape: &[usize]) -> Vec<usize> {
        let elements = 0..shape.iter().product();
        let place = |mut i: usize| {
            let (mut place, mut stride) = (0, 1);
            for (size, kept) in shape.iter().zip(kept).rev() {
                place += i % size % kept * stride;
                stride *= kept;
                i /= size;
            }
            place
        };
        elements.map(place).collect()
    }

    #[test]
    fn every_element_has_the_number_of_its_coordinates() {
        for (kept, shape) in [
            (&[3, 1][..], &[3, 5][..]),
            (&[1, 5], &[3, 5]),
            (&[1, 1, 5], &[3, 4, 5]),
            (&[3, 1, 1], &[3, 4, 5]),
            (&[3, 1, 5], &[3, 4, 5]),
            (&[2, 3, 1, 5], &[2, 3, 4, 5]),
            (&[1, 1], &[3, 5]),
            (&[3, 5], &[3, 5]),
            (&[1, 1, 5], &[3, 1, 5]),
            (&[], &[]),
        ] {
            let broadcast = Broadcast::new(kept, shape).expect("the axes are neighbours");
            let expected = by_coordinates(kept, shape);
            let slot: Vec<usize> = (0..kept.iter().product()).collect();
            for at in 0..expected.len() {
                for end in at..=expected.len() {
                    let mut found = vec![usize::MAX; end - at];
                    broadcast.cursor_at(at).fill(&slot, &mut found);
                    assert_eq!(found, expected[at..end], "{kept:?} of {shape:?} from {at}");
                    let mut cursor = broadcast.cursor_at(at);
                    cursor.advance(end - at);
                    let next = expected.get(end).copied().unwrap_or(cursor.index());
                    assert_eq!(cursor.index(), next, "{kept:?} of {shape:?} from {at} to {end}");
                }
            }
        }
    }

    #[test]
    fn other_shapes_do_not_fit() {
        for (kept, shape) in
            [(&[3][..], &[3, 5][..]), (&[3, 2], &[3, 5]), (&[1, 4, 1], &[3, 4, 5]), (&[5, 3], &[3, 5])]
        {
            assert_eq!(Broadcast::new(kept, shape), None, "{kept:?} of {shape:?}");
        }
    }
}
