//! The WebAssembly module: decodes arguments, calls other crates, maps their errors. It has no logic of its own.

#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "an allocator is an unsafe trait")]
mod heap;
mod safetensors;

use gradloom_core as core;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Returns an error that reaches JavaScript as `CODE: text`.
fn core_error(error: core::Error) -> JsError {
    JsError::new(&format!("{}: {error}", error.code()))
}

/// Lowers a plan for a GPU: returns a `GpuPlan` as JSON, for a plan and a `Request`, both as JSON.
#[wasm_bindgen]
pub fn lower(plan: &[u8], request: &str) -> Result<String, JsError> {
    let plan = core::Plan::parse(plan).map_err(core_error)?;
    gradloom_gpu::lower_to_json(&plan, request)
        .map_err(|error| JsError::new(&format!("{}: {error}", error.code())))
}

/// Returns the bytes that opening a plan takes, at most: the memory of its session, and what the heap holds meanwhile.
#[wasm_bindgen]
pub fn measure(plan: &[u8]) -> Result<usize, JsError> {
    let (footprint, heap) = heap::peak(|| {
        let plan = core::Plan::parse(plan)?;
        core::Session::footprint(&plan, OPTIONS)
    });
    Ok(footprint.map_err(core_error)?.saturating_add(heap + plan.len()))
}

/// Makes the heap grow to so many free bytes. Returns whether there are as many.
#[wasm_bindgen]
pub fn reserve(bytes: usize) -> bool {
    let mut block = Vec::<u8>::new();
    let reserved = block.try_reserve_exact(bytes).is_ok();
    std::hint::black_box(&block); // Nobody looks at the block: without this the compiler could leave it out.
    reserved
}

const OPTIONS: core::Options = core::Options { isa: None, threads: 1 };

/// A plan with its memory, which is part of the module's.
#[wasm_bindgen]
pub struct Session {
    core: core::Session,
    /// The number of leaves.
    #[wasm_bindgen(readonly)]
    pub leaves: usize,
}

#[wasm_bindgen]
impl Session {
    /// Checks a plan and allocates its memory.
    #[wasm_bindgen(constructor)]
    pub fn new(plan: &[u8]) -> Result<Session, JsError> {
        let plan = core::Plan::parse(plan).map_err(core_error)?;
        let core = core::Session::open(&plan, OPTIONS).map_err(core_error)?;
        Ok(Self { core, leaves: plan.leaves.len() })
    }

    /// Returns two numbers for the scalars, the registers and each buffer: its address, and its length in bytes; -1 and 0 for a buffer
    /// without memory.
    pub fn places(&self) -> Vec<f64> {
        let buffers = (0..self.core.buffer_count()).map(|index| self.core.buffer(index));
        let all = [Some(self.core.scalars()), Some(self.core.registers())].into_iter().chain(buffers);
        let place = |buffer: &core::Buffer| [buffer.as_ptr().addr().get() as f64, buffer.len() as f64];
        all.flat_map(|buffer| buffer.map_or([-1.0, 0.0], place)).collect()
    }

    /// Returns the offset of each leaf in its buffer, in bytes: that of leaf l in buffer b at index b * leaves + l, -1 if it has no memory.
    pub fn offsets(&self) -> Vec<f64> {
        let places = (0..self.core.buffer_count()).flat_map(|b| (0..self.leaves).map(move |l| (b, l)));
        places.map(|(b, l)| self.core.offset(b, l).map_or(-1.0, |at| at as f64)).collect()
    }

    /// Runs one phase.
    pub fn run(&mut self, phase: usize) -> Result<(), JsError> {
        self.core.run(phase).map_err(core_error)
    }
}
