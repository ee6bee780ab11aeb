use super::super::{Leaf, Leafwise};
use super::rows;
use crate::compiled::Number;
use crate::workers::Shared;

/// Keeps the differences from the last step in row `row`, counted round the memory, zeros at the `first`; and the step.
pub(crate) struct Remember;

/// Elements that a thread takes at once.
const PIECE: usize = 1 << 12;

impl Leafwise for Remember {
    const NAME: &'static str = "lbfgs_remember";
    const SLOTS: &'static [&'static str] =
        &["params", "updates", "diff_params_memory", "diff_updates_memory"];
    const SCALARS: &'static [&'static str] = &["row", "first"];
    const READS_PARAMS: bool = true;
    const KEEPS_U: bool = true;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        let n: usize = shape.iter().product();
        kept[..2] == [n, n] && rows(shape, kept[2], kept[3]).is_some()
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { from, p, slots: [params, updates, w, g, ..], scalars, hands, .. } = leaf;
        let (row, first) = (scalars[0].widen() as usize, scalars[1].widen() != 0.0);
        let u = from.expect("it only looks at u");
        let n = u.len();
        let start = row % (w.len() / n) * n;
        let [w, g] = [w, g].map(|memory| Shared::new(&mut memory[start..][..n]));
        let [params, updates] = [params, updates].map(Shared::new);
        hands.crew.each(n.div_ceil(PIECE), |task| {
            let piece = task * PIECE..n.min((task + 1) * PIECE);
            // SAFETY: no two tasks have an element in common.
            let [params, updates, w, g] =
                [&params, &updates, &w, &g].map(|array| unsafe { array.part(piece.clone()) });
            keep(params, &p[piece.clone()], w, first);
            keep(updates, &u[piece], g, first);
        });
    }
}

fn keep<T: Number>(last: &mut [T], now: &[T], differences: &mut [T], first: bool) {
    for ((difference, last), now) in differences.iter_mut().zip(last).zip(now) {
        *difference = if first { T::default() } else { T::number(now.lane() - last.lane()) };
        *last = *now;
    }
}
