//! The Node addon of the GPU: decodes arguments, calls `gradloom_gpu`, maps its errors. No logic lives here.

mod work;

use std::sync::Arc;

use gradloom_gpu::GpuPlan;
use gradloom_gpu::executor::{self, Choice, Power};
use napi::bindgen_prelude::{AsyncTask, Error, Float32Array, Result, Status, Uint8Array, Uint32Array};
use napi_derive::napi;
use work::{Work, guarded};

/// Every failure reaches JavaScript as `CODE: text`.
fn fail(code: &str, text: impl std::fmt::Display) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
}

fn device_error(error: executor::Error) -> Error {
    fail(error.code(), error)
}

fn indices(array: &Uint32Array) -> Vec<usize> {
    array.iter().map(|&index| index as usize).collect()
}

/// A GPU that has been opened.
#[napi]
pub struct Device(Arc<executor::Device>);

#[napi]
impl Device {
    /// Opens a GPU: with `name` as a part of its name, sparing power or not.
    #[napi(ts_return_type = "Promise<Device>")]
    pub fn open(name: Option<String>, low_power: bool) -> AsyncTask<Work<Device>> {
        let power = if low_power { Power::LowPower } else { Power::HighPerformance };
        let choice = Choice { name, power };
        Work::task(move || executor::Device::open(&choice).map(Device).map_err(device_error))
    }

    /// For people.
    #[napi(getter)]
    pub fn description(&self) -> String {
        self.0.description().into()
    }

    /// The limits, as JSON.
    #[napi]
    pub fn limits(&self) -> Result<String> {
        serde_json::to_string(&self.0.limits()).map_err(|error| fail("INTERNAL", error))
    }

    /// Allocates the memory of a `GpuPlan`, given as JSON, and compiles its shaders.
    #[napi(ts_return_type = "Promise<Session>")]
    pub fn session(&self, plan: String) -> AsyncTask<Work<Session>> {
        let device = self.0.clone();
        Work::task(move || {
            let plan: GpuPlan = serde_json::from_str(&plan).map_err(|error| fail("INTERNAL", error))?;
            executor::Session::open(device, &plan).map(|session| Session(Some(session))).map_err(device_error)
        })
    }

    /// Ends the device for everyone who uses it.
    #[napi]
    pub fn destroy(&self) {
        self.0.destroy();
    }
}

/// A plan with its memory on a GPU.
#[napi]
pub struct Session(Option<executor::Session>);

impl Session {
    fn use_it<T>(&mut self, body: impl FnOnce(&mut executor::Session) -> executor::Result<T>) -> Result<T> {
        let session = self.0.as_mut().ok_or_else(|| fail("DISPOSED", "the session is closed"))?;
        guarded(|| body(session).map_err(device_error))
    }
}

#[napi]
impl Session {
    /// Writes bytes into a buffer.
    #[napi]
    pub fn write(&mut self, buffer: u32, offset: f64, bytes: Uint8Array) -> Result<()> {
        self.use_it(|session| session.write(buffer as usize, offset as u64, &bytes))
    }

    /// Reads bytes of a buffer as all earlier calls leave them.
    #[napi(ts_return_type = "Promise<Uint8Array>")]
    pub fn read(&mut self, buffer: u32, offset: f64, size: f64) -> Result<AsyncTask<Work<Uint8Array>>> {
        let reading = self.use_it(|session| session.read(buffer as usize, offset as u64, size as u64))?;
        Ok(Work::task(move || reading.wait().map(Uint8Array::from).map_err(device_error)))
    }

    /// Runs phases in order.
    #[napi]
    pub fn run(&mut self, phases: Uint32Array, scalars: Float32Array) -> Result<()> {
        self.use_it(|session| session.run(&indices(&phases), &scalars))
    }

    /// Copies whole buffers and keeps the copies.
    #[napi]
    pub fn keep(&mut self, buffers: Uint32Array) -> Result<()> {
        self.use_it(|session| session.keep(&indices(&buffers)))
    }

    /// Puts back what `keep` has copied.
    #[napi]
    pub fn restore(&mut self, buffers: Uint32Array) -> Result<()> {
        self.use_it(|session| session.restore(&indices(&buffers)))
    }

    /// Lets the memory go.
    #[napi]
    pub fn close(&mut self) {
        self.0 = None;
    }
}
