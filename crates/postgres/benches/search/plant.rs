//! A tenant with many conversations, made of nothing but counted words and numbers of fiction.

use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use tidings_conformance::fixtures;
use tidings_conversations::words;
use tidings_kernel::{AccountId, BoxError, ContactId, TenantId};
use tidings_messaging::Tenants;
use tidings_postgres::{Postgres, test_db::TestDb};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many words there are; the first is the most frequent.
const VOCABULARY: usize = 20_000;
/// How many messages a conversation has.
const LENGTH: usize = 10;
/// How many rows one statement stores.
const ROWS: usize = 5_000;

/// Numbers without surprise: the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % end.max(1)
    }

    /// A rank as words have in a language: each half as likely as the one of half its rank.
    fn rank(&mut self) -> usize {
        let octaves = usize::BITS - VOCABULARY.leading_zeros();
        let octave = self.below(usize::try_from(octaves).unwrap_or(1));
        let first = 1 << octave;
        (first + self.below(first)).min(VOCABULARY)
    }
}

/// The word of a rank.
pub(crate) fn words_of(rank: usize) -> String {
    const SYLLABLES: [&str; 30] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
        "va", "we", "xi", "yo", "zu", "bra", "cle", "dri", "flo", "gru", "pla", "ste", "tri",
        "sno", "spu",
    ];
    let mut word = String::new();
    let mut rest = rank;
    loop {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
        if rest == 0 && word.len() > 3 {
            return word;
        }
    }
}

/// What somebody writes.
pub(crate) fn text(random: &mut Random) -> String {
    let length = 5 + random.below(15);
    let words: Vec<String> = (0..length).map(|_| words_of(random.rank())).collect();
    words.join(" ")
}

fn given_name(number: usize) -> String {
    format!("{}a", words_of(number % 400))
}

fn family_name(number: usize) -> String {
    format!("{}son", words_of(1_000 + number % 3_001))
}

pub(crate) fn full_name(random: &mut Random) -> String {
    let number = random.below(50_000);
    format!("{} {}", given_name(number), family_name(number))
}

/// One of the eighty thousand numbers of North America that are kept for fiction.
fn number(of: usize) -> String {
    format!("+1{}55501{:02}", 200 + of / 100 % 800, of % 100)
}

pub(crate) fn end_of_number(random: &mut Random) -> String {
    let number = number(random.below(50_000));
    // The area code tells them apart, so part of it is asked for.
    number[2..9].to_owned()
}

pub(crate) struct Plant {
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) contacts: Vec<ContactId>,
    pub(crate) now: OffsetDateTime,
}

/// A UUIDv7 of a millisecond.
fn id_at(milliseconds: i128, space: u16, count: usize) -> Uuid {
    let milliseconds = u128::try_from(milliseconds).unwrap_or(0);
    let mixed = (count as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xffff_ffff_ffff;
    Uuid::from_u128(
        (milliseconds << 80)
            | (7 << 76)
            | (2 << 62)
            | (u128::from(space) << 46)
            | (mixed & 0x3fff_ffff_ffff),
    )
}

impl Plant {
    /// The id of a message that comes later than all.
    pub(crate) fn later(&self, number: usize) -> Uuid {
        id_at(milliseconds(self.now) + number as i128, 9, number)
    }

    pub(crate) async fn grow(
        db: &TestDb,
        store: &Postgres,
        messages: usize,
    ) -> Result<Self, BoxError> {
        let plant = Self {
            tenant: TenantId::from_uuid(fixtures::uuid(90, 1)),
            account: AccountId::from_uuid(fixtures::uuid(91, 1)),
            contacts: (0..messages.div_ceil(LENGTH))
                .map(|count| ContactId::from_uuid(fixtures::uuid(92, count as u64)))
                .collect(),
            now: store.now().await?,
        };
        Tenants::put(store, &fixtures::tenant(plant.tenant)).await?;
        let mut connection = PgConnection::connect(db.url()).await?;
        let all: Vec<usize> = (0..plant.contacts.len()).collect();
        for chunk in all.chunks(ROWS) {
            plant.people(&mut connection, chunk).await?;
        }
        let mut random = Random::new(1);
        let all: Vec<usize> = (0..messages).collect();
        for chunk in all.chunks(ROWS) {
            plant
                .messages(&mut connection, chunk, messages, &mut random)
                .await?;
        }
        sqlx::raw_sql("VACUUM ANALYZE")
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(plant)
    }

    /// A tenant's words, as the store writes them.
    fn lexemes(&self, text: &str) -> String {
        let id = self.tenant.uuid().simple().to_string();
        let marked: Vec<String> = words(text)
            .iter()
            .map(|word| format!("{}{word}", &id[20..]))
            .collect();
        marked.join(" ")
    }

    async fn people(&self, connection: &mut PgConnection, chunk: &[usize]) -> Result<(), BoxError> {
        let ids: Vec<Uuid> = chunk.iter().map(|n| self.contacts[*n].uuid()).collect();
        let given: Vec<String> = chunk.iter().map(|n| given_name(*n)).collect();
        let family: Vec<String> = chunk.iter().map(|n| family_name(*n)).collect();
        let phones: Vec<String> = chunk.iter().map(|n| number(*n)).collect();
        let words: Vec<String> = chunk
            .iter()
            .map(|n| {
                self.lexemes(&format!(
                    "{} {} {}",
                    given_name(*n),
                    family_name(*n),
                    number(*n)
                ))
            })
            .collect();
        let unread: Vec<i32> = chunk.iter().map(|n| i32::from(n % 20 == 0)).collect();
        sqlx::query(
            "WITH person AS (
                 INSERT INTO contacts (tenant_id, id, first_name, last_name, phone, created_at, updated_at)
                 SELECT $1, id, given, family, phone, $2, $2
                 FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS p (id, given, family, phone)
             ), address AS (
                 INSERT INTO addresses (tenant_id, kind, value, contact_id)
                 SELECT $1, 'phone', phone, id FROM unnest($3::uuid[], $6::text[]) AS p (id, phone)
             )
             INSERT INTO conversations (tenant_id, id, contact_id, status, unread, activity, words, created_at,
                 updated_at)
             SELECT $1, id, id, 'open', unread, id, array_to_tsvector(string_to_array(words, ' ')), $2, $2
             FROM unnest($3::uuid[], $7::text[], $8::integer[]) AS c (id, words, unread)",
        )
        .bind(self.tenant.uuid())
        .bind(self.now)
        .bind(&ids)
        .bind(&given)
        .bind(&family)
        .bind(&phones)
        .bind(&words)
        .bind(&unread)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn messages(
        &self,
        connection: &mut PgConnection,
        chunk: &[usize],
        all: usize,
        random: &mut Random,
    ) -> Result<(), BoxError> {
        let mut ids = Vec::with_capacity(chunk.len());
        let mut people = Vec::with_capacity(chunk.len());
        let mut texts = Vec::with_capacity(chunk.len());
        let mut lexemes = Vec::with_capacity(chunk.len());
        let mut latest: BTreeMap<Uuid, Uuid> = BTreeMap::new();
        for count in chunk {
            let age = i128::try_from(all - count).unwrap_or(0) * 500;
            let id = id_at(milliseconds(self.now) - age, 1, *count);
            let person = self.contacts[random.below(self.contacts.len())].uuid();
            let text = text(random);
            lexemes.push(self.lexemes(&text));
            ids.push(id);
            people.push(person);
            texts.push(text);
            latest.insert(person, id);
        }
        sqlx::query(
            "WITH message AS (
                 INSERT INTO messages (tenant_id, id, contact_id, direction, channel, purpose, status, status_at,
                     content, to_address, address_kind, address_value, priority, account_id,
                     provider_message_id, created_at)
                 SELECT $1, id, contact_id, 'inbound', 'sms', 'conversational', 'received', $2,
                     jsonb_build_object('text', text, 'media', '[]'::jsonb), '+12025550199', 'phone',
                     '+12025550100', 5, $3, id::text, $2
                 FROM unnest($4::uuid[], $5::uuid[], $6::text[]) AS m (id, contact_id, text)
             )
             INSERT INTO conversation_words (tenant_id, conversation_id, document_id, words)
             SELECT $1, contact_id, id, array_to_tsvector(string_to_array(words, ' '))
             FROM unnest($4::uuid[], $5::uuid[], $7::text[]) AS w (id, contact_id, words)",
        )
        .bind(self.tenant.uuid())
        .bind(self.now)
        .bind(self.account.uuid())
        .bind(&ids)
        .bind(&people)
        .bind(&texts)
        .bind(&lexemes)
        .execute(&mut *connection)
        .await?;
        let (threads, activity): (Vec<Uuid>, Vec<Uuid>) = latest.into_iter().unzip();
        sqlx::query(
            "UPDATE conversations c SET activity = greatest(c.activity, l.activity)
             FROM unnest($2::uuid[], $3::uuid[]) AS l (id, activity)
             WHERE c.tenant_id = $1 AND c.id = l.id",
        )
        .bind(self.tenant.uuid())
        .bind(&threads)
        .bind(&activity)
        .execute(connection)
        .await?;
        Ok(())
    }
}

fn milliseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}
