//! What Meta says about the business account and its numbers (reference, section 12).

use crate::node::Node;
use tidings_messaging::{AccountEvent, AccountStanding, ProviderEvent, Tier};
use tidings_provider_http::without_numbers;
use tidings_templates::Quality;
use time::OffsetDateTime;

/// The fields that are read here.
pub(super) const FIELDS: [&str; 7] = [
    "account_update",
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "security",
];

/// Reads a change of one of [`FIELDS`].
pub(super) fn read(field: &str, value: Node<'_>, at: Option<OffsetDateTime>) -> ProviderEvent {
    let event = value.text("event").or(value.text("decision"));
    let about = value.text("display_phone_number").map(str::to_owned);
    let (standing, detail) = match field {
        "account_update" => account(value, event.unwrap_or_default()),
        "account_review_update" => match event {
            Some("REJECTED") => limited("Meta's review rejected the business account".to_owned()),
            other => unchanged(format!("Meta's review: {}", other.unwrap_or("no decision"))),
        },
        "business_capability_update" => unchanged(capability(value)),
        "phone_number_quality_update" => number(value, event.unwrap_or_default()),
        "phone_number_name_update" => unchanged(format!(
            "the display name: {}",
            event.unwrap_or("no decision")
        )),
        "security" => unchanged("the PIN of two-step verification was changed".to_owned()),
        _ => unchanged(alert(value)),
    };
    ProviderEvent::Account(AccountEvent {
        name: format!("{field} {}", event.unwrap_or_default())
            .trim_end()
            .to_owned(),
        standing,
        // A number that is not named may be any.
        quality: about.as_ref().and(quality(field, event)),
        number: about,
        tier: limit(value).and_then(|word| Tier::new(&word)),
        detail: without_numbers(&detail).chars().take(300).collect(),
        at,
    })
}

type Meaning = (AccountStanding, String);

const fn unchanged(detail: String) -> Meaning {
    (AccountStanding::Unchanged, detail)
}

const fn limited(detail: String) -> Meaning {
    (AccountStanding::Limited, detail)
}

fn account(value: Node<'_>, event: &str) -> Meaning {
    match event {
        "ACCOUNT_DELETED" => {
            let detail = "the business account was deleted at Meta";
            (AccountStanding::Stopped, detail.to_owned())
        }
        "PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED" => {
            let detail = "the business account was taken from the app at Meta";
            (AccountStanding::Stopped, detail.to_owned())
        }
        "DISABLED_UPDATE" => {
            let date = value
                .text("ban_info/waba_ban_date")
                .unwrap_or("no date is told");
            match value.text("ban_info/waba_ban_state") {
                Some("DISABLE") => (
                    AccountStanding::Stopped,
                    format!("Meta disabled the account ({date})"),
                ),
                Some("REINSTATE") => (
                    AccountStanding::Restored,
                    format!("Meta reinstated the account ({date})"),
                ),
                _ => limited(format!("Meta is going to disable the account ({date})")),
            }
        }
        "ACCOUNT_VIOLATION" => {
            let kind = value.text("violation_info/violation_type");
            let kind = kind.unwrap_or("no kind is told");
            limited(format!("Meta found a breach of its policies: {kind}"))
        }
        "ACCOUNT_RESTRICTION" => {
            let kinds = value.list("restriction_info");
            let kinds = kinds.filter_map(|it| it.text("restriction_type"));
            let kinds: Vec<&str> = kinds.collect();
            limited(format!("Meta restricts the account: {}", kinds.join(", ")))
        }
        other => unchanged(format!("the account has changed: {other}")),
    }
}

/// What a number is rated at: Meta tells that it has become low, and that it is low no more, which may be medium or
/// high. Of the two the stricter counts until Meta is asked.
fn quality(field: &str, event: Option<&str>) -> Option<Quality> {
    match (field, event) {
        ("phone_number_quality_update", Some("FLAGGED")) => Some(Quality::Red),
        ("phone_number_quality_update", Some("UNFLAGGED")) => Some(Quality::Yellow),
        _ => None,
    }
}

fn number(value: Node<'_>, event: &str) -> Meaning {
    let limit = limit(value)
        .map(|limit| format!(", its limit is {limit}"))
        .unwrap_or_default();
    match event {
        "FLAGGED" => limited(format!("the number's quality is low{limit}")),
        "DOWNGRADE" => limited(format!("the number may write to fewer people{limit}")),
        "UNFLAGGED" => {
            let detail = format!("the number's quality is low no more{limit}");
            (AccountStanding::Restored, detail)
        }
        other => unchanged(format!("the number: {other}{limit}")),
    }
}

fn capability(value: Node<'_>) -> String {
    match limit(value) {
        Some(limit) => format!("the business may write to so many people in a day: {limit}"),
        None => "what the business may do has changed".to_owned(),
    }
}

/// Texts such as `TIER_2K`, or numbers, of which -1 has no end.
fn limit(value: Node<'_>) -> Option<String> {
    let names = [
        "max_daily_conversations_per_business",
        "max_daily_conversation_per_phone",
        "current_limit",
    ];
    let limit = names.into_iter().find_map(|name| value.word(name))?;
    Some(match &*limit {
        "-1" => "unlimited".to_owned(),
        limit => limit.to_owned(),
    })
}

fn alert(value: Node<'_>) -> String {
    let text = |path| value.text(path);
    let words = text("alert_info/alert_description").or(text("alert_info/alert_type"));
    words.unwrap_or("Meta alerts without saying why").to_owned()
}
