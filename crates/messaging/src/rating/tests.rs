use super::*;
use crate::{Sender, SenderLimits};
use proptest::{
    collection::vec,
    option,
    prelude::{Strategy, prop_assert, prop_assert_eq, proptest},
    sample::select,
};
use tidings_kernel::{Channel, strategies};
use time::Duration;
use uuid::Uuid;

fn word() -> impl Strategy<Value = NumberWord> {
    let quality = select(vec![
        Quality::Unknown,
        Quality::Green,
        Quality::Yellow,
        Quality::Red,
    ]);
    let tier = select(vec![
        "TIER_250",
        "TIER_2K",
        "2000",
        "TIER_UNLIMITED",
        "TIER_ODD",
    ]);
    let by = select(vec![LearnedBy::Look, LearnedBy::Callback]);
    (option::of(quality), option::of(tier), 0_i64..4, by).prop_map(|(quality, tier, at, by)| {
        NumberWord {
            quality,
            tier: tier.and_then(Tier::new),
            at: OffsetDateTime::UNIX_EPOCH + Duration::seconds(at),
            by,
        }
    })
}

fn all<'a>(words: impl IntoIterator<Item = &'a NumberWord>) -> NumberStanding {
    words
        .into_iter()
        .fold(NumberStanding::default(), NumberStanding::after)
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(mut words in vec(word(), 0..6), first in 0_usize..6) {
        let once = all(&words);
        prop_assert_eq!(&all(words.iter().chain(&words)), &once);
        words.reverse();
        prop_assert_eq!(&all(&words), &once);
        let middle = first.min(words.len());
        words.rotate_left(middle);
        prop_assert_eq!(&all(&words), &once);
    }

    #[test]
    fn an_older_word_never_takes_the_place_of_a_newer_one(known in vec(word(), 1..6), late in word()) {
        let before = all(&known);
        let after = before.clone().after(&late);
        if before.quality.as_ref().is_some_and(|told| told.at > late.at) {
            prop_assert_eq!(&after.quality, &before.quality);
        }
        if before.tier.as_ref().is_some_and(|told| told.at > late.at) {
            prop_assert_eq!(&after.tier, &before.tier);
        }
    }

    #[test]
    fn of_two_words_at_one_instant_the_stricter_counts(one in word(), other in word()) {
        let other = NumberWord { at: one.at, ..other };
        let standing = all([&one, &other]);
        prop_assert!(standing.quality() >= one.quality.max(other.quality).unwrap_or(Quality::Unknown));
        let people = |word: &NumberWord| all([word]).people_per_day();
        let fewest = [people(&one), people(&other)].into_iter().flatten().min();
        prop_assert_eq!(standing.people_per_day(), fewest);
    }
}

proptest! {
    #[test]
    fn what_is_not_marketing_is_never_held_or_slowed(
        words in vec(word(), 0..6), purpose in strategies::purpose(), percent in 1_u8..=100,
    ) {
        let standing = all(&words);
        let is_marketing = purpose == Purpose::Marketing;
        prop_assert_eq!(standing.holds(purpose), is_marketing && standing.quality() == Quality::Red);
        let slowed = standing.slows(purpose, percent);
        prop_assert!(slowed.is_none() || is_marketing && slowed == Some(percent));
    }

    #[test]
    fn a_tier_never_raises_what_the_owner_allows(words in vec(word(), 0..6), own in option::of(1_u32..5_000)) {
        let sender = Sender {
            id: SenderId::from_uuid(Uuid::from_u128(1)),
            address: "+12025550100".into(),
            channels: vec![Channel::Whatsapp],
            region: None,
            limits: SenderLimits { people_per_day: own, ..SenderLimits::default() },
            standing: all(&words),
        };
        let allowed = sender.people_per_day();
        prop_assert!(own.is_none_or(|own| allowed.is_some_and(|allowed| allowed <= own)));
        let provider = sender.standing.people_per_day();
        prop_assert!(provider.is_none_or(|most| allowed.is_some_and(|allowed| allowed <= most)));
    }
}

#[test]
fn every_tier_is_understood_and_odd_words_are_kept() {
    let reach = |word| Tier::new(word).map(|tier| tier.reach());
    for (word, most) in [
        ("TIER_50", 50),
        ("TIER_250", 250),
        ("TIER_1K", 1_000),
        ("TIER_2K", 2_000),
        ("TIER_10K", 10_000),
        ("TIER_100K", 100_000),
        ("tier_2k", 2_000),
        ("1000", 1_000),
    ] {
        assert_eq!(reach(word), Some(Reach::People(most)), "{word}");
    }
    for word in ["TIER_UNLIMITED", "unlimited", "-1"] {
        assert_eq!(reach(word), Some(Reach::Everybody), "{word}");
    }
    for word in ["TIER_NOT_SET", "TIER_0", "TIER_9999999K", "TIER_", "-2"] {
        assert_eq!(reach(word), Some(Reach::Unknown), "{word}");
        assert_eq!(Tier::new(word).as_ref().map(Tier::as_str), Some(word));
    }
    assert_eq!(Tier::new("\n <>"), None);
    let long = "X".repeat(Tier::LONGEST + 1);
    let kept = Tier::new(&long).map(|tier| tier.as_str().len());
    assert_eq!(kept, Some(Tier::LONGEST));
}

#[test]
fn people_are_told_what_follows() {
    let standing = |quality, tier| NumberWord {
        quality: Some(quality),
        tier: Tier::new(tier),
        at: OffsetDateTime::UNIX_EPOCH,
        by: LearnedBy::Look,
    };
    let sentence = |quality, tier, percent| all([&standing(quality, tier)]).sentence(percent);
    assert_eq!(
        sentence(Quality::Yellow, "", 50),
        "Quality: medium. Marketing goes at half its pace."
    );
    assert_eq!(
        sentence(Quality::Yellow, "TIER_2K", 30),
        "Quality: medium. Marketing goes at 30 % of its pace. It may write first to 2000 people in 24 hours."
    );
    assert_eq!(sentence(Quality::Yellow, "", 100), "Quality: medium.");
    assert_eq!(
        sentence(Quality::Green, "TIER_UNLIMITED", 50),
        "Quality: high. It may write first to any number of people."
    );
    assert_eq!(
        sentence(Quality::Unknown, "TIER_NEXT", 50),
        "Quality: not rated yet. Its messaging limit is TIER_NEXT."
    );
    assert!(sentence(Quality::Red, "", 50).starts_with("Quality: low. Marketing waits"));
    assert_eq!(all([]).marketing(), MarketingFlow::Free);
}
