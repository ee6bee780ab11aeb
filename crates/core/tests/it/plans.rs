//! Plans for tests, and the contents of their sessions.

use gradloom_core::{Dtype, Element, Plan, Session, formulas};
use half::{bf16, f16};
use serde_json::{Value, json};

/// Decodes a plan; panics if it is not valid.
pub fn plan(json: &Value) -> Plan {
    Plan::decode(json.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// Returns leaves of one type, one for each size.
pub fn leaves(dtype: &str, sizes: &[usize]) -> Vec<Value> {
    sizes.iter().map(|size| json!({ "dtype": dtype, "shape": [size] })).collect()
}

/// Returns a plan that runs kernels one after the other over all leaves; every scalar is a host scalar.
pub fn chain(leaves: &[Value], names: &[&str], output: &str) -> Value {
    let (mut slots, mut scalars, mut steps) = (Vec::new(), 0, Vec::new());
    for name in names {
        let formula = formulas::find(name).expect("a kernel of the registry");
        let mut step = json!({ "map": name, "set": 0, "slots": {}, "scalars": {} });
        for slot in formula.slots {
            step["slots"][*slot] = json!(slots.len());
            slots.push(json!({ "set": 0 }));
        }
        for scalar in formula.scalars {
            step["scalars"][*scalar] = json!(scalars);
            scalars += 1;
        }
        steps.push(step);
    }
    let all: Vec<usize> = (0..leaves.len()).collect();
    json!({
        "leaves": leaves, "sets": [all], "slots": slots, "scalars": scalars, "registers": 0,
        "phases": [{ "input": "grads", "output": output, "steps": steps }]
    })
}

/// Returns a pseudo-random number between 0 and 1.
pub fn noise(seed: usize, i: usize) -> f64 {
    let mut x = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (i as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 32;
    (x >> 11) as f64 / (1u64 << 53) as f64
}

fn write<T: Element>(session: &mut Session, buffer: usize, leaf: usize, number: impl Fn(f64) -> T) -> bool {
    let signed = buffer < gradloom_core::SLOTS;
    let Ok(view) = session.view_mut::<T>(buffer, leaf) else { return false };
    for (i, x) in view.iter_mut().enumerate() {
        let value = noise(buffer * 1000 + leaf, i);
        *x = number(if signed { 4.0 * value - 2.0 } else { value });
    }
    true
}

/// Fills every leaf of every buffer, and the scalars, with the same numbers every time: those of slots are positive.
pub fn fill(session: &mut Session, plan: &Plan) {
    for (i, scalar) in session.scalars_mut().iter_mut().enumerate() {
        *scalar = 0.1 + 0.8 * noise(7, i);
    }
    for buffer in 0..session.buffer_count() {
        for leaf in 0..plan.leaves.len() {
            let _ = write(session, buffer, leaf, |x| x as f32)
                || write(session, buffer, leaf, |x| x)
                || write(session, buffer, leaf, f16::from_f64)
                || write(session, buffer, leaf, bf16::from_f64);
        }
    }
}

/// Returns the numbers of a leaf in double precision.
pub fn numbers(session: &Session, buffer: usize, leaf: usize) -> Vec<f64> {
    fn widen<T: Element>(view: &[T], widen: impl Fn(T) -> f64) -> Vec<f64> {
        view.iter().map(|x| widen(*x)).collect()
    }
    if let Ok(view) = session.view::<f32>(buffer, leaf) {
        return widen(view, f64::from);
    }
    if let Ok(view) = session.view::<f16>(buffer, leaf) {
        return widen(view, f16::to_f64);
    }
    if let Ok(view) = session.view::<bf16>(buffer, leaf) {
        return widen(view, bf16::to_f64);
    }
    widen(session.view::<f64>(buffer, leaf).expect("the buffer holds the leaf"), |x| x)
}

/// Returns the bits of every leaf in every buffer, and of the registers; all NaNs of leaves have the same.
pub fn bits(session: &Session, plan: &Plan) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for buffer in 0..session.buffer_count() {
        for leaf in (0..plan.leaves.len()).filter(|leaf| session.offset(buffer, *leaf).is_some()) {
            let numbers = numbers(session, buffer, leaf);
            all.push(numbers.into_iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect());
        }
    }
    let registers = (0..plan.registers).flat_map(|r| (0..plan.leaves.len()).map(move |leaf| (r, leaf)));
    all.push(registers.map(|(r, leaf)| session.register(r, leaf).map_or(0, f64::to_bits)).collect());
    all
}

/// Returns whether the bytes between the leaves of a buffer are still zero.
pub fn gaps_are_zero(session: &Session, plan: &Plan, buffer: usize) -> bool {
    let Some(memory) = session.buffer(buffer) else { return true };
    // SAFETY: the buffer has that many bytes, and nobody writes to them while the session is borrowed.
    let bytes = unsafe { std::slice::from_raw_parts(memory.as_ptr().as_ptr(), memory.len()) };
    let mut used = vec![false; bytes.len()];
    for leaf in 0..plan.leaves.len() {
        if let Some(offset) = session.offset(buffer, leaf) {
            let slot = buffer.checked_sub(gradloom_core::SLOTS).and_then(|slot| plan.slots[slot].dtype);
            let size: Dtype = slot.unwrap_or(plan.leaves[leaf].dtype);
            used[offset..offset + numbers(session, buffer, leaf).len() * size.size()].fill(true);
        }
    }
    bytes.iter().zip(used).all(|(byte, used)| used || *byte == 0)
}
