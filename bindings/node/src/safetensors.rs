//! Headers of safetensors files.

use gradloom_addon::{catch_panic, failure};
use gradloom_safetensors as headers;
use napi::bindgen_prelude::{Result, Uint8Array};
use napi_derive::napi;

fn header_error(error: headers::Error) -> napi::Error {
    failure(error.code(), error)
}

/// Returns the length of the JSON of a file, from its first bytes and its length.
#[napi]
pub fn header_length(start: Uint8Array, file_length: f64) -> Result<f64> {
    headers::header_length(&start, file_length as u64).map(|length| length as f64).map_err(header_error)
}

/// Checks the JSON of a file, given the length of its data. Returns its entries as JSON.
#[napi]
pub fn read_header(json: Uint8Array, data_length: f64) -> Result<String> {
    catch_panic(|| headers::read_header(&json, data_length as u64).map_err(header_error))
}

/// Makes the first bytes of a file, up to its data, from its entries as JSON.
#[napi]
pub fn write_header(entries: Uint8Array) -> Result<Uint8Array> {
    catch_panic(|| headers::write_header(&entries).map(Uint8Array::from).map_err(header_error))
}
