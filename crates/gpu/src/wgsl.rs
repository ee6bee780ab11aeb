//! Pieces of WGSL that shaders share.

use std::fmt::Arguments;

use gradloom_core::Dtype;
use gradloom_core::lanes::trace::{Trace, trace};
use gradloom_core::sums::{BLOCK, WIDTH};

use crate::builder::Builder;
use crate::gpu_plan::Access;

// The texts of shaders contain these numbers.
const _: () = assert!(BLOCK == 1024 && WIDTH == 256);

/// A shader with the access of its storage bindings.
pub(crate) struct Shader {
    pub wgsl: String,
    pub storage: Vec<Access>,
}

/// Traces a formula: returns the lines that bind its values, indented by `indent` spaces, and its result.
pub(crate) fn traced(indent: usize, formula: &dyn Fn() -> Trace) -> (String, String) {
    let (lines, result) = trace(|| formula().text());
    (indented(indent, &lines), result)
}

/// Writes a statement: `start`, which begins an assignment or a return, then the result of a formula of `inputs`.
pub(crate) fn statement<const N: usize>(
    indent: usize,
    start: &str,
    inputs: [&str; N],
    formula: fn([Trace; N]) -> Trace,
) -> String {
    ending(indent, start, &|| formula(inputs.map(Trace::input)))
}

/// Writes a statement as `statement` does; a function of its own, compiled once for all numbers of inputs.
fn ending(indent: usize, start: &str, formula: &dyn Fn() -> Trace) -> String {
    let (lines, result) = traced(indent, formula);
    lines + &indented(indent, &[format!("{start} {result};")])
}

/// Appends a line, formatted as by `format!`.
macro_rules! line {
    ($wgsl:expr, $($text:tt)*) => { $crate::wgsl::push_line($wgsl, format_args!($($text)*)) };
}
pub(crate) use line;

pub(crate) fn push_line(wgsl: &mut String, line: Arguments<'_>) {
    wgsl.push_str(&std::fmt::format(line));
    wgsl.push('\n');
}

/// Joins lines, each indented by `indent` spaces.
pub(crate) fn indented(indent: usize, lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Returns the bindings that every shader starts with.
pub(crate) fn header(builder: &Builder<'_>, info: Access) -> String {
    let vectors = builder.plan.scalars.div_ceil(4).max(1);
    let info = access(info);
    format!(
        "@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, {vectors}>;\n\
         @group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;\n\
         @group(0) @binding(2) var<storage, {info}> info: array<u32>;\n"
    )
}

/// Returns WGSL's word for an access.
pub(crate) fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnlyStorage => "read",
        Access::Storage => "read_write",
    }
}

/// The start of a shader's entry point, for workgroups of 256 threads.
pub(crate) const MAIN: &str = "\
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
";

/// Finds the row of a workgroup: the last of `block[0].y` rows from `block[0].x` on that starts at or before it.
pub(crate) const FIND_ROW: &str = "\
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
";

/// Folds a number of each of 256 threads by halving.
pub(crate) const FOLD: &str = "\
var<workgroup> sums: array<f32, 256>;
fn fold(lane: u32, value: f32) -> f32 {
  sums[lane] = value;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half = half / 2u) {
    if (lane < half) { sums[lane] = sums[lane] + sums[lane + half]; }
    workgroupBarrier();
  }
  let result = sums[0];
  workgroupBarrier();
  return result;
}
";

const BF16: &str = "\
fn from_bf16(word: u32, at: u32) -> f32 {
  return bitcast<f32>(select(word << 16u, word & 0xffff0000u, (at & 1u) == 1u));
}
fn to_bf16(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return (bits >> 16u) | 0x40u; }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}
";

/// The conversions of f16, in integers: WGSL's own conversions may round either way and flush subnormal numbers.
const F16: &str = "\
fn from_f16(word: u32, at: u32) -> f32 {
  let half = select(word & 0xffffu, word >> 16u, (at & 1u) == 1u);
  let sign = (half & 0x8000u) << 16u;
  let exponent = (half >> 10u) & 0x1fu;
  let fraction = half & 0x3ffu;
  if (exponent == 0u) { return bitcast<f32>(sign | bitcast<u32>(f32(fraction) * 5.9604644775390625e-8)); }
  if (exponent == 31u) { return bitcast<f32>(sign | 0x7f800000u | (fraction << 13u)); }
  return bitcast<f32>(sign | ((exponent + 112u) << 23u) | (fraction << 13u));
}
fn to_f16(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u | ((magnitude >> 13u) & 0x3ffu); }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  if (magnitude < 0x33000000u) { return sign; }
  if (magnitude < 0x38800000u) {
    let shift = 126u - (magnitude >> 23u);
    let fraction = (magnitude & 0x7fffffu) | 0x800000u;
    let kept = fraction >> shift;
    let rest = fraction & ((1u << shift) - 1u);
    let middle = 1u << (shift - 1u);
    let up = rest > middle || (rest == middle && (kept & 1u) == 1u);
    return sign | (kept + select(0u, 1u, up));
  }
  return sign | ((magnitude + 0xfffu + ((magnitude >> 13u) & 1u) - 0x38000000u) >> 13u);
}
";

/// Returns the name and the text of the conversions of a packed type.
pub(crate) fn conversions(dtype: Dtype) -> Option<(&'static str, &'static str)> {
    match dtype {
        Dtype::F16 => Some(("f16", F16)),
        Dtype::Bf16 => Some(("bf16", BF16)),
        Dtype::F32 | Dtype::F64 => None,
    }
}
