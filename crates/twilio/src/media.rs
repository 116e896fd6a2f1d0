use crate::{credentials::TwilioCredentials, errors::TWILIO, provider::Twilio};
use async_trait::async_trait;
use reqwest::Method;
use tidings_messaging::{Access, FetchedMedia, Media, MediaError, MediaSource};
use tidings_provider_http::{Answer, Api};
use url::Url;

/// Twilio sends us on to where the file lies, once; more is not expected of it.
const MOST_REDIRECTS: usize = 3;

#[async_trait]
impl MediaSource for Twilio {
    /// The credentials go to Twilio's own host and are left behind when it sends us on.
    #[tracing::instrument(name = "provider.twilio.media.fetch", skip_all, fields(account = %access.account))]
    async fn fetch(
        &self,
        access: &Access,
        media: &Media,
        most: usize,
    ) -> Result<FetchedMedia, MediaError> {
        let credentials = TwilioCredentials::read(&access.credentials)?;
        let mut url = own_address(&self.api, &credentials.identity.account_sid, &media.url)?;
        let mut request = credentials
            .login()
            .show(self.api.request_at(Method::GET, url.clone()));
        for _ in 0..=MOST_REDIRECTS {
            let result = self.api.download(request, most).await;
            url = match &result {
                Ok(answer) if matches!(answer.status, 300..=399) => next(&self.api, &url, answer)?,
                _ => return TWILIO.file(result, |answer| TWILIO.refusal(answer)),
            };
            request = self.api.request_at(Method::GET, url.clone());
        }
        Err(MediaError::NotFetched(
            "Twilio sends us on without end".into(),
        ))
    }
}

/// The address, if it is that of a file of this account at Twilio.
fn own_address(api: &Api, account_sid: &str, address: &str) -> Result<Url, MediaError> {
    let url = Url::parse(address).map_err(|_| MediaError::Foreign)?;
    let is_of_account = url.path_segments().is_some_and(|segments| {
        let mut segments = segments.skip_while(|segment| *segment != "Accounts");
        segments.nth(1) == Some(account_sid)
    });
    if api.is_at_base(&url) && is_of_account {
        Ok(url)
    } else {
        Err(MediaError::Foreign)
    }
}

/// Where an answer sends us.
fn next(api: &Api, from: &Url, answer: &Answer) -> Result<Url, MediaError> {
    let location = answer.header("location");
    let url = location.and_then(|location| from.join(location).ok());
    match url {
        Some(url) if api.trusts(&url) => Ok(url),
        Some(_) => Err(MediaError::Foreign),
        None => Err(MediaError::NotFetched(
            "Twilio sends us on to nowhere".into(),
        )),
    }
}
