// norm
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 3>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read> b0: array<u32>;
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;
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
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
struct Element { t0: f32 }
fn element(e: u32, a0: u32) -> Element {
  let u = from_f16(b0[(a0 + e) / 2u], a0 + e);
  let v0 = u * u;
  return Element(v0);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 5u);
  let block_in_row = workgroup.x - info[row];
  let count = info[row + 2u] - block_in_row * 1024u;
  let a0 = info[row + 3u] + block_in_row * 1024u;
  var sum0 = 0.0;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) {
      let x = element(e, a0);
      sum0 = sum0 + x.t0;
    }
  }
  let total0 = fold(lane, sum0);
  if (lane == 0u) { partials[info[row + 4u] + block_in_row] = total0; }
}

// fold sums of blocks
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 3>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
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
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 4u);
  let done = workgroup.x - info[row];
  let first = info[row + 1u] + done * 1024u;
  let count = info[row + 2u] - done * 1024u;
  var sum = 0.0;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) { sum = sum + partials[first + e]; }
  }
  let total = fold(lane, sum);
  if (lane == 0u) { partials[info[row + 3u] + done] = total; }
}

// finish norm
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 3>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read_write> info: array<u32>;
@group(0) @binding(3) var<storage, read> partials: array<f32>;
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
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = block[0].x + workgroup.x * 5u;
  let first = info[row];
  let count = info[row + 1u];
  var sum = 0.0;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) { sum = sum + partials[first + e]; }
  }
  let total = fold(lane, sum);
  let n = bitcast<f32>(info[row + 2u]);
  let v0 = sqrt(total);
  let value = bitcast<u32>(v0);
  let to = info[row + 3u];
  let targets = info[row + 4u];
  for (var i = lane; i < targets; i = i + 256u) { info[to + i] = value; }
}

// clip_by_global_norm, scale_by_adam, add_decayed_weights, scale, apply
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 3>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read> b0: array<u32>;
@group(0) @binding(4) var<storage, read_write> b1: array<u32>;
@group(0) @binding(5) var<storage, read_write> b3: array<u32>;
@group(0) @binding(6) var<storage, read_write> b4: array<f32>;
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
fn from_bf16(word: u32, at: u32) -> f32 {
  return bitcast<f32>(select(word << 16u, word & 0xffff0000u, (at & 1u) == 1u));
}
fn to_bf16(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return (bits >> 16u) | 0x40u; }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
struct Element { u: f32, s3: f32, s4: f32 }
fn element(e: u32, a0: u32, a1: u32, a3: u32, a4: u32, r0: f32) -> Element {
  let u = from_f16(b0[(a0 + e) / 2u], a0 + e);
  let p = from_bf16(b1[(a1 + e) / 2u], a1 + e);
  let s3 = from_bf16(b3[(a3 + e) / 2u], a3 + e);
  let s4 = b4[a4 + e];
  let v0 = r0 < scalars[0].x;
  let v1 = u / r0;
  let v2 = v1 * scalars[0].x;
  let v3 = select(v2, u, v0);
  let v4 = scalars[0].z * v3;
  let v5 = scalars[0].y * s3;
  let v6 = v4 + v5;
  let v7 = v3 * v3;
  let v8 = scalars[1].x * v7;
  let v9 = scalars[0].w * s4;
  let v10 = v8 + v9;
  let v11 = v6 * scalars[1].y;
  let v12 = v10 * scalars[1].z;
  let v13 = v12 + scalars[2].x;
  let v14 = sqrt(v13);
  let v15 = v14 + scalars[1].w;
  let v16 = v11 / v15;
  let v17 = scalars[2].y * p;
  let v18 = v16 + v17;
  let v19 = scalars[2].z * v18;
  let v20 = p + v19;
  return Element(v20, v6, v10);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 7u);
  let block_in_row = workgroup.x - info[row];
  let count = info[row + 2u] - block_in_row * 1024u;
  let a0 = info[row + 3u] + block_in_row * 1024u;
  let a1 = info[row + 4u] + block_in_row * 1024u;
  let a3 = info[row + 5u] + block_in_row * 1024u;
  let a4 = info[row + 6u] + block_in_row * 1024u;
  let r0 = bitcast<f32>(info[0u + info[row + 1u]]);
  for (var k = 0u; k < 2u; k = k + 1u) {
    let e = k * 512u + 2u * lane;
    if (e < count) {
      let both = e + 1u < count;
      let x = element(e, a0, a1, a3, a4, r0);
      var y = x;
      if (both) { y = element(e + 1u, a0, a1, a3, a4, r0); }
      let high1 = select(b1[(a1 + e) / 2u] & 0xffff0000u, to_bf16(y.u) << 16u, both);
      b1[(a1 + e) / 2u] = to_bf16(x.u) | high1;
      let high3 = select(b3[(a3 + e) / 2u] & 0xffff0000u, to_bf16(y.s3) << 16u, both);
      b3[(a3 + e) / 2u] = to_bf16(x.s3) | high3;
      b4[a4 + e] = x.s4;
      if (both) { b4[a4 + e + 1u] = y.s4; }
    }
  }
}

// phase 0: [3, 1, 1] norm on info 0..512, grads of leaf 0 0..6000, partial sums 0..256
// phase 0: [1, 1, 1] norm on info 0..512, grads of leaf 1 0..20, partial sums 0..256
// phase 0: [1, 1, 1] fold sums of blocks on info 0..512, partial sums 0..256
// phase 0: [1, 1, 1] finish norm on info 0..512, partial sums 0..256
// phase 0: [3, 1, 1] clip_by_global_norm, scale_by_adam, add_decayed_weights, scale, apply on info 0..512, grads of leaf 0 0..6000, params 0..6000, slot 0 0..6000, slot 1 0..12000
// phase 0: [1, 1, 1] clip_by_global_norm, scale_by_adam, add_decayed_weights, scale, apply on info 0..512, grads of leaf 1 0..20, params 6144..6164, slot 0 6144..6164, slot 1 12288..12324
