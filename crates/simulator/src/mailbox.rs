//! Mail addresses, and those that decide what becomes of a mail.

/// Reads an address, alone or after a name: `Ann <ann@example.net>`. In lower case, as everybody
/// compares them.
pub(crate) fn address(text: &str) -> Option<String> {
    let bare = match text.rsplit_once('<') {
        Some((_, rest)) => rest.split_once('>')?.0,
        None => text,
    };
    let bare = bare.trim();
    let (local, domain) = bare.rsplit_once('@')?;
    let is_fine = !local.is_empty()
        && local.len() <= 64
        && domain.contains('.')
        && domain.len() <= 253
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
        && bare
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !"<>(),;:\\\"[]".contains(c));
    is_fine.then(|| bare.to_lowercase())
}

/// The domain of an address.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// The name that decides what becomes of a mail: the part before `+` or `@`, at domains that belong
/// to nobody and at Amazon's own simulator.
pub(crate) fn magic(address: &str) -> Option<&str> {
    let (local, domain) = address.rsplit_once('@')?;
    let is_nobodys = matches!(
        domain,
        "example.com" | "example.net" | "example.org" | "simulator.amazonses.com"
    ) || matches!(domain.rsplit('.').next(), Some("example" | "test"));
    is_nobodys.then(|| local.split('+').next().unwrap_or(local))
}

#[cfg(test)]
mod tests {
    use super::{address, magic};

    #[test]
    fn an_address_stands_alone_or_after_a_name() {
        for text in [
            "ann@example.net",
            "Ann <Ann@Example.net>",
            " ann@example.net ",
        ] {
            assert_eq!(address(text).as_deref(), Some("ann@example.net"), "{text}");
        }
        for text in [
            "",
            "ann",
            "ann@",
            "@example.net",
            "ann@net",
            "a b@example.net",
            "a@.net",
            "a@b..c",
            "<a@b.c",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn magic_belongs_to_nobodys_domains_alone() {
        assert_eq!(magic("bounce+1@simulator.amazonses.com"), Some("bounce"));
        assert_eq!(magic("full@mail.test"), Some("full"));
        assert_eq!(magic("bounce@acme.com"), None);
    }
}
