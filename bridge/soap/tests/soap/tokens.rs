//! Number 32 of what breaks clients: every server wants another UsernameToken. A golden file for each switch, one for each
//! version of SOAP.

use footbridge_soap::model::Version;
use footbridge_soap::security::{Stamp, TokenSwitches, username_token};

use crate::golden;
use crate::harness::folder;

const STAMP: Stamp<'_> = Stamp {
    now: 1_795_167_000_500.0,
    nonce: b"0123456789abcdef",
    message_id: "urn:uuid:1",
};

#[test]
fn each_part_of_a_token_is_a_switch() {
    const TEXT: TokenSwitches = TokenSwitches::TEXT;
    const DIGEST: TokenSwitches = TokenSwitches::DIGEST;
    let cases = [
        ("text", TEXT),
        (
            "text.nonce",
            TokenSwitches {
                nonce: true,
                ..TEXT
            },
        ),
        (
            "text.created",
            TokenSwitches {
                created: true,
                ..TEXT
            },
        ),
        (
            "text.timestamp",
            TokenSwitches {
                timestamp: Some(60),
                ..TEXT
            },
        ),
        (
            "text.optional",
            TokenSwitches {
                must_understand: false,
                ..TEXT
            },
        ),
        ("digest", DIGEST),
        (
            "digest.seconds",
            TokenSwitches {
                milliseconds: false,
                ..DIGEST
            },
        ),
        (
            "digest.timestamp",
            TokenSwitches {
                timestamp: Some(60),
                ..DIGEST
            },
        ),
    ];
    let mut failures = Vec::new();
    let goldens = folder("failures").join("32_username_token");
    for (name, switches) in cases {
        for (version, suffix) in [(Version::Soap11, "11"), (Version::Soap12, "12")] {
            let token = username_token(version, "Ann & <Co>", "s<cret", &switches, &STAMP);
            golden::check(
                &goldens.join(format!("{name}.{suffix}.xml")),
                &format!("{token}\n"),
                &mut failures,
            );
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
