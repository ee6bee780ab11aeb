//! Sessions: a plan, its memory, and the threads that run it.

use std::ptr::NonNull;
use std::sync::Arc;

use crate::compile::program::{Pass, Target};
use crate::compile::{compile, needs};
use crate::error::Error;
use crate::execute::buffer::Buffer;
use crate::execute::memory::{Memory, Place};
use crate::execute::run;
use crate::execute::scratch::Workspace;
use crate::lanes::dtype::Element;
use crate::lanes::isa::{Isa, available_isas};
use crate::plan::Plan;
use crate::plan::resolve::check_address_space;
use crate::plan::resolved::ResolvedLeaf;
use crate::threads::{self, Workers};

/// The instruction set and the number of threads of a session; by default the widest set and all cores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The instruction set; `None` chooses the widest that the machine supports.
    pub isa: Option<Isa>,
    /// The number of threads, the calling one included; 0 chooses one per core. On WebAssembly it is always 1.
    pub threads: usize,
}

/// A compiled plan with its memory and its threads: it can be run any number of times.
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
    /// `INVALID_PLAN`, `OUT_OF_MEMORY`, and `ENGINE_UNAVAILABLE` if the machine does not support the instruction set.
    pub fn open(plan: &Plan, options: Options) -> Result<Session, Error> {
        Session::compiled(plan, options, true)
    }

    /// Opens a plan without fusing kernels: the reference with which fused chains are compared.
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

    /// Returns the number of buffers: gradients, parameters, updates, and one per slot.
    pub fn buffer_count(&self) -> usize {
        self.memory.buffers().len()
    }

    /// Returns the memory of a buffer; `None` if the plan does not use it.
    pub fn buffer(&self, buffer: usize) -> Option<Arc<Buffer>> {
        self.memory.buffers().get(buffer).cloned().flatten()
    }

    /// Returns the offset of a leaf in a buffer, in bytes; `None` if the buffer does not have the leaf.
    pub fn offset(&self, buffer: usize, leaf: usize) -> Option<usize> {
        self.memory.place(buffer, leaf).map(|place| place.offset)
    }

    /// Returns the memory of the host scalars: an f64 for each.
    pub fn scalars(&self) -> Arc<Buffer> {
        self.memory.scalars.clone()
    }

    /// Returns the memory of the registers: an f64 for each register and leaf, at index `register * leaves + leaf`.
    pub fn registers(&self) -> Arc<Buffer> {
        self.memory.registers.clone()
    }

    /// Makes a leaf of a buffer lie at `pointer` from now on, without copying its elements.
    ///
    /// # Errors
    /// `INTERNAL` if the buffer does not have the leaf.
    ///
    /// # Safety
    /// `pointer` is aligned to the leaf's elements, readable and writable for the whole leaf as long as the session can run or
    /// return views, and overlaps no other leaf of the session.
    pub unsafe fn redirect(&mut self, buffer: usize, leaf: usize, pointer: NonNull<u8>) -> Result<(), Error> {
        self.memory.redirect(buffer, leaf, pointer)
    }

    /// Returns the instruction set in use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Returns the number of threads in use, the calling one included.
    pub fn threads(&self) -> usize {
        self.workers.threads()
    }

    /// Borrows a leaf of a buffer.
    ///
    /// # Errors
    /// `INTERNAL` if the buffer does not have the leaf, `DTYPE_MISMATCH` if its elements have another type.
    pub fn view<T: Element>(&self, buffer: usize, leaf: usize) -> Result<&[T], Error> {
        let place = self.typed::<T>(buffer, leaf)?;
        // SAFETY: the place has that many initialised and aligned elements of this type, and runs need the session exclusively.
        Ok(unsafe { std::slice::from_raw_parts(place.pointer.cast(), place.elements) })
    }

    /// Borrows a leaf of a buffer mutably.
    ///
    /// # Errors
    /// As for [`Session::view`].
    pub fn view_mut<T: Element>(&mut self, buffer: usize, leaf: usize) -> Result<&mut [T], Error> {
        let place = self.typed::<T>(buffer, leaf)?;
        // SAFETY: the place has that many initialised and aligned elements of this type, and the session is borrowed exclusively.
        Ok(unsafe { std::slice::from_raw_parts_mut(place.pointer.cast(), place.elements) })
    }

    /// Borrows the host scalars mutably.
    pub fn scalars_mut(&mut self) -> &mut [f64] {
        let scalars = &self.memory.scalars;
        // SAFETY: the buffer has nothing but f64s, and the session is borrowed exclusively.
        unsafe {
            std::slice::from_raw_parts_mut(scalars.as_ptr().cast().as_ptr(), scalars.len() / size_of::<f64>())
        }
    }

    /// Returns the value of a register for a leaf; `None` if there is no such register or leaf.
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
