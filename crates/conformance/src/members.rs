use crate::{
    Stores,
    fixtures::{NOW, uuid},
    works::Works,
    world::{LATER, World},
};
use tidings_kernel::{MemberId, TenantId};
use tidings_messaging::{Member, MemberError, PasswordHash, Role, Session, SessionKind};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.members` and `stores.sessions` keep every promise of
/// [`Members`](tidings_messaging::Members) and [`Sessions`](tidings_messaging::Sessions).
pub async fn members(stores: &Stores) {
    let world = World::new(stores, 42);
    a_member_is_given_as_it_was_stored(&world).await;
    an_address_is_taken_within_a_tenant(&world).await;
    a_change_replaces_all_but_the_beginning(&world).await;
    the_last_owner_stays_one(&world).await;
    members_are_listed_oldest_first(&world).await;
    namesakes_are_found_in_every_tenant(&world).await;
    a_session_is_found_with_its_member(&world).await;
    whoever_is_disabled_or_has_another_password_is_logged_out(&world).await;
    sessions_that_ended_are_forgotten(&world).await;
    a_member_has_one_calendar(&world).await;
    what_was_seen_is_never_taken_back(&world).await;
    closing_ends_one_session_and_again_nothing(&world).await;
}

fn member(world: &World<'_>, tenant: TenantId, email: &str, role: Role) -> Member {
    Member {
        id: MemberId::new(&world.ids),
        tenant,
        email: email.into(),
        name: "Ana Example".into(),
        role,
        password: PasswordHash("$argon2id$first".into()),
        created_at: NOW,
        disabled_at: None,
    }
}

async fn stored(world: &World<'_>, tenant: TenantId, email: &str, role: Role) -> Member {
    let member = member(world, tenant, email, role);
    world.stores.members.create(&member).await.works();
    member
}

async fn get(world: &World<'_>, member: &Member) -> Option<Member> {
    let found = world.stores.members.get(member.tenant, member.id).await;
    found.works()
}

/// A session whose hash no other call gives.
fn session(world: &World<'_>, member: &Member, kind: SessionKind, at: OffsetDateTime) -> Session {
    let mut hash = [42; 32];
    let id = MemberId::new(&world.ids).uuid();
    hash.iter_mut()
        .zip(id.as_bytes())
        .for_each(|(place, byte)| *place = *byte);
    Session {
        hash,
        tenant: member.tenant,
        member: member.id,
        kind,
        created_at: at,
        seen_at: at,
    }
}

async fn opened(
    world: &World<'_>,
    member: &Member,
    kind: SessionKind,
    at: OffsetDateTime,
) -> Session {
    let session = session(world, member, kind, at);
    world.stores.sessions.open(&session).await.works();
    session
}

async fn found(world: &World<'_>, session: &Session) -> Option<Session> {
    let found = world.stores.sessions.find(session.hash).await.works();
    found.map(|(session, _)| session)
}

async fn a_member_is_given_as_it_was_stored(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let sentence = "Members::get: the member, if the tenant has it";
    let disabled = Member {
        disabled_at: Some(LATER),
        ..member(world, tenant, "disabled@example.com", Role::Viewer)
    };
    world.stores.members.create(&disabled).await.works();
    assert_eq!(
        get(world, &disabled).await,
        Some(disabled.clone()),
        "{sentence}"
    );
    let elsewhere = world.stores.members.get(other, disabled.id).await.works();
    assert_eq!(elsewhere, None, "{sentence}");
    let nobody = MemberId::from_uuid(uuid(43, 1));
    let nobody = world.stores.members.get(tenant, nobody).await.works();
    assert_eq!(nobody, None, "{sentence}");
}

async fn an_address_is_taken_within_a_tenant(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    stored(world, tenant, "taken@example.com", Role::Owner).await;
    let second = member(world, tenant, "taken@example.com", Role::Viewer);
    let refused = world.stores.members.create(&second).await;
    let sentence =
        "MemberError::EmailTaken: another member of the tenant logs in with this address";
    assert!(
        matches!(refused, Err(MemberError::EmailTaken)),
        "{sentence}"
    );
    assert_eq!(get(world, &second).await, None, "nothing was stored");
    let third = stored(world, tenant, "free@example.com", Role::Viewer).await;
    let moved = Member {
        email: "taken@example.com".into(),
        ..third.clone()
    };
    let refused = world.stores.members.update(&moved).await;
    assert!(
        matches!(refused, Err(MemberError::EmailTaken)),
        "{sentence}"
    );
    assert_eq!(get(world, &third).await, Some(third), "nothing was changed");
    let elsewhere = stored(world, other, "taken@example.com", Role::Owner).await;
    assert_eq!(
        get(world, &elsewhere).await,
        Some(elsewhere),
        "Members::create: other tenants may have one with the same address"
    );
}

async fn a_change_replaces_all_but_the_beginning(world: &World<'_>) {
    let tenant = world.tenant().await;
    stored(world, tenant, "owner@example.com", Role::Owner).await;
    let before = stored(world, tenant, "before@example.com", Role::Viewer).await;
    let after = Member {
        email: "after@example.com".into(),
        name: "Bo Example".into(),
        role: Role::Admin,
        password: PasswordHash("$argon2id$second".into()),
        created_at: LATER,
        disabled_at: Some(LATER),
        ..before.clone()
    };
    assert!(world.stores.members.update(&after).await.works());
    let expected = Member {
        created_at: NOW,
        ..after
    };
    assert_eq!(
        get(world, &before).await,
        Some(expected),
        "Members::update: replaces a member; when it was made stays"
    );
    let stranger = member(world, tenant, "stranger@example.com", Role::Viewer);
    assert!(
        !world.stores.members.update(&stranger).await.works(),
        "Members::update: `false` if there is no such member"
    );
}

async fn the_last_owner_stays_one(world: &World<'_>) {
    let sentence = "Members::update: the last owner who may log in stays one";
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    stored(world, other, "owner@example.com", Role::Owner).await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let sleeping = Member {
        disabled_at: Some(NOW),
        ..member(world, tenant, "sleeping@example.com", Role::Owner)
    };
    world.stores.members.create(&sleeping).await.works();
    let weaker = Member {
        role: Role::Admin,
        ..owner.clone()
    };
    let disabled = Member {
        disabled_at: Some(NOW),
        ..owner.clone()
    };
    for change in [&weaker, &disabled] {
        let refused = world.stores.members.update(change).await;
        assert!(matches!(refused, Err(MemberError::LastOwner)), "{sentence}");
        assert_eq!(get(world, &owner).await, Some(owner.clone()), "{sentence}");
    }
    let renamed = Member {
        name: "Renamed".into(),
        ..owner
    };
    assert!(world.stores.members.update(&renamed).await.works());
    stored(world, tenant, "second@example.com", Role::Owner).await;
    assert!(
        world.stores.members.update(&weaker).await.works(),
        "{sentence}"
    );
}

async fn members_are_listed_oldest_first(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let younger = stored(world, tenant, "younger@example.com", Role::Owner).await;
    let older = Member {
        created_at: NOW - Duration::DAY,
        ..member(world, tenant, "older@example.com", Role::Viewer)
    };
    world.stores.members.create(&older).await.works();
    stored(world, other, "else@example.com", Role::Owner).await;
    let listed = world.stores.members.list(tenant).await.works();
    assert_eq!(
        listed,
        [older, younger],
        "Members::list: everybody who works for the tenant, oldest first"
    );
}

async fn namesakes_are_found_in_every_tenant(world: &World<'_>) {
    let email = "namesake@example.com";
    let mut expected = Vec::new();
    for days in 0..9 {
        let tenant = world.tenant().await;
        let namesake = Member {
            created_at: NOW - Duration::days(days),
            disabled_at: (days == 3).then_some(NOW),
            ..member(world, tenant, email, Role::Owner)
        };
        world.stores.members.create(&namesake).await.works();
        expected.insert(0, namesake);
    }
    expected.truncate(8);
    let sentence = "Members::with_email: whatever tenant they work for: oldest first, at most 8";
    let found = world.stores.members.with_email(email).await.works();
    assert_eq!(found, expected, "{sentence}");
    let nobody = world
        .stores
        .members
        .with_email("NAMESAKE@example.com")
        .await;
    assert_eq!(nobody.works(), [], "{sentence}");
}

async fn a_session_is_found_with_its_member(world: &World<'_>) {
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "session@example.com", Role::Owner).await;
    let long_ago = NOW - Duration::days(500);
    let old = opened(world, &owner, SessionKind::Browser, long_ago).await;
    let sentence =
        "Sessions::find: the session with this hash and its member; those that no longer stand too";
    let there = world.stores.sessions.find(old.hash).await.works();
    assert_eq!(there, Some((old, owner.clone())), "{sentence}");
    let unknown = session(world, &owner, SessionKind::Browser, NOW);
    assert_eq!(found(world, &unknown).await, None, "{sentence}");
}

async fn whoever_is_disabled_or_has_another_password_is_logged_out(world: &World<'_>) {
    let sentence = "Members::update: whoever may not log in any more, or has another password, is logged out everywhere";
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let others = opened(world, &owner, SessionKind::Browser, NOW).await;
    let person = stored(world, tenant, "person@example.com", Role::Viewer).await;
    let renamed = Member {
        name: "Renamed".into(),
        role: Role::Member,
        ..person.clone()
    };
    let changed = Member {
        password: PasswordHash("$argon2id$second".into()),
        ..renamed.clone()
    };
    let disabled = Member {
        disabled_at: Some(NOW),
        ..changed.clone()
    };
    for (after, stays) in [(renamed, true), (changed, false), (disabled, false)] {
        let sessions = [
            opened(world, &person, SessionKind::Browser, NOW).await,
            opened(world, &person, SessionKind::Calendar, NOW).await,
        ];
        assert!(world.stores.members.update(&after).await.works());
        for session in sessions {
            assert_eq!(found(world, &session).await.is_some(), stays, "{sentence}");
        }
        assert!(
            found(world, &others).await.is_some(),
            "{sentence}: nobody else"
        );
    }
}

async fn sessions_that_ended_are_forgotten(world: &World<'_>) {
    let sentence = "Sessions::open: those of the same member and kind that no longer stand when it begins are forgotten";
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let kind = SessionKind::Browser;
    let ended = opened(world, &owner, kind, NOW - kind.idle()).await;
    let standing = opened(world, &owner, kind, NOW - kind.idle() + Duration::SECOND).await;
    let calendar = opened(world, &owner, SessionKind::Calendar, NOW).await;
    let worn = opened(world, &owner, kind, NOW - kind.longest()).await;
    world.stores.sessions.seen(&worn, NOW).await.works();
    opened(world, &owner, kind, NOW).await;
    assert_eq!(found(world, &ended).await, None, "{sentence}");
    assert_eq!(found(world, &worn).await, None, "{sentence}");
    assert!(found(world, &standing).await.is_some(), "{sentence}");
    assert!(found(world, &calendar).await.is_some(), "{sentence}");
}

async fn a_member_has_one_calendar(world: &World<'_>) {
    let sentence = "Sessions::open: a member has one calendar at a time, and the one before ends";
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let other = stored(world, tenant, "other@example.com", Role::Viewer).await;
    let browser = opened(world, &owner, SessionKind::Browser, NOW).await;
    let others = opened(world, &other, SessionKind::Calendar, NOW).await;
    let first = opened(world, &owner, SessionKind::Calendar, NOW).await;
    let second = opened(world, &owner, SessionKind::Calendar, NOW).await;
    assert_eq!(found(world, &first).await, None, "{sentence}");
    for session in [second, browser, others] {
        assert!(found(world, &session).await.is_some(), "{sentence}");
    }
}

async fn what_was_seen_is_never_taken_back(world: &World<'_>) {
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let session = opened(world, &owner, SessionKind::Browser, NOW).await;
    for at in [LATER, NOW] {
        world.stores.sessions.seen(&session, at).await.works();
        let seen = found(world, &session).await.map(|session| session.seen_at);
        assert_eq!(
            seen,
            Some(LATER),
            "Sessions::seen: what was noted is never taken back to an earlier instant"
        );
    }
}

async fn closing_ends_one_session_and_again_nothing(world: &World<'_>) {
    let tenant = world.tenant().await;
    let owner = stored(world, tenant, "owner@example.com", Role::Owner).await;
    let first = opened(world, &owner, SessionKind::Browser, NOW).await;
    let second = opened(world, &owner, SessionKind::Browser, NOW).await;
    for _ in 0..2 {
        world.stores.sessions.close(&first).await.works();
        let sentence = "Sessions::close: ends a session; ending it again changes nothing";
        assert_eq!(found(world, &first).await, None, "{sentence}");
        assert!(found(world, &second).await.is_some(), "{sentence}");
    }
}
