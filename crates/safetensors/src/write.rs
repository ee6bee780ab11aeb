//! Writing: the same bytes for the same entries, in the order of other writers.

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, LONGEST};
use crate::header::{METADATA, PREFIX, Wanted};
use crate::read::{check, refuse_repeated};

/// A header as its file holds it.
struct Written<'a> {
    metadata: &'a [(String, String)],
    tensors: &'a [(String, TensorInfo)],
}

/// Entries as an object.
struct Object<'a>(&'a [(String, String)]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.metadata.is_empty() {
            map.serialize_entry(METADATA, &Object(self.metadata))?;
        }
        for (name, info) in self.tensors {
            map.serialize_entry(name, info)?;
        }
        map.end()
    }
}

/// Returns the first bytes of a file, up to its data: the length of the JSON and the JSON, padded so that the data is aligned. Takes JSON
/// with a list `metadata` of pairs of texts, and a list `tensors` of `{ name, dtype, shape }`. Tensors whose elements need the largest
/// alignment come first, those of one type are in the order of their names.
pub fn write_header(entries: &[u8]) -> Result<Vec<u8>, Error> {
    let Wanted { mut metadata, tensors: mut described } =
        serde_json::from_slice(entries).map_err(Error::Entries)?;
    metadata.sort();
    described.sort_by(|a, b| b.dtype.cmp(&a.dtype).then_with(|| a.name.cmp(&b.name)));
    let mut tensors = Vec::with_capacity(described.len());
    let mut end = 0_usize;
    for tensor in described {
        let begin = end;
        end = bytes(tensor.dtype, &tensor.shape)
            .and_then(|bytes| begin.checked_add(bytes))
            .ok_or(Error::Tensors(SafeTensorError::ValidationOverflow))?;
        let info = TensorInfo { dtype: tensor.dtype, shape: tensor.shape, data_offsets: (begin, end) };
        tensors.push((tensor.name, info));
    }
    refuse_repeated(&metadata)?;
    refuse_repeated(&tensors)?;
    check(tensors.clone())?;
    let mut file = vec![0; PREFIX];
    serde_json::to_writer(&mut file, &Written { metadata: &metadata, tensors: &tensors })?;
    file.resize(file.len().next_multiple_of(PREFIX), b' ');
    let length = (file.len() - PREFIX) as u64;
    if length > LONGEST {
        return Err(Error::TooManyTensors(length));
    }
    file[..PREFIX].copy_from_slice(&length.to_le_bytes());
    Ok(file)
}

/// Returns the bytes of a tensor; `None` where they are too many.
fn bytes(dtype: Dtype, shape: &[usize]) -> Option<usize> {
    let elements = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    Some(elements.checked_mul(dtype.bitsize())? / 8)
}
