//! Connection tests.

use crate::support::{
    SMS_CHANNEL, UUID, WHATSAPP_CHANNEL, WORKSPACE, access, channels, classic, messagebird,
    only_request, place, platform, server,
};
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;

async fn connected(
    access: &Access,
    status: u16,
    body: &Value,
) -> Result<AccountInfo, ConnectError> {
    let server = server(status, body).await;
    messagebird(&server.uri()).connect(access).await
}

#[tokio::test]
async fn the_platform_is_asked_for_one_message() {
    let server = server(200, &json!({"data": []})).await;
    let info = messagebird(&server.uri())
        .connect(&platform())
        .await
        .unwrap();
    assert_eq!(info, AccountInfo::default());
    assert_eq!(
        place(&only_request(&server).await),
        "/v1/sms/messages?limit=1"
    );
    let error = json!({"error": {"type": "auth_error", "message": "key revoked"}});
    let result = connected(&platform(), 401, &error).await;
    let Err(ConnectError::Refused(error)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        (error.class, error.detail.as_str()),
        (Class::Account, "key revoked")
    );
}

#[tokio::test]
async fn a_workspace_is_asked_for_its_channels() {
    let server = server(
        200,
        &json!({"id": UUID, "name": "Shop", "status": "active"}),
    )
    .await;
    let info = messagebird(&server.uri())
        .connect(&channels())
        .await
        .unwrap();
    assert_eq!(info.name.as_deref(), Some("Shop, Shop"));
    assert_eq!(
        (info.state.as_deref(), info.notes.len()),
        (Some("active"), 0)
    );
    let requests = server.received_requests().await.unwrap();
    let places: Vec<String> = requests.iter().map(place).collect();
    let channel = |id| format!("/workspaces/{WORKSPACE}/channels/{id}");
    assert_eq!(places, [channel(SMS_CHANNEL), channel(WHATSAPP_CHANNEL)]);
    let paused = connected(&channels(), 200, &json!({"id": UUID, "status": "inactive"})).await;
    let paused = paused.unwrap();
    assert_eq!(
        (paused.name, paused.state.as_deref()),
        (None, Some("inactive"))
    );
    assert!(paused.notes[0].contains("inactive"));
}

#[tokio::test]
async fn messagebird_is_asked_for_the_balance() {
    let balance = json!({"payment": "prepaid", "type": "euros", "amount": 12.5});
    let server = server(200, &balance).await;
    let info = messagebird(&server.uri())
        .connect(&classic())
        .await
        .unwrap();
    assert_eq!(info.notes, ["The balance is 12.5 euros (prepaid)."]);
    assert_eq!(place(&only_request(&server).await), "/balance");
    let test = access(&[("access_key", "test_0123456789"), ("signing_key", "key")]);
    let info = connected(&test, 200, &balance).await.unwrap();
    assert!(info.notes[1].contains("test key"));
    for odd in [
        json!({"payment": "prepaid"}),
        json!([]),
        json!({"amount": 1}),
    ] {
        let result = connected(&classic(), 200, &odd).await;
        assert!(matches!(result, Err(ConnectError::Unreachable(_))), "{odd}");
    }
}

#[tokio::test]
async fn an_account_without_a_signing_key_is_warned() {
    for (key, body) in [
        ("bk_eu1_0123456789", json!({"data": []})),
        (
            "live_0123456789",
            json!({"payment": "prepaid", "type": "euros", "amount": 1}),
        ),
    ] {
        let info = connected(&access(&[("access_key", key)]), 200, &body)
            .await
            .unwrap();
        assert!(
            info.notes.iter().any(|note| note.contains("signing key")),
            "{key}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_credentials_is_said_by_name() {
    for (fields, expected) in [
        (vec![("access_key", "bk_nowhere")], "access_key"),
        (
            vec![("access_key", "k"), ("workspace_id", UUID)],
            "sms_channel_id",
        ),
        (
            vec![("access_key", "k"), ("sms_channel_id", UUID)],
            "sms_channel_id",
        ),
        (
            vec![("access_key", "bk_eu1_a"), ("signing_key", "whsec_!")],
            "signing_key",
        ),
    ] {
        let result = connected(&access(&fields), 200, &json!({})).await;
        let Err(ConnectError::Credential { field, problem }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(field, expected, "{problem}");
        assert!(problem.len() > 10);
    }
}
