//! The programs, the simulated providers, a tenant with an account at each, and its contacts.

use crate::{
    GLANCE, Options, Outcome,
    api::{Api, client},
    database::Database,
    installation::{Addresses, Installation, TWILIO_TOKEN, answers, free_addresses},
    people::{contacts, noon},
    program::{Logs, Program},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tidings_simulator::{Config, Running, Simulator};

/// Where the numbers of contacts are; each area has a hundred that are reserved for fiction.
const AREAS: [u32; 4] = [303, 312, 415, 512];
/// Of each area; those above are numbers at which the simulator fails to deliver, and the businesses'.
const NUMBERS: std::ops::Range<u32> = 0..60;
const VONAGE: [(&str, &str); 3] = [
    ("api_key", "abcd1234"),
    ("api_secret", "NotTheRealSecret"),
    ("signature_secret", "not-the-real-signature-secret"),
];
const CLICKSEND: [(&str, &str); 2] = [
    ("username", "failover"),
    ("api_key", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"),
];
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// How long all messages may take to arrive once the last was handed in.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// What runs.
pub(crate) struct Stage {
    /// The API, with the tenant's key.
    pub(crate) api: Api,
    /// Where the simulator is told what to do.
    pub(crate) simulator_url: String,
    /// Ids of the contacts.
    pub(crate) people: Vec<String>,
    programs: Vec<Program>,
    simulator: Running,
}

impl Stage {
    /// Starts everything.
    pub(crate) async fn set(options: &Options, database: &Database, logs: &Logs) -> Outcome<Self> {
        let [api, simulator, twilio, vonage, clicksend] = free_addresses()?;
        let doors: BTreeMap<String, SocketAddr> = [
            ("twilio".to_owned(), twilio),
            ("vonage".to_owned(), vonage),
            ("clicksend".to_owned(), clicksend),
        ]
        .into();
        let running = Simulator::start(Config {
            listen: simulator,
            doors: doors.clone().into_iter().collect(),
            secrets: [("twilio".to_owned(), TWILIO_TOKEN.to_owned())].into(),
            ..Config::default()
        })
        .await?;
        let programs = options.programs.clone();
        let addresses = Addresses { api, simulator };
        let installation = Installation::new(programs, database, addresses, logs)?;
        let tell = |program: &str| {
            let mut command = installation.command(program);
            command
                .env("TIDINGS_TWILIO_BASE_URL", format!("http://{twilio}"))
                .env("TIDINGS_VONAGE_BASE_URL", format!("http://{vonage}"))
                .env("TIDINGS_VONAGE_REST_BASE_URL", format!("http://{vonage}"))
                .env(
                    "TIDINGS_CLICKSEND_BASE_URL",
                    format!("http://{clicksend}/v3"),
                )
                .env("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", "20");
            command
        };
        let mut first = installation.start("api", &mut tell("tidings-api"))?;
        let http = client()?;
        answers(&http, &mut first, &format!("http://{api}/readyz")).await?;
        let mut stage = Self {
            api: tenant(&installation, format!("http://{api}"))?,
            simulator_url: format!("http://{simulator}"),
            people: Vec::new(),
            programs: vec![first],
            simulator: running,
        };
        stage.open_accounts().await?;
        let mut connection = database.connect().await?;
        let zone = noon(&mut connection).await?;
        let numbers: Vec<u32> = NUMBERS.collect();
        let people = contacts(&stage.api, &zone, &AREAS, &numbers).await?;
        stage.people = people.into_iter().map(|(id, _)| id).collect();
        for number in 1..=options.workers {
            let name = format!("worker-{number}");
            let worker = installation.start(&name, &mut tell("tidings-worker"))?;
            stage.programs.push(worker);
        }
        Ok(stage)
    }

    /// An account at each provider, and the addresses of callbacks told to those that need it.
    async fn open_accounts(&self) -> Outcome {
        let twilio = [("account_sid", ACCOUNT_SID), ("auth_token", TWILIO_TOKEN)];
        self.open("twilio", 1, &twilio, "+12025550170").await?;
        let status_url = self.open("vonage", 2, &VONAGE, "+12025550171").await?;
        let rule = self
            .open("clicksend", 3, &CLICKSEND, "+12025550172")
            .await?;
        let [(_, key), (_, secret), (_, signature)] = VONAGE;
        let [(_, username), (_, api_key)] = CLICKSEND;
        let accounts = json!({
            "vonage": [{
                "api_key": key, "api_secret": secret, "signature_secret": signature,
                "status_url": status_url, "numbers": [{"number": "+12025550171"}],
            }],
            "clicksend": [{
                "username": username, "api_key": api_key, "numbers": ["+12025550172"],
                "receipt_rules": [{"action_address": rule}],
            }],
        });
        self.tell_simulator("accounts", &accounts).await
    }

    /// Opens an account, and gives the address of its callbacks.
    async fn open(
        &self,
        provider: &str,
        priority: u16,
        credentials: &[(&str, &str)],
        sender: &str,
    ) -> Outcome<String> {
        let credentials: BTreeMap<&str, &str> = credentials.iter().copied().collect();
        let account = json!({
            "provider": provider,
            "priority": priority,
            "credentials": credentials,
            "senders": [{"address": sender, "channels": ["sms"]}],
            "verify": false,
        });
        let opened = self.api.post("/v1/provider-accounts", &account).await?;
        let url = opened.get("callback_url").and_then(Value::as_str);
        Ok(url.ok_or("an account without callback address")?.to_owned())
    }

    /// Lets a provider refuse connections, or take them again.
    pub(crate) async fn set_down(&self, provider: &str, is_down: bool) -> Outcome {
        let fault = json!({"provider": provider, "down": is_down});
        self.tell_simulator("faults", &fault).await
    }

    async fn tell_simulator(&self, what: &str, body: &Value) -> Outcome {
        let url = format!("{}/{what}", self.simulator_url);
        let answer = self.api.http.put(url).json(body).send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("the simulator answered {status}: {}", answer.text().await?).into())
    }

    /// Fails if a program has ended.
    pub(crate) fn check(&mut self) -> Outcome {
        self.programs.iter_mut().try_for_each(Program::check)
    }

    /// Stops everything.
    pub(crate) async fn stop(mut self) -> Outcome {
        while let Some(program) = self.programs.pop() {
            program.stop().await?;
        }
        tokio::time::sleep(GLANCE).await;
        self.simulator.stop().await;
        Ok(())
    }
}

fn tenant(installation: &Installation, url: String) -> Outcome<Api> {
    let place = ["--region", "US", "--time-zone", "America/New_York"];
    let create = ["tenant", "create", "--name", "Failover"];
    let id = installation.tidings(&[&create[..], &place[..]].concat())?;
    let of_it = ["--tenant", &id, "--name", "Failover", "--scope", "admin"];
    let key = installation.tidings(&[&["key", "create"][..], &of_it[..]].concat())?;
    Ok(Api {
        http: client()?,
        url,
        key,
    })
}
