//! The calls of Twilio's core API that are made here.

use crate::credentials::{Identity, TwilioCredentials};
use reqwest::{Method, RequestBuilder};
use tidings_provider_http::Api;

const VERSION: &str = "2010-04-01";

/// Creates a message.
pub(crate) fn create_message(
    api: &Api,
    credentials: &TwilioCredentials,
    form: &[(&'static str, String)],
) -> RequestBuilder {
    let request = messages(api, Method::POST, credentials, "Messages.json");
    credentials.login().show(request.form(form))
}

/// Reads one message.
pub(crate) fn message(api: &Api, credentials: &TwilioCredentials, sid: &str) -> RequestBuilder {
    let account = &credentials.identity.account_sid;
    let file = format!("{sid}.json");
    let path = [VERSION, "Accounts", account, "Messages", &file];
    credentials.login().show(api.request(Method::GET, path))
}

/// Reads one page of messages, by fields of ours or those of the next page.
pub(crate) fn message_list(
    api: &Api,
    credentials: &TwilioCredentials,
    fields: &[(String, String)],
) -> RequestBuilder {
    let request = messages(api, Method::GET, credentials, "Messages.json");
    credentials.login().show(request.query(fields))
}

/// Reads the account itself, with its token: ordinary API keys may not.
pub(crate) fn account(api: &Api, identity: &Identity) -> RequestBuilder {
    let file = format!("{}.json", identity.account_sid);
    let path = [VERSION, "Accounts", &file];
    identity.login().show(api.request(Method::GET, path))
}

fn messages(
    api: &Api,
    method: Method,
    credentials: &TwilioCredentials,
    resource: &str,
) -> RequestBuilder {
    let account = &credentials.identity.account_sid;
    api.request(method, [VERSION, "Accounts", account, resource])
}
