//! SNS: actions in a form, answers in XML. STS says whose keys they are.

mod publish;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::accounts::AwsAccount;
use super::errors::{SnsError, escape, xml};
use super::sms::{Wish, all_opted_out, has_opted_out, opt_out};
use super::{Signed, topics};
use crate::phone;
use crate::world::World;

/// The pairs of a form or a query.
#[derive(Debug)]
struct Form(Vec<(String, String)>);

impl Form {
    fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// A parameter that is there and not empty.
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &'static str) -> Result<&str, SnsError> {
        self.get(name)
            .ok_or_else(|| SnsError::invalid(&format!("{name} is required")))
    }
}

/// Does what the form of a request names.
pub(super) async fn act(world: &World, signed: Signed<'_>) -> Response {
    let form = Form::read(signed.body);
    let action = form.get("Action").unwrap_or_default().to_owned();
    match action.as_str() {
        // A token is enough.
        "ConfirmSubscription" => confirm(world, &form).await,
        "GetCallerIdentity" => match identity(world, signed).await {
            Ok(answer) => answer,
            Err(error) => error.into_response(),
        },
        "Publish" => {
            let caller = signed.verify(world, "sns").map_err(SnsError::not_signed);
            publish::publish(world, caller, &form).await
        }
        _ => match other(world, signed, &action, &form).await {
            Ok(content) => answer(world, &action, &content),
            Err(error) => error.into_response(),
        },
    }
}

/// A link in a notification.
pub(super) async fn follow(world: &World, query: &str) -> Response {
    let form = Form::read(query.as_bytes());
    match form.get("Action") {
        Some("ConfirmSubscription") => confirm(world, &form).await,
        Some("Unsubscribe") => {
            if let Err(error) = world.survive::<SnsError>().await {
                return error.into_response();
            }
            match form.required("SubscriptionArn") {
                Ok(arn) if topics::unsubscribe(world, arn) => answer(world, "Unsubscribe", ""),
                Ok(_) => SnsError::of("NotFound").into_response(),
                Err(error) => error.into_response(),
            }
        }
        Some(_) | None => SnsError::of("InvalidAction").into_response(),
    }
}

async fn confirm(world: &World, form: &Form) -> Response {
    let confirmed = async {
        world.survive::<SnsError>().await?;
        let (arn, token) = (form.required("TopicArn")?, form.required("Token")?);
        topics::confirm(world, arn, token).ok_or_else(|| SnsError::invalid("Token"))
    };
    match confirmed.await {
        Ok(arn) => {
            let content = format!("<SubscriptionArn>{}</SubscriptionArn>", escape(&arn));
            answer(world, "ConfirmSubscription", &content)
        }
        Err(error) => error.into_response(),
    }
}

async fn identity(world: &World, signed: Signed<'_>) -> Result<Response, SnsError> {
    world.survive::<SnsError>().await?;
    let account = signed.verify(world, "sts").map_err(SnsError::not_signed)?;
    let id = &account.account_id;
    let content = format!(
        "<Arn>arn:aws:iam::{id}:user/simulated</Arn><UserId>AIDASIMULATED</UserId>\
         <Account>{id}</Account>"
    );
    Ok(answer(world, "GetCallerIdentity", &content))
}

/// `<ActionResponse><ActionResult>…`
fn answer(world: &World, action: &str, content: &str) -> Response {
    let id = world.ids.uuid();
    let space = match action {
        "GetCallerIdentity" => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "http://sns.amazonaws.com/doc/2010-03-31/",
    };
    let body = format!(
        "<{action}Response xmlns=\"{space}\"><{action}Result>{content}</{action}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
    );
    xml(StatusCode::OK, body)
}

/// An action that needs a signature and sends nothing; gives what stands in the result.
async fn other(
    world: &World,
    signed: Signed<'_>,
    action: &str,
    form: &Form,
) -> Result<String, SnsError> {
    world.survive::<SnsError>().await?;
    let account: Arc<AwsAccount> = signed.verify(world, "sns").map_err(SnsError::not_signed)?;
    let number = |name: &'static str| {
        form.required(name)
            .map(phone::e164)?
            .ok_or_else(|| SnsError::invalid(&format!("{name} is no phone number")))
    };
    match action {
        "GetSMSAttributes" => {
            let entry = |key: &str, value: &str| {
                format!("<entry><key>{key}</key><value>{value}</value></entry>")
            };
            Ok(format!(
                "<attributes>{}{}</attributes>",
                entry("MonthlySpendLimit", "1000"),
                entry("DefaultSMSType", "Transactional")
            ))
        }
        "GetSMSSandboxAccountStatus" => Ok("<IsInSandbox>false</IsInSandbox>".to_owned()),
        "CheckIfPhoneNumberIsOptedOut" => {
            let has = has_opted_out(world, &account, &number("phoneNumber")?);
            Ok(format!("<isOptedOut>{has}</isOptedOut>"))
        }
        "ListPhoneNumbersOptedOut" => {
            let mut members = String::new();
            for number in all_opted_out(world, &account) {
                members.push_str("<member>");
                members.push_str(&number);
                members.push_str("</member>");
            }
            Ok(format!("<phoneNumbers>{members}</phoneNumbers>"))
        }
        "OptInPhoneNumber" => {
            opt_out(world, &account, &number("phoneNumber")?, Wish::In);
            Ok(String::new())
        }
        "Subscribe" => {
            let arn = form.required("TopicArn")?;
            let endpoint = form.required("Endpoint")?;
            if !matches!(form.get("Protocol"), Some("http" | "https")) {
                return Err(SnsError::invalid("Protocol must be http or https"));
            }
            account.topic(arn).ok_or_else(|| SnsError::of("NotFound"))?;
            topics::subscribe(world, &account, arn, endpoint);
            Ok("<SubscriptionArn>pending confirmation</SubscriptionArn>".to_owned())
        }
        "Unsubscribe" => {
            if topics::unsubscribe(world, form.required("SubscriptionArn")?) {
                Ok(String::new())
            } else {
                Err(SnsError::of("NotFound"))
            }
        }
        _ => Err(SnsError::of("InvalidAction")),
    }
}
