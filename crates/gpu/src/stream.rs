//! Elementwise kernels and reductions: each class of leaves goes through all steps of a section in one dispatch.

use std::collections::{BTreeMap, BTreeSet};

use gradloom_core::compile::groups::Class;
use gradloom_core::compile::sections::{End, Item, Part, Run};
use gradloom_core::formulas::reductions::{self, ReductionFormula};
use gradloom_core::formulas::{self, Formula};
use gradloom_core::plan::{Output, Phase, Source};
use gradloom_core::sums::BLOCK;
use gradloom_core::{Broadcast, Dtype, GRADS, PARAMS, SLOTS, UPDATES};

use crate::builder::{Builder, within};
use crate::chunks::{Bound, Chunk, cut};
use crate::folds::Sums;
use crate::{Error, shader};

/// An elementwise kernel or a reduction, its operands in order.
pub(crate) enum Op {
    Map { formula: &'static Formula, slots: Vec<usize>, scalars: Vec<Source> },
    Reduce { formula: &'static ReductionFormula, slots: Vec<usize>, scalars: Vec<Source>, sum: usize },
}

impl Op {
    fn plain(name: &str) -> Op {
        let formula = formulas::find(name).expect("a kernel of the registry");
        Op::Map { formula, slots: Vec::new(), scalars: Vec::new() }
    }

    fn name(&self) -> &'static str {
        match self {
            Op::Map { formula, .. } => formula.name,
            Op::Reduce { formula, .. } => formula.name,
        }
    }

    /// The buffers of its slots, and where its scalars come from.
    pub(crate) fn operands(&self) -> (&[usize], &[Source]) {
        let (Op::Map { slots, scalars, .. } | Op::Reduce { slots, scalars, .. }) = self;
        (slots, scalars)
    }

    fn reads_params(&self) -> bool {
        match self {
            Op::Map { formula, .. } => formula.reads_params,
            Op::Reduce { formula, .. } => formula.reads_params,
        }
    }

    fn is_map(&self) -> bool {
        matches!(self, Op::Map { .. })
    }
}

/// What one shader does to an element.
pub(crate) struct Pass<'a> {
    /// The buffer that holds u.
    pub input: usize,
    /// The buffer that gets it.
    pub output: Option<usize>,
    pub ops: &'a [Op],
    /// Whether slots that its kernels change are stored.
    pub keeps_slots: bool,
}

impl<'a> Pass<'a> {
    fn to_updates(input: usize, ops: &'a [Op]) -> Pass<'a> {
        Pass { input, output: Some(UPDATES), ops, keeps_slots: true }
    }

    pub(crate) fn reads_params(&self) -> bool {
        self.ops.iter().any(Op::reads_params)
    }

    pub(crate) fn reduces(&self) -> bool {
        self.ops.iter().any(|op| !op.is_map())
    }

    /// All buffers of leaves that it uses.
    pub(crate) fn buffers(&self) -> BTreeSet<usize> {
        let own = [Some(self.input), self.output, self.reads_params().then_some(PARAMS)];
        own.into_iter().flatten().chain(self.ops.iter().flat_map(|op| op.operands().0).copied()).collect()
    }

    /// What it needs: its buffers, the table, and room for sums.
    fn storage_buffers(&self) -> usize {
        self.buffers().len() + 1 + usize::from(self.reduces())
    }

    /// Sums need an element per thread, packed stores two.
    fn mixes_sums_and_packed_stores(&self, builder: &Builder<'_>) -> bool {
        let maps = self.ops.iter().filter(|op| op.is_map() && self.keeps_slots);
        let mut stored = maps.flat_map(|op| op.operands().0).chain(&self.output);
        self.reduces() && stored.any(|buffer| is_packed(builder, *buffer))
    }

    fn fits(&self, builder: &Builder<'_>) -> bool {
        self.storage_buffers() <= builder.request.limits.max_storage_buffers_per_shader_stage
            && !self.mixes_sums_and_packed_stores(builder)
    }
}

/// What the leaves of a buffer are stored as.
pub(crate) fn dtype(builder: &Builder<'_>, buffer: usize) -> Dtype {
    builder.buffers[buffer].places.iter().flatten().next().map_or(Dtype::F32, |place| place.dtype)
}

/// Whether two elements share a word.
pub(crate) fn is_packed(builder: &Builder<'_>, buffer: usize) -> bool {
    dtype(builder, buffer) != Dtype::F32
}

/// Lowers a pass of kernels and sums.
pub(crate) fn lower(
    builder: &mut Builder<'_>,
    phase: &Phase,
    run: &Run,
    classes: &mut [Class],
) -> Result<(), Error> {
    let sums = Sums::reserve(builder, run.sums(phase));
    let keeps_slots = phase.output != Output::Registers;
    for class in classes {
        let Part { items, last, output } = run.part(phase, class);
        let ops: Vec<Op> = items.into_iter().map(op).chain(last.map(Op::plain)).collect();
        // What is done again must find u as it was.
        let parts = keeps_slots && (run.end != End::Summed || class.location != UPDATES);
        lower_class(builder, class, &ops, output, [keeps_slots, parts], &sums)?;
        class.location = output.unwrap_or(class.location);
    }
    sums.lower(builder);
    Ok(())
}

fn op(item: Item<'_>) -> Op {
    let slots = |names: &[&str], given: &BTreeMap<String, usize>| -> Vec<usize> {
        names.iter().map(|name| SLOTS + given[*name]).collect()
    };
    let scalars = |names: &[&str], given: &BTreeMap<String, Source>| -> Vec<Source> {
        names.iter().map(|name| given[*name]).collect()
    };
    match item {
        Item::Map(step) => {
            let formula = formulas::find(&step.map).expect("the plan has been checked");
            let (slots, scalars) =
                (slots(formula.slots, &step.slots), scalars(formula.scalars, &step.scalars));
            Op::Map { formula, slots, scalars }
        }
        Item::Reduce(step, sum) => {
            let formula = reductions::find(&step.reduce).expect("the plan has been checked");
            let (slots, scalars) =
                (slots(formula.slots, &step.slots), scalars(formula.scalars, &step.scalars));
            Op::Reduce { formula, slots, scalars, sum }
        }
    }
}

/// As few passes as the device allows; between them u lies in the updates.
fn lower_class(
    builder: &mut Builder<'_>,
    class: &Class,
    ops: &[Op],
    output: Option<usize>,
    [keeps_slots, parts]: [bool; 2],
    sums: &Sums,
) -> Result<(), Error> {
    let mut input = class.location;
    let mut rest = ops;
    // What a pass does not leave behind, no other one can go on with.
    let parts = parts || !ops.iter().any(Op::is_map);
    while !rest.is_empty() {
        let least = if parts { 1 } else { rest.len() };
        let passes = (least..=rest.len()).rev().map(|count| {
            let kept = rest[..count].iter().any(Op::is_map).then_some(UPDATES);
            let output = if count == rest.len() { output } else { kept };
            Pass { input, output, ops: &rest[..count], keeps_slots }
        });
        let Some(pass) = passes.into_iter().find(|pass| pass.fits(builder)) else {
            // A kernel with many slots has room where u is changed in place.
            if parts && input == GRADS {
                let copy = [Op::plain("identity")];
                emit(builder, class, &Pass::to_updates(input, &copy), sums)?;
                input = UPDATES;
                continue;
            }
            let most = builder.request.limits.max_storage_buffers_per_shader_stage as u64;
            let needed = Pass::to_updates(input, &rest[..least]).storage_buffers() as u64;
            let what = || format!("the kernel \"{}\"", rest[0].name());
            return within(what, "maxStorageBuffersPerShaderStage", needed.max(most + 1), most);
        };
        emit(builder, class, &pass, sums)?;
        input = pass.output.unwrap_or(input);
        rest = &rest[pass.ops.len()..];
    }
    Ok(())
}

/// Puts the u of a class into the updates.
pub(crate) fn copy_to_updates(builder: &mut Builder<'_>, class: &mut Class) -> Result<(), Error> {
    let copy = [Op::plain("identity")];
    emit(builder, class, &Pass::to_updates(class.location, &copy), &Sums::default())?;
    class.location = UPDATES;
    Ok(())
}

fn emit(builder: &mut Builder<'_>, class: &Class, pass: &Pass<'_>, sums: &Sums) -> Result<(), Error> {
    let buffers: Vec<usize> = pass.buffers().into_iter().collect();
    let looks = Looks::of(builder, class, &buffers)?;
    let broadcast = looks.0.keys().copied().collect();
    let Some(shader) = shader::write(builder, pass, &broadcast) else { return Ok(()) };
    let names: Vec<&str> = pass.ops.iter().map(Op::name).collect();
    let pipeline = builder.pipeline(names.join(", "), shader.wgsl, shader.storage);
    let bound = Bound { buffers: &buffers, broadcast: &broadcast };
    for chunk in cut(builder, &class.leaves, &bound)? {
        let rows = rows(pass, &chunk, sums, &looks);
        let first = builder.table(&rows);
        let mut storage = vec![builder.whole(builder.info)];
        storage.extend(&chunk.ranges);
        if pass.reduces() {
            storage.push(builder.whole(builder.partials));
        }
        let block = [first, chunk.segments.len() as u32];
        builder.dispatch(pipeline, [chunk.workgroups, 1, 1], &block, storage);
    }
    Ok(())
}

/// How slots that lack axes look from each leaf, by buffer.
struct Looks(BTreeMap<usize, BTreeMap<usize, Broadcast>>);

impl Looks {
    fn of(builder: &Builder<'_>, class: &Class, buffers: &[usize]) -> Result<Looks, Error> {
        let slots = buffers.iter().filter(|buffer| **buffer >= SLOTS);
        let looks = slots.filter_map(|buffer| {
            let broadcasts = builder.plan.broadcasts(buffer - SLOTS, &class.leaves);
            (!broadcasts.is_empty()).then_some((*buffer, broadcasts))
        });
        let looks = Looks(looks.collect());
        for &leaf in class.leaves.iter().filter(|_| !looks.0.is_empty()) {
            let elements = builder.plan.leaves[leaf].elements().expect("the plan has been checked") as u64;
            let what = || format!("leaf {leaf}, for slots that lack axes of it,");
            within(what, "elements that a u32 counts", elements, u32::MAX.into())?;
        }
        Ok(looks)
    }
}

/// A row per segment, as `shader` reads them.
fn rows(pass: &Pass<'_>, chunk: &Chunk, sums: &Sums, looks: &Looks) -> Vec<u32> {
    let mut rows = Vec::new();
    for segment in &chunk.segments {
        // No leaf of a device's size has more elements than a word counts.
        let elements = u32::try_from(segment.elements).unwrap_or(u32::MAX);
        rows.extend([segment.first_workgroup, segment.leaf as u32, elements]);
        rows.extend(&segment.starts);
        for op in pass.ops {
            if let Op::Reduce { sum, .. } = op {
                rows.push(sums.first(*sum, segment.leaf) + segment.first_block as u32);
            }
        }
        if !looks.0.is_empty() {
            rows.push(segment.first_block as u32 * BLOCK as u32);
        }
        for leaves in looks.0.values() {
            let broadcast = leaves[&segment.leaf];
            rows.extend([broadcast.period() as u32, broadcast.inner as u32]);
        }
    }
    rows
}
