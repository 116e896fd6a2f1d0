//! What SES says of an account.

use super::{account, account_with, answering, healthy, only_request, ses};
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use tidings_wire_specs::AwsModel;

async fn connect(access: &Access, members: &Value) -> Result<AccountInfo, ConnectError> {
    let mut body = healthy();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    AwsModel::sesv2().check_output("GetAccount", &body).unwrap();
    let server = answering(200, &body).await;
    let result = ses(&server.uri()).connect(access).await;
    let (operation, _) = only_request(&server).await;
    assert_eq!(operation.id(), "GetAccount");
    result
}

#[tokio::test]
async fn a_healthy_account_has_no_notes() {
    let info = connect(&account(), &json!({})).await.unwrap();
    let expected = AccountInfo {
        name: None,
        state: Some("HEALTHY".into()),
        notes: Vec::new(),
    };
    assert_eq!(info, expected);
}

#[tokio::test]
async fn what_limits_an_account_is_noted() {
    for (members, word) in [
        (json!({"ProductionAccessEnabled": false}), "sandbox"),
        (json!({"EnforcementStatus": "PROBATION"}), "probation"),
        (
            json!({"SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 200.0}}),
            "quota",
        ),
    ] {
        let info = connect(&account(), &members).await.unwrap();
        assert_eq!(info.notes.len(), 1, "{:?}", info.notes);
        assert!(info.notes[0].contains(word), "{:?}", info.notes);
    }
    let unlimited = json!({"SendQuota": {"Max24HourSend": -1.0, "SentLast24Hours": 9.0}});
    assert!(
        connect(&account(), &unlimited)
            .await
            .unwrap()
            .notes
            .is_empty()
    );
    let bare = account_with(&[("configuration_set", ""), ("topic_arn", "")]);
    let info = connect(&bare, &json!({})).await.unwrap();
    assert_eq!(info.notes.len(), 2, "{:?}", info.notes);
}

#[tokio::test]
async fn an_account_that_may_not_send_is_refused() {
    for members in [
        json!({"SendingEnabled": false}),
        json!({"EnforcementStatus": "SHUTDOWN"}),
    ] {
        match connect(&account(), &members).await {
            Err(ConnectError::Refused(error)) => assert_eq!(error.class, Class::Account),
            other => panic!("{other:?}"),
        }
    }
}
