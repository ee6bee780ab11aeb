use std::collections::VecDeque;
use std::num::NonZeroU64;

use super::device::Device;
use super::error::Result;

/// Bytes of a piece of upload memory, unless the plan is smaller.
const PIECE: u64 = 8 << 20;

/// Bytes to upload after which they are submitted, so that upload memory stays bounded.
const BATCH: u64 = 8 * PIECE;

/// Submissions under way before the next one waits for the oldest: enough that the device never idles.
const DEPTH: usize = 4;

/// What a session records and submits, in order.
pub(super) struct Flow {
    belt: wgpu::util::StagingBelt,
    piece: u64,
    recording: Option<wgpu::CommandEncoder>,
    uploaded: u64,
    under_way: VecDeque<wgpu::SubmissionIndex>,
}

impl Flow {
    /// `size`: about as much as is uploaded at a time.
    pub fn new(device: &Device, size: u64) -> Flow {
        let piece = size.clamp(1 << 10, PIECE).next_multiple_of(1 << 10);
        let belt = wgpu::util::StagingBelt::new(device.raw.clone(), piece);
        Flow { belt, piece, recording: None, uploaded: 0, under_way: VecDeque::new() }
    }

    /// Records commands behind those that are recorded already.
    pub fn record(
        &mut self,
        device: &Device,
        commands: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Result<()> {
        let recording = &mut self.recording;
        device.attempt(|| commands(encoder(device, recording)))
    }

    /// Records an upload; large ones are submitted as they go.
    pub fn upload(&mut self, device: &Device, to: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut offset = offset;
        for piece in bytes.chunks(self.piece as usize) {
            let size = NonZeroU64::new(piece.len() as u64).expect("chunks are not empty");
            let Flow { belt, recording, .. } = self;
            device.attempt(|| {
                let encoder = encoder(device, recording);
                belt.write_buffer(encoder, to, offset, size).copy_from_slice(piece);
            })?;
            offset += size.get();
            self.uploaded += size.get();
            if self.uploaded >= BATCH {
                self.submit(device)?;
            }
        }
        Ok(())
    }

    /// Submits what is recorded; where that fails it is dropped, so that the next step does not bring it along.
    pub fn submit(&mut self, device: &Device) -> Result<wgpu::SubmissionIndex> {
        let submitted = self.try_submit(device);
        if submitted.is_err() {
            self.recording = None;
        }
        submitted
    }

    fn try_submit(&mut self, device: &Device) -> Result<wgpu::SubmissionIndex> {
        if self.under_way.len() >= DEPTH
            && let Some(oldest) = self.under_way.pop_front()
        {
            device.wait(oldest)?;
        }
        let Flow { belt, recording, .. } = self;
        let submission = device.attempt(|| {
            let _ = encoder(device, recording);
            let recorded = recording.take().expect("an encoder was made");
            belt.finish_and_recall_on_submit(&recorded);
            device.queue.submit([recorded.finish()])
        })?;
        self.uploaded = 0;
        self.under_way.push_back(submission.clone());
        Ok(submission)
    }
}

fn encoder<'a>(
    device: &Device,
    recording: &'a mut Option<wgpu::CommandEncoder>,
) -> &'a mut wgpu::CommandEncoder {
    recording
        .get_or_insert_with(|| device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default()))
}
