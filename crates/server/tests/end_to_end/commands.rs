//! `tidings`, as an operator uses it.

use crate::{business::word, program::printed, system::System};

#[tokio::test]
async fn an_operator_makes_a_tenant_with_a_key() {
    let system = System::start().await;
    let words = [
        "tenant",
        "create",
        "--name",
        "Example Ltd",
        "--region",
        "US",
    ];
    let tenant = printed(&system.tidings(&words).await);
    assert!(tenant.starts_with("ten_"), "{tenant}");
    let tenants = printed(&system.tidings(&["tenant", "list"]).await);
    assert!(
        tenants.contains(&format!("{tenant}  Example Ltd")),
        "{tenants}"
    );

    let words = [
        "key", "create", "--tenant", &tenant, "--name", "CI", "--scope", "admin",
    ];
    let key = printed(&system.tidings(&words).await);
    assert!(key.starts_with("tk_"));
    let example = system.lumen.with_key(&key);
    let contacts = example.get("/v1/contacts").await.expect(200);
    assert_eq!(
        contacts["data"],
        serde_json::json!([]),
        "a new tenant knows nobody"
    );

    let nobody = [
        "key",
        "create",
        "--tenant",
        "ten_01h2xcejqtf2nbrexx3vqjhp41",
        "--name",
        "CI",
        "--scope",
        "admin",
    ];
    assert_eq!(system.tidings(&nobody).await.status.code(), Some(1));
}

#[tokio::test]
async fn a_message_is_sent_and_explained_from_a_terminal() {
    let system = System::start().await;
    let (ada, hiro) = (&system.lumen.people[0], &system.lumen.people[7]);
    let send = async |to: &str| {
        let words = [
            "send",
            "--key",
            &system.lumen.key,
            "--to",
            to,
            "--channel",
            "sms",
            "--purpose",
            "transactional",
            "--text",
            "From a terminal",
        ];
        system.tidings(&words).await
    };
    let said = printed(&send(&ada.id).await);
    let id = said.split_whitespace().next().unwrap();
    let message = system.lumen.delivered(&serde_json::json!({"id": id})).await;
    assert_eq!(word(&message, "/text"), "From a terminal");
    let words = ["explain", id, "--key", &system.lumen.key];
    let why = printed(&system.tidings(&words).await);
    assert!(
        why.contains("at accept: send") && why.contains("at dispatch: send"),
        "{why}"
    );
    assert!(why.contains("consent.granted"), "{why}");

    let refused = send(&hiro.id).await;
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("consent.opted_out"), "{why}");
}

#[tokio::test]
async fn the_doctor_finds_a_sound_system_and_names_what_is_wrong() {
    let mut system = System::start().await;
    let sound = printed(&system.tidings(&["doctor"]).await);
    for subject in ["database", "migrations", "clock", "key ring"] {
        assert!(sound.contains(subject), "no {subject} in {sound}");
    }
    system.stop_simulator().await;
    let sick = system.tidings(&["doctor"]).await;
    assert_eq!(sick.status.code(), Some(1), "{sick:?}");
}
