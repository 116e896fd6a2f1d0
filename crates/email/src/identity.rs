//! How a business shows itself in its mail: the same two credentials whoever carries it.

use crate::address;
use lettre::Address;
use secrecy::ExposeSecret;
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, optional};

/// The name beside the sender's address.
pub(crate) const FROM_NAME: CredentialField = CredentialField {
    name: "from_name",
    label: "Sender's name",
    hint: "what readers see beside the address, such as Acme Dental; up to 100 characters",
    is_required: false,
    is_secret: false,
};

/// Where answers go.
pub(crate) const REPLY_TO: CredentialField = CredentialField {
    name: "reply_to",
    label: "Address for answers",
    hint: "where answers go, if not to the sender's address",
    is_required: false,
    is_secret: false,
};

/// How a business shows itself in its mail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    pub(crate) from_name: Option<String>,
    pub(crate) reply_to: Option<Address>,
}

impl Identity {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let is_name = |text: &str| text.chars().count() <= 100;
        let name = optional(
            credentials,
            &FROM_NAME,
            is_name,
            "is no name of up to 100 characters in one line: correct it",
        )?;
        let is_address = |text: &str| address::parse(text).is_some();
        let reply_to = optional(
            credentials,
            &REPLY_TO,
            is_address,
            "is no email address: give one such as office@example.com, without a name",
        )?;
        Ok(Self {
            from_name: name.map(|name| name.expose_secret().to_owned()),
            reply_to: reply_to.and_then(|text| address::parse(text.expose_secret())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn read(name: &str, value: &str) -> Result<Identity, CredentialProblem> {
        Identity::read(&Credentials::new([(
            name.to_owned(),
            SecretString::from(value),
        )]))
    }

    #[test]
    fn a_name_is_one_line_and_an_address_is_one_address() {
        let identity = read("from_name", "Bäckerei \"Zum Löwen\"").unwrap();
        assert_eq!(
            identity.from_name.as_deref(),
            Some("Bäckerei \"Zum Löwen\"")
        );
        assert!(read("from_name", "Acme\r\nBcc: eve@example.com").is_err());
        assert!(read("from_name", &"a".repeat(101)).is_err());
        assert!(read("reply_to", "office@example.com").is_ok());
        assert!(read("reply_to", "Office <office@example.com>").is_err());
    }
}
