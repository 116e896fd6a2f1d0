//! When it may be said that a message is not there: whoever says so causes it to be sent again.

use crate::{
    find::{MMS, SMS, accepted, entry, find_at, keeping, query},
    support::{ID, access, account, clicksend, on, page, requests, success, with},
};
use serde_json::{Value, json};
use tidings_messaging::{Found, Provider as _, StatusQuery};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{path, query_param, query_param_is_missing},
};

/// A message of somebody else, so many seconds after the attempt was begun.
fn other(seconds: i64) -> Value {
    with(
        &entry(),
        &json!({
            "message_id": format!("OTHER{seconds}"), "to": "+12025550124",
            "custom_string": "att_00000000000000000000000009", "date": 1_784_127_600 + seconds
        }),
    )
}

/// An entry that nothing distinguishes from ours, with these members replaced.
fn bare(members: &Value) -> Value {
    with(&with(&entry(), &json!({"custom_string": null})), members)
}

async fn find(sms: &[Value], mms: &[Value]) -> Found {
    find_at(&keeping(sms, mms).await, &query()).await
}

/// A ClickSend that finds nothing by recipient, with these pages of its whole history.
async fn paging(pages: &[Value]) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path(SMS))
        .and(query_param("date_from", "1784127540"))
        .respond_with(success(&page(&[], 1, 1)))
        .mount(&server)
        .await;
    for (index, page) in pages.iter().enumerate() {
        Mock::given(path(SMS))
            .and(query_param_is_missing("q"))
            .and(query_param("page", (index + 1).to_string()))
            .respond_with(success(page))
            .mount(&server)
            .await;
    }
    on(&server, "GET", MMS, success(&page(&[], 1, 1))).await;
    on(&server, "GET", "/v3/account", success(&account())).await;
    server
}

#[tokio::test]
async fn histories_that_are_whole_and_lack_it_prove_its_absence() {
    assert_eq!(find(&[], &[]).await, Found::NotThere);
    assert_eq!(
        find(&[other(2), other(1)], &[other(1)]).await,
        Found::NotThere
    );
    // Their order does not matter where ClickSend says that they are whole.
    assert_eq!(find(&[other(1), other(2)], &[]).await, Found::NotThere);
}

#[tokio::test]
async fn an_empty_list_may_lack_its_entries() {
    let server = MockServer::start().await;
    let nothing = json!({"total": "0", "per_page": 100, "current_page": 1, "last_page": "0"});
    for path in [SMS, MMS] {
        on(&server, "GET", path, success(&nothing)).await;
    }
    assert_eq!(find_at(&server, &query()).await, Found::NotThere);
}

#[tokio::test]
async fn a_list_that_does_not_say_that_it_is_whole_proves_nothing() {
    for data in [
        json!({}),
        json!({"data": []}),
        json!({"total": 0, "data": []}),
        json!({"last_page": 1, "data": []}),
        // It says that there are some, and shows none.
        json!({"total": 7, "last_page": 1, "data": []}),
        json!({"total": 0, "last_page": "many", "data": []}),
    ] {
        let server = MockServer::start().await;
        for path in [SMS, MMS] {
            on(&server, "GET", path, success(&data)).await;
        }
        assert_eq!(
            find_at(&server, &query()).await,
            Found::CannotTell,
            "{data}"
        );
    }
}

#[tokio::test]
async fn a_history_is_read_back_beyond_the_attempt() {
    let pages = [
        page(&[other(9), other(3)], 1, 9),
        page(&[other(2), other(-61)], 2, 9),
    ];
    let server = paging(&pages).await;
    assert_eq!(find_at(&server, &query()).await, Found::NotThere);
    // By recipient, the MMS, and two pages.
    assert_eq!(requests(&server).await.len(), 4);
}

#[tokio::test]
async fn a_message_that_the_filter_left_out_is_found() {
    let pages = [page(&[other(9)], 1, 9), page(&[other(2), entry()], 2, 9)];
    assert_eq!(find_at(&paging(&pages).await, &query()).await, accepted());
}

#[tokio::test]
async fn a_history_in_another_order_proves_nothing_until_its_end() {
    let pages = [
        page(&[other(-90), other(-80)], 1, 2),
        page(&[other(-70)], 2, 2),
    ];
    assert_eq!(
        find_at(&paging(&pages).await, &query()).await,
        Found::NotThere
    );
    let pages: Vec<_> = (1..=6)
        .map(|number| page(&[other(-90 + number), other(-89 + number)], 1, 9))
        .collect();
    let server = paging(&pages).await;
    assert_eq!(find_at(&server, &query()).await, Found::CannotTell);
    assert_eq!(requests(&server).await.len(), 2 + 5);
}

#[tokio::test]
async fn a_history_that_is_too_long_proves_nothing() {
    let pages: Vec<_> = (1..=6)
        .map(|number| page(&[other(100 - number)], 1, 9))
        .collect();
    let server = paging(&pages).await;
    assert_eq!(find_at(&server, &query()).await, Found::CannotTell);
    assert_eq!(requests(&server).await.len(), 2 + 5);
}

#[tokio::test]
async fn a_history_of_mms_that_is_too_short_proves_nothing() {
    let server = MockServer::start().await;
    on(&server, "GET", SMS, success(&page(&[], 1, 1))).await;
    on(&server, "GET", MMS, success(&page(&[other(2)], 1, 2))).await;
    assert_eq!(find_at(&server, &query()).await, Found::CannotTell);
    let server = MockServer::start().await;
    on(&server, "GET", SMS, success(&page(&[], 1, 1))).await;
    on(
        &server,
        "GET",
        MMS,
        success(&page(&[other(2), other(-61)], 1, 2)),
    )
    .await;
    assert_eq!(find_at(&server, &query()).await, Found::NotThere);
}

#[tokio::test]
async fn what_is_another_s_is_not_ours() {
    let others = [
        bare(&json!({"direction": "in"})),
        bare(&json!({"to": "+12025550124"})),
        // The same text of days ago, and another text of before the attempt.
        bare(&json!({"date": 1_784_127_600 - 86_401})),
        bare(&json!({"date": 1_784_127_539, "body": "Something else"})),
        with(
            &entry(),
            &json!({"custom_string": "a note of the dashboard"}),
        ),
        with(
            &entry(),
            &json!({"custom_string": "att_00000000000000000000000008"}),
        ),
    ];
    assert_eq!(find(&others, &others).await, Found::NotThere);
    let taken = StatusQuery {
        taken: vec![ID.to_lowercase()],
        ..query()
    };
    let server = keeping(&[bare(&json!({}))], &[]).await;
    assert_eq!(find_at(&server, &taken).await, Found::NotThere);
}

#[tokio::test]
async fn what_may_be_ours_is_neither_ours_nor_absent() {
    for doubtful in [
        bare(&json!({"body": "Something else"})),
        bare(&json!({"body": null})),
        bare(&json!({"date": null})),
        // Older than clocks differ, but not by much.
        bare(&json!({"date": 1_784_127_539})),
        bare(&json!({"date": 1_784_127_600 - 86_400})),
        bare(&json!({"to": null})),
        bare(&json!({"message_id": null})),
        with(&entry(), &json!({"message_id": null})),
    ] {
        assert_eq!(
            find(std::slice::from_ref(&doubtful), &[]).await,
            Found::CannotTell,
            "{doubtful}"
        );
        assert_eq!(
            find(&[], std::slice::from_ref(&doubtful)).await,
            Found::CannotTell,
            "{doubtful}"
        );
    }
}

#[tokio::test]
async fn a_history_of_mms_that_cannot_be_read_proves_nothing() {
    let server = MockServer::start().await;
    on(&server, "GET", SMS, success(&page(&[], 1, 1))).await;
    on(&server, "GET", MMS, ResponseTemplate::new(503)).await;
    let asked = clicksend(&server.uri()).find(&access(), &query()).await;
    assert!(asked.is_err(), "{asked:?}");
}
