use crate::descriptor::{
    ACCESS_KEY_ID, API, CONFIGURATION_SET, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN, TOPIC_ARN,
};
use secrecy::{ExposeSecret, SecretString};
use tidings_aws_http::Keys;
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, optional, required};

/// More topics than an account has for its messages.
const MOST_TOPICS: usize = 10;

/// Everything that calls need, with shapes checked.
#[derive(Debug, Clone)]
pub(crate) struct AwsCredentials {
    pub(crate) keys: Keys,
    pub(crate) region: String,
    pub(crate) api: SendApi,
    pub(crate) configuration_set: Option<String>,
    pub(crate) topics: Vec<String>,
}

/// The API that carries the messages of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendApi {
    /// AWS End User Messaging: media, validity, our reference, receipts.
    EndUserMessaging,
    /// `Publish` of SNS: texts alone.
    Sns,
}

impl AwsCredentials {
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
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
            "is no region of AWS: write it as us-east-1",
        )?;
        Ok(Self {
            keys: Keys {
                access_key_id: key.expose_secret().to_owned(),
                secret_access_key: secret.clone(),
                session_token: session_token.cloned(),
            },
            region: region.expose_secret().to_owned(),
            api: api(credentials)?,
            configuration_set: text(
                credentials,
                &CONFIGURATION_SET,
                is_configuration_set,
                "is neither the name nor the ARN of a configuration set",
            )?,
            topics: topics(credentials)?,
        })
    }
}

/// The topics that callbacks may come from: all that callbacks need.
pub(crate) fn topics(credentials: &Credentials) -> Result<Vec<String>, CredentialProblem> {
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

fn api(credentials: &Credentials) -> Result<SendApi, CredentialProblem> {
    let api = text(
        credentials,
        &API,
        |text| matches!(text, "eum" | "sns"),
        "is neither eum nor sns",
    )?;
    Ok(match api.as_deref() {
        Some("sns") => SendApi::Sns,
        Some(_) | None => SendApi::EndUserMessaging,
    })
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

fn is_configuration_set(text: &str) -> bool {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"_:/-".contains(&byte);
    text.len() <= 256 && text.bytes().all(is_right)
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

    fn read(more: &[(&str, &str)]) -> Result<AwsCredentials, CredentialProblem> {
        let fields = [
            ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
            (
                "secret_access_key",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ),
            ("region", "us-east-1"),
        ];
        AwsCredentials::read(&Credentials::new(
            fields
                .iter()
                .chain(more)
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ))
    }

    #[test]
    fn keys_and_region_are_enough() {
        let credentials = read(&[]).unwrap();
        assert_eq!(credentials.api, SendApi::EndUserMessaging);
        assert_eq!(credentials.topics, [""; 0]);
        assert!(credentials.configuration_set.is_none());
        assert!(credentials.keys.session_token.is_none());
    }

    #[test]
    fn everything_else_is_read() {
        let other = "arn:aws-cn:sns:cn-north-1:111122223333:replies";
        let credentials = read(&[
            ("session_token", "FwoGZXIvYXdzE//+="),
            ("api", "sns"),
            ("configuration_set", "our-platform"),
            ("topic_arn", &format!("{TOPIC}, {other}")),
        ])
        .unwrap();
        assert_eq!(credentials.api, SendApi::Sns);
        assert_eq!(credentials.topics, [TOPIC, other]);
        assert_eq!(
            credentials.configuration_set.as_deref(),
            Some("our-platform")
        );
        assert!(credentials.keys.session_token.is_some());
    }

    #[test]
    fn what_is_misshapen_is_named_and_not_shown() {
        let many = [TOPIC; 11].join(",");
        for (field, value) in [
            ("access_key_id", "AKIA 234567890123456"),
            ("access_key_id", "short"),
            ("secret_access_key", "a b"),
            ("session_token", "é"),
            ("region", "eu-west"),
            ("region", "us-east-1.evil.example"),
            ("region", "us-east-1/"),
            ("region", "-west-1"),
            ("region", "US-EAST-1"),
            ("region", "west-1"),
            ("region", "eu-west-"),
            ("api", "ses"),
            ("configuration_set", "our set"),
            ("topic_arn", "our-topic"),
            ("topic_arn", "arn:aws:sqs:us-east-1:111122223333:our-topic"),
            ("topic_arn", "arn:aws:sns:us-east-1:1111:our-topic"),
            ("topic_arn", "arn:aws:sns:us-east-1:111122223333:"),
            (
                "topic_arn",
                "arn:aws:sns:us-east-1:111122223333:our-topic:subscription",
            ),
            ("topic_arn", "arn:aws:sns:us-east-1:111122223333:our-topic,"),
            ("topic_arn", &many),
        ] {
            let problem = read(&[(field, value)]).unwrap_err();
            assert_eq!(problem.field, field, "{value}");
            assert!(!problem.to_string().contains(value), "{problem}");
        }
    }
}
