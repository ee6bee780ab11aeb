//! Errors and panics as JavaScript sees them, for all Node addons.

#![forbid(unsafe_code)]

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::{Error, Result, Status};

/// Returns an error that reaches JavaScript as `CODE: text`.
pub fn failure(code: &str, text: impl Display) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
}

/// Runs `body` and returns a panic as an `INTERNAL` error: unwinding must not reach Node.
pub fn catch_panic<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(failure("INTERNAL", text.unwrap_or("panic")))
    })
}
