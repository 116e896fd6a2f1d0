use crate::descriptor::{
    ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID,
};
use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::Credentials;

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
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

/// Everything that calls need, with shapes checked.
#[derive(Debug, Clone)]
pub(crate) struct TwilioCredentials {
    pub(crate) identity: Identity,
    /// An API key, which is used instead of the token: it can be revoked alone.
    pub(crate) api_key: Option<Login>,
    pub(crate) messaging_service: Option<String>,
}

/// A credential is missing or has the wrong shape. Never holds the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("credential {field}: {problem}")]
pub(crate) struct CredentialError {
    pub(crate) field: &'static str,
    pub(crate) problem: &'static str,
}

impl Identity {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialError> {
        let problem = "is missing or not AC and 32 hexadecimal digits: copy it from the console";
        let account_sid = text(credentials, ACCOUNT_SID)
            .filter(|sid| is_sid(sid, "AC"))
            .ok_or(CredentialError {
                field: ACCOUNT_SID,
                problem,
            })?;
        let problem = "is missing: copy the primary token from the console";
        let auth_token =
            credentials
                .get(AUTH_TOKEN)
                .cloned()
                .map(AuthToken)
                .ok_or(CredentialError {
                    field: AUTH_TOKEN,
                    problem,
                })?;
        Ok(Self {
            account_sid,
            auth_token,
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
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialError> {
        Ok(Self {
            identity: Identity::read(credentials)?,
            api_key: api_key(credentials)?,
            messaging_service: messaging_service(credentials)?,
        })
    }

    /// The login for messages.
    pub(crate) fn login(&self) -> Login {
        self.api_key
            .clone()
            .unwrap_or_else(|| self.identity.login())
    }
}

fn api_key(credentials: &Credentials) -> Result<Option<Login>, CredentialError> {
    let wrong = |field, problem| CredentialError { field, problem };
    match (
        text(credentials, API_KEY_SID),
        credentials.get(API_KEY_SECRET),
    ) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(wrong(
            API_KEY_SID,
            "is missing: give both parts of the key or none",
        )),
        (Some(_), None) => Err(wrong(
            API_KEY_SECRET,
            "is missing: give both parts of the key or none",
        )),
        (Some(user), Some(secret)) if is_sid(&user, "SK") => Ok(Some(Login {
            user,
            password: secret.clone(),
        })),
        (Some(_), Some(_)) => Err(wrong(API_KEY_SID, "is not SK and 32 hexadecimal digits")),
    }
}

fn messaging_service(credentials: &Credentials) -> Result<Option<String>, CredentialError> {
    let problem = "is not MG and 32 hexadecimal digits";
    match text(credentials, MESSAGING_SERVICE_SID) {
        Some(sid) if !is_sid(&sid, "MG") => Err(CredentialError {
            field: MESSAGING_SERVICE_SID,
            problem,
        }),
        service => Ok(service),
    }
}

fn text(credentials: &Credentials, name: &str) -> Option<String> {
    credentials
        .get(name)
        .map(|secret| secret.expose_secret().to_owned())
}

/// Whether this is Twilio's identifier of the kind that `prefix` names.
fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AC00000000000000000000000000000001";

    fn read(fields: &[(&str, &str)]) -> Result<TwilioCredentials, CredentialError> {
        TwilioCredentials::read(&Credentials::new(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ))
    }

    fn refused_field(fields: &[(&str, &str)]) -> &'static str {
        let mut all = vec![(ACCOUNT_SID, SID), (AUTH_TOKEN, "token")];
        all.extend_from_slice(fields);
        read(&all).unwrap_err().field
    }

    #[test]
    fn the_account_and_its_token_are_enough() {
        let credentials = read(&[(ACCOUNT_SID, SID), (AUTH_TOKEN, "token")]).unwrap();
        assert_eq!(credentials.login().user, SID);
        assert_eq!(credentials.login().password.expose_secret(), "token");
        assert_eq!(credentials.messaging_service, None);
    }

    #[test]
    fn an_api_key_is_used_instead_of_the_token() {
        let key = "SK00000000000000000000000000000002";
        let credentials = read(&[
            (ACCOUNT_SID, SID),
            (AUTH_TOKEN, "token"),
            (API_KEY_SID, key),
            (API_KEY_SECRET, "secret"),
        ])
        .unwrap();
        assert_eq!(credentials.login().user, key);
        assert_eq!(credentials.login().password.expose_secret(), "secret");
        assert_eq!(credentials.identity.login().user, SID);
    }

    #[test]
    fn what_is_missing_or_misshapen_is_named() {
        assert_eq!(
            read(&[(AUTH_TOKEN, "token")]).unwrap_err().field,
            ACCOUNT_SID
        );
        assert_eq!(read(&[(ACCOUNT_SID, SID)]).unwrap_err().field, AUTH_TOKEN);
        assert_eq!(refused_field(&[(ACCOUNT_SID, "AC1")]), ACCOUNT_SID);
        assert_eq!(
            refused_field(&[(ACCOUNT_SID, &SID.replace('1', "g"))]),
            ACCOUNT_SID
        );
        assert_eq!(refused_field(&[(AUTH_TOKEN, "")]), AUTH_TOKEN);
        assert_eq!(refused_field(&[(API_KEY_SID, "SK1")]), API_KEY_SECRET);
        assert_eq!(refused_field(&[(API_KEY_SECRET, "secret")]), API_KEY_SID);
        assert_eq!(
            refused_field(&[(API_KEY_SID, "SK1"), (API_KEY_SECRET, "secret")]),
            API_KEY_SID
        );
        assert_eq!(
            refused_field(&[(MESSAGING_SERVICE_SID, "mine")]),
            MESSAGING_SERVICE_SID
        );
    }

    #[test]
    fn a_problem_never_shows_the_credential() {
        let error = read(&[(ACCOUNT_SID, "my-password"), (AUTH_TOKEN, "token")]).unwrap_err();
        assert!(!error.to_string().contains("my-password"));
    }
}
