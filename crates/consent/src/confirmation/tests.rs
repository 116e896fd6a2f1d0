use super::*;
use crate::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, state};
use tidings_kernel::{ConsentEventId, ContactId};
use time::macros::datetime;
use uuid::Uuid;

const STOPPED: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);

fn stop(number: u128, purposes: Purposes) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(Uuid::from_u128(number)),
        contact: ContactId::from_uuid(Uuid::from_u128(1)),
        action: Action::OptOut,
        channels: Channels::one(Channel::Sms),
        purposes,
        method: Method::ReplyMessage,
        occurred_at: STOPPED,
        recorded_at: STOPPED,
        evidence: Evidence::default(),
    }
}

fn confirm(
    before: &[ConsentEvent],
    after: &[ConsentEvent],
    answered: Answered,
    late: Duration,
) -> Result<(), NoConfirmation> {
    let now = STOPPED + late;
    let heard = OptOutHeard {
        channel: Channel::Sms,
        occurred_at: STOPPED,
        before: &state(before, now),
        after: &state(after, now),
        answered,
    };
    may_confirm(&heard, now)
}

#[test]
fn a_stop_is_confirmed_once_and_within_five_minutes() {
    let all = [stop(1, Purposes::All)];
    let twice = [stop(1, Purposes::All), stop(2, Purposes::All)];
    let at_once = Duration::ZERO;
    assert_eq!(confirm(&[], &all, Answered::ByNobody, at_once), Ok(()));
    assert_eq!(
        confirm(&[], &all, Answered::ByNobody, CONFIRMATION_LIFE),
        Ok(())
    );
    let late = CONFIRMATION_LIFE + Duration::MICROSECOND;
    assert_eq!(
        confirm(&[], &all, Answered::ByNobody, late),
        Err(NoConfirmation::TooLate)
    );
    assert_eq!(
        confirm(&all, &twice, Answered::ByNobody, at_once),
        Err(NoConfirmation::NothingChanged)
    );
    for answered in [Answered::ByUs, Answered::ByProvider] {
        assert_eq!(
            confirm(&[], &all, answered, at_once),
            Err(NoConfirmation::Answered)
        );
    }
}

#[test]
fn a_stop_of_everything_after_one_of_marketing_is_confirmed() {
    let marketing = [stop(1, Purposes::only([Purpose::Marketing]).unwrap())];
    let all = [marketing[0].clone(), stop(2, Purposes::All)];
    assert_eq!(
        confirm(&marketing, &all, Answered::ByNobody, Duration::ZERO),
        Ok(())
    );
}

#[test]
fn the_texts_of_the_reference_pass() {
    for text in [
        "Acme: you are unsubscribed and will get no more messages from this number. Reply START to resubscribe.",
        "ACME: You are unsubscribed. To cancel your appointment call +1 202 555 0123.",
        "Acme: done. Did you mean offers only? Reply OFFERS; else all stop.",
        "You are out, says acme",
    ] {
        assert_eq!(check_confirmation(text, "Acme"), Ok(()), "{text}");
    }
    assert_eq!(
        check_confirmation("Free Shop.example: you are out.", "Free Shop.example"),
        Ok(())
    );
}

#[test]
fn links_offers_and_persuasion_do_not_pass() {
    use ConfirmationFault as Fault;
    for (text, fault) in [
        ("You are unsubscribed.", Fault::NoBrand),
        ("Acme: out. https://acme.example", Fault::Link),
        ("Acme: out. See www.acme.example/x", Fault::Link),
        ("Acme: out. More: (acme.example/stay).", Fault::Link),
        ("Acme: out. acme.example?x=1", Fault::Link),
        ("Acme: out. Save today", Fault::Offer),
        ("Acme: out. 10 % less for you", Fault::Offer),
        ("Acme: out. Come back for $5", Fault::Offer),
        ("Acme: out. Come back for 20% off?", Fault::Offer),
        ("Acme: out. Stay for $5?", Fault::Offer),
        ("Acme: out. More: acme.xn--p1ai", Fault::Link),
        ("Acme: are you sure? We are sad.", Fault::Offer),
        ("Acme: out. Why? What did we do?", Fault::Questions),
    ] {
        assert_eq!(check_confirmation(text, "Acme"), Err(fault), "{text}");
    }
    assert_eq!(check_confirmation("out", " "), Err(Fault::NoBrand));
}

#[test]
fn a_megabyte_is_checked_in_one_pass() {
    let text = format!("Acme: {}", "out. ".repeat(200_000));
    assert_eq!(check_confirmation(&text, "Acme"), Ok(()));
}
