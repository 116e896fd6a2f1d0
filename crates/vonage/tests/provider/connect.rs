use crate::support::{
    API_KEY, API_SECRET, APPLICATION, CALLBACK, PUBLIC_KEY, access, access_with, on_the_wire,
    problem, vonage, with_application,
};
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use tidings_wire_specs::{Rule, Spec};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{basic_auth, method, path},
};

const OTHER_PUBLIC_KEY: &str = include_str!("../keys/other.public.pem");

fn json_answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn balance(value: f64) -> ResponseTemplate {
    json_answer(&json!({"value": value, "autoReload": false}))
}

/// An application as Vonage's specification shows it.
fn application(public_key: &str, inbound: &str) -> Value {
    json!({
        "id": APPLICATION, "name": "Acme", "keys": {"public_key": public_key}, "privacy": {"improve_ai": false},
        "capabilities": {"messages": {"webhooks": {
            "inbound_url": {"address": inbound, "http_method": "POST"},
            "status_url": {"address": inbound, "http_method": "POST"}
        }}}
    })
}

async fn server(balance: ResponseTemplate, application: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    for (at, answer) in [
        ("/account/get-balance".to_owned(), balance),
        (format!("/v2/applications/{APPLICATION}"), application),
    ] {
        Mock::given(method("GET"))
            .and(path(at))
            .and(basic_auth(API_KEY, API_SECRET))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    server
}

async fn connect(
    access: &Access,
    balance: ResponseTemplate,
    application: ResponseTemplate,
) -> Result<AccountInfo, ConnectError> {
    let server = server(balance, application).await;
    vonage(&server.uri()).connect(access).await
}

fn refused(result: Result<AccountInfo, ConnectError>) -> (Class, String) {
    match result {
        Err(ConnectError::Refused(error)) => (error.class, error.provider_code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_complete_account_has_its_application_s_name_and_no_notes() {
    let info = connect(
        &with_application(),
        balance(10.28),
        json_answer(&application(PUBLIC_KEY, CALLBACK)),
    )
    .await;
    let expected = AccountInfo {
        name: Some("Acme".into()),
        state: None,
        notes: Vec::new(),
    };
    assert_eq!(info.unwrap(), expected);
}

#[tokio::test]
async fn the_secret_does_not_stand_in_an_address() {
    let server = server(
        balance(1.0),
        json_answer(&application(PUBLIC_KEY, CALLBACK)),
    )
    .await;
    vonage(&server.uri())
        .connect(&with_application())
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let [first, second] = requests.as_slice() else {
        panic!("{} requests", requests.len());
    };
    assert_eq!((first.url.query(), second.url.query()), (None, None));
    // The published file is of 2021 and wants key and secret in the address; Vonage's own client shows them
    // in the header, as we do. Nothing else may differ.
    let violations = Spec::vonage_account()
        .check(&on_the_wire(first))
        .unwrap_err();
    assert_eq!(violations.len(), 2, "{violations}");
    for name in ["api_key", "api_secret"] {
        assert!(
            violations.has(Rule::Missing, &format!("/query/{name}")),
            "{violations}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_is_noted() {
    let unreachable = Access {
        callback_url: "nowhere".into(),
        ..access()
    };
    for (access, value, application, words) in [
        (access(), 1.0, json!({}), vec!["No application"]),
        (
            access(),
            0.0,
            json!({}),
            vec!["no credit", "No application"],
        ),
        (
            unreachable,
            1.0,
            json!({}),
            vec!["no web", "No application"],
        ),
        (
            with_application(),
            1.0,
            json!({"name": "Acme"}),
            vec!["capability Messages"],
        ),
        (
            with_application(),
            1.0,
            application(PUBLIC_KEY, "https://elsewhere.example.com/"),
            vec!["inbound URL"],
        ),
    ] {
        let info = connect(&access, balance(value), json_answer(&application))
            .await
            .unwrap();
        assert_eq!(info.notes.len(), words.len(), "{:?}", info.notes);
        for (note, words) in info.notes.iter().zip(words) {
            assert!(note.contains(words), "{note}");
        }
    }
}

#[tokio::test]
async fn no_credit_is_no_matter_where_it_is_topped_up() {
    let balance = json_answer(&json!({"value": -0.5, "autoReload": true}));
    let info = connect(&access(), balance, ResponseTemplate::new(404))
        .await
        .unwrap();
    assert!(
        info.notes.iter().all(|note| !note.contains("credit")),
        "{:?}",
        info.notes
    );
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let body = json!({"error-code": "401", "error-code-label": "authentication failed"});
    let wrong = ResponseTemplate::new(401).set_body_json(body);
    let result = connect(&access(), wrong, ResponseTemplate::new(404)).await;
    assert_eq!(refused(result), (Class::Account, "http_401".into()));
}

#[tokio::test]
async fn an_application_of_nobody_is_refused() {
    let body = json!({
        "type": "https://developer.nexmo.com/api-errors#not-found", "title": "Not Found",
        "detail": "ID does not exist, or you do not have access",
        "instance": "797a8f199c45014ab7b08bfe9cc1c12c"
    });
    let unknown = ResponseTemplate::new(404).set_body_json(body);
    let result = connect(&with_application(), balance(1.0), unknown).await;
    assert_eq!(refused(result), (Class::Account, "not-found".into()));
}

#[tokio::test]
async fn the_key_of_another_application_is_refused() {
    let other = json_answer(&application(OTHER_PUBLIC_KEY, CALLBACK));
    let result = connect(&with_application(), balance(1.0), other).await;
    assert_eq!(
        refused(result),
        (Class::Account, "wrong_private_key".into())
    );
}

#[tokio::test]
async fn a_public_key_that_is_not_shown_proves_nothing() {
    for shown in [json!(null), json!("a key"), json!(7)] {
        let mut application = application(PUBLIC_KEY, CALLBACK);
        application["keys"]["public_key"] = shown;
        let answer = json_answer(&application);
        assert!(
            connect(&with_application(), balance(1.0), answer)
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn a_server_that_makes_no_sense_is_unreachable() {
    for answer in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(302),
        ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"),
        json_answer(&json!({})),
        json_answer(&json!({"value": "much"})),
        ResponseTemplate::new(500).set_body_json(problem("1030", "Internal error", "")),
    ] {
        let result = connect(&access(), answer, ResponseTemplate::new(404)).await;
        assert!(
            matches!(result, Err(ConnectError::Unreachable(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn a_misshapen_credential_is_named_before_any_call() {
    let server = MockServer::start().await;
    let access = access_with(&[("application_id", APPLICATION)]);
    match vonage(&server.uri()).connect(&access).await {
        Err(ConnectError::Credential { field, .. }) => assert_eq!(field, "private_key"),
        other => panic!("{other:?}"),
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
