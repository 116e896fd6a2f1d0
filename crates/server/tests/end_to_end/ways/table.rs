//! What the tests know of each provider: how an account is made here, how it is known at the simulator, and
//! how one learns there what became of a message.

use crate::{
    business::{Business, Person},
    system::System,
};
use serde_json::{Value, json};

/// A provider, as these tests use it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) provider: &'static str,
    pub(super) channel: Channel,
    /// The address that messages come from.
    pub(super) sender: &'static str,
    /// What the account is made of, as the API wants it.
    pub(super) credentials: fn(&System) -> Value,
    /// The same account at the simulator, which calls this address.
    pub(super) simulated: fn(Option<&str>) -> Value,
    /// Whether receipts come.
    pub(super) reports: bool,
    /// How a contact says that it wants no more.
    pub(super) stop: Stop,
    /// What tells of a message whose answer was lost.
    pub(super) learned: Learned,
    /// How another program sends by the same account, of whose messages the same callbacks tell.
    pub(super) elsewhere: Option<Elsewhere>,
}

/// A request to send that is none of ours.
#[derive(Debug)]
pub(super) struct Elsewhere {
    pub(super) path: &'static str,
    /// The scheme, and what is behind it; for Basic not yet in base 64.
    pub(super) authorization: (&'static str, &'static str),
    pub(super) body: fn(&str) -> Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Sms,
    Email,
}

/// How a contact says that it wants no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// By a message to the sender.
    Reply,
    /// By a complaint about mail.
    Complaint,
    /// By a press in the mail program alone.
    Press,
}

/// What tells of a message whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Learned {
    /// A question, though every receipt is lost too.
    Asking,
    /// A receipt with our reference; the provider cannot be asked.
    Receipt,
    /// Nothing does.
    Nothing,
}

impl Channel {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl Way {
    /// Where the provider reaches a person.
    pub(super) fn address<'a>(&self, person: &'a Person) -> &'a str {
        match self.channel {
            Channel::Sms => &person.phone,
            Channel::Email => &person.email,
        }
    }

    /// The body of a request that sends by this account.
    pub(super) fn message(&self, account: &str, to: &Person, purpose: &str, text: &str) -> Value {
        let mut body = json!({"to": {"contact_id": to.id}, "channel": self.channel.word(),
            "purpose": purpose, "account_id": account, "text": text});
        if self.channel == Channel::Email {
            body["subject"] = json!("About your session");
        }
        body
    }

    /// Makes the account over the API, and has the provider call where the API says. Gives the account's id.
    pub(super) async fn open(&self, system: &System, business: &Business) -> String {
        // Connecting tests the account, so the provider has to know it before.
        system.simulator.put_accounts(&(self.simulated)(None)).await;
        let account = json!({"provider": self.provider, "credentials": (self.credentials)(system),
            "senders": [{"address": self.sender, "channels": [self.channel.word()]}]});
        let made = business.post("/v1/provider-accounts", &account).await;
        let made = made.expect(201);
        assert_eq!(made["connection"]["ok"], true, "{made:#}");
        let callback = made["callback_url"].as_str().unwrap();
        system
            .simulator
            .put_accounts(&(self.simulated)(Some(callback)))
            .await;
        if self.provider.starts_with("aws_") {
            system.simulator.is_subscribed(callback).await;
        }
        made["id"].as_str().unwrap().to_owned()
    }
}

const TEXTS: Aws = Aws {
    key: "AKIAEXAMPLE000000001",
    topic: "arn:aws:sns:us-east-1:111122223333:texts",
};
const MAIL: Aws = Aws {
    key: "AKIAEXAMPLE000000002",
    topic: "arn:aws:sns:us-east-1:111122223333:mail",
};
const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";
const CHANNEL: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Every interface of every provider but the two that the other tests go by.
pub(super) const WAYS: [Way; 8] = [
    Way {
        provider: "smtp",
        channel: Channel::Email,
        sender: "studio@example.com",
        credentials: |system| {
            json!({"host": "127.0.0.1", "port": system.mail.port().to_string(), "security": "none",
                "username": "studio@example.com", "password": "smtp password"})
        },
        simulated: |_| {
            json!({"smtp": [{"username": "studio@example.com", "password": "smtp password",
                "senders": ["example.com"]}]})
        },
        reports: false,
        stop: Stop::Press,
        learned: Learned::Nothing,
        elsewhere: None,
    },
    Way {
        provider: "vonage",
        channel: Channel::Sms,
        sender: "+12025550150",
        credentials: |_| {
            json!({"api_key": "abcd1234", "api_secret": "vonage secret",
                "signature_secret": "vonage signs", "reports": "yes"})
        },
        simulated: |callback| {
            json!({"vonage": [{"api_key": "abcd1234", "api_secret": "vonage secret",
                "signature_secret": "vonage signs", "numbers": [{"number": "+12025550150"}],
                "status_url": callback, "inbound_url": callback}]})
        },
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Asking,
        elsewhere: Some(Elsewhere {
            path: "/v1/messages",
            authorization: ("Basic", "abcd1234:vonage secret"),
            body: |to| {
                json!({"message_type": "text", "channel": "sms", "from": "12025550150",
                    "to": to.trim_start_matches('+'), "text": "Not ours"})
            },
        }),
    },
    Way {
        provider: "messagebird",
        channel: Channel::Sms,
        sender: "+12025550151",
        credentials: |_| {
            json!({"access_key": "bk_eu1_key", "signing_key": "whsec_MDEyMzQ1Njc4OWFiY2RlZg==",
                "workspace_id": "ws_01"})
        },
        simulated: |callback| {
            json!({"messagebird": [{"access_key": "bk_eu1_key", "workspace_id": "ws_01",
                "signing_key": "whsec_MDEyMzQ1Njc4OWFiY2RlZg==",
                "numbers": [{"number": "+12025550151"}], "webhook_url": callback}]})
        },
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Asking,
        elsewhere: Some(Elsewhere {
            path: "/v1/sms/messages",
            authorization: ("Bearer", "bk_eu1_key"),
            body: |to| {
                json!({"to": to, "from": "+12025550151", "text": "Not ours",
                    "category": "transactional"})
            },
        }),
    },
    Way {
        provider: "messagebird",
        channel: Channel::Sms,
        sender: "+12025550154",
        credentials: |_| {
            json!({"access_key": "AbCdEfGhIjKlMnOp", "signing_key": "bird signs",
                "workspace_id": WORKSPACE, "sms_channel_id": CHANNEL})
        },
        simulated: |callback| {
            json!({"messagebird": [{"access_key": "AbCdEfGhIjKlMnOp", "signing_key": "bird signs",
                "workspace_id": WORKSPACE, "webhook_url": callback,
                "channels": [{"id": CHANNEL, "type": "sms", "number": "+12025550154"}]}]})
        },
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Receipt,
        elsewhere: Some(Elsewhere {
            path: "/workspaces/11111111-2222-4333-8444-555555555555/channels/\
                   aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/messages",
            authorization: ("AccessKey", "AbCdEfGhIjKlMnOp"),
            body: |to| {
                json!({"receiver": {"contacts": [{"identifierKey": "phonenumber",
                    "identifierValue": to}]},
                    "body": {"type": "text", "text": {"text": "Not ours"}}})
            },
        }),
    },
    Way {
        provider: "messagebird",
        channel: Channel::Sms,
        sender: "+12025550155",
        credentials: |_| json!({"access_key": "live_key", "signing_key": "messagebird signs"}),
        // It tells of everything by GET.
        simulated: |callback| {
            json!({"messagebird": [{"access_key": "live_key", "signing_key": "messagebird signs",
                "numbers": [{"number": "+12025550155", "inbound_url": callback,
                    "inbound_form": "get"}]}]})
        },
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Receipt,
        elsewhere: None,
    },
    Way {
        provider: "clicksend",
        channel: Channel::Sms,
        sender: "+12025550152",
        credentials: |_| {
            json!({"username": "lumen-sms", "api_key": "clicksend-key", "user_id": "10",
                "subaccount_id": "20"})
        },
        simulated: |callback| {
            let rules = |form| -> Vec<Value> {
                let rule = |callback| json!({"action_address": callback, "webhook_type": form});
                callback.iter().map(rule).collect()
            };
            json!({"clicksend": [{"username": "lumen-sms", "api_key": "clicksend-key",
                "user_id": 10, "subaccount_id": 20, "numbers": ["+12025550152"],
                "receipt_rules": rules("json"), "inbound_rules": rules("get")}]})
        },
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Asking,
        elsewhere: Some(Elsewhere {
            path: "/v3/sms/send",
            authorization: ("Basic", "lumen-sms:clicksend-key"),
            body: |to| json!({"messages": [{"to": to, "from": "+12025550152", "body": "Not ours"}]}),
        }),
    },
    Way {
        provider: "aws_sns",
        channel: Channel::Sms,
        sender: "+12025550153",
        credentials: |_| TEXTS.credentials(),
        simulated: |callback| TEXTS.simulated(callback),
        reports: true,
        stop: Stop::Reply,
        learned: Learned::Receipt,
        elsewhere: None,
    },
    Way {
        provider: "aws_ses",
        channel: Channel::Email,
        sender: "studio@example.com",
        credentials: |_| MAIL.credentials(),
        simulated: |callback| MAIL.simulated(callback),
        reports: true,
        stop: Stop::Complaint,
        learned: Learned::Receipt,
        elsewhere: None,
    },
];

/// An account of AWS, which is known in the same way to both services.
struct Aws {
    key: &'static str,
    topic: &'static str,
}

impl Aws {
    fn credentials(&self) -> Value {
        json!({"access_key_id": self.key, "secret_access_key": SECRET, "region": "us-east-1",
            "configuration_set": "tidings", "topic_arn": self.topic})
    }

    fn simulated(&self, callback: Option<&str>) -> Value {
        let subscriptions: Vec<Value> = callback
            .iter()
            .map(|callback| json!({"endpoint": callback}))
            .collect();
        let topic =
            json!({"arn": self.topic, "signature_version": 2, "subscriptions": subscriptions});
        json!({"aws": [{"access_key_id": self.key, "secret_access_key": SECRET,
            "account_id": "111122223333", "region": "us-east-1", "topics": [topic],
            "configuration_sets": [{"name": "tidings", "topic": self.topic}],
            "numbers": [{"number": "+12025550153", "topic": self.topic}],
            "identities": ["example.com"]}]})
    }
}
