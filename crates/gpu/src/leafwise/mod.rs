//! Kernels of whole leaves as dispatches, by the names of the core's.

mod factored_rms;
mod frobenius;
mod leaf;
mod matmul;
mod newton_schulz;
mod shape_factor;
mod stack;

use gradloom_core::compile::groups::Class;
use gradloom_core::leafwise;
use gradloom_core::plan::{Leafwise, Source};
use gradloom_core::{SLOTS, UPDATES};

use crate::Error;
use crate::builder::Builder;
use crate::stream::{copy_to_updates, is_packed};
use leaf::{IN_INFO, Leaf};

/// Adds the dispatches of a kernel for one leaf, whose u lies in the updates unless the kernel only looks at it.
type Lower = fn(&mut Builder<'_>, &Leaf) -> Result<(), Error>;

const ALL: &[(&str, Lower)] = &[
    ("factored_rms", factored_rms::lower),
    ("newton_schulz", newton_schulz::plain),
    ("newton_schulz_aol", newton_schulz::aol),
    ("newton_schulz_schatten", newton_schulz::schatten),
    ("normalize_by_frobenius", frobenius::lower),
    ("scale_by_consistent_rms", shape_factor::consistent_rms),
    ("scale_by_width", shape_factor::width),
];

/// Lowers a kernel for the leaves of a class; u then lies in the updates, or where it was if the kernel only looks at it and can.
pub(crate) fn lower(builder: &mut Builder<'_>, step: &Leafwise, class: &mut Class) -> Result<(), Error> {
    let Some((_, lower)) = ALL.iter().find(|(name, _)| *name == step.leafwise) else {
        return Err(Error::Kernel { kernel: step.leafwise.clone() });
    };
    let formula = leafwise::find(&step.leafwise).expect("the plan has been checked");
    // Shaders of whole leaves read single precision.
    let readable = formula.keeps_u && !is_packed(builder, class.location);
    if !readable && class.location != UPDATES {
        copy_to_updates(builder, class)?;
    }
    for &leaf in &class.leaves {
        let shape = builder.plan.leaves[leaf].shape.clone();
        let columns = step.columns.clone().unwrap_or_else(|| leafwise::other_axes(&shape, &step.axes));
        let scalar = |name: &&str| match step.scalars[*name] {
            Source::Register(source) => IN_INFO | (source.register * builder.plan.leaves.len() + leaf) as u32,
            Source::Host(index) => index as u32,
        };
        let slots = formula.slots.iter().map(|name| builder.place(SLOTS + step.slots[*name], leaf));
        let leaf = Leaf {
            u: builder.place(class.location, leaf),
            slots: slots.collect(),
            scalars: formula.scalars.iter().map(scalar).collect(),
            shape,
            axes: step.axes.clone(),
            columns,
        };
        lower(builder, &leaf)?;
    }
    Ok(())
}
