use crate::{
    credentials::{Application, VonageCredentials},
    errors::VONAGE,
    node::Node,
    provider::Hosts,
    send,
};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidings_messaging::{Access, AccountInfo, ConnectError};
use tidings_provider_http::Answer;
use tidings_routing::{Class, ProviderError};

/// The answer to the question for the balance, in euros.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Balance {
    value: f64,
    #[serde(default)]
    auto_reload: bool,
}

/// Reads the balance with the account's secret and, where there is one, the application: whether the
/// private key is its own, and where it sends callbacks. Neither costs anything.
pub(crate) async fn connect(hosts: &Hosts, access: &Access) -> Result<AccountInfo, ConnectError> {
    let credentials = VonageCredentials::read(&access.credentials)?;
    let request = hosts.rest.request(Method::GET, ["account", "get-balance"]);
    let answer = hosts.rest.call(credentials.show_account(request)).await?;
    let balance: Balance = read(&answer)?;
    let mut notes = Vec::new();
    if balance.value <= 0.0 && !balance.auto_reload {
        notes.push(
            "The account has no credit and no automatic top-up: Vonage refuses messages until it \
             is topped up."
                .to_owned(),
        );
    }
    if !send::is_web_address(&access.callback_url) {
        notes.push(
            "Vonage can call no address of this installation, because its public address is no web \
             address: receipts and replies do not arrive."
                .to_owned(),
        );
    }
    let Some(application) = &credentials.application else {
        notes.push(
            "No application is given: messages go out with the API secret, and numbers that are \
             linked to an application are refused."
                .to_owned(),
        );
        return Ok(AccountInfo {
            name: None,
            state: None,
            notes,
        });
    };
    let path = ["v2", "applications", &application.id];
    let request = hosts.api.request(Method::GET, path);
    let answer = hosts.api.call(credentials.show_account(request)).await?;
    let found: Value = read(&answer)?;
    let found = Node(&found);
    check_key(application, found)?;
    notes.extend(callback_notes(found, &access.callback_url));
    Ok(AccountInfo {
        name: found.text("name").map(str::to_owned),
        state: None,
        notes,
    })
}

/// Refuses a key that the application does not know: it would sign tokens that Vonage refuses, one for each
/// message.
fn check_key(application: &Application, found: Node<'_>) -> Result<(), ConnectError> {
    let public = found.text("keys/public_key");
    match public.and_then(|public| application.key.belongs_to(public)) {
        Some(true) | None => Ok(()),
        Some(false) => Err(ConnectError::Refused(ProviderError {
            advice:
                "give the private key of the application's present key pair, or make a new pair \
                     in the dashboard"
                    .to_owned(),
            ..ProviderError::new(
                Class::Account,
                "wrong_private_key",
                "the private key is not the one of this application",
            )
        })),
    }
}

fn callback_notes(found: Node<'_>, callback_url: &str) -> Option<String> {
    let Some(messages) = found.at("capabilities/messages") else {
        return Some(
            "The application lacks the capability Messages: switch it on in the dashboard, or \
             Vonage refuses its messages."
                .to_owned(),
        );
    };
    let inbound = messages.text("webhooks/inbound_url/address");
    (inbound != Some(callback_url)).then(|| {
        "The application sends what contacts write elsewhere: set its inbound URL to the callback \
         address of this account, or replies and STOP do not arrive."
            .to_owned()
    })
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ConnectError> {
    if answer.status >= 400 {
        return Err(VONAGE.refused(answer));
    }
    let body = if answer.is_success() {
        answer.read()
    } else {
        None
    };
    body.ok_or_else(|| VONAGE.unreadable(answer))
}
