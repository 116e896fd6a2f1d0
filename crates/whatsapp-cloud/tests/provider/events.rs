use crate::support::{WABA, access, adapter, request};
use serde_json::{Value, json};
use tidings_messaging::{
    AccountEvent, AccountStanding, Provider as _, ProviderEvent, TemplateEvent, Tier,
};
use tidings_templates::{Category, PauseRung, Quality, StandingEvent, StandingEventKind};
use time::{OffsetDateTime, macros::datetime};

const AT: OffsetDateTime = datetime!(2026-09-10 00:26:40 UTC);

/// The event of one change, said at [`AT`].
fn event(field: &str, value: &Value) -> ProviderEvent {
    let body = json!({"object": "whatsapp_business_account", "entry": [{
        "id": WABA, "time": 1_789_000_000, "changes": [{"field": field, "value": value}]
    }]});
    let request = request("POST", "", &[], &body.to_string());
    let mut events = adapter().parse(&access(), &request).unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn about(members: &Value) -> Value {
    let mut value = json!({
        "message_template_id": 594_425_479_261_596_u64, "message_template_name": "order_update",
        "message_template_language": "en-US"
    });
    for (name, member) in members.as_object().unwrap() {
        value[name] = member.clone();
    }
    value
}

fn standing(field: &str, members: &Value) -> TemplateEvent {
    match event(field, &about(members)) {
        ProviderEvent::Template(event) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_of_status_names_the_template_and_why() {
    let members = json!({"event": "REJECTED", "reason": "INVALID_FORMAT", "rejection_info": {
        "reason": "The variable stands first", "recommendation": "Put words before it"}});
    let expected = TemplateEvent {
        id: Some("594425479261596".into()),
        name: "order_update".into(),
        locale: "en-US".into(),
        event: StandingEvent {
            at: AT,
            kind: StandingEventKind::Rejected,
        },
        reason: Some("The variable stands first".into()),
    };
    assert_eq!(
        standing("message_template_status_update", &members),
        expected
    );
}

#[test]
fn every_event_of_a_template_has_its_meaning() {
    use StandingEventKind as On;
    let pause = |title: &str| json!({"event": "PAUSED", "other_info": {"title": title}});
    let of = |word: &str| json!({"event": word, "reason": "NONE"});
    for (members, kind) in [
        (of("APPROVED"), On::Approved { category: None }),
        (
            json!({"event": "APPROVED", "message_template_category": "MARKETING"}),
            On::Approved {
                category: Some(Category::Marketing),
            },
        ),
        (of("REINSTATED"), On::Reinstated),
        (of("PENDING"), On::Submitted),
        (of("DISABLED"), On::Disabled),
        (of("LOCKED"), On::Disabled),
        (of("ARCHIVED"), On::Disabled),
        (of("DELETED"), On::Disabled),
        (of("PENDING_DELETION"), On::Disabled),
        (of("LIMIT_EXCEEDED"), On::Rejected),
        (
            pause("FIRST_PAUSE"),
            On::Paused {
                rung: PauseRung::First,
            },
        ),
        (
            pause("SECOND_PAUSE"),
            On::Paused {
                rung: PauseRung::Second,
            },
        ),
        (
            pause("RATE_LIMITING_PAUSE"),
            On::Paused {
                rung: PauseRung::RateLimiting,
            },
        ),
        (
            of("PAUSED"),
            On::Paused {
                rung: PauseRung::RateLimiting,
            },
        ),
    ] {
        let found = standing("message_template_status_update", &members);
        assert_eq!(found.event.kind, kind, "{members}");
        assert_eq!(found.reason, None, "{members}");
    }
    for word in ["FLAGGED", "IN_APPEAL", "SOMETHING_NEW"] {
        let name = format!("message_template_status_update {word}");
        let found = event("message_template_status_update", &about(&of(word)));
        assert_eq!(found, ProviderEvent::Ignored(name));
    }
}

#[test]
fn quality_and_category_are_heard() {
    use StandingEventKind as On;
    let rated = json!({"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"});
    // Meta's sample has the other field.
    for field in [
        "message_template_quality_update",
        "message_template_status_update",
    ] {
        let found = standing(field, &rated).event.kind;
        assert_eq!(
            found,
            On::Rated {
                quality: Quality::Yellow
            }
        );
    }
    let announced = json!({"correct_category": "MARKETING", "new_category": "UTILITY",
        "category_update_timestamp": 1_789_086_400});
    assert_eq!(
        standing("template_category_update", &announced).event.kind,
        On::RecategorizationAnnounced {
            category: Category::Marketing,
            effective_at: datetime!(2026-09-11 00:26:40 UTC),
        }
    );
    let done = json!({"previous_category": "UTILITY", "new_category": "MARKETING"});
    assert_eq!(
        standing("template_category_update", &done).event.kind,
        On::Recategorized {
            category: Category::Marketing
        }
    );
}

#[test]
fn a_change_that_does_not_say_what_it_is_about_changes_nothing() {
    let nameless = json!({"event": "APPROVED"});
    let found = event("message_template_status_update", &nameless);
    let name = "message_template_status_update APPROVED";
    assert_eq!(found, ProviderEvent::Ignored(name.into()));
    let found = event("template_category_update", &about(&json!({})));
    assert_eq!(
        found,
        ProviderEvent::Ignored("template_category_update".into())
    );
}

fn account(field: &str, value: &Value) -> AccountEvent {
    match event(field, value) {
        ProviderEvent::Account(event) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_happens_to_the_account_says_whether_it_can_send() {
    use AccountStanding::{Limited, Restored, Stopped, Unchanged};
    let ban = |state: &str| {
        json!({"event": "DISABLED_UPDATE", "ban_info": {
            "waba_ban_state": state, "waba_ban_date": "2026-11-20"}})
    };
    for (value, expected) in [
        (ban("DISABLE"), Stopped),
        (ban("REINSTATE"), Restored),
        (ban("SCHEDULE_FOR_DISABLE"), Limited),
        (json!({"event": "ACCOUNT_DELETED"}), Stopped),
        (json!({"event": "PARTNER_REMOVED"}), Stopped),
        (json!({"event": "PARTNER_APP_UNINSTALLED"}), Stopped),
        (
            json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}),
            Limited,
        ),
        (
            json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X"}]}),
            Limited,
        ),
        (json!({"event": "PARTNER_ADDED"}), Unchanged),
        (json!({"event": "MM_LITE_TERMS_SIGNED"}), Unchanged),
    ] {
        let found = account("account_update", &value);
        assert_eq!(found.standing, expected, "{value}");
        assert_eq!(found.at, Some(AT));
        assert!(!found.detail.is_empty());
    }
    let expected = AccountEvent {
        name: "account_update ACCOUNT_VIOLATION".into(),
        standing: Limited,
        number: None,
        quality: None,
        tier: None,
        detail: "Meta found a breach of its policies: SPAM".into(),
        at: Some(AT),
    };
    let value = json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}});
    assert_eq!(account("account_update", &value), expected);
}

#[test]
fn what_happens_to_a_number_names_it() {
    let value = |event: &str| json!({"display_phone_number": "15550001111", "event": event, "current_limit": "TIER_1K"});
    for (word, expected) in [
        ("FLAGGED", AccountStanding::Limited),
        ("DOWNGRADE", AccountStanding::Limited),
        ("UNFLAGGED", AccountStanding::Restored),
        ("UPGRADE", AccountStanding::Unchanged),
        ("ONBOARDING", AccountStanding::Unchanged),
        ("THROUGHPUT_UPGRADE", AccountStanding::Unchanged),
    ] {
        let found = account("phone_number_quality_update", &value(word));
        assert_eq!(
            (found.standing, found.number.as_deref()),
            (expected, Some("15550001111"))
        );
        assert!(
            found.detail.ends_with("its limit is TIER_1K"),
            "{}",
            found.detail
        );
    }
}

#[test]
fn what_is_told_of_a_number_rates_it() {
    use Quality::{Red, Yellow};
    let told = |field: &str, value: &Value| {
        let found = account(field, value);
        let tier = found.tier.map(|tier| tier.as_str().to_owned());
        (found.quality, tier)
    };
    let field = "phone_number_quality_update";
    for (word, expected) in [
        ("FLAGGED", Some(Red)),
        ("UNFLAGGED", Some(Yellow)),
        ("DOWNGRADE", None),
        ("UPGRADE", None),
        ("ONBOARDING", None),
    ] {
        let value = json!({"display_phone_number": "15550001111", "event": word,
            "max_daily_conversations_per_business": "TIER_10K", "current_limit": "TIER_1K"});
        assert_eq!(told(field, &value), (expected, Some("TIER_10K".into())));
    }
    let nameless = json!({"event": "FLAGGED"});
    assert_eq!(told(field, &nameless), (None, None), "it may be any number");
    let old = json!({"display_phone_number": "15550001111", "current_limit": "TIER_NOT_SET"});
    assert_eq!(told(field, &old), (None, Some("TIER_NOT_SET".into())));
    let other = json!({"display_phone_number": "15550001111", "event": "FLAGGED"});
    assert_eq!(told("phone_number_name_update", &other).0, None);
}

#[test]
fn limits_come_as_words_and_as_numbers() {
    for (limit, shown) in [
        (json!("TIER_2K"), "TIER_2K"),
        (json!(1000), "1000"),
        (json!(-1), "unlimited"),
    ] {
        let value = json!({"max_daily_conversations_per_business": limit});
        let found = account("business_capability_update", &value);
        assert_eq!(found.standing, AccountStanding::Unchanged);
        assert!(found.detail.ends_with(shown), "{}", found.detail);
        assert_eq!(found.tier.as_ref().map(Tier::as_str), Some(shown));
    }
}

#[test]
fn reviews_names_alerts_and_pins_are_told() {
    let rejected = account("account_review_update", &json!({"decision": "REJECTED"}));
    assert_eq!(rejected.standing, AccountStanding::Limited);
    for (field, value, detail) in [
        (
            "account_review_update",
            json!({"decision": "APPROVED"}),
            "Meta's review: APPROVED",
        ),
        (
            "phone_number_name_update",
            json!({"decision": "APPROVED"}),
            "the display name: APPROVED",
        ),
        (
            "account_alerts",
            json!({"alert_info": {"alert_type": "OBA_APPROVED"}}),
            "OBA_APPROVED",
        ),
        (
            "security",
            json!({"event": "PIN_CHANGED"}),
            "the PIN of two-step verification was changed",
        ),
    ] {
        let found = account(field, &value);
        assert_eq!(
            (found.standing, found.detail.as_str()),
            (AccountStanding::Unchanged, detail)
        );
    }
}
