use crate::descriptor::{
    ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID,
};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::Credentials;
use tidings_provider_http::{CredentialProblem, optional, required};

/// The token that opens the account and signs its callbacks.
#[derive(Debug, Clone)]
pub(crate) struct AuthToken(SecretString);

impl AuthToken {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
impl From<&str> for AuthToken {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// The account and its token: all that callbacks need.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) account_sid: String,
    pub(crate) auth_token: AuthToken,
}

/// The user and the password of a call.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    user: String,
    password: SecretString,
}

/// Everything that calls need, with shapes checked.
#[derive(Debug, Clone)]
pub(crate) struct TwilioCredentials {
    pub(crate) identity: Identity,
    /// An API key, which is used instead of the token: it can be revoked alone.
    pub(crate) api_key: Option<Login>,
    pub(crate) messaging_service: Option<String>,
}

impl Login {
    /// Shows who calls.
    pub(crate) fn show(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.password.expose_secret()))
    }
}

impl Identity {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let shape = "is not AC and 32 hexadecimal digits: copy it from the console";
        let is_account = |text: &str| is_sid(text, "AC");
        let account_sid = required(credentials, &ACCOUNT_SID, is_account, shape)?;
        let shape = "is not as the console shows it: copy the primary token again";
        let auth_token = required(credentials, &AUTH_TOKEN, |_| true, shape)?;
        Ok(Self {
            account_sid: account_sid.expose_secret().to_owned(),
            auth_token: AuthToken(auth_token.clone()),
        })
    }

    /// The login that may read the account itself; API keys often may not.
    pub(crate) fn login(&self) -> Login {
        Login {
            user: self.account_sid.clone(),
            password: self.auth_token.0.clone(),
        }
    }
}

impl TwilioCredentials {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let identity = Identity::read(credentials)?;
        let shape = "is not MG and 32 hexadecimal digits";
        let service = optional(
            credentials,
            &MESSAGING_SERVICE_SID,
            is_messaging_service,
            shape,
        )?;
        Ok(Self {
            identity,
            api_key: api_key(credentials)?,
            messaging_service: service.map(|sid| sid.expose_secret().to_owned()),
        })
    }

    /// The login for messages.
    pub(crate) fn login(&self) -> Login {
        self.api_key
            .clone()
            .unwrap_or_else(|| self.identity.login())
    }
}

fn api_key(credentials: &Credentials) -> Result<Option<Login>, CredentialProblem> {
    let shape = "is not SK and 32 hexadecimal digits";
    let is_key = |text: &str| is_sid(text, "SK");
    let user = optional(credentials, &API_KEY_SID, is_key, shape)?;
    let shape = "is not as it was shown when the key was made: copy it again";
    let password = optional(credentials, &API_KEY_SECRET, |_| true, shape)?;
    let missing = |field| CredentialProblem {
        field,
        problem: "is missing: give both parts of the key or none",
    };
    match (user, password) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing(API_KEY_SID.name)),
        (Some(_), None) => Err(missing(API_KEY_SECRET.name)),
        (Some(user), Some(password)) => Ok(Some(Login {
            user: user.expose_secret().to_owned(),
            password: password.clone(),
        })),
    }
}

/// Whether this names a Messaging Service.
pub(crate) fn is_messaging_service(text: &str) -> bool {
    is_sid(text, "MG")
}

/// Whether this is Twilio's identifier of the kind that `prefix` names.
pub(crate) fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AC00000000000000000000000000000001";
    const KEY: &str = "SK00000000000000000000000000000002";

    fn read(fields: &[(&str, &str)]) -> Result<TwilioCredentials, CredentialProblem> {
        TwilioCredentials::read(&Credentials::new(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ))
    }

    fn refused_field(fields: &[(&str, &str)]) -> &'static str {
        let mut all = vec![("account_sid", SID), ("auth_token", "token")];
        all.extend_from_slice(fields);
        read(&all).unwrap_err().field
    }

    #[test]
    fn the_account_and_its_token_are_enough() {
        let credentials = read(&[("account_sid", SID), ("auth_token", "token")]).unwrap();
        assert_eq!(credentials.login().user, SID);
        assert_eq!(credentials.login().password.expose_secret(), "token");
        assert_eq!(credentials.messaging_service, None);
    }

    #[test]
    fn an_api_key_is_used_instead_of_the_token() {
        let credentials = read(&[
            ("account_sid", SID),
            ("auth_token", "token"),
            ("api_key_sid", KEY),
            ("api_key_secret", "secret"),
        ])
        .unwrap();
        assert_eq!(credentials.login().user, KEY);
        assert_eq!(credentials.login().password.expose_secret(), "secret");
        assert_eq!(credentials.identity.login().user, SID);
    }

    #[test]
    fn what_is_missing_or_misshapen_is_named() {
        assert_eq!(
            read(&[("auth_token", "token")]).unwrap_err().field,
            "account_sid"
        );
        assert_eq!(
            read(&[("account_sid", SID)]).unwrap_err().field,
            "auth_token"
        );
        for (field, wrong) in [
            ("account_sid", "AC1"),
            ("account_sid", "AC0000000000000000000000000000000g"),
            ("auth_token", ""),
            ("auth_token", "token\n"),
            ("api_key_sid", "SK1"),
            ("messaging_service_sid", "mine"),
        ] {
            assert_eq!(refused_field(&[(field, wrong)]), field, "{wrong:?}");
        }
        assert_eq!(refused_field(&[("api_key_sid", KEY)]), "api_key_secret");
        assert_eq!(
            refused_field(&[("api_key_secret", "secret")]),
            "api_key_sid"
        );
    }

    #[test]
    fn a_problem_never_shows_the_credential() {
        let error = read(&[("account_sid", "my-password"), ("auth_token", "token")]).unwrap_err();
        assert!(!error.to_string().contains("my-password"));
    }
}
