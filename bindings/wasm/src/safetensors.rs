//! Headers of safetensors files.

use gradloom_safetensors as headers;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

fn header_error(error: headers::Error) -> JsError {
    JsError::new(&format!("{}: {error}", error.code()))
}

/// Returns the length of the JSON of a file, from its first bytes and its length.
#[wasm_bindgen(js_name = headerLength)]
pub fn header_length(start: &[u8], file_length: f64) -> Result<f64, JsError> {
    headers::header_length(start, file_length as u64).map(|length| length as f64).map_err(header_error)
}

/// Checks the JSON of a file, given the length of its data. Returns its entries as JSON.
#[wasm_bindgen(js_name = readHeader)]
pub fn read_header(json: &[u8], data_length: f64) -> Result<String, JsError> {
    headers::read_header(json, data_length as u64).map_err(header_error)
}

/// Makes the first bytes of a file, up to its data, from its entries as JSON.
#[wasm_bindgen(js_name = writeHeader)]
pub fn write_header(entries: &[u8]) -> Result<Vec<u8>, JsError> {
    headers::write_header(entries).map_err(header_error)
}
