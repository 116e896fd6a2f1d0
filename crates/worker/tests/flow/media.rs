//! Files: fetched, refused, erased, and sent.

use crate::support::World;
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tidings_kernel::{Channel, Clock, Ids, MediaId, Purpose};
use tidings_memory::Memory;
use tidings_messaging::{
    Access, Contacts, FetchedMedia, InboundEvent, Media, MediaError, MediaKey, MediaOutcome,
    MediaRecords, MediaSettled, MediaSource, MediaStore, MediaStoreError, Message, MessageFilter,
    Messages, Page, ProviderEvent, Status,
    media::{
        FETCH_FOR, MediaFile, MediaForm, MediaLinks, MediaRecord, MediaRefusal, MediaState,
        UploadError, kept_as, media_address,
    },
    send::SendRequest,
};
use time::{Duration, OffsetDateTime};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and the rest of a picture";
const ADDRESS: &str = "https://files.example.com/../../etc/passwd";

/// A provider that hands out what the test tells it to, and may be slow enough for an erasure.
#[derive(Default)]
struct Files {
    answers: Mutex<VecDeque<Result<FetchedMedia, MediaError>>>,
    asked: Mutex<Vec<Media>>,
    erases: Mutex<Option<Arc<World>>>,
}

impl Files {
    fn will(&self, answer: Result<&'static [u8], MediaError>) {
        let answer = answer.map(|bytes| FetchedMedia {
            content_type: "image/jpeg".into(),
            bytes: Bytes::from_static(bytes),
        });
        self.answers.lock().unwrap().push_back(answer);
    }
}

#[async_trait]
impl MediaSource for Files {
    async fn fetch(&self, _: &Access, media: &Media, _: usize) -> Result<FetchedMedia, MediaError> {
        self.asked.lock().unwrap().push(media.clone());
        let erases = self.erases.lock().unwrap().take();
        if let Some(world) = erases {
            erased(&world).await;
        }
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Err(MediaError::NotFetched("nothing was told".into())))
    }
}

/// A store that is full until somebody makes room.
struct Filled {
    store: Arc<Memory>,
    is_full: AtomicBool,
}

#[async_trait]
impl MediaStore for Filled {
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(MediaStoreError::Full("no space left on device".into()));
        }
        self.store.put(key, bytes).await
    }

    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError> {
        MediaStore::get(&*self.store, key).await
    }

    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError> {
        self.store.delete(key).await
    }
}

/// A store of a tenant whose other files take up room while one is written.
struct Crowded {
    store: Arc<Memory>,
    ids: Arc<dyn Ids>,
    now: OffsetDateTime,
}

#[async_trait]
impl MediaStore for Crowded {
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError> {
        let other = MediaRecord {
            id: MediaId::new(&*self.ids),
            tenant: key.tenant,
            origin: None,
            state: MediaState::Pending,
            attempts: 0,
            created_at: self.now,
        };
        self.store.add(&other, self.now).await.unwrap();
        let file = MediaFile {
            content_type: "image/gif".into(),
            bytes: 100,
            sha256: [0; 32],
        };
        let stored = MediaOutcome::Stored {
            file,
            small: None,
            quota: u64::MAX,
        };
        let settled = self.store.settle(key.tenant, other.id, &stored).await;
        assert_eq!(settled.unwrap(), MediaSettled::Noted);
        self.store.put(key, bytes).await
    }

    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError> {
        MediaStore::get(&*self.store, key).await
    }

    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError> {
        self.store.delete(key).await
    }
}

async fn world() -> (World, Arc<Files>) {
    let mut world = World::new().await;
    let files = Arc::new(Files::default());
    let worker = &mut world.worker;
    let source: Arc<dyn MediaSource> = files.clone();
    let providers = worker.receiving.providers.clone();
    let providers = providers.with_media("simulator", source);
    worker.receiving.providers = providers.clone();
    worker.keeping.providers = providers;
    (world, files)
}

async fn erased(world: &World) {
    let erased = world
        .store
        .erase(world.tenant, world.contact.id, &[], world.clock.now());
    erased.await.unwrap();
}

/// The contact sends a file, and everything that is due is done.
async fn sends(world: &World, id: &str, text: &str, url: &str) {
    let event = ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.into(),
        channel: Channel::Sms,
        from: world.address(),
        whatsapp_user: None,
        to: "+12025550199".into(),
        text: text.into(),
        media: vec![Media {
            url: url.into(),
            content_type: Some("image/jpeg".into()),
        }],
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(world.clock.now()),
    });
    world.calls_back(vec![event]).await;
}

async fn message(world: &World) -> Message {
    let page = Page {
        limit: 1,
        after: None,
    };
    let filter = MessageFilter::default();
    let found = Messages::list(&*world.store, world.tenant, &filter, page).await;
    found.unwrap().data.remove(0).message
}

async fn record(world: &World) -> MediaRecord {
    let media = message(world).await.content.media;
    let Some(id) = kept_as(&media[0]) else {
        panic!("the message names no file of ours: {media:?}");
    };
    let found = MediaRecords::get(&*world.store, world.tenant, &[id]).await;
    found.unwrap().remove(0)
}

async fn bytes(world: &World, media: MediaId) -> Option<Bytes> {
    let key = MediaKey {
        tenant: world.tenant,
        media,
        form: MediaForm::Original,
    };
    MediaStore::get(&*world.store, key).await.unwrap()
}

#[tokio::test]
async fn a_picture_is_fetched_stored_and_opened_by_a_link_for_a_time() {
    let (world, files) = world().await;
    files.will(Ok(JPEG));
    sends(&world, "M1", "", ADDRESS).await;
    assert_eq!(files.asked.lock().unwrap()[0].url, ADDRESS);
    let record = record(&world).await;
    let MediaState::Stored { file, small } = &record.state else {
        panic!("{:?}", record.state);
    };
    assert_eq!(
        (file.content_type.as_str(), file.bytes),
        ("image/jpeg", JPEG.len() as u64)
    );
    assert_eq!(*small, None);

    let keeping = &world.worker.keeping;
    let link = keeping
        .links
        .for_tenant(world.tenant, record.id, world.clock.now());
    let signature = |text: &str| keeping.links.signer.sign(text);
    let said = format!("media {} {} none {}", link.tenant, link.media, link.expires);
    let opened = keeping
        .open(&link, &signature(&said))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(opened.bytes, JPEG);
    assert_eq!(opened.name, format!("{}.jpg", record.id));
    assert!(
        keeping
            .open(&link, &signature("other"))
            .await
            .unwrap()
            .is_none()
    );
    world.clock.advance(MediaLinks::FOR_TENANTS);
    assert!(
        keeping
            .open(&link, &signature(&said))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_page_that_is_called_a_picture_is_known_for_a_page() {
    let (world, files) = world().await;
    files.will(Ok(b"<html><script>alert(1)</script>"));
    sends(&world, "M1", "", "https://files.example.com/a.jpg").await;
    let MediaState::Stored { file, .. } = record(&world).await.state else {
        panic!("it is stored");
    };
    assert_eq!(file.content_type, "text/html");
}

#[tokio::test]
async fn what_does_not_come_is_asked_for_again_and_at_last_given_up() {
    let (world, files) = world().await;
    files.will(Err(MediaError::NotFetched("busy".into())));
    sends(&world, "M1", "", ADDRESS).await;
    assert_eq!(record(&world).await.state, MediaState::Pending);
    files.will(Ok(JPEG));
    world.clock.advance(Duration::seconds(14));
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(files.asked.lock().unwrap().len(), 1);
    world.clock.advance(Duration::seconds(1));
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(files.asked.lock().unwrap().len(), 2);
    assert_eq!(record(&world).await.state.as_str(), "stored");

    sends(&world, "M2", "", ADDRESS).await;
    for _ in 0..FETCH_FOR.whole_hours() {
        world.clock.advance(Duration::HOUR);
        world.worker.run_until_idle().await.unwrap();
    }
    let state = record(&world).await.state;
    assert_eq!(state, MediaState::Refused(MediaRefusal::NotFetched));
    let asked = files.asked.lock().unwrap().len();
    world.clock.advance(FETCH_FOR);
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(
        files.asked.lock().unwrap().len(),
        asked,
        "given up is given up"
    );
}

#[tokio::test]
async fn what_will_never_come_says_why_and_is_not_asked_for_again() {
    for (answer, reason) in [
        (Err(MediaError::Gone), MediaRefusal::Gone),
        (Err(MediaError::Foreign), MediaRefusal::Foreign),
        (
            Err(MediaError::TooLarge { most: 1_000 }),
            MediaRefusal::TooLarge,
        ),
        (Ok(&[0; 1_001][..]), MediaRefusal::TooLarge),
        (Ok(&[][..]), MediaRefusal::Empty),
    ] {
        let (world, files) = world().await;
        files.will(answer);
        sends(&world, "M1", "", ADDRESS).await;
        assert_eq!(record(&world).await.state, MediaState::Refused(reason));
        world.clock.advance(Duration::DAY);
        world.worker.run_until_idle().await.unwrap();
        assert_eq!(files.asked.lock().unwrap().len(), 1, "{reason}");
    }
}

#[tokio::test]
async fn a_full_store_loses_nothing() {
    let (mut world, files) = world().await;
    let filled = Arc::new(Filled {
        store: world.store.clone(),
        is_full: AtomicBool::new(true),
    });
    world.worker.keeping.store = filled.clone();
    files.will(Ok(JPEG));
    files.will(Ok(JPEG));
    sends(&world, "M1", "", ADDRESS).await;
    let found = record(&world).await;
    assert_eq!(found.state, MediaState::Pending);
    filled.is_full.store(false, Ordering::Relaxed);
    world.clock.advance(Duration::MINUTE);
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(bytes(&world, found.id).await.as_deref(), Some(JPEG));
}

#[tokio::test]
async fn an_erasure_takes_the_files_even_while_they_are_fetched() {
    let (world, files) = world().await;
    files.will(Ok(JPEG));
    sends(&world, "M1", "", ADDRESS).await;
    let before = record(&world).await.id;
    erased(&world).await;
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(bytes(&world, before).await, None);

    let (world, files) = self::world().await;
    let world = Arc::new(world);
    *files.erases.lock().unwrap() = Some(world.clone());
    files.will(Ok(JPEG));
    sends(&world, "M1", "", ADDRESS).await;
    world.clock.advance(Duration::HOUR);
    world.worker.run_until_idle().await.unwrap();
    assert_eq!(files.asked.lock().unwrap().len(), 1);
    let due = MediaRecords::claim(&*world.store, 10, world.clock.now(), Duration::HOUR).await;
    assert_eq!(due.unwrap(), [], "nothing of it is left, nor to be done");
}

#[tokio::test]
async fn a_stop_with_an_address_that_no_store_keeps_is_heard() {
    let (world, files) = world().await;
    files.will(Err(MediaError::Foreign));
    sends(&world, "M1", "STOP", "https://files.example.com/a\0b").await;
    assert!(!message(&world).await.content.media[0].url.contains('\0'));
    let sale = world.send(Channel::Sms, Purpose::Marketing, "Sale").await;
    assert_eq!(sale.status, Status::Blocked);
}

#[tokio::test]
async fn a_provider_is_given_a_link_to_what_a_tenant_gave_us() {
    let (world, _) = world().await;
    let keeping = &world.worker.keeping;
    let png = Bytes::from_static(b"\x89PNG\r\n\x1a\n and the rest");
    let taken = keeping.take_in(world.tenant, png, None).await.unwrap();
    let channels = [Channel::Sms, Channel::Whatsapp];
    let mut media = vec![Media {
        url: media_address(taken.id),
        content_type: None,
    }];
    let attached = keeping.attach(world.tenant, &mut media, &channels).await;
    attached.unwrap().unwrap();
    assert_eq!(media[0].url, media_address(taken.id));
    assert_eq!(media[0].content_type.as_deref(), Some("image/png"));
    let request = SendRequest {
        media,
        ..world.request(Channel::Sms, Purpose::Transactional, "Your invoice")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.worker.run_until_idle().await.unwrap();
    let attached = world.script.attached.lock().unwrap().clone();
    let start = format!(
        "https://hooks.example.com/media/{}/{}.png?expires=",
        world.tenant, taken.id
    );
    assert!(attached[0].url.starts_with(&start), "{attached:?}");
    assert!(
        attached[0].url.contains("&channel=sms&signature="),
        "{attached:?}"
    );
}

#[tokio::test]
async fn what_there_is_no_room_for_is_known_and_not_kept() {
    let (mut world, files) = world().await;
    world.worker.keeping.quota = JPEG.len() as u64 + 1;
    for (id, state) in [("M1", "stored"), ("M2", "refused")] {
        files.will(Ok(JPEG));
        sends(&world, id, "Look", ADDRESS).await;
        assert_eq!(record(&world).await.state.as_str(), state);
    }
    let refused = record(&world).await;
    assert_eq!(refused.state, MediaState::Refused(MediaRefusal::NoRoom));
    let source = refused.origin.map(|origin| origin.source.url);
    assert_eq!(source.as_deref(), Some(ADDRESS), "where it was is known");
    assert_eq!(bytes(&world, refused.id).await, None);
    assert_eq!(message(&world).await.content.text, "Look");
}

#[tokio::test]
async fn what_finds_its_room_taken_leaves_no_bytes() {
    let (mut world, files) = world().await;
    let keeping = &mut world.worker.keeping;
    keeping.quota = 120;
    keeping.store = Arc::new(Crowded {
        store: world.store.clone(),
        ids: keeping.ids.clone(),
        now: world.clock.now(),
    });
    files.will(Ok(JPEG));
    sends(&world, "M1", "Look", ADDRESS).await;
    let refused = record(&world).await;
    assert_eq!(refused.state, MediaState::Refused(MediaRefusal::NoRoom));
    assert_eq!(bytes(&world, refused.id).await, None);

    let keeping = &mut world.worker.keeping;
    keeping.quota = 220;
    let gif = Bytes::from([&b"GIF89a"[..], &[0; 15]].concat());
    let refused = keeping.take_in(world.tenant, gif, None).await;
    assert!(
        matches!(
            refused,
            Err(UploadError::NoRoom {
                used: 200,
                quota: 220
            })
        ),
        "{refused:?}"
    );
    world.clock.advance(Duration::DAY);
    let due = MediaRecords::claim(&*world.store, 10, world.clock.now(), Duration::HOUR).await;
    assert_eq!(due.unwrap(), [], "nothing of it is left, nor to be done");
}
