//! Reading: the checks that tell a header from any other bytes.

use std::collections::HashSet;

use safetensors::tensor::{Metadata, TensorInfo};

use crate::error::{Error, LONGEST};
use crate::header::{Contents, Header, METADATA, PREFIX, Placed, Texts};

/// The largest whole number that every JavaScript number up to it can hold.
const SAFE: u64 = (1 << 53) - 1;

/// Returns the length of the JSON of a file, in bytes, from its first bytes and its length. Nothing needs to be read or allocated before.
pub fn header_length(start: &[u8], file_length: u64) -> Result<u64, Error> {
    let Some(prefix) = start.first_chunk::<PREFIX>() else {
        return Err(Error::Truncated(file_length));
    };
    if usize::try_from(file_length).is_err() {
        return Err(Error::FileLength(file_length));
    }
    let length = u64::from_le_bytes(*prefix);
    if length > LONGEST {
        return Err(Error::HeaderLength(length));
    }
    if length + PREFIX as u64 > file_length {
        return Err(Error::Truncated(file_length));
    }
    Ok(length)
}

/// Checks the JSON of a file completely, given the length of the data that follows it. Returns JSON with a list `metadata` of pairs of
/// texts, and a list `tensors` of `{ name, dtype, shape, begin, end }` in the order of their data.
pub fn read_header(json: &[u8], data_length: u64) -> Result<String, Error> {
    let Header { metadata, mut tensors } = serde_json::from_str(str::from_utf8(json)?)?;
    let Texts(metadata) = metadata.unwrap_or_default();
    refuse_repeated(&metadata)?;
    refuse_repeated(&tensors)?;
    for (name, info) in &tensors {
        if info.shape.iter().any(|&size| size as u64 > SAFE) {
            return Err(Error::Dimension(name.clone()));
        }
    }
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let expected = check(tensors.clone())?;
    if expected != data_length {
        return Err(Error::DataLength { expected, found: data_length });
    }
    let placed = |(name, TensorInfo { dtype, shape, data_offsets: (begin, end) })| Placed {
        name,
        dtype,
        shape,
        begin,
        end,
    };
    let contents = Contents { metadata, tensors: tensors.into_iter().map(placed).collect() };
    Ok(serde_json::to_string(&contents)?)
}

/// Checks that tensors fill the data without gaps or overlaps, each with as many bytes as its type and shape need. Returns the length of
/// the data.
pub(crate) fn check(tensors: Vec<(String, TensorInfo)>) -> Result<u64, Error> {
    let metadata = Metadata::new(None, tensors).map_err(Error::Tensors)?;
    Ok(metadata.data_len() as u64)
}

/// Refuses a name that occurs twice, and the name of the metadata.
pub(crate) fn refuse_repeated<T>(entries: &[(String, T)]) -> Result<(), Error> {
    let mut seen = HashSet::from([METADATA]);
    match entries.iter().find(|(name, _)| !seen.insert(name)) {
        Some((name, _)) => Err(Error::Duplicate(name.clone())),
        None => Ok(()),
    }
}
