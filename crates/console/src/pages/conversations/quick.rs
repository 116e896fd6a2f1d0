//! A quick reply, put into what is being written.

use super::{
    attach, fill, find,
    thread::{Draft, again, draft},
};
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    form::Form,
    pages::quick_replies::all,
    problems::Problems,
    widgets::Field,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use maud::{Markup, html};
use tidings_conversations::{QuickReply, Thread};
use tidings_messaging::Contact;

/// The field of the one that is chosen.
const QUICK: &str = "quick";
/// How many letters of a text are shown where one is chosen.
const SHOWN: usize = 60;
/// Tells the page that the text is another one, once it is in its place.
const FILLED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("hx-trigger-after-settle"),
    HeaderValue::from_static("filled"),
);

/// `POST /console/conversations/{id}/quick`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    let mut problems = Problems::default();
    let form = attach::take_in(&ctx, &mut problems).await;
    let replies = all(&ctx).await?;
    let form = match filled(&form, &replies, &thread.contact) {
        Ok(text) => {
            let rest = form.keeping(|name| name != "text" && name != QUICK);
            rest.with("text", text)
        }
        Err(sentence) => {
            problems.add(QUICK, sentence);
            form
        }
    };
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let draft = draft(&ctx, form, problems).await?;
    if ctx.is_fragment {
        let mut response = answer_html(status, field(&thread, &draft, true));
        let (name, value) = FILLED;
        response.headers_mut().insert(name, value);
        return Ok(response);
    }
    again(&ctx, status, &thread, &draft).await
}

/// The text of an answer, and what can be put into it.
pub(super) fn field(thread: &Thread, draft: &Draft, is_filled: bool) -> Markup {
    let place = format!("/console/conversations/{}/quick", thread.conversation.id);
    let (form, problems) = (&draft.form, &draft.problems);
    let mut options = vec![(
        String::new(),
        "The one whose shortcut ends the text".to_owned(),
    )];
    options.extend(draft.quick.iter().map(|reply| {
        let text = reply.text.as_str();
        let start: String = text.chars().take(SHOWN).collect();
        let dots = if start.len() < text.len() { "…" } else { "" };
        (
            reply.id.to_string(),
            format!("{}: {start}{dots}", reply.shortcut),
        )
    }));
    html! {
        div #answer {
            (Field::new("text", "Reply").value(&form.text("text")).bare().of(problems).focused(is_filled).area(3))
            @if !draft.quick.is_empty() {
                details open[problems.of(QUICK).is_some()] {
                    summary { "Quick replies" }
                    (Field::new(QUICK, "Quick reply").value(form.raw(QUICK)).of(problems).select(&options))
                    p {
                        // No button to submit by, or the key Enter in another field would press it.
                        button.quiet.scripted type="button" hx-post=(place) hx-target="#answer" hx-swap="outerHTML" { "Put it in" }
                        noscript { button.quiet type="submit" formaction=(place) { "Put it in" } }
                        " " a href="/console/quick-replies" { "All quick replies" }
                    }
                }
            }
        }
    }
}

/// What is typed, with the quick reply that the form asks for.
fn filled(form: &Form, replies: &[QuickReply], contact: &Contact) -> Result<String, String> {
    let typed = form.text("text");
    let word = typed.split_whitespace().next_back();
    let word = word.unwrap_or_default().to_lowercase();
    let reply = match form.some(QUICK) {
        Some(id) => replies.iter().find(|reply| reply.id.to_string() == id),
        None => replies.iter().find(|reply| reply.shortcut.as_str() == word),
    };
    let reply = reply.ok_or("Choose a quick reply, or end the text with its shortcut.")?;
    let said = reply.text.say(|name| fill::known(contact, name));
    let said = said.map_err(|error| {
        let shortcut = &reply.shortcut;
        format!("{shortcut} cannot be filled: {error}. A default, as in {{{{first_name|there}}}}, stands in for what is not known.")
    })?;
    Ok(put_in(&typed, reply.shortcut.as_str(), &said))
}

/// Puts a text in the place of its shortcut at the end, else after what is typed.
fn put_in(typed: &str, shortcut: &str, said: &str) -> String {
    let end = typed.trim_end();
    let word = end.rsplit(char::is_whitespace).next().unwrap_or_default();
    let before = end.strip_suffix(word).unwrap_or_default();
    if word.to_lowercase() == shortcut {
        return format!("{before}{said}");
    }
    let gap = if typed.is_empty() || typed.ends_with(char::is_whitespace) {
        ""
    } else {
        " "
    };
    format!("{typed}{gap}{said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_is_lost() {
        for (typed, text) in [
            ("", "At nine."),
            ("/hours", "At nine."),
            ("Hi!\n/Hours \n", "Hi!\nAt nine."),
            ("Hi!", "Hi! At nine."),
            ("Hi!\n", "Hi!\nAt nine."),
            ("see /hours2", "see /hours2 At nine."),
            ("a/hours", "a/hours At nine."),
            ("Hi!\u{3000}/hours", "Hi!\u{3000}At nine."),
        ] {
            assert_eq!(put_in(typed, "/hours", "At nine."), text, "{typed:?}");
        }
    }
}
