use super::world::World;
use std::fmt::Write;
use tidings_messaging::{ConsentLedger, ContactFilter, Contacts, Page, Role};

const PATH: &str = "/console/contacts/import";

async fn everybody(world: &World) -> Vec<tidings_messaging::Contact> {
    let all = Page {
        limit: 200,
        after: None,
    };
    let anybody = ContactFilter::default();
    let found = Contacts::list(&*world.memory, world.ours.tenant, &anybody, all);
    found.await.unwrap().data
}

#[tokio::test]
async fn a_file_is_looked_at_before_anything_is_stored() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    world
        .get(member, PATH)
        .await
        .expect(200)
        .shows("type=\"file\"");
    let csv = "First name;Phone;Wedding date\r\nAna;202-555-0123;2026-09-12\r\n<b>Bo</b>;12;\r\n";
    let page = world.post(member, PATH, &[("csv", csv)]).await.expect(200);
    let page = page
        .shows("Will be added")
        .shows("+12025550123")
        .hides("<b>Bo");
    page.shows("Import 2 rows")
        .shows("value=\"attribute\" selected");
    assert!(everybody(&world).await.is_empty());
    for (bad, words) in [
        ("", "Choose a file"),
        ("a,b", "no rows"),
        ("a\n\"b", "never closed"),
    ] {
        let page = world.post(member, PATH, &[("csv", bad)]).await;
        page.expect(422).shows(words);
    }
}

#[tokio::test]
async fn rows_are_taken_and_what_is_wrong_is_told_by_line() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    world.contact(world.ours.tenant, "Known").await;
    let csv = "name,phone,email,id,tags,consent\n\
        Ana,202-555-0101,ana@example.com,7,\"vip, new\",\"Yes, write to me.\"\n\
        Known,202-555-0123,,,,\n\
        Bo,12,,,,\n\
        Cy,202-555-0102,,7,,\n";
    let fields = [("csv", csv), ("covers", "marketing"), ("skip_known", "on")];
    let page = world
        .post(member, &format!("{PATH}/run"), &fields)
        .await
        .expect(200);
    let page = page.shows("4 of 4 rows").shows("Done.");
    page.shows("<th scope=\"row\">4</th>")
        .shows("<th scope=\"row\">5</th>")
        .shows("external id");
    let all = everybody(&world).await;
    assert_eq!(all.len(), 2);
    let ana = all.iter().find(|contact| contact.email.is_some()).unwrap();
    assert_eq!((ana.tags.len(), ana.external_id.as_deref()), (2, Some("7")));
    let links = world.memory.history(ana.tenant, ana.id).await.unwrap();
    let words = links[0].event.evidence.text_shown.as_ref().unwrap();
    assert_eq!(words.as_str(), "Yes, write to me.");
    assert!(!links[0].event.covers(
        tidings_kernel::Channel::Sms,
        tidings_kernel::Purpose::Reminder
    ));
}

#[tokio::test]
async fn a_long_file_goes_on_from_where_it_is() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let mut csv = "first name,email\n".to_owned();
    for number in 0..300 {
        writeln!(csv, "Person {number},person{number}@example.com").unwrap();
    }
    csv.push_str("Wrong,not an address\n");
    let page = world
        .post(member, &format!("{PATH}/run"), &[("csv", &csv)])
        .await;
    let page = page.expect(200).shows("250 of 301 rows").shows("Go on");
    let field = |name: &str| -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = page.text.split(&start).nth(1).unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    };
    let names = [
        "csv",
        "total",
        "done_rows",
        "added",
        "skipped",
        "failed",
        "problems",
        "first_line",
    ];
    let values = names.map(&field);
    let fields: Vec<(&str, &str)> = names
        .into_iter()
        .zip(values.iter().map(String::as_str))
        .collect();
    let page = world
        .post(member, &format!("{PATH}/run"), &fields)
        .await
        .expect(200);
    page.shows("301 of 301 rows")
        .shows("Done.")
        .shows("<th scope=\"row\">302</th>");
    assert_eq!(everybody(&world).await.len(), 200, "a page of them");
}
