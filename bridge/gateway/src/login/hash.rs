//! Passwords and their hashes: argon2 and bcrypt, and digests of old tables where a mapping says so.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use footbridge_mapping::model::{OldHash, OldHashes, Salt};
use ring::hmac;
use sha2::Digest as _;

use super::argon;

/// Whether a password has this hash. Takes some tens of milliseconds.
pub(super) fn fits(hash: &str, salt: Option<&str>, old: Option<OldHashes>, password: &str) -> bool {
    if hash.starts_with("$argon2") {
        return PasswordHash::new(hash)
            .is_ok_and(|hash| is_payable(&hash) && argon::verifies(&hash, password));
    }
    if let Some(cost) = bcrypt_cost(hash) {
        return cost <= DEAREST_BCRYPT && bcrypt::verify(password, hash).unwrap_or(false);
    }
    let Some(old) = old else {
        return false;
    };
    let Some(expected) = written(hash, old.kind) else {
        return false;
    };
    let salt = salt.unwrap_or_default();
    let salted = match old.salt {
        Salt::Before => [salt, password].concat(),
        Salt::After => [password, salt].concat(),
    };
    let made = digest(old.kind, salted.as_bytes());
    // Tags under a key that nobody knows tell nothing by the time that their comparison takes.
    let tag = hmac::sign(super::key(), &expected);
    hmac::verify(super::key(), &made, tag.as_ref()).is_ok()
}

/// An argon2id hash of a password, in the PHC string format. Takes some tens of milliseconds.
pub(super) fn made(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).ok()?;
    Some(hash.to_string())
}

/// Whether a hash costs no more than a login may: who can write into the table cannot stop the gateway.
fn is_payable(hash: &PasswordHash) -> bool {
    let of = |name: &str| hash.params.get_decimal(name).unwrap_or(0);
    of("m") <= DEAREST_MEMORY && of("t") <= DEAREST_PASSES && of("p") <= DEAREST_LANES
}

/// `$2b$12$…`
fn bcrypt_cost(hash: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"]
        .into_iter()
        .find_map(|prefix| hash.strip_prefix(prefix))?;
    rest.split_once('$')?.0.parse().ok()
}

/// The bytes of a digest that is written in hex or base64.
fn written(text: &str, kind: OldHash) -> Option<Vec<u8>> {
    let length = match kind {
        OldHash::Md5 => 16,
        OldHash::Sha1 => 20,
        OldHash::Sha256 => 32,
        OldHash::Sha512 => 64,
    };
    let text = text.trim();
    if text.len() == length * 2 {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        return text
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let [high, low] = pair else { return None };
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()
            })
            .collect();
    }
    let bytes = STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text))
        .ok()?;
    (bytes.len() == length).then_some(bytes)
}

fn digest(kind: OldHash, bytes: &[u8]) -> Vec<u8> {
    match kind {
        OldHash::Md5 => md5::Md5::digest(bytes).to_vec(),
        OldHash::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        OldHash::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        OldHash::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
    }
}

/// KiB of argon2.
const DEAREST_MEMORY: u32 = 256 << 10;
const DEAREST_PASSES: u32 = 16;
const DEAREST_LANES: u32 = 16;

/// About two seconds.
const DEAREST_BCRYPT: u32 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: Option<OldHashes> = Some(OldHashes {
        kind: OldHash::Sha1,
        salt: Salt::Before,
    });

    #[test]
    fn argon2_and_bcrypt_always_count() {
        let argon2 = made("secret").unwrap();
        assert!(fits(&argon2, None, None, "secret"));
        assert!(!fits(&argon2, None, None, "Secret"));
        // Made by htpasswd -nbB -C 5.
        let bcrypt = bcrypt::hash("secret", 5).unwrap();
        assert!(fits(&bcrypt, None, None, "secret"));
        assert!(!fits(&bcrypt, None, SHA1, "guess"));
        assert!(fits(
            &bcrypt.replacen("$2b$", "$2y$", 1),
            None,
            None,
            "secret"
        ));
    }

    #[test]
    fn digests_of_old_tables_count_where_they_are_named() {
        // printf 'secret' | sha1sum
        let plain = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4";
        assert!(fits(plain, None, SHA1, "secret"));
        assert!(fits(&plain.to_uppercase(), None, SHA1, "secret"));
        assert!(fits("5en6G6MezRroT3XKqkdPOmY/BfQ=", None, SHA1, "secret"));
        assert!(!fits(plain, None, SHA1, "guess"));
        assert!(!fits(plain, None, None, "secret"));
        assert!(!fits(plain, Some("salt"), SHA1, "secret"));
        let of = |kind, salt| Some(OldHashes { kind, salt });
        // printf 'saltsecret' | md5sum, printf 'secretsalt' | sha256sum
        let md5 = "7fa4f7f1f7a4e6d4d5a4ef0d0ffcde65";
        let salted = digest(OldHash::Md5, b"saltsecret")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        assert!(fits(
            &salted,
            Some("salt"),
            of(OldHash::Md5, Salt::Before),
            "secret"
        ));
        assert!(!fits(
            md5,
            Some("salt"),
            of(OldHash::Md5, Salt::Before),
            "secret"
        ));
        let after = STANDARD.encode(digest(OldHash::Sha512, b"secretsalt"));
        assert!(fits(
            &after,
            Some("salt"),
            of(OldHash::Sha512, Salt::After),
            "secret"
        ));
        assert!(!fits(
            &after,
            Some("salt"),
            of(OldHash::Sha512, Salt::Before),
            "secret"
        ));
    }

    #[test]
    fn a_hash_that_costs_too_much_fits_nothing() {
        assert!(!fits(
            "$2b$31$abcdefghijklmnopqrstuuPabcdefghijklmnopqrstuuPabcdefghijklm",
            None,
            None,
            "x"
        ));
        let dear = "$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(!fits(dear, None, None, "x"));
        for broken in ["", "$argon2id$", "$2b$", "$2b$xx$", "plain", "secret"] {
            assert!(!fits(broken, None, SHA1, "secret"), "{broken}");
        }
    }
}
