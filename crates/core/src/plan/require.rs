//! How a contradiction in a plan is refused.

use crate::error::Error;

pub(super) type Check = Result<(), Error>;

/// Makes the error for a part of a plan, by its path.
pub(super) fn refusal(at: &str, problem: String) -> Error {
    Error::Plan { at: at.to_owned(), problem }
}

/// Refuses a part of a plan where a condition does not hold.
pub(super) fn require(holds: bool, at: &str, problem: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(refusal(at, problem())) }
}

/// Refuses an index past the end of a list.
pub(super) fn within(index: usize, count: usize, what: &str, at: &str) -> Check {
    require(index < count, at, || format!("there is no {what} {index}, only {count}"))
}

/// Refuses a list that is not strictly increasing.
pub(super) fn increasing(values: &[usize], at: &str) -> Check {
    require(values.is_sorted_by(|a, b| a < b), at, || "must be strictly increasing".to_owned())
}
