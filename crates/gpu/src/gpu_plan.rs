//! What an executor needs to run a plan on a device: data only, the same on every machine.

use gradloom_core::Dtype;
use serde::{Deserialize, Serialize};

/// What a device allows, under WebGPU's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Storage buffers that one shader can use.
    pub max_storage_buffers_per_shader_stage: usize,
    /// Bytes of a storage buffer that one shader can see.
    pub max_storage_buffer_binding_size: u64,
    /// Bytes of a uniform buffer that one shader can see.
    pub max_uniform_buffer_binding_size: u64,
    /// Workgroups along one dimension of a dispatch.
    pub max_compute_workgroups_per_dimension: u64,
    /// Bytes of a buffer.
    pub max_buffer_size: u64,
}

impl Default for Limits {
    /// What every WebGPU device allows.
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

/// How a plan is to lie on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// What the device allows.
    pub limits: Limits,
    /// The gradients.
    #[serde(default)]
    pub grads: Placement,
    /// The parameters.
    #[serde(default)]
    pub params: Placement,
}

/// Where gradients or parameters lie, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// f32, or packed in pairs: f16 or bf16.
    #[serde(default = "single")]
    pub dtype: Dtype,
    /// Whether each leaf lies in a buffer of the caller's, from a multiple of 256 bytes on.
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
    /// How many leaves the tree has.
    pub leaves: usize,
    /// The storage: 0 grads, 1 params, 2 updates, 3 + i slot i, then `info` and scratch.
    pub buffers: Vec<GpuBuffer>,
    /// The buffer that starts with the registers: register r of leaf l is the f32 at r * leaves + l.
    pub info: usize,
    /// Words that lie in `info` behind the registers, from `table_offset` bytes on.
    pub table: Vec<u32>,
    /// See `table`.
    pub table_offset: u64,
    /// How many host scalars there are: f32s in the first uniform buffer, which the host writes before a step.
    pub scalars: usize,
    /// Bytes of the first uniform buffer.
    pub scalars_size: u64,
    /// The second uniform buffer, which never changes: a block of `DISPATCH_BLOCK` bytes for each dispatch.
    pub dispatch_words: Vec<u32>,
    /// The shaders.
    pub pipelines: Vec<Pipeline>,
    /// What each phase dispatches, in order, in one compute pass.
    pub phases: Vec<Vec<Dispatch>>,
}

/// Bytes of one dispatch's block in the second uniform buffer.
pub const DISPATCH_BLOCK: u64 = 256;

/// A storage buffer of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GpuBuffer {
    /// For people.
    pub label: String,
    /// Its bytes; 0 where the plan does not use it, or where each leaf lies in a buffer of the caller's.
    pub size: u64,
    /// For each leaf where it lies, if it does. Of lent leaves `offset` says nothing.
    pub places: Vec<Option<Place>>,
    /// Whether it consists of buffers of the caller's, one per leaf.
    pub lent: bool,
}

/// A leaf in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// In bytes.
    pub offset: u64,
    /// How many numbers.
    pub elements: u64,
    /// As what they are stored.
    pub dtype: Dtype,
}

/// A compute shader; its entry point is `main`, its bindings are those of group 0.
///
/// Binding 0 is the uniform buffer of the scalars, binding 1 the block of the dispatch, `2 + i` is `storage[i]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pipeline {
    /// For people.
    pub label: String,
    /// The shader.
    pub wgsl: String,
    /// The storage buffers.
    pub storage: Vec<Access>,
}

/// How a shader uses a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// `var<storage, read>`, WebGPU's `read-only-storage`.
    ReadOnlyStorage,
    /// `var<storage, read_write>`, WebGPU's `storage`.
    Storage,
}

/// One dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispatch {
    /// Index of the pipeline.
    pub pipeline: usize,
    /// Workgroups along x, y and z.
    pub workgroups: [u32; 3],
    /// Where its block starts in the second uniform buffer.
    pub block: u64,
    /// What is bound to each of the pipeline's storage bindings.
    pub storage: Vec<Range>,
}

/// A part of a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// Index of the buffer.
    pub buffer: usize,
    /// Where the buffer is lent: the leaf whose buffer is meant; `offset` then counts from the start of the leaf.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaf: Option<usize>,
    /// In bytes, a multiple of 256.
    pub offset: u64,
    /// In bytes.
    pub size: u64,
}
