//! Nothing is told to a server that is not the right one, and nothing in the clear.

use super::{
    account_with,
    authority::Authority,
    fake::{Act, Crypto, Fake, Script, say},
    hasty, smtp, with_reach,
};
use crate::support::{mail, rejected};
use tidings_email::smtp::{Reach, Smtp};
use tidings_messaging::{Outcome, Provider as _};
use tidings_routing::{Class, ProviderError};

const HERE: &str = "127.0.0.1";

fn server(crypto: Crypto) -> Fake {
    Fake::new(Script {
        crypto,
        ..Script::default()
    })
}

async fn send(fake: &Fake, security: &str, authority: &str) -> Outcome {
    send_by(&smtp(), fake, security, authority).await
}

async fn send_by(smtp: &Smtp, fake: &Fake, security: &str, authority: &str) -> Outcome {
    let access = account_with(
        fake,
        &[("security", security), ("ca_certificate", authority)],
    );
    smtp.send(&access, &mail()).await
}

async fn refused(fake: &Fake, security: &str, authority: &str) -> ProviderError {
    let error = rejected(send_by(&hasty(), fake, security, authority).await);
    let seen = fake.seen();
    assert!(seen.messages.is_empty());
    let told = seen.commands.iter();
    let told: Vec<_> = told
        .filter(|command| !command.starts_with("EHLO") && *command != "STARTTLS")
        .collect();
    assert!(told.is_empty(), "told without trust: {told:?}");
    error
}

#[tokio::test]
async fn both_ways_of_encryption_carry_mail() {
    let authority = Authority::new();
    let config = authority.server(HERE);
    for (crypto, security, verbs) in [
        (
            Crypto::Tls(config.clone()),
            "tls",
            &["EHLO", "AUTH", "MAIL", "RCPT", "DATA"][..],
        ),
        (
            Crypto::StartTls(config),
            "starttls",
            &["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"],
        ),
    ] {
        let fake = server(crypto);
        let outcome = send(&fake, security, &authority.pem()).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        assert_eq!(fake.verbs(), verbs);
        assert_eq!(fake.seen().messages.len(), 1);
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let config = unknown.server(HERE);
    for (crypto, security) in [
        (Crypto::Tls(config.clone()), "tls"),
        (Crypto::StartTls(config), "starttls"),
    ] {
        // Neither by the system nor by an account that names another authority.
        for authority in [String::new(), known.pem()] {
            let fake = server(crypto.clone());
            let error = refused(&fake, security, &authority).await;
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Account, "tls_certificate"),
                "{security}"
            );
        }
    }
}

#[tokio::test]
async fn the_certificate_of_another_server_is_not_trusted() {
    let authority = Authority::new();
    let config = authority.server("mail.example.org");
    for (crypto, security) in [
        (Crypto::Tls(config.clone()), "tls"),
        (Crypto::StartTls(config), "starttls"),
    ] {
        let fake = server(crypto);
        let error = refused(&fake, security, &authority.pem()).await;
        assert_eq!(error.provider_code, "tls_certificate", "{security}");
    }
}

#[tokio::test]
async fn a_server_without_encryption_gets_nothing() {
    let authority = Authority::new();
    let fake = Fake::willing();
    let error = refused(&fake, "starttls", &authority.pem()).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "no_starttls")
    );
    let fake = Fake::willing();
    let error = refused(&fake, "tls", &authority.pem()).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "no_tls")
    );
}

#[tokio::test]
async fn a_server_that_encrypts_from_the_start_does_not_greet() {
    let authority = Authority::new();
    let fake = server(Crypto::Tls(authority.server(HERE)));
    let error = refused(&fake, "starttls", &authority.pem()).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "timeout")
    );
}

#[tokio::test]
async fn a_server_that_will_not_encrypt_now_is_asked_later() {
    let authority = Authority::new();
    for (reply, class, code) in [
        (
            say("454 4.7.0 TLS not available"),
            Class::Transient,
            "4.7.0",
        ),
        (say("502 5.5.1 no"), Class::Account, "5.5.1"),
        (Act::Close, Class::Transient, "broken_off"),
        (Act::Hang, Class::Transient, "timeout"),
    ] {
        let fake = Fake::new(Script {
            crypto: Crypto::StartTls(authority.server(HERE)),
            start_tls: reply,
            ..Script::default()
        });
        let error = refused(&fake, "starttls", &authority.pem()).await;
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
    }
}

/// Whoever sits between could put replies behind that to STARTTLS, to be read as if they came encrypted.
#[tokio::test]
async fn replies_from_before_encryption_are_forgotten() {
    let authority = Authority::new();
    let smuggled =
        "220 go ahead\r\n250-fake.example\r\n250 AUTH XOAUTH2\r\n235 welcome\r\n250 ok\r\n250 ok";
    let fake = Fake::new(Script {
        crypto: Crypto::StartTls(authority.server(HERE)),
        start_tls: say(smuggled),
        end: say("550 5.1.1 the true answer"),
        ..Script::default()
    });
    let error = rejected(send(&fake, "starttls", &authority.pem()).await);
    assert_ne!(error.provider_code, "no_login");
    assert!(
        matches!(error.provider_code.as_str(), "5.1.1" | "no_tls"),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_platform_s_own_network_is_out_of_reach() {
    let fake = Fake::willing();
    for (reach, more, code) in [
        (Reach::Internet, &[][..], "port_not_allowed"),
        (
            Reach::Internet,
            &[("port", "587"), ("security", "starttls")],
            "host_not_allowed",
        ),
        (
            Reach::Internet,
            &[("host", "localhost"), ("port", "587")],
            "host_not_allowed",
        ),
        (
            Reach::Networks,
            &[("security", "starttls")],
            "host_not_allowed",
        ),
        (Reach::Networks, &[("host", "[::1]")], "host_not_allowed"),
        (
            Reach::Networks,
            &[("host", "169.254.169.254")],
            "host_not_allowed",
        ),
        (Reach::Networks, &[("host", "10.0.0.1")], "host_not_allowed"),
        (Reach::Machine, &[("host", "10.0.0.1")], "host_not_allowed"),
    ] {
        let access = account_with(&fake, more);
        let error = rejected(with_reach(reach).send(&access, &mail()).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, code),
            "{reach:?} {more:?}"
        );
    }
    assert_eq!(fake.seen().connections, 0);
}
