//! The leafwise kernels that have shaders, by the names of the core's registry.

mod factored_rms;
mod frobenius;
mod leaf;
mod matmul;
mod newton_schulz;
mod place;
mod shape_factor;

use gradloom_core::UPDATES;
use gradloom_core::compile::groups::LeafGroup;
use gradloom_core::plan::Source;
use gradloom_core::plan::resolved::LeafwiseStep;

use crate::builder::Builder;
use crate::error::Error;
use crate::stream::copy_to_updates;
use leaf::{IN_INFO, Leaf};

/// Adds the dispatches of a kernel for one leaf.
type Lower = fn(&mut Builder<'_>, &Leaf) -> Result<(), Error>;

/// The registry of shaders. A kernel with a line here takes part in all tests: it has its cases in the core.
const ALL: &[(&str, Lower)] = &[
    ("factored_rms", factored_rms::lower),
    ("newton_schulz", newton_schulz::plain),
    ("newton_schulz_aol", newton_schulz::aol),
    ("newton_schulz_schatten", newton_schulz::schatten),
    ("normalize_by_frobenius", frobenius::lower),
    ("scale_by_consistent_rms", shape_factor::scale_by_consistent_rms),
    ("scale_by_width", shape_factor::scale_by_width),
];

/// Lowers a kernel for the leaves of a group. It reads and writes u in the updates; where it only reads u, in the buffer that holds it,
/// unless that is packed.
pub(crate) fn lower(
    builder: &mut Builder<'_>,
    step: &LeafwiseStep,
    group: &mut LeafGroup,
) -> Result<(), Error> {
    let Some((_, lower)) = ALL.iter().find(|(name, _)| *name == step.formula.name) else {
        return Err(Error::Kernel { kernel: step.formula.name });
    };
    // Shaders of leafwise kernels read single precision.
    let readable = step.formula.reads_only && !builder.is_packed(group.location);
    if !readable && group.location != UPDATES {
        copy_to_updates(builder, group)?;
    }
    for &leaf in &group.leaves {
        let shape = builder.plan.leaves[leaf].shape.clone();
        let scalar = |source: &Source| match source {
            Source::Register(source) => IN_INFO | (source.register * builder.plan.leaves.len() + leaf) as u32,
            Source::Host(index) => *index as u32,
        };
        let leaf = Leaf {
            u: builder.place(group.location, leaf),
            slots: step.slots.iter().map(|buffer| builder.place(*buffer, leaf)).collect(),
            scalars: step.scalars.iter().map(scalar).collect(),
            axes: step.axes.clone(),
            columns: step.columns(&shape),
            shape,
        };
        lower(builder, &leaf)?;
    }
    Ok(())
}
