//! Fused chains: kernels that are compiled into one loop, from the same formulas as each kernel alone.

use super::accumulation::ema;
use super::adam::{scale_by_adam, scale_by_adam_nesterov};
use super::applying::apply;
use super::clipping::{clip_by_block_rms, clip_by_global_norm};
use super::contrib_adaptive::{momo, momo_adam_average, momo_average, prodigy, scale_by_madgrad};
use super::contrib_moments::{scale_by_adopt, scale_by_simplified_ademamix};
use super::factored::scale_by_factors;
use super::kernel::{Kernel, Map, MapLoop, Named};
use super::moments::{scale_by_amsgrad, scale_by_belief};
use super::momentum::{trace, trace_nesterov};
use super::norms::{scale_by_novograd, scale_by_param_block, scale_by_polyak, scale_by_trust_ratio};
use super::scaling::{add_decayed_weights, scale};
use super::signs::{scale_by_lion, scale_by_sign};
use super::sm3::scale_by_sm3;
use super::squares::{scale_by_rms, scale_by_rms_eps_outside, scale_by_rss};
use super::wrapping::schedule_free;
use crate::lanes::dispatch::DispatchTable;

/// A chain of kernels that is compiled into one loop.
pub struct Fused {
    /// The names of the kernels, in order.
    pub names: &'static [&'static str],
    pub(crate) compiled: DispatchTable<Map>,
}

const fn row<K: Kernel>(names: &'static [&'static str]) -> Fused {
    Fused { names, compiled: DispatchTable::of::<MapLoop<K>>() }
}

macro_rules! chain {
    ($kernel:ty) => { $kernel };
    ($kernel:ty, $($rest:ty),+) => { ($kernel, chain!($($rest),+)) };
}

macro_rules! rows {
    ($([$($kernel:ty),+])* then $([$($other:ty),+])*) => {
        &[
            $(
                row::<chain!($($kernel),+)>(&[$(<$kernel>::NAME),+]),
                row::<chain!($($kernel),+, apply)>(&[$(<$kernel>::NAME),+, apply::NAME]),
                row::<chain!(clip_by_global_norm, $($kernel),+)>(
                    &[clip_by_global_norm::NAME, $(<$kernel>::NAME),+],
                ),
                row::<chain!(clip_by_global_norm, $($kernel),+, apply)>(
                    &[clip_by_global_norm::NAME, $(<$kernel>::NAME),+, apply::NAME],
                ),
            )*
            $(
                row::<chain!($($other),+)>(&[$(<$other>::NAME),+]),
                row::<chain!($($other),+, apply)>(&[$(<$other>::NAME),+, apply::NAME]),
            )*
        ]
    };
}

/// All fused chains. Each row makes its chain with and without `apply` at the end; a row before `then` makes both also with
/// `clip_by_global_norm` at the start.
pub static ALL: &[Fused] = rows! {
    [scale]
    [trace, scale]
    [trace_nesterov, scale]
    [add_decayed_weights, trace, scale]
    [scale_by_adam, scale]
    [add_decayed_weights, scale_by_adam, scale]
    [scale_by_adam, add_decayed_weights, scale]
    [scale_by_adam_nesterov, scale]
    [scale_by_adam_nesterov, add_decayed_weights, scale]
    [scale_by_amsgrad, scale]
    [scale_by_belief, scale]
    [scale_by_lion, add_decayed_weights, scale]
    [ema, scale_by_sign, scale]
    [scale_by_adopt, scale]
    [scale_by_sign, scale]
    [scale_by_rms, scale]
    [scale_by_rms, scale, trace]
    [scale_by_rss, scale]
    then
    [scale, scale]
    [scale, scale_by_polyak]
    [scale, schedule_free]
    [scale_by_rms_eps_outside, add_decayed_weights, scale, schedule_free]
    [scale_by_simplified_ademamix, add_decayed_weights, scale]
    [add_decayed_weights, scale_by_madgrad]
    [scale_by_novograd, scale]
    [scale_by_trust_ratio, scale]
    [scale_by_trust_ratio, scale, add_decayed_weights]
    [scale_by_factors, clip_by_block_rms, scale, scale_by_param_block, scale]
    [scale_by_sm3, scale]
    [momo_average, momo]
    [momo_adam_average, momo]
    [prodigy]
};

/// Returns the longest fused chain, of two or more kernels, with which a list of kernels starts.
pub(crate) fn longest_start(names: &[&str]) -> Option<&'static Fused> {
    let fits = |chain: &&Fused| chain.names.len() > 1 && names.starts_with(chain.names);
    ALL.iter().filter(fits).max_by_key(|chain| chain.names.len())
}
