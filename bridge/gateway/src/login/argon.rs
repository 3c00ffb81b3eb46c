//! Argon2 in memory that is kept: each hash works on some 19 MiB, and to allocate and free them for each attempt would break the heap
//! into pieces into which the next do not fit; some hundred attempts then take half a gigabyte.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Whether a password has this hash. Takes some tens of milliseconds and the memory that the hash says; whoever calls limits how many
/// at once.
pub(super) fn verifies(hash: &PasswordHash, password: &str) -> bool {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return false;
    };
    let (Ok(algorithm), Ok(version), Ok(params)) = (
        Algorithm::try_from(hash.algorithm.as_str()),
        hash.version
            .map_or_else(|| Ok(Version::default()), Version::try_from),
        Params::try_from(hash),
    ) else {
        return false;
    };
    let blocks = params.block_count();
    let argon = Argon2::new(algorithm, version, params);
    let mut memory = taken();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut made = vec![0; expected.as_ref().len()];
    let done = argon.hash_password_into_with_memory(
        password.as_bytes(),
        salt.as_ref(),
        &mut made,
        &mut memory[..],
    );
    give_back(memory);
    // Outputs are compared in constant time.
    done.is_ok() && Output::new(&made).is_ok_and(|made| made == *expected)
}

/// Memory of an earlier hash, if none is at work on it.
fn taken() -> Vec<Block> {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    spare.pop().unwrap_or_default()
}

fn give_back(memory: Vec<Block>) {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() < MOST && memory.len() <= LARGEST {
        spare.push(memory);
    }
}

static SPARE: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// As many as are hashed at once.
const MOST: usize = 2;

/// Blocks of one KiB; what takes more is freed.
const LARGEST: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_alone_whatever_was_hashed_before() {
        let cheap = |algorithm, memory| {
            let params = Params::new(memory, 2, 1, None).unwrap();
            Argon2::new(algorithm, Version::V0x13, params)
        };
        for argon in [
            cheap(Algorithm::Argon2id, 64),
            cheap(Algorithm::Argon2i, 256),
            cheap(Algorithm::Argon2d, 16),
        ] {
            for password in ["secret", "", "pässwörd"] {
                let text = argon
                    .hash_password(password.as_bytes())
                    .unwrap()
                    .to_string();
                let hash = PasswordHash::new(&text).unwrap();
                assert!(verifies(&hash, password), "{text}");
                assert!(!verifies(&hash, "guess"), "{text}");
            }
        }
        let none = PasswordHash::new("$argon2id$v=19$m=64,t=2,p=1").unwrap();
        assert!(!verifies(&none, ""));
    }
}
