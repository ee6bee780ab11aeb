//! The Node addon: decodes arguments, calls `gradloom_core` and `gradloom_safetensors`, maps their errors. It has no logic of its own.

pub mod safetensors;

use std::ptr::NonNull;

use gradloom_addon::{catch_panic, failure};
use gradloom_core as core;
use napi::Error;
use napi::bindgen_prelude::{
    ArrayBuffer, Float64Array, Function, JsObjectValue, JsValue, Result, This, TypedArray, TypedArrayType,
    Uint8Array,
};
use napi_derive::napi;

fn core_error(error: core::Error) -> Error {
    failure(error.code(), error)
}

/// The instruction sets and cores of this machine.
#[napi(object)]
pub struct Machine {
    /// The names of the instruction sets that it supports, narrowest first.
    pub isas: Vec<String>,
    /// The number of cores that this process may use.
    pub cores: u32,
}

/// Returns the instruction sets and cores of this machine.
#[napi]
pub fn available() -> Machine {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let isas = core::available_isas().iter().map(ToString::to_string).collect();
    Machine { isas, cores }
}

/// A plan over memory of JavaScript.
#[napi]
pub struct Session {
    /// `None` after `close`.
    core: Option<core::Session>,
    leaf_sizes: Vec<LeafSize>,
    /// Where the scalars, the registers and each buffer start in their array buffers, and their lengths in bytes.
    places: Vec<f64>,
}

/// The type and the size of a leaf.
struct LeafSize {
    dtype: core::Dtype,
    bytes: usize,
}

#[napi]
impl Session {
    /// Checks a plan; without `isa` it takes the widest instruction set, with 0 threads one per core. Its memory lies in the array
    /// buffers that `allocate` returns for numbers of bytes, zeroed: for the scalars, the registers and each buffer that is not empty.
    /// If one is too small, it throws `OUT_OF_MEMORY`.
    #[napi(constructor)]
    pub fn new(
        this: This<'_>,
        plan: Uint8Array,
        isa: Option<String>,
        threads: u32,
        allocate: Function<'_, f64, ArrayBuffer<'_>>,
    ) -> Result<Self> {
        catch_panic(|| {
            let isa = isa
                .map(|name| name.parse::<core::Isa>())
                .transpose()
                .map_err(|unknown| failure("ENGINE_UNAVAILABLE", unknown))?;
            let options = core::Options { isa, threads: threads as usize };
            let plan = core::Plan::parse(&plan).map_err(core_error)?;
            let mut lender = Lender { holder: this, allocate, starts: Vec::new() };
            let mut failed: Result<()> = Ok(());
            let lend = |bytes| {
                lender.lend(bytes).unwrap_or_else(|error| {
                    failed = Err(error);
                    None
                })
            };
            // SAFETY: the holder keeps the array buffers alive, each of which has as many bytes as asked for. The only caller,
            // ts/src/engine/native.ts, makes a new one each time, and checks before each run that none has been detached.
            let opened = unsafe { core::Session::open_in(&plan, options, lend) };
            failed?;
            let core = opened.map_err(core_error)?;
            let leaf_sizes = plan
                .leaves
                .iter()
                .map(|leaf| LeafSize {
                    dtype: leaf.dtype,
                    bytes: leaf.elements().unwrap_or(0) * leaf.dtype.size(),
                })
                .collect();
            let places = places(&core, lender.starts);
            Ok(Self { core: Some(core), leaf_sizes, places })
        })
    }

    /// Returns two numbers for the scalars, the registers and each buffer: where it starts in its array buffer, and its length in bytes;
    /// -1 and 0 for a buffer without memory.
    #[napi]
    pub fn places(&self) -> Float64Array {
        self.places.clone().into()
    }

    /// Returns the number of leaves.
    #[napi(getter)]
    pub fn leaves(&self) -> u32 {
        self.leaf_sizes.len() as u32
    }

    /// Returns the offset of each leaf in its buffer, in bytes: that of leaf l in buffer b at index b * leaves + l, -1 if it has no memory.
    #[napi]
    pub fn offsets(&self) -> Result<Float64Array> {
        let (core, leaves) = (self.open()?, self.leaf_sizes.len());
        let places = (0..core.buffer_count()).flat_map(|b| (0..leaves).map(move |l| (b, l)));
        Ok(places.map(|(b, l)| core.offset(b, l).map_or(-1.0, |at| at as f64)).collect::<Vec<_>>().into())
    }

    /// Moves a leaf into the caller's array, without copying it. The caller keeps the array attached while the session runs.
    #[napi]
    pub fn adopt(&mut self, mut this: This<'_>, buffer: u32, leaf: u32, array: TypedArray) -> Result<()> {
        let memory = &array.arraybuffer;
        if buffer as usize > core::UPDATES {
            return Err(failure(
                "INVALID_STATE",
                "only gradients, parameters and updates can be in arrays of the caller",
            ));
        }
        let Some(&LeafSize { dtype, bytes }) = self.leaf_sizes.get(leaf as usize) else {
            return Err(failure("INVALID_STATE", format_args!("there is no leaf {leaf}")));
        };
        let given = match array.typed_array_type {
            TypedArrayType::Float32 => Some(core::Dtype::F32),
            TypedArrayType::Float64 => Some(core::Dtype::F64),
            _ => None,
        };
        if given != Some(dtype) {
            return Err(failure("DTYPE_MISMATCH", format_args!("leaf {leaf} has elements of type {dtype}")));
        }
        if memory.len() != bytes {
            return Err(failure(
                "SHAPE_MISMATCH",
                format_args!("the array for leaf {leaf} has {} bytes rather than {bytes}", memory.len()),
            ));
        }
        if bytes == 0 {
            return Ok(());
        }
        let Some(pointer) = NonNull::new(memory.as_ptr().cast_mut()) else {
            return Err(failure("DETACHED_MEMORY", format_args!("the array for leaf {leaf} is detached")));
        };
        keep(&mut this, &format!("leaf {leaf} of buffer {buffer}"), array)?;
        // SAFETY: the array has the leaf's type, and so its alignment, and as many bytes, as checked above; `keep` keeps it alive. The
        // only caller, ts/src/engine/native.ts, checks that it is not shared, overlaps no other array, and is attached before each run.
        unsafe { self.open_mut()?.redirect(buffer as usize, leaf as usize, pointer) }.map_err(core_error)
    }

    /// Runs one phase.
    #[napi]
    pub fn run(&mut self, phase: u32) -> Result<()> {
        catch_panic(|| self.open_mut()?.run(phase as usize).map_err(core_error))
    }

    /// Frees all memory at once: ends the session and detaches the array buffers that the constructor got, given again here. What the
    /// caller has transferred elsewhere stays.
    #[napi]
    pub fn close(&mut self, buffers: Vec<ArrayBuffer>) -> Result<()> {
        self.core = None;
        for buffer in buffers {
            if !buffer.is_detached()? {
                buffer.detach()?;
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<&core::Session> {
        self.core.as_ref().ok_or_else(closed)
    }

    fn open_mut(&mut self) -> Result<&mut core::Session> {
        self.core.as_mut().ok_or_else(closed)
    }
}

fn closed() -> Error {
    failure("DISPOSED", "the session is closed")
}

/// The array buffers that JavaScript makes for a session.
struct Lender<'env> {
    /// The object that keeps them alive.
    holder: This<'env>,
    allocate: Function<'env, f64, ArrayBuffer<'env>>,
    /// The first aligned byte of each.
    starts: Vec<usize>,
}

impl Lender<'_> {
    /// Returns the address of as many aligned bytes in a new array buffer; `None` if it is too small.
    fn lend(&mut self, bytes: usize) -> Result<Option<NonNull<u8>>> {
        let mut memory = self.allocate.call((bytes + core::ALIGNMENT) as f64)?;
        keep(&mut self.holder, &format!("buffer {}", self.starts.len()), memory)?;
        // SAFETY: JavaScript does not run now, and the bytes are not accessed: only their address is used.
        let memory = unsafe { memory.as_mut() };
        let start = memory.as_ptr().align_offset(core::ALIGNMENT);
        self.starts.push(start);
        Ok(memory
            .get_mut(start..)
            .and_then(|rest| rest.get_mut(..bytes))
            .map(|lent| NonNull::from(lent).cast()))
    }
}

/// Makes an object keep a value alive. A reference from Rust would do so until the event loop turns, even if the object is garbage.
fn keep<'value>(object: &mut This<'_>, name: &str, value: impl JsValue<'value>) -> Result<()> {
    object.set_named_property(name, value.to_unknown())
}

/// Pairs the starts of the lent memory, in the order in which it was lent, with the lengths of what lies there.
fn places(session: &core::Session, starts: Vec<usize>) -> Vec<f64> {
    let mut starts = starts.into_iter();
    let buffers = (0..session.buffer_count()).map(|index| session.buffer(index));
    let all = [Some(session.scalars()), Some(session.registers())].into_iter().chain(buffers);
    all.flat_map(|buffer| match buffer {
        None => [-1.0, 0.0],
        Some(buffer) if buffer.is_empty() => [0.0, 0.0],
        Some(buffer) => [starts.next().unwrap_or(0) as f64, buffer.len() as f64],
    })
    .collect()
}
