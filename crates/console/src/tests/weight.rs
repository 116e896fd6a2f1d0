use super::world::World;
use tidings_kernel::ContactId;
use tidings_messaging::{Contact, Contacts};

/// What a page may weigh with everything that it loads, in bytes.
const MOST: usize = 100 * 1_024;

/// The addresses of files in a page.
fn files(page: &str) -> Vec<String> {
    let after = page.split("=\"/console/assets/").skip(1);
    after
        .map(|rest| format!("/console/assets/{}", rest.split('"').next().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_full_page_with_all_it_loads_is_light() {
    let world = World::new().await;
    let ids = &*world.console.ids;
    for number in 0..60 {
        let contact = Contact {
            first_name: Some(format!("Bartholomew {number}")),
            email: Some(format!("bartholomew.{number}@mail.example.com")),
            tags: vec!["vip".into(), "wedding".into()],
            ..Contact::blank(ContactId::new(ids), world.ours.tenant, super::world::NOW)
        };
        Contacts::create(&*world.memory, &contact, None)
            .await
            .unwrap();
    }
    let owner = world.ours.owner();
    let page = world.get(owner, "/console/contacts").await.expect(200);
    let mut weight = page.text.len();
    let files = files(&page.text);
    assert_eq!(files.len(), 4);
    for file in files {
        let reply = world.get(owner, &file).await.expect(200);
        assert!(
            reply.header("cache-control").contains("immutable"),
            "{file}"
        );
        weight += reply.text.len();
    }
    assert!(weight < MOST, "{weight} bytes");
    world
        .get(owner, "/console/assets/console.0000000000000000.css")
        .await
        .expect(404);
}
