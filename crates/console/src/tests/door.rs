use super::world::{Login, NOW, PASSWORD, World, encoded};
use crate::{
    door::{Door, Verb},
    routes::ROUTES,
    token::Token,
};
use axum::http::{HeaderMap, Method, header};
use tidings_messaging::{Member, Members, Role, SessionKind, Sessions};
use time::Duration;

/// The session that a cookie of an answer stands for.
fn token(headers: &HeaderMap) -> Option<Token> {
    let cookie = headers.get("set-cookie")?.to_str().ok()?;
    let mut back = HeaderMap::new();
    back.insert(header::COOKIE, cookie.split(';').next()?.parse().ok()?);
    Token::of(&back)
}

fn credentials(login: &Login) -> [(&str, &str); 2] {
    [("email", &login.member.email), ("password", PASSWORD)]
}

#[tokio::test]
async fn a_login_gives_a_new_session_and_leads_on() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let mut fields = credentials(owner).to_vec();
    fields.push(("next", "/console/contacts?q=a"));
    let reply = world.post(owner, "/console/login", &fields).await;
    assert_eq!(reply.location(), "/console/contacts?q=a");
    let cookie = reply.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/console"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = token(&reply.headers).unwrap();
    let old = world.memory.find(owner.token.hash()).await.unwrap();
    assert!(old.is_none(), "the session before is over");
    let login = Login {
        token,
        ..owner.clone()
    };
    world
        .get(&login, "/console")
        .await
        .expect(200)
        .shows("Ours owner");
}

#[tokio::test]
async fn an_address_of_another_site_is_not_gone_to() {
    let world = World::new().await;
    for next in [
        "https://evil.example.com",
        "//evil.example.com",
        "/console//evil",
        "/other",
    ] {
        let mut fields = credentials(world.ours.owner()).to_vec();
        fields.push(("next", next));
        let reply = world.post_unknown("/console/login", &fields).await;
        assert_eq!(reply.location(), "/console", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_stranger_are_told_the_same() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let wrong = [
        ("email", owner.member.email.as_str()),
        ("password", "not it, sorry"),
    ];
    let stranger = [("email", "nobody@example.com"), ("password", PASSWORD)];
    for fields in [wrong, stranger] {
        let reply = world.post_unknown("/console/login", &fields).await;
        let reply = reply.expect(422).shows("do not fit together");
        assert!(token(&reply.headers).is_none());
        reply.hides("not it, sorry");
    }
}

#[tokio::test]
async fn whoever_is_disabled_stays_out() {
    let world = World::new().await;
    let viewer = world.ours.of(Role::Viewer);
    let disabled = Member {
        disabled_at: Some(NOW),
        ..viewer.member.clone()
    };
    assert!(world.memory.update(&disabled).await.unwrap());
    assert_eq!(
        world.get(viewer, "/console").await.location(),
        "/console/login?next=%2Fconsole"
    );
    let reply = world
        .post_unknown("/console/login", &credentials(viewer))
        .await;
    reply.expect(422);
}

#[tokio::test]
async fn attempts_are_limited_by_address() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let wrong = [
        ("email", owner.member.email.as_str()),
        ("password", "wrong wrong wrong"),
    ];
    for _ in 0..6 {
        world
            .post_unknown("/console/login", &wrong)
            .await
            .expect(422);
    }
    let reply = world
        .post_unknown("/console/login", &credentials(owner))
        .await;
    assert_eq!(reply.header("retry-after"), "30");
    reply.expect(429);
    let other = credentials(world.theirs.owner());
    world
        .post_unknown("/console/login", &other)
        .await
        .location();
    world.clock.advance(Duration::seconds(31));
    world
        .post_unknown("/console/login", &credentials(owner))
        .await
        .location();
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let kind = SessionKind::Browser;
    for _ in 0..13 {
        world.clock.advance(Duration::HOUR);
        world.get(owner, "/console").await.expect(200);
    }
    world.clock.advance(Duration::HOUR);
    world.get(owner, "/console").await.location();
    world.clock.set(NOW);
    let idle = world.theirs.owner();
    world.clock.advance(kind.idle());
    world.get(idle, "/console").await.location();
}

#[tokio::test]
async fn a_logout_ends_the_session() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let reply = world.post(owner, "/console/logout", &[]).await;
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    world.get(owner, "/console").await.location();
}

#[tokio::test]
async fn a_typed_text_survives_the_end_of_a_session() {
    let world = World::new().await;
    let owner = world.ours.owner();
    world.clock.advance(Duration::DAY);
    let path = "/console/contacts/new";
    let typed = [("first_name", "Zoë & <b>co</b>"), ("tags", "a, b")];
    let reply = world.post(owner, path, &typed).await;
    let reply = reply.expect(401).shows("What you typed is kept");
    let kept = "first_name=Zo%C3%AB+%26+%3Cb%3Eco%3C%2Fb%3E&amp;tags=a%2C+b";
    let reply = reply.shows(kept);
    assert!(!reply.text.contains(&owner.token.seal()));
    let mut fields = credentials(owner).to_vec();
    let kept = kept.replace("&amp;", "&");
    fields.extend([("next", path), ("kept", kept.as_str())]);
    let reply = world.post_unknown("/console/login", &fields).await;
    let token = token(&reply.headers).unwrap();
    let reply = reply.expect(200).shows("Carry on where you were");
    let reply = reply
        .shows("Zoë &amp; &lt;b&gt;co&lt;/b&gt;")
        .hides("<b>co");
    reply.shows(&token.seal());
    let login = Login {
        token,
        ..owner.clone()
    };
    world.post(&login, path, &typed).await.location();
    world
        .get(&login, "/console/contacts")
        .await
        .shows("Zoë &amp; &lt;b&gt;");
}

#[tokio::test]
async fn a_part_of_a_page_says_that_the_session_is_over() {
    let world = World::new().await;
    let mut request = World::request(Method::GET, "/console/contacts", None, String::new());
    request
        .headers_mut()
        .insert("hx-request", "true".parse().unwrap());
    let reply = world.raw(request).await.expect(401);
    reply.shows("log in again").hides("<html");
    // Nor does a page come into a page when its seal is an old one.
    let owner = world.ours.owner();
    let body = encoded([("text_0", "Hello"), ("seal", "of before")]);
    let path = "/console/templates/check";
    let mut request = World::request(Method::POST, path, Some(owner), body);
    request
        .headers_mut()
        .insert("hx-request", "true".parse().unwrap());
    let reply = world.raw(request).await.expect(409);
    reply.shows("logged in again").hides("<html");
}

#[tokio::test]
async fn every_form_is_asked_for_its_seal_before_anything_is_done() {
    let world = World::new().await;
    let owner = world.ours.owner();
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Post) {
        let path = route
            .path
            .replace("{id}", "con_x")
            .replace("{provider}", "carrier");
        let body = encoded([("first_name", "Mallory"), ("seal", "forged")]);
        let request = World::request(Method::POST, &path, Some(owner), body.clone());
        let mut foreign = World::request(Method::POST, &path, Some(owner), body);
        foreign
            .headers_mut()
            .insert("sec-fetch-site", "cross-site".parse().unwrap());
        let reply = world.raw(foreign).await.expect(422);
        reply.shows("came from another site");
        if matches!(route.door, Door::Locked(..)) {
            let reply = world.raw(request).await.expect(409);
            reply.shows("Nothing was done yet");
        }
    }
    world.get(owner, "/console/contacts").await.hides("Mallory");
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_gives_one() {
    let world = World::new().await;
    let owner = world.ours.owner();
    let path = "/console/profile/password";
    let new = "another horse entirely";
    let change = |now, again| {
        [
            ("password_now", now),
            ("password", new),
            ("password_again", again),
        ]
    };
    let reply = world.post(owner, path, &change("wrong", new)).await;
    reply
        .expect(422)
        .shows("This is not your password.")
        .hides(new);
    let reply = world.post(owner, path, &change(PASSWORD, "other")).await;
    reply.expect(422).shows("differ");
    let reply = world.post(owner, path, &change(PASSWORD, new)).await;
    let token = token(&reply.headers).unwrap();
    world.get(owner, "/console").await.location();
    let login = Login {
        token,
        ..owner.clone()
    };
    world.get(&login, &reply.location()).await.expect(200);
    let fields = [("email", owner.member.email.as_str()), ("password", new)];
    world
        .post_unknown("/console/login", &fields)
        .await
        .location();
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::new().await;
    let owner = world.ours.owner();
    for path in [
        "/console",
        "/console/login",
        "/console/nowhere",
        "/console/contacts/x",
    ] {
        let reply = world.get(owner, path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(!reply.text.contains(" style=") && !reply.text.contains(" onclick="));
    }
}

#[tokio::test]
async fn a_calendar_s_token_opens_no_page() {
    let world = World::new().await;
    let token = Token::new([99; 32]);
    let owner = world.ours.owner();
    let session = tidings_messaging::Session {
        hash: token.hash(),
        tenant: owner.member.tenant,
        member: owner.member.id,
        kind: SessionKind::Calendar,
        created_at: NOW,
        seen_at: NOW,
    };
    world.memory.open(&session).await.unwrap();
    let login = Login {
        token,
        ..owner.clone()
    };
    world.get(&login, "/console").await.location();
}
