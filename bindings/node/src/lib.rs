//! The Node addon: decodes arguments, calls `gradloom_core`, maps its errors. No logic lives here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Arc;

use gradloom_core as core;
use napi::bindgen_prelude::{ArrayBuffer, Env, Float64Array, Result, TypedArray, Uint8Array};
use napi::{Error, Status};
use napi_derive::napi;

/// Every failure reaches JavaScript as `CODE: text`.
fn fail(code: &str, text: impl std::fmt::Display) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
}

fn core_error(error: core::Error) -> Error {
    fail(error.code(), error)
}

/// Runs `body`; a panic becomes an error, so that no unwinding crosses into Node.
fn guarded<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(fail("INTERNAL", text.unwrap_or("panic")))
    })
}

/// What this machine offers.
#[napi(object)]
pub struct Machine {
    /// Names of the instruction sets that it can run, narrowest first.
    pub isas: Vec<String>,
    /// Cores that this process may use.
    pub cores: u32,
}

/// What this machine offers.
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
    /// Checks a plan and allocates its memory; without `isa` the widest one, with 0 threads all cores.
    #[napi(constructor)]
    pub fn new(plan: Uint8Array, isa: Option<String>, threads: u32) -> Result<Self> {
        guarded(|| {
            let isa = isa
                .map(|name| name.parse::<core::Isa>())
                .transpose()
                .map_err(|unknown| fail("ENGINE_UNAVAILABLE", unknown))?;
            let options = core::Options { isa, threads: threads as usize };
            let plan = core::Plan::decode(&plan).map_err(core_error)?;
            let core = core::Session::open(&plan, options).map_err(core_error)?;
            let leaf_bytes =
                plan.leaves.iter().map(|leaf| leaf.elements().unwrap_or(0) * leaf.dtype.size()).collect();
            Ok(Self { core, leaf_bytes })
        })
    }

    /// The memory of a buffer. Ask once for each: Node forbids two array buffers over the same bytes.
    #[napi]
    pub fn buffer<'env>(&self, env: &'env Env, index: u32) -> Result<Option<ArrayBuffer<'env>>> {
        self.core.buffer(index as usize).map(|buffer| share(env, buffer)).transpose()
    }

    /// The host scalars. Ask once.
    #[napi]
    pub fn scalars<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        share(env, self.core.scalars())
    }

    /// The results of reductions. Ask once.
    #[napi]
    pub fn registers<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        share(env, self.core.registers())
    }

    /// Number of leaves.
    #[napi(getter)]
    pub fn leaves(&self) -> u32 {
        self.leaf_bytes.len() as u32
    }

    /// Where each leaf starts, in bytes: leaf l of buffer b is at b * leaves + l; -1 where it has no memory.
    #[napi]
    pub fn offsets(&self) -> Float64Array {
        let leaves = self.leaf_bytes.len();
        let places = (0..self.core.buffer_count()).flat_map(|b| (0..leaves).map(move |l| (b, l)));
        places.map(|(b, l)| self.core.offset(b, l).map_or(-1.0, |at| at as f64)).collect::<Vec<_>>().into()
    }

    /// Lets a leaf lie in the caller's array. The caller keeps that array alive and attached while it runs.
    #[napi]
    pub fn adopt(&mut self, buffer: u32, leaf: u32, array: TypedArray) -> Result<()> {
        let memory = &array.arraybuffer;
        if buffer as usize > core::UPDATES {
            return Err(fail("INVALID_STATE", "slots stay in the session's memory"));
        }
        if self.leaf_bytes.get(leaf as usize) != Some(&memory.len()) {
            return Err(fail("SHAPE_MISMATCH", format_args!("leaf {leaf} is not {} bytes", memory.len())));
        }
        let Some(pointer) = NonNull::new(memory.as_ptr().cast_mut()) else {
            return Err(fail("DETACHED_MEMORY", format_args!("leaf {leaf} has no memory")));
        };
        // SAFETY: the array has exactly the leaf's bytes; that it is of the leaf's type and so aligned, stays
        // attached and overlaps no other is checked by the only caller, ts/src/engine/native.ts.
        unsafe { self.core.redirect(buffer as usize, leaf as usize, pointer) }.map_err(core_error)
    }

    /// Runs one phase.
    #[napi]
    pub fn run(&mut self, phase: u32) -> Result<()> {
        guarded(|| self.core.run(phase as usize).map_err(core_error))
    }
}

/// An array buffer over Rust's memory, which lives until the last of session and array buffer is gone.
fn share(env: &Env, buffer: Arc<core::Buffer>) -> Result<ArrayBuffer<'_>> {
    if buffer.is_empty() {
        return ArrayBuffer::copy_from(env, []);
    }
    let (pointer, length) = (buffer.as_ptr().as_ptr(), buffer.len());
    // SAFETY: the finalizer owns a share of the buffer, so the bytes outlive the array buffer; JavaScript
    // touches them only between runs, because a run returns before JavaScript goes on.
    unsafe { ArrayBuffer::from_external(env, pointer, length, buffer, |_, buffer| drop(buffer)) }
}
