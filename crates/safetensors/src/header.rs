//! The contents of a header, as its file holds them and as the caller sees them.

use std::fmt;

use safetensors::tensor::{Dtype, TensorInfo};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The bytes of the number at the beginning of a file: the length of the JSON.
pub(crate) const PREFIX: usize = 8;

/// The key of the texts that a file carries besides its tensors.
pub(crate) const METADATA: &str = "__metadata__";

/// The entries of an object in the order of the text, those with the same name included.
#[derive(Default)]
pub(crate) struct Texts(pub(crate) Vec<(String, String)>);

/// The JSON of a file.
#[derive(Default)]
pub(crate) struct Header {
    pub(crate) metadata: Option<Texts>,
    pub(crate) tensors: Vec<(String, TensorInfo)>,
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Texts;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    texts.push(entry);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                let mut described = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name != METADATA {
                        header.tensors.push((name, map.next_value()?));
                    } else if described {
                        return Err(A::Error::duplicate_field(METADATA));
                    } else {
                        header.metadata = map.next_value()?;
                        described = true;
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// What a caller sees of a header: lists rather than objects, so that no name means anything to JavaScript.
#[derive(Serialize)]
pub(crate) struct Contents {
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) tensors: Vec<Placed>,
}

/// A tensor and its place in the data of a file, in bytes.
#[derive(Serialize)]
pub(crate) struct Placed {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

/// What a caller puts into a header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) tensors: Vec<Described>,
}

/// A tensor without a place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
}
