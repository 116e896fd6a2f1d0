use crate::{
    callback::{receipt_form, request, wrote_json},
    support::{CALLBACK, access, access_with, clicksend},
};
use tidings_messaging::{Access, CallbackRequest, NotAuthentic, Provider as _};

async fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let adapter = clicksend("http://127.0.0.1:9");
    adapter.authenticate(access, request).await
}

fn identified() -> Access {
    access_with(&[("user_id", "10"), ("subaccount_id", "20")])
}

#[tokio::test]
async fn the_unguessable_address_vouches() {
    let receipt = request(&receipt_form(&[]));
    let by_get = CallbackRequest {
        method: "GET".into(),
        url: format!("{CALLBACK}?{}", receipt_form(&[])),
        ..request("")
    };
    for access in [access(), identified()] {
        for request in [&receipt, &wrote_json(), &by_get] {
            assert_eq!(authenticate(&access, request).await, Ok(()));
        }
    }
}

#[tokio::test]
async fn no_byte_of_the_address_can_be_changed() {
    let genuine = request(&receipt_form(&[]));
    let start = CALLBACK.rfind('/').unwrap();
    for index in start + 1..CALLBACK.len() {
        for bit in [0x01, 0x04, 0x10] {
            let mut url = CALLBACK.as_bytes().to_vec();
            url[index] ^= bit;
            let changed = CallbackRequest {
                url: String::from_utf8(url).unwrap(),
                ..genuine.clone()
            };
            assert_eq!(
                authenticate(&access(), &changed).await,
                Err(NotAuthentic::Wrong),
                "{}",
                changed.url
            );
        }
    }
    for url in [
        "",
        "https://hooks.example.com/callbacks/clicksend/",
        &CALLBACK[..CALLBACK.len() - 1],
    ] {
        let changed = CallbackRequest {
            url: url.to_owned(),
            ..genuine.clone()
        };
        assert!(authenticate(&access(), &changed).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn an_account_without_an_address_takes_nothing() {
    for callback_url in ["", "https://hooks.example.com/"] {
        let access = Access {
            callback_url: callback_url.into(),
            ..access()
        };
        let request = CallbackRequest {
            url: callback_url.into(),
            ..request(&receipt_form(&[]))
        };
        assert_eq!(
            authenticate(&access, &request).await,
            Err(NotAuthentic::Wrong)
        );
    }
}

#[tokio::test]
async fn a_callback_that_names_another_account_is_refused() {
    for name in ["user_id", "subaccount_id"] {
        for other in ["11", "1", "200", "x"] {
            let request = request(&receipt_form(&[(name, other)]));
            assert_eq!(
                authenticate(&identified(), &request).await,
                Err(NotAuthentic::OtherAccount),
                "{name}={other}"
            );
            // Who gave no numbers compares none.
            assert_eq!(authenticate(&access(), &request).await, Ok(()));
        }
    }
    let json = CallbackRequest {
        headers: vec![("content-type".into(), "application/json".into())],
        ..request(r#"{"from":"+12025550123","body":"STOP","message_id":"1","user_id":11}"#)
    };
    assert_eq!(
        authenticate(&identified(), &json).await,
        Err(NotAuthentic::OtherAccount)
    );
}

#[tokio::test]
async fn a_callback_that_names_no_account_is_taken() {
    let receipt = request(&receipt_form(&[("user_id", ""), ("subaccount_id", "")]));
    assert_eq!(authenticate(&identified(), &receipt).await, Ok(()));
    // It is kept, so that people can look at it.
    assert_eq!(authenticate(&identified(), &request("{")).await, Ok(()));
}

#[tokio::test]
async fn misshapen_numbers_of_the_account_open_nothing() {
    let access = access_with(&[("user_id", "ten")]);
    let receipt = request(&receipt_form(&[]));
    assert_eq!(
        authenticate(&access, &receipt).await,
        Err(NotAuthentic::Wrong)
    );
}

#[tokio::test]
async fn what_is_longer_than_any_callback_is_refused() {
    let longest = "a".repeat(64 * 1024);
    assert_eq!(authenticate(&access(), &request(&longest)).await, Ok(()));
    let filler = "a".repeat(5 << 20);
    let long = request(&receipt_form(&[("news", &filler)]));
    assert_eq!(
        authenticate(&access(), &long).await,
        Err(NotAuthentic::Wrong)
    );
}

#[tokio::test]
async fn clicksend_needs_no_handshake() {
    let adapter = clicksend("http://127.0.0.1:9");
    assert_eq!(adapter.handshake(&access(), &request("")).await, None);
}
