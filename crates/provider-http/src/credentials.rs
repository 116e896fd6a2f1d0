use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::{ConnectError, CredentialField, Credentials};
use tidings_routing::{Class, ProviderError};

/// A credential is missing or has the wrong shape. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credential {field}: {problem}")]
pub struct CredentialProblem {
    /// Which one.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub problem: &'static str,
}

impl From<CredentialProblem> for ConnectError {
    fn from(CredentialProblem { field, problem }: CredentialProblem) -> Self {
        Self::Credential {
            field,
            problem: problem.to_owned(),
        }
    }
}

impl From<CredentialProblem> for ProviderError {
    fn from(problem: CredentialProblem) -> Self {
        Self::new(Class::Account, "credentials", &problem.to_string())
    }
}

/// The credential of a field that every account has, if its shape is right. `shape` says what is right, for
/// people.
///
/// # Errors
/// [`CredentialProblem`]: it is missing, or `is_right` says no.
pub fn required<'a>(
    credentials: &'a Credentials,
    field: &CredentialField,
    is_right: fn(&str) -> bool,
    shape: &'static str,
) -> Result<&'a SecretString, CredentialProblem> {
    optional(credentials, field, is_right, shape)?.ok_or(CredentialProblem {
        field: field.name,
        problem: "is missing",
    })
}

/// The credential of a field that an account may leave out, if its shape is right.
///
/// # Errors
/// [`CredentialProblem`]: `is_right` says no.
pub fn optional<'a>(
    credentials: &'a Credentials,
    field: &CredentialField,
    is_right: fn(&str) -> bool,
    shape: &'static str,
) -> Result<Option<&'a SecretString>, CredentialProblem> {
    let Some(value) = credentials.get(field.name) else {
        return Ok(None);
    };
    let text = value.expose_secret();
    // A line break would end a header, and nobody's credential has one.
    if text.trim() != text || text.chars().any(char::is_control) || !is_right(text) {
        return Err(CredentialProblem {
            field: field.name,
            problem: shape,
        });
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: CredentialField = CredentialField {
        name: "key",
        label: "Key",
        hint: "",
        is_required: true,
        is_secret: true,
    };

    fn read(value: &str) -> Result<String, CredentialProblem> {
        let credentials = Credentials::new([("key".to_owned(), SecretString::from(value))]);
        required(
            &credentials,
            &KEY,
            |text| text.len() == 3,
            "has three letters",
        )
        .map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn shapes_are_checked_and_values_never_told() {
        assert_eq!(read("abc").as_deref(), Ok("abc"));
        for wrong in ["abcd", " abc", "a\nb"] {
            let problem = read(wrong).unwrap_err();
            assert_eq!(problem.to_string(), "credential key: has three letters");
        }
        assert_eq!(read("").unwrap_err().problem, "is missing");
    }
}
