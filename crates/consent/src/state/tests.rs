use super::*;
use crate::{Action, BoundedText, Channels, Evidence, Method, Purposes};
use tidings_kernel::ContactId;
use time::macros::datetime;
use uuid::Uuid;

mod facts;

const START: OffsetDateTime = datetime!(2026-03-01 00:00 UTC);

fn contact() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(1))
}

/// An event at `hours` after the start; its id is the hour.
fn at(hours: i64, action: Action, method: Method) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(Uuid::from_u128(u128::try_from(hours).unwrap())),
        contact: contact(),
        action,
        channels: Channels::one(Channel::Sms),
        purposes: Purposes::All,
        method,
        occurred_at: START + Duration::hours(hours),
        recorded_at: START + Duration::hours(hours),
        evidence: Evidence::default(),
    }
}

fn on(channel: Channel, event: ConsentEvent) -> ConsentEvent {
    ConsentEvent {
        channels: Channels::one(channel),
        ..event
    }
}

fn only(purpose: Purpose, event: ConsentEvent) -> ConsentEvent {
    ConsentEvent {
        purposes: Purposes::only([purpose]).unwrap(),
        ..event
    }
}

fn form(hours: i64) -> ConsentEvent {
    only(
        Purpose::Marketing,
        at(hours, Action::OptIn, Method::WebForm),
    )
}

fn stop(hours: i64) -> ConsentEvent {
    at(hours, Action::OptOut, Method::ReplyMessage)
}

fn start(hours: i64) -> ConsentEvent {
    at(hours, Action::OptIn, Method::ReplyMessage)
}

fn marketing(events: &[ConsentEvent], hours: i64) -> Status {
    state(events, START + Duration::hours(hours))
        .status(Channel::Sms, Purpose::Marketing)
        .status
}

#[test]
fn what_was_told_apart_on_the_way_is_equal_when_it_stands_alike() {
    // START lifts nothing here, but was for SMS only.
    let (plain, told_apart) = ([form(1)], [form(1), start(2)]);
    let now = START + Duration::hours(3);
    assert_eq!(state(&plain, now), state(&told_apart, now));
    assert_ne!(state(&plain, now), state(&[form(1), stop(2)], now));
    assert_ne!(state(&plain, now), state(&plain, now + Duration::HOUR));
}

#[test]
fn nothing_is_known_of_a_stranger() {
    let state = state(&[], START);
    assert_eq!(state.iter().count(), 18);
    assert!(
        state
            .iter()
            .all(|(_, _, standing)| *standing == Standing::NOTHING)
    );
}

#[test]
fn a_grant_reaches_its_own_channel_and_purpose_only() {
    let state = state(&[form(1)], START + Duration::hours(2));
    for (channel, purpose, standing) in state.iter() {
        let reached = channel == Channel::Sms && purpose == Purpose::Marketing;
        assert_eq!(
            standing.status == Status::Granted,
            reached,
            "{channel} {purpose}"
        );
    }
}

#[test]
fn stop_closes_every_purpose_of_the_channel_but_emergencies() {
    let state = state(&[stop(1)], START + Duration::hours(2));
    for (channel, purpose, standing) in state.iter() {
        let closed = channel == Channel::Sms && purpose != Purpose::Emergency;
        assert_eq!(
            standing.status == Status::Denied,
            closed,
            "{channel} {purpose}"
        );
    }
}

#[test]
fn stop_wins_a_tie_and_start_restores_what_stood_before() {
    assert_eq!(
        marketing(
            &[
                form(1),
                ConsentEvent {
                    occurred_at: form(1).occurred_at,
                    ..stop(9)
                }
            ],
            9
        ),
        Status::Denied
    );
    assert_eq!(marketing(&[form(1), stop(2), start(3)], 9), Status::Granted);
    assert_eq!(
        marketing(&[form(1), stop(2), stop(3), start(4)], 9),
        Status::Granted
    );
    assert_eq!(marketing(&[form(1), start(2), stop(3)], 9), Status::Denied);
    // Nothing stood before, so nothing comes back.
    assert_eq!(marketing(&[stop(2), start(3)], 9), Status::None);
    assert_eq!(marketing(&[start(3)], 9), Status::None);
    let restored = state(&[form(1), stop(2), start(3)], START + Duration::hours(9));
    let standing = restored.status(Channel::Sms, Purpose::Marketing);
    assert_eq!(standing.because, [form(1).id, stop(2).id, start(3).id]);
    assert_eq!(standing.since, Some(start(3).occurred_at));
}

#[test]
fn start_lifts_neither_a_form_nor_a_complaint_nor_another_channel() {
    let unsubscribed = at(2, Action::OptOut, Method::WebForm);
    assert_eq!(
        marketing(&[form(1), unsubscribed.clone(), start(3)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(&[form(1), unsubscribed.clone(), stop(3), start(4)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(
            &[
                form(1),
                stop(2),
                ConsentEvent {
                    occurred_at: stop(3).occurred_at,
                    ..unsubscribed
                },
                start(4)
            ],
            9
        ),
        Status::Denied
    );
    let complaint = at(2, Action::Complaint, Method::Provider);
    assert_eq!(
        marketing(&[form(1), complaint.clone(), start(3)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(&[form(1), complaint, form(3)], 9),
        Status::Granted
    );
    assert_eq!(
        marketing(&[form(1), stop(2), on(Channel::Whatsapp, start(3))], 9),
        Status::Denied
    );
}

#[test]
fn stop_on_whatsapp_closes_marketing_on_sms_until_start_there() {
    let stopped = on(Channel::Whatsapp, stop(2));
    assert_eq!(marketing(&[form(1), stopped.clone()], 9), Status::Denied);
    let closed = state(std::slice::from_ref(&stopped), START + Duration::hours(9));
    assert_eq!(
        closed.status(Channel::Sms, Purpose::Transactional).status,
        Status::None
    );
    assert_eq!(
        marketing(&[form(1), stopped.clone(), start(3)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(
            &[form(1), stopped.clone(), on(Channel::Whatsapp, start(3))],
            9
        ),
        Status::Granted
    );
    // Both channels said stop, so both must say start.
    assert_eq!(
        marketing(&[form(1), stopped.clone(), stop(3), start(4)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(
            &[
                form(1),
                stopped,
                stop(3),
                start(4),
                on(Channel::Whatsapp, start(5))
            ],
            9
        ),
        Status::Granted
    );
}

#[test]
fn a_platform_setting_is_lifted_on_the_platform_only() {
    let whatsapp = |events: &[ConsentEvent]| {
        state(events, START + Duration::hours(9))
            .status(Channel::Whatsapp, Purpose::Marketing)
            .status
    };
    let agreed = on(Channel::Whatsapp, form(1));
    let paused = on(
        Channel::Whatsapp,
        only(Purpose::Marketing, at(2, Action::OptOut, Method::Provider)),
    );
    let resumed = on(
        Channel::Whatsapp,
        only(Purpose::Marketing, at(4, Action::OptIn, Method::Provider)),
    );
    assert_eq!(whatsapp(&[agreed.clone(), paused.clone()]), Status::Denied);
    assert_eq!(
        whatsapp(&[
            agreed.clone(),
            paused.clone(),
            on(Channel::Whatsapp, form(3))
        ]),
        Status::Denied
    );
    assert_eq!(
        whatsapp(&[
            agreed.clone(),
            paused.clone(),
            on(Channel::Whatsapp, start(3))
        ]),
        Status::Denied
    );
    assert_eq!(whatsapp(&[agreed, paused, resumed]), Status::Granted);
}

#[test]
fn lists_and_staff_cannot_lift_a_stop_without_the_contact_s_own_act() {
    for method in [Method::Import, Method::Manual] {
        let bare = only(Purpose::Marketing, at(3, Action::OptIn, method));
        assert_eq!(marketing(&[stop(2), bare.clone()], 9), Status::Denied);
        let noted = Evidence {
            note: Some(BoundedText::new("they agreed").unwrap()),
            ..Evidence::default()
        };
        assert_eq!(
            marketing(
                &[
                    stop(2),
                    ConsentEvent {
                        evidence: noted,
                        ..bare.clone()
                    }
                ],
                9
            ),
            Status::Denied
        );
        let proven = Evidence {
            document_url: Some(BoundedText::new("https://example.com/form.pdf").unwrap()),
            ..Evidence::default()
        };
        assert_eq!(
            marketing(
                &[
                    stop(2),
                    ConsentEvent {
                        evidence: proven,
                        ..bare.clone()
                    }
                ],
                9
            ),
            Status::Granted
        );
        assert_eq!(marketing(&[bare], 9), Status::Granted);
    }
}

#[test]
fn a_complaint_ends_marketing_everywhere_and_all_email() {
    let complaint = on(Channel::Email, at(2, Action::Complaint, Method::Provider));
    let state = state(&[complaint], START + Duration::hours(9));
    for (channel, purpose, standing) in state.iter() {
        let closed = purpose == Purpose::Marketing
            || (channel == Channel::Email && purpose != Purpose::Emergency);
        assert_eq!(
            standing.status == Status::Denied,
            closed,
            "{channel} {purpose}"
        );
    }
}

#[test]
fn a_double_opt_in_is_a_pair_in_time_without_a_stop_between() {
    let request = |hours| {
        only(
            Purpose::Marketing,
            at(hours, Action::DoubleOptInRequested, Method::WebForm),
        )
    };
    let confirm = |hours| {
        only(
            Purpose::Marketing,
            at(hours, Action::DoubleOptInConfirmed, Method::ReplyMessage),
        )
    };
    assert_eq!(marketing(&[request(1)], 9), Status::Pending);
    assert_eq!(marketing(&[form(1), request(1)], 9), Status::Pending);
    assert_eq!(marketing(&[request(1), form(2)], 9), Status::Pending);
    assert_eq!(marketing(&[request(1), confirm(2)], 9), Status::Confirmed);
    assert_eq!(
        marketing(&[request(1), confirm(2), form(3), request(4)], 9),
        Status::Confirmed
    );
    assert_eq!(
        marketing(&[request(1), stop(2), confirm(3)], 9),
        Status::Denied
    );
    assert_eq!(
        marketing(&[form(1), request(2), stop(3), start(4), confirm(5)], 9),
        Status::None
    );
    assert_eq!(marketing(&[stop(1), request(2)], 9), Status::Denied);
    assert_eq!(
        marketing(&[stop(1), request(2), confirm(3)], 9),
        Status::Confirmed
    );
    assert_eq!(marketing(&[confirm(2)], 9), Status::None);
    // The same instant is not later.
    let same = ConsentEvent {
        occurred_at: request(1).occurred_at,
        ..confirm(2)
    };
    assert_eq!(marketing(&[request(1), same], 9), Status::Pending);
}

#[test]
fn expiry_is_sharp_and_leaves_nothing() {
    let request = only(
        Purpose::Marketing,
        at(0, Action::DoubleOptInRequested, Method::WebForm),
    );
    let confirm = |late: Duration| ConsentEvent {
        action: Action::DoubleOptInConfirmed,
        id: ConsentEventId::from_uuid(Uuid::from_u128(7)),
        occurred_at: START + DOUBLE_OPT_IN_EXPIRY + late,
        ..request.clone()
    };
    assert_eq!(
        marketing(&[request.clone(), confirm(Duration::ZERO)], 99),
        Status::Confirmed
    );
    assert_eq!(
        marketing(&[request.clone(), confirm(Duration::microseconds(1))], 99),
        Status::None
    );
    assert_eq!(
        marketing(std::slice::from_ref(&request), 48),
        Status::Pending
    );
    assert_eq!(marketing(&[form(0), request.clone()], 73), Status::None);
    let short = state_with_expiry(&[request], START + Duration::hours(2), Duration::hours(1));
    assert_eq!(
        short.status(Channel::Sms, Purpose::Marketing).status,
        Status::None
    );
}

#[test]
fn a_data_request_changes_nothing() {
    assert_eq!(
        marketing(&[form(1), at(2, Action::DataRequest, Method::Email)], 9),
        Status::Granted
    );
}

#[test]
fn the_api_shape_is_channel_purpose_standing() {
    let json = serde_json::to_value(state(&[form(1)], START + Duration::hours(2))).unwrap();
    assert_eq!(
        json["sms"]["marketing"],
        serde_json::json!({
            "status": "granted",
            "since": "2026-03-01T01:00:00Z",
            "because": [form(1).id.to_string()],
        })
    );
    assert_eq!(json["email"]["reminder"]["since"], serde_json::Value::Null);
    assert_eq!(json.as_object().unwrap().len(), 3);
}

#[test]
fn events_round_trip_as_json() {
    let json = serde_json::to_string(&form(1)).unwrap();
    assert!(
        json.contains(r#""action":"opt_in""#) && json.contains("2026-03-01T01:00:00Z"),
        "{json}"
    );
    assert_eq!(
        serde_json::from_str::<ConsentEvent>(&json).unwrap(),
        form(1)
    );
}
