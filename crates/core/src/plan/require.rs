//! Refusals of plans: checks and their errors.

use crate::error::Error;

pub(super) type Check = Result<(), Error>;

/// Returns the error for the part of a plan at path `at`.
pub(super) fn refusal(at: &str, problem: String) -> Error {
    Error::Plan { at: at.to_owned(), problem }
}

/// Refuses the part of a plan at path `at` unless a condition holds.
pub(super) fn require(holds: bool, at: &str, problem: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(refusal(at, problem())) }
}

/// Refuses an index past the end of a list; `what` names its items.
pub(super) fn within(index: usize, count: usize, what: &str, at: &str) -> Check {
    require(index < count, at, || format!("there is no {what} {index}: the plan has {count}"))
}

/// Refuses a list that is not strictly increasing.
pub(super) fn increasing(values: &[usize], at: &str) -> Check {
    require(values.is_sorted_by(|a, b| a < b), at, || "the indices must be strictly increasing".to_owned())
}
