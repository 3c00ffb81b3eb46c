//! Taking the compression off an answer, with a limit on what comes out.

use std::io::{self, Write};
use std::mem::take;

use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::refusal::{Kind, Refusal};

/// What makes an answer's bytes of those that travelled.
pub(crate) enum Decoder {
    /// They are the same; so many more may come.
    Plain(u64),
    /// gzip
    Gzip(Box<MultiGzDecoder<Capped>>),
    /// Compressed, before its first byte: `deflate` is zlib by the book, and raw by some servers.
    Waiting {
        /// gzip rather than deflate.
        gzip: bool,
        /// Where it goes.
        capped: Capped,
    },
    /// zlib
    Zlib(Box<ZlibDecoder<Capped>>),
    /// Raw deflate.
    Raw(Box<DeflateDecoder<Capped>>),
}

/// Takes so many bytes and no more.
pub(crate) struct Capped {
    out: Vec<u8>,
    left: u64,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        self.left = self
            .left
            .checked_sub(length)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Decoder {
    /// What `Content-Encoding` asks for, for at most `most` bytes.
    ///
    /// # Errors
    /// [`Kind::Unreadable`] for an encoding that was not asked for.
    pub(crate) fn of(headers: &HeaderMap, most: u64) -> Result<Self, Refusal> {
        let mut encodings = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name != "identity");
        let capped = Capped {
            out: Vec::new(),
            left: most,
        };
        let decoder = match encodings.next().as_deref() {
            None => Self::Plain(most),
            Some("gzip" | "x-gzip") => Self::Waiting { gzip: true, capped },
            Some("deflate") => Self::Waiting {
                gzip: false,
                capped,
            },
            Some(_) => return Err(unknown()),
        };
        if encodings.next().is_some() {
            return Err(unknown());
        }
        Ok(decoder)
    }

    /// One piece more; what comes out may be empty.
    ///
    /// # Errors
    /// [`Kind::TooLarge`], [`Kind::Unreadable`]
    pub(crate) fn piece(&mut self, piece: Bytes) -> Result<Bytes, Refusal> {
        if let Self::Waiting { gzip, capped } = self
            && let Some(first) = piece.first()
        {
            let capped = Capped {
                out: take(&mut capped.out),
                left: capped.left,
            };
            // CMF of zlib: method 8, window of at most 32 KiB (RFC 1950).
            *self = if *gzip {
                Self::Gzip(Box::new(MultiGzDecoder::new(capped)))
            } else if first & 0x0f == 8 && first >> 4 <= 7 {
                Self::Zlib(Box::new(ZlibDecoder::new(capped)))
            } else {
                Self::Raw(Box::new(DeflateDecoder::new(capped)))
            };
        }
        match self {
            Self::Plain(left) => {
                *left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
                Ok(piece)
            }
            Self::Gzip(decoder) => {
                decoder.write_all(&piece).map_err(why)?;
                Ok(take(&mut decoder.get_mut().out).into())
            }
            Self::Waiting { .. } => Ok(Bytes::new()),
            Self::Zlib(decoder) => {
                decoder.write_all(&piece).map_err(why)?;
                Ok(take(&mut decoder.get_mut().out).into())
            }
            Self::Raw(decoder) => {
                decoder.write_all(&piece).map_err(why)?;
                Ok(take(&mut decoder.get_mut().out).into())
            }
        }
    }

    /// What comes out at the end.
    ///
    /// # Errors
    /// [`Kind::CutOff`] for a stream that has not ended, and as [`Decoder::piece`].
    pub(crate) fn end(&mut self) -> Result<Bytes, Refusal> {
        let (ended, out) = match self {
            Self::Plain(_) | Self::Waiting { .. } => return Ok(Bytes::new()),
            Self::Gzip(decoder) => (decoder.try_finish(), &mut decoder.get_mut().out),
            Self::Zlib(decoder) => (decoder.try_finish(), &mut decoder.get_mut().out),
            Self::Raw(decoder) => (decoder.try_finish(), &mut decoder.get_mut().out),
        };
        // Whatever is wrong only at the end is that the end is missing.
        ended.map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => too_large(),
            _ => Refusal::new(Kind::CutOff, "the backend's answer was cut off"),
        })?;
        Ok(take(out).into())
    }
}

fn why(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(),
        _ => Refusal::new(
            Kind::Unreadable,
            "the compression of the backend's answer is broken",
        ),
    }
}

fn unknown() -> Refusal {
    Refusal::new(
        Kind::Unreadable,
        "the backend's answer is compressed in a way that was not asked for",
    )
}

/// More than `max-reply`.
pub(crate) fn too_large() -> Refusal {
    Refusal::new(
        Kind::TooLarge,
        "the backend's answer is larger than `max-reply` allows",
    )
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn decoded(encoding: &str, bytes: &[u8], most: u64) -> Result<Vec<u8>, Kind> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().expect("it is a value"));
        let all = || {
            let mut decoder = Decoder::of(&headers, most)?;
            let mut out = Vec::new();
            for piece in bytes.chunks(7) {
                out.extend(decoder.piece(Bytes::copy_from_slice(piece))?);
            }
            out.extend(decoder.end()?);
            Ok(out)
        };
        all().map_err(|refusal: Refusal| refusal.kind)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("into memory");
        encoder.finish().expect("into memory")
    }

    #[test]
    fn every_encoding_is_taken_off() {
        let text = b"hello, hello, hello";
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(text).expect("into memory");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(text).expect("into memory");
        let two = [gzip(text), gzip(b"!")].concat();
        assert_eq!(decoded("identity", text, 99).as_deref(), Ok(&text[..]));
        assert_eq!(decoded("GZIP", &gzip(text), 99).as_deref(), Ok(&text[..]));
        assert_eq!(decoded("gzip", &two, 99).map(|all| all.len()), Ok(20));
        let zlib = zlib.finish().expect("into memory");
        assert_eq!(decoded("deflate", &zlib, 99).as_deref(), Ok(&text[..]));
        let raw = raw.finish().expect("into memory");
        assert_eq!(decoded("deflate", &raw, 99).as_deref(), Ok(&text[..]));
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let bomb = gzip(&vec![0; 1 << 22]);
        assert!(bomb.len() < 8192);
        assert_eq!(decoded("gzip", &bomb, 1 << 16), Err(Kind::TooLarge));
        assert_eq!(decoded("identity", &[0; 100], 99), Err(Kind::TooLarge));
    }

    #[test]
    fn what_is_broken_is_told() {
        let good = gzip(b"hello, hello, hello");
        let short = &good[..good.len() - 3];
        assert_eq!(decoded("gzip", short, 99), Err(Kind::CutOff));
        assert_eq!(decoded("gzip", &good[..6], 99), Err(Kind::CutOff));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(b"hello, hello, hello").expect("into memory");
        let zlib = zlib.finish().expect("into memory");
        for length in 1..zlib.len() {
            let short = decoded("deflate", &zlib[..length], 99);
            assert_eq!(short, Err(Kind::CutOff), "{length}");
        }
        assert_eq!(
            decoded("gzip", b"{\"what\": \"plain JSON\"}", 99),
            Err(Kind::Unreadable)
        );
        assert_eq!(decoded("br", b"x", 99), Err(Kind::Unreadable));
        assert_eq!(decoded("gzip, gzip", &good, 99), Err(Kind::Unreadable));
        // Answers without a body keep the header.
        assert_eq!(decoded("gzip", b"", 99), Ok(Vec::new()));
        assert_eq!(decoded("deflate", b"", 99), Ok(Vec::new()));
    }
}
