//! Headers as other programs write them, and as nobody should.

use gradloom_safetensors::{Error, header_length, read_header, write_header};
use proptest::prelude::{any, proptest};

const PAIR: &str = r#"{"__metadata__":{"b":"2","a":"1"},"y":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]},
    "x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}"#;

fn refused(json: &str, data: u64) -> (&'static str, String) {
    let error = read_header(json.as_bytes(), data).expect_err("it is refused");
    (error.code(), error.to_string())
}

fn tensor(dtype: &str, shape: &str, begin: usize, end: usize) -> String {
    format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
}

#[test]
fn entries_come_in_the_order_of_their_data() {
    let contents = read_header(PAIR.as_bytes(), 14).expect("it is valid");
    assert_eq!(
        contents,
        r#"{"metadata":[["b","2"],["a","1"]],"tensors":[{"name":"x","dtype":"F64","shape":[],"begin":0,"end":8},"#
            .to_owned()
            + r#"{"name":"y","dtype":"BF16","shape":[3],"begin":8,"end":14}]}"#
    );
}

#[test]
fn a_written_header_is_read_again() {
    let entries = r#"{"metadata":[["format","pt"],["a","\u0000"]],"tensors":[
        {"name":"__proto__","dtype":"U8","shape":[3]},{"name":"","dtype":"F32","shape":[2,0]},
        {"name":"b","dtype":"F16","shape":[1,2]},{"name":"a","dtype":"F16","shape":[1]}]}"#;
    let file = write_header(entries.as_bytes()).expect("it is valid");
    let length = header_length(&file, file.len() as u64 + 9).expect("it is valid");
    assert_eq!(length as usize + 8, file.len());
    assert_eq!(length % 8, 0);
    let contents = read_header(&file[8..], 9).expect("it is valid");
    assert!(contents.starts_with(r#"{"metadata":[["a","\u0000"],["format","pt"]],"tensors":[{"name":"","#));
    let order = ["\"a\"", "\"b\"", "\"__proto__\""].map(|name| contents.find(&format!("\"name\":{name}")));
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{contents}");
}

#[test]
fn lengths_are_checked_before_anything_is_read() {
    assert!(matches!(header_length(&[1, 0, 0], 3), Err(Error::Truncated(3))));
    assert!(matches!(header_length(&[0xff; 8], 1000), Err(Error::HeaderLength(u64::MAX))));
    assert!(matches!(header_length(&[9, 0, 0, 0, 0, 0, 0, 0], 16), Err(Error::Truncated(16))));
    assert!(header_length(&[8, 0, 0, 0, 0, 0, 0, 0], 16).is_ok());
}

#[test]
fn names_that_occur_twice_are_refused() {
    let (a, b) = (tensor("U8", "[1]", 0, 1), tensor("U8", "[1]", 1, 2));
    assert_eq!(
        refused(&format!(r#"{{"a":{a},"a":{b}}}"#), 2),
        ("INVALID_FILE", "the name \"a\" occurs twice".into())
    );
    assert!(refused(r#"{"__metadata__":{"k":"1","k":"2"}}"#, 0).1.contains("twice"));
    assert!(refused(r#"{"__metadata__":{},"__metadata__":{}}"#, 0).1.contains("duplicate"));
}

#[test]
fn tensors_must_fill_the_data() {
    let two = |a: String, b: String| format!(r#"{{"a":{a},"b":{b}}}"#);
    let f32 = |begin, end| tensor("F32", "[1]", begin, end);
    for (name, json, data) in [
        ("an overlap", two(f32(0, 4), f32(2, 6)), 6),
        ("a hole", two(f32(0, 4), f32(5, 9)), 9),
        ("data after the end", two(f32(0, 4), f32(4, 8)), 9),
        ("data that is missing", two(f32(0, 4), f32(4, 8)), 7),
        ("too few bytes", two(f32(0, 3), f32(3, 7)), 7),
        ("an end before the beginning", two(f32(4, 0), f32(0, 4)), 4),
        (
            "a product that overflows",
            format!(r#"{{"a":{}}}"#, tensor("F32", "[4294967296,4294967296]", 0, 0)),
            0,
        ),
        ("half a byte", format!(r#"{{"a":{}}}"#, tensor("F4", "[3]", 0, 1)), 1),
        ("a dimension over 2^53", format!(r#"{{"a":{}}}"#, tensor("F32", "[0,9007199254740993]", 0, 0)), 0),
        ("a number below 0", format!(r#"{{"a":{}}}"#, tensor("F32", "[-1]", 0, 0)), 0),
        ("an unknown type", format!(r#"{{"a":{}}}"#, tensor("F33", "[0]", 0, 0)), 0),
        ("no JSON", "{".into(), 0),
        ("a list", "[]".into(), 0),
        ("text after the object", "{} {}".into(), 0),
        ("metadata that is no text", r#"{"__metadata__":{"a":1}}"#.into(), 0),
        ("half a pair of surrogates", r#"{"__metadata__":{"a":"\ud800"}}"#.into(), 0),
        ("a deep value", format!(r#"{{"a":{}}}"#, "[".repeat(100_000)), 0),
    ] {
        assert_eq!(refused(&json, data).0, "INVALID_FILE", "{name}");
    }
    assert_eq!(read_header(b"\xff{}", 0).expect_err("it is no UTF-8").code(), "INVALID_FILE");
    assert!(read_header(b"{}   ", 0).is_ok());
}

#[test]
fn a_header_that_nobody_could_read_is_not_written() {
    let entries = |tensors: &str| format!(r#"{{"metadata":[],"tensors":[{tensors}]}}"#);
    let twice = entries(r#"{"name":"a","dtype":"U8","shape":[]},{"name":"a","dtype":"U8","shape":[]}"#);
    assert!(matches!(write_header(twice.as_bytes()), Err(Error::Duplicate(_))));
    let reserved = entries(r#"{"name":"__metadata__","dtype":"U8","shape":[]}"#);
    assert!(matches!(write_header(reserved.as_bytes()), Err(Error::Duplicate(_))));
    let long = format!(r#"{{"metadata":[["a","{}"]],"tensors":[]}}"#, "a".repeat(100_000_000));
    assert!(matches!(write_header(long.as_bytes()), Err(Error::TooManyTensors(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), length in any::<u64>()) {
        let _ = header_length(&bytes, length);
        let _ = read_header(&bytes, length);
        let _ = write_header(&bytes);
    }

    #[test]
    fn a_changed_header_is_read_or_refused(place in 0..PAIR.len(), byte in any::<u8>()) {
        let mut bytes = PAIR.as_bytes().to_vec();
        bytes[place] = byte;
        if let Ok(contents) = read_header(&bytes, 14) {
            assert!(contents.contains("\"end\":14") || contents.contains("__metadata_"), "{contents}");
        }
    }
}
