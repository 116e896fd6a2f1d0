//! Programs that go silent in the middle of a transaction.

use super::{
    given_up::{WAITING, await_connections},
    *,
};
use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use std::time::Instant;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// The address of the database behind a wire that can be silenced: nothing goes through it any more, and neither side
/// is told.
async fn wire(url: &str) -> (String, oneshot::Sender<()>) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (user, host) = authority
        .rsplit_once('@')
        .unwrap_or(("postgres", authority));
    let host = host.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (silence, mut silenced) = oneshot::channel();
    tokio::spawn(async move {
        let mut ends = Vec::new();
        let mut through = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (client, _) = accepted.unwrap();
                    let database = TcpStream::connect(host.as_str()).await.unwrap();
                    // Held open by copies of both ends when nobody carries anything between them.
                    let (client, database) = (client.into_std().unwrap(), database.into_std().unwrap());
                    ends.push((client.try_clone().unwrap(), database.try_clone().unwrap()));
                    through.spawn(async move {
                        let mut client = TcpStream::from_std(client).unwrap();
                        let mut database = TcpStream::from_std(database).unwrap();
                        copy_bidirectional(&mut client, &mut database).await.ok();
                    });
                }
                _ = &mut silenced => break,
            }
        }
        through.abort_all();
        std::future::pending::<()>().await;
    });
    (format!("{scheme}://{user}@{address}/{path}"), silence)
}

#[tokio::test]
async fn whoever_goes_silent_in_a_transaction_is_ended_and_the_worker_goes_on() {
    let Scene { db, store, contact } = somebody().await;
    let new = new_message(&contact, 1);
    store.accept(&new, None).await.unwrap();
    let held = claim_all(&store, Duration::HOUR).await.remove(0).held;
    let settlement = |seconds| Settlement::Released {
        due_at: NOW + Duration::seconds(seconds),
    };

    // One worker has locked the message, and goes silent while it waits for its place in the queue.
    let (url, silence) = wire(db.url()).await;
    let silent = Postgres::connect(&SecretString::from(url), Role::Worker, 1)
        .await
        .unwrap();
    let mut other = PgConnection::connect(db.url()).await.unwrap();
    let lock = format!(
        "BEGIN; SELECT FROM queue WHERE message_id = '{}' FOR UPDATE",
        held.message.uuid()
    );
    sqlx::raw_sql(AssertSqlSafe(lock))
        .execute(&mut other)
        .await
        .unwrap();
    let settling = tokio::spawn(async move { silent.settle(&[(held, settlement(1))], NOW).await });
    let mut watching = PgConnection::connect(db.url()).await.unwrap();
    await_connections(&mut watching, WAITING, 1).await;
    silence.send(()).unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();

    // Another one has to wait for the message, but not for ever, and its word counts.
    let started = Instant::now();
    store.settle(&[(held, settlement(2))], NOW).await.unwrap();
    let waited = started.elapsed();
    assert!(waited.as_secs() >= 5, "the message was locked: {waited:?}");
    assert!(waited.as_secs() < 20, "it waited for {waited:?}");
    let due = NOW + Duration::seconds(2);
    let claims = claim_all_at(&store, due, Duration::HOUR).await;
    assert_eq!(claims.len(), 1);
    settling.abort();
}
