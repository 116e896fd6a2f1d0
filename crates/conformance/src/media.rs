use crate::{
    Stores,
    fixtures::{self, NOW},
    merging::merge_at,
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World},
};
use bytes::Bytes;
use tidings_kernel::{MediaId, MessageId, TenantId};
use tidings_messaging::{
    Contact, InboundRecord, Media, MediaKey, MediaOutcome, MediaSettled, MediaStore,
    ProviderAccount,
    media::{
        MediaFile, MediaForm, MediaOrigin, MediaRecord, MediaRefusal, MediaState, media_address,
    },
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Panics unless `stores.media` keeps every promise of [`MediaRecords`](tidings_messaging::MediaRecords).
pub async fn media_records(stores: &Stores) {
    let world = World::new(stores, 63);
    what_comes_with_a_message_is_due_at_once(&world).await;
    nobody_else_gets_what_is_held(&world).await;
    what_was_fetched_is_kept(&world).await;
    what_did_not_come_comes_up_again(&world).await;
    what_never_comes_says_why(&world).await;
    what_a_tenant_gives_is_due_when_it_is_not_settled(&world).await;
    what_is_removed_is_seen_by_nobody_and_due_to_be_deleted(&world).await;
    an_erasure_removes_what_the_person_sent(&world).await;
    what_a_merged_contact_sent_is_the_other_s(&world).await;
    what_is_stored_takes_room(&world).await;
    no_more_is_stored_than_there_is_room_for(&world).await;
    nobody_sees_another_tenant_s(&world).await;
}

/// Panics unless `store` keeps every promise of [`MediaStore`].
///
/// # Panics
/// When it does not.
pub async fn media_store(store: &dyn MediaStore) {
    let key = |tenant: u128, media: u128, form| MediaKey {
        tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
        media: MediaId::from_uuid(Uuid::from_u128(media)),
        form,
    };
    let ours = key(1, 1, MediaForm::Original);
    let others = [
        key(2, 1, MediaForm::Original),
        key(1, 2, MediaForm::Original),
        key(1, 1, MediaForm::Small),
    ];
    let sentence = "MediaStore::get: None if there are none";
    assert_eq!(store.get(ours).await.works(), None, "{sentence}");
    let sentence = "MediaStore::put: gives their SHA-256";
    let hash = store.put(ours, Bytes::from_static(b"abc")).await.works();
    // FIPS 180-2, the first example of SHA-256.
    let expected = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
        0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
        0x15, 0xad,
    ];
    assert_eq!(hash, expected, "{sentence}");
    let sentence = "MediaStore::put: keeps bytes under a key";
    let found = store.get(ours).await.works();
    assert_eq!(found.as_deref(), Some(&b"abc"[..]), "{sentence}");
    for other in others {
        assert_eq!(store.get(other).await.works(), None, "{sentence}");
    }
    let sentence = "MediaStore::put: instead of what was there";
    let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    store.put(ours, every_byte.clone().into()).await.works();
    let found = store.get(ours).await.works();
    assert_eq!(found.as_deref(), Some(&every_byte[..]), "{sentence}");
    let sentence = "MediaStore::delete: deletes what is under a key";
    store.put(others[0], Bytes::from_static(b"x")).await.works();
    store.delete(ours).await.works();
    assert_eq!(store.get(ours).await.works(), None, "{sentence}");
    assert!(store.get(others[0]).await.works().is_some(), "{sentence}");
    // Deleting what is not there changes nothing.
    store.delete(ours).await.works();
    store.delete(others[0]).await.works();
}

/// A picture that a contact has sent.
async fn sent(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> MediaRecord {
    let (message, media) = (MessageId::new(&world.ids), MediaId::new(&world.ids));
    let mut message = fixtures::inbound(contact, message, account.id, &format!("IN-{media}"), "");
    message.content.media = vec![Media {
        url: media_address(media),
        content_type: Some("image/jpeg".into()),
    }];
    let source = Media {
        url: format!("https://files.example.com/{media}"),
        content_type: Some("image/jpeg".into()),
    };
    let record = MediaRecord {
        id: media,
        tenant: contact.tenant,
        origin: Some(MediaOrigin {
            contact: contact.id,
            message: message.id,
            account: account.id,
            source,
        }),
        state: MediaState::Pending,
        attempts: 0,
        created_at: NOW,
    };
    let inbound = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: vec![record.clone()],
    };
    assert!(world.stores.inbox.receive(&inbound).await.works());
    record
}

/// Claims for one tenant, whatever other checks left behind.
async fn claims(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<MediaRecord> {
    let claimed = world.stores.fetchers.claim(1_000, now, LEASE).await;
    let ours = claimed.works().into_iter();
    ours.filter(|record| record.tenant == tenant).collect()
}

async fn found(world: &World<'_>, record: &MediaRecord) -> Option<MediaRecord> {
    let found = world.stores.media.get(record.tenant, &[record.id]).await;
    found.works().pop()
}

async fn settle(world: &World<'_>, record: &MediaRecord, outcome: &MediaOutcome) -> bool {
    let fetchers = &world.stores.fetchers;
    let settled = fetchers.settle(record.tenant, record.id, outcome).await;
    settled.works() == MediaSettled::Noted
}

fn file(bytes: u64) -> MediaFile {
    MediaFile {
        content_type: "image/png".into(),
        bytes,
        sha256: [7; 32],
    }
}

/// Room for everything.
const PLENTY: u64 = 1 << 40;

/// A file that is stored, with a smaller form of so many bytes, if any.
fn stored(bytes: u64, small: u64, quota: u64) -> MediaOutcome {
    MediaOutcome::Stored {
        file: file(bytes),
        small: (small > 0).then(|| file(small)),
        quota,
    }
}

/// A file that a tenant gives us.
async fn given(world: &World<'_>, tenant: TenantId) -> MediaRecord {
    let record = MediaRecord {
        id: MediaId::new(&world.ids),
        tenant,
        origin: None,
        state: MediaState::Pending,
        attempts: 0,
        created_at: NOW,
    };
    world.stores.media.add(&record, LATER).await.works();
    record
}

async fn used(world: &World<'_>, tenant: TenantId) -> u64 {
    world.stores.media.used(tenant).await.works()
}

async fn what_is_stored_takes_room(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let sentence = "MediaRecords::used: how many bytes the tenant's stored files take";
    assert_eq!(used(world, tenant).await, 0, "{sentence}");
    let (theirs, ours) = (
        sent(world, &contact, &account).await,
        given(world, tenant).await,
    );
    assert_eq!(used(world, tenant).await, 0, "{sentence}");
    assert!(settle(world, &theirs, &stored(10, 0, PLENTY)).await);
    assert!(settle(world, &ours, &stored(5, 2, PLENTY)).await);
    let sentence = "MediaRecords::used: smaller pictures included";
    assert_eq!(used(world, tenant).await, 17, "{sentence}");
    // What was not noted is not counted.
    assert!(!settle(world, &ours, &stored(5, 2, PLENTY)).await);
    assert_eq!(used(world, tenant).await, 17, "{sentence}");
    let sentence = "MediaRecords::used: what was removed takes none";
    for _ in 0..2 {
        world
            .stores
            .media
            .remove(tenant, ours.id, NOW)
            .await
            .works();
        assert_eq!(used(world, tenant).await, 10, "{sentence}");
    }
    assert!(settle(world, &ours, &MediaOutcome::Deleted).await);
    assert_eq!(used(world, tenant).await, 10, "{sentence}");
    let contacts = &world.stores.contacts;
    contacts.erase(tenant, contact.id, &[], LATER).await.works();
    assert_eq!(used(world, tenant).await, 0, "{sentence}");
    let again = given(world, tenant).await;
    assert!(settle(world, &again, &stored(3, 0, PLENTY)).await);
    assert!(settle(world, &again, &MediaOutcome::Deleted).await);
    assert_eq!(used(world, tenant).await, 0, "{sentence}");
    let other = world.tenant().await;
    assert_eq!(used(world, other).await, 0, "{sentence}");
}

async fn no_more_is_stored_than_there_is_room_for(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stores = &world.stores.media;
    let sentence =
        "MediaRecords::settle: a file is stored only while all take no more than its quota";
    let large = given(world, tenant).await;
    let settled = stores.settle(tenant, large.id, &stored(90, 11, 100)).await;
    assert_eq!(settled.works(), MediaSettled::NoRoom, "{sentence}");
    let state = found(world, &large).await.map(|record| record.state);
    assert_eq!(state, Some(MediaState::Pending), "{sentence}");
    assert_eq!(used(world, tenant).await, 0, "{sentence}");
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let (stores, file) = (stores.clone(), given(world, tenant).await);
        workers.spawn(async move {
            let settled = stores.settle(tenant, file.id, &stored(30, 0, 100)).await;
            (file.id, settled.works())
        });
    }
    let sentence = "MediaRecords::settle: however many files are stored at the same time";
    let settled = workers.join_all().await;
    let of = |wanted: MediaSettled| settled.iter().filter(move |(_, came)| *came == wanted);
    assert_eq!(of(MediaSettled::Noted).count(), 3, "{sentence}");
    assert_eq!(of(MediaSettled::NoRoom).count(), 5, "{sentence}");
    assert_eq!(used(world, tenant).await, 90, "{sentence}");
    for (file, _) in of(MediaSettled::Noted).take(1) {
        stores.remove(tenant, *file, NOW).await.works();
    }
    let sentence = "MediaRecords::settle: what was removed makes room";
    assert!(
        settle(world, &large, &stored(40, 0, 100)).await,
        "{sentence}"
    );
    assert_eq!(used(world, tenant).await, 100, "{sentence}");
}

async fn what_comes_with_a_message_is_due_at_once(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let record = sent(world, &contact, &account).await;
    let sentence = "MediaRecords: the files of a message are added in the step that stores it";
    assert_eq!(
        found(world, &record).await,
        Some(record.clone()),
        "{sentence}"
    );
    let sentence = "MediaRecords: due at once";
    let before = claims(world, contact.tenant, NOW - Duration::SECOND).await;
    assert_eq!(before, [], "{sentence}");
    let claimed = claims(world, contact.tenant, NOW).await;
    let sentence =
        "MediaRecords::claim: each counts as an attempt, which is counted in what is given already";
    let expected = MediaRecord {
        attempts: 1,
        ..record
    };
    assert_eq!(claimed, [expected], "{sentence}");
}

async fn nobody_else_gets_what_is_held(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let first = sent(world, &contact, &account).await;
    let second = sent(world, &contact, &account).await;
    let ids = |records: Vec<MediaRecord>| -> Vec<MediaId> {
        records.iter().map(|record| record.id).collect()
    };
    let sentence = "MediaRecords::claim: those due longest come first";
    let claimed = ids(claims(world, contact.tenant, NOW).await);
    assert_eq!(claimed, [first.id, second.id], "{sentence}");
    let sentence = "MediaRecords::claim: nobody else gets them before lease has passed";
    assert_eq!(claims(world, contact.tenant, NOW).await, [], "{sentence}");
    let again = claims(world, contact.tenant, LEASE_OVER).await;
    assert_eq!(again.len(), 2, "{sentence}");
}

async fn what_was_fetched_is_kept(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let record = sent(world, &contact, &account).await;
    claims(world, contact.tenant, NOW).await;
    let (file, small) = (file(12), Some(file(3)));
    let outcome = MediaOutcome::Stored {
        file: file.clone(),
        small: small.clone(),
        quota: PLENTY,
    };
    let sentence = "MediaRecords::settle: notes what seeing to a pending file has come to";
    assert!(settle(world, &record, &outcome).await, "{sentence}");
    let state = found(world, &record).await.map(|record| record.state);
    assert_eq!(
        state,
        Some(MediaState::Stored { file, small }),
        "{sentence}"
    );
    assert_eq!(claims(world, contact.tenant, LATER).await, [], "{sentence}");
    let sentence = "MediaRecords::settle: false if it is settled";
    let refused = MediaOutcome::Refused(MediaRefusal::Gone);
    assert!(!settle(world, &record, &refused).await, "{sentence}");
    let sentence = "MediaRecords::settle: false if it does not exist";
    let missing = MediaRecord {
        id: MediaId::new(&world.ids),
        ..record
    };
    assert!(!settle(world, &missing, &refused).await, "{sentence}");
}

async fn what_did_not_come_comes_up_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let record = sent(world, &contact, &account).await;
    claims(world, contact.tenant, NOW).await;
    let again = MediaOutcome::Again { at: LATER };
    let sentence = "MediaOutcome::Again: to be tried again, when";
    assert!(settle(world, &record, &again).await, "{sentence}");
    let before = claims(world, contact.tenant, LATER - Duration::SECOND).await;
    assert_eq!(before, [], "{sentence}");
    let claimed = claims(world, contact.tenant, LATER).await;
    assert_eq!(claimed.len(), 1, "{sentence}");
    assert_eq!(claimed[0].attempts, 2, "{sentence}");
}

async fn what_never_comes_says_why(world: &World<'_>) {
    let (contact, account) = world.people().await;
    for reason in MediaRefusal::ALL {
        let record = sent(world, &contact, &account).await;
        let refused = MediaOutcome::Refused(reason);
        let sentence = "MediaOutcome::Refused: it never will";
        assert!(settle(world, &record, &refused).await, "{sentence}");
        let state = found(world, &record).await.map(|record| record.state);
        assert_eq!(state, Some(MediaState::Refused(reason)), "{sentence}");
    }
    let sentence = "MediaRecords::claim: about which something is to be done";
    assert_eq!(claims(world, contact.tenant, LATER).await, [], "{sentence}");
}

async fn what_a_tenant_gives_is_due_when_it_is_not_settled(world: &World<'_>) {
    let tenant = world.tenant().await;
    let record = |id| MediaRecord {
        id,
        tenant,
        origin: None,
        state: MediaState::Pending,
        attempts: 0,
        created_at: NOW,
    };
    let (left, done) = (
        record(MediaId::new(&world.ids)),
        record(MediaId::new(&world.ids)),
    );
    let stores = &world.stores.media;
    stores.add(&left, LATER).await.works();
    stores.add(&done, LATER).await.works();
    let outcome = stored(1, 0, PLENTY);
    let sentence = "MediaRecords::add: it is due at give_up_at, if it is not settled by then";
    assert!(settle(world, &done, &outcome).await, "{sentence}");
    assert_eq!(claims(world, tenant, NOW).await, [], "{sentence}");
    let due: Vec<MediaId> = claims(world, tenant, LATER)
        .await
        .iter()
        .map(|r| r.id)
        .collect();
    assert_eq!(due, [left.id], "{sentence}");
}

async fn what_is_removed_is_seen_by_nobody_and_due_to_be_deleted(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (tenant, stores) = (contact.tenant, &world.stores.media);
    let record = sent(world, &contact, &account).await;
    claims(world, tenant, NOW).await;
    let sentence = "MediaRecords::remove: false if there is none";
    let missing = stores.remove(tenant, MediaId::new(&world.ids), NOW).await;
    assert!(!missing.works(), "{sentence}");
    assert!(stores.remove(tenant, record.id, NOW).await.works());
    let twice = stores.remove(tenant, record.id, NOW).await;
    assert!(!twice.works(), "{sentence}");
    let sentence = "MediaRecords::remove: nobody sees it from now on";
    assert_eq!(found(world, &record).await, None, "{sentence}");
    let sentence = "MediaRecords::remove: not while somebody holds it";
    assert_eq!(claims(world, tenant, NOW).await, [], "{sentence}");
    let sentence = "MediaRecords::settle: false if it was removed meanwhile";
    let outcome = stored(1, 0, PLENTY);
    assert!(!settle(world, &record, &outcome).await, "{sentence}");
    let sentence = "MediaRecords::remove: its bytes are due to be deleted";
    let due = claims(world, tenant, LEASE_OVER).await;
    assert_eq!(due.len(), 1, "{sentence}");
    assert_eq!(
        (&due[0].state, &due[0].origin),
        (&MediaState::Removed, &None),
        "{sentence}"
    );
    let sentence = "MediaOutcome::Deleted: it is forgotten";
    for _ in 0..2 {
        assert!(
            settle(world, &record, &MediaOutcome::Deleted).await,
            "{sentence}"
        );
    }
    let later = claims(world, tenant, LATER + LEASE).await;
    assert_eq!(later, [], "{sentence}");
}

async fn an_erasure_removes_what_the_person_sent(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let other = world.contact(tenant, 2).await;
    let theirs = sent(world, &contact, &account).await;
    let others = sent(world, &other, &account).await;
    let outcome = stored(1, 0, PLENTY);
    for record in [&theirs, &others] {
        assert!(settle(world, record, &outcome).await);
    }
    let contacts = &world.stores.contacts;
    contacts.erase(tenant, contact.id, &[], LATER).await.works();
    let sentence = "MediaRecords: an erasure removes what the person sent, in its own step";
    assert_eq!(found(world, &theirs).await, None, "{sentence}");
    assert!(found(world, &others).await.is_some(), "{sentence}");
    let due = claims(world, tenant, LATER).await;
    let sentence = "MediaRecords: leaves nothing of where that came from";
    let due: Vec<_> = due.iter().map(|r| (r.id, &r.origin, &r.state)).collect();
    assert_eq!(
        due,
        [(theirs.id, &None, &MediaState::Removed)],
        "{sentence}"
    );
}

async fn what_a_merged_contact_sent_is_the_other_s(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let other = world.contact(tenant, 2).await;
    let theirs = sent(world, &other, &account).await;
    let merge = merge_at(world, &contact, &other, LATER);
    let contacts = &world.stores.contacts;
    contacts.merge(tenant, &merge).await.works();
    assert!(
        found(world, &theirs).await.is_some(),
        "Contacts::merge: files come along"
    );
    contacts.erase(tenant, contact.id, &[], LATER).await.works();
    let sentence =
        "MediaRecords: an erasure removes what those sent who were merged into the person";
    assert_eq!(found(world, &theirs).await, None, "{sentence}");
}

async fn nobody_sees_another_tenant_s(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let record = sent(world, &contact, &account).await;
    let (other, stores) = (world.tenant().await, &world.stores.media);
    let sentence = "MediaRecords::get: the tenant's files";
    assert_eq!(
        stores.get(other, &[record.id]).await.works(),
        [],
        "{sentence}"
    );
    let removed = stores.remove(other, record.id, NOW).await;
    assert!(!removed.works(), "{sentence}");
    let refused = MediaOutcome::Refused(MediaRefusal::Gone);
    let settled = stores.settle(other, record.id, &refused).await;
    assert_eq!(settled.works(), MediaSettled::TooLate, "{sentence}");
    stores
        .settle(other, record.id, &MediaOutcome::Deleted)
        .await
        .works();
    assert_eq!(found(world, &record).await, Some(record), "{sentence}");
}
