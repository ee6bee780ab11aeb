// trace, param_norm, norm
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 2>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read> b0: array<f32>;
@group(0) @binding(4) var<storage, read> b1: array<f32>;
@group(0) @binding(5) var<storage, read_write> b2: array<f32>;
@group(0) @binding(6) var<storage, read_write> b3: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<f32>;
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
struct Element { u: f32, s3: f32, t0: f32, t1: f32 }
fn element(e: u32, a0: u32, a1: u32, a2: u32, a3: u32) -> Element {
  let u = b0[a0 + e];
  let p = b1[a1 + e];
  let s3 = b3[a3 + e];
  let v0 = scalars[0].x * s3;
  let v1 = u + v0;
  let v2 = p * p;
  let v3 = v1 * v1;
  return Element(v1, v1, v2, v3);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 9u);
  let block_in_row = workgroup.x - info[row];
  let count = info[row + 2u] - block_in_row * 1024u;
  let a0 = info[row + 3u] + block_in_row * 1024u;
  let a1 = info[row + 4u] + block_in_row * 1024u;
  let a2 = info[row + 5u] + block_in_row * 1024u;
  let a3 = info[row + 6u] + block_in_row * 1024u;
  var sum0 = 0.0;
  var sum1 = 0.0;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) {
      let x = element(e, a0, a1, a2, a3);
      b2[a2 + e] = x.u;
      b3[a3 + e] = x.s3;
      sum0 = sum0 + x.t0;
      sum1 = sum1 + x.t1;
    }
  }
  let total0 = fold(lane, sum0);
  if (lane == 0u) { partials[info[row + 7u] + block_in_row] = total0; }
  let total1 = fold(lane, sum1);
  if (lane == 0u) { partials[info[row + 8u] + block_in_row] = total1; }
}

// finish norm
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 2>;
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

// identity
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 2>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read> b0: array<f32>;
@group(0) @binding(4) var<storage, read_write> b2: array<f32>;
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
struct Element { u: f32 }
fn element(e: u32, a0: u32, a2: u32) -> Element {
  let u = b0[a0 + e];
  return Element(u);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 5u);
  let block_in_row = workgroup.x - info[row];
  let count = info[row + 2u] - block_in_row * 1024u;
  let a0 = info[row + 3u] + block_in_row * 1024u;
  let a2 = info[row + 4u] + block_in_row * 1024u;
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) {
      let x = element(e, a0, a2);
      b2[a2 + e] = x.u;
    }
  }
}

// scale_by_trust_ratio
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 2>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read_write> b2: array<f32>;
fn find_row(workgroup: u32, stride: u32) -> u32 {
  var low = 0u;
  var high = block[0].y;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (info[block[0].x + middle * stride] <= workgroup) { low = middle; } else { high = middle; }
  }
  return block[0].x + low * stride;
}
struct Element { u: f32 }
fn element(e: u32, a2: u32, r0: f32, r1: f32) -> Element {
  let u = b2[a2 + e];
  let v0 = scalars[0].y < r0;
  let v1 = (bitcast<u32>(r0) & 0x7fffffffu) > 0x7f800000u;
  let v2 = v0 | v1;
  let v3 = select(scalars[0].y, r0, v2);
  let v4 = scalars[0].y < r1;
  let v5 = (bitcast<u32>(r1) & 0x7fffffffu) > 0x7f800000u;
  let v6 = v4 | v5;
  let v7 = select(scalars[0].y, r1, v6);
  let v8 = scalars[0].z * v3;
  let v9 = v7 + scalars[0].w;
  let v10 = v8 / v9;
  let v11 = v3 == 0.0;
  let v12 = v7 == 0.0;
  let v13 = v11 | v12;
  let v14 = select(v10, 1.0, v13);
  let v15 = u * v14;
  return Element(v15);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = find_row(workgroup.x, 4u);
  let block_in_row = workgroup.x - info[row];
  let count = info[row + 2u] - block_in_row * 1024u;
  let a2 = info[row + 3u] + block_in_row * 1024u;
  let r0 = bitcast<f32>(info[0u + info[row + 1u]]);
  let r1 = bitcast<f32>(info[3u + info[row + 1u]]);
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) {
      let x = element(e, a2, r0, r1);
      b2[a2 + e] = x.u;
    }
  }
}

// phase 0: [2, 1, 1] trace, param_norm, norm on info 0..512, grads 0..8000, params 0..8000, updates 0..8000, slot 0 0..8000, partial sums 0..256
// phase 0: [2, 1, 1] finish norm on info 0..512, partial sums 0..256
// phase 0: [2, 1, 1] finish norm on info 0..512, partial sums 0..256
// phase 0: [1, 1, 1] identity on info 0..512, grads 8192..8204, updates 8192..8204
// phase 0: [2, 1, 1] scale_by_trust_ratio on info 0..512, updates 0..8000
