use super::{
    HttpSource, SnsKind, SnsSource,
    certificate::{Certificate, Version},
    links,
    message::Envelope,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings_kernel::Clock;
use tidings_messaging::{CallbackRequest, NotAuthentic};
use time::{Duration, OffsetDateTime};
use url::Url;

/// SNS gives up an hour after the first try; a quarter more is for clocks that differ. What is older was
/// kept by somebody and is played again.
const OLDEST: Duration = Duration::minutes(75);
/// How long a fetched certificate is used.
const KEPT_FOR: Duration = Duration::DAY;
/// Each region has one certificate at a time; so many are kept at most.
const MOST_KEPT: usize = 64;

/// Tells the messages of SNS from those of others, and confirms the subscriptions that it should.
///
/// One verifier serves all accounts: certificates are fetched once.
pub struct SnsVerifier {
    source: Arc<dyn SnsSource>,
    clock: Arc<dyn Clock>,
    kept: Mutex<BTreeMap<Url, Kept>>,
    /// Held while a certificate is fetched, so that many messages at once cause one fetch. Each address has its
    /// own: whoever names some that lead nowhere holds up nobody but themselves.
    turns: Mutex<BTreeMap<Url, Turn>>,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

struct Kept {
    certificate: Arc<Certificate>,
    since: OffsetDateTime,
}

impl SnsVerifier {
    /// A verifier that fetches from AWS. `http` must not follow redirects.
    pub fn new(http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self::with_source(Arc::new(HttpSource::new(http)), clock)
    }

    /// A verifier that fetches from `source`.
    pub fn with_source(source: Arc<dyn SnsSource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            kept: Mutex::default(),
            turns: Mutex::default(),
        }
    }

    /// Checks that SNS sends this request, for one of `topics`, and not long ago. A subscription to one of
    /// them is confirmed before this returns.
    ///
    /// # Errors
    /// [`NotAuthentic`]: `Missing` when there is no signature, as with raw message delivery; `OtherAccount`
    /// when the topic is none of these; `CannotCheck` when the certificate or the confirmation is not to be
    /// had now, so that SNS should send the message again.
    pub async fn authenticate(
        &self,
        request: &CallbackRequest,
        topics: &[impl AsRef<str> + Sync],
    ) -> Result<(), NotAuthentic> {
        let envelope = Envelope::read(&request.body).map_err(|_| NotAuthentic::Missing)?;
        let topic = envelope.topic_arn.as_str();
        if !topics.iter().any(|known| known.as_ref() == topic) {
            return Err(NotAuthentic::OtherAccount);
        }
        self.check_signature(&envelope, request.received_at).await?;
        match envelope.kind {
            SnsKind::Notification => Ok(()),
            SnsKind::SubscriptionConfirmation => self.confirm(&envelope).await,
            SnsKind::UnsubscribeConfirmation => {
                tracing::warn!(
                    topic,
                    "SNS has ended a subscription: no more comes from this topic"
                );
                Ok(())
            }
        }
    }

    async fn check_signature(
        &self,
        envelope: &Envelope,
        received_at: OffsetDateTime,
    ) -> Result<(), NotAuthentic> {
        let wrong = || NotAuthentic::Wrong;
        let published_at = envelope.timestamp().ok_or_else(wrong)?;
        if received_at - published_at > OLDEST {
            return Err(NotAuthentic::Wrong);
        }
        let version = Version::parse(&envelope.signature_version).ok_or_else(wrong)?;
        let signature = STANDARD.decode(&envelope.signature).map_err(|_| wrong())?;
        let texts = envelope.signed_texts().ok_or_else(wrong)?;
        let url = links::certificate(&envelope.signing_cert_url, &envelope.topic_arn);
        let certificate = self.certificate(&url.ok_or_else(wrong)?).await?;
        let has_signed = |text: &String| certificate.has_signed(version, text, &signature);
        if certificate.is_good_at(self.clock.now()) && texts.iter().any(has_signed) {
            return Ok(());
        }
        Err(NotAuthentic::Wrong)
    }

    async fn certificate(&self, url: &Url) -> Result<Arc<Certificate>, NotAuthentic> {
        if let Some(certificate) = self.kept(url) {
            return Ok(certificate);
        }
        let turn = self.turn(url);
        let _turn = turn.lock().await;
        // Somebody else may have fetched it meanwhile.
        if let Some(certificate) = self.kept(url) {
            return Ok(certificate);
        }
        let file = self.source.get(url).await.map_err(|error| {
            tracing::warn!(%url, %error, "a certificate of SNS cannot be fetched");
            NotAuthentic::CannotCheck
        })?;
        let Some(certificate) = Certificate::read(&file) else {
            tracing::warn!(%url, "a certificate of SNS cannot be read");
            return Err(NotAuthentic::CannotCheck);
        };
        Ok(self.keep(url, certificate))
    }

    fn turn(&self, url: &Url) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever fetches, or waits for it, has one too.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(url.clone()).or_default())
    }

    fn kept(&self, url: &Url) -> Option<Arc<Certificate>> {
        let now = self.clock.now();
        let kept = self.lock();
        let Kept { certificate, since } = kept.get(url)?;
        (now - *since < KEPT_FOR).then(|| Arc::clone(certificate))
    }

    fn keep(&self, url: &Url, certificate: Certificate) -> Arc<Certificate> {
        let certificate = Arc::new(certificate);
        let mut kept = self.lock();
        if kept.len() >= MOST_KEPT {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.since);
            if let Some(url) = oldest.map(|(url, _)| url.clone()) {
                kept.remove(&url);
            }
        }
        let entry = Kept {
            certificate: Arc::clone(&certificate),
            since: self.clock.now(),
        };
        kept.insert(url.clone(), entry);
        certificate
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Url, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Confirms the subscription of a message whose signature was checked.
    async fn confirm(&self, envelope: &Envelope) -> Result<(), NotAuthentic> {
        let topic = envelope.topic_arn.as_str();
        let url = envelope
            .subscribe_url
            .as_deref()
            .zip(envelope.token.as_deref())
            .and_then(|(url, token)| links::confirmation(url, topic, token))
            .ok_or(NotAuthentic::Wrong)?;
        // The address holds the token, so the log goes without it.
        match self.source.get(&url).await {
            Ok(_) => {
                tracing::info!(topic, "a subscription of SNS is confirmed");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(topic, %error, "a subscription of SNS could not be confirmed");
                Err(NotAuthentic::CannotCheck)
            }
        }
    }
}

impl std::fmt::Debug for SnsVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnsVerifier").finish_non_exhaustive()
    }
}
