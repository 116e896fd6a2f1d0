//! Email addresses, as they may stand in a header and in a command.

use lettre::Address;
use url::Host;

/// No address is longer (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// Reads an address. Its domain becomes ASCII (RFC 5891), and nothing in it can end a line or a command.
pub(crate) fn parse(text: &str) -> Option<Address> {
    let is_hidden = |c: char| c.is_control() || c.is_whitespace();
    if text.len() > LONGEST || text.chars().any(is_hidden) {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    // The parser of hosts would decode it, and it would be another address then.
    if domain.contains('%') {
        return None;
    }
    // Mail to bare machines is no mail to people.
    let Host::Domain(domain) = Host::parse(domain).ok()? else {
        return None;
    };
    if !domain.contains('.') {
        return None;
    }
    Address::new(local, domain).ok()
}

/// Whether it can be written without SMTPUTF8 (RFC 6531).
pub(crate) fn is_ascii(address: &Address) -> bool {
    address.user().is_ascii() && address.domain().is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|address| address.to_string())
    }

    #[test]
    fn plain_addresses_stay_as_they_are() {
        for text in [
            "ann@example.com",
            "a.b+c@mail.example.org",
            "o'neil@example.com",
            "jürgen@example.com",
        ] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn domains_become_ascii() {
        assert_eq!(
            read("ann@bücher.example").as_deref(),
            Some("ann@xn--bcher-kva.example")
        );
        assert_eq!(read("ann@EXAMPLE.com").as_deref(), Some("ann@example.com"));
    }

    #[test]
    fn what_could_end_a_line_or_a_command_is_no_address() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "ann@127.0.0.1",
            "ann@[127.0.0.1]",
            "ann@[::1]",
            "ann@exa%6dple.com",
            "ann@example.com>",
            "<ann@example.com",
            "ann@example.com\r\nRCPT TO:<eve@example.com>",
            "ann\r\n@example.com",
            "ann\0@example.com",
            "ann\u{85}@example.com",
            "ann eve@example.com",
            "\"ann eve\"@example.com",
            "ann@example.com,eve@example.com",
            "ann@example .com",
            "Ann <ann@example.com>",
            &long,
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_what_stands_before_the_at_can_need_more_than_ascii() {
        assert!(is_ascii(&parse("ann@bücher.example").unwrap()));
        assert!(!is_ascii(&parse("jürgen@example.com").unwrap()));
    }
}
