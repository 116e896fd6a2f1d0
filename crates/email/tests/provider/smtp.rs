mod accepted;
mod authority;
mod connect;
mod encryption;
mod fake;
mod faults;
mod pool;
mod refusals;
mod secrets;
mod sink;
mod unsubscribing;

use crate::support::{access, clock};
use fake::Fake;
use std::time::Duration;
use tidings_email::smtp::{Reach, Smtp, SmtpSettings};
use tidings_messaging::Access;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// An adapter that may speak to this machine, and waits longer than a busy machine needs.
pub(crate) fn smtp() -> Smtp {
    with_reach(Reach::Machine)
}

/// The same for servers that never answer.
pub(crate) fn hasty() -> Smtp {
    smtp().with_timeout(Duration::from_secs(2))
}

pub(crate) fn with_reach(reach: Reach) -> Smtp {
    let settings = SmtpSettings {
        hello: "mail.platform.example".into(),
        reach,
    };
    Smtp::new(&settings, clock())
        .unwrap()
        .with_timeout(Duration::from_secs(20))
}

/// An account at a fake, in the clear unless `more` says otherwise.
pub(crate) fn account_with(fake: &Fake, more: &[(&str, &str)]) -> Access {
    let port = fake.port.to_string();
    let mut fields = vec![
        ("host", "127.0.0.1"),
        ("port", port.as_str()),
        ("security", "none"),
        ("username", "acme"),
        ("password", PASSWORD),
    ];
    for (name, value) in more {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    access("smtp", &fields)
}

pub(crate) fn account(fake: &Fake) -> Access {
    account_with(fake, &[])
}
