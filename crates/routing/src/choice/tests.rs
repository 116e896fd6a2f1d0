use super::*;
use crate::{AccountWeight, Condition, Rule, WHOLE};
use proptest::{
    prelude::{any, prop, proptest},
    prop_assert_eq,
};
use std::{collections::BTreeMap, fmt::Write as _};
use tidings_kernel::{Channel, Purpose, Region};

fn account(n: u8) -> AccountId {
    let mut text = String::from("acc_000000000000000000000000");
    write!(text, "{n:02}").unwrap();
    text.parse().unwrap()
}

fn sender(n: u8) -> SenderId {
    account(n)
        .to_string()
        .replace("acc_", "snd_")
        .parse()
        .unwrap()
}

fn candidate(n: u8, priority: u16) -> Candidate {
    Candidate {
        account: account(n),
        sender: sender(n),
        provider: "twilio".into(),
        priority,
        is_enabled: true,
        channels: vec![Channel::Sms],
        region: None,
        carries_media: true,
        price: None,
        condition: None,
    }
}

fn priced(n: u8, priority: u16, amount: &str, currency: &str) -> Candidate {
    Candidate {
        price: Money::parse(amount, currency).ok(),
        ..candidate(n, priority)
    }
}

fn unwell(n: u8, priority: u16, share: u16) -> Candidate {
    let condition = Condition {
        share,
        delivery: None,
        probe_at: None,
    };
    Candidate {
        condition: Some(condition),
        ..candidate(n, priority)
    }
}

fn sms() -> Need {
    Need {
        channel: Some(Channel::Sms),
        ..Need::default()
    }
}

fn by(strategy: Strategy) -> Policy {
    Policy {
        rules: vec![Rule {
            strategy,
            ..Rule::default()
        }],
    }
}

fn first(need: &Need, policy: &Policy, candidates: &[Candidate]) -> Option<AccountId> {
    choose(need, policy, candidates)
        .chosen
        .map(|chosen| chosen.account)
}

/// How often each account is chosen by so many messages.
fn shares(policy: &Policy, candidates: &[Candidate], messages: u64) -> BTreeMap<AccountId, u64> {
    let mut shares = BTreeMap::new();
    for lot in 0..messages {
        let need = Need { lot, ..sms() };
        let chosen = first(&need, policy, candidates).unwrap();
        *shares.entry(chosen).or_default() += 1;
    }
    shares
}

#[test]
fn the_first_by_priority_is_taken_and_the_rest_explained() {
    let choice = choose(
        &sms(),
        &Policy::default(),
        &[candidate(1, 20), candidate(2, 10)],
    );
    assert_eq!(choice.chosen.unwrap().account, account(2));
    assert_eq!(choice.considered.len(), 2);
    assert_eq!((choice.strategy, choice.rule), (Strategy::Priority, None));
}

proptest! {
    #[test]
    fn what_may_not_leave_by_a_sender_of_low_quality_goes_as_if_there_were_none(
        low in prop::collection::btree_set(1_u8..7, 0..7),
        lot in any::<u64>(),
        strategy in prop::sample::select(vec![Strategy::Priority, Strategy::Weighted]),
    ) {
        let ways: Vec<Candidate> = (1..7).map(|n| candidate(n, u16::from(n) / 3)).collect();
        let need = Need { lot, low_quality: low.iter().copied().map(sender).collect(), ..sms() };
        let policy = by(strategy);
        let chosen = choose(&need, &policy, &ways).chosen;
        let others: Vec<Candidate> = ways
            .iter()
            .filter(|way| !need.low_quality.contains(&way.sender))
            .cloned()
            .collect();
        prop_assert_eq!(chosen, choose(&Need { lot, ..sms() }, &policy, &others).chosen);
    }
}

#[test]
fn a_sender_that_was_refused_is_not_tried_again_and_another_of_its_account_is() {
    let need = Need {
        exhausted: vec![sender(2)],
        ..sms()
    };
    let another = Candidate {
        sender: sender(3),
        ..candidate(2, 10)
    };
    let ways = [candidate(1, 20), candidate(2, 10), another];
    let choice = choose(&need, &Policy::default(), &ways);
    let chosen = choice.chosen.unwrap();
    assert_eq!((chosen.account, chosen.sender), (account(2), sender(3)));
    let refused = choice.considered.iter().find(|it| it.sender == sender(2));
    let objection = refused.and_then(|it| it.objection);
    assert_eq!(objection, Some(Objection::AlreadyRefused));
}

#[test]
fn what_a_provider_cannot_carry_goes_by_another() {
    let need = Need {
        unfit: vec!["twilio".to_owned()],
        ..sms()
    };
    let other = Candidate {
        provider: "vonage".into(),
        ..candidate(1, 20)
    };
    let choice = choose(&need, &Policy::default(), &[other, candidate(2, 10)]);
    assert_eq!(choice.chosen.unwrap().account, account(1));
    let unfit = choice.considered.iter().find(|it| it.sender == sender(2));
    let objection = unfit.and_then(|it| it.objection);
    assert_eq!(objection, Some(Objection::NotCarried));
}

#[test]
fn a_bound_sender_does_not_leave_its_region() {
    let bound = Candidate {
        region: Region::parse("US").ok(),
        ..candidate(1, 1)
    };
    let policy = Policy::default();
    assert_eq!(first(&sms(), &policy, std::slice::from_ref(&bound)), None);
    let need = Need {
        destination: Region::parse("US").ok(),
        ..sms()
    };
    assert!(first(&need, &policy, &[bound]).is_some());
}

#[test]
fn nothing_fits_without_a_channel() {
    assert_eq!(
        first(&Need::default(), &Policy::default(), &[candidate(1, 1)]),
        None
    );
}

#[test]
fn the_cheapest_goes_first_and_another_currency_is_not_compared() {
    let all = [
        priced(1, 1, "0.0080", "USD"),
        priced(2, 2, "0.0060", "USD"),
        priced(3, 3, "0.0010", "JPY"),
        candidate(4, 4),
    ];
    let choice = choose(&sms(), &by(Strategy::Cheapest), &all);
    let order: Vec<AccountId> = choice.considered.iter().map(|it| it.account).collect();
    assert_eq!(order, [account(2), account(1), account(3), account(4)]);
    assert_eq!(
        (choice.strategy, choice.rule),
        (Strategy::Cheapest, Some(0))
    );
}

#[test]
fn the_best_delivery_goes_first_and_the_unknown_gets_its_chance() {
    let with = |n, delivery| Candidate {
        condition: Some(Condition {
            share: WHOLE,
            delivery,
            probe_at: None,
        }),
        ..candidate(n, u16::from(n))
    };
    let all = [with(1, Some(900)), with(2, Some(970)), with(3, None)];
    let choice = choose(&sms(), &by(Strategy::BestDelivery), &all);
    let order: Vec<AccountId> = choice.considered.iter().map(|it| it.account).collect();
    assert_eq!(order, [account(3), account(2), account(1)]);
}

#[test]
fn lots_fall_by_weight_and_the_weight_0_gets_none() {
    let mut policy = by(Strategy::Weighted);
    policy.rules[0].weights = vec![
        AccountWeight {
            account: account(2),
            weight: 3,
        },
        AccountWeight {
            account: account(3),
            weight: 0,
        },
    ];
    let all = [candidate(1, 1), candidate(2, 2), candidate(3, 3)];
    let shares = shares(&policy, &all, 10_000);
    assert!(shares[&account(1)].abs_diff(2_500) < 200, "{shares:?}");
    assert!(shares[&account(2)].abs_diff(7_500) < 200, "{shares:?}");
    assert_eq!(shares.get(&account(3)), None);
    // Still better than not sending at all.
    assert_eq!(first(&sms(), &policy, &[candidate(3, 3)]), Some(account(3)));
}

#[test]
fn the_first_rule_that_fits_decides() {
    let policy = Policy {
        rules: vec![
            Rule {
                purposes: vec![Purpose::Marketing],
                strategy: Strategy::Cheapest,
                ..Rule::default()
            },
            Rule {
                regions: Region::parse("GB").into_iter().collect(),
                strategy: Strategy::Weighted,
                ..Rule::default()
            },
        ],
    };
    let rule = |purpose, region: Option<&str>| {
        let need = Need {
            purpose: Some(purpose),
            destination: region.and_then(|region| Region::parse(region).ok()),
            ..sms()
        };
        choose(&need, &policy, &[candidate(1, 1)]).rule
    };
    assert_eq!(rule(Purpose::Marketing, Some("GB")), Some(0));
    assert_eq!(rule(Purpose::Transactional, Some("GB")), Some(1));
    assert_eq!(rule(Purpose::Transactional, Some("US")), None);
    assert_eq!(rule(Purpose::Transactional, None), None);
}

#[test]
fn a_contact_keeps_its_sender_and_only_those_of_a_lost_one_move() {
    let mut policy = by(Strategy::Priority);
    policy.rules[0].sticky = true;
    let all: Vec<Candidate> = (1..=4)
        .map(|n| Candidate {
            account: account(1),
            ..candidate(n, 1)
        })
        .collect();
    let of = |contact, among: &[Candidate]| {
        let need = Need {
            contact,
            lot: contact.wrapping_mul(7),
            ..sms()
        };
        choose(&need, &policy, among).chosen.unwrap().sender
    };
    let mut used = BTreeMap::new();
    for contact in 0..1_000 {
        let before = of(contact, &all);
        *used.entry(before).or_insert(0) += 1;
        let after = of(contact, &all[1..]);
        assert!(before == after || before == sender(1));
    }
    assert!(used.values().all(|count| *count > 200), "{used:?}");
}

#[test]
fn a_way_that_is_left_alone_gets_nothing_and_says_when_to_ask() {
    let at = time::macros::datetime!(2026-07-15 12:00 UTC);
    let mut left = unwell(1, 1, 0);
    left.condition.as_mut().unwrap().probe_at = Some(at);
    let all = [left.clone(), candidate(2, 2)];
    let choice = choose(&sms(), &Policy::default(), &all);
    assert_eq!(choice.considered[0].objection, Some(Objection::Unhealthy));
    assert_eq!(choice.chosen.as_ref().unwrap().account, account(2));
    let alone = choose(&sms(), &Policy::default(), std::slice::from_ref(&left));
    assert_eq!(
        (alone.chosen.clone(), alone.probe_at(&[left])),
        (None, Some(at))
    );
}

#[test]
fn a_way_that_is_unwell_gets_its_share() {
    let all = [unwell(1, 1, 300), candidate(2, 2)];
    let shares = shares(&Policy::default(), &all, 10_000);
    assert!(shares[&account(1)].abs_diff(3_000) < 200, "{shares:?}");
}

#[test]
fn where_all_are_equally_unwell_nobody_is_spared() {
    let all = [unwell(1, 1, 300), unwell(2, 2, 300)];
    let spread = shares(&Policy::default(), &all, 1_000);
    assert_eq!(spread.get(&account(1)), Some(&1_000));
    let alone = [unwell(1, 1, 50)];
    assert_eq!(shares(&Policy::default(), &alone, 100)[&account(1)], 100);
}

proptest! {
    #[test]
    fn the_order_of_candidates_does_not_matter(
        given in prop::collection::vec((0_u16..5, 0_u16..=WHOLE, 0_i64..5), 1..8),
        strategy in prop::sample::select(vec![
            Strategy::Priority, Strategy::Cheapest, Strategy::BestDelivery, Strategy::Weighted,
        ]),
        sticky in any::<bool>(),
        lot in any::<u64>(),
    ) {
        let forward: Vec<Candidate> = (0..).zip(&given).map(|(n, (priority, share, price))| Candidate {
            price: Money::parse(&price.to_string(), "USD").ok(),
            ..unwell(n, *priority, *share)
        }).collect();
        let mut backward = forward.clone();
        backward.reverse();
        let mut policy = by(strategy);
        policy.rules[0].sticky = sticky;
        let need = Need { lot, contact: lot / 3, ..sms() };
        let choice = choose(&need, &policy, &forward);
        prop_assert_eq!(&choice, &choose(&need, &policy, &backward));
        // Whoever is chosen has no objection, and somebody is as long as one is not left alone.
        let is_possible = given.iter().any(|(_, share, _)| *share > 0);
        prop_assert_eq!(choice.chosen.is_some(), is_possible);
        if let Some(chosen) = &choice.chosen {
            let verdict = choice.considered.iter().find(|it| it.sender == chosen.sender);
            prop_assert_eq!(verdict.and_then(|verdict| verdict.objection), None);
        }
    }
}
