//! The simulated mail server from outside.

use std::time::Duration;

use crate::support::World;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

const ANN: &str = "ann@example.net";
/// NUL, user, NUL, password.
const LOGIN: &str = "AUTH PLAIN AHVAZXhhbXBsZS5jb20AcEBzcw==";
const MAIL: &str = "From: Acme <no-reply@example.com>\r\nTo: ann@example.net\r\n\
                    Subject: =?utf-8?Q?Ol=C3=A1?=\r\nMessage-ID: <att_01@example.com>\r\n\r\n\
                    Hello\r\n..dot\r\n.";

struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects, and reads the greeting.
    async fn connect(world: &World) -> Self {
        let door = world.simulator.door("smtp").expect("a door");
        let stream = TcpStream::connect(door).await.expect("a connection");
        let mut client = Self(BufReader::new(stream));
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    /// Connects, greets and logs in.
    async fn ready(world: &World) -> Self {
        let mut client = Self::connect(world).await;
        assert!(
            client
                .ask("EHLO client.example.com")
                .await
                .contains("AUTH PLAIN LOGIN")
        );
        assert!(client.ask(LOGIN).await.starts_with("235 "));
        client
    }

    /// All lines of a reply.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.expect("a line");
            reply.push_str(&line);
            if line.get(3..4) != Some("-") {
                return reply;
            }
        }
    }

    async fn send(&mut self, line: &str) {
        let line = format!("{line}\r\n");
        self.0
            .write_all(line.as_bytes())
            .await
            .expect("a connection");
    }

    async fn ask(&mut self, line: &str) -> String {
        self.send(line).await;
        self.reply().await
    }

    /// Sends a mail; gives the last reply.
    async fn mail(&mut self, to: &str) -> String {
        for line in [
            "MAIL FROM:<bounce@example.com> SIZE=200",
            &format!("RCPT TO:<{to}>"),
            "DATA",
        ] {
            let reply = self.ask(line).await;
            if !reply.starts_with('2') && !reply.starts_with("354") {
                self.ask("RSET").await;
                return reply;
            }
        }
        self.ask(MAIL).await
    }
}

async fn start() -> World {
    let world = World::empty().await;
    let user = json!({"username": "u@example.com", "password": "p@ss", "senders": ["example.com"]});
    world.register(&json!({ "smtp": [user] })).await;
    world
}

#[tokio::test]
async fn a_mail_is_taken_and_shown() {
    let world = start().await;
    let mut client = Client::ready(&world).await;
    let reply = client.mail(ANN).await;
    assert_eq!(reply, "250 2.0.0 Ok: queued as att_01@example.com\r\n");
    let delivered = |ledger: &Value| ledger["messages"][0]["status"] == "delivered";
    let ledger = world.ledger_until(delivered).await;
    let shown = world.handset(ANN, "").await;
    assert_eq!(
        (&shown[0]["subject"], &shown[0]["text"]),
        (&json!("Olá"), &json!("Hello\r\n.dot\r\n"))
    );
    assert_eq!(
        (&shown[0]["channel"], &shown[0]["from"]),
        (&json!("email"), &json!("bounce@example.com"))
    );
    let request = &ledger["requests"][0];
    assert_eq!(
        (&request["provider"], &request["account"]),
        (&json!("smtp"), &json!("u@example.com"))
    );
    assert_eq!(
        (&request["client_reference"], &request["answer_status"]),
        (&json!("att_01"), &json!(250))
    );
    // Nobody is called.
    assert_eq!(ledger["callbacks"], json!([]));
    // A second mail of the same name has a name of its own.
    assert!(client.mail(ANN).await.contains("@simulator.test"));
    assert!(client.ask("NOOP").await.starts_with("250 "));
    assert!(client.ask("QUIT").await.starts_with("221 "));
}

#[tokio::test]
async fn a_long_line_is_one_line_and_a_dot_in_it_stays() {
    let world = World::empty().await;
    let mut client = Client::connect(&world).await;
    client.ask("EHLO client.example.com").await;
    for line in [
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<ann@example.net>",
        "DATA",
    ] {
        client.ask(line).await;
    }
    // The second piece of the line begins with the dot.
    let line = format!("{}.\r\n", "a".repeat(4096));
    client.send(&format!("Subject: long\r\n\r\n{line}.")).await;
    assert!(client.reply().await.starts_with("250 "));
    let delivered = |ledger: &Value| ledger["messages"][0]["status"] == "delivered";
    world.ledger_until(delivered).await;
    assert_eq!(world.handset(ANN, "").await[0]["text"], json!(line));
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let world = World::empty().await;
    let mut client = Client::connect(&world).await;
    client.ask("EHLO client.example.com").await;
    for line in [
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<ann@example.net>",
        "DATA",
    ] {
        client.ask(line).await;
    }
    client.send(&"a".repeat(10 * 1024 * 1024)).await;
    assert!(client.ask(".").await.starts_with("552 5.3.4"));
    assert!(client.ask("NOOP").await.starts_with("250 "));
}

#[tokio::test]
async fn who_does_not_log_in_is_not_served() {
    let world = start().await;
    let mut client = Client::connect(&world).await;
    assert!(
        client
            .ask("MAIL FROM:<a@example.com>")
            .await
            .starts_with("503 ")
    );
    client.ask("EHLO client.example.com").await;
    assert!(
        client
            .ask("MAIL FROM:<a@example.com>")
            .await
            .starts_with("530 5.7.0")
    );
    assert!(client.ask("AUTH PLAIN !").await.starts_with("501 "));
    assert!(client.ask("AUTH MAGIC").await.starts_with("504 "));
    assert!(
        client
            .ask("AUTH PLAIN AHVAZXhhbXBsZS5jb20Ad3Jvbmc=")
            .await
            .starts_with("535 5.7.8")
    );
    // In pieces.
    assert_eq!(client.ask("AUTH LOGIN").await, "334 VXNlcm5hbWU6\r\n");
    assert_eq!(
        client.ask("dUBleGFtcGxlLmNvbQ==").await,
        "334 UGFzc3dvcmQ6\r\n"
    );
    assert!(client.ask("cEBzcw==").await.starts_with("235 "));
    assert!(
        client
            .ask("MAIL FROM:<a@example.org>")
            .await
            .starts_with("553 5.1.8")
    );
    assert!(
        client
            .ask("MAIL FROM:<a@example.com> SIZE=99999999")
            .await
            .starts_with("552 5.3.4")
    );
    assert!(
        client
            .ask("RCPT TO:<a@example.net>")
            .await
            .starts_with("503 ")
    );
    assert!(client.ask("DATA").await.starts_with("503 "));
    assert!(client.ask("FLY").await.starts_with("500 "));
    assert!(
        client
            .ask("MAIL FROM:<a@example.com>")
            .await
            .starts_with("250 ")
    );
    assert!(
        client
            .ask("RCPT TO:<nonsense>")
            .await
            .starts_with("553 5.1.3")
    );
    assert!(
        client
            .ask("RCPT TO:<a@example.net>")
            .await
            .starts_with("250 ")
    );
    // A message goes to one handset.
    assert!(
        client
            .ask("RCPT TO:<b@example.net>")
            .await
            .starts_with("452 4.5.3")
    );
}

#[tokio::test]
async fn without_users_mail_is_taken_from_anybody() {
    let world = World::empty().await;
    let mut client = Client::connect(&world).await;
    client.ask("HELO client.example.com").await;
    assert!(client.mail(ANN).await.starts_with("250 "));
    assert_eq!(world.ledger().await["requests"][0]["account"], "anonymous");
}

#[tokio::test]
async fn magic_mailboxes_refuse() {
    let world = start().await;
    let mut client = Client::ready(&world).await;
    for (to, code) in [
        ("bounce@example.net", "550 5.1.1"),
        ("full+1@mail.test", "452 4.2.2"),
        ("rejected@example.net", "554 5.7.1"),
        ("greylist@example.net", "451 4.7.1"),
        ("greylist@example.net", "250 2.0.0"),
        ("silent@example.net", "250 2.0.0"),
    ] {
        assert!(client.mail(to).await.starts_with(code), "{to}");
    }
    let ledger = world.ledger().await;
    let refused = &ledger["requests"][0];
    assert_eq!(
        (&refused["answer_status"], &refused["error_code"]),
        (&json!(550), &json!("550 5.1.1"))
    );
    assert_eq!(refused["to"], "bounce@example.net");
    world
        .control("POST", &format!("/handsets/{ANN}/block"), Value::Null)
        .await;
    assert!(client.mail(ANN).await.starts_with("550 5.2.1"));
}

#[tokio::test]
async fn faults_come_at_their_stage() {
    let world = start().await;
    let mut client = Client::ready(&world).await;
    world
        .fault(json!({"provider": "smtp", "rate_limit_per_second": 0}))
        .await;
    assert!(client.mail(ANN).await.starts_with("450 4.7.28"));
    for code in ["550 5.1.1", "553 5.1.8", "554 5.7.1", "452 4.2.2"] {
        world
            .fault(json!({"provider": "smtp", "error_code": code}))
            .await;
        assert!(client.mail(ANN).await.starts_with(code), "{code}");
    }
    world
        .fault(json!({"provider": "smtp", "error_code": 454}))
        .await;
    let mut other = Client::connect(&world).await;
    other.ask("EHLO client.example.com").await;
    assert!(other.ask(LOGIN).await.starts_with("454 4.7.0"));
    let nonsense = json!({"provider": "smtp", "error_code": "pigeon"});
    assert_eq!(world.control("PUT", "/faults", nonsense).await.0, 422);
    world
        .fault(json!({"provider": "smtp", "error_rate": 1}))
        .await;
    assert!(
        client
            .ask("MAIL FROM:<a@example.com>")
            .await
            .starts_with("421 ")
    );
    let mut rest = Vec::new();
    client.0.read_to_end(&mut rest).await.expect("the end");
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_last_dot() {
    let world = start().await;
    let mut client = Client::ready(&world).await;
    world
        .fault(json!({"provider": "smtp", "timeout_after_accept": true}))
        .await;
    for line in [
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<ann@example.net>",
        "DATA",
    ] {
        client.ask(line).await;
    }
    client.send(MAIL).await;
    let silence = tokio::time::timeout(Duration::from_millis(300), client.reply()).await;
    assert!(silence.is_err());
    let delivered = |ledger: &Value| ledger["messages"][0]["status"] == "delivered";
    let ledger = world.ledger_until(delivered).await;
    assert_eq!(ledger["requests"][0]["answer_status"], Value::Null);
    assert!(ledger["requests"][0]["provider_message_id"].is_string());
}

#[tokio::test]
async fn who_is_down_hangs_up_and_is_not_there() {
    let world = start().await;
    let mut client = Client::ready(&world).await;
    world.fault(json!({"provider": "smtp", "down": true})).await;
    let mut rest = Vec::new();
    // However it ends, it ends.
    let _ = client.0.read_to_end(&mut rest).await;
    let door = world.simulator.door("smtp").expect("a door");
    let closed = async {
        while TcpStream::connect(door).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("the door to close");
    world.control("DELETE", "/faults", Value::Null).await;
    let open = async {
        while TcpStream::connect(door).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), open)
        .await
        .expect("the door to open");
    Client::ready(&world).await;
}
