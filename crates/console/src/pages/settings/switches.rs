//! Kill switches: a channel that is closed here sends nothing, not even what waits already.

use super::{change, page};
use crate::{answer::Answer, ctx::Ctx, failure::Failure, layout::seal, widgets::badge, words};
use axum::http::StatusCode;
use maud::html;
use tidings_kernel::Channel;

const PATH: &str = "/console/settings/switches";

/// `GET /console/settings/switches`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let body = html! {
        p { "Close a channel when something goes wrong. What waits is refused when its turn comes; what leaves the channel open may go another way." }
        ul.cards {
            @for channel in Channel::ALL {
                @let is_closed = ctx.tenant.disabled_channels.contains(&channel);
                li { article.card {
                    h2 { (words::channel(channel)) " " @if is_closed { (badge(("bad", "Closed"))) } @else { (badge(("good", "Open"))) } }
                    form.one method="post" action=(PATH) {
                        (seal(&ctx.seal))
                        input type="hidden" name="channel" value=(channel);
                        @if is_closed {
                            button type="submit" name="to" value="open" { "Open " (words::channel(channel)) }
                        } @else {
                            button.quiet.danger type="submit" name="to" value="closed" { "Close " (words::channel(channel)) }
                        }
                    }
                } }
            }
        }
    };
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/switches`
pub(crate) async fn throw(ctx: Ctx) -> Answer {
    let channel = ctx.form.get("channel").parse::<Channel>();
    let channel = channel.map_err(|error| Failure::Refused(error.to_string()))?;
    let mut after = ctx.tenant.clone();
    after.disabled_channels.retain(|closed| *closed != channel);
    let done = match ctx.form.get("to") {
        "closed" => {
            after.disabled_channels.push(channel);
            "closed"
        }
        "open" => "opened",
        _ => {
            return Err(Failure::Refused(
                "Say whether to open or to close it.".into(),
            ));
        }
    };
    change(&ctx, &after, PATH, done).await
}
