//! Files: taken in, shown and handed out by signed links.

use super::message_view::MediaView;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read, Send},
    body::{Asked, Repeatable, digest, read},
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Params, PathId},
    range,
};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de::Error};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tidings_kernel::{Channel, MediaId, TenantId};
use tidings_messaging::media::{MediaKind, MediaLink, MediaRecord};
use tokio::sync::Semaphore;
use utoipa::IntoParams;

/// How many files are taken in or handed out at the same time: each is in memory as a whole. Others wait.
const AT_ONCE: usize = 16;

/// For how long a file may be under way: whoever sends one slowly holds a place that others wait for.
const UPLOAD: Duration = Duration::from_mins(1);

/// Places for files in memory.
#[derive(Clone)]
pub(crate) struct Places(Arc<Semaphore>);

impl Places {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    async fn take(&self) -> Result<tokio::sync::OwnedSemaphorePermit, ApiError> {
        let place = self.0.clone().acquire_owned().await;
        place.map_err(|error| ApiError::Unavailable(error.into()))
    }
}

/// A file as it came.
struct Upload {
    bytes: Bytes,
    declared: Option<String>,
    asked: Asked,
}

impl Repeatable for Upload {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn fingerprint(&self) -> [u8; 32] {
        let mut context = self.asked.fingerprint();
        context.update(&self.bytes);
        digest(context)
    }
}

/// Puts what is known now of files of ours in place of their names; costs nothing where there are none.
pub(super) async fn fill<'a>(
    api: &Api,
    tenant: TenantId,
    media: impl IntoIterator<Item = &'a mut MediaView>,
) -> Result<(), ApiError> {
    let named = media
        .into_iter()
        .filter_map(|view| Some((view.id()?, view)));
    let mut named: Vec<(MediaId, &mut MediaView)> = named.collect();
    if named.is_empty() {
        return Ok(());
    }
    let ids: Vec<MediaId> = named.iter().map(|(id, _)| *id).collect();
    let found = api.keeping.records.get(tenant, &ids).await?;
    let found: HashMap<MediaId, MediaRecord> = found
        .into_iter()
        .map(|record| (record.id, record))
        .collect();
    let now = api.clock.now();
    for (id, view) in &mut named {
        if let Some(record) = found.get(id) {
            **view = MediaView::at(&api.keeping.links, record, now);
        }
    }
    Ok(())
}

/// Take a file in
///
/// The body is the file itself. What it is, its bytes tell; `Content-Type` only tells apart Office files and kinds of
/// plain text. A picture that is larger than a channel takes is kept in a smaller form too, and goes by that.
#[utoipa::path(post, path = "/v1/media", tag = "Media",
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file"),
    responses((status = 201, body = MediaView),
        (status = 402, description = "`storage_quota_exceeded` with `used` and `limit`, in bytes"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_request` with `empty`, `not_carried` or `not_shrunk`"),
        (status = 503, description = "`no_room`: try again later")))]
pub(crate) async fn take_in(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    Extension(places): Extension<Places>,
    request: Request,
) -> Response {
    match taken_in(&api, caller.tenant, &places, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn taken_in(
    api: &Api,
    tenant: TenantId,
    places: &Places,
    request: Request,
) -> Result<Response, ApiError> {
    let _place = places.take().await?;
    let declared = request.headers().get(header::CONTENT_TYPE);
    let declared = declared
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let asked = Asked::of(&request);
    let reading = tokio::time::timeout(UPLOAD, read(request, api.keeping.most));
    let upload = Upload {
        bytes: reading.await.map_err(|_| ApiError::TimedOut)??,
        declared,
        asked,
    };
    let response = once(api, tenant, &upload, |_| async {
        let declared = upload.declared.as_deref();
        let record = api
            .keeping
            .take_in(tenant, upload.bytes.clone(), declared)
            .await?;
        let view = MediaView::at(&api.keeping.links, &record, api.clock.now());
        let reply = Reply::json(StatusCode::CREATED, &view)?;
        Ok(Done::Loose(reply.at(format!("/v1/media/{}", record.id))))
    });
    Ok(response.await)
}

/// Read what is known of a file
///
/// With a new link to it, which works for an hour.
#[utoipa::path(get, path = "/v1/media/{id}", tag = "Media", params(("id" = String, Path)),
    responses((status = 200, body = MediaView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read_one(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<MediaId>,
) -> Result<Json<MediaView>, ApiError> {
    let found = api.keeping.records.get(caller.tenant, &[id]).await?;
    let record = found.first().ok_or(ApiError::NotFound("media"))?;
    Ok(Json(MediaView::at(
        &api.keeping.links,
        record,
        api.clock.now(),
    )))
}

/// Delete a file
///
/// Links to it stop working at once. What is still to be sent with it fails.
#[utoipa::path(delete, path = "/v1/media/{id}", tag = "Media", params(("id" = String, Path)),
    responses((status = 204, description = "Nobody gets it any more; its bytes are deleted soon"), (status = 404, description = "`not_found`")))]
pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<MediaId>,
) -> Result<StatusCode, ApiError> {
    let removed = api
        .keeping
        .records
        .remove(caller.tenant, id, api.clock.now());
    if removed.await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound("media"))
    }
}

/// What a link says behind its path.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// Until when it works, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    expires: i64,
    /// What carries it.
    #[param(value_type = Option<crate::wire::Channel>)]
    channel: Option<Channel>,
    signature: String,
}

/// A number in a query, where everything is text.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

/// Fetch a file by a link
///
/// Links are made by the API and say everything themselves: nothing in them can be changed, and they work for a time.
/// Pictures are shown; everything else is handed out to be kept.
#[utoipa::path(get, path = "/media/{tenant}/{file}", tag = "Media", security(()),
    params(("tenant" = String, Path), ("file" = String, Path), LinkQuery,
        ("Range" = Option<String>, Header, description = "One part of the file, such as `bytes=0-1023`; several are answered with the whole")),
    responses((status = 200, description = "The file"),
        (status = 206, description = "The part that was asked for"),
        (status = 404, description = "`not_found`: also a link that is over, or none of ours"),
        (status = 416, description = "`range_not_satisfiable`: `Content-Range` says how long the file is")))]
pub(crate) async fn fetch(
    State(api): State<Arc<Api>>,
    Extension(places): Extension<Places>,
    method: Method,
    asked: HeaderMap,
    Path((tenant, file)): Path<(String, String)>,
    Params(query): Params<LinkQuery>,
) -> Result<Response, ApiError> {
    let missing = || ApiError::NotFound("file, or its link is over");
    // How the name ends is for those who fetch, and says nothing.
    let id = file.split_once('.').map_or(file.as_str(), |(id, _)| id);
    let (Ok(tenant), Ok(media)) = (tenant.parse(), id.parse()) else {
        return Err(missing());
    };
    let link = MediaLink {
        tenant,
        media,
        channel: query.channel,
        expires: query.expires,
    };
    let _place = places.take().await?;
    let opened = api.keeping.open(&link, &query.signature).await?;
    let opened = opened.ok_or_else(missing)?;
    let length = opened.bytes.len();
    let wanted = if method == Method::GET {
        range::wanted(&asked, length)
    } else {
        range::Wanted::Whole
    };
    let (bytes, part) = match wanted {
        range::Wanted::Whole => (opened.bytes, None),
        range::Wanted::Nothing => return Err(ApiError::NoSuchRange(length)),
        range::Wanted::Part { first, last } => {
            let part = format!("bytes {first}-{last}/{length}");
            (opened.bytes.slice(first..=last), Some(part))
        }
    };
    let mut response = Response::new(Body::from(bytes));
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let way = if opened.kind.is_shown() {
        "inline"
    } else {
        "attachment"
    };
    let disposition = format!("{way}; filename=\"{}\"", opened.name);
    let headers = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, served_as(opened.kind));
    // Players of sound and video ask for parts.
    set(header::ACCEPT_RANGES, "bytes");
    if let Some(part) = part {
        set(header::CONTENT_RANGE, &part);
    }
    set(header::CONTENT_DISPOSITION, &disposition);
    // Should a browser open it as a page after all, nothing in it runs and nothing is fetched.
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
    set(header::REFERRER_POLICY, "no-referrer");
    // A link that is shown again within minutes is not fetched again; what is erased is soon gone everywhere.
    set(header::CACHE_CONTROL, "private, max-age=300");
    Ok(response)
}

/// What is a page to a browser is handed out as bytes.
fn served_as(kind: MediaKind) -> &'static str {
    match kind.as_str() {
        "text/html" | "image/svg+xml" | "application/xml" => "application/octet-stream",
        content_type => content_type,
    }
}
