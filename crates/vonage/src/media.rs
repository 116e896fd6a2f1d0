use crate::{credentials::VonageCredentials, errors::VONAGE, provider::Vonage};
use async_trait::async_trait;
use reqwest::Method;
use tidings_messaging::{Access, FetchedMedia, Media, MediaError, MediaSource};
use tidings_provider_http::sha256_hex;
use url::Url;

/// Where Vonage keeps files, region by region: `api-eu.nexmo.com` and so on. The token goes to no other host.
const HOST: &str = ".nexmo.com";

#[async_trait]
impl MediaSource for Vonage {
    #[tracing::instrument(name = "provider.vonage.media.fetch", skip_all, fields(account = %access.account))]
    async fn fetch(
        &self,
        access: &Access,
        media: &Media,
        most: usize,
    ) -> Result<FetchedMedia, MediaError> {
        let credentials = VonageCredentials::read(&access.credentials)?;
        let api = &self.hosts.api;
        let url = Url::parse(&media.url).map_err(|_| MediaError::Foreign)?;
        let is_of_vonage = url.scheme() == "https"
            && url.port().is_none()
            && url.domain().is_some_and(|host| host.ends_with(HOST));
        if !is_of_vonage && !api.is_at_base(&url) {
            return Err(MediaError::Foreign);
        }
        let now = self.clock.now();
        // Each token has an id of its own.
        let id = sha256_hex(format!("{now} {url}").as_bytes());
        let request = api.request_at(Method::GET, url);
        let request = credentials.show_sender(request, &id, now);
        let request = request.map_err(|error| MediaError::NotFetched(error.into()))?;
        let result = api.download(request, most).await;
        VONAGE.file(result, |answer| VONAGE.refusal(answer))
    }
}
