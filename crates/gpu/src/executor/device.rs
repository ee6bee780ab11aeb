//! Open GPUs, and the errors that their drivers report.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::choice::{Choice, describe, find};
use super::error::{Error, Result};
use super::shaders::{Shader, Shaders, compile};
use crate::gpu_plan::{Limits, Pipeline};

/// An open GPU, with the shaders that have been compiled for it.
pub struct Device {
    pub(super) raw: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    shaders: Shaders,
    description: String,
    errors: Arc<Mutex<DeviceErrors>>,
}

/// Errors that the driver reported outside of an error scope; the next call returns them.
#[derive(Default)]
struct DeviceErrors {
    /// The reason why the device was lost.
    lost: Option<String>,
    /// The first error since the last call.
    uncaptured: Option<Error>,
}

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The open devices by choice. None is closed with its last session: a later session may open the same device.
static OPEN: Mutex<Vec<(Choice, Arc<Device>)>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// Opens the device of a choice, or returns the open one unless it was lost.
    pub fn open(choice: &Choice) -> Result<Arc<Device>> {
        let mut open = lock(&OPEN);
        open.retain(|(_, device)| lock(&device.errors).lost.is_none());
        if let Some((_, device)) = open.iter().find(|(of, _)| of == choice) {
            return Ok(device.clone());
        }
        let device = Arc::new(Device::new(&find(choice)?)?);
        open.push((choice.clone(), device.clone()));
        Ok(device)
    }

    fn new(adapter: &wgpu::Adapter) -> Result<Device> {
        let description = describe(&adapter.get_info());
        let request = wgpu::DeviceDescriptor {
            label: Some("gradloom"),
            required_limits: adapter.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let (raw, queue) = pollster::block_on(adapter.request_device(&request))
            .map_err(|error| Error::Unavailable(format!("{description} cannot be opened: {error}")))?;

        let errors = Arc::<Mutex<DeviceErrors>>::default();
        let uncaptured = errors.clone();
        raw.on_uncaptured_error(Arc::new(move |error| {
            lock(&uncaptured).uncaptured.get_or_insert(error.into());
        }));
        let lost = errors.clone();
        raw.set_device_lost_callback(move |reason, text| {
            lock(&lost).lost.get_or_insert(format!("{reason:?} {text}").trim().to_lowercase());
        });
        Ok(Device { raw, queue, shaders: Shaders::default(), description, errors })
    }

    /// Describes the device in words: interface, name, driver.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the limits of its driver, sizes at most `Number.MAX_SAFE_INTEGER`.
    pub fn limits(&self) -> Limits {
        let limits = self.raw.limits();
        Limits {
            max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage as usize,
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size.min(MAX_SAFE_INTEGER),
            max_uniform_buffer_binding_size: limits.max_uniform_buffer_binding_size.min(MAX_SAFE_INTEGER),
            max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension.into(),
            max_buffer_size: limits.max_buffer_size.min(MAX_SAFE_INTEGER),
        }
    }

    /// Loses the device for all sessions, as a crash of the driver would: later calls fail with `DEVICE_LOST`.
    pub fn destroy(&self) {
        self.raw.destroy();
        lock(&self.errors).lost.get_or_insert("destroyed".into());
    }

    /// Fails if the device was lost, or if it reported an error since the last call.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = lock(&self.errors);
        let uncaptured = errors.uncaptured.take();
        let lost = errors.lost.clone().map(Error::Lost);
        lost.or(uncaptured).map_or(Ok(()), Err)
    }

    /// Runs `work` in error scopes and returns its result, or the first error that the device reported.
    pub(super) fn in_error_scopes<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        self.check()?;
        let validation = self.raw.push_error_scope(wgpu::ErrorFilter::Validation);
        let internal = self.raw.push_error_scope(wgpu::ErrorFilter::Internal);
        let memory = self.raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let done = work();
        let memory = pollster::block_on(memory.pop());
        let internal = pollster::block_on(internal.pop());
        let validation = pollster::block_on(validation.pop());
        // The order matters: a lost device reports errors of any kind, and a buffer without memory makes later calls invalid.
        self.check()?;
        memory.or(internal).or(validation).map_or(Ok(done), |error| Err(error.into()))
    }

    /// Returns the shader of a pipeline, compiled once for all sessions.
    pub(super) fn shader(&self, pipeline: &Pipeline) -> Result<Arc<Shader>> {
        self.shaders.get(pipeline, |pipeline| self.in_error_scopes(|| compile(&self.raw, pipeline)))
    }

    /// Frees the resources that no submission uses any more.
    pub(super) fn collect(&self) {
        // The next call returns any error of the device.
        let _ = self.raw.poll(wgpu::PollType::Poll);
    }

    /// Waits until the device has finished a submission.
    pub(super) fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<()> {
        let waited =
            self.raw.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None });
        self.check()?;
        waited.map(drop).map_err(|error| Error::Refused(error.to_string()))
    }
}
