use super::{
    descriptor::{CA_CERTIFICATE, HOST, PASSWORD, PORT, SECURITY, USERNAME},
    tls,
};
use crate::identity::Identity;
use secrecy::{ExposeSecret, SecretString};
use std::net::Ipv6Addr;
use tidings_messaging::Credentials;
use tidings_provider_http::{CredentialProblem, optional, required};
use url::Host;

/// The port of submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;
/// The ports on which TLS comes first: that of RFC 8314, and that which AWS has beside it.
const TLS_FIRST: [u16; 2] = [465, 2465];

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// From the first byte.
    Tls,
    /// After a greeting in the clear, and never not.
    StartTls,
    /// Not at all: development, on the loopback address.
    Clear,
}

/// The server and how we are known there, with shapes checked.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<Login>,
    pub(super) authority: Option<SecretString>,
    pub(super) identity: Identity,
}

/// A user and its password.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl Server {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let host = required(
            credentials,
            &HOST,
            |text| host(text).is_some(),
            "is no host name: give one such as smtp.example.com, without port and scheme",
        )?;
        let port = optional(
            credentials,
            &PORT,
            |text| text.parse::<u16>().is_ok_and(|port| port > 0),
            "is no port: give a number such as 587",
        )?;
        let port = port
            .and_then(|text| text.expose_secret().parse().ok())
            .unwrap_or(SUBMISSION);
        let security = optional(
            credentials,
            &SECURITY,
            |text| security(text).is_some(),
            "is not tls or starttls",
        )?;
        let security = match security.and_then(security_of) {
            Some(security) => security,
            None if TLS_FIRST.contains(&port) => Security::Tls,
            None => Security::StartTls,
        };
        Ok(Self {
            host: host_of(host),
            port,
            security,
            login: login(credentials)?,
            authority: authority(credentials)?,
            identity: Identity::read(credentials)?,
        })
    }
}

impl Server {
    /// As an address: `smtp://host:port`.
    pub(super) fn address(&self) -> String {
        let Self { host, port, .. } = self;
        match host.parse::<Ipv6Addr>() {
            Ok(ip) => format!("smtp://[{ip}]:{port}"),
            Err(_) => format!("smtp://{host}:{port}"),
        }
    }
}

fn security(text: &str) -> Option<Security> {
    match text {
        "tls" => Some(Security::Tls),
        "starttls" => Some(Security::StartTls),
        "none" => Some(Security::Clear),
        _ => None,
    }
}

fn security_of(text: &SecretString) -> Option<Security> {
    security(text.expose_secret())
}

/// The host as it is looked up: ASCII, and without the brackets of an address.
fn host(text: &str) -> Option<String> {
    match Host::parse(text).ok()? {
        Host::Domain(name) => Some(name),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

fn host_of(text: &SecretString) -> String {
    host(text.expose_secret()).unwrap_or_default()
}

fn login(credentials: &Credentials) -> Result<Option<Login>, CredentialProblem> {
    let any = |_: &str| true;
    let shape = "has a line break or blanks around it: correct it";
    let username = optional(credentials, &USERNAME, any, shape)?;
    // A password may begin or end with whatever it likes, but with NUL it cannot be sent (RFC 4616).
    let password = credentials.get(PASSWORD.name);
    if password.is_some_and(|password| password.expose_secret().contains('\0')) {
        return Err(CredentialProblem {
            field: PASSWORD.name,
            problem: "has a character that cannot be sent",
        });
    }
    let missing = |field| CredentialProblem {
        field,
        problem: "is missing: give user name and password, or neither",
    };
    match (username, password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing(PASSWORD.name)),
        (None, Some(_)) => Err(missing(USERNAME.name)),
        (Some(username), Some(password)) => Ok(Some(Login {
            username: username.expose_secret().to_owned(),
            password: password.clone(),
        })),
    }
}

fn authority(credentials: &Credentials) -> Result<Option<SecretString>, CredentialProblem> {
    let Some(pem) = credentials.get(CA_CERTIFICATE.name) else {
        return Ok(None);
    };
    if tls::authority(pem.expose_secret()).is_none() {
        return Err(CredentialProblem {
            field: CA_CERTIFICATE.name,
            problem: "is no certificate in PEM: paste all of it, from -----BEGIN CERTIFICATE----- on",
        });
    }
    Ok(Some(pem.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Server, CredentialProblem> {
        Server::read(&Credentials::new(fields.iter().map(|(name, value)| {
            ((*name).to_owned(), SecretString::from(*value))
        })))
    }

    fn refused(name: &str, value: &str) -> &'static str {
        let mut fields = vec![("host", "smtp.example.com")];
        fields.retain(|(other, _)| *other != name);
        fields.push((name, value));
        let problem = read(&fields).unwrap_err();
        assert!(value.is_empty() || !problem.to_string().contains(value));
        problem.field
    }

    #[test]
    fn a_host_is_enough_and_is_spoken_to_with_starttls() {
        let server = read(&[("host", "smtp.example.com")]).unwrap();
        assert_eq!((server.port, server.security), (587, Security::StartTls));
        assert!(server.login.is_none());
    }

    #[test]
    fn the_port_tells_the_encryption_unless_it_is_given() {
        for (port, security) in [
            ("465", Security::Tls),
            ("2465", Security::Tls),
            ("587", Security::StartTls),
            ("25", Security::StartTls),
        ] {
            let server = read(&[("host", "smtp.example.com"), ("port", port)]).unwrap();
            assert_eq!(server.security, security, "{port}");
        }
        let fields = [
            ("host", "smtp.example.com"),
            ("port", "465"),
            ("security", "starttls"),
        ];
        assert_eq!(read(&fields).unwrap().security, Security::StartTls);
    }

    #[test]
    fn hosts_become_what_is_looked_up() {
        for (host, expected) in [
            ("SMTP.example.com", "smtp.example.com"),
            ("mail.bücher.example", "mail.xn--bcher-kva.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(read(&[("host", host)]).unwrap().host, expected);
        }
    }

    #[test]
    fn what_is_misshapen_is_named_and_never_shown() {
        assert_eq!(refused("host", ""), "host");
        assert_eq!(refused("host", "smtp://smtp.example.com"), "host");
        assert_eq!(refused("host", "smtp.example.com:587"), "host");
        assert_eq!(refused("port", "0"), "port");
        assert_eq!(refused("port", "65536"), "port");
        assert_eq!(refused("security", "ssl"), "security");
        assert_eq!(refused("username", "ann"), "password");
        assert_eq!(refused("password", "hunter2"), "username");
        assert_eq!(refused("username", "ann\r\nQUIT"), "username");
        assert_eq!(refused("ca_certificate", "mine"), "ca_certificate");
        assert_eq!(refused("from_name", "a\nb"), "from_name");
        let fields = [
            ("host", "smtp.example.com"),
            ("username", "ann"),
            ("password", "a\0b"),
        ];
        assert_eq!(read(&fields).unwrap_err().field, "password");
    }
}
