use crate::{
    descriptor::{API_KEY, API_SECRET, APPLICATION_ID, PRIVATE_KEY, REPORTS, SIGNATURE_SECRET},
    token::{NotSigned, PrivateKey},
};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use tidings_messaging::Credentials;
use tidings_provider_http::{CredentialProblem, optional, required};
use time::OffsetDateTime;

/// Everything that calls need, with shapes checked.
pub(crate) struct VonageCredentials {
    pub(crate) api_key: String,
    api_secret: SecretString,
    /// For numbers that are linked to an application, and for WhatsApp.
    pub(crate) application: Option<Application>,
    /// Whether questions may be asked that cost money.
    pub(crate) uses_reports: bool,
}

/// An application and its key.
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) key: PrivateKey,
}

/// What callbacks are checked with.
pub(crate) struct Signing {
    pub(crate) api_key: String,
    pub(crate) secret: SecretString,
}

impl VonageCredentials {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let Signing { api_key, secret: _ } = Signing::read(credentials)?;
        let shape = "is not as the dashboard shows it: copy it again";
        let api_secret = required(credentials, &API_SECRET, |_| true, shape)?.clone();
        let is_yes = |text: &str| text == "yes";
        let reports = optional(credentials, &REPORTS, is_yes, "is yes, or nothing at all")?;
        Ok(Self {
            api_key,
            api_secret,
            application: application(credentials)?,
            uses_reports: reports.is_some(),
        })
    }

    /// Shows who sends: the application if there is one, else the account.
    ///
    /// # Errors
    /// [`NotSigned`]: the application could not be shown.
    pub(crate) fn show_sender(
        &self,
        request: RequestBuilder,
        id: &str,
        now: OffsetDateTime,
    ) -> Result<RequestBuilder, NotSigned> {
        match &self.application {
            Some(Application {
                id: application,
                key,
            }) => Ok(request.bearer_auth(key.token(application, id, now)?)),
            None => Ok(self.show_account(request)),
        }
    }

    /// Shows whose account it is.
    pub(crate) fn show_account(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.api_key, Some(self.api_secret.expose_secret()))
    }
}

impl Signing {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let shape = "is not eight letters and digits: copy it from the dashboard";
        let api_key = required(credentials, &API_KEY, is_api_key, shape)?;
        let shape = "is not as the dashboard shows it: copy it again";
        let secret = required(credentials, &SIGNATURE_SECRET, |_| true, shape)?;
        Ok(Self {
            api_key: api_key.expose_secret().to_owned(),
            secret: secret.clone(),
        })
    }
}

fn application(credentials: &Credentials) -> Result<Option<Application>, CredentialProblem> {
    let shape = "is not an id of 36 characters: copy it from the application's page";
    let id = optional(credentials, &APPLICATION_ID, is_uuid, shape)?;
    // Not read like the others: this one has lines.
    let key = credentials.get(PRIVATE_KEY.name);
    let missing = |field: &'static str| CredentialProblem {
        field,
        problem: "is missing: give both the application's ID and its private key, or neither",
    };
    match (id, key) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing(APPLICATION_ID.name)),
        (Some(_), None) => Err(missing(PRIVATE_KEY.name)),
        (Some(id), Some(key)) => {
            let key = PrivateKey::from_pem(key.expose_secret()).ok_or(CredentialProblem {
                field: PRIVATE_KEY.name,
                problem: "is not a private key of RSA in PEM, of 2048 bits or more: give the whole \
                          file that the dashboard made with the application's key pair",
            })?;
            let id = id.expose_secret().to_owned();
            Ok(Some(Application { id, key }))
        }
    }
}

fn is_api_key(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let is_plain = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = include_str!("../tests/keys/application.pem");
    const APPLICATION: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
    const ACCOUNT: [(&str, &str); 3] = [
        ("api_key", "abcd1234"),
        ("api_secret", "secret"),
        ("signature_secret", "other secret"),
    ];

    fn read(more: &[(&str, &str)]) -> Result<VonageCredentials, CredentialProblem> {
        let fields = ACCOUNT.iter().chain(more);
        VonageCredentials::read(&Credentials::new(
            fields.map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ))
    }

    fn refused_field(more: &[(&str, &str)]) -> &'static str {
        match read(more) {
            Ok(_) => panic!("nothing is refused"),
            Err(problem) => problem.field,
        }
    }

    #[test]
    fn an_application_is_there_or_not_and_never_in_half() {
        assert!(read(&[]).unwrap().application.is_none());
        let both = read(&[("application_id", APPLICATION), ("private_key", KEY)]).unwrap();
        assert_eq!(both.application.unwrap().id, APPLICATION);
        assert_eq!(refused_field(&[("private_key", KEY)]), "application_id");
        assert_eq!(
            refused_field(&[("application_id", APPLICATION)]),
            "private_key"
        );
    }

    #[test]
    fn misshapen_credentials_are_named() {
        for wrong in ["abcd123", "abcd12345", "abcd-234", "abcd 234"] {
            assert_eq!(refused_field(&[("api_key", wrong)]), "api_key", "{wrong}");
        }
        assert_eq!(refused_field(&[("api_key", "")]), "api_key");
        assert_eq!(refused_field(&[("api_secret", "")]), "api_secret");
        assert_eq!(refused_field(&[("api_secret", "a\nb")]), "api_secret");
        assert_eq!(
            refused_field(&[("signature_secret", "")]),
            "signature_secret"
        );
        for wrong in [
            "mine",
            &APPLICATION.replace('c', "g"),
            &APPLICATION.replace('-', ""),
        ] {
            assert_eq!(
                refused_field(&[("application_id", wrong)]),
                "application_id",
                "{wrong}"
            );
        }
        let id = ("application_id", APPLICATION);
        assert_eq!(
            refused_field(&[id, ("private_key", "private.key")]),
            "private_key"
        );
        assert_eq!(refused_field(&[("reports", "no")]), "reports");
    }

    #[test]
    fn questions_that_cost_money_want_a_yes() {
        assert!(!read(&[]).unwrap().uses_reports);
        assert!(!read(&[("reports", "")]).unwrap().uses_reports);
        assert!(read(&[("reports", "yes")]).unwrap().uses_reports);
    }

    #[test]
    fn a_problem_never_shows_the_credential() {
        let Err(problem) = read(&[("api_key", "my-password")]) else {
            panic!("nothing is refused");
        };
        assert!(!problem.to_string().contains("my-password"));
    }
}
