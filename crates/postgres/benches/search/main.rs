//! How fast conversations are listed and found among a million messages, and what a thread costs what comes in.
//!
//! `cargo xtask bench search [messages]` starts it; docs/benchmarks/search.md says what the figures mean.

mod plant;

use plant::{Plant, Random, words_of};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tidings_conformance::fixtures;
use tidings_conversations::{ConversationFilter, Conversations, SearchQuery, WhoseTurn};
use tidings_kernel::{BoxError, MessageId};
use tidings_messaging::{InboundRecord, Inbox, MessageFilter, Messages, Page};
use tidings_postgres::{Postgres, Role, test_db::TestDb};

/// How often each figure is taken.
const RUNS: usize = 60;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // `cargo test` and `cargo bench` give words of their own.
    let wanted = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let messages: usize = wanted.unwrap_or(1_000_000);
    let db = TestDb::fresh().await?;
    let api = Arc::new(db.connect(Role::Api).await?);
    let worker = Arc::new(db.connect(Role::Worker).await?);
    eprintln!("Planting {messages} messages.");
    let started = Instant::now();
    let plant = Plant::grow(&db, &worker, messages).await?;
    eprintln!("Planted in {:.0?}.", started.elapsed());
    println!(
        "| what | found | median | 95 of 100 | slowest |\n| --- | ---: | ---: | ---: | ---: |"
    );
    for (name, query) in queries() {
        let figure = lists(&api, &plant, &*query).await?;
        figure.print(&name);
    }
    threads(&api, &plant)
        .await?
        .print("the newest 50 messages of a thread");
    intake(&worker, &plant)
        .await?
        .print("a message from a contact is stored, alone");
    Ok(())
}

/// What was measured.
struct Figure {
    /// How many were found, the most of all runs.
    found: usize,
    times: Vec<Duration>,
}

impl Figure {
    fn print(mut self, name: &str) {
        self.times.sort_unstable();
        let at = |part: usize| {
            let place = (self.times.len() * part / 100).min(self.times.len() - 1);
            self.times[place].as_secs_f64() * 1_000.0
        };
        println!(
            "| {name} | {} | {:.1} ms | {:.1} ms | {:.1} ms |",
            self.found,
            at(50),
            at(95),
            at(100)
        );
    }
}

/// What one run looks for.
type Query = Box<dyn Fn(&mut Random) -> ConversationFilter>;

fn queries() -> Vec<(String, Query)> {
    let plain = |filter: fn() -> ConversationFilter| -> Query { Box::new(move |_| filter()) };
    let said = |text: fn(&mut Random) -> String| -> Query {
        Box::new(move |random| ConversationFilter {
            query: SearchQuery::parse(&text(random)),
            ..ConversationFilter::default()
        })
    };
    let unread = || ConversationFilter {
        turn: Some(WhoseTurn::Unread),
        ..ConversationFilter::default()
    };
    let named = |name: &str, query| (name.to_owned(), query);
    vec![
        named(
            "the inbox, without a search",
            plain(ConversationFilter::default),
        ),
        named("what is unread", plain(unread)),
        named("the most frequent word", said(|_| words_of(1))),
        named("a word in one message of a hundred", said(|_| words_of(60))),
        named(
            "a rare word",
            said(|random| words_of(10_000 + random.below(9_000))),
        ),
        named(
            "two words",
            said(|random| format!("{} {}", words_of(2), words_of(300 + random.below(300)))),
        ),
        named(
            "the beginning of a word, two letters",
            said(|random| words_of(40 + random.below(200))[..2].to_owned()),
        ),
        named("a given name and a family name", said(plant::full_name)),
        named(
            "the last seven digits of a number",
            said(plant::end_of_number),
        ),
        named("what nobody says", said(|_| "xylophonists".to_owned())),
        named(
            "the most frequent word, unread",
            Box::new(move |_| ConversationFilter {
                query: SearchQuery::parse(&words_of(1)),
                ..unread()
            }),
        ),
    ]
}

async fn lists(
    store: &Postgres,
    plant: &Plant,
    query: &dyn Fn(&mut Random) -> ConversationFilter,
) -> Result<Figure, BoxError> {
    let mut random = Random::new(7);
    let mut figure = Figure {
        found: 0,
        times: Vec::with_capacity(RUNS),
    };
    let page = Page {
        limit: 50,
        after: None,
    };
    for _ in 0..RUNS {
        let filter = query(&mut random);
        let started = Instant::now();
        let found = Conversations::list(store, plant.tenant, &filter, page).await?;
        figure.times.push(started.elapsed());
        figure.found = figure.found.max(found.data.len());
    }
    Ok(figure)
}

async fn threads(store: &Postgres, plant: &Plant) -> Result<Figure, BoxError> {
    let mut random = Random::new(8);
    let mut figure = Figure {
        found: 0,
        times: Vec::with_capacity(RUNS),
    };
    let page = Page {
        limit: 50,
        after: None,
    };
    for _ in 0..RUNS {
        let filter = MessageFilter {
            contact: Some(plant.contacts[random.below(plant.contacts.len())]),
            ..MessageFilter::default()
        };
        let started = Instant::now();
        let found = Messages::list(store, plant.tenant, &filter, page).await?;
        figure.times.push(started.elapsed());
        figure.found = figure.found.max(found.data.len());
    }
    Ok(figure)
}

async fn intake(store: &Postgres, plant: &Plant) -> Result<Figure, BoxError> {
    let mut random = Random::new(9);
    let mut figure = Figure {
        found: 0,
        times: Vec::with_capacity(RUNS),
    };
    for number in 0..RUNS * 5 {
        let id = plant.contacts[random.below(plant.contacts.len())];
        let contact = fixtures::contact(plant.tenant, id, 1);
        let message = MessageId::from_uuid(plant.later(number));
        let text = plant::text(&mut random);
        let name = format!("LATER-{number}");
        let mut message = fixtures::inbound(&contact, message, plant.account, &name, &text);
        message.created_at = plant.now;
        message.status_at = plant.now;
        let record = InboundRecord {
            message,
            new_contact: None,
            consent: Vec::new(),
            media: Vec::new(),
        };
        let started = Instant::now();
        let is_new = store.receive(&record).await?;
        figure.times.push(started.elapsed());
        figure.found += usize::from(is_new);
    }
    Ok(figure)
}
