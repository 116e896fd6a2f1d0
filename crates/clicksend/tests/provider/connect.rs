use crate::support::{
    CALLBACK, KEY, access, access_with, account, clicksend, on, page, refusal, requests, success,
    with,
};
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use wiremock::{MockServer, ResponseTemplate};

const RECEIPTS: &str = "/v3/automations/sms/receipts";
const INBOUND: &str = "/v3/automations/sms/inbound";

fn rule(address: &str) -> Value {
    json!({
        "receipt_rule_id": 5, "rule_name": "tidings", "match_type": 0, "action": "URL",
        "action_address": address, "enabled": 1
    })
}

fn rules(rules: &[Value]) -> ResponseTemplate {
    success(&page(rules, 1, 1))
}

/// Both numbers of the account, so that nothing is said about them.
fn identified() -> Access {
    access_with(&[("user_id", "10"), ("subaccount_id", "20")])
}

async fn connect_with(
    account: ResponseTemplate,
    lists: [ResponseTemplate; 2],
    access: &Access,
) -> Result<AccountInfo, ConnectError> {
    let server = MockServer::start().await;
    on(&server, "GET", "/v3/account", account).await;
    let [receipts, inbound] = lists;
    on(&server, "GET", RECEIPTS, receipts).await;
    on(&server, "GET", INBOUND, inbound).await;
    let result = clicksend(&server.uri()).connect(access).await;
    assert!(!requests(&server).await.is_empty());
    assert!(!format!("{result:?}").contains(KEY), "{result:?}");
    result
}

/// An account whose rules are right.
async fn connect(account: ResponseTemplate, access: &Access) -> Result<AccountInfo, ConnectError> {
    let lists = [rules(&[rule(CALLBACK)]), rules(&[rule(CALLBACK)])];
    connect_with(account, lists, access).await
}

async fn notes(account: &Value, access: &Access) -> Vec<String> {
    connect(success(account), access).await.unwrap().notes
}

fn refused(result: Result<AccountInfo, ConnectError>) -> (Class, String) {
    match result {
        Err(ConnectError::Refused(error)) => (error.class, error.provider_code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_in_order_has_its_name_and_balance() {
    let info = connect(success(&account()), &identified()).await.unwrap();
    let expected = AccountInfo {
        name: Some("Acme".into()),
        state: Some("active".into()),
        notes: vec!["The balance is 4.998 AUD.".into()],
    };
    assert_eq!(info, expected);
}

#[tokio::test]
async fn an_account_without_a_name_has_its_user_s_and_flags_may_be_texts() {
    let account = with(
        &account(),
        &json!({"account_name": "", "active": "1", "banned": "0", "user_id": "10"}),
    );
    let info = connect(success(&account), &identified()).await.unwrap();
    assert_eq!(info.name.as_deref(), Some("acme"));
}

#[tokio::test]
async fn an_empty_balance_and_a_trial_are_noted() {
    let poor = with(&account(), &json!({"balance": "0.000000", "on_trial": 1}));
    let notes = notes(&poor, &identified()).await;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("trial"), "{notes:?}");
    assert!(notes[1].contains("top it up"), "{notes:?}");
}

#[tokio::test]
async fn a_balance_that_cannot_be_read_is_not_told() {
    for changed in [
        json!({"balance": null}),
        json!({"balance": "much"}),
        json!({"_currency": null}),
    ] {
        let notes = notes(&with(&account(), &changed), &identified()).await;
        assert_eq!(notes, Vec::<String>::new(), "{changed}");
    }
}

#[tokio::test]
async fn the_account_s_numbers_are_told_where_they_were_not_given() {
    let notes = notes(&account(), &access()).await;
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[1].starts_with("The User ID is 10:"), "{notes:?}");
    assert!(
        notes[2].starts_with("The Subaccount ID is 20:"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_number_of_another_account_is_named() {
    for (name, own) in [("user_id", "10"), ("subaccount_id", "20")] {
        let result = connect(success(&account()), &access_with(&[(name, "99")])).await;
        match result {
            Err(ConnectError::Credential { field, problem }) => {
                assert_eq!(field, name);
                assert!(problem.contains(own), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn rules_that_are_missing_are_noted() {
    let elsewhere = "https://hooks.example.com/callbacks/clicksend/other";
    let off = with(&rule(CALLBACK), &json!({"enabled": 0}));
    let polled = with(&rule(CALLBACK), &json!({"action": "POLL"}));
    let lists = [rules(&[rule(elsewhere), off, polled]), rules(&[])];
    let info = connect_with(success(&account()), lists, &identified()).await;
    let notes = info.unwrap().notes;
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[1].contains("delivery receipts"), "{notes:?}");
    assert!(notes[2].contains("STOP"), "{notes:?}");
}

#[tokio::test]
async fn rules_that_cannot_be_read_to_the_end_say_nothing() {
    let more = || success(&page(&[rule("https://example.com")], 1, 2));
    for lists in [
        [refusal(403, "FORBIDDEN"), ResponseTemplate::new(500)],
        [success(&Value::Null), success(&json!([]))],
        [more(), more()],
    ] {
        let info = connect_with(success(&account()), lists, &identified()).await;
        assert_eq!(info.unwrap().notes.len(), 1);
    }
}

#[tokio::test]
async fn an_account_that_is_not_in_order_is_refused() {
    for (changed, code) in [
        (json!({"active": 0}), "not_active"),
        (json!({"banned": 1}), "banned"),
        (json!({"active": "0", "banned": "1"}), "banned"),
    ] {
        let result = connect(success(&with(&account(), &changed)), &access()).await;
        assert_eq!(refused(result), (Class::Account, code.to_owned()));
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused() {
    let result = connect(refusal(401, "UNAUTHORIZED"), &access()).await;
    assert_eq!(refused(result), (Class::Account, "UNAUTHORIZED".to_owned()));
}

#[tokio::test]
async fn a_server_that_makes_no_sense_is_unreachable() {
    for answer in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(302),
        ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"),
        success(&Value::Null),
        success(&json!({"user_id": 10})),
    ] {
        let result = connect(answer, &access()).await;
        assert!(
            matches!(result, Err(ConnectError::Unreachable(_))),
            "{result:?}"
        );
    }
}
