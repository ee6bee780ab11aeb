//! The Node addon of the GPU: decodes arguments, calls `gradloom_gpu`, maps its errors. It has no logic of its own.

// Not forbidden: the code that `#[napi]` makes allows itself unsafe blocks.
#![deny(unsafe_code)]

mod work;

use std::sync::Arc;

use gradloom_addon::{catch_panic, failure};
use gradloom_gpu::GpuPlan;
use gradloom_gpu::executor::{self, Choice, Power};
use napi::bindgen_prelude::{AsyncTask, Error, Float32Array, Result, Uint8Array, Uint32Array};
use napi_derive::napi;
use work::Work;

fn device_error(error: executor::Error) -> Error {
    failure(error.code(), error)
}

fn indices(array: &Uint32Array) -> Vec<usize> {
    array.iter().map(|&index| index as usize).collect()
}

/// An open GPU device.
#[napi]
pub struct Device(Arc<executor::Device>);

#[napi]
impl Device {
    /// Opens a GPU whose name contains `name`, if that is given. Of several it prefers the one that draws the least power if `low_power`
    /// is true, else the fastest.
    #[napi(ts_return_type = "Promise<Device>")]
    pub fn open(name: Option<String>, low_power: bool) -> AsyncTask<Work<Device>> {
        let power = if low_power { Power::LowPower } else { Power::HighPerformance };
        let choice = Choice { name, power };
        Work::task(move || executor::Device::open(&choice).map(Device).map_err(device_error))
    }

    /// Returns the interface, the name and the driver of the GPU, for messages.
    #[napi(getter)]
    pub fn description(&self) -> String {
        self.0.description().into()
    }

    /// Returns the limits of the device, as JSON.
    #[napi]
    pub fn limits(&self) -> Result<String> {
        serde_json::to_string(&self.0.limits()).map_err(|error| failure("INTERNAL", error))
    }

    /// Allocates the memory of a `GpuPlan`, given as JSON, and compiles its shaders.
    #[napi(ts_return_type = "Promise<Session>")]
    pub fn session(&self, plan: String) -> AsyncTask<Work<Session>> {
        let device = self.0.clone();
        Work::task(move || {
            let plan: GpuPlan = serde_json::from_str(&plan).map_err(|error| failure("INTERNAL", error))?;
            executor::Session::open(device, &plan).map(|session| Session(Some(session))).map_err(device_error)
        })
    }

    /// Destroys the device: all sessions on it fail from now on.
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
        let session = self.0.as_mut().ok_or_else(|| failure("DISPOSED", "the session is closed"))?;
        catch_panic(|| body(session).map_err(device_error))
    }
}

#[napi]
impl Session {
    /// Writes bytes to a buffer, from `offset` on.
    #[napi]
    pub fn write(&mut self, buffer: u32, offset: f64, bytes: Uint8Array) -> Result<()> {
        self.use_it(|session| session.write(buffer as usize, offset as u64, &bytes))
    }

    /// Reads `size` bytes of a buffer from `offset` on, after all earlier calls.
    #[napi(ts_return_type = "Promise<Uint8Array>")]
    pub fn read(&mut self, buffer: u32, offset: f64, size: f64) -> Result<AsyncTask<Work<Uint8Array>>> {
        let reading = self.use_it(|session| session.read(buffer as usize, offset as u64, size as u64))?;
        Ok(Work::task(move || reading.wait().map(Uint8Array::from).map_err(device_error)))
    }

    /// Runs phases in this order, with these scalars.
    #[napi]
    pub fn run(&mut self, phases: Uint32Array, scalars: Float32Array) -> Result<()> {
        self.use_it(|session| session.run(&indices(&phases), &scalars))
    }

    /// Copies whole buffers to memory of their own, for `restore`.
    #[napi]
    pub fn keep(&mut self, buffers: Uint32Array) -> Result<()> {
        self.use_it(|session| session.keep(&indices(&buffers)))
    }

    /// Copies whole buffers back from their copies, which `keep` has made.
    #[napi]
    pub fn restore(&mut self, buffers: Uint32Array) -> Result<()> {
        self.use_it(|session| session.restore(&indices(&buffers)))
    }

    /// Releases the memory; every later call but this one fails.
    #[napi]
    pub fn close(&mut self) {
        self.0 = None;
    }
}
