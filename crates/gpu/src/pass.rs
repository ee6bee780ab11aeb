//! A pass: the work of one shader, and what it needs of the device.

use std::collections::BTreeSet;

use gradloom_core::compile::sections::Item;
use gradloom_core::{PARAMS, UPDATES};

use crate::builder::Builder;

/// The work of one shader: kernels and reductions over the elements of leaves.
pub(crate) struct Pass<'a> {
    /// The buffer from which it loads u.
    pub input: usize,
    /// The buffer to which it stores u.
    pub output: Option<usize>,
    /// Its kernels and reductions, in order.
    pub items: &'a [Item<'a>],
    /// Whether it stores the slots that its kernels change.
    pub stores_slots: bool,
}

impl<'a> Pass<'a> {
    /// Makes a pass that stores u in the updates.
    pub(crate) fn to_updates(input: usize, items: &'a [Item<'a>]) -> Pass<'a> {
        Pass { input, output: Some(UPDATES), items, stores_slots: true }
    }

    /// Returns whether it reads the parameters.
    pub(crate) fn reads_params(&self) -> bool {
        self.items.iter().any(Item::reads_params)
    }

    /// Returns whether it has reductions.
    pub(crate) fn reduces(&self) -> bool {
        self.items.iter().any(|item| !item.is_map())
    }

    /// Returns all buffers of leaves that it uses.
    pub(crate) fn buffers(&self) -> BTreeSet<usize> {
        let own = [Some(self.input), self.output, self.reads_params().then_some(PARAMS)];
        own.into_iter()
            .flatten()
            .chain(self.items.iter().flat_map(|item| item.operands().0).copied())
            .collect()
    }

    /// Counts the storage buffers it binds: those of leaves, the table, and the partial sums.
    pub(crate) fn storage_buffers(&self) -> usize {
        self.buffers().len() + 1 + usize::from(self.reduces())
    }

    /// Returns whether it both computes sums and stores packed elements: a thread sums one element at a time, but stores two.
    fn mixes_sums_and_packed_stores(&self, builder: &Builder<'_>) -> bool {
        let maps = self.items.iter().filter(|item| item.is_map() && self.stores_slots);
        let mut stored = maps.flat_map(|item| item.operands().0).chain(&self.output);
        self.reduces() && stored.any(|buffer| builder.is_packed(*buffer))
    }

    /// Returns whether the device can run it as one shader.
    pub(crate) fn fits(&self, builder: &Builder<'_>) -> bool {
        self.storage_buffers() <= builder.request.limits.max_storage_buffers_per_shader_stage
            && !self.mixes_sums_and_packed_stores(builder)
    }
}
