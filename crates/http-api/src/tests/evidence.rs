use super::world::World;
use serde_json::json;
use tidings_consent::{
    Action,
    export::{Fault, verify_export},
};

#[tokio::test]
async fn the_proof_of_consent_can_be_checked_without_us() {
    let world = World::new().await;
    let contact = world.contact().await;
    let path = format!("/v1/contacts/{contact}/consent");
    let stop =
        json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "phone_call"});
    world.post(&path, stop).await.expect(201);
    let export = world.get(&format!("{path}/export")).await.expect(200);
    assert_eq!(export.header("content-type"), "application/x-ndjson");
    assert_eq!(
        export.header("content-disposition"),
        format!("attachment; filename=\"consent-{contact}.ndjson\"")
    );
    let report = verify_export(&export.text).unwrap();
    assert_eq!(report.contact.to_string(), contact);
    assert_eq!((report.events, report.redacted), (2, 0));
    let head = world.get(&path).await.body["chain"]["head"].clone();
    assert_eq!(
        report.head.map(|head| head.to_string()).as_deref(),
        head.as_str()
    );
    assert!(export.text.contains("Yes, text me."));
    let forged = export.text.replace("opt_out", "opt_in");
    let broken = verify_export(&forged).unwrap_err();
    assert_eq!((broken.line, broken.fault), (3, Fault::Broken));
}

#[tokio::test]
async fn an_erased_person_s_proof_is_kept_without_evidence() {
    let world = World::new().await;
    let contact = world.contact().await;
    let path = format!("/v1/contacts/{contact}/consent/export");
    let head = verify_export(&world.get(&path).await.text).unwrap().head;
    world
        .delete(&format!("/v1/contacts/{contact}"))
        .await
        .expect(204);
    let export = world.get(&path).await.expect(200);
    let report = verify_export(&export.text).unwrap();
    assert_eq!((report.head, report.redacted), (head, report.events));
    assert!(!export.text.contains("Yes, text me."));
}

#[tokio::test]
async fn a_contact_without_events_has_an_empty_proof_and_a_stranger_none() {
    let world = World::new().await;
    let contact = world.post("/v1/contacts", json!({})).await.expect(201);
    let path = format!("/v1/contacts/{}/consent/export", contact.id());
    let export = world.get(&path).await.expect(200);
    assert_eq!(verify_export(&export.text).unwrap().events, 0);
    world
        .get_as(&world.theirs.read, &path)
        .await
        .refused(404, "not_found");
    let nobody = "/v1/contacts/con_01h2xcejqtf2nbrexx3vqjhp41/consent/export";
    world.get(nobody).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_the_system_records_cannot_be_claimed() {
    let world = World::new().await;
    let contact = world.post("/v1/contacts", json!({})).await.expect(201);
    let path = format!("/v1/contacts/{}/consent", contact.id());
    let own: Vec<&Action> = Action::ALL
        .iter()
        .filter(|action| !Action::FOR_REQUESTS.contains(action))
        .collect();
    assert!(!own.is_empty());
    for action in own {
        let body =
            json!({"action": action, "channels": "all", "purposes": "all", "method": "manual"});
        let problem = world
            .post(&path, body)
            .await
            .refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/action");
        assert_eq!(problem["errors"][0]["code"], "not_for_clients");
    }
}
