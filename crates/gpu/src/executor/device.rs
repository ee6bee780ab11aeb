use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::choice::{Choice, describe, find};
use super::error::{Error, Result};
use super::shaders::{Shader, Shaders, compile};
use crate::gpu_plan::{Limits, Pipeline};

/// A GPU that has been opened.
pub struct Device {
    pub(super) raw: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    shaders: Shaders,
    description: String,
    faults: Arc<Mutex<Faults>>,
}

/// What went wrong outside of any call that could have returned it.
#[derive(Default)]
struct Faults {
    lost: Option<String>,
    stray: Option<Error>,
}

/// JavaScript's.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The devices in use: each is opened once and never closed, as another session may come.
static OPEN: Mutex<Vec<(Choice, Arc<Device>)>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// The device of a choice, the same one each time as long as it lives.
    pub fn open(choice: &Choice) -> Result<Arc<Device>> {
        let mut open = lock(&OPEN);
        open.retain(|(_, device)| lock(&device.faults).lost.is_none());
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

        let faults = Arc::<Mutex<Faults>>::default();
        let strays = faults.clone();
        raw.on_uncaptured_error(Arc::new(move |error| {
            lock(&strays).stray.get_or_insert(error.into());
        }));
        let losses = faults.clone();
        raw.set_device_lost_callback(move |reason, text| {
            lock(&losses).lost.get_or_insert(format!("{reason:?} {text}").trim().to_lowercase());
        });
        Ok(Device { raw, queue, shaders: Shaders::default(), description, faults })
    }

    /// For people: the interface, the name, the driver.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What it allows: all that its driver offers, as far as JavaScript can count.
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

    /// Ends the device for everyone who uses it, as a driver's crash would: all later calls fail with `DEVICE_LOST`.
    pub fn destroy(&self) {
        self.raw.destroy();
        lock(&self.faults).lost.get_or_insert("destroyed".into());
    }

    /// Fails if the device is lost, or if something went wrong since the last call.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults = lock(&self.faults);
        let stray = faults.stray.take();
        let lost = faults.lost.clone().map(Error::Lost);
        lost.or(stray).map_or(Ok(()), Err)
    }

    /// Does something with the device and hands back what it complained about meanwhile.
    pub(super) fn attempt<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        self.check()?;
        let validation = self.raw.push_error_scope(wgpu::ErrorFilter::Validation);
        let internal = self.raw.push_error_scope(wgpu::ErrorFilter::Internal);
        let memory = self.raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let done = work();
        let memory = pollster::block_on(memory.pop());
        let internal = pollster::block_on(internal.pop());
        let validation = pollster::block_on(validation.pop());
        // A loss shows up as all kinds of complaints; a lack of memory as complaints about what lies in it.
        self.check()?;
        memory.or(internal).or(validation).map_or(Ok(done), |error| Err(error.into()))
    }

    /// Returns the shader of a pipeline, compiled once for all sessions.
    pub(super) fn shader(&self, pipeline: &Pipeline) -> Result<Arc<Shader>> {
        self.shaders.get(pipeline, |pipeline| self.attempt(|| compile(&self.raw, pipeline)))
    }

    /// Lets go of what no submission uses any more.
    pub(super) fn collect(&self) {
        // What is wrong with the device, if anything is, the next call says.
        let _ = self.raw.poll(wgpu::PollType::Poll);
    }

    /// Waits until a submission is done.
    pub(super) fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<()> {
        let waited =
            self.raw.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None });
        self.check()?;
        waited.map(drop).map_err(|error| Error::Refused(error.to_string()))
    }
}
