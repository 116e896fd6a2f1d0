//! Parts that pages are made of. A field has a label, says what is wrong with it, and is tied to both.

use crate::{layout::seal, problems::Problems};
use maud::{Markup, html};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// A field of one line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    hint: &'a str,
    complete: &'a str,
    is_required: bool,
    /// Whether nothing is said of its being optional.
    is_bare: bool,
    /// Whether one writes here at once.
    is_focused: bool,
    problem: Option<&'a str>,
}

impl<'a> Field<'a> {
    pub(crate) const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: "",
            hint: "",
            complete: "off",
            is_required: false,
            is_bare: false,
            is_focused: false,
            problem: None,
        }
    }

    pub(crate) const fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    pub(crate) const fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    pub(crate) const fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    pub(crate) const fn complete(self, complete: &'a str) -> Self {
        Self { complete, ..self }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// A field of which nobody asks whether it is optional: of a search, or of a form that is this field.
    pub(crate) const fn bare(self) -> Self {
        Self {
            is_bare: true,
            ..self
        }
    }

    pub(crate) const fn focused(self, is_focused: bool) -> Self {
        Self { is_focused, ..self }
    }

    pub(crate) fn of(self, problems: &'a Problems) -> Self {
        Self {
            problem: problems.of(self.name),
            ..self
        }
    }

    pub(crate) fn show(self) -> Markup {
        let id = id(self.name);
        html! {
            div.field {
                label for=(id) { (self.label) (self.optional()) }
                input id=(id) name=(self.name) type=(self.kind) value=(self.value)
                    autocomplete=(self.complete) required[self.is_required]
                    aria-describedby=[told(&id, self.hint, self.problem)]
                    aria-invalid=[self.problem.map(|_| "true")];
                (about(&id, self.hint, self.problem))
            }
        }
    }

    fn optional(&self) -> Markup {
        html! { @if !self.is_required && !self.is_bare { " " span.aside { "optional" } } }
    }

    /// A file. It is sent to `place` as soon as it is chosen, with all that its form holds, and what comes back stands
    /// where `target` was.
    pub(crate) fn file(self, place: &str, target: &str) -> Markup {
        let id = id(self.name);
        html! {
            div.field {
                label for=(id) { (self.label) (self.optional()) }
                input id=(id) name=(self.name) type="file" required[self.is_required]
                    hx-post=(place) hx-encoding="multipart/form-data" hx-trigger="change"
                    hx-target=(target) hx-swap="outerHTML"
                    aria-describedby=[told(&id, self.hint, self.problem)]
                    aria-invalid=[self.problem.map(|_| "true")];
                (about(&id, self.hint, self.problem))
            }
        }
    }

    /// A text of several lines.
    pub(crate) fn area(self, rows: u8) -> Markup {
        let id = id(self.name);
        html! {
            div.field {
                label for=(id) { (self.label) (self.optional()) }
                textarea id=(id) name=(self.name) rows=(rows) required[self.is_required] autofocus[self.is_focused]
                    aria-describedby=[told(&id, self.hint, self.problem)]
                    aria-invalid=[self.problem.map(|_| "true")] {
                    // A browser drops the first line end of a text area.
                    "\n" (self.value)
                }
                (about(&id, self.hint, self.problem))
            }
        }
    }

    /// One of several values with their labels.
    pub(crate) fn select<V: AsRef<str>, L: AsRef<str>>(self, options: &[(V, L)]) -> Markup {
        let id = id(self.name);
        html! {
            div.field {
                label for=(id) { (self.label) }
                select id=(id) name=(self.name)
                    aria-describedby=[told(&id, self.hint, self.problem)]
                    aria-invalid=[self.problem.map(|_| "true")] {
                    @for (value, label) in options {
                        option value=(value.as_ref()) selected[value.as_ref() == self.value] { (label.as_ref()) }
                    }
                }
                (about(&id, self.hint, self.problem))
            }
        }
    }
}

/// The id of a field.
pub(crate) fn id(name: &str) -> String {
    format!("f-{name}")
}

fn told(id: &str, hint: &str, problem: Option<&str>) -> Option<String> {
    match (hint.is_empty(), problem.is_some()) {
        (true, false) => None,
        (false, false) => Some(format!("{id}-hint")),
        (true, true) => Some(format!("{id}-problem")),
        (false, true) => Some(format!("{id}-problem {id}-hint")),
    }
}

fn about(id: &str, hint: &str, problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p.problem id=(format!("{id}-problem")) { (problem) }
        }
        @if !hint.is_empty() {
            p.hint id=(format!("{id}-hint")) { (hint) }
        }
    }
}

/// A box to tick.
pub(crate) fn tick(name: &str, value: &str, label: &str, is_on: bool) -> Markup {
    let id = format!("f-{name}-{value}");
    html! {
        div.tick {
            input id=(id) type="checkbox" name=(name) value=(value) checked[is_on];
            label for=(id) { (label) }
        }
    }
}

/// Everything that is wrong, before the form, with ways to the fields.
pub(crate) fn summary(problems: &Problems) -> Markup {
    html! {
        @if !problems.is_empty() {
            div.notice.bad role="alert" {
                p { "Nothing is saved yet. Please look at this again:" }
                ul {
                    @for (field, sentence) in problems.iter() {
                        li { a href=(format!("#{}", id(field))) { (sentence) } }
                    }
                }
            }
        }
    }
}

/// A form of one button.
pub(crate) fn button(action: &str, seal_text: &str, label: &str, class: &str) -> Markup {
    html! {
        form.one method="post" action=(action) {
            (seal(seal_text))
            button class=(class) type="submit" { (label) }
        }
    }
}

/// A word with a color.
pub(crate) fn badge((tone, word): (&str, &str)) -> Markup {
    html! { span class=(format!("badge {tone}")) { (word) } }
}

/// What stands where nothing is yet: what would be here, and what to do next.
pub(crate) fn empty(title: &str, sentence: &str, next: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            p.title { (title) }
            p { (sentence) }
            @if let Some((href, label)) = next {
                p { a.button href=(href) { (label) } }
            }
        }
    }
}

/// An instant; a script puts it on the reader's own clock.
pub(crate) fn when(at: OffsetDateTime) -> Markup {
    let exact = at.format(&Rfc3339).unwrap_or_default();
    html! { time datetime=(exact) { (plain_time(at)) } }
}

/// An instant in words, by UTC.
pub(crate) fn plain_time(at: OffsetDateTime) -> String {
    let form =
        format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
    at.to_offset(time::UtcOffset::UTC)
        .format(form)
        .unwrap_or_default()
}

/// The way to the next part of a list.
pub(crate) fn more(path: &str, query: &crate::form::Form, next: Option<uuid::Uuid>) -> Markup {
    html! {
        @if let Some(next) = next {
            @let rest = query.keeping(|name| name != "after" && name != "done").with("after", next.to_string());
            nav.more aria-label="Pages" { a href=(format!("{path}?{}", rest.encoded())) rel="next" { "Older" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_field_is_tied_to_its_label_and_its_problem() {
        let problems = Problems::one("phone", "That is no number.");
        let text = Field::new("phone", "Phone")
            .value("\"><script>")
            .hint("Any form.")
            .of(&problems)
            .show()
            .into_string();
        assert!(text.contains("for=\"f-phone\"") && text.contains("id=\"f-phone\""));
        assert!(text.contains("aria-describedby=\"f-phone-problem f-phone-hint\""));
        assert!(text.contains("aria-invalid=\"true\""));
        assert!(!text.contains("<script>"));
    }

    #[test]
    fn an_instant_is_for_people_and_programs() {
        let text = when(datetime!(2026-07-05 9:03 +2)).into_string();
        assert!(
            text.contains("2026-07-05T09:03:00+02:00") && text.contains("5 Jul 2026, 07:03 UTC")
        );
    }
}
