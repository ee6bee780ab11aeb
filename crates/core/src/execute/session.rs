use std::ptr::NonNull;
use std::sync::Arc;

use crate::compile::compile;
use crate::compile::needs;
use crate::compile::program::{Pass, Target};
use crate::error::Error;
use crate::execute::buffer::Buffer;
use crate::execute::memory::{Memory, Place};
use crate::execute::run;
use crate::execute::scratch::Workspace;
use crate::lanes::dtype::Element;
use crate::lanes::isa::Isa;
use crate::lanes::isa::available_isas;
use crate::plan::Plan;
use crate::plan::resolve::check_address_space;
use crate::plan::resolved::ResolvedLeaf;
use crate::threads::{self, Workers};

/// How a session runs; the default is the best instruction set and all cores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The instruction set; `None` takes the widest the machine has.
    pub isa: Option<Isa>,
    /// Threads, the calling one included; 0 means all cores. WebAssembly has one.
    pub threads: usize,
}

/// A plan, its memory, and everything needed to run it again and again.
pub struct Session {
    phases: Vec<Vec<Pass>>,
    memory: Memory,
    workers: Workers<Workspace>,
    leaves: Vec<ResolvedLeaf>,
    isa: Isa,
}

impl Session {
    /// Checks a plan and allocates its memory, all zero.
    ///
    /// # Errors
    /// `INVALID_PLAN`, `OUT_OF_MEMORY`, and `ENGINE_UNAVAILABLE` for an instruction set that the machine lacks.
    pub fn open(plan: &Plan, options: Options) -> Result<Session, Error> {
        Session::compiled(plan, options, true)
    }

    /// As `open`, but kernel by kernel: the reference that fused chains are compared with.
    #[doc(hidden)]
    pub fn open_unfused(plan: &Plan, options: Options) -> Result<Session, Error> {
        Session::compiled(plan, options, false)
    }

    fn compiled(plan: &Plan, options: Options, fuse: bool) -> Result<Session, Error> {
        let plan = plan.resolve()?;
        check_address_space(&plan)?;
        let isas = available_isas();
        let isa = match options.isa {
            Some(isa) if !isas.contains(&isa) => return Err(Error::IsaUnavailable(isa)),
            Some(isa) => isa,
            None => isas.last().copied().unwrap_or(Isa::BASELINE),
        };
        let target = Target { isa, threads: threads::count(options.threads), fuse };
        let phases: Vec<_> = plan.phases.iter().map(|phase| compile(&plan, phase, target)).collect();
        let (needs, scratch) = needs::of(&phases);
        Ok(Session {
            memory: Memory::new(&plan, &needs)?,
            workers: Workers::start(target.threads, || Workspace::new(scratch))?,
            phases,
            leaves: plan.leaves,
            isa,
        })
    }

    /// Runs one phase of the plan.
    ///
    /// # Errors
    /// `INTERNAL` if the plan has no such phase.
    pub fn run(&mut self, phase: usize) -> Result<(), Error> {
        let phases = self.phases.len();
        let passes = self.phases.get(phase).ok_or(Error::NoSuchPhase { phase, phases })?;
        for pass in passes {
            run::run(pass, &self.leaves, &self.memory, &mut self.workers);
        }
        Ok(())
    }

    /// Number of buffers: grads, params, updates and one per slot.
    pub fn buffer_count(&self) -> usize {
        self.memory.buffers().len()
    }

    /// The memory of a buffer, or `None` if the plan does not use it.
    pub fn buffer(&self, buffer: usize) -> Option<Arc<Buffer>> {
        self.memory.buffers().get(buffer).cloned().flatten()
    }

    /// Where a leaf starts in a buffer, in bytes, or `None` if the buffer does not hold it.
    pub fn offset(&self, buffer: usize, leaf: usize) -> Option<usize> {
        self.memory.place(buffer, leaf).map(|place| place.offset)
    }

    /// The host scalars: an f64 each.
    pub fn scalars(&self) -> Arc<Buffer> {
        self.memory.scalars.clone()
    }

    /// The registers: an f64 for each register and leaf, at `register * leaves + leaf`.
    pub fn registers(&self) -> Arc<Buffer> {
        self.memory.registers.clone()
    }

    /// Makes a leaf of a buffer lie at `pointer` from now on; nothing is copied.
    ///
    /// # Safety
    /// `pointer` is aligned to the element, readable and writable for the whole leaf as long as the session can run or
    /// hand out views, and overlaps no other leaf of the session.
    pub unsafe fn redirect(&mut self, buffer: usize, leaf: usize, pointer: NonNull<u8>) -> Result<(), Error> {
        self.memory.redirect(buffer, leaf, pointer)
    }

    /// The instruction set in use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The threads in use, the calling one included.
    pub fn threads(&self) -> usize {
        self.workers.threads()
    }

    /// A leaf of a buffer.
    pub fn view<T: Element>(&self, buffer: usize, leaf: usize) -> Result<&[T], Error> {
        let place = self.typed::<T>(buffer, leaf)?;
        // SAFETY: the place holds as many elements, initialised and aligned.
        Ok(unsafe { std::slice::from_raw_parts(place.pointer.cast(), place.elements) })
    }

    /// A leaf of a buffer, to be written.
    pub fn view_mut<T: Element>(&mut self, buffer: usize, leaf: usize) -> Result<&mut [T], Error> {
        let place = self.typed::<T>(buffer, leaf)?;
        // SAFETY: as above, and the session is borrowed exclusively.
        Ok(unsafe { std::slice::from_raw_parts_mut(place.pointer.cast(), place.elements) })
    }

    /// The host scalars, to be written.
    pub fn scalars_mut(&mut self) -> &mut [f64] {
        let scalars = &self.memory.scalars;
        // SAFETY: the buffer holds f64s only, and the session is borrowed exclusively.
        unsafe {
            std::slice::from_raw_parts_mut(scalars.as_ptr().cast().as_ptr(), scalars.len() / size_of::<f64>())
        }
    }

    /// The value of a register for a leaf; `None` if there is no such register or leaf.
    pub fn register(&self, register: usize, leaf: usize) -> Option<f64> {
        self.memory.register(register, leaf)
    }

    fn typed<T: Element>(&self, buffer: usize, leaf: usize) -> Result<Place, Error> {
        let place = self.memory.place(buffer, leaf).ok_or(Error::NoSuchLeaf { buffer, leaf })?;
        if place.dtype == T::DTYPE {
            Ok(place)
        } else {
            Err(Error::Dtype { buffer, leaf, asked: T::DTYPE, found: place.dtype })
        }
    }
}
