use super::*;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};

fn answer(name: &'static str, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    if !name.is_empty() {
        headers.insert("x-amzn-errortype", HeaderValue::from_static(name));
    }
    Answer {
        status: 400,
        headers,
        body: Some(Bytes::copy_from_slice(body.as_bytes())),
    }
}

#[test]
fn the_name_is_read_wherever_aws_puts_it() {
    for (header, body) in [
        ("MessageRejected", r#"{"message":"no"}"#),
        (
            "MessageRejected:http://internal.amazon.com/x",
            r#"{"message":"no"}"#,
        ),
        (
            "",
            r#"{"__type":"com.amazonaws.sesv2#MessageRejected","Message":"no"}"#,
        ),
        ("MessageRejected", "<html>"),
        ("MessageRejected", ""),
    ] {
        let reason = reason(&answer(header, body)).unwrap();
        assert_eq!(reason.code, "MessageRejected", "{header} {body}");
    }
    for body in ["", "{}", "[]", r#"{"message":"no"}"#, r#"{"__type":""}"#] {
        assert_eq!(reason(&answer("", body)), None, "{body}");
    }
}

#[test]
fn one_name_for_several_things_is_told_apart_by_its_words() {
    for (name, words, code) in [
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region \
             EU-WEST-1: ann@example.net",
            "MessageRejected.NotVerified",
        ),
        ("MessageRejected", "Illegal content", "MessageRejected"),
        (
            "TooManyRequestsException",
            "Daily message quota exceeded.",
            "DailyQuota",
        ),
        (
            "ThrottlingException",
            "Daily message quota exceeded.",
            "DailyQuota",
        ),
        (
            "ThrottlingException",
            "Maximum sending rate exceeded.",
            "ThrottlingException",
        ),
        (
            "BadRequestException",
            "Illegal address",
            "BadRequestException.Address",
        ),
        (
            "BadRequestException",
            "Missing final '@domain'",
            "BadRequestException.Address",
        ),
        (
            "BadRequestException",
            "1 validation error",
            "BadRequestException",
        ),
    ] {
        let body = serde_json::json!({ "message": words }).to_string();
        let reason = reason(&answer(name, &body)).unwrap();
        assert_eq!(reason.code, code, "{name}: {words}");
        assert!(!reason.words.contains("ann@"), "{}", reason.words);
    }
}

#[test]
fn a_used_up_day_is_the_account_s_whatever_the_status() {
    for status in [400, 429] {
        let mut answer = answer(
            "TooManyRequestsException",
            r#"{"message":"Daily message quota exceeded."}"#,
        );
        answer.status = status;
        match outcome(Ok(answer)) {
            Outcome::Rejected(error) => {
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::Account, "DailyQuota")
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn bounces_are_named_by_type_and_subtype() {
    for (kind, sub_kind, code, class) in [
        (
            "Permanent",
            "NoEmail",
            "Permanent.NoEmail",
            Class::Recipient,
        ),
        (
            "PERMANENT",
            "General",
            "Permanent.General",
            Class::Recipient,
        ),
        (
            "Transient",
            "MailboxFull",
            "Transient.MailboxFull",
            Class::Recipient,
        ),
        (
            "TRANSIENT",
            "ContentRejected",
            "Transient.ContentRejected",
            Class::Content,
        ),
        ("Permanent", "New", "Permanent.New", Class::Recipient),
        ("Permanent", "", "Permanent", Class::Recipient),
        (
            "Undetermined",
            "Undetermined",
            "Undetermined",
            Class::Recipient,
        ),
        ("", "", "Undetermined", Class::Recipient),
    ] {
        let error = bounced(kind, sub_kind, "smtp; 550 5.1.1 <ann@example.net> unknown");
        assert_eq!((error.provider_code.as_str(), error.class), (code, class));
        assert_eq!(error.detail, "smtp; 550 5.1.1 <…@example.net> unknown");
    }
}
