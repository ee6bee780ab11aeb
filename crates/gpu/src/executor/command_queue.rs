//! The queue of a session's commands.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use super::device::Device;
use super::error::Result;

/// The most bytes of a chunk of the staging belt.
const CHUNK_SIZE: u64 = 8 << 20;

/// Bytes of recorded uploads that are submitted at once: staging memory stays bounded.
const MAX_UPLOADED: u64 = 8 * CHUNK_SIZE;

/// Submissions in flight before the next one waits for the oldest: enough that the device never idles.
const MAX_IN_FLIGHT: usize = 4;

/// The commands of a session, recorded and submitted in order.
pub(super) struct CommandQueue {
    belt: wgpu::util::StagingBelt,
    chunk_size: u64,
    /// The encoder of commands that are not submitted yet.
    encoder: Option<wgpu::CommandEncoder>,
    /// Bytes of uploads among them.
    uploaded: u64,
    in_flight: VecDeque<wgpu::SubmissionIndex>,
}

impl CommandQueue {
    /// Makes an empty queue; `size` is about the bytes of an upload.
    pub fn new(device: &Device, size: u64) -> CommandQueue {
        let chunk_size = size.clamp(1 << 10, CHUNK_SIZE).next_multiple_of(1 << 10);
        let belt = wgpu::util::StagingBelt::new(device.raw.clone(), chunk_size);
        CommandQueue { belt, chunk_size, encoder: None, uploaded: 0, in_flight: VecDeque::new() }
    }

    /// Records commands after those already recorded.
    pub fn record(
        &mut self,
        device: &Device,
        commands: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Result<()> {
        let encoder = &mut self.encoder;
        device.in_error_scopes(|| commands(open(device, encoder)))
    }

    /// Records an upload, and submits each time that `MAX_UPLOADED` bytes are recorded.
    pub fn upload(&mut self, device: &Device, to: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut offset = offset;
        for chunk in bytes.chunks(self.chunk_size as usize) {
            let size = NonZeroU64::new(chunk.len() as u64).expect("chunks are not empty");
            let CommandQueue { belt, encoder, .. } = self;
            device.in_error_scopes(|| {
                belt.write_buffer(open(device, encoder), to, offset, size).copy_from_slice(chunk);
            })?;
            offset += size.get();
            self.uploaded += size.get();
            if self.uploaded >= MAX_UPLOADED {
                self.submit(device)?;
            }
        }
        Ok(())
    }

    /// Submits the recorded commands; drops them where that fails, so that no later submission contains them.
    pub fn submit(&mut self, device: &Device) -> Result<wgpu::SubmissionIndex> {
        let submitted = self.try_submit(device);
        if submitted.is_err() {
            self.encoder = None;
        }
        submitted
    }

    fn try_submit(&mut self, device: &Device) -> Result<wgpu::SubmissionIndex> {
        if self.in_flight.len() >= MAX_IN_FLIGHT
            && let Some(oldest) = self.in_flight.pop_front()
        {
            device.wait(oldest)?;
        }
        let CommandQueue { belt, encoder, .. } = self;
        let submission = device.in_error_scopes(|| {
            let _ = open(device, encoder);
            let recorded = encoder.take().expect("an encoder was made");
            belt.finish_and_recall_on_submit(&recorded);
            device.queue.submit([recorded.finish()])
        })?;
        self.uploaded = 0;
        self.in_flight.push_back(submission.clone());
        Ok(submission)
    }
}

/// Returns the open encoder, or opens one.
fn open<'a>(device: &Device, encoder: &'a mut Option<wgpu::CommandEncoder>) -> &'a mut wgpu::CommandEncoder {
    encoder
        .get_or_insert_with(|| device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default()))
}
