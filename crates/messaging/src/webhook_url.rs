//! Which addresses of tenants' own systems may be called, by one rule for whoever takes an address and whoever calls it.

#[cfg(feature = "urls")]
use {
    crate::is_public,
    std::net::IpAddr,
    url::{Host, Url},
};

/// The longest address, in bytes.
#[cfg(feature = "urls")]
const LONGEST: usize = 4_000;

/// What may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookReach {
    /// The public internet, encrypted.
    Public,
    /// That, and programs on this machine without encryption: for development.
    Loopback,
}

/// Why an address may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    /// It cannot be read.
    #[error("write an address with https://")]
    NotAnAddress,
    /// It is not encrypted, or has no host.
    #[error("it must be https, on a host that the public reaches")]
    NotHttps,
    /// What it names is private, reserved, or this machine.
    #[error("it must be on a host that the public reaches")]
    NotPublic,
    /// It holds a user or a password.
    #[error("it must not hold a password: check the signature instead")]
    Password,
    /// It has more than 4,000 bytes.
    #[error("it is too long")]
    TooLong,
}

/// An address that may be called, as far as can be told without a look-up: a name must be looked up by whoever calls,
/// and what is found looked at with [`is_public`](crate::is_public). With the feature `urls`, which
/// brings a reader of addresses.
///
/// ```
/// use tidings_messaging::{WebhookReach, WebhookUrl, WebhookUrlError};
///
/// let read = |text| WebhookUrl::parse(text, WebhookReach::Public);
/// assert_eq!(read("https://example.com/hook#part")?.as_str(), "https://example.com/hook");
/// assert_eq!(read("https://169.254.169.254/").unwrap_err(), WebhookUrlError::NotPublic);
/// # Ok::<(), WebhookUrlError>(())
/// ```
#[cfg(feature = "urls")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

#[cfg(feature = "urls")]
impl WebhookUrl {
    /// Reads an address, without its fragment, which is never sent.
    ///
    /// # Errors
    /// [`WebhookUrlError`]: it may not be called.
    pub fn parse(text: &str, reach: WebhookReach) -> Result<Self, WebhookUrlError> {
        let mut url = Url::parse(text.trim()).map_err(|_| WebhookUrlError::NotAnAddress)?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(WebhookUrlError::NotHttps),
        };
        let is_local = address.is_some_and(|address| address.is_loopback())
            || matches!(url.host(), Some(Host::Domain("localhost" | "localhost.")));
        match (url.scheme(), reach) {
            ("https", WebhookReach::Public | WebhookReach::Loopback) => {}
            ("http", WebhookReach::Loopback) if is_local => {}
            (_, WebhookReach::Public | WebhookReach::Loopback) => {
                return Err(WebhookUrlError::NotHttps);
            }
        }
        let may_call = match reach {
            WebhookReach::Loopback if is_local => true,
            WebhookReach::Public | WebhookReach::Loopback => {
                !is_local && address.is_none_or(is_public)
            }
        };
        if !may_call {
            return Err(WebhookUrlError::NotPublic);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlError::Password);
        }
        url.set_fragment(None);
        if url.as_str().len() > LONGEST {
            return Err(WebhookUrlError::TooLong);
        }
        Ok(Self(url))
    }

    /// The address as it is called.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address in its parts.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

#[cfg(feature = "urls")]
impl From<WebhookUrl> for Url {
    fn from(url: WebhookUrl) -> Self {
        url.0
    }
}

#[cfg(all(test, feature = "urls"))]
mod tests {
    use super::*;

    fn public(text: &str) -> Result<String, WebhookUrlError> {
        WebhookUrl::parse(text, WebhookReach::Public).map(|url| url.as_str().to_owned())
    }

    fn developing(text: &str) -> Result<String, WebhookUrlError> {
        WebhookUrl::parse(text, WebhookReach::Loopback).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn only_the_public_internet_is_called_and_encrypted() {
        use WebhookUrlError as E;
        for (text, called) in [
            ("https://example.com/a?b=1#c", "https://example.com/a?b=1"),
            ("https://EXAMPLE.com:443/ä", "https://example.com/%C3%A4"),
            ("https://93.184.215.14/", "https://93.184.215.14/"),
        ] {
            assert_eq!(public(text).as_deref(), Ok(called));
            assert_eq!(developing(text).as_deref(), Ok(called));
        }
        let long = format!("https://example.com/{}", "x".repeat(LONGEST));
        for (text, error) in [
            ("nonsense", E::NotAnAddress),
            ("https://", E::NotAnAddress),
            ("http://example.com/", E::NotHttps),
            ("ftp://example.com/", E::NotHttps),
            ("file:///etc/passwd", E::NotHttps),
            ("data:text/plain,x", E::NotHttps),
            ("https://10.0.0.1/", E::NotPublic),
            ("https://0x7f000001/", E::NotPublic),
            ("https://2130706433/", E::NotPublic),
            ("https://[::ffff:10.0.0.1]/", E::NotPublic),
            ("https://localhost/", E::NotPublic),
            ("https://LOCALHOST./", E::NotPublic),
            ("https://user:word@example.com/", E::Password),
            ("https://user@example.com/", E::Password),
            (&long, E::TooLong),
        ] {
            assert_eq!(public(text), Err(error), "{text}");
        }
    }

    #[test]
    fn programs_of_this_machine_are_called_in_development_alone() {
        for text in [
            "http://127.0.0.1:8000/a",
            "http://localhost/a",
            "http://[::1]:1/",
            "https://localhost/a",
            "https://127.0.0.1/a",
        ] {
            assert_eq!(developing(text).as_deref(), Ok(text));
            assert!(public(text).is_err(), "{text}");
        }
        for text in [
            "http://example.com/a",
            "http://10.0.0.1/a",
            "https://10.0.0.1/a",
        ] {
            assert!(developing(text).is_err(), "{text}");
        }
    }
}
