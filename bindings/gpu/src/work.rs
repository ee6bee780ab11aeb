//! Tasks on the threads of Node's pool, behind promises.

use gradloom_addon::catch_panic;
use napi::Task;
use napi::bindgen_prelude::{AsyncTask, Env, Result, ToNapiValue, TypeName};

/// A function to run on a thread of Node's pool; a promise resolves to its result.
pub struct Work<T>(Option<Box<dyn FnOnce() -> Result<T> + Send>>);

impl<T> Work<T>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    /// Returns a task that runs `body`.
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
        catch_panic(body)
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<T> {
        Ok(output)
    }
}
