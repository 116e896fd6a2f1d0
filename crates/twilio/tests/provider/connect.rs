use crate::support::{
    ACCOUNT, KEY, MESSAGES, TOKEN, access, access_with, refusal, requests, twilio,
};
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{basic_auth, method, path, query_param},
};

fn account(status: &str, kind: &str) -> Value {
    json!({
        "auth_token": TOKEN, "date_created": "Thu, 30 Jul 2015 20:00:00 +0000",
        "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000", "friendly_name": "Acme",
        "owner_account_sid": ACCOUNT, "sid": ACCOUNT, "status": status, "subresource_uris": {},
        "type": kind, "uri": format!("/2010-04-01/Accounts/{ACCOUNT}.json")
    })
}

async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!("/2010-04-01/Accounts/{ACCOUNT}.json")))
        .and(basic_auth(ACCOUNT, TOKEN))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

async fn connect(answer: ResponseTemplate, access: &Access) -> Result<AccountInfo, ConnectError> {
    let server = server(answer).await;
    let result = twilio(&server.uri()).connect(access).await;
    requests(&server).await;
    result
}

fn active(kind: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(account("active", kind))
}

#[tokio::test]
async fn an_active_account_has_its_name_and_no_notes() {
    let info = connect(active("Full"), &access()).await.unwrap();
    let expected = AccountInfo {
        name: Some("Acme".into()),
        state: Some("active".into()),
        notes: Vec::new(),
    };
    assert_eq!(info, expected);
}

#[tokio::test]
async fn a_trial_and_a_useless_callback_address_are_noted() {
    let access = Access {
        callback_url: "https://my_host.example.com/c".into(),
        ..access()
    };
    let info = connect(active("Trial"), &access).await.unwrap();
    assert_eq!(info.notes.len(), 2);
    assert!(info.notes[0].contains("trial"), "{:?}", info.notes);
    assert!(info.notes[1].contains("underscore"), "{:?}", info.notes);
}

#[tokio::test]
async fn a_suspended_account_is_refused() {
    let answer = ResponseTemplate::new(200).set_body_json(account("suspended", "Full"));
    match connect(answer, &access()).await {
        Err(ConnectError::Refused(error)) => {
            assert_eq!(
                (error.class, error.detail.as_str()),
                (Class::Account, "the account is suspended")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let body = refusal(20_003, "Authenticate", 401);
    match connect(ResponseTemplate::new(401).set_body_json(body), &access()).await {
        Err(ConnectError::Refused(error)) => assert_eq!(error.provider_code, "20003"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_api_key_is_tried_on_messages() {
    let access = access_with(&[("api_key_sid", KEY), ("api_key_secret", "secret")]);
    let server = server(active("Full")).await;
    let list = || {
        Mock::given(method("GET"))
            .and(path(MESSAGES))
            .and(query_param("PageSize", "1"))
            .and(basic_auth(KEY, "secret"))
    };
    let body = refusal(20_003, "Authenticate", 401);
    list()
        .respond_with(ResponseTemplate::new(401).set_body_json(body))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let twilio = twilio(&server.uri());
    assert!(matches!(
        twilio.connect(&access).await,
        Err(ConnectError::Refused(_))
    ));
    list()
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"messages": []})))
        .mount(&server)
        .await;
    assert!(twilio.connect(&access).await.is_ok());
    assert_eq!(requests(&server).await.len(), 4);
}

#[tokio::test]
async fn a_server_that_makes_no_sense_is_unreachable() {
    for answer in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"),
        ResponseTemplate::new(302),
    ] {
        let result = connect(answer, &access()).await;
        assert!(
            matches!(result, Err(ConnectError::Unreachable(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn a_misshapen_credential_is_named_before_any_call() {
    let access = access_with(&[("api_key_sid", "SK1")]);
    let server = MockServer::start().await;
    match twilio(&server.uri()).connect(&access).await {
        Err(ConnectError::Credential { field, .. }) => assert_eq!(field, "api_key_sid"),
        other => panic!("{other:?}"),
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
