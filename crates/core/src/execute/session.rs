//! Sessions: a plan, its memory, and the threads that run it.

use std::cell::Cell;
use std::num::NonZero;
use std::ptr::NonNull;

use crate::compile::compile;
use crate::compile::needs::{self, Needs};
use crate::compile::program::{Pass, Target};
use crate::error::Error;
use crate::execute::buffer::{ALIGNMENT, Buffer};
use crate::execute::memory::{Allocate, Memory, Place};
use crate::execute::run;
use crate::execute::scratch::Workspace;
use crate::lanes::dtype::Element;
use crate::lanes::isa::{Isa, available_isas};
use crate::plan::Plan;
use crate::plan::resolve::check_address_space;
use crate::plan::resolved::{Resolved, ResolvedLeaf};
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
        Session::compiled(plan, options, true, &mut Buffer::zeroed)
    }

    /// Checks a plan and places its buffers in memory of the caller: `lend` returns the address of as many bytes as it is asked
    /// for, a multiple of 64, and `None` if there is not enough memory. It is called for the scalars, the registers, and each
    /// buffer that is not empty, in this order.
    ///
    /// # Errors
    /// As for [`Session::open`].
    ///
    /// # Safety
    /// The memory that `lend` returns is zeroed, overlaps no other, and can be read and written as long as the session can run or
    /// return views.
    pub unsafe fn open_in(
        plan: &Plan,
        options: Options,
        mut lend: impl FnMut(usize) -> Option<NonNull<u8>>,
    ) -> Result<Session, Error> {
        Session::compiled(plan, options, true, &mut |len, what| match len {
            0 => Buffer::zeroed(len, what),
            _ => lend(len).map(|start| Buffer::lent(start, len)).ok_or(Error::OutOfMemory { what }),
        })
    }

    /// Opens a plan without fusing kernels: the reference with which fused chains are compared.
    #[doc(hidden)]
    pub fn open_unfused(plan: &Plan, options: Options) -> Result<Session, Error> {
        Session::compiled(plan, options, false, &mut Buffer::zeroed)
    }

    /// Returns the bytes that the memory of a session has, that for its own use included.
    ///
    /// # Errors
    /// As for [`Session::open`].
    pub fn footprint(plan: &Plan, options: Options) -> Result<usize, Error> {
        let program = Program::compile(plan, options, true)?;
        let total = Cell::new(0usize);
        let count = |len: usize, what| {
            let with = total.get().checked_add(len).and_then(|bytes| bytes.checked_add(2 * ALIGNMENT));
            total.set(with.ok_or(Error::OutOfMemory { what })?);
            Ok(Buffer::lent(NonNull::without_provenance(NonZero::new(ALIGNMENT).expect("not 0")), 0))
        };
        program.allocate(&mut { count }, &mut { count })?;
        Ok(total.get())
    }

    fn compiled(
        plan: &Plan,
        options: Options,
        fuse: bool,
        visible: &mut Allocate<'_>,
    ) -> Result<Session, Error> {
        let program = Program::compile(plan, options, fuse)?;
        let (memory, workers) = program.allocate(visible, &mut Buffer::zeroed)?;
        let Program { phases, plan, target, .. } = program;
        Ok(Session { memory, workers, phases, leaves: plan.leaves, isa: target.isa })
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
    pub fn buffer(&self, buffer: usize) -> Option<&Buffer> {
        self.memory.buffers().get(buffer)?.as_ref()
    }

    /// Returns the offset of a leaf in a buffer, in bytes; `None` if the buffer does not have the leaf.
    pub fn offset(&self, buffer: usize, leaf: usize) -> Option<usize> {
        self.memory.place(buffer, leaf).map(|place| place.offset)
    }

    /// Returns the memory of the host scalars: an f64 for each.
    pub fn scalars(&self) -> &Buffer {
        &self.memory.scalars
    }

    /// Returns the memory of the registers: an f64 for each register and leaf, at index `register * leaves + leaf`.
    pub fn registers(&self) -> &Buffer {
        &self.memory.registers
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

/// A compiled plan without memory.
struct Program {
    plan: Resolved,
    target: Target,
    phases: Vec<Vec<Pass>>,
    needs: Needs,
}

impl Program {
    fn compile(plan: &Plan, options: Options, fuse: bool) -> Result<Program, Error> {
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
        let needs = needs::of(&phases);
        Ok(Program { plan, target, phases, needs })
    }

    /// Allocates the memory that callers can see with `visible`, and that of the session's own with `own`.
    fn allocate(
        &self,
        visible: &mut Allocate<'_>,
        own: &mut Allocate<'_>,
    ) -> Result<(Memory, Workers<Workspace>), Error> {
        let memory = Memory::new(&self.plan, &self.needs, visible, own)?;
        let workspace = || Workspace::new(self.needs.scratch, own);
        Ok((memory, Workers::start(self.target.threads, self.needs.threads, workspace)?))
    }
}
