//! Runs of a plan on the CPU and on a device, from the same numbers.

use std::sync::{Arc, LazyLock};

use gradloom_core::{Dtype, GRADS, Options, PARAMS, Plan, SLOTS, Session as Cpu, UPDATES};
use gradloom_gpu::executor::{Choice, Device, Session as Gpu};
use gradloom_gpu::{GpuPlan, Limits, Place, Placement, Request, lower};
use half::{bf16, f16};

static DEVICE: LazyLock<Arc<Device>> =
    LazyLock::new(|| Device::open(&Choice::default()).expect("a GPU, of software or not"));

/// Returns a request for this machine's device.
pub fn request() -> Request {
    Request { limits: DEVICE.limits(), grads: Placement::default(), params: Placement::default() }
}

/// Returns a request with limits so small that leaves are split into several dispatches.
pub fn cramped() -> Request {
    let limits = Limits {
        max_storage_buffer_binding_size: 64 << 10,
        max_compute_workgroups_per_dimension: 50,
        ..Limits::default()
    };
    Request { limits, ..request() }
}

/// Returns numbers in [-1, 1), the same for the same seed.
pub fn numbers(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// The result of a run: params, updates and slots of each leaf by name, and the registers.
#[derive(Debug, Default)]
pub struct Outcome {
    pub leaves: Vec<(String, Vec<f32>)>,
    pub registers: Vec<f32>,
}

impl Outcome {
    /// Checks that both results have the same bits; any NaN equals any other.
    pub fn assert_same_bits(&self, other: &Outcome) {
        self.assert(other, |a, b| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
    }

    /// Checks that `|a - b| <= tolerance * (1 + |b|)`.
    pub fn assert_close(&self, other: &Outcome, tolerance: f32) {
        self.assert(other, |a, b| (a - b).abs() <= tolerance * (1.0 + b.abs()) || a.to_bits() == b.to_bits());
    }

    fn assert(&self, other: &Outcome, agrees: impl Fn(f32, f32) -> bool) {
        assert_eq!(self.leaves.len(), other.leaves.len());
        let registers = [("registers".to_owned(), self.registers.clone())];
        let theirs = [("registers".to_owned(), other.registers.clone())];
        let pairs = self.leaves.iter().chain(&registers).zip(other.leaves.iter().chain(&theirs));
        for ((name, own), (_, their)) in pairs {
            assert_eq!(own.len(), their.len(), "{name}");
            let differs = own.iter().zip(their).position(|(a, b)| !agrees(*a, *b));
            if let Some(i) = differs {
                panic!("{name}, element {i}: {:?} is not {:?}", own[i], their[i]);
            }
        }
    }
}

/// A plan, the values of its scalars, and the number of steps.
pub struct Start<'a> {
    pub plan: &'a Plan,
    pub scalars: &'a [f64],
    pub steps: usize,
}

/// Returns the numbers with which a leaf starts: those of slots are positive, so that they have roots.
fn first(buffer: usize, leaf: usize, n: usize) -> Vec<f32> {
    let values = numbers((buffer * 1000 + leaf) as u64 + 1, n);
    if buffer < SLOTS { values } else { values.into_iter().map(|x| x.abs() * 0.5 + 0.1).collect() }
}

/// Returns the gradients of a step.
fn grads(step: usize, leaf: usize, n: usize) -> Vec<f32> {
    numbers((step * 7919 + leaf) as u64 + 77, n)
}

/// Converts `n` numbers from the type in which they are stored.
fn from_words(bytes: &[u8], dtype: Dtype, n: usize) -> Vec<f32> {
    let pairs = bytes.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
    let all: Vec<f32> = match dtype {
        Dtype::F16 => pairs.map(|word| f16::from_bits(word).to_f32()).collect(),
        Dtype::Bf16 => pairs.map(|word| bf16::from_bits(word).to_f32()).collect(),
        _ => bytes.chunks_exact(4).map(|w| f32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect(),
    };
    all[..n].to_vec()
}

/// Converts numbers to the type in which they are stored, as the bytes of whole words.
fn to_words(values: &[f32], dtype: Dtype) -> Vec<u8> {
    let mut bytes: Vec<u8> = match dtype {
        Dtype::F16 => values.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect(),
        Dtype::Bf16 => values.iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect(),
        _ => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
    };
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Rounds numbers to the type in which they are stored.
pub fn rounded(values: &[f32], dtype: Dtype) -> Vec<f32> {
    from_words(&to_words(values, dtype), dtype, values.len())
}

/// Lists the leaves that have memory on the device: buffer, leaf, place.
fn places(plan: &GpuPlan) -> impl Iterator<Item = (usize, usize, Place)> + '_ {
    plan.buffers.iter().enumerate().filter(|(_, buffer)| buffer.size > 0).flat_map(|(i, buffer)| {
        let places = buffer.places.iter().enumerate();
        places.filter_map(move |(leaf, place)| place.map(|place| (i, leaf, place)))
    })
}

/// Runs all phases of the plan at each step, on the device.
pub fn on_gpu(start: &Start<'_>, request: &Request) -> Outcome {
    let plan = lower(start.plan, request).expect("it can be lowered");
    let mut session = Gpu::open(DEVICE.clone(), &plan).expect("it can be opened");
    for (buffer, leaf, place) in places(&plan).filter(|(buffer, ..)| ![GRADS, UPDATES].contains(buffer)) {
        let values = to_words(&first(buffer, leaf, place.elements as usize), place.dtype);
        session.write(buffer, place.offset, &values).unwrap();
    }
    let scalars: Vec<f32> = start.scalars.iter().map(|scalar| *scalar as f32).collect();
    let phases: Vec<usize> = (0..plan.phases.len()).collect();
    for step in 0..start.steps {
        for (_, leaf, place) in places(&plan).filter(|(buffer, ..)| *buffer == GRADS) {
            let values = to_words(&grads(step, leaf, place.elements as usize), place.dtype);
            session.write(GRADS, place.offset, &values).unwrap();
        }
        session.run(&phases, &scalars).unwrap();
    }
    let mut outcome = Outcome::default();
    for (buffer, leaf, place) in places(&plan).filter(|(buffer, ..)| *buffer != GRADS) {
        let n = place.elements as usize;
        let size = (n * place.dtype.size()).next_multiple_of(4) as u64;
        let bytes = session.read(buffer, place.offset, size).unwrap().wait().unwrap();
        outcome.leaves.push((format!("buffer {buffer}, leaf {leaf}"), from_words(&bytes, place.dtype, n)));
    }
    let registers = (start.plan.registers * plan.leaves * 4) as u64;
    if registers > 0 {
        let bytes = session.read(plan.info, 0, registers).unwrap().wait().unwrap();
        outcome.registers = from_words(&bytes, Dtype::F32, bytes.len() / 4);
    }
    outcome
}

/// Runs all phases of the plan at each step, on the CPU; gradients and parameters are rounded as the request stores them.
pub fn on_cpu(start: &Start<'_>, request: &Request) -> Outcome {
    let plan = lower(start.plan, request).expect("it can be lowered");
    let mut session = Cpu::open(start.plan, Options::default()).expect("it can be opened");
    session.scalars_mut().copy_from_slice(start.scalars);
    let of = |buffer: usize| plan.buffers[buffer].size > 0;
    for (buffer, leaf, place) in places(&plan).filter(|(buffer, ..)| ![GRADS, UPDATES].contains(buffer)) {
        let values = first(buffer, leaf, place.elements as usize);
        fill(&mut session, buffer, leaf, place, &values);
    }
    for step in 0..start.steps {
        for (_, leaf, place) in places(&plan).filter(|(buffer, ..)| *buffer == GRADS) {
            let values = rounded(&grads(step, leaf, place.elements as usize), place.dtype);
            fill(&mut session, GRADS, leaf, Place { dtype: Dtype::F32, ..place }, &values);
        }
        for phase in 0..start.plan.phases.len() {
            session.run(phase).unwrap();
        }
        for (_, leaf, place) in places(&plan).filter(|(buffer, ..)| *buffer == PARAMS) {
            let values = rounded(session.view::<f32>(PARAMS, leaf).unwrap(), place.dtype);
            fill(&mut session, PARAMS, leaf, Place { dtype: Dtype::F32, ..place }, &values);
        }
    }
    assert!(of(PARAMS) || of(UPDATES) || start.plan.registers > 0, "something to compare");
    let mut outcome = Outcome::default();
    for (buffer, leaf, place) in places(&plan).filter(|(buffer, ..)| *buffer != GRADS) {
        let values = match place.dtype {
            Dtype::Bf16 if buffer >= SLOTS => {
                session.view::<bf16>(buffer, leaf).unwrap().iter().map(|x| x.to_f32()).collect()
            }
            Dtype::F16 if buffer >= SLOTS => {
                session.view::<f16>(buffer, leaf).unwrap().iter().map(|x| x.to_f32()).collect()
            }
            _ => session.view::<f32>(buffer, leaf).unwrap().to_vec(),
        };
        outcome.leaves.push((format!("buffer {buffer}, leaf {leaf}"), values));
    }
    for register in 0..start.plan.registers {
        for leaf in 0..plan.leaves {
            outcome.registers.push(session.register(register, leaf).unwrap() as f32);
        }
    }
    outcome
}

/// Writes numbers to a leaf of the CPU session.
fn fill(session: &mut Cpu, buffer: usize, leaf: usize, place: Place, values: &[f32]) {
    match place.dtype {
        Dtype::Bf16 if buffer >= SLOTS => {
            let view = session.view_mut::<bf16>(buffer, leaf).unwrap();
            view.iter_mut().zip(values).for_each(|(to, x)| *to = bf16::from_f32(*x));
        }
        Dtype::F16 if buffer >= SLOTS => {
            let view = session.view_mut::<f16>(buffer, leaf).unwrap();
            view.iter_mut().zip(values).for_each(|(to, x)| *to = f16::from_f32(*x));
        }
        dtype => {
            let view = session.view_mut::<f32>(buffer, leaf).unwrap();
            view.copy_from_slice(&rounded(values, dtype));
        }
    }
}

/// The scalars of clipped AdamW.
pub const CLIPPED_ADAMW: [f64; 11] = [1.0, 0.9, 0.1, 0.999, 0.001, 1.3, 1.1, 1e-8, 0.0, 0.01, -0.001];
