//! A throw-away RSA key, for providers that sign with one. `ring` signs with such keys and does not
//! make them. This one protects nothing, and making it is not guarded against anybody who watches.

use std::sync::{Arc, OnceLock};

use num_bigint::BigUint;
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::RSA_PKCS1_SHA256;
use ring::{digest, rsa};

use crate::der;

const PRIME_BYTES: usize = 128;
const EXPONENT: u32 = 65_537;
/// Candidates are divided by the primes below this before they are tried.
const SIEVE: u32 = 1 << 14;
/// A random number of this size that is composite passes one round with a chance of far less than one
/// in a million.
const ROUNDS: usize = 3;
/// The hash's name in front of it (RFC 8017, 9.2, note 1).
const SHA1: [u8; 15] = [
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

/// A key of 2,048 bits.
#[derive(Debug)]
pub(crate) struct Key {
    prime: [BigUint; 2],
    /// The private exponent for each prime.
    exponent: [BigUint; 2],
    /// The inverse of the second prime to the first.
    coefficient: BigUint,
    private: Vec<u8>,
    pair: rsa::KeyPair,
}

/// The RSA key that notifications are signed with. It is made when it is needed first, which takes a
/// moment; clones are the same key, so that several simulators can share one.
#[derive(Debug, Clone, Default)]
pub struct SigningKey(Arc<OnceLock<Option<Key>>>);

impl SigningKey {
    /// The key; `None` if the operating system has no randomness.
    pub(crate) fn get(&self) -> Option<&Key> {
        self.0.get_or_init(|| Key::generate().ok()).as_ref()
    }

    /// Makes the key elsewhere, so that nobody has to wait for it.
    pub(crate) async fn prepare(&self) {
        let key = self.clone();
        // Whoever needs the key makes it, should that have failed.
        let _ = tokio::task::spawn_blocking(move || key.get().is_some()).await;
    }
}

impl Key {
    /// Makes a key, which takes a moment.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn generate() -> Result<Self, Unspecified> {
        let random = SystemRandom::new();
        let sieve = primes_below(SIEVE);
        let first = prime(&random, &sieve)?;
        let second = prime(&random, &sieve)?;
        // The larger one comes first, as everybody has it.
        let prime = if first > second {
            [first, second]
        } else {
            [second, first]
        };
        let [p, q] = &prime;
        let one = BigUint::from(1_u32);
        let public = BigUint::from(EXPONENT);
        let modulus = p * q;
        let private = inverse(&public, &((p - &one) * (q - &one)))?;
        let exponent = [&private % (p - &one), &private % (q - &one)];
        let coefficient = inverse(q, p)?;
        let numbers = [
            &BigUint::ZERO,
            &modulus,
            &public,
            &private,
            p,
            q,
            &exponent[0],
            &exponent[1],
            &coefficient,
        ];
        let encoded = numbers.map(|number| der::integer(&number.to_bytes_be()));
        let private = der::sequence(&encoded);
        let pair = rsa::KeyPair::from_der(&private).map_err(|_| Unspecified)?;
        Ok(Self {
            prime,
            exponent,
            coefficient,
            private,
            pair,
        })
    }

    /// The private key for programs that take keys of any kind.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        der::pkcs8(&self.private)
    }

    /// A signature after PKCS #1 v1.5 over the SHA-256 of the message.
    pub(crate) fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
        Ok(signature)
    }

    /// A signature after PKCS #1 v1.5 over the SHA-1 of the message, which `ring` does not make any
    /// more.
    pub(crate) fn sign_sha1(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message);
        let length = self.pair.public().modulus_len();
        let padding = length - 3 - SHA1.len() - hash.as_ref().len();
        let padded = [
            &[0, 1],
            &vec![0xff; padding][..],
            &[0],
            &SHA1,
            hash.as_ref(),
        ]
        .concat();
        let number = BigUint::from_bytes_be(&padded);
        let [p, q] = &self.prime;
        let [first, second] = [(p, &self.exponent[0]), (q, &self.exponent[1])]
            .map(|(prime, exponent)| number.modpow(exponent, prime));
        // Garner's formula (RFC 8017, 5.2.1).
        let difference = (&first + p - (&second % p)) % p;
        let signature = (difference * &self.coefficient % p) * q + second;
        let digits = signature.to_bytes_be();
        [vec![0; length - digits.len()], digits].concat()
    }

    #[cfg(test)]
    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public().as_ref()
    }
}

fn inverse(number: &BigUint, modulus: &BigUint) -> Result<BigUint, Unspecified> {
    number.modinv(modulus).ok_or(Unspecified)
}

fn primes_below(limit: u32) -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for candidate in (3..limit).step_by(2) {
        let has_no_divisor = primes
            .iter()
            .take_while(|prime| *prime * *prime <= candidate)
            .all(|prime| candidate % prime != 0);
        if has_no_divisor {
            primes.push(candidate);
        }
    }
    primes
}

/// The first number from a random one that is prime.
fn prime(random: &SystemRandom, sieve: &[u32]) -> Result<BigUint, Unspecified> {
    loop {
        let mut bytes = [0; PRIME_BYTES];
        random.fill(&mut bytes)?;
        // The product of two such numbers has all its bits, and an odd number is no waste of time.
        bytes[0] |= 0xc0;
        bytes[PRIME_BYTES - 1] |= 1;
        let start = BigUint::from_bytes_be(&bytes);
        let rests: Vec<(u32, u32)> = sieve
            .iter()
            .map(|prime| (*prime, rest(&start, *prime)))
            .collect();
        for distance in (0..SIEVE).step_by(2) {
            let is_sieved = rests
                .iter()
                .any(|(prime, rest)| (rest + distance).is_multiple_of(*prime));
            if is_sieved {
                continue;
            }
            let candidate = &start + distance;
            // The public exponent must have an inverse.
            if rest(&candidate, EXPONENT) != 1 && is_prime(&candidate, random)? {
                return Ok(candidate);
            }
        }
    }
}

fn rest(number: &BigUint, divisor: u32) -> u32 {
    u32::try_from(number % divisor).unwrap_or(0)
}

/// Miller and Rabin's test, for odd numbers.
fn is_prime(number: &BigUint, random: &SystemRandom) -> Result<bool, Unspecified> {
    let one = BigUint::from(1_u32);
    let before = number - &one;
    let twos = before.trailing_zeros().unwrap_or(0);
    let odd = &before >> twos;
    'rounds: for _ in 0..ROUNDS {
        let mut bytes = [0; PRIME_BYTES];
        random.fill(&mut bytes)?;
        let base = BigUint::from_bytes_be(&bytes) % (number - 3_u32) + 2_u32;
        let mut power = base.modpow(&odd, number);
        if power == one || power == before {
            continue;
        }
        for _ in 1..twos {
            power = &power * &power % number;
            if power == before {
                continue 'rounds;
            }
        }
        return Ok(false);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use ring::rand::SystemRandom;
    use ring::signature::{
        RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    };

    use super::{Key, is_prime, primes_below};

    #[test]
    fn a_key_signs_what_others_verify() {
        let key = Key::generate().expect("randomness");
        let old =
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key.public());
        let new = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public());
        let signature = key.sign_sha256(b"message").expect("a signature");
        assert!(new.verify(b"message", &signature).is_ok());
        assert!(new.verify(b"massage", &signature).is_err());
        for message in [&b"message"[..], b"", b"another message"] {
            let signature = key.sign_sha1(message);
            assert!(old.verify(message, &signature).is_ok());
            assert!(old.verify(b"massage", &signature).is_err());
        }
    }

    #[test]
    fn primes_are_told_from_others() {
        let random = SystemRandom::new();
        let is_prime = |number: u64| is_prime(&BigUint::from(number), &random).expect("random");
        // 561 passes Fermat's test to every base without a common divisor.
        for composite in [9, 15, 561, 1_373_653, 4_294_967_297] {
            assert!(!is_prime(composite), "{composite}");
        }
        for prime in [5, 7, 65_537, 2_147_483_647, 18_446_744_073_709_551_557] {
            assert!(is_prime(prime), "{prime}");
        }
        assert_eq!(primes_below(20), [3, 5, 7, 11, 13, 17, 19]);
    }
}
