//! As much of the Distinguished Encoding Rules (X.690) as keys need.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// `rsaEncryption` and its parameters, which are null.
const RSA: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut encoded = vec![tag];
    let length = content.len().to_be_bytes();
    if content.len() < 0x80 {
        encoded.extend(u8::try_from(content.len()));
    } else {
        let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
        encoded.extend(u8::try_from(0x80 | digits.len()));
        encoded.extend(digits);
    }
    encoded.extend(content);
    encoded
}

/// A positive integer of these digits to the base 256.
pub(crate) fn integer(digits: &[u8]) -> Vec<u8> {
    match digits.first() {
        Some(first) if *first < 0x80 => element(INTEGER, digits),
        // A leading one would make it negative.
        Some(_) | None => element(INTEGER, &[&[0], digits].concat()),
    }
}

pub(crate) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

/// A private RSA key (RFC 8017, A.1.2) in the form for keys of any kind (RFC 5208).
pub(crate) fn pkcs8(rsa_private_key: &[u8]) -> Vec<u8> {
    sequence(&[
        integer(&[0]),
        element(SEQUENCE, &RSA),
        element(OCTET_STRING, rsa_private_key),
    ])
}

/// The first element: its tag, its content, and what follows.
fn read(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |length, digit| length << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The RSA key in a public key of any kind (RFC 5280, 4.1.2.7) in PEM; `None` if it is none.
pub(crate) fn rsa_public_key(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let body: String = body.split_whitespace().collect();
    let bytes = STANDARD.decode(body).ok()?;
    let (SEQUENCE, info, []) = read(&bytes)? else {
        return None;
    };
    let (SEQUENCE, algorithm, rest) = read(info)? else {
        return None;
    };
    let (BIT_STRING, bits, []) = read(rest)? else {
        return None;
    };
    match bits.split_first()? {
        // No bit is unused.
        (0, key) if algorithm == RSA => Some(key.to_vec()),
        _ => None,
    }
}

/// Bytes in PEM.
#[cfg(test)]
fn pem(label: &str, bytes: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = STANDARD.encode(bytes);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// A public RSA key (RFC 8017, A.1.1) in PEM for keys of any kind.
#[cfg(test)]
pub(crate) fn public_pem(rsa_public_key: &[u8]) -> String {
    let bits = element(BIT_STRING, &[&[0], rsa_public_key].concat());
    pem("PUBLIC KEY", &sequence(&[element(SEQUENCE, &RSA), bits]))
}

#[cfg(test)]
mod tests {
    use super::{element, integer, pem, public_pem, read, rsa_public_key, sequence};

    #[test]
    fn elements_are_read_as_they_were_written() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let encoded = [element(4, &content), vec![1, 2]].concat();
            assert_eq!(read(&encoded), Some((4, &content[..], &[1, 2][..])));
        }
        for broken in [&[][..], &[4], &[4, 2, 1], &[4, 0x80], &[4, 0x82, 1]] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn integers_stay_positive() {
        assert_eq!(integer(&[0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
    }

    #[test]
    fn a_public_key_is_found_in_its_pem() {
        let key = sequence(&[integer(&[9; 256]), integer(&[1, 0, 1])]);
        let text = public_pem(&key);
        assert!(text.lines().all(|line| line.len() <= 64));
        assert_eq!(rsa_public_key(&text), Some(key));
        for other in ["", "nonsense", &pem("PUBLIC KEY", &[1, 2, 3])] {
            assert_eq!(rsa_public_key(other), None, "{other}");
        }
    }
}
