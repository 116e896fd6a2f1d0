//! Files that go with an answer: taken in when they are chosen, shown with a tick, and sent while they are ticked.

use super::{
    find,
    reply::{NotSent, request},
    thread::{Draft, again, draft},
};
use crate::{
    answer::{Answer, html as answer_html},
    ctx::{CHOOSE_AGAIN, Ctx},
    form::Form,
    multipart::Upload,
    problems::{Problems, sentence},
    widgets::Field,
    words::{self, size},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_conversations::{ReplyRequest, Thread};
use tidings_kernel::{Channel, MediaId, StoreError};
use tidings_messaging::media::{
    MediaFile, MediaKind, MediaState, NotAttached, UploadError, kept_as,
};

/// The field of a file that was taken in: its id, and what its sender calls it.
const FILE: &str = "file";
/// The field of a file that is chosen.
pub(super) const UPLOAD: &str = "upload";

/// A file that was taken in, and whether it is still there.
pub(super) struct Attached {
    id: MediaId,
    name: String,
    file: Option<MediaFile>,
}

/// `POST /console/conversations/{id}/attach`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    let mut problems = Problems::default();
    let form = take_in(&ctx, &mut problems).await;
    let mut wish = request(&ctx, &form);
    let channel = channel(&wish, &thread);
    if let Err(sentence) = carried(&ctx, &form, &mut wish, channel.as_slice()).await? {
        problems.add(UPLOAD, sentence);
    }
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let draft = draft(&ctx, form, problems).await?;
    if ctx.is_fragment {
        return Ok(answer_html(status, field(&thread, &draft)));
    }
    again(&ctx, status, &thread, &draft).await
}

/// The files of an answer, and where another one is chosen.
pub(super) fn field(thread: &Thread, draft: &Draft) -> Markup {
    let place = format!("/console/conversations/{}/attach", thread.conversation.id);
    html! {
        div #attached {
            @for attached in &draft.files { (tick(attached)) }
            (Field::new(UPLOAD, "Attach a file").hint("It goes with the reply while it is ticked.").of(&draft.problems).file(&place, "#attached"))
            noscript { p { button.quiet type="submit" formaction=(place) { "Attach it" } } }
        }
    }
}

fn tick(attached: &Attached) -> Markup {
    let id = format!("f-{}", attached.id);
    let value = format!("{} {}", attached.id, attached.name);
    html! {
        div.tick {
            input id=(id) type="checkbox" name=(FILE) value=(value) checked;
            label for=(id) {
                @if !attached.name.is_empty() { (attached.name) ", " }
                @match &attached.file {
                    Some(file) => { (MediaKind::named(&file.content_type).extension()) ", " (size(file.bytes)) },
                    None => "not there any more",
                }
            }
        }
    }
}

/// The files that a form names, with what their sender calls them.
fn named(form: &Form) -> impl Iterator<Item = (MediaId, &str)> {
    form.all(FILE).filter_map(|text| {
        let (id, name) = text.split_once(' ').unwrap_or((text, ""));
        Some((id.parse().ok()?, name))
    })
}

/// The ids of the files that a form names.
pub(super) fn ids(form: &Form) -> Vec<MediaId> {
    named(form).map(|(id, _)| id).collect()
}

/// What is known of the files that a form names.
pub(super) async fn attached(ctx: &Ctx, form: &Form) -> Result<Vec<Attached>, StoreError> {
    let ids = ids(form);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = ctx.console().keeping.records.get(ctx.who(), &ids).await?;
    let file = |id: MediaId| {
        let record = known.iter().find(|record| record.id == id);
        match &record?.state {
            MediaState::Stored { file, .. } => Some(file.clone()),
            MediaState::Pending | MediaState::Refused(_) | MediaState::Removed => None,
        }
    };
    let all = named(form).map(|(id, name)| Attached {
        id,
        name: name.to_owned(),
        file: file(id),
    });
    Ok(all.collect())
}

/// Takes in the files that came with a form, and gives the form that names them. What is not taken is a problem.
pub(super) async fn take_in(ctx: &Ctx, problems: &mut Problems) -> Form {
    let mut form = ctx.form.clone();
    for upload in &ctx.uploads {
        match kept(ctx, upload).await {
            Ok(id) => form = form.with(FILE, format!("{id} {}", upload.name)),
            Err(sentence) => problems.add(UPLOAD, sentence),
        }
    }
    for name in ctx.form.all(CHOOSE_AGAIN) {
        problems.add(
            UPLOAD,
            format!("“{name}” could not be kept while you logged in. Choose it again, or send without it."),
        );
    }
    form
}

async fn kept(ctx: &Ctx, upload: &Upload) -> Result<MediaId, String> {
    let keeping = &ctx.console().keeping;
    let Some(bytes) = upload.bytes.clone() else {
        return Err(too_large(keeping.most));
    };
    let declared = upload.declared.as_deref();
    let record = keeping.take_in(ctx.who(), bytes, declared).await;
    record
        .map(|record| record.id)
        .map_err(|error| refused(&error))
}

fn too_large(most: usize) -> String {
    let most = size(most.try_into().unwrap_or(u64::MAX));
    format!("The file is larger than {most}, or did not come whole. Choose a smaller one.")
}

/// Why a file is not taken in, and what to do.
fn refused(error: &UploadError) -> String {
    match error {
        UploadError::Empty => "There is nothing in the file. Choose another.".to_owned(),
        UploadError::TooLarge { most } => too_large(*most),
        UploadError::NotCarried { content_type } => {
            format!("No channel carries files of this kind ({content_type}). Choose another.")
        }
        UploadError::NotShrunk(why) => {
            let why = sentence(&why.to_string());
            format!("The picture is too large for every channel. {why} Choose a smaller one.")
        }
        UploadError::NoRoom { used, quota } => format!(
            "There is no room for the file: {} of {} are taken. Ask whoever runs the platform for more, or have files deleted.",
            size(*used),
            size(*quota)
        ),
        UploadError::Bytes(_) | UploadError::Store(_) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "a file was not taken in"
            );
            "The file cannot be kept just now. Choose it again in a moment.".to_owned()
        }
    }
}

/// Puts what is known of our files into an answer, which goes with none that its channel does not carry.
pub(super) async fn resolve(
    ctx: &Ctx,
    thread: &Thread,
    form: &Form,
    request: &mut ReplyRequest,
) -> Result<(), NotSent> {
    if ids(form).is_empty() {
        return Ok(());
    }
    let channel = if let Some(channel) = channel(request, thread) {
        channel
    } else {
        // They have never written: it goes where they are reached.
        let (conversing, own) = (&ctx.console().conversing, thread.conversation.id);
        let prepared = conversing.prepare_reply(ctx.who(), own, request).await?;
        prepared.new.message.channel
    };
    let carried = carried(ctx, form, request, &[channel]).await?;
    carried.map_err(|sentence| NotSent::Refused(UPLOAD, sentence))
}

/// By which channel an answer goes, as far as that is known before it is judged.
fn channel(request: &ReplyRequest, thread: &Thread) -> Option<Channel> {
    let answers = thread.conversation.answers();
    request.channel.or(answers.map(|place| place.channel))
}

async fn carried(
    ctx: &Ctx,
    form: &Form,
    request: &mut ReplyRequest,
    channels: &[Channel],
) -> Result<Result<(), String>, StoreError> {
    let media = &mut request.media;
    let attached = ctx.console().keeping.attach(ctx.who(), media, channels);
    let Err((place, problem)) = attached.await? else {
        return Ok(Ok(()));
    };
    let id = media.get(place).and_then(kept_as);
    let name = named(form).find(|(own, _)| Some(*own) == id);
    let name = name.map_or("a file", |(_, name)| name);
    Ok(Err(match problem {
        NotAttached::NotFound => {
            format!("“{name}” is not there any more. Take its tick away, or choose it again.")
        }
        NotAttached::NotStored(why) => format!("“{name}” cannot go: {}", sentence(why)),
        NotAttached::NotCarried {
            channel,
            content_type,
        } => format!(
            "{} does not carry files like “{name}” ({content_type}). Choose another channel or another file.",
            words::channel(channel)
        ),
        NotAttached::TooLarge { channel, most } => format!(
            "{} carries files like “{name}” up to {}. Choose a smaller one, or another channel.",
            words::channel(channel),
            size(most)
        ),
    }))
}
