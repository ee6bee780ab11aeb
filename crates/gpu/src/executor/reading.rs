//! Reads of a device's memory.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::device::Device;
use super::error::{Error, Result};

/// A read of a device's memory that has been submitted.
pub struct Reading {
    pub(super) device: Arc<Device>,
    pub(super) staging: wgpu::Buffer,
    pub(super) size: u64,
    pub(super) submission: wgpu::SubmissionIndex,
    pub(super) mapped: Receiver<Result<()>>,
}

impl Reading {
    /// Waits for the bytes, on any thread: the session can run further steps meanwhile.
    pub fn wait(&self) -> Result<Vec<u8>> {
        self.device.wait(self.submission.clone())?;
        let mapped = self.mapped.recv();
        self.device.check()?;
        mapped.map_err(|_| Error::Refused("the read was given up".into()))??;
        let view = self.staging.get_mapped_range(..self.size);
        let bytes = view.map_err(|error| Error::Refused(error.to_string()))?.to_vec();
        self.staging.unmap();
        Ok(bytes)
    }
}
