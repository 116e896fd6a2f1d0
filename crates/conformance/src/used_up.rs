//! What `Messages::accept` owes about a month that is used up.

use crate::{fixtures::NOW, works::Works, world::World};
use tidings_kernel::{MessageId, Money};
use tidings_messaging::{
    AcceptError, Answer, Contact, Message, Monthly, NewMessage, Settlement, Stage, Status, Usage,
};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) async fn check(world: &World<'_>) {
    a_used_up_month_takes_nothing_in(world).await;
    nothing_is_stored_when_it_is_used_up(world).await;
    a_spent_budget_takes_nothing_in(world).await;
    other_currencies_spend_nothing(world).await;
    what_is_blocked_uses_nothing_up(world).await;
    what_is_not_held_back_is_counted(world).await;
    what_was_cancelled_leaves_room(world).await;
    what_an_erasure_cancels_leaves_room(world).await;
    what_the_gate_blocks_leaves_room(world).await;
    the_month_of_acceptance_is_used_up(world).await;
    each_tenant_uses_up_its_own(world).await;
}

const SENTENCE: &str = "NewMessage::monthly: is not taken in when nothing of it was left";

const fn messages(most: u64) -> Monthly {
    Monthly {
        messages: Some(most),
        budget: None,
    }
}

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency).works()
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

fn limited(world: &World<'_>, contact: &Contact, monthly: Monthly) -> NewMessage {
    NewMessage {
        monthly,
        ..world.new_message(contact)
    }
}

fn costing(new: NewMessage, cost: Money) -> NewMessage {
    let message = Message {
        cost_estimated: Some(cost),
        ..new.message
    };
    NewMessage { message, ..new }
}

/// Whether it was taken in; if not, because the month is used up.
async fn is_taken_in(world: &World<'_>, new: &NewMessage, answer: Option<&Answer>) -> bool {
    match world.stores.messages.accept(new, answer).await {
        Ok(()) => true,
        Err(AcceptError::UsedUp) => false,
        Err(error) => panic!("AcceptError::UsedUp: others have used up the month: {error:?}"),
    }
}

/// Takes in one message after the other against the same limits.
async fn taken_in(world: &World<'_>, contact: &Contact, monthly: Monthly, count: usize) -> usize {
    let mut taken = 0;
    for _ in 0..count {
        let new = limited(world, contact, monthly);
        taken += usize::from(is_taken_in(world, &new, None).await);
    }
    taken
}

async fn a_used_up_month_takes_nothing_in(world: &World<'_>) {
    for most in [0, 1, 3] {
        let contact = contact(world).await;
        let taken = taken_in(world, &contact, messages(most), 5).await;
        assert_eq!(u64::try_from(taken), Ok(most), "{SENTENCE}");
    }
}

async fn nothing_is_stored_when_it_is_used_up(world: &World<'_>) {
    let contact = contact(world).await;
    let new = limited(world, &contact, messages(0));
    let answer = world.answer(contact.tenant).await;
    assert!(!is_taken_in(world, &new, Some(&answer)).await, "{SENTENCE}");
    let sentence = "AcceptError::UsedUp: nothing was stored";
    let port = &world.stores.messages;
    let found = port.get(contact.tenant, new.message.id).await.works();
    assert_eq!(found, None, "{sentence}");
    let decisions = port.decisions(contact.tenant, new.message.id).await;
    assert_eq!(decisions.works(), [], "{sentence}");
    assert!(!world.is_answered(&answer).await, "{sentence}");
    let claims = world.claims(contact.tenant, NOW).await;
    assert_eq!(claims, [], "{sentence}, in the queue neither");
    // Judged again, it is refused, and that is what the request is answered with.
    let refused = blocked(new);
    assert!(
        is_taken_in(world, &refused, Some(&answer)).await,
        "AcceptError::UsedUp: judge it again"
    );
    assert!(
        world.is_answered(&answer).await,
        "Messages::accept: message and answer are stored in one step"
    );
}

fn blocked(new: NewMessage) -> NewMessage {
    let message = Message {
        status: Status::Blocked,
        send_at: None,
        ..new.message
    };
    NewMessage {
        message,
        entry: None,
        ..new
    }
}

async fn a_spent_budget_takes_nothing_in(world: &World<'_>) {
    let contact = contact(world).await;
    let monthly = Monthly {
        messages: None,
        budget: Some(money("0.10", "EUR")),
    };
    let mut taken = Vec::new();
    // The second one is taken in while something is left, and spends more than that.
    for amount in ["0.06", "0.06", "0.000001"] {
        let new = costing(limited(world, &contact, monthly), money(amount, "EUR"));
        taken.push(is_taken_in(world, &new, None).await);
    }
    assert_eq!(taken, [true, true, false], "{SENTENCE}");
}

async fn other_currencies_spend_nothing(world: &World<'_>) {
    let contact = contact(world).await;
    let monthly = Monthly {
        messages: None,
        budget: Some(money("0.10", "EUR")),
    };
    let free = limited(world, &contact, monthly);
    let dear = costing(limited(world, &contact, monthly), money("7", "USD"));
    let last = limited(world, &contact, monthly);
    for new in [free, dear, last] {
        assert!(
            is_taken_in(world, &new, None).await,
            "Usage::cost_micros: cost in other currencies is not counted"
        );
    }
}

async fn what_is_blocked_uses_nothing_up(world: &World<'_>) {
    let contact = contact(world).await;
    for _ in 0..2 {
        let new = blocked(limited(world, &contact, messages(1)));
        let sentence =
            "NewMessage::monthly: what has a place in the queue is counted, and no other";
        assert!(is_taken_in(world, &new, None).await, "{sentence}");
    }
    assert_eq!(
        taken_in(world, &contact, messages(1), 2).await,
        1,
        "{SENTENCE}"
    );
    let new = blocked(limited(world, &contact, messages(1)));
    let sentence = "NewMessage::monthly: only what has a place in the queue is not taken in";
    assert!(is_taken_in(world, &new, None).await, "{sentence}");
}

async fn what_is_not_held_back_is_counted(world: &World<'_>) {
    let contact = contact(world).await;
    // An emergency: nothing is limited for it, and the others have less.
    let taken = taken_in(world, &contact, Monthly::default(), 2).await;
    assert_eq!(
        taken, 2,
        "NewMessage::monthly: as it holds for this message"
    );
    let taken = taken_in(world, &contact, messages(3), 2).await;
    assert_eq!(
        taken, 1,
        "NewMessage::monthly: what has a place in the queue is counted"
    );
}

async fn what_was_cancelled_leaves_room(world: &World<'_>) {
    let contact = contact(world).await;
    let monthly = Monthly {
        messages: Some(1),
        budget: Some(money("1", "EUR")),
    };
    let first = costing(limited(world, &contact, monthly), money("2", "EUR"));
    let second = limited(world, &contact, monthly);
    let mut taken = vec![
        is_taken_in(world, &first, None).await,
        is_taken_in(world, &second, None).await,
    ];
    let port = &world.stores.messages;
    let cancelled = port.cancel(contact.tenant, first.message.id, NOW).await;
    cancelled.works();
    // Refused, it gives nothing back a second time.
    let again = port.cancel(contact.tenant, first.message.id, NOW).await;
    assert!(again.is_err(), "ChangeError::WrongStatus: it is too late");
    taken.push(is_taken_in(world, &second, None).await);
    taken.push(taken_in(world, &contact, monthly, 1).await > 0);
    let sentence = "Usage: what was cancelled is not used up";
    assert_eq!(taken, [true, false, true, false], "{sentence}");
}

async fn what_an_erasure_cancels_leaves_room(world: &World<'_>) {
    let contact = contact(world).await;
    let other = world.contact(contact.tenant, 2).await;
    assert_eq!(
        taken_in(world, &contact, messages(2), 3).await,
        2,
        "{SENTENCE}"
    );
    let people = &world.stores.contacts;
    let erased = people.erase(contact.tenant, contact.id, &[], NOW).await;
    erased.works();
    let taken = taken_in(world, &other, messages(2), 3).await;
    assert_eq!(taken, 2, "Usage: what an erasure cancelled is not used up");
}

async fn what_the_gate_blocks_leaves_room(world: &World<'_>) {
    let contact = contact(world).await;
    assert_eq!(
        taken_in(world, &contact, messages(1), 2).await,
        1,
        "{SENTENCE}"
    );
    let claim = world.claim(contact.tenant, NOW).await;
    let refused = Settlement::Refused {
        decision: Box::new(world.decision(&claim.message, Stage::Dispatch)),
        status: Status::Blocked,
    };
    world.settle(claim.held, refused.clone(), NOW).await;
    // Told twice, it is given back once.
    world.settle(claim.held, refused, NOW).await;
    let taken = taken_in(world, &contact, messages(1), 3).await;
    assert_eq!(taken, 1, "Usage: what was refused is not used up");
}

/// A message that was taken in at `at`, as its id says too.
fn at(new: NewMessage, at: OffsetDateTime) -> NewMessage {
    let millis = (at.unix_timestamp_nanos() / 1_000_000).unsigned_abs();
    let id = new.message.id.uuid().as_u128();
    // What tells ids apart: the space that they are from, and their count.
    let own = (id & 0xffff_0000_0000) | ((id >> 80) & 0xffff_ffff);
    let id = Uuid::from_u128((millis << 80) | (0x7 << 76) | (0b10 << 62) | own);
    let message = Message {
        id: MessageId::from_uuid(id),
        created_at: at,
        status_at: at,
        ..new.message
    };
    NewMessage { message, ..new }
}

async fn the_month_of_acceptance_is_used_up(world: &World<'_>) {
    let contact = contact(world).await;
    let month = Usage::month(NOW);
    let last = month.end - time::Duration::MILLISECOND;
    let mut taken = Vec::new();
    for (moment, monthly) in [
        (month.start, messages(1)),
        (last, messages(1)),
        (month.end, messages(1)),
        (last, messages(2)),
    ] {
        let new = at(limited(world, &contact, monthly), moment);
        taken.push(is_taken_in(world, &new, None).await);
    }
    let sentence = "Usage: in the calendar month, by UTC";
    assert_eq!(taken, [true, false, true, true], "{sentence}");
}

async fn each_tenant_uses_up_its_own(world: &World<'_>) {
    let (one, other) = (contact(world).await, contact(world).await);
    assert_eq!(taken_in(world, &one, messages(2), 3).await, 2, "{SENTENCE}");
    let taken = taken_in(world, &other, messages(2), 3).await;
    assert_eq!(taken, 2, "Usage: what the tenant has used up");
}
