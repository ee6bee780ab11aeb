//! The WebAssembly module: decodes arguments, calls `gradloom_core`, maps its errors. It has no logic of its own.

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
        let options = core::Options { isa: None, threads: 1 };
        let core = core::Session::open(&plan, options).map_err(core_error)?;
        Ok(Self { core, leaves: plan.leaves.len() })
    }

    /// Returns addresses and lengths in bytes: of the scalars, of the registers, and of each buffer; 0 and 0 for a buffer without memory.
    pub fn memory(&self) -> Vec<usize> {
        let buffers = (0..self.core.buffer_count()).map(|index| self.core.buffer(index));
        let all = [Some(self.core.scalars()), Some(self.core.registers())].into_iter().chain(buffers);
        all.flat_map(|buffer| buffer.map_or([0, 0], |b| [b.as_ptr().as_ptr() as usize, b.len()])).collect()
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
