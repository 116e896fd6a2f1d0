use reqwest::{
    RequestBuilder,
    header::{AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

/// The request with the access key, as MessageBird and Bird's workspaces want it.
pub(crate) fn authorized(request: RequestBuilder, key: &SecretString) -> RequestBuilder {
    match HeaderValue::try_from(format!("AccessKey {}", key.expose_secret())) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(AUTHORIZATION, value)
        }
        // The shape of the key was checked, so it fits into a header; without it the call is refused.
        Err(_) => request,
    }
}
