use super::*;
use std::sync::Arc;
use tidings_memory::{ManualClock, Memory};
use tidings_messaging::{Ages, Class, Tenants};
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

async fn world() -> (Watching, TenantId) {
    let memory = Arc::new(Memory::new());
    let tenant = super::super::keys::create_tenant(
        &*memory as &dyn Tenants,
        super::super::keys::NewTenant {
            name: "Example".into(),
            region: None,
            time_zone: None,
            locale: tidings_kernel::Locale::parse("en").unwrap(),
        },
    )
    .await
    .unwrap();
    let watching = Watching {
        operations: memory,
        clock: Arc::new(ManualClock::at(NOW)),
        ages: Ages::default(),
    };
    (watching, tenant.id)
}

#[test]
fn a_line_is_a_number_or_a_tenant() {
    assert_eq!(line("7"), Ok(Line::Lane(LaneId(7))));
    let tenant = "ten_01h2xcejqtf2nbrexx3vqjhp41";
    assert_eq!(line(tenant), Ok(Line::Tenant(tenant.parse().unwrap())));
    assert!(line("marketing").is_err());
}

#[test]
fn numbers_say_how_well_they_are_known() {
    let depth = Depth {
        ready: Tally::about(950_000),
        held: Tally::exact(7),
        asleep: Tally::bounded(10_001, 10_000),
        oldest: Some(NOW - time::Duration::minutes(5)),
        ..Depth::default()
    };
    let stats = QueueStats {
        classes: vec![(Class::Marketing, depth)],
        ..QueueStats::default()
    };
    let words = told(&stats, NOW);
    let line = words.lines().nth(1).unwrap_or_default();
    let columns: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        columns,
        ["marketing", "~950000", "0", "10000+", "7", "5", "min"]
    );
    let left = Left::of(&stats);
    assert!(!left.is_nothing());
    assert!(
        left.to_string()
            .starts_with("about 950000 ready, 7 held, 0 of unknown")
    );
}

#[tokio::test]
async fn an_empty_queue_is_drained_and_goes_on() {
    let (watching, tenant) = world().await;
    let mut told = Vec::new();
    let drained = drain(&watching, Duration::ZERO, |words| {
        told.push(words.to_owned());
    })
    .await
    .unwrap();
    assert_eq!((drained, told.len()), (Drained::Empty, 1));
    let (words, is_fine) = check(&watching, Repair::No).await.unwrap();
    assert!(is_fine && words.ends_with("Everything goes on."), "{words}");
    let words = lanes(&watching).await.unwrap();
    assert_eq!(words, "Nothing waits, and no lane is paused.");
    let paused = pause(&watching, Line::Tenant(tenant)).await.unwrap();
    assert!(
        paused.starts_with(&format!("{tenant} is paused.")),
        "{paused}"
    );
    let resumed = resume(&watching, Line::Tenant(tenant)).await.unwrap();
    assert!(
        resumed.starts_with(&format!("{tenant} goes on")),
        "{resumed}"
    );
    assert!(weigh(&watching, tenant, 3).await.is_ok());
    assert!(months(&watching, None).await.is_ok());
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let (watching, _) = world().await;
    let refused = pause(&watching, Line::Lane(LaneId(1_000)))
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is no such lane: see `tidings queue lanes`"
    );
}
