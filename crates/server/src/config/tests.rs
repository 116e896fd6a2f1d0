use super::*;
use secrecy::ExposeSecret;
use std::collections::HashMap;

const KEYS: &str = "k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

/// The least that production needs.
const PRODUCTION: [(&str, &str); 3] = [
    (
        "DATABASE_URL",
        "postgres://tidings:secret-word@db.example.com/tidings",
    ),
    ("TIDINGS_KEYS", KEYS),
    ("TIDINGS_PUBLIC_URL", "https://api.example.com/"),
];

fn read(given: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let map: HashMap<&str, &str> = given.iter().copied().collect();
    let lookup = |name: &str| map.get(name).map(|value| (*value).to_owned());
    let file = |path: &Path| match path.to_str() {
        Some("/run/secrets/database") => Ok("postgres://db.example.com/tidings\n".to_owned()),
        Some("/run/secrets/keys") => Ok(format!("{KEYS}\n")),
        Some("/run/secrets/empty") => Ok("\n".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    Config::from_lookup(&lookup, &file)
}

fn with(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    read(&[&PRODUCTION, more].concat())
}

fn wrong(more: &[(&str, &str)]) -> Vec<String> {
    let error = with(more).expect_err("it is wrong");
    error.0.into_iter().map(|mistake| mistake.name).collect()
}

#[test]
fn three_settings_are_enough_and_the_rest_has_safe_defaults() {
    let config = with(&[]).unwrap();
    assert_eq!(config.environment, Environment::Production);
    assert_eq!(config.environment.fictitious(), FictitiousNumbers::Refuse);
    assert!(config.api_listen.ip().is_loopback());
    assert_eq!(config.metrics_listen, None);
    assert_eq!(config.public_url, "https://api.example.com");
    assert_eq!(config.outside.twilio.as_str(), "https://api.twilio.com/");
    assert_eq!(
        config.outside.whatsapp_cloud.as_str(),
        "https://graph.facebook.com/"
    );
    assert_eq!(config.outside.whatsapp_cloud_version, "v25.0");
    assert_eq!(config.spool, Path::new("/tmp"));
    assert!(matches!(&config.media.place,
        MediaPlace::Directory(root) if root == Path::new("/var/lib/tidings/media")));
    assert_eq!(config.media.most, 25 << 20);
    assert_eq!(config.media.quota, 5 << 30);
    assert_eq!(config.worker, WorkerConfig::default());
    assert_eq!(config.shutdown, Duration::from_secs(20));
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.simulator_url, None);
}

#[test]
fn every_mistake_is_reported_at_once_by_name_and_without_secrets() {
    let error = read(&[
        ("DATABASE_URL", "mysql://root:hunter2@db/tidings"),
        ("TIDINGS_KEYS", "hunter3"),
        ("TIDINGS_API_LISTEN", "4000"),
        ("TIDINGS_METRICS_LISTEN", "localhost"),
        ("TIDINGS_TWILIO_BASE_URL", "ftp://twilio"),
        ("TIDINGS_WHATSAPP_CLOUD_VERSION", "25"),
        ("TIDINGS_WORKER_BATCH", "0"),
        ("TIDINGS_WORKER_LEASE_SECONDS", "soon"),
        ("TIDINGS_LOG", "info,=,"),
        ("TIDINGS_LOG_FORMAT", "xml"),
    ])
    .unwrap_err();
    let names: Vec<&str> = error
        .0
        .iter()
        .map(|mistake| mistake.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "DATABASE_URL",
            "TIDINGS_KEYS",
            "TIDINGS_API_LISTEN",
            "TIDINGS_METRICS_LISTEN",
            "TIDINGS_PUBLIC_URL",
            "TIDINGS_TWILIO_BASE_URL",
            "TIDINGS_WHATSAPP_CLOUD_VERSION",
            "TIDINGS_WORKER_BATCH",
            "TIDINGS_WORKER_LEASE_SECONDS",
            "TIDINGS_LOG",
            "TIDINGS_LOG_FORMAT",
        ]
    );
    let text = format!("{error} {error:?}");
    assert!(
        text.starts_with("11 settings are wrong:\n  DATABASE_URL "),
        "{text}"
    );
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn production_refuses_what_is_not_encrypted_and_what_is_simulated() {
    for (name, value) in [
        ("TIDINGS_PUBLIC_URL", "http://api.example.com"),
        ("TIDINGS_TWILIO_BASE_URL", "http://127.0.0.1:4020"),
        ("TIDINGS_WHATSAPP_CLOUD_BASE_URL", "http://127.0.0.1:4020"),
        ("TIDINGS_SIMULATOR_URL", "http://127.0.0.1:4020"),
    ] {
        assert_eq!(wrong(&[(name, value)]), [name]);
        assert_eq!(
            wrong(&[("TIDINGS_ENV", "production"), (name, value)]),
            [name]
        );
        assert!(
            with(&[("TIDINGS_ENV", "development"), (name, value)]).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn development_accepts_numbers_of_fiction() {
    let config = with(&[("TIDINGS_ENV", "development")]).unwrap();
    assert_eq!(config.environment.fictitious(), FictitiousNumbers::Accept);
    assert_eq!(wrong(&[("TIDINGS_ENV", "staging")]), ["TIDINGS_ENV"]);
}

#[test]
fn the_simulator_is_on_this_machine_only() {
    let development = ("TIDINGS_ENV", "development");
    for url in ["http://10.0.0.1:4020", "https://simulator.example.com"] {
        let given = [development, ("TIDINGS_SIMULATOR_URL", url)];
        assert_eq!(wrong(&given), ["TIDINGS_SIMULATOR_URL"], "{url}");
    }
    for url in [
        "http://localhost:4020",
        "http://[::1]:4020",
        "http://127.0.0.1:4020",
    ] {
        let config = with(&[development, ("TIDINGS_SIMULATOR_URL", url)]).unwrap();
        assert_eq!(config.simulator_url.as_deref(), Some(url));
    }
}

#[test]
fn secrets_may_come_from_files() {
    let config = read(&[
        ("DATABASE_URL_FILE", "/run/secrets/database"),
        ("TIDINGS_KEYS_FILE", "/run/secrets/keys"),
        ("TIDINGS_PUBLIC_URL", "https://api.example.com"),
    ])
    .unwrap();
    assert_eq!(
        config.database_url.expose_secret(),
        "postgres://db.example.com/tidings"
    );
    assert_eq!(config.keys.ids().collect::<Vec<_>>(), ["k1"]);
}

#[test]
fn a_file_that_is_empty_missing_or_one_too_many_is_a_mistake() {
    for path in ["/run/secrets/empty", "/run/secrets/missing"] {
        let error = read(&[
            ("DATABASE_URL", "postgres://db/tidings"),
            ("TIDINGS_KEYS_FILE", path),
            ("TIDINGS_PUBLIC_URL", "https://api.example.com"),
        ])
        .unwrap_err();
        assert_eq!(error.0[0].name, "TIDINGS_KEYS_FILE");
        assert!(error.to_string().contains(path), "{error}");
    }
    let both = [("TIDINGS_KEYS_FILE", "/run/secrets/keys")];
    assert_eq!(wrong(&both), ["TIDINGS_KEYS"]);
}

#[test]
fn listening_to_everybody_must_be_said() {
    let config = with(&[("TIDINGS_API_LISTEN", "0.0.0.0:80")]).unwrap();
    assert!(config.api_listen.ip().is_unspecified());
    for text in [":80", "80", "*:80", "localhost:80"] {
        assert_eq!(
            wrong(&[("TIDINGS_API_LISTEN", text)]),
            ["TIDINGS_API_LISTEN"],
            "{text}"
        );
    }
}

#[test]
fn addresses_hold_neither_logins_nor_queries() {
    for url in [
        "https://me:pw@api.example.com",
        "https://api.example.com/?a",
        "api.example.com",
    ] {
        assert_eq!(
            wrong(&[("TIDINGS_PUBLIC_URL", url)]),
            ["TIDINGS_PUBLIC_URL"],
            "{url}"
        );
    }
    let config = with(&[("TIDINGS_PUBLIC_URL", "https://example.com/tidings/")]).unwrap();
    assert_eq!(config.public_url, "https://example.com/tidings");
}

#[test]
fn commands_that_need_the_database_alone_ask_for_nothing_else() {
    let read = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let url = |name: &str| (name == "DATABASE_URL").then(|| "postgres://db/tidings".to_owned());
    assert!(Config::database_from_lookup(&url, &read).is_ok());
    let error = Config::database_from_lookup(&|_| None, &read).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the setting DATABASE_URL is missing: "),
        "{error}"
    );
}

#[test]
fn large_bodies_are_kept_where_temporary_files_are() {
    let config = with(&[("TMPDIR", "/var/tmp")]).unwrap();
    assert_eq!(config.spool, Path::new("/var/tmp"));
    let config = with(&[("TMPDIR", "/var/tmp"), ("TIDINGS_SPOOL_DIR", "/spool")]).unwrap();
    assert_eq!(config.spool, Path::new("/spool"));
}

#[test]
fn the_worker_is_told_what_is_given_and_nothing_else() {
    let config = with(&[
        ("TIDINGS_WORKER_BATCH", "50"),
        ("TIDINGS_WORKER_LEASE_SECONDS", "30"),
        ("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", "2"),
        ("TIDINGS_SHUTDOWN_SECONDS", "5"),
    ])
    .unwrap();
    let expected = WorkerConfig {
        batch: Some(50),
        concurrency: None,
        lease: Some(time::Duration::seconds(30)),
        ask_unknown_after: None,
        ask_receipt_after: Some(time::Duration::seconds(2)),
        ..WorkerConfig::default()
    };
    assert_eq!(config.worker, expected);
    assert_eq!(config.shutdown, Duration::from_secs(5));
}

#[test]
fn development_may_be_impatient_and_production_may_not() {
    let impatient = [
        ("TIDINGS_PROVIDER_TIMEOUT_SECONDS", "1"),
        ("TIDINGS_WORKER_LEASE_SECONDS", "2"),
        ("TIDINGS_WORKER_ASK_AGAIN_SECONDS", "1"),
        ("TIDINGS_WORKER_UNKNOWN_SECONDS", "1"),
        ("TIDINGS_IDEMPOTENCY_TAKE_OVER_SECONDS", "1"),
        ("TIDINGS_CLOCK_OFFSET_FILE", "/tmp/offset"),
    ];
    assert_eq!(wrong(&impatient), impatient.map(|(name, _)| name));
    let config = with(&[&[("TIDINGS_ENV", "development")], &impatient[..]].concat()).unwrap();
    assert_eq!(config.provider_timeout, Some(Duration::from_secs(1)));
    assert_eq!(config.worker.lease, Some(time::Duration::seconds(2)));
    assert_eq!(config.clock_offset_file, Some("/tmp/offset".into()));
}

#[test]
fn a_claim_outlives_a_call() {
    let development = ("TIDINGS_ENV", "development");
    let short = ("TIDINGS_WORKER_LEASE_SECONDS", "20");
    assert_eq!(wrong(&[development, short]), [short.0]);
    let quick = ("TIDINGS_PROVIDER_TIMEOUT_SECONDS", "19");
    assert!(with(&[development, short, quick]).is_ok());
}

#[test]
fn files_are_kept_in_a_directory_or_in_a_bucket_of_which_everything_is_told() {
    let bucket = [
        ("TIDINGS_MEDIA_S3_URL", "https://s3.eu-west-1.amazonaws.com"),
        ("TIDINGS_MEDIA_S3_BUCKET", "tidings-media"),
        ("TIDINGS_MEDIA_S3_REGION", "eu-west-1"),
        ("TIDINGS_MEDIA_S3_KEY_ID", "AKIDEXAMPLE"),
        ("TIDINGS_MEDIA_S3_KEY", "secret-word"),
    ];
    let config = with(&bucket).unwrap();
    let MediaPlace::Bucket(place, _) = config.media.place else {
        panic!("a bucket was told");
    };
    assert_eq!(
        (place.bucket.as_str(), place.region.as_str()),
        ("tidings-media", "eu-west-1")
    );
    for (index, (name, _)) in bucket.iter().enumerate().skip(1) {
        let mut rest = bucket.to_vec();
        rest.remove(index);
        assert_eq!(wrong(&rest), [*name]);
    }
    let both = [&bucket[..], &[("TIDINGS_MEDIA_DIR", "/media")]].concat();
    assert_eq!(wrong(&both), ["TIDINGS_MEDIA_DIR"]);
    let traversal = [("TIDINGS_MEDIA_S3_BUCKET", "../other")];
    assert_eq!(
        wrong(&[&bucket[..1], &bucket[2..], &traversal].concat()),
        ["TIDINGS_MEDIA_S3_BUCKET"]
    );
    for (name, odd) in [
        ("TIDINGS_MEDIA_MAX_MB", "101"),
        ("TIDINGS_MEDIA_QUOTA_MB", "0"),
    ] {
        assert_eq!(wrong(&[(name, odd)]), [name]);
    }
    let large = with(&[("TIDINGS_MEDIA_QUOTA_MB", "100000000")]).unwrap();
    assert_eq!(large.media.quota, 100_000_000 << 20);
}
