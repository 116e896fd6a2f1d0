use secrecy::ExposeSecret;
use tidings_messaging::{ConnectError, CredentialField, Credentials};

/// The credentials of one account, in the order of a form.
pub(crate) const FIELDS: &[CredentialField] = &[
    CredentialField {
        name: ACCESS_TOKEN,
        label: "Access token",
        hint: "Business settings, System users: a token of the app below that does not expire, with the permissions whatsapp_business_messaging and whatsapp_business_management",
        is_required: true,
        is_secret: true,
    },
    CredentialField {
        name: APP_SECRET,
        label: "App secret",
        hint: "App dashboard, App settings, Basic: 32 letters and digits",
        is_required: true,
        is_secret: true,
    },
    CredentialField {
        name: VERIFY_TOKEN,
        label: "Verify token",
        hint: "A phrase of your choice; give the same one when you enter the callback address at Meta",
        is_required: true,
        is_secret: true,
    },
    CredentialField {
        name: PHONE_NUMBER_ID,
        label: "Phone number ID",
        hint: "WhatsApp, API setup: digits, not the phone number itself",
        is_required: true,
        is_secret: false,
    },
    CredentialField {
        name: WABA_ID,
        label: "WhatsApp Business Account ID",
        hint: "WhatsApp, API setup: digits",
        is_required: true,
        is_secret: false,
    },
];

const ACCESS_TOKEN: &str = "access_token";
const APP_SECRET: &str = "app_secret";
const VERIFY_TOKEN: &str = "verify_token";
const PHONE_NUMBER_ID: &str = "phone_number_id";
const WABA_ID: &str = "waba_id";

/// A credential is missing or has the wrong shape. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credential {field}: {problem}")]
pub(crate) struct CredentialProblem {
    pub(crate) field: &'static str,
    pub(crate) problem: &'static str,
}

impl From<CredentialProblem> for ConnectError {
    fn from(CredentialProblem { field, problem }: CredentialProblem) -> Self {
        Self::Credential {
            field,
            problem: problem.to_owned(),
        }
    }
}

/// What a call to the Graph API needs, borrowed from the account's credentials.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) access_token: &'a str,
    pub(crate) app_secret: &'a str,
    pub(crate) phone_number_id: &'a str,
}

impl<'a> Caller<'a> {
    pub(crate) fn of(credentials: &'a Credentials) -> Result<Self, CredentialProblem> {
        Ok(Self {
            access_token: access_token(credentials)?,
            app_secret: app_secret(credentials)?,
            phone_number_id: phone_number_id(credentials)?,
        })
    }
}

/// Checks that all are there and look right, in the order of the form.
pub(crate) fn check(credentials: &Credentials) -> Result<(), CredentialProblem> {
    access_token(credentials)?;
    app_secret(credentials)?;
    verify_token(credentials)?;
    phone_number_id(credentials)?;
    waba_id(credentials)?;
    Ok(())
}

pub(crate) fn app_secret(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    required(credentials, APP_SECRET)
}

pub(crate) fn verify_token(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    required(credentials, VERIFY_TOKEN)
}

pub(crate) fn phone_number_id(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    digits(credentials, PHONE_NUMBER_ID)
}

pub(crate) fn waba_id(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    digits(credentials, WABA_ID)
}

/// It goes into a header, where anything but visible ASCII could not be sent.
fn access_token(credentials: &Credentials) -> Result<&str, CredentialProblem> {
    let token = required(credentials, ACCESS_TOKEN)?;
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    let problem =
        "it holds a space, a line break or another letter that no token has: copy it again";
    Err(CredentialProblem {
        field: ACCESS_TOKEN,
        problem,
    })
}

fn required<'a>(
    credentials: &'a Credentials,
    field: &'static str,
) -> Result<&'a str, CredentialProblem> {
    let secret = credentials.get(field).map(ExposeSecret::expose_secret);
    let given = secret.filter(|text| !text.trim().is_empty());
    given.ok_or(CredentialProblem {
        field,
        problem: "it is missing: give it",
    })
}

fn digits<'a>(
    credentials: &'a Credentials,
    field: &'static str,
) -> Result<&'a str, CredentialProblem> {
    let text = required(credentials, field)?;
    if text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text);
    }
    let problem = "it is not an id of digits alone: copy it from the API setup page of the app";
    Err(CredentialProblem { field, problem })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    const GOOD: [(&str, &str); 5] = [
        (ACCESS_TOKEN, "EAATESTTOKEN"),
        (APP_SECRET, "test_app_secret_0123456789abcdef"),
        (VERIFY_TOKEN, "our-token"),
        (PHONE_NUMBER_ID, "111222333444555"),
        (WABA_ID, "100200300400500"),
    ];

    fn with(field: &str, value: &str) -> Credentials {
        Credentials::new(GOOD.map(|(name, good)| {
            let value = if name == field { value } else { good };
            (name.to_owned(), SecretString::from(value))
        }))
    }

    #[test]
    fn every_field_is_asked_for_and_required() {
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(names, GOOD.map(|(name, _)| name));
        assert_eq!(check(&with("", "")), Ok(()));
        for (field, _) in GOOD {
            for blank in ["", "  "] {
                let problem = check(&with(field, blank)).unwrap_err();
                assert_eq!(problem.field, field);
            }
        }
    }

    #[test]
    fn a_wrong_shape_is_told_without_the_value() {
        let cases = [
            (ACCESS_TOKEN, "EAA\nB"),
            (ACCESS_TOKEN, "EAÄ"),
            (PHONE_NUMBER_ID, "+15550001111"),
            (PHONE_NUMBER_ID, "../me"),
            (WABA_ID, "abc"),
        ];
        for (field, value) in cases {
            let problem = check(&with(field, value)).unwrap_err();
            assert_eq!(problem.field, field);
            assert!(!problem.to_string().contains(value), "{problem}");
        }
    }
}
