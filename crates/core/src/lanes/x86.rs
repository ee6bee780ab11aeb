//! Vector registers of x86-64.
//!
//! SAFETY: the intrinsics need SSE2, AVX2 with FMA, or AVX-512. Only loops that `dispatch` compiles for that set use its types, and a
//! session runs them only if `available_isas` has found the set on the machine.

use std::arch::x86_64::*;
use std::ops::{BitAnd, BitOr};

use super::cbrt::{cbrt_f32, cbrt_f64};
use super::registers::register;
use crate::lanes::pair::Pair;

register!(@mask Mask32x4(__m128), and _mm_and_ps, or _mm_or_ps, not |m| _mm_xor_ps(m, _mm_cmpeq_ps(_mm_setzero_ps(), _mm_setzero_ps())));
register!(
    F32x4(__m128): 4 x f32, pair Pair<Self>, fuses false, mask Mask32x4(__m128), tanh libm::tanhf, cbrt cbrt_f32,
    splat _mm_set1_ps, load _mm_loadu_ps, store _mm_storeu_ps,
    wide Pair<F64x2>, widen |x| Pair(F64x2(_mm_cvtps_pd(x.0)), F64x2(_mm_cvtps_pd(_mm_movehl_ps(x.0, x.0)))),
    narrow |x| F32x4(_mm_movelh_ps(_mm_cvtpd_ps(x.0.0), _mm_cvtpd_ps(x.1.0))),
    add _mm_add_ps, sub _mm_sub_ps, mul _mm_mul_ps, div _mm_div_ps, sqrt _mm_sqrt_ps,
    neg |x| _mm_xor_ps(x, _mm_set1_ps(-0.0)), abs |x| _mm_andnot_ps(_mm_set1_ps(-0.0), x),
    lt |a, b| _mm_cmplt_ps(a, b), le |a, b| _mm_cmple_ps(a, b), eq |a, b| _mm_cmpeq_ps(a, b),
    select |m, yes, no| _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no)),
    nan |x| _mm_cmpunord_ps(x, x), max _mm_max_ps, min _mm_min_ps
);

register!(@mask Mask64x2(__m128d), and _mm_and_pd, or _mm_or_pd, not |m| _mm_xor_pd(m, _mm_cmpeq_pd(_mm_setzero_pd(), _mm_setzero_pd())));
register!(
    F64x2(__m128d): 2 x f64, pair Pair<Self>, fuses false, mask Mask64x2(__m128d), tanh libm::tanh, cbrt cbrt_f64,
    splat _mm_set1_pd, load _mm_loadu_pd, store _mm_storeu_pd,
    wide Self, widen |x| x, narrow |x| x,
    add _mm_add_pd, sub _mm_sub_pd, mul _mm_mul_pd, div _mm_div_pd, sqrt _mm_sqrt_pd,
    neg |x| _mm_xor_pd(x, _mm_set1_pd(-0.0)), abs |x| _mm_andnot_pd(_mm_set1_pd(-0.0), x),
    lt |a, b| _mm_cmplt_pd(a, b), le |a, b| _mm_cmple_pd(a, b), eq |a, b| _mm_cmpeq_pd(a, b),
    select |m, yes, no| _mm_or_pd(_mm_and_pd(m, yes), _mm_andnot_pd(m, no)),
    nan |x| _mm_cmpunord_pd(x, x), max _mm_max_pd, min _mm_min_pd
);

register!(@mask Mask32x8(__m256), and _mm256_and_ps, or _mm256_or_ps, not |m| _mm256_xor_ps(m, _mm256_cmp_ps::<_CMP_TRUE_UQ>(m, m)));
register!(
    F32x8(__m256): 8 x f32, pair Pair<Self>, fuses true, mask Mask32x8(__m256), tanh libm::tanhf, cbrt cbrt_f32,
    splat _mm256_set1_ps, load _mm256_loadu_ps, store _mm256_storeu_ps,
    wide Pair<F64x4>,
    widen |x| Pair(F64x4(_mm256_cvtps_pd(_mm256_castps256_ps128(x.0))), F64x4(_mm256_cvtps_pd(_mm256_extractf128_ps::<1>(x.0)))),
    narrow |x| F32x8(_mm256_set_m128(_mm256_cvtpd_ps(x.1.0), _mm256_cvtpd_ps(x.0.0))),
    add _mm256_add_ps, sub _mm256_sub_ps, mul _mm256_mul_ps, div _mm256_div_ps, sqrt _mm256_sqrt_ps,
    neg |x| _mm256_xor_ps(x, _mm256_set1_ps(-0.0)), abs |x| _mm256_andnot_ps(_mm256_set1_ps(-0.0), x),
    lt |a, b| _mm256_cmp_ps::<_CMP_LT_OQ>(a, b), le |a, b| _mm256_cmp_ps::<_CMP_LE_OQ>(a, b), eq |a, b| _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b),
    select |m, yes, no| _mm256_blendv_ps(no, yes, m),
    nan |x| _mm256_cmp_ps::<_CMP_UNORD_Q>(x, x), max _mm256_max_ps, min _mm256_min_ps
);

register!(@mask Mask64x4(__m256d), and _mm256_and_pd, or _mm256_or_pd, not |m| _mm256_xor_pd(m, _mm256_cmp_pd::<_CMP_TRUE_UQ>(m, m)));
register!(
    F64x4(__m256d): 4 x f64, pair Pair<Self>, fuses true, mask Mask64x4(__m256d), tanh libm::tanh, cbrt cbrt_f64,
    splat _mm256_set1_pd, load _mm256_loadu_pd, store _mm256_storeu_pd,
    wide Self, widen |x| x, narrow |x| x,
    add _mm256_add_pd, sub _mm256_sub_pd, mul _mm256_mul_pd, div _mm256_div_pd, sqrt _mm256_sqrt_pd,
    neg |x| _mm256_xor_pd(x, _mm256_set1_pd(-0.0)), abs |x| _mm256_andnot_pd(_mm256_set1_pd(-0.0), x),
    lt |a, b| _mm256_cmp_pd::<_CMP_LT_OQ>(a, b), le |a, b| _mm256_cmp_pd::<_CMP_LE_OQ>(a, b), eq |a, b| _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b),
    select |m, yes, no| _mm256_blendv_pd(no, yes, m),
    fma _mm256_fmadd_pd,
    nan |x| _mm256_cmp_pd::<_CMP_UNORD_Q>(x, x), max _mm256_max_pd, min _mm256_min_pd
);

register!(@mask Mask32x16(__mmask16), and BitAnd::bitand, or BitOr::bitor, not |m| !m);
register!(
    F32x16(__m512): 16 x f32, pair Self, fuses true, mask Mask32x16(__mmask16), tanh libm::tanhf, cbrt cbrt_f32,
    splat _mm512_set1_ps, load _mm512_loadu_ps, store _mm512_storeu_ps,
    wide Pair<F64x8>,
    widen |x| Pair(
        F64x8(_mm512_cvtps_pd(_mm512_castps512_ps256(x.0))),
        F64x8(_mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(x.0)))))
    ),
    narrow |x| {
        let low = _mm512_castps256_ps512(_mm512_cvtpd_ps(x.0.0));
        let high = _mm256_castps_pd(_mm512_cvtpd_ps(x.1.0));
        F32x16(_mm512_castpd_ps(_mm512_insertf64x4::<1>(_mm512_castps_pd(low), high)))
    },
    add _mm512_add_ps, sub _mm512_sub_ps, mul _mm512_mul_ps, div _mm512_div_ps, sqrt _mm512_sqrt_ps,
    neg |x| _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x), _mm512_castps_si512(_mm512_set1_ps(-0.0)))), abs |x| _mm512_abs_ps(x),
    lt |a, b| _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), le |a, b| _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b),
    eq |a, b| _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b),
    select |m, yes, no| _mm512_mask_blend_ps(m, no, yes),
    nan |x| _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x), max _mm512_max_ps, min _mm512_min_ps
);

register!(@mask Mask64x8(__mmask8), and BitAnd::bitand, or BitOr::bitor, not |m| !m);
register!(
    F64x8(__m512d): 8 x f64, pair Pair<Self>, fuses true, mask Mask64x8(__mmask8), tanh libm::tanh, cbrt cbrt_f64,
    splat _mm512_set1_pd, load _mm512_loadu_pd, store _mm512_storeu_pd,
    wide Self, widen |x| x, narrow |x| x,
    add _mm512_add_pd, sub _mm512_sub_pd, mul _mm512_mul_pd, div _mm512_div_pd, sqrt _mm512_sqrt_pd,
    neg |x| _mm512_castsi512_pd(_mm512_xor_si512(_mm512_castpd_si512(x), _mm512_castpd_si512(_mm512_set1_pd(-0.0)))), abs |x| _mm512_abs_pd(x),
    lt |a, b| _mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), le |a, b| _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b),
    eq |a, b| _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b),
    select |m, yes, no| _mm512_mask_blend_pd(m, no, yes),
    fma _mm512_fmadd_pd,
    nan |x| _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(x, x), max _mm512_max_pd, min _mm512_min_pd
);
