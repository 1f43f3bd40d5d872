//! How much time and memory a key file may ask for before its passphrase is even tried.

use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;

/// The most rounds of PBKDF2: several seconds, and sixteen times what `keygen` takes.
const MAX_ROUNDS: u32 = 10_000_000;
/// The most memory for scrypt, as the exponent of its N: 256 MiB with r = 8.
const MAX_LOG_N: u32 = 18;
const MAX_R: u32 = 8;
const MAX_P: u32 = 4;

/// Gives the parameters of scrypt, if they are legal and within the limits.
pub(super) fn scrypt_params(n: u64, r: u32, p: u32) -> Option<scrypt::Params> {
    let log_n = n.checked_ilog2().filter(|_| n.is_power_of_two())?;
    // N is above 1, r and p are no zero (RFC 7914, section 2).
    let is_legal =
        (1..=MAX_LOG_N).contains(&log_n) && (1..=MAX_R).contains(&r) && (1..=MAX_P).contains(&p);
    is_legal.then_some(())?;
    scrypt::Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

/// Says whether a PKCS#8 document asks for a derivation within the limits.
pub(super) fn is_bearable(scheme: &EncryptionScheme) -> bool {
    match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(Kdf::Pbkdf2(kdf)) => kdf.iteration_count <= MAX_ROUNDS,
        Some(Kdf::Scrypt(kdf)) => {
            let (r, p) = (kdf.block_size.into(), kdf.parallelization.into());
            scrypt_params(kdf.cost_parameter, r, p).is_some()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use pkcs8::pkcs5::pbes2::{Parameters, Salt, ScryptParams};

    use super::*;

    #[test]
    fn refuses_what_would_take_all_memory_or_an_hour() {
        for (n, r, p, bearable) in [
            (2, 1, 1, true),
            (1 << 18, 8, 4, true),
            (1 << 19, 8, 1, false),
            (1 << 10, 9, 1, false),
            (1 << 10, 8, 5, false),
            (1000, 8, 1, false),
            (0, 8, 1, false),
            (1, 8, 1, false),
            (2, 0, 1, false),
            (2, 1, 0, false),
            (u64::MAX, 8, 1, false),
        ] {
            assert_eq!(scrypt_params(n, r, p).is_some(), bearable, "{n} {r} {p}");
        }
        for (rounds, bearable) in [(1, true), (600_000, true), (100_000_000, false)] {
            let scheme = Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &[7; 16], [7; 16]);
            assert_eq!(is_bearable(&scheme.unwrap().into()), bearable, "{rounds}");
        }
        let mut scheme =
            Parameters::generate_pbkdf2_sha256_aes256cbc(1, &[7; 16], [7; 16]).unwrap();
        let kdf = ScryptParams {
            salt: Salt::new([7; 16]).unwrap(),
            cost_parameter: 0,
            block_size: 8,
            parallelization: 1,
            key_length: None,
        };
        scheme.kdf = Kdf::Scrypt(kdf);
        assert!(!is_bearable(&scheme.into()));
    }
}
