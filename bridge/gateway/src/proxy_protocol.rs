//! The header by which a proxy says, before anything else, whose connection it passes on: the PROXY protocol of HAProxy, version 1
//! (a line of text) and 2 (binary).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

/// Reads the header, and nothing behind it: the address of the client, or `None` where the proxy speaks for itself, as it does to
/// ask whether the gateway lives.
///
/// # Errors
/// A connection that begins with anything else, or takes longer than five seconds for it.
pub(crate) async fn client(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let header = timeout(PATIENCE, header(stream))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let wrong = |error: &dyn std::error::Error| {
        io::Error::new(io::ErrorKind::InvalidData, error.to_string())
    };
    let address: Option<IpAddr> = match HeaderResult::parse(&header) {
        HeaderResult::V1(Ok(header)) => match header.addresses {
            v1::Addresses::Unknown => None,
            v1::Addresses::Tcp4(said) => Some(Ipv4Addr::into(said.source_address)),
            v1::Addresses::Tcp6(said) => Some(Ipv6Addr::into(said.source_address)),
        },
        HeaderResult::V2(Ok(header)) => match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(said)) => Some(said.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::IPv6(said)) => Some(said.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::Unspecified | v2::Addresses::Unix(_))
            | (v2::Command::Local, _) => None,
        },
        HeaderResult::V1(Err(error)) => return Err(wrong(&error)),
        HeaderResult::V2(Err(error)) => return Err(wrong(&error)),
    };
    Ok(address.map(|address| address.to_canonical()))
}

/// The bytes of a header of either version.
async fn header(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; v2::PROTOCOL_PREFIX.len()];
    stream.read_exact(&mut bytes).await?;
    if bytes == v2::PROTOCOL_PREFIX {
        // Version and command, family and protocol, and how much follows.
        let mut rest = [0; 4];
        stream.read_exact(&mut rest).await?;
        let [_, _, high, low] = rest;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > LONGEST_V2 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.extend_from_slice(&rest);
        let begin = bytes.len();
        bytes.resize(begin + length, 0);
        stream
            .read_exact(bytes.get_mut(begin..).unwrap_or_default())
            .await?;
        return Ok(bytes);
    }
    // Whatever is no header shall not be waited for.
    while bytes.starts_with(b"PROXY ") && !bytes.ends_with(b"\r\n") && bytes.len() < LONGEST_V1 {
        bytes.push(stream.read_u8().await?);
    }
    Ok(bytes)
}

/// Bytes of a header of version 1, as its specification says.
const LONGEST_V1: usize = 107;

/// Bytes of addresses and extensions of version 2; those that are known take some hundreds.
const LONGEST_V2: usize = 4096;

/// How long a proxy may take for its header, which it sends with the first packet.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST / HTTP/1.1\r\n";

    /// The client, and what is left behind the header.
    async fn read(header: &[u8]) -> Option<(Option<String>, Vec<u8>)> {
        let bytes = [header, REQUEST].concat();
        let mut stream = &bytes[..];
        let client = client(&mut stream).await.ok()?;
        Some((client.map(|client| client.to_string()), stream.to_vec()))
    }

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [v2::PROTOCOL_PREFIX, &[command, family], &length, rest].concat()
    }

    #[tokio::test]
    async fn both_versions_say_whose_connection_it_is_and_take_no_byte_more() {
        let four = [192, 0, 2, 1, 10, 0, 0, 1, 0x30, 0x39, 0, 80];
        let mut six = [0; 36];
        six[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        six[15] = 1;
        let with_extension = [&four[..], &[0x04, 0, 3, 0, 0, 0]].concat();
        for (header, client) in [
            (
                &b"PROXY TCP4 192.0.2.1 10.0.0.1 12345 80\r\n"[..],
                Some("192.0.2.1"),
            ),
            (
                b"PROXY TCP6 2001:db8::1 ::1 12345 80\r\n",
                Some("2001:db8::1"),
            ),
            (b"PROXY UNKNOWN\r\n", None),
            (&v2(0x21, 0x11, &four), Some("192.0.2.1")),
            (&v2(0x21, 0x11, &with_extension), Some("192.0.2.1")),
            (&v2(0x21, 0x21, &six), Some("2001:db8::1")),
            (&v2(0x20, 0x00, &[]), None),
        ] {
            let read = read(header).await.expect("a header");
            assert_eq!(
                read,
                (client.map(str::to_owned), REQUEST.to_vec()),
                "{header:?}"
            );
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for header in [
            &b""[..],
            b"PROXY TCP4 192.0.2.1\r\n",
            b"PROXY TCP4 not.an.address 10.0.0.1 1 2\r\n",
            b"PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY PROXY",
            &v2(0x31, 0x11, &[0; 12]),
            &v2(0x21, 0x11, &[0; 4]),
            &v2(0x21, 0x11, &[0; 5000]),
        ] {
            assert_eq!(read(header).await, None, "{header:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_not_waited_for() {
        let (_silent, mut stream) = tokio::io::duplex(64);
        let error = client(&mut stream).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
