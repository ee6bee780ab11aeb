//! The lane that writes a formula as WGSL instead of computing it.

use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::lanes::lane::Lane;

thread_local! {
    static LINES: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// An expression of the formula that this thread is tracing.
struct Value {
    text: String,
    /// Whether a `let` gives it a name; inputs and constants have none.
    bound: bool,
}

/// A value of a traced formula; equal expressions are the same value.
#[derive(Debug, Clone, Copy)]
pub struct Trace(usize);

/// A condition of a traced formula.
#[derive(Debug, Clone, Copy)]
pub struct TraceMask(usize);

/// Returns the index of an expression, and adds it if it is new.
fn record(text: String, bound: bool) -> usize {
    LINES.with_borrow_mut(|lines| {
        lines.iter().position(|line| line.text == text && line.bound == bound).unwrap_or_else(|| {
            lines.push(Value { text, bound });
            lines.len() - 1
        })
    })
}

/// Returns the text that refers to an expression.
fn name(id: usize) -> String {
    LINES.with_borrow(|lines| match &lines[id] {
        Value { text, bound: false } => text.clone(),
        _ => format!("v{}", lines[..id].iter().filter(|line| line.bound).count()),
    })
}

fn infix(a: usize, op: &str, b: usize) -> usize {
    record(format!("{} {op} {}", name(a), name(b)), true)
}

impl Trace {
    /// Returns the input of the formula with this name.
    pub fn input(name: &str) -> Trace {
        Trace(record(name.to_owned(), false))
    }

    /// Returns the text that refers to this value.
    pub fn text(self) -> String {
        name(self.0)
    }
}

/// Runs `formula`, and returns a WGSL line `let … = …;` for each of its expressions, and its result.
pub fn trace<R>(formula: impl FnOnce() -> R) -> (Vec<String>, R) {
    LINES.with_borrow_mut(Vec::clear);
    let result = formula();
    let lines = LINES.with_borrow(|lines| {
        let bound = lines.iter().filter(|line| line.bound).enumerate();
        bound.map(|(i, line)| format!("let v{i} = {};", line.text)).collect()
    });
    (lines, result)
}

macro_rules! infix {
    ($type:ident, $($trait:ident $method:ident $op:literal),*) => {$(
        impl $trait for $type {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                $type(infix(self.0, $op, other.0))
            }
        }
    )*};
}

infix!(Trace, Add add "+", Sub sub "-", Mul mul "*", Div div "/");
infix!(TraceMask, BitAnd bitand "&", BitOr bitor "|");

impl Neg for Trace {
    type Output = Self;
    fn neg(self) -> Self {
        Trace(record(format!("-{}", self.text()), true))
    }
}

impl Not for TraceMask {
    type Output = Self;
    fn not(self) -> Self {
        TraceMask(record(format!("!{}", name(self.0)), true))
    }
}

impl Lane for Trace {
    type Mask = TraceMask;

    fn splat(value: f64) -> Self {
        Trace(record(if value < 0.0 { format!("({value:?})") } else { format!("{value:?}") }, false))
    }
    fn sqrt(self) -> Self {
        Trace(record(format!("sqrt({})", self.text()), true))
    }
    fn abs(self) -> Self {
        Trace(record(format!("abs({})", self.text()), true))
    }
    fn tanh(self) -> Self {
        Trace(record(format!("tanh({})", self.text()), true))
    }
    fn cbrt(self) -> Self {
        let third = format!("pow(abs({x}), 1.0 / 3.0)", x = self.text());
        Trace(record(format!("sign({}) * {third}", self.text()), true))
    }
    fn lt(self, other: Self) -> TraceMask {
        TraceMask(infix(self.0, "<", other.0))
    }
    fn le(self, other: Self) -> TraceMask {
        TraceMask(infix(self.0, "<=", other.0))
    }
    fn eq(self, other: Self) -> TraceMask {
        TraceMask(infix(self.0, "==", other.0))
    }
    // Tests the bits: a WGSL compiler may assume that no value is infinite or NaN.
    fn is_nan(self) -> TraceMask {
        let magnitude = format!("(bitcast<u32>({}) & 0x7fffffffu)", self.text());
        TraceMask(record(format!("{magnitude} > 0x7f800000u"), true))
    }
    fn is_finite(self) -> TraceMask {
        let exponent = format!("(bitcast<u32>({}) & 0x7f800000u)", self.text());
        TraceMask(record(format!("{exponent} != 0x7f800000u"), true))
    }
    fn select(mask: TraceMask, yes: Self, no: Self) -> Self {
        Trace(record(format!("select({}, {}, {})", no.text(), yes.text(), name(mask.0)), true))
    }
}
