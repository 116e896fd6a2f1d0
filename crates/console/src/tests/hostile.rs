use super::world::World;
use crate::{
    door::{Door, Verb},
    routes::ROUTES,
};
use tidings_kernel::Purpose;
use tidings_messaging::{Tenant, Tenants};

const SCRIPT: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}";

/// What must stand nowhere: the text with its signs as signs of HTML.
#[track_caller]
fn is_harmless(path: &str, text: &str) {
    for raw in ["<script>alert", "<img src=x", "\"'>"] {
        assert!(!text.contains(raw), "{path} lets {raw} through: {text}");
    }
}

#[tokio::test]
async fn names_and_texts_are_shown_and_never_run() {
    let world = World::new().await;
    let tenant = world.ours.tenant;
    let before = Tenants::get(&*world.memory, tenant).await.unwrap().unwrap();
    let named = Tenant {
        name: SCRIPT.into(),
        ..before.clone()
    };
    assert!(world.memory.change(&before, &named).await.unwrap());
    let contact = world.contact(tenant, SCRIPT).await;
    let account = world.account(tenant, SCRIPT).await;
    let message = world
        .message(&contact, Purpose::Transactional, SCRIPT)
        .await;
    let template = world.template(tenant, SCRIPT).await;
    let owner = world.ours.owner();
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Get) {
        let Door::Locked(..) = route.door else {
            continue;
        };
        for id in [
            contact.id.to_string(),
            account.id.to_string(),
            message.to_string(),
            template.id.to_string(),
            tidings_kernel::ConversationId::from_uuid(contact.id.uuid()).to_string(),
            owner.member.id.to_string(),
        ] {
            let path = route
                .path
                .replace("{id}", &id)
                .replace("{provider}", "carrier");
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("q", SCRIPT)
                .append_pair("done", SCRIPT)
                .append_pair("after", SCRIPT)
                .finish();
            for path in [path.clone(), format!("{path}?{query}")] {
                let reply = world.get(owner, &path).await;
                assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
                if reply.header("content-type").starts_with("text/html") {
                    is_harmless(&path, &reply.text);
                    seen += usize::from(reply.text.contains("&lt;script&gt;alert"));
                }
            }
        }
    }
    assert!(seen > 20, "the name stands in {seen} pages");
    for path in ["/console/contacts/new", "/console/accounts/new/carrier"] {
        let fields = [
            ("first_name", SCRIPT),
            ("phone", SCRIPT),
            ("name", SCRIPT),
            ("sender_0", SCRIPT),
        ];
        let reply = world.post(owner, path, &fields).await.expect(422);
        is_harmless(path, &reply.text);
    }
    let fields = [
        ("email", SCRIPT),
        ("next", SCRIPT),
        ("kept", SCRIPT),
        ("password", "x"),
    ];
    let reply = world
        .post_unknown("/console/login", &fields)
        .await
        .expect(422);
    is_harmless("/console/login", &reply.text);
}

#[tokio::test]
async fn bodies_and_paths_of_any_kind_are_answered() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let large = "a".repeat(300 * 1_024);
    let reply = world
        .post(owner, "/console/contacts/new", &[("first_name", &large)])
        .await;
    reply.expect(422).shows("more than 256 KiB");
    for path in [
        "/console/contacts/%00",
        "/console/contacts/con_%FF",
        "/console/contacts/..%2f",
    ] {
        let status = world.get(owner, path).await.status.as_u16();
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
    let nul = world
        .post(owner, "/console/contacts/new", &[("first_name", "a\0b")])
        .await;
    nul.expect(422).shows("Leave out the control characters.");
}
