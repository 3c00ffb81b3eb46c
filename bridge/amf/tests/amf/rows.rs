//! Cases on which AMF libraries disagree, one test for each, numbered as in the table in `docs/amf-cases.md`.
//! Cases of the packet around the values (47 to 55) are tested with the packet.

use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{
    Array, Budget, Class, Externals, Graph, Limits, Node, NodeId, ReadError, Sink, Value,
    VectorKind, WriteError, amf0, amf3,
};

use crate::bodies;

fn read0(bytes: &[u8]) -> Result<(Graph<'_>, Value<'_>), ReadError> {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let value = amf0::Reader::new(bytes, 0, &mut budget).read(&mut graph)?;
    Ok((graph, value))
}

fn read3(bytes: &[u8]) -> Result<(Graph<'_>, Value<'_>), ReadError> {
    let mut budget = Budget::new(&Limits::default());
    let mut graph = Graph::new();
    let value = amf3::Reader::new(bytes, 0, &mut budget).read(&mut graph)?;
    Ok((graph, value))
}

#[track_caller]
fn json0(bytes: &[u8]) -> String {
    let (graph, value) = read0(bytes).expect("a value");
    canonical::to_text(&graph, &value, Encoding::Amf0).expect("JSON")
}

#[track_caller]
fn json3(bytes: &[u8]) -> String {
    let (graph, value) = read3(bytes).expect("a value");
    canonical::to_text(&graph, &value, Encoding::Amf3).expect("JSON")
}

/// Writes AMF3 by events.
fn write3(write: impl FnOnce(&mut amf3::Writer) -> Result<(), WriteError>) -> Vec<u8> {
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 20);
    write(&mut writer).expect("in order");
    writer.finish().expect("complete")
}

/// Writes AMF0 by events.
fn write0(write: impl FnOnce(&mut amf0::Writer) -> Result<(), WriteError>) -> Vec<u8> {
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
    write(&mut writer).expect("in order");
    writer.finish().expect("complete")
}

fn node<'g, 'a>(graph: &'g Graph<'a>, value: &Value<'a>) -> &'g Node<'a> {
    let Value::Node(id) = value else {
        panic!("no node: {value:?}")
    };
    graph.node(*id)
}

#[test]
fn row_01_overlong_u29_is_read_and_never_written() {
    assert_eq!(json3(b"\x04\x80\x00"), "0");
    assert_eq!(json3(b"\x04\x80\x80\x80\x05"), "5");
    for (value, bytes) in [
        (0, &b"\x04\x00"[..]),
        (127, b"\x04\x7f"),
        (128, b"\x04\x81\x00"),
        (16_384, b"\x04\x81\x80\x00"),
    ] {
        assert_eq!(write3(|writer| writer.int(value)), bytes);
    }
    assert_eq!(
        write3(|writer| writer.int(0x20_0000)),
        b"\x04\x80\xc0\x80\x00"
    );
}

#[test]
fn row_02_smallest_int() {
    assert_eq!(json3(b"\x04\xc0\x80\x80\x00"), "-268435456");
    assert_eq!(
        write3(|writer| writer.int(-0x1000_0000)),
        b"\x04\xc0\x80\x80\x00"
    );
    assert_eq!(
        write3(|writer| writer.int(0x0fff_ffff)),
        b"\x04\xbf\xff\xff\xff"
    );
    assert_eq!(
        write3(|writer| writer.int(0x1000_0000)),
        b"\x05\x41\xb0\0\0\0\0\0\0"
    );
}

#[test]
fn row_03_negative_ints() {
    assert_eq!(json3(b"\x04\xff\xff\xff\xff"), "-1");
    assert_eq!(write3(|writer| writer.int(-1)), b"\x04\xff\xff\xff\xff");
}

#[test]
fn row_04_vector_of_uint_beyond_two_to_the_31st() {
    assert_eq!(
        json3(b"\x0e\x03\x00\xff\xff\xff\xff"),
        r#"{"$vector":"uint","$items":[4294967295]}"#
    );
}

#[test]
fn row_05_nan_and_infinities_are_kept() {
    assert_eq!(json3(b"\x05\x7f\xf8\0\0\0\0\0\0"), r#"{"$number":"NaN"}"#);
    assert_eq!(
        json0(b"\x00\x7f\xf0\0\0\0\0\0\0"),
        r#"{"$number":"Infinity"}"#
    );
    assert_eq!(
        json0(b"\x00\xff\xf0\0\0\0\0\0\0"),
        r#"{"$number":"-Infinity"}"#
    );
}

#[test]
fn row_06_negative_zero_is_kept() {
    assert_eq!(json0(b"\x00\x80\0\0\0\0\0\0\0"), "-0.0");
    assert_eq!(
        write0(|writer| writer.number(-0.0)),
        b"\x00\x80\0\0\0\0\0\0\0"
    );
    assert_eq!(
        write3(|writer| writer.number(-0.0)),
        b"\x05\x80\0\0\0\0\0\0\0"
    );
}

#[test]
fn row_07_the_empty_string_is_not_in_the_table() {
    // ["", reference 0]
    let error = read3(b"\x09\x05\x01\x06\x01\x06\x00").unwrap_err();
    assert_eq!(
        (error.expected, error.found.as_str()),
        ("a string read before", "string reference 0 of 0")
    );
    // ["", "a", reference 0]
    assert_eq!(
        json3(b"\x09\x07\x01\x06\x01\x06\x03a\x06\x00"),
        r#"["","a","a"]"#
    );
    let written = write3(|writer| {
        writer.begin_array()?;
        ["", "a", "a"]
            .iter()
            .try_for_each(|text| writer.string(text))?;
        writer.end()
    });
    assert_eq!(written, b"\x09\x07\x01\x06\x01\x06\x03a\x06\x00");
}

#[test]
fn row_08_references_to_nothing_are_errors() {
    assert_eq!(
        read3(b"\x06\x02").unwrap_err().found,
        "string reference 1 of 0"
    );
    assert_eq!(
        read3(b"\x0a\x02").unwrap_err().found,
        "object reference 1 of 0"
    );
    assert_eq!(
        read3(b"\x09\x02").unwrap_err().found,
        "object reference 1 of 0"
    );
    assert_eq!(
        read3(b"\x0a\x05").unwrap_err().found,
        "trait reference 1 of 0"
    );
    assert_eq!(read0(b"\x07\0\0").unwrap_err().found, "reference 0 of 0");
}

#[test]
fn row_09_a_reference_of_another_kind_is_followed() {
    // [{}, array reference 1]
    assert_eq!(
        json3(b"\x09\x05\x01\x0a\x0b\x01\x01\x09\x02"),
        r#"[{"$id":1},{"$ref":1}]"#
    );
}

#[test]
fn row_10_invalid_utf8_is_replaced_or_refused() {
    assert_eq!(json3(b"\x06\x07a\xffb"), "\"a\u{fffd}b\"");
    assert_eq!(json0(b"\x02\0\x03a\xffb"), "\"a\u{fffd}b\"");
    let (mut budget, mut graph) = (Budget::new(&Limits::default()), Graph::new());
    let error = amf0::Reader::new(b"\x02\0\x03a\xffb", 0, &mut budget)
        .with_exact_text()
        .read(&mut graph)
        .unwrap_err();
    assert_eq!((error.offset, error.expected), (3, "UTF-8"));
}

#[test]
fn row_11_java_nul_and_surrogates_are_read_and_never_written() {
    assert_eq!(
        read3(b"\x06\x05\xc0\x80").unwrap().1,
        Value::String("\0".into())
    );
    assert_eq!(
        read0(b"\x02\0\x06\xed\xa0\xbd\xed\xb8\x80").unwrap().1,
        Value::String("😀".into())
    );
    assert_eq!(
        write3(|writer| writer.string("\0😀")),
        b"\x06\x0b\0\xf0\x9f\x98\x80"
    );
}

#[test]
fn row_12_utf8_of_four_bytes() {
    assert_eq!(json3("\x06\x09😀".as_bytes()), r#""😀""#);
    assert_eq!(json0("\x02\0\x04😀".as_bytes()), r#""😀""#);
}

#[test]
fn row_13_arrays_keep_names_and_ordinals_in_order() {
    assert_eq!(
        json3(b"\x09\x05\x03b\x04\x01\x03a\x04\x02\x01\x04\x03\x04\x04"),
        r#"{"$array":[3,4],"b":1,"a":2}"#
    );
    let (graph, value) = read3(b"\x09\x01\x03b\x04\x01\x03a\x04\x02\x01").unwrap();
    let Node::Array(Array { dense, named }) = node(&graph, &value) else {
        panic!()
    };
    assert_eq!(
        (dense.len(), named[0].0.as_ref(), named[1].0.as_ref()),
        (0, "b", "a")
    );
    assert_eq!(
        bodies::write_amf3(&graph, &value).unwrap(),
        b"\x09\x01\x03b\x04\x01\x03a\x04\x02\x01"
    );
}

#[test]
fn row_14_an_ordinal_in_the_associative_part_is_kept_as_a_name() {
    let (graph, value) = read3(b"\x09\x01\x030\x04\x07\x01").unwrap();
    assert_eq!(
        json3(b"\x09\x01\x030\x04\x07\x01"),
        r#"{"$array":[],"0":7}"#
    );
    assert_eq!(graph.list(&value).as_deref(), Some(&[Value::Int(7)][..]));
    // Sparse: only element 5.
    let (graph, value) = read3(b"\x09\x01\x035\x04\x07\x01").unwrap();
    assert_eq!(graph.list(&value), None);
    assert_eq!(graph.member(&value, "5"), Some(&Value::Int(7)));
}

#[test]
fn row_15_an_ecma_array_of_ordinals_is_a_list() {
    let list = |bytes: &[u8]| {
        let (graph, value) = read0(bytes).unwrap();
        graph.list(&value).map(|items| {
            items
                .into_owned()
                .into_iter()
                .map(Value::into_owned)
                .collect::<Vec<_>>()
        })
    };
    let both = Some(vec![Value::Bool(false), Value::Bool(true)]);
    assert_eq!(
        list(b"\x08\0\0\0\x02\0\x010\x01\0\0\x011\x01\x01\0\0\x09"),
        both
    );
    assert_eq!(
        list(b"\x08\0\0\0\x02\0\x011\x01\x01\0\x010\x01\0\0\0\x09"),
        both
    );
    let with_length =
        b"\x08\0\0\0\x02\0\x010\x01\0\0\x011\x01\x01\0\x06length\x00\x40\0\0\0\0\0\0\0\0\0\x09";
    assert_eq!(list(with_length), both);
    assert_eq!(list(b"\x08\0\0\0\0\0\0\x09"), Some(vec![]));
    assert_eq!(
        list(b"\x08\0\0\0\x02\0\x011\x01\0\0\x012\x01\x01\0\0\x09"),
        None
    );
    assert_eq!(
        list(b"\x08\0\0\0\x02\0\x010\x01\0\0\x02a!\x01\x01\0\0\x09"),
        None
    );
    assert_eq!(
        list(b"\x08\0\0\0\x02\0\x010\x01\0\0\x0201\x01\x01\0\0\x09"),
        None
    );
    // An object with such members stays an object.
    assert_eq!(list(b"\x03\0\x010\x01\0\0\0\x09"), None);
}

#[test]
fn row_16_the_count_of_an_ecma_array_is_ignored() {
    for count in [0_u32, 1, 9] {
        let mut bytes = vec![0x08];
        bytes.extend(count.to_be_bytes());
        bytes.extend(b"\0\x01a\x05\0\x01b\x06\0\0\x09");
        assert_eq!(
            json0(&bytes),
            r#"{"$array":[],"a":null,"b":{"$undefined":true}}"#
        );
    }
}

#[test]
fn row_17_a_huge_ecma_count_allocates_nothing() {
    assert_eq!(json0(b"\x08\xff\xff\xff\xff\0\0\x09"), "[]");
}

#[test]
fn row_18_a_huge_strict_count_is_an_error() {
    let error = read0(b"\x0a\xff\xff\xff\xff\x05").unwrap_err();
    assert_eq!(
        (error.offset, error.expected),
        (5, "as many items as the array says")
    );
    assert_eq!(error.found, "1 bytes left for 4294967295 of them");
}

#[test]
fn row_19_huge_amf3_counts_are_errors() {
    for marker in [0x06, 0x07, 0x09, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11] {
        let bytes = [marker, 0xff, 0xff, 0xff, 0xff, 0x01, 0x01];
        let error = read3(&bytes).unwrap_err();
        assert!(!error.over_limit, "{error}");
    }
    // A class of 2^25 members.
    assert!(read3(b"\x0a\xff\xff\xff\xfb\x01\x03a").is_err());
}

#[test]
fn row_20_any_byte_but_zero_is_true() {
    assert_eq!(json0(b"\x01\x02"), "true");
}

#[test]
fn row_21_an_empty_key_before_another_marker_is_a_member() {
    assert_eq!(
        json0(b"\x03\0\0\x05\0\x01a\x05\0\0\x09"),
        r#"{"":null,"a":null}"#
    );
}

#[test]
fn row_22_the_last_of_equal_keys_counts() {
    let bytes = b"\x03\0\x01a\x01\0\0\x01a\x01\x01\0\0\x09";
    let (graph, value) = read0(bytes).unwrap();
    assert_eq!(graph.member(&value, "a"), Some(&Value::Bool(true)));
    assert_eq!(json0(bytes), r#"{"a":true}"#);
}

#[test]
fn row_23_an_amf0_date_takes_no_index() {
    // [date, {}, reference 1]
    assert_eq!(
        json0(b"\x0a\0\0\0\x03\x0b\0\0\0\0\0\0\0\0\0\0\x03\0\0\x09\x07\0\x01"),
        r#"[{"$date":"1970-01-01T00:00:00.000Z"},{"$id":1},{"$ref":1}]"#
    );
}

#[test]
fn row_24_an_amf0_xml_document_takes_no_index() {
    assert_eq!(
        json0(b"\x0a\0\0\0\x03\x0f\0\0\0\x01x\x03\0\0\x09\x07\0\x01"),
        r#"[{"$xmlDocument":"x"},{"$id":1},{"$ref":1}]"#
    );
}

#[test]
fn row_25_an_amf3_value_takes_no_amf0_index() {
    // [11 {}, {}, reference 1]
    assert_eq!(
        json0(b"\x0a\0\0\0\x03\x11\x0a\x0b\x01\x01\x03\0\0\x09\x07\0\x01"),
        r#"[{},{"$id":1},{"$ref":1}]"#
    );
}

#[test]
fn row_26_amf3_tables_are_kept_within_a_body() {
    // [11 "ab", 11 string reference 0]; then an object and its reference.
    assert_eq!(
        json0(b"\x0a\0\0\0\x02\x11\x06\x05ab\x11\x06\x00"),
        r#"["ab","ab"]"#
    );
    assert_eq!(
        json0(b"\x0a\0\0\0\x02\x11\x0a\x0b\x01\x01\x11\x0a\x00"),
        r#"[{"$id":1},{"$ref":1}]"#
    );
}

#[test]
fn row_27_each_reader_begins_with_empty_tables() {
    let bytes = b"\x11\x06\x05ab\x11\x06\x00";
    let (mut budget, mut graph) = (Budget::new(&Limits::default()), Graph::new());
    let mut reader = amf0::Reader::new(bytes, 0, &mut budget);
    reader.read(&mut graph).unwrap();
    let offset = reader.offset();
    assert_eq!(offset, 5);
    let error = amf0::Reader::new(bytes, offset, &mut budget)
        .read(&mut graph)
        .unwrap_err();
    assert_eq!(error.found, "string reference 0 of 0");
    // Each writer too.
    assert_eq!(write3(|writer| writer.string("ab")), b"\x06\x05ab");
}

#[test]
fn row_28_unsupported_is_undefined() {
    assert_eq!(json0(b"\x0d"), r#"{"$undefined":true}"#);
}

#[test]
fn row_29_reserved_and_unknown_markers_are_errors() {
    for marker in [0x04, 0x09, 0x0e, 0x12, 0x80, 0xff] {
        let bytes = [0x0a, 0, 0, 0, 1, marker];
        let error = read0(&bytes).unwrap_err();
        assert_eq!((error.offset, error.expected), (5, "an AMF0 value"));
        assert_eq!(error.found, format!("marker 0x{marker:02x}"));
    }
    for marker in [0x12, 0xff] {
        assert_eq!(read3(&[marker]).unwrap_err().expected, "an AMF3 value");
    }
}

#[test]
fn row_30_a_typed_object_without_a_name_is_anonymous() {
    assert_eq!(json0(b"\x10\0\0\0\x01a\x05\0\0\x09"), r#"{"a":null}"#);
}

#[test]
fn row_31_an_invalid_date_is_kept() {
    assert_eq!(json3(b"\x08\x01\x7f\xf8\0\0\0\0\0\0"), r#"{"$date":"NaN"}"#);
    assert_eq!(json0(b"\x0b\x7f\xf8\0\0\0\0\0\0\0\0"), r#"{"$date":"NaN"}"#);
}

#[test]
fn row_32_dates_before_1970() {
    assert_eq!(
        write3(|writer| writer.date(-1.0)),
        b"\x08\x01\xbf\xf0\0\0\0\0\0\0"
    );
    assert_eq!(
        json3(b"\x08\x01\xbf\xf0\0\0\0\0\0\0"),
        r#"{"$date":"1969-12-31T23:59:59.999Z"}"#
    );
}

#[test]
fn row_33_fractions_of_milliseconds_are_kept() {
    assert_eq!(json3(b"\x08\x01\x3f\xf8\0\0\0\0\0\0"), r#"{"$date":1.5}"#);
}

#[test]
fn row_34_empty_xml() {
    assert_eq!(json3(b"\x0b\x01"), r#"{"$xml":""}"#);
    assert_eq!(json3(b"\x07\x01"), r#"{"$xmlDocument":""}"#);
}

#[test]
fn row_35_xml_by_reference() {
    assert_eq!(
        json3(b"\x09\x05\x01\x0b\x03x\x0b\x02"),
        r#"[{"$id":1,"$xml":"x"},{"$ref":1}]"#
    );
    assert_eq!(
        json3(b"\x09\x05\x01\x07\x03x\x07\x02"),
        r#"[{"$id":1,"$xmlDocument":"x"},{"$ref":1}]"#
    );
}

#[test]
fn row_36_byte_arrays_by_reference_and_empty() {
    assert_eq!(
        json3(b"\x09\x05\x01\x0c\x03\xff\x0c\x02"),
        r#"[{"$id":1,"$bytes":"/w=="},{"$ref":1}]"#
    );
    assert_eq!(json3(b"\x0c\x01"), r#"{"$bytes":""}"#);
}

#[test]
fn row_37_vectors() {
    for (bytes, json) in [
        (
            &b"\x0d\x05\x01\x80\0\0\0\x7f\xff\xff\xff"[..],
            r#"{"$vector":"int","$items":[-2147483648,2147483647],"$fixed":true}"#,
        ),
        (
            b"\x0e\x03\x00\0\0\0\x01",
            r#"{"$vector":"uint","$items":[1]}"#,
        ),
        (
            b"\x0f\x03\x00\x3f\xf0\0\0\0\0\0\0",
            r#"{"$vector":"number","$items":[1.0]}"#,
        ),
        (
            b"\x10\x05\x00\x01\x06\x03a\x01",
            r#"{"$vector":"object","$items":["a",null]}"#,
        ),
    ] {
        assert_eq!(json3(bytes), json);
        let (graph, value) = read3(bytes).unwrap();
        assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes);
    }
    let written = write3(|writer| {
        writer.begin_vector(VectorKind::Uint)?;
        writer.number(4_294_967_295.0)?;
        writer.int(1)?;
        writer.end()
    });
    assert_eq!(written, b"\x0e\x05\x00\xff\xff\xff\xff\0\0\0\x01");
    let written = write0(|writer| {
        writer.begin_vector(VectorKind::Int)?;
        writer.int(1)?;
        writer.end()
    });
    assert_eq!(written, b"\x0a\0\0\0\x01\x00\x3f\xf0\0\0\0\0\0\0");
}

#[test]
fn row_38_dictionaries_have_keys_of_any_type() {
    let bytes = b"\x11\x05\x01\x04\x05\x06\x03a\x0a\x0b\x01\x01\x01";
    assert_eq!(
        json3(bytes),
        r#"{"$dictionary":[[5,"a"],[{},null]],"$weak":true}"#
    );
    let (graph, value) = read3(bytes).unwrap();
    assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes);
    let error = bodies::write_amf0(&graph, &value).unwrap_err();
    assert!(matches!(error, WriteError::Unrepresentable { .. }));
    assert_eq!(json3(b"\x11\x01\x00"), r#"{"$dictionary":[]}"#);
    let (graph, value) = read3(b"\x11\x03\x00\x04\x05\x06\x03a").unwrap();
    assert_eq!(
        bodies::write_amf0(&graph, &value).unwrap(),
        b"\x03\0\x015\x02\0\x01a\0\0\x09"
    );
}

const COLLECTION: &[u8] = b"\x0a\x07\x43flex.messaging.io.ArrayCollection\x09\x03\x01\x04\x07";

#[test]
fn row_39_an_array_collection_keeps_its_wrapper_and_is_a_list() {
    assert_eq!(
        json3(COLLECTION),
        r#"{"$external":"flex.messaging.io.ArrayCollection","source":[7]}"#
    );
    let (graph, value) = read3(COLLECTION).unwrap();
    assert_eq!(graph.list(&value).as_deref(), Some(&[Value::Int(7)][..]));
    assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), COLLECTION);
    let written = write3(|writer| {
        writer.begin_external("flex.messaging.io.ArrayCollection")?;
        writer.begin_array()?;
        writer.int(7)?;
        writer.end()?;
        writer.end()
    });
    assert_eq!(written, COLLECTION);
    // The collection and its array take an index each: a reference to 1 is the array.
    let bytes = [&b"\x09\x05\x01"[..], COLLECTION, b"\x09\x04"].concat();
    assert_eq!(
        json3(&bytes),
        r#"[{"$external":"flex.messaging.io.ArrayCollection","source":{"$id":1,"$array":[7]}},{"$ref":1}]"#
    );
}

#[test]
fn row_40_proxies_are_peeled() {
    for (alias, member) in [
        ("flex.messaging.io.ObjectProxy", "object"),
        ("flex.messaging.io.SerializationProxy", "instance"),
    ] {
        let json = format!(r#"{{"$external":"{alias}","{member}":{{"a":1}}}}"#);
        let (graph, value) = canonical::from_text(&json).unwrap();
        let bytes = bodies::write_amf3(&graph, &value).unwrap();
        assert_eq!(json3(&bytes), json);
        let (graph, value) = read3(&bytes).unwrap();
        assert_eq!(graph.member(&value, "a"), Some(&Value::Int(1)));
        assert!(matches!(node(&graph, &graph.peel(&value)), Node::Object(_)));
        assert_eq!(
            bodies::write_amf0(&graph, &value).unwrap(),
            b"\x03\0\x01a\x00\x3f\xf0\0\0\0\0\0\0\0\0\x09"
        );
    }
}

#[test]
fn row_41_an_unknown_externalizable_is_an_error() {
    let bytes = b"\x0a\x07\x07a.B\x04\x05";
    let error = read3(bytes).unwrap_err();
    assert_eq!(
        (error.expected, error.found.as_str()),
        ("a known externalizable class", "`a.B`")
    );
    let mut externals = Externals::new();
    externals.register("a.B", ["x"]);
    let (mut budget, mut graph) = (Budget::new(&Limits::default()), Graph::new());
    let value = amf0::Reader::new(b"\x11\x0a\x07\x07a.B\x04\x05", 0, &mut budget)
        .with_externals(&externals)
        .read(&mut graph)
        .unwrap();
    assert_eq!(graph.member(&value, "x"), Some(&Value::Int(5)));
    assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes);
}

#[test]
fn row_42_externalizable_outweighs_dynamic() {
    let mut bytes = COLLECTION.to_vec();
    bytes[1] = 0x0f;
    assert_eq!(json3(&bytes), json3(COLLECTION));
}

#[test]
fn row_43_cycles_are_kept_or_are_an_error() {
    // An object whose member is itself.
    let bytes = b"\x0a\x0b\x01\x03a\x0a\x00\x01";
    assert_eq!(json3(bytes), r#"{"$id":1,"a":{"$ref":1}}"#);
    let (graph, value) = read3(bytes).unwrap();
    assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes);
    assert_eq!(
        bodies::write_amf0(&graph, &value).unwrap(),
        b"\x03\0\x01a\x07\0\0\0\0\x09"
    );
    let (graph, value) =
        canonical::from_text(r#"{"a":{"$id":1,"b":[0,0,{"c":{"$ref":1}}]}}"#).unwrap();
    let error = amf0::Writer::new(Vec::new(), 1 << 20)
        .graph(&graph, &value)
        .unwrap_err();
    assert_eq!(
        error,
        WriteError::Cycle {
            path: "a.b[2].c".to_owned()
        }
    );
    // A collection that holds itself is no list, and cannot be unwrapped.
    let (graph, value) = canonical::from_text(
        r#"{"$id":1,"$external":"flex.messaging.io.ArrayCollection","source":{"$ref":1}}"#,
    )
    .unwrap();
    assert_eq!(graph.list(&value), None);
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 20).without_externals();
    assert!(matches!(
        writer.graph(&graph, &value),
        Err(WriteError::Cycle { .. })
    ));
    let mut writer = amf0::Writer::new(Vec::new(), 1 << 20);
    assert!(matches!(
        writer.graph(&graph, &value),
        Err(WriteError::Cycle { .. })
    ));
}

/// Arrays in arrays in AMF0.
fn nested0(depth: usize) -> Vec<u8> {
    let mut bytes = b"\x0a\0\0\0\x01".repeat(depth);
    bytes.push(0x05);
    bytes
}

#[test]
fn row_44_deep_values_are_over_the_limit() {
    assert!(read0(&nested0(64)).is_ok());
    for bytes in [nested0(65), nested0(5_000)] {
        assert!(read0(&bytes).unwrap_err().over_limit);
    }
    let mut nested3 = b"\x09\x03\x01".repeat(5_000);
    nested3.push(0x01);
    assert!(read3(&nested3).unwrap_err().over_limit);
    // A switch to AMF3 does not begin anew.
    let mut mixed = b"\x0a\0\0\0\x01".repeat(40);
    mixed.push(0x11);
    mixed.extend(b"\x09\x03\x01".repeat(25));
    mixed.push(0x01);
    assert!(read0(&mixed).unwrap_err().over_limit);
    // The writers have a limit of their own.
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 20);
    let error = (0..1_000).find_map(|_| writer.begin_array().err());
    assert_eq!(error, Some(WriteError::TooDeep { limit: 512 }));
    let mut graph = Graph::new();
    let mut value = Value::Null;
    for _ in 0..100_000 {
        value = Value::Node(graph.add(Node::Array(Array {
            dense: vec![value],
            named: Vec::new(),
        })));
    }
    assert_eq!(
        bodies::write_amf3(&graph, &value),
        Err(WriteError::TooDeep { limit: 512 })
    );
    assert_eq!(
        bodies::write_amf0(&graph, &value),
        Err(WriteError::TooDeep { limit: 512 })
    );
    assert!(matches!(
        canonical::to_json(&graph, &value, Encoding::Amf3),
        Err(WriteError::TooDeep { .. })
    ));
}

#[test]
fn row_45_no_depth_overflows_the_stack() {
    let limits = Limits {
        depth: usize::MAX,
        values: usize::MAX,
        bytes: usize::MAX,
        references: usize::MAX,
    };
    let bytes = nested0(200_000);
    let mut graph = Graph::new();
    amf0::Reader::new(&bytes, 0, &mut Budget::new(&limits))
        .read(&mut graph)
        .unwrap();
    assert_eq!(graph.len(), 200_000);
    let mut bytes = b"\x09\x03\x01".repeat(200_000);
    bytes.push(0x01);
    amf3::Reader::new(&bytes, 0, &mut Budget::new(&limits))
        .read(&mut graph)
        .unwrap();
    assert_eq!(graph.len(), 400_000);
    assert!(canonical::from_text(&"[".repeat(200_000)).is_err());
}

#[test]
fn row_46_a_value_that_is_cut_off_is_an_error() {
    let (graph, value) = canonical::from_text(
        r#"{"$class":"a","$dynamic":["z"],"b":[1,2.5,"text",{"$date":1},{"$bytes":"aGVsbG8="},{"$xml":"<a/>"}],"c":{"$vector":"int","$items":[1]},"z":{"$dictionary":[[1,2]]}}"#,
    )
    .unwrap();
    let amf3 = bodies::write_amf3(&graph, &value).unwrap();
    for end in 0..amf3.len() {
        assert!(read3(&amf3[..end]).is_err(), "{end}");
    }
    let amf0 = bodies::write_amf0(&graph, &value).unwrap();
    for end in 0..amf0.len() {
        assert!(read0(&amf0[..end]).is_err(), "{end}");
    }
    let error = read0(b"\x00\x40").unwrap_err();
    assert_eq!(
        error,
        ReadError {
            offset: 1,
            expected: "a number",
            found: "the end after 1 bytes".to_owned(),
            over_limit: false
        }
    );
}

fn product() -> Arc<Class> {
    Arc::new(Class {
        alias: "Product".to_owned(),
        sealed: vec!["id".to_owned(), "kind".to_owned()],
        dynamic: false,
    })
}

#[test]
fn row_56_the_class_name_is_always_written() {
    let object = |writer: &mut dyn Sink| {
        writer.begin_object(&product())?;
        writer.int(1)?;
        writer.null()?;
        writer.end()
    };
    assert_eq!(
        write3(|writer| object(writer)),
        b"\x0a\x23\x0fProduct\x05id\x09kind\x04\x01\x01"
    );
    assert_eq!(
        write0(|writer| object(writer)),
        b"\x10\0\x07Product\0\x02id\x00\x3f\xf0\0\0\0\0\0\0\0\x04kind\x05\0\0\x09"
    );
}

#[test]
fn row_57_traits_and_strings_are_referred_to() {
    let rows = write3(|writer| {
        let class = product();
        writer.begin_array()?;
        for id in 1..=3 {
            writer.begin_object(&class)?;
            writer.int(id)?;
            writer.string("id")?;
            writer.end()?;
        }
        writer.end()
    });
    assert_eq!(rows, b"\x09\x07\x01\x0a\x23\x0fProduct\x05id\x09kind\x04\x01\x06\x02\x0a\x01\x04\x02\x06\x02\x0a\x01\x04\x03\x06\x02");
}

#[test]
fn row_58_small_messages_are_read_and_written() {
    // An acknowledgement as BlazeDS sends it: headers, a time, both identifiers as bytes, a correlation.
    let mut bytes =
        b"\x0a\x07\x07DSK\xa8\x03\x0a\x0b\x01\x09DSId\x06\x03x\x01\x05\0\0\0\0\0\0\0\0".to_vec();
    for byte in [0x11, 0x22] {
        bytes.extend(b"\x0c\x21");
        bytes.extend([byte; 16]);
    }
    bytes.extend(b"\x02\x0c\x21");
    bytes.extend([0x33; 16]);
    bytes.push(0x00);
    assert_eq!(
        json3(&bytes),
        concat!(
            r#"{"$external":"DSK","headers":{"DSId":"x"},"timestamp":0.0,"#,
            r#""clientId":"11111111-1111-1111-1111-111111111111","messageId":"22222222-2222-2222-2222-222222222222","#,
            r#""correlationId":"33333333-3333-3333-3333-333333333333"}"#
        )
    );
    let (graph, value) = read3(&bytes).unwrap();
    assert_eq!(bodies::write_amf3(&graph, &value).unwrap(), bytes);
    // The same by events.
    let written = write3(|writer| {
        writer.begin_external_raw("DSK")?;
        writer.flags(0xa8)?;
        writer.flags(0x03)?;
        writer.begin_object(&Arc::new(Class::anonymous()))?;
        writer.member("DSId")?;
        writer.string("x")?;
        writer.end()?;
        writer.number(0.0)?;
        writer.bytes(&[0x11; 16])?;
        writer.bytes(&[0x22; 16])?;
        writer.flags(0x02)?;
        writer.bytes(&[0x33; 16])?;
        writer.flags(0x00)?;
        writer.end()
    });
    assert_eq!(written, bytes);
    // A poll: operation 2; what is newer than we know is left out, and an identifier that is no UUID stays text.
    assert_eq!(
        json3(b"\x0a\x07\x07DSC\x82\x20\x06\x03c\x04\x07\x00\x01\x04\x02"),
        r#"{"$external":"DSC","clientId":"c","operation":2}"#
    );
    let (graph, value) =
        canonical::from_text(r#"{"$external":"DSC","clientId":"c","operation":2}"#).unwrap();
    assert_eq!(
        bodies::write_amf3(&graph, &value).unwrap(),
        b"\x0a\x07\x07DSC\x02\x06\x03c\x00\x01\x04\x02"
    );
    // For clients that know no externalizables it is an object of its full class.
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 20).without_externals();
    writer.graph(&graph, &value).unwrap();
    assert_eq!(
        json3(&writer.finish().unwrap()),
        r#"{"$class":"flex.messaging.messages.CommandMessage","clientId":"c","operation":2}"#
    );
    let mut writer = amf3::Writer::new(Vec::new(), 1 << 20).without_externals();
    let (graph, value) = read3(COLLECTION).unwrap();
    writer
        .begin_external("flex.messaging.io.ArrayCollection")
        .unwrap();
    writer.graph(&graph, &value).unwrap();
    writer.end().unwrap();
    assert_eq!(writer.finish().unwrap(), b"\x09\x03\x01\x04\x07");
}

#[test]
fn places_in_a_graph_are_told_apart() {
    let (graph, value) = read0(b"\x0a\0\0\0\x02\x03\0\0\x09\x03\0\0\x09").unwrap();
    let items: Vec<NodeId> = graph
        .list(&value)
        .unwrap()
        .iter()
        .filter_map(|item| {
            if let Value::Node(id) = item {
                Some(*id)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(items.len(), 2);
    assert_ne!(items[0], items[1]);
}
