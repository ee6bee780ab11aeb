//! Broadcasting of slots that lack some axes of their leaves.
//!
//! A run is a range of consecutive leaf elements that all read the same number of the slot, or read consecutive numbers.

/// The broadcast of a slot along neighbouring axes of its leaf: element `i` of the leaf reads element
/// `i / (n * inner) * inner + i % inner` of the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// The product of the leaf's sizes along the axes that the slot lacks.
    pub n: usize,
    /// The product of the leaf's sizes along the axes after those.
    pub inner: usize,
}

impl Broadcast {
    /// Returns the broadcast of a slot of shape `slot`, with 1 for each axis that it lacks, to a leaf of shape `leaf`; `None` if the shapes
    /// differ otherwise, or the axes that the slot lacks are not neighbours.
    pub fn new(slot: &[usize], leaf: &[usize]) -> Option<Broadcast> {
        let lacks = |axis: &usize| slot[*axis] != leaf[*axis];
        if slot.len() != leaf.len() {
            return None;
        }
        let first = (0..leaf.len()).find(lacks).unwrap_or(0);
        let end = (0..leaf.len()).rfind(lacks).map_or(first, |last| last + 1);
        let product = |sizes: &[usize]| sizes.iter().product();
        let neighbours = slot[first..end].iter().all(|size| *size == 1);
        neighbours.then(|| Broadcast { n: product(&leaf[first..end]), inner: product(&leaf[end..]) })
    }

    /// Returns the number of leaf elements that one group of `inner` slot elements covers.
    pub fn period(&self) -> usize {
        self.n * self.inner
    }

    /// Returns whether the slot lacks any axis of the leaf.
    pub fn lacks_axes(&self) -> bool {
        self.n != 1
    }

    /// Returns whether all elements of a run read the same number; if not, they read consecutive numbers.
    pub(crate) fn is_constant(&self) -> bool {
        self.inner == 1
    }

    /// Returns the length of a run.
    pub(crate) fn run_length(&self) -> usize {
        if self.is_constant() { self.n } else { self.inner }
    }

    /// Returns a cursor at an element of the leaf.
    pub(crate) fn cursor_at(self, element: usize) -> Cursor {
        let (row, first) = if self.is_constant() { (element, 0) } else { divide(element, self.inner) };
        let (part, i) = divide(row, self.n);
        Cursor { broadcast: self, part, i, first }
    }
}

/// Returns the quotient and the remainder of `a / b`.
fn divide(a: usize, b: usize) -> (usize, usize) {
    (a / b, a % b)
}

/// The position of a leaf element, and of the slot element that it reads.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    broadcast: Broadcast,
    /// The index along the axes before those that the slot lacks.
    part: usize,
    /// The index along the axes that the slot lacks.
    i: usize,
    /// The index along the axes after those; 0 for a constant run.
    first: usize,
}

impl Cursor {
    /// Returns the index of the slot element that the current leaf element reads.
    pub(crate) fn index(&self) -> usize {
        self.part * self.broadcast.inner + self.first
    }

    /// Returns the number of elements to the end of the current run.
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

    /// Advances by `elements`, at most to the end of the current run.
    fn advance_in_run(&mut self, elements: usize) {
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

    /// Advances by `elements`.
    pub(crate) fn advance(&mut self, mut elements: usize) {
        while elements > 0 {
            let count = elements.min(self.remaining());
            self.advance_in_run(count);
            elements -= count;
        }
    }

    /// Fills `to` with the numbers that the next elements of the leaf read.
    pub(crate) fn fill<T: Copy>(mut self, slot: &[T], mut to: &mut [T]) {
        while !to.is_empty() {
            let (run, rest) = to.split_at_mut(to.len().min(self.remaining()));
            if self.is_constant() {
                run.fill(slot[self.index()]);
            } else {
                run.copy_from_slice(&slot[self.index()..][..run.len()]);
            }
            self.advance_in_run(run.len());
            to = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns for each element of the leaf the index of the slot element with the same coordinates.
    fn by_coordinates(slot: &[usize], leaf: &[usize]) -> Vec<usize> {
        let elements = 0..leaf.iter().product();
        let index = |mut i: usize| {
            let (mut index, mut stride) = (0, 1);
            for (size, slot_size) in leaf.iter().zip(slot).rev() {
                index += i % size % slot_size * stride;
                stride *= slot_size;
                i /= size;
            }
            index
        };
        elements.map(index).collect()
    }

    #[test]
    fn every_element_reads_the_number_at_its_coordinates() {
        for (slot, leaf) in [
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
            let broadcast = Broadcast::new(slot, leaf).expect("the axes are neighbours");
            let expected = by_coordinates(slot, leaf);
            let numbers: Vec<usize> = (0..slot.iter().product()).collect();
            for at in 0..expected.len() {
                for end in at..=expected.len() {
                    let mut found = vec![usize::MAX; end - at];
                    broadcast.cursor_at(at).fill(&numbers, &mut found);
                    assert_eq!(found, expected[at..end], "{slot:?} of {leaf:?} from {at}");
                    let mut cursor = broadcast.cursor_at(at);
                    cursor.advance(end - at);
                    let next = expected.get(end).copied().unwrap_or(cursor.index());
                    assert_eq!(cursor.index(), next, "{slot:?} of {leaf:?} from {at} to {end}");
                }
            }
        }
    }

    #[test]
    fn other_shapes_cannot_be_broadcast() {
        for (slot, leaf) in
            [(&[3][..], &[3, 5][..]), (&[3, 2], &[3, 5]), (&[1, 4, 1], &[3, 4, 5]), (&[5, 3], &[3, 5])]
        {
            assert_eq!(Broadcast::new(slot, leaf), None, "{slot:?} of {leaf:?}");
        }
    }
}
