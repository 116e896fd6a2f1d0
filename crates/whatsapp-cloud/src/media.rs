use crate::{
    credentials::{Caller, is_id},
    errors,
    node::Node,
    provider::WhatsappCloud,
};
use async_trait::async_trait;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use tidings_messaging::{Access, FetchedMedia, ManageError, Media, MediaError, MediaSource};
use tidings_provider_http::Effect;
use url::Url;

/// What stands before the id of a file that lies at Meta.
pub(crate) const UPLOADED: &str = "whatsapp-media:";
/// Where Meta keeps files. The token goes to no other host, but for one that the Graph API itself names.
const HOSTS: [&str; 4] = ["fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net"];

/// Where a file is, and what it is.
struct Place {
    url: Url,
    content_type: Option<String>,
}

#[async_trait]
impl MediaSource for WhatsappCloud {
    /// By an id the file's address is asked for first; that lives five minutes, the id a week.
    #[tracing::instrument(name = "provider.whatsapp_cloud.media.fetch", skip_all, fields(account = %access.account))]
    async fn fetch(
        &self,
        access: &Access,
        media: &Media,
        most: usize,
    ) -> Result<FetchedMedia, MediaError> {
        let caller = Caller::of(&access.credentials)?;
        let place = match media.url.strip_prefix(UPLOADED) {
            Some(id) => self.look_up(caller, id, most).await?,
            None => Place {
                url: self.known_host(&media.url)?,
                content_type: media.content_type.clone(),
            },
        };
        let api = self.graph.api();
        let request = api.request_at(Method::GET, place.url);
        let request = request.bearer_auth(caller.access_token.expose_secret());
        let result = api.download(request, most).await;
        let mut file = errors::META.file(result, errors::refusal)?;
        // What was told beside the address is more than what the place where files lie says.
        file.content_type = place.content_type.unwrap_or(file.content_type);
        Ok(file)
    }
}

impl WhatsappCloud {
    async fn look_up(
        &self,
        caller: Caller<'_>,
        id: &str,
        most: usize,
    ) -> Result<Place, MediaError> {
        if !is_id(id) {
            return Err(MediaError::Foreign);
        }
        // With our number, Meta tells only of files that were sent to it.
        let number = [("phone_number_id", caller.phone_number_id)];
        let request = self.graph.request(Method::GET, caller, [id]).query(&number);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await);
        let answer = answer.map_err(media_error)?;
        let json = answer.json().unwrap_or_default();
        let file = Node(&json);
        let size = file.word("file_size").and_then(|size| size.parse().ok());
        if size.is_some_and(|size: usize| size > most) {
            return Err(MediaError::TooLarge { most });
        }
        let url = file.text("url").and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| self.graph.api().trusts(url)) else {
            return Err(MediaError::NotFetched(
                "Meta names no address of the file".into(),
            ));
        };
        Ok(Place {
            url,
            content_type: file.text("mime_type").map(str::to_owned),
        })
    }

    /// An address that a callback told, if it is one of Meta's.
    fn known_host(&self, address: &str) -> Result<Url, MediaError> {
        let url = Url::parse(address).map_err(|_| MediaError::Foreign)?;
        let is_of_meta = |host: &str| {
            HOSTS.iter().any(|known| {
                let rest = host.strip_suffix(known);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        };
        let is_known = url.scheme() == "https" && url.host_str().is_some_and(is_of_meta);
        if is_known || self.graph.api().is_at_base(&url) {
            Ok(url)
        } else {
            Err(MediaError::Foreign)
        }
    }
}

fn media_error(error: ManageError) -> MediaError {
    match error {
        ManageError::Credential { field, problem } => MediaError::Credential { field, problem },
        ManageError::NotThere => MediaError::Gone,
        ManageError::Refused(error) => MediaError::Refused(error),
        ManageError::NotAsked(error) | ManageError::Unknown(error) => MediaError::NotFetched(error),
    }
}
