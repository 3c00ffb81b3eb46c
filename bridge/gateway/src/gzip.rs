//! Bodies in gzip, both ways.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// What a compressed request came to.
pub(crate) enum Unpacked {
    /// All of it.
    Whole(Vec<u8>),
    /// It is longer than the limit; this is its beginning.
    TooLong(Vec<u8>),
    /// It is no gzip.
    Broken,
}

/// Unpacks up to `limit` bytes: a small request may claim to be a huge one.
pub(crate) fn unpack(packed: &[u8], limit: usize) -> Unpacked {
    let mut unpacked = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    if MultiGzDecoder::new(packed)
        .take(most)
        .read_to_end(&mut unpacked)
        .is_err()
    {
        return Unpacked::Broken;
    }
    if unpacked.len() > limit {
        unpacked.truncate(limit);
        return Unpacked::TooLong(unpacked);
    }
    Unpacked::Whole(unpacked)
}

/// Packs an answer, quickly rather than tightly.
pub(crate) fn pack(chunks: &[Vec<u8>]) -> Vec<u8> {
    let length = chunks.iter().map(Vec::len).sum::<usize>();
    let mut packer = GzEncoder::new(Vec::with_capacity(length / 4), Compression::fast());
    for chunk in chunks {
        packer.write_all(chunk).expect("a Vec can be written to");
    }
    packer.finish().expect("a Vec can be written to")
}

/// Whether the value of an `Accept-Encoding` header takes gzip: named (or `*`), and not with a weight of 0.
pub(crate) fn is_accepted(header: &str) -> bool {
    header.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .is_some_and(|weight| weight.parse() == Ok(0.0))
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks_within_the_limit() {
        let packed = pack(&[b"abc".to_vec(), b"def".to_vec()]);
        assert!(matches!(unpack(&packed, 6), Unpacked::Whole(bytes) if bytes == b"abcdef"));
        assert!(matches!(unpack(&packed, 5), Unpacked::TooLong(bytes) if bytes == b"abcde"));
        assert!(matches!(unpack(b"plain", 5), Unpacked::Broken));
    }

    #[test]
    fn weights_of_accepted_codings_count() {
        assert!(is_accepted("gzip, deflate, br, zstd"));
        assert!(is_accepted("deflate;q=1, GZIP;q=0.5"));
        assert!(is_accepted("*"));
        assert!(!is_accepted("gzip;q=0, deflate"));
        assert!(!is_accepted("identity"));
        assert!(!is_accepted(""));
    }
}
