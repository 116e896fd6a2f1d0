use super::*;
use StandingEventKind as On;

const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn at(hours: i64, kind: On) -> StandingEvent {
    StandingEvent {
        at: START + Duration::hours(hours),
        kind,
    }
}

fn status(events: &[StandingEvent]) -> ApprovalStatus {
    Standing::fold(Category::Utility, events).status()
}

const APPROVED: On = On::Approved { category: None };

#[test]
fn the_ladder_goes_from_three_hours_to_six_to_the_end() {
    let mut standing = Standing::new(Category::Utility).apply(at(0, APPROVED));
    for (hour, rung, ends) in [(1, PauseRung::First, 4), (5, PauseRung::Second, 11)] {
        standing = standing.apply(at(hour, On::Paused { rung }));
        assert_eq!(standing.pause_ends(), Some(START + Duration::hours(ends)));
        assert!(!standing.is_sendable());
        standing = standing.apply(at(hour + 3, APPROVED));
        assert_eq!(
            (standing.is_sendable(), standing.pause_ends()),
            (true, None)
        );
    }
    standing = standing.apply(at(20, On::Disabled)).apply(at(21, APPROVED));
    assert_eq!(standing.status(), ApprovalStatus::Disabled);
    assert!(standing.apply(at(22, On::Reinstated)).is_sendable());
}

#[test]
fn the_stricter_wins_a_tie() {
    let pause = On::Paused {
        rung: PauseRung::First,
    };
    assert_eq!(
        status(&[at(1, pause), at(1, APPROVED)]),
        ApprovalStatus::Paused
    );
    assert_eq!(
        status(&[at(1, On::Rejected), at(1, APPROVED)]),
        ApprovalStatus::Rejected
    );
    assert_eq!(
        status(&[at(1, On::Reinstated), at(1, On::Disabled)]),
        ApprovalStatus::Disabled
    );
    assert_eq!(
        status(&[at(1, On::Reinstated), at(1, pause)]),
        ApprovalStatus::Paused
    );
    assert_eq!(status(&[]), ApprovalStatus::Draft);
}

#[test]
fn a_reinstatement_takes_back_no_rejection() {
    let events = [at(1, On::Rejected), at(2, On::Reinstated)];
    assert_eq!(status(&events), ApprovalStatus::Rejected);
}

#[test]
fn an_announced_category_counts_from_its_hour() {
    let announced = On::RecategorizationAnnounced {
        category: Category::Marketing,
        effective_at: START + Duration::hours(25),
    };
    let standing = Standing::fold(Category::Utility, &[at(0, APPROVED), at(1, announced)]);
    let hour = |hours| START + Duration::hours(hours);
    assert_eq!(standing.category(hour(24)), Category::Utility);
    assert_eq!(
        standing.announced(hour(24)),
        Some((Category::Marketing, hour(25)))
    );
    assert_eq!(standing.category(hour(25)), Category::Marketing);
    assert_eq!(standing.announced(hour(25)), None);
    // An appeal won afterwards.
    let back = standing.apply(at(
        30,
        On::Recategorized {
            category: Category::Utility,
        },
    ));
    assert_eq!(back.category(hour(31)), Category::Utility);
}

#[test]
fn a_rating_does_not_stop_a_template_by_itself() {
    let red = at(
        1,
        On::Rated {
            quality: Quality::Red,
        },
    );
    let standing = Standing::fold(Category::Marketing, &[at(0, APPROVED), red]);
    assert_eq!(
        (standing.quality(), standing.is_sendable()),
        (Quality::Red, true)
    );
}
