use crate::descriptor::{ACCESS_TOKEN, APP_SECRET, PHONE_NUMBER_ID, VERIFY_TOKEN, WABA_ID};
use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, required};

/// What every call to the Graph API needs, borrowed from the account's credentials.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) access_token: &'a SecretString,
    pub(crate) app_secret: &'a SecretString,
    pub(crate) phone_number_id: &'a str,
    pub(crate) waba_id: &'a str,
}

impl<'a> Caller<'a> {
    /// Checks all credentials, those for callbacks too: an account works as a whole or not at all.
    pub(crate) fn of(credentials: &'a Credentials) -> Result<Self, CredentialProblem> {
        let shape = "holds a letter that no token has: copy it again";
        // It goes into a header, where anything but visible ASCII could not be sent.
        let is_token = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let caller = Self {
            access_token: required(credentials, &ACCESS_TOKEN, is_token, shape)?,
            app_secret: app_secret(credentials)?,
            phone_number_id: phone_number_id(credentials)?,
            waba_id: waba_id(credentials)?,
        };
        verify_token(credentials)?;
        Ok(caller)
    }
}

pub(crate) fn app_secret(credentials: &Credentials) -> Result<&SecretString, CredentialProblem> {
    let shape = "is not as the app's dashboard shows it: copy it again";
    required(credentials, &APP_SECRET, |_| true, shape)
}

pub(crate) fn verify_token(credentials: &Credentials) -> Result<&SecretString, CredentialProblem> {
    let shape = "begins or ends with a blank, or holds a line break: choose another phrase";
    required(credentials, &VERIFY_TOKEN, |_| true, shape)
}

pub(crate) fn phone_number_id(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    id(credentials, &PHONE_NUMBER_ID)
}

pub(crate) fn waba_id(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    id(credentials, &WABA_ID)
}

fn id<'a>(
    credentials: &'a Credentials,
    field: &CredentialField,
) -> Result<&'a str, CredentialProblem> {
    let shape = "is not an id of digits alone: copy it from the API setup page of the app";
    required(credentials, field, is_id, shape).map(ExposeSecret::expose_secret)
}

/// Whether this is an id of the Graph API: what else could stand in a path is never asked for.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DESCRIPTOR;

    const GOOD: [(&str, &str); 5] = [
        ("access_token", "EAATESTTOKEN"),
        ("app_secret", "test_app_secret_0123456789abcdef"),
        ("verify_token", "our token"),
        ("phone_number_id", "111222333444555"),
        ("waba_id", "100200300400500"),
    ];

    fn with(field: &str, value: &str) -> Credentials {
        Credentials::new(GOOD.map(|(name, good)| {
            let value = if name == field { value } else { good };
            (name.to_owned(), SecretString::from(value))
        }))
    }

    fn problem(credentials: &Credentials) -> CredentialProblem {
        match Caller::of(credentials) {
            Ok(_) => panic!("nothing is refused"),
            Err(problem) => problem,
        }
    }

    #[test]
    fn every_field_is_asked_for_and_required() {
        let names: Vec<&str> = (DESCRIPTOR.credentials.iter())
            .map(|field| field.name)
            .collect();
        assert_eq!(names, GOOD.map(|(name, _)| name));
        assert!(Caller::of(&with("", "")).is_ok());
        for (field, _) in GOOD {
            for blank in ["", "  "] {
                let problem = problem(&with(field, blank));
                assert_eq!(problem.field, field);
            }
        }
    }

    #[test]
    fn a_wrong_shape_is_told_without_the_value() {
        let cases = [
            ("access_token", "EAA\nB"),
            ("access_token", "EAÄ"),
            ("verify_token", "our token "),
            ("phone_number_id", "+15550001111"),
            ("phone_number_id", "../me"),
            ("waba_id", "abc"),
            ("waba_id", "123456789012345678901234567890123"),
        ];
        for (field, value) in cases {
            let problem = problem(&with(field, value));
            assert_eq!(problem.field, field);
            assert!(!problem.to_string().contains(value), "{problem}");
        }
    }
}
