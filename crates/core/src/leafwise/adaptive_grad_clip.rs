//! Adaptive gradient clipping: updates bounded by the norms of their parameters.

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::leafwise::kernel::{Case, Leaf, Leafwise};

/// Clips the norm of each unit's update to `clipping * max(|p|, eps)`; a unit is a slice along `axes`, `|p|` the norm of its parameters.
pub(crate) struct AdaptiveGradClip;

impl Leafwise for AdaptiveGradClip {
    const NAME: &'static str = "adaptive_grad_clip";
    const SCALARS: &'static [&'static str] = &["clipping", "eps"];
    const READS_PARAMS: bool = true;
    const CASES: &'static [Case] = &[
        Case {
            leaves: &[&[3, 5], &[257], &[2, 0, 3], &[300, 200, 2]],
            axes: &[0],
            steps: &[Self::NAME],
            ..Case::EMPTY
        },
        Case { leaves: &[&[], &[3, 5]], steps: &[Self::NAME], ..Case::EMPTY },
    ];

    fn scratch(shape: &[usize], axes: &[usize], _: &[usize]) -> usize {
        units(shape, axes).saturating_mul(2)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { u, p, shape, axes, scalars, scratch, .. } = leaf;
        let (update_norms, param_norms) = scratch.split_at_mut(units(shape, axes));
        update_norms.fill(0.0);
        param_norms.fill(0.0);
        each_unit(shape, axes, |i, unit| {
            update_norms[unit] += u[i].widen() * u[i].widen();
            param_norms[unit] += p[i].widen() * p[i].widen();
        });
        let [clipping, eps] = [scalars[0].lane(), scalars[1].lane()];
        each_unit(shape, axes, |i, unit| {
            let update_norm = T::of(update_norms[unit].sqrt()).lane();
            let param_norm = T::of(param_norms[unit].sqrt()).lane();
            u[i] = T::number(clip(u[i].lane(), update_norm, clipping * param_norm.max(eps)));
        });
    }
}

/// Returns an element of an update that has the norm `norm`, clipped to `max_norm`.
fn clip<L: Lane>(u: L, norm: L, max_norm: L) -> L {
    let clipped = u * (max_norm / norm.max(L::splat(1e-6)));
    L::select(norm.lt(max_norm), u, clipped)
}

/// Counts the units.
fn units(shape: &[usize], axes: &[usize]) -> usize {
    let kept = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
    kept.fold(1, |product: usize, (_, size)| product.saturating_mul(*size))
}

/// Calls `visit(element, unit)` for every element in memory order.
fn each_unit(shape: &[usize], axes: &[usize], mut visit: impl FnMut(usize, usize)) {
    visit_axis(shape, axes, 0, 0, 0, &mut visit);
}

fn visit_axis(
    shape: &[usize],
    axes: &[usize],
    axis: usize,
    element: usize,
    unit: usize,
    visit: &mut impl FnMut(usize, usize),
) {
    if axis == shape.len() {
        return visit(element, unit);
    }
    let kept = !axes.contains(&axis);
    for i in 0..shape[axis] {
        let unit = if kept { unit * shape[axis] + i } else { unit };
        visit_axis(shape, axes, axis + 1, element * shape[axis] + i, unit, visit);
    }
}
