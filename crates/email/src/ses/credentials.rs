use super::descriptor::{
    ACCESS_KEY_ID, CONFIGURATION_SET, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN, TENANT_NAME,
    TOPIC_ARN,
};
use crate::identity::Identity;
use secrecy::{ExposeSecret, SecretString};
use tidings_aws_http::Keys;
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, optional, required};

/// More topics than an account has for its mail.
const MOST_TOPICS: usize = 10;

/// Everything that calls need, with shapes checked.
#[derive(Debug, Clone)]
pub(super) struct SesCredentials {
    pub(super) keys: Keys,
    pub(super) region: String,
    pub(super) configuration_set: Option<String>,
    pub(super) topics: Vec<String>,
    pub(super) tenant_name: Option<String>,
    pub(super) identity: Identity,
}

impl SesCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let key = required(
            credentials,
            &ACCESS_KEY_ID,
            is_key_id,
            "is not AKIA or ASIA and 16 letters and digits: copy it from the IAM console",
        )?;
        let secret = required(
            credentials,
            &SECRET_ACCESS_KEY,
            is_token,
            "holds what no secret key has: copy it from where it was shown",
        )?;
        let session_token = optional(
            credentials,
            &SESSION_TOKEN,
            is_token,
            "holds what no session token has: copy it again",
        )?;
        let region = required(
            credentials,
            &REGION,
            is_region,
            "is no region of AWS: write it as eu-west-1",
        )?;
        Ok(Self {
            keys: Keys {
                access_key_id: key.expose_secret().to_owned(),
                secret_access_key: secret.clone(),
                session_token: session_token.cloned(),
            },
            region: region.expose_secret().to_owned(),
            configuration_set: text(
                credentials,
                &CONFIGURATION_SET,
                is_name,
                "is no name of a configuration set: letters, digits, - and _, up to 64",
            )?,
            topics: topics(credentials)?,
            tenant_name: text(
                credentials,
                &TENANT_NAME,
                is_name,
                "is no name of an SES tenant: letters, digits, - and _, up to 64",
            )?,
            identity: Identity::read(credentials)?,
        })
    }
}

/// The topics that callbacks may come from: all that callbacks need.
pub(super) fn topics(credentials: &Credentials) -> Result<Vec<String>, CredentialProblem> {
    let topics = text(
        credentials,
        &TOPIC_ARN,
        |text| split(text).count() <= MOST_TOPICS && split(text).all(is_topic),
        "is not arn:aws:sns:<region>:<account>:<name>, nor several with commas between them",
    )?;
    Ok(topics
        .iter()
        .flat_map(|topics| split(topics))
        .map(str::to_owned)
        .collect())
}

fn text(
    credentials: &Credentials,
    field: &CredentialField,
    is_right: fn(&str) -> bool,
    shape: &'static str,
) -> Result<Option<String>, CredentialProblem> {
    let value = optional(credentials, field, is_right, shape)?;
    Ok(value.map(SecretString::expose_secret).map(str::to_owned))
}

fn split(topics: &str) -> impl Iterator<Item = &str> {
    topics.split(',').map(str::trim)
}

fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Of characters that a header can carry.
fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Part of a host name, so nothing but a region gets through.
fn is_region(text: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((start, number)) = text.rsplit_once('-') else {
        return false;
    };
    text.len() <= 32
        && start.contains('-')
        && start.split('-').all(is_part)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    text.len() <= 64 && text.bytes().all(is_right)
}

fn is_topic(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts.as_slice() else {
        return false;
    };
    matches!(*partition, "aws" | "aws-cn" | "aws-us-gov")
        && is_region(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:our-topic";

    fn read(more: &[(&str, &str)]) -> Result<SesCredentials, CredentialProblem> {
        let fields = [
            ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
            (
                "secret_access_key",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ),
            ("region", "us-east-1"),
        ];
        SesCredentials::read(&Credentials::new(
            fields
                .iter()
                .chain(more)
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ))
    }

    #[test]
    fn keys_and_region_are_enough() {
        let credentials = read(&[]).unwrap();
        assert!(credentials.topics.is_empty());
        assert_eq!(credentials.configuration_set, None);
        assert_eq!(credentials.tenant_name, None);
    }

    #[test]
    fn everything_else_is_read() {
        let other = "arn:aws-cn:sns:cn-north-1:111122223333:replies";
        let credentials = read(&[
            ("session_token", "FwoGZXIvYXdzE//+="),
            ("configuration_set", "our-platform"),
            ("topic_arn", &format!("{TOPIC}, {other}")),
            ("tenant_name", "acme"),
            ("from_name", "Acme"),
        ])
        .unwrap();
        assert_eq!(credentials.topics, [TOPIC, other]);
        assert_eq!(
            credentials.configuration_set.as_deref(),
            Some("our-platform")
        );
        assert_eq!(credentials.tenant_name.as_deref(), Some("acme"));
        assert_eq!(credentials.identity.from_name.as_deref(), Some("Acme"));
    }

    #[test]
    fn what_is_misshapen_is_named_and_not_shown() {
        let many = [TOPIC; 11].join(",");
        for (field, value) in [
            ("access_key_id", "AKIA 234567890123456"),
            ("secret_access_key", "a b"),
            ("session_token", "é"),
            ("region", "us-east"),
            ("region", "us-east-1.evil.example"),
            ("region", "us-east-1/"),
            ("configuration_set", "our set"),
            ("tenant_name", "our/tenant"),
            ("topic_arn", "our-topic"),
            ("topic_arn", "arn:aws:sqs:us-east-1:111122223333:our-topic"),
            ("topic_arn", "arn:aws:sns:us-east-1:1111:our-topic"),
            ("topic_arn", &many),
            ("reply_to", "Office <office@example.com>"),
        ] {
            let problem = read(&[(field, value)]).unwrap_err();
            assert_eq!(problem.field, field, "{value}");
            assert!(!problem.to_string().contains(value), "{problem}");
        }
    }
}
