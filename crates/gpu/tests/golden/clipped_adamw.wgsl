// norm
@group(0) @binding(0) var<uniform> scalars: array<vec4<f32>, 3>;
@group(0) @binding(1) var<uniform> block: array<vec4<u32>, 16>;
@group(0) @binding(2) var<storage, read> info: array<u32>;
@group(0) @binding(3) var<storage, read> b0: array<f32>;
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
  let u = b0[a0 + e];
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
@group(0) @binding(3) var<storage, read> b0: array<f32>;
@group(0) @binding(4) var<storage, read_write> b1: array<f32>;
@group(0) @binding(5) var<storage, read_write> b3: array<f32>;
@group(0) @binding(6) var<storage, read_write> b4: array<f32>;
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
  let u = b0[a0 + e];
  let p = b1[a1 + e];
  let s3 = b3[a3 + e];
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
  for (var k = 0u; k < 4u; k = k + 1u) {
    let e = k * 256u + lane;
    if (e < count) {
      let x = element(e, a0, a1, a3, a4, r0);
      b1[a1 + e] = x.u;
      b3[a3 + e] = x.s3;
      b4[a4 + e] = x.s4;
    }
  }
}

// phase 0: [4, 1, 1] norm on info 0..512, grads 0..12328, partial sums 0..256
// phase 0: [1, 1, 1] fold sums of blocks on info 0..512, partial sums 0..256
// phase 0: [1, 1, 1] finish norm on info 0..512, partial sums 0..256
// phase 0: [4, 1, 1] clip_by_global_norm, scale_by_adam, add_decayed_weights, scale, apply on info 0..512, grads 0..12328, params 0..12328, slot 0 0..12328, slot 1 0..12328
