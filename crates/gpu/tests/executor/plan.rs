use std::sync::Arc;

use gradloom_core::Dtype;
use gradloom_gpu::executor::{Choice, Device, Session};
use gradloom_gpu::{Access, DISPATCH_BLOCK, Dispatch, GpuBuffer, GpuPlan, Pipeline, Place, Range};

pub const GRADS: usize = 0;
pub const PARAMS: usize = 1;
pub const UNUSED: usize = 2;
pub const INFO: usize = 3;

/// Phase 0: adds factor * grads to params in two dispatches, with a factor for each in the table.
pub const APPLY: usize = 0;
/// Phase 1: writes the sum of the first four params to the first register.
pub const SUM: usize = 1;

const HEADER: &str = "
@group(0) @binding(0) var<uniform> scalars: array<vec4f, 1>;
@group(0) @binding(1) var<uniform> dispatch: array<vec4u, 16>;
";

const APPLY_SHADER: &str = "
@group(0) @binding(2) var<storage, read> grads: array<f32>;
@group(0) @binding(3) var<storage, read_write> params: array<f32>;
@group(0) @binding(4) var<storage, read> info: array<u32>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < dispatch[0].x) {
    params[id.x] = params[id.x] + scalars[0].x * bitcast<f32>(info[dispatch[0].y]) * grads[id.x];
  }
}";

const SUM_SHADER: &str = "
@group(0) @binding(2) var<storage, read> params: array<f32>;
@group(0) @binding(3) var<storage, read_write> info: array<f32>;
@compute @workgroup_size(1) fn main() {
  info[0] = scalars[0].y * (params[0] + params[1] + params[2] + params[3]);
}";

fn buffer(label: &str, size: u64) -> GpuBuffer {
    let place = Place { offset: 0, elements: size / 4, dtype: Dtype::F32 };
    GpuBuffer { label: label.into(), size, places: vec![(size > 0).then_some(place)], lent: false }
}

fn pipeline(label: &str, shader: &str, storage: &[Access]) -> Pipeline {
    Pipeline { label: label.into(), wgsl: format!("{HEADER}{shader}"), storage: storage.into() }
}

fn range(buffer: usize, offset: u64, size: u64) -> Range {
    Range { buffer, leaf: None, offset, size }
}

/// Returns a plan for `2 * half` numbers: the factor is 1 in the first half and 10 in the second.
pub fn plan(half: u32) -> GpuPlan {
    assert_eq!(half % 64, 0, "ranges start on 256 bytes");
    let bytes = u64::from(half) * 4;
    let (read, write) = (Access::ReadOnlyStorage, Access::Storage);
    let apply = |part: u64| Dispatch {
        pipeline: 0,
        workgroups: [half.div_ceil(256), 1, 1],
        block: part * DISPATCH_BLOCK,
        storage: vec![
            range(GRADS, part * bytes, bytes),
            range(PARAMS, part * bytes, bytes),
            range(INFO, 0, 512),
        ],
    };
    let sum = Dispatch {
        pipeline: 1,
        workgroups: [1, 1, 1],
        block: 0,
        storage: vec![range(PARAMS, 0, 256), range(INFO, 0, 512)],
    };
    let mut dispatch_words = vec![0; 128];
    dispatch_words[..2].copy_from_slice(&[half, 64]);
    dispatch_words[64..66].copy_from_slice(&[half, 65]);
    GpuPlan {
        leaves: 1,
        buffers: vec![
            buffer("grads", 2 * bytes),
            buffer("params", 2 * bytes),
            buffer("updates", 0),
            buffer("info", 512),
        ],
        info: INFO,
        table: vec![1f32.to_bits(), 10f32.to_bits()],
        table_offset: 256,
        scalars: 2,
        scalars_size: 16,
        dispatch_words,
        pipelines: vec![
            pipeline("apply", APPLY_SHADER, &[read, write, read]),
            pipeline("sum", SUM_SHADER, &[read, write]),
        ],
        phases: vec![vec![apply(0), apply(1)], vec![sum]],
    }
}

/// Opens a session of `plan(half)` on any GPU.
pub fn open(half: u32) -> Session {
    let device = Device::open(&Choice::default()).expect("these tests need a GPU, a software one will do");
    Session::open(device, &plan(half)).expect("the plan runs")
}

pub fn write(session: &mut Session, buffer: usize, numbers: &[f32]) {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    session.write(buffer, 0, &bytes).expect("the numbers fit");
}

pub fn read(session: &mut Session, buffer: usize, count: usize) -> Vec<f32> {
    let reading = session.read(buffer, 0, count as u64 * 4).expect("the buffer is as long");
    let bytes = reading.wait().expect("the device answers");
    bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
}

/// Opens a device that no other test uses, so that it can be destroyed: by the first `length` letters of the usual device's name.
pub fn own_device(length: usize) -> (Choice, Arc<Device>) {
    let usual = Device::open(&Choice::default()).expect("these tests need a GPU, a software one will do");
    let name: String = usual.description().split(' ').skip(2).collect::<Vec<_>>().join(" ");
    let choice = Choice { name: Some(name[..length].to_uppercase()), ..Choice::default() };
    let device = Device::open(&choice).expect("it was there before");
    (choice, device)
}
