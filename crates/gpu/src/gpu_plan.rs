//! A plan for a device as data, which executors run: the same on every machine.

use gradloom_core::Dtype;
use serde::{Deserialize, Serialize};

/// The limits of a device, under WebGPU's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// The most storage buffers of a shader.
    pub max_storage_buffers_per_shader_stage: usize,
    /// The most bytes of a binding of a storage buffer.
    pub max_storage_buffer_binding_size: u64,
    /// The most bytes of a binding of a uniform buffer.
    pub max_uniform_buffer_binding_size: u64,
    /// The most workgroups along one dimension of a dispatch.
    pub max_compute_workgroups_per_dimension: u64,
    /// The most bytes of a buffer.
    pub max_buffer_size: u64,
}

impl Default for Limits {
    /// Returns the limits of every WebGPU device.
    fn default() -> Limits {
        Limits {
            max_storage_buffers_per_shader_stage: 8,
            max_storage_buffer_binding_size: 128 << 20,
            max_uniform_buffer_binding_size: 64 << 10,
            max_compute_workgroups_per_dimension: 65_535,
            max_buffer_size: 256 << 20,
        }
    }
}

/// The device and the storage for which a plan is lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The limits of the device.
    pub limits: Limits,
    /// The storage of the gradients.
    #[serde(default)]
    pub grads: Placement,
    /// The storage of the parameters.
    #[serde(default)]
    pub params: Placement,
}

/// The storage of gradients or of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// f32; or f16 or bf16, which are packed in pairs.
    #[serde(default = "single")]
    pub dtype: Dtype,
    /// Whether each leaf lies in a buffer of the caller, from a multiple of 256 bytes on.
    #[serde(default)]
    pub lent: bool,
}

fn single() -> Dtype {
    Dtype::F32
}

impl Default for Placement {
    fn default() -> Placement {
        Placement { dtype: single(), lent: false }
    }
}

/// A plan for one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GpuPlan {
    /// The number of leaves of the tree.
    pub leaves: usize,
    /// The storage buffers: 0 grads, 1 params, 2 updates, 3 + i slot i, then `info` and scratch.
    pub buffers: Vec<GpuBuffer>,
    /// The index of the buffer that starts with the registers: register r of leaf l is the f32 at r * leaves + l.
    pub info: usize,
    /// The words of `info` after the registers, which never change.
    pub table: Vec<u32>,
    /// The offset of `table` in `info`, in bytes.
    pub table_offset: u64,
    /// The number of host scalars: f32s in the first uniform buffer, which the host writes before a step.
    pub scalars: usize,
    /// The bytes of the first uniform buffer.
    pub scalars_size: u64,
    /// The second uniform buffer, which never changes: `DISPATCH_BLOCK` bytes for each dispatch.
    pub dispatch_words: Vec<u32>,
    /// The shaders.
    pub pipelines: Vec<Pipeline>,
    /// The dispatches of each phase, in order.
    pub phases: Vec<Vec<Dispatch>>,
}

/// The bytes of a dispatch in the second uniform buffer.
pub const DISPATCH_BLOCK: u64 = 256;

/// A storage buffer of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GpuBuffer {
    /// The name in error messages and debuggers.
    pub label: String,
    /// The size in bytes; 0 where the plan does not use it, or where each leaf lies in a buffer of the caller.
    pub size: u64,
    /// The place of each leaf that it holds; `offset` has no meaning where leaves are lent.
    pub places: Vec<Option<Place>>,
    /// Whether each leaf lies in a buffer of the caller.
    pub lent: bool,
}

/// The place of a leaf in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The offset in bytes.
    pub offset: u64,
    /// The number of elements.
    pub elements: u64,
    /// The type in which they are stored.
    pub dtype: Dtype,
}

/// A compute shader; its entry point is `main`, its bindings are those of group 0.
///
/// Binding 0 is the uniform buffer of the scalars, binding 1 the block of the dispatch, `2 + i` is `storage[i]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pipeline {
    /// The name in error messages and debuggers.
    pub label: String,
    /// The text of the shader.
    pub wgsl: String,
    /// The access to each storage buffer.
    pub storage: Vec<Access>,
}

/// The access of a shader to a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// `var<storage, read>`, WebGPU's `read-only-storage`.
    ReadOnlyStorage,
    /// `var<storage, read_write>`, WebGPU's `storage`.
    Storage,
}

/// A dispatch of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispatch {
    /// The index of the pipeline.
    pub pipeline: usize,
    /// Workgroups along x, y and z.
    pub workgroups: [u32; 3],
    /// The offset of its block in the second uniform buffer, in bytes.
    pub block: u64,
    /// The range that is bound to each storage binding of the pipeline.
    pub storage: Vec<Range>,
}

/// A part of a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// The index of the buffer.
    pub buffer: usize,
    /// The leaf, where the buffer is lent; `offset` then counts from the start of the leaf.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaf: Option<usize>,
    /// The offset in bytes, a multiple of 256.
    pub offset: u64,
    /// The size in bytes.
    pub size: u64,
}
