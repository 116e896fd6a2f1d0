//! How the two APIs say yes and no.

use crate::{errors::ERRORS, xml::Texts};
use serde_json::Value;
use tidings_provider_http::{Answer, Dialect, Read, Reason};

/// After these a message may exist all the same.
const FAULTS: &[&str] = &[
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "RequestAbortedException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];

/// AWS End User Messaging: JSON.
pub(crate) const VOICE: Dialect = Dialect {
    name: crate::DESCRIPTOR.name,
    title: "AWS End User Messaging",
    errors: ERRORS,
    faults: FAULTS,
    read: |answer| {
        let json = answer.json()?;
        Some(Read::Accepted(json.get("MessageId")?.as_str()?.to_owned()))
    },
    reason: voice_reason,
};

/// SNS: XML.
pub(crate) const SNS: Dialect = Dialect {
    name: crate::DESCRIPTOR.name,
    title: "SNS",
    errors: ERRORS,
    faults: FAULTS,
    read: |answer| {
        let texts = texts(answer)?;
        let id = texts.get("PublishResponse/PublishResult/MessageId")?;
        Some(Read::Accepted(id.to_owned()))
    },
    reason: sns_reason,
};

/// An answer of SNS.
pub(crate) fn texts(answer: &Answer) -> Option<Texts> {
    Texts::read(answer.body.as_deref()?)
}

fn voice_reason(answer: &Answer) -> Option<Reason> {
    let json = answer.json()?;
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let exception = text("__type")
        .or(text("code"))
        .or(answer.header("x-amzn-errortype"))?;
    // `com.amazonaws.service#Name`, and `Name:http://…` in the header.
    let exception = exception.rsplit('#').next()?.split(':').next()?.trim();
    let reason = text("Reason").filter(|reason| !reason.is_empty());
    let code = match wrong_field(exception, reason, &json) {
        Some(field) => format!("{exception}.{field}"),
        None => reason.unwrap_or(exception).to_owned(),
    };
    let words = text("Message").or(text("message")).unwrap_or_default();
    Some(Reason {
        code,
        words: without_values(words),
    })
}

/// The field that is not valid, where it says more than the reason does: whether the recipient, the sender
/// or a setting is to blame.
fn wrong_field<'a>(exception: &str, reason: Option<&str>, json: &'a Value) -> Option<&'a str> {
    let is_general = reason.is_none_or(|reason| {
        matches!(
            reason,
            "CANNOT_PARSE"
                | "FIELD_VALIDATION_FAILED"
                | "INVALID_PARAMETER"
                | "INVALID_REQUEST"
                | "OTHER"
        )
    });
    if exception != "ValidationException" || !is_general {
        return None;
    }
    let fields = json.get("Fields")?.as_array()?;
    let mut names = fields
        .iter()
        .filter_map(|field| field.get("Name")?.as_str());
    names.find(|name| {
        matches!(
            *name,
            "DestinationPhoneNumber" | "OriginationIdentity" | "ConfigurationSetName"
        )
    })
}

fn sns_reason(answer: &Answer) -> Option<Reason> {
    let texts = texts(answer)?;
    // The second is how the front door of AWS says it.
    let error = ["ErrorResponse/Error", "ErrorResponse/Errors/Error"]
        .into_iter()
        .find(|error| texts.get(error).is_some())?;
    let text = |name: &str| texts.get(&format!("{error}/{name}"));
    let code = text("Code").filter(|code| !code.is_empty())?;
    let words = text("Message").unwrap_or_default();
    let is_general = matches!(
        code,
        "InvalidParameter"
            | "InvalidParameterValue"
            | "ParameterValueInvalid"
            | "ValidationException"
            | "ValidationError"
            | "UserError"
    );
    // SNS names the parameter in its words alone.
    let parameter = ["PhoneNumber", "OriginationNumber", "SenderID"]
        .into_iter()
        .find(|name| is_general && words.contains(name));
    Some(Reason {
        code: match parameter {
            Some(parameter) => format!("InvalidParameter.{parameter}"),
            None => code.to_owned(),
        },
        words: without_values(words),
    })
}

/// The words without the values that AWS repeats in them (`Value '…' at 'messageBody' failed …`): they are
/// what a message says.
fn without_values(words: &str) -> String {
    let Some((before, rest)) = words.split_once("Value '") else {
        return words.to_owned();
    };
    match rest.rsplit_once("' at '") {
        Some((_, after)) => format!("{before}Value '…' at '{after}"),
        None => format!("{before}Value …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::json;

    fn answer(body: &str) -> Answer {
        Answer {
            status: 400,
            headers: HeaderMap::new(),
            body: Some(Bytes::copy_from_slice(body.as_bytes())),
        }
    }

    fn code(body: &Value) -> Option<String> {
        voice_reason(&answer(&body.to_string())).map(|reason| reason.code)
    }

    #[test]
    fn the_reason_is_more_exact_than_the_exception() {
        for (body, expected) in [
            (
                json!({"__type": "com.amazonaws.sms#ConflictException", "Reason": "RESOURCE_NOT_ACTIVE"}),
                "RESOURCE_NOT_ACTIVE",
            ),
            (
                json!({"__type": "ThrottlingException", "Reason": ""}),
                "ThrottlingException",
            ),
            (
                json!({"code": "ResourceNotFoundException"}),
                "ResourceNotFoundException",
            ),
            (
                json!({"__type": "ValidationException", "Reason": "INVALID_PARAMETER",
                    "Fields": [{"Name": "MessageBody", "Message": "m"}]}),
                "INVALID_PARAMETER",
            ),
            (
                json!({"__type": "ValidationException", "Reason": "INVALID_PARAMETER",
                    "Fields": [{"Name": "MessageBody"}, {"Name": "DestinationPhoneNumber"}]}),
                "ValidationException.DestinationPhoneNumber",
            ),
            (
                json!({"__type": "ValidationException", "Reason": "SENDER_ID_NOT_REGISTERED",
                    "Fields": [{"Name": "DestinationPhoneNumber"}]}),
                "SENDER_ID_NOT_REGISTERED",
            ),
        ] {
            assert_eq!(code(&body).as_deref(), Some(expected), "{body}");
        }
        for body in [json!({}), json!([]), json!({"__type": 1}), json!(null)] {
            assert_eq!(code(&body), None, "{body}");
        }
    }

    #[test]
    fn the_exception_may_stand_in_the_header() {
        let mut answer = answer("{}");
        let value = HeaderValue::from_static("AccessDeniedException:http://internal.amazon.com/");
        answer.headers.insert("x-amzn-errortype", value);
        assert_eq!(voice_reason(&answer).unwrap().code, "AccessDeniedException");
    }

    #[test]
    fn the_words_of_sns_tell_which_parameter_is_wrong() {
        let error = |code: &str, words: &str| {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message>\
                 </Error><RequestId>r</RequestId></ErrorResponse>"
            );
            sns_reason(&answer(&body)).map(|reason| reason.code)
        };
        let words = "Invalid parameter: PhoneNumber Reason: +1 is not valid to publish to";
        for (code, words, expected) in [
            (
                "InvalidParameter",
                words,
                Some("InvalidParameter.PhoneNumber"),
            ),
            (
                "ParameterValueInvalid",
                "SenderID is bad",
                Some("InvalidParameter.SenderID"),
            ),
            (
                "InvalidParameter",
                "Empty message",
                Some("InvalidParameter"),
            ),
            ("Throttled", words, Some("Throttled")),
            ("", words, None),
        ] {
            assert_eq!(error(code, words).as_deref(), expected, "{code} {words}");
        }
        assert_eq!(sns_reason(&answer("<html></html>")), None);
    }

    #[test]
    fn values_are_not_repeated() {
        let words =
            "2 errors: Value 'it's a secret' at 'messageBody' failed; Value 'x' at 'to' failed";
        assert_eq!(without_values(words), "2 errors: Value '…' at 'to' failed");
        assert_eq!(without_values("Value 'cut"), "Value …");
        assert_eq!(without_values("Rate exceeded"), "Rate exceeded");
    }
}
