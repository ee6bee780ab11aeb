//! Work on another thread, and what keeps a panic out of Node.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::Task;
use napi::bindgen_prelude::{AsyncTask, Env, Error, Result, Status, ToNapiValue, TypeName};

/// Runs `body`; a panic becomes an error, so that no unwinding crosses into Node.
pub fn guarded<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::new(Status::GenericFailure, format!("INTERNAL: {}", text.unwrap_or("panic"))))
    })
}

/// Something to be done on a thread of Node's pool, for a promise.
pub struct Work<T>(Option<Box<dyn FnOnce() -> Result<T> + Send>>);

impl<T> Work<T>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    /// A task for `body`.
    pub fn task(body: impl FnOnce() -> Result<T> + Send + 'static) -> AsyncTask<Work<T>> {
        AsyncTask::new(Work(Some(Box::new(body))))
    }
}

impl<T> Task for Work<T>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        let body = self.0.take().expect("Node computes a task once");
        guarded(body)
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<T> {
        Ok(output)
    }
}
