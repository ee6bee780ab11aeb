use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::device::Device;
use super::error::{Error, Result};

/// Bytes on their way back from a device.
pub struct Reading {
    pub(super) device: Arc<Device>,
    pub(super) staging: wgpu::Buffer,
    pub(super) size: u64,
    pub(super) submission: wgpu::SubmissionIndex,
    pub(super) mapped: Receiver<Result<()>>,
}

impl Reading {
    /// Waits until they are there. On any thread: the session can go on meanwhile.
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
