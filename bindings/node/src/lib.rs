//! The Node addon: decodes arguments, calls `gradloom_core`, maps its errors. It has no logic of its own.

use std::ptr::NonNull;
use std::sync::Arc;

use gradloom_addon::{catch_panic, failure};
use gradloom_core as core;
use napi::Error;
use napi::bindgen_prelude::{ArrayBuffer, Env, Float64Array, Result, TypedArray, Uint8Array};
use napi_derive::napi;

fn core_error(error: core::Error) -> Error {
    failure(error.code(), error)
}

/// The instruction sets and cores of this machine.
#[napi(object)]
pub struct Machine {
    /// The names of the instruction sets that it supports, narrowest first.
    pub isas: Vec<String>,
    /// The number of cores that this process may use.
    pub cores: u32,
}

/// Returns the instruction sets and cores of this machine.
#[napi]
pub fn available() -> Machine {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let isas = core::available_isas().iter().map(ToString::to_string).collect();
    Machine { isas, cores }
}

/// A plan with its memory.
#[napi]
pub struct Session {
    core: core::Session,
    leaf_bytes: Vec<usize>,
}

#[napi]
impl Session {
    /// Checks a plan and allocates its memory; without `isa` it takes the widest instruction set, with 0 threads one per core.
    #[napi(constructor)]
    pub fn new(plan: Uint8Array, isa: Option<String>, threads: u32) -> Result<Self> {
        catch_panic(|| {
            let isa = isa
                .map(|name| name.parse::<core::Isa>())
                .transpose()
                .map_err(|unknown| failure("ENGINE_UNAVAILABLE", unknown))?;
            let options = core::Options { isa, threads: threads as usize };
            let plan = core::Plan::parse(&plan).map_err(core_error)?;
            let core = core::Session::open(&plan, options).map_err(core_error)?;
            let leaf_bytes =
                plan.leaves.iter().map(|leaf| leaf.elements().unwrap_or(0) * leaf.dtype.size()).collect();
            Ok(Self { core, leaf_bytes })
        })
    }

    /// Returns the memory of a buffer. Call it once for each: Node forbids two array buffers over the same bytes.
    #[napi]
    pub fn buffer<'env>(&self, env: &'env Env, index: u32) -> Result<Option<ArrayBuffer<'env>>> {
        self.core.buffer(index as usize).map(|buffer| share(env, buffer)).transpose()
    }

    /// Returns the memory of the host scalars. Call it once, as `buffer`.
    #[napi]
    pub fn scalars<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        share(env, self.core.scalars())
    }

    /// Returns the memory of the registers. Call it once, as `buffer`.
    #[napi]
    pub fn registers<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        share(env, self.core.registers())
    }

    /// Returns the number of leaves.
    #[napi(getter)]
    pub fn leaves(&self) -> u32 {
        self.leaf_bytes.len() as u32
    }

    /// Returns the offset of each leaf in its buffer, in bytes: that of leaf l in buffer b at index b * leaves + l, -1 if it has no memory.
    #[napi]
    pub fn offsets(&self) -> Float64Array {
        let leaves = self.leaf_bytes.len();
        let places = (0..self.core.buffer_count()).flat_map(|b| (0..leaves).map(move |l| (b, l)));
        places.map(|(b, l)| self.core.offset(b, l).map_or(-1.0, |at| at as f64)).collect::<Vec<_>>().into()
    }

    /// Moves a leaf into the caller's array, without copying it. The caller keeps the array alive and attached while the session runs.
    #[napi]
    pub fn adopt(&mut self, buffer: u32, leaf: u32, array: TypedArray) -> Result<()> {
        let memory = &array.arraybuffer;
        if buffer as usize > core::UPDATES {
            return Err(failure(
                "INVALID_STATE",
                "only gradients, parameters and updates can be in arrays of the caller",
            ));
        }
        if self.leaf_bytes.get(leaf as usize) != Some(&memory.len()) {
            return Err(failure(
                "SHAPE_MISMATCH",
                format_args!("the array for leaf {leaf} has {} bytes", memory.len()),
            ));
        }
        let Some(pointer) = NonNull::new(memory.as_ptr().cast_mut()) else {
            return Err(failure("DETACHED_MEMORY", format_args!("the array for leaf {leaf} is detached")));
        };
        // SAFETY: the array has as many bytes as the leaf, as checked above. The only caller, ts/src/engine/native.ts, checks that it has
        // the leaf's type, and so its alignment, stays attached and overlaps no other array.
        unsafe { self.core.redirect(buffer as usize, leaf as usize, pointer) }.map_err(core_error)
    }

    /// Runs one phase.
    #[napi]
    pub fn run(&mut self, phase: u32) -> Result<()> {
        catch_panic(|| self.core.run(phase as usize).map_err(core_error))
    }
}

/// Returns an array buffer over a buffer of Rust's memory, which is freed when both the session and the array buffer are gone.
fn share(env: &Env, buffer: Arc<core::Buffer>) -> Result<ArrayBuffer<'_>> {
    if buffer.is_empty() {
        return ArrayBuffer::copy_from(env, []);
    }
    let (pointer, length) = (buffer.as_ptr().as_ptr(), buffer.len());
    // SAFETY: the finalizer owns a reference to the buffer, so the bytes outlive the array buffer. JavaScript accesses them between runs
    // only, as a run blocks its thread.
    unsafe { ArrayBuffer::from_external(env, pointer, length, buffer, |_, buffer| drop(buffer)) }
}
