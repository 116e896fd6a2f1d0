use crate::descriptor::{API_KEY, SUBACCOUNT_ID, USER_ID, USERNAME};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, optional, required};

/// The key that opens the account.
struct ApiKey(SecretString);

/// The user and the key of every call.
pub(crate) struct Login {
    username: String,
    api_key: ApiKey,
}

/// The numbers by which callbacks name the account, as far as they were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Identity {
    pub(crate) user_id: Option<String>,
    pub(crate) subaccount_id: Option<String>,
}

impl Login {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let username = required(
            credentials,
            &USERNAME,
            // A colon ends the user's name in HTTP Basic.
            |text| !text.contains(':'),
            "is not a username: copy it from the API credentials of the dashboard",
        )?;
        let api_key = required(
            credentials,
            &API_KEY,
            |text| text.bytes().all(|byte| byte.is_ascii_graphic()),
            "is not an API key: copy it from the API credentials of the dashboard",
        )?;
        Ok(Self {
            username: username.expose_secret().to_owned(),
            api_key: ApiKey(api_key.clone()),
        })
    }

    /// The request with user and key.
    pub(crate) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.username, Some(self.api_key.0.expose_secret()))
    }
}

impl Identity {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        Ok(Self {
            user_id: id(credentials, &USER_ID)?,
            subaccount_id: id(credentials, &SUBACCOUNT_ID)?,
        })
    }
}

fn id(
    credentials: &Credentials,
    field: &CredentialField,
) -> Result<Option<String>, CredentialProblem> {
    let id = optional(
        credentials,
        field,
        |text| text.bytes().all(|byte| byte.is_ascii_digit()),
        "is not a number: copy it from the answer of the connection test, or leave it out",
    )?;
    Ok(id.map(|id| id.expose_secret().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(fields: &[(&str, &str)]) -> Credentials {
        Credentials::new(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        )
    }

    fn refused(fields: &[(&str, &str)]) -> Option<&'static str> {
        let credentials = credentials(fields);
        let login = Login::read(&credentials).err();
        let problem = login.or_else(|| Identity::read(&credentials).err())?;
        assert!(!problem.to_string().contains("hunter"), "{problem}");
        Some(problem.field)
    }

    #[test]
    fn user_and_key_are_enough() {
        let fields = [("username", "acme-sms"), ("api_key", "5F1E2D3C-AAAA")];
        assert_eq!(refused(&fields), None);
        let identity = Identity::read(&credentials(&fields)).unwrap();
        assert_eq!(identity, Identity::default());
    }

    #[test]
    fn what_is_missing_or_misshapen_is_named_and_not_told() {
        let user = ("username", "acme-sms");
        let key = ("api_key", "5F1E2D3C-AAAA");
        for (fields, field) in [
            (vec![key], "username"),
            (vec![user], "api_key"),
            (vec![("username", "hunter:2"), key], "username"),
            (vec![("username", " hunter"), key], "username"),
            (vec![user, ("api_key", "hunter 2")], "api_key"),
            (vec![user, ("api_key", "hunter\n")], "api_key"),
            (vec![user, key, ("user_id", "hunter")], "user_id"),
            (vec![user, key, ("subaccount_id", "1,2")], "subaccount_id"),
        ] {
            assert_eq!(refused(&fields), Some(field), "{field}");
        }
    }
}
