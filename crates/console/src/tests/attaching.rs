//! Files that go with an answer.

use super::{
    conversations::{path, people, said, writes},
    world::{LARGEST, QUOTA, Reply, World, files_request},
};
use tidings_messaging::{MediaRecords, Message, Role, media::kept_as};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a picture";
const GIF: &[u8] = b"GIF89a and so on";

/// The value of the box that a page shows for a file.
fn ticked(page: &Reply) -> String {
    let rest = page.text.split("name=\"file\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn is_attached(message: &Message) -> bool {
    message
        .content
        .media
        .iter()
        .any(|media| kept_as(media).is_some())
}

#[tokio::test]
async fn a_file_is_shown_before_it_is_sent() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let (path, before) = (path(&people.0), said(&world).await.len());
    world
        .get(member, &path)
        .await
        .shows("enctype=\"multipart/form-data\"")
        .shows("type=\"file\"");
    let typed = [("text", "See & tell")];
    let files = [("upload", "<b>us</b>.png", PNG)];
    let page = world
        .post_files(member, &format!("{path}/attach"), &typed, &files)
        .await
        .expect(200)
        .shows("See &amp; tell")
        .shows("&lt;b&gt;us&lt;/b&gt;.png, png, ")
        .shows(&format!("{} bytes", PNG.len()));
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
    let file = ticked(&page).replace("&lt;", "<").replace("&gt;", ">");
    // What is attached stays so when another field is filled in.
    let fields = [("text", "See & tell"), ("file", file.as_str())];
    world
        .post(member, &format!("{path}/fields"), &fields)
        .await
        .expect(200)
        .shows("us&lt;/b&gt;.png");
    let reply = world.post(member, &format!("{path}/reply"), &fields).await;
    let page = world.get(member, &reply.location()).await;
    page.shows("class=\"attached\"").hides("us&lt;/b&gt;");
    let sent = said(&world).await.remove(0);
    assert_eq!(sent.content.text, "See & tell");
    assert!(is_attached(&sent));
    let kind = sent.content.media[0].content_type.as_deref();
    assert_eq!(kind, Some("image/png"), "the bytes tell");
    // Without its tick it does not go.
    let fields = [("text", "Only this")];
    world
        .post(member, &format!("{path}/reply"), &fields)
        .await
        .location();
    assert!(!is_attached(&said(&world).await[0]));
}

#[tokio::test]
async fn a_file_goes_with_the_form_that_brings_it_and_once() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let reply = format!("{}/reply", path(&people.0));
    let before = said(&world).await.len();
    let once = [("text", ""), ("once", "first")];
    for _ in 0..2 {
        let files = [("upload", "a.png", PNG)];
        let place = world.post_files(member, &reply, &once, &files).await;
        assert!(place.location().ends_with("?done=sent"));
    }
    let all = said(&world).await;
    assert_eq!(all.len(), before + 1);
    assert!(is_attached(&all[0]) && all[0].content.text.is_empty());
    // Another file is another answer.
    let files = [("upload", "a.png", GIF)];
    let page = world.post_files(member, &reply, &once, &files).await;
    page.expect(422).shows("An earlier version").shows("a.png");
    assert_eq!(said(&world).await.len(), before + 1);
    // An input in which nothing was chosen.
    let files = [("upload", "", &b""[..])];
    let page = world.post_files(member, &reply, &once, &files).await;
    page.expect(422).shows("Write something");
}

#[tokio::test]
async fn a_file_that_cannot_go_is_said_at_its_field_and_nothing_is_lost() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let (path, before) = (path(&people.0), said(&world).await.len());
    let large = [GIF, &vec![0; LARGEST]].concat();
    for (bytes, problem) in [
        (&large[..], "larger than 6 MB"),
        (b"MZ\x90\0\x03\0\0\0", "No channel carries"),
        (b"<svg onload='alert(1)'/>", "No channel carries"),
    ] {
        for step in ["attach", "fields", "reply"] {
            let fields = [("text", "A long & careful answer")];
            let files = [("upload", "x.png", bytes)];
            let page = world
                .post_files(member, &format!("{path}/{step}"), &fields, &files)
                .await
                .shows("A long &amp; careful answer")
                .shows("f-upload-problem")
                .shows(problem)
                .hides("name=\"file\"");
            assert!(page.status.as_u16() < 500, "{step}");
        }
    }
    // What one channel carries and another does not.
    let fields = [("text", "See"), ("channel", "whatsapp")];
    let files = [("upload", "moving.gif", GIF)];
    for step in ["attach", "reply"] {
        world
            .post_files(member, &format!("{path}/{step}"), &fields, &files)
            .await
            .expect(422)
            .shows("WhatsApp does not carry files like “moving.gif” (image/gif)")
            .shows("name=\"file\"");
    }
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
}

#[tokio::test]
async fn another_tenant_s_file_is_unknown() {
    let world = World::new().await;
    let (ours, theirs) = (world.ours.of(Role::Member), world.theirs.of(Role::Member));
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let files = [("upload", "secret.png", PNG)];
    let page = world
        .post_files(ours, &format!("{path}/attach"), &[], &files)
        .await;
    let file = ticked(&page);
    let contact = world.contact(world.theirs.tenant, "Zoe").await;
    world.agreed(&contact).await;
    world.account(world.theirs.tenant, "Main").await;
    let path = super::conversations::path(&contact);
    let fields = [("text", "See"), ("file", file.as_str()), ("channel", "sms")];
    for step in ["attach", "reply"] {
        let page = world.post(theirs, &format!("{path}/{step}"), &fields).await;
        page.expect(422)
            .shows("is not there any more")
            .hides("bytes");
    }
    let id = file.split(' ').next().unwrap().parse().unwrap();
    let found = MediaRecords::get(&*world.memory, world.ours.tenant, &[id]).await;
    assert_eq!(found.unwrap().len(), 1, "it is ours still");
}

#[tokio::test]
async fn files_of_whoever_is_out_are_not_kept_and_what_was_typed_is() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let (path, before) = (path(&people.0), said(&world).await.len());
    let reply = format!("{path}/reply");
    let fields = [("text", "A long answer")];
    let files = [("upload", "a.png", PNG)];
    // Of another session: shown first, and the file is to be chosen again.
    let stale = files_request(member, &reply, "wrong", &fields, &files);
    let page = world.raw(stale).await.expect(409);
    page.shows("A long answer")
        .shows("choose again")
        .shows("a.png");
    let fields = [("text", "A long answer"), ("choose_again", "a.png")];
    let page = world.post(member, &reply, &fields).await.expect(422);
    page.shows("Choose it again, or send without it")
        .shows("A long answer")
        .hides("name=\"choose_again\"");
    // Without a session, however large the file is.
    let large = [GIF, &vec![0; 2 * LARGEST]].concat();
    let files = [("upload", "b.gif", &large[..])];
    let stranger = super::world::Login {
        token: crate::token::Token::new([9; 32]),
        ..member.clone()
    };
    let out = files_request(&stranger, &reply, "wrong", &fields[..1], &files);
    let page = world.raw(out).await.expect(401);
    page.shows("What you typed is kept")
        .shows("text=A+long+answer")
        .shows("b.gif");
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
}

#[tokio::test]
async fn files_that_have_no_room_are_refused() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let attach = format!("{}/attach", path(&people.0));
    let large = [GIF, &vec![0; LARGEST - GIF.len()]].concat();
    let fields = [("text", "A long answer")];
    let mut rest = QUOTA;
    while let Some(left) = rest.checked_sub(large.len() as u64) {
        let files = [("upload", "a.gif", &large[..])];
        let page = world.post_files(member, &attach, &fields, &files).await;
        page.shows("name=\"file\"");
        rest = left;
    }
    let files = [("upload", "a.gif", &large[..])];
    let page = world
        .post_files(member, &attach, &fields, &files)
        .await
        .expect(422);
    page.shows("There is no room for the file: 18 MB of 20 MB are taken.")
        .shows("A long answer")
        .hides("name=\"file\"");
}
