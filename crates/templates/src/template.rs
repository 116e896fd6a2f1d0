use crate::render::{self, Given, Slot};
use crate::{BoundTemplate, Data, FieldName, Filter, Formats, ParseError, RenderError, parser};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// Most characters of a template text.
pub const MAX_CHARS: usize = 10_000;

/// Most fields of a template text, repeated ones counted each time.
pub const MAX_FIELDS: usize = 100;

/// A text with merge fields that is known to be well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    pieces: Vec<Piece>,
    /// Its fields, each once, sorted by name as data is.
    slots: Box<[Slot]>,
    /// Bytes of the text between the fields.
    literal_bytes: usize,
}

/// One use of a field in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRef {
    /// The key of its value.
    pub name: FieldName,
    /// What is done to the value, in order; a default is put there as it is.
    pub filters: Vec<Filter>,
    /// What stands in for an absent or blank value; an empty default allows nothing there.
    pub default: Option<String>,
    /// Bytes of the template text, braces included.
    pub span: Range<usize>,
    /// Which of the template's slots it is.
    pub(crate) slot: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Field(FieldRef),
}

impl Piece {
    pub(crate) fn field(&self) -> Option<&FieldRef> {
        match self {
            Self::Literal(_) => None,
            Self::Field(field) => Some(field),
        }
    }

    pub(crate) fn field_mut(&mut self) -> Option<&mut FieldRef> {
        match self {
            Self::Literal(_) => None,
            Self::Field(field) => Some(field),
        }
    }
}

impl Template {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`ParseError`]: the text is no template; says where and what to do about it.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{ParseErrorKind, Template};
    ///
    /// let template = Template::parse("{{ greeting | Hi }} \\{{x}} {{1}}")?;
    /// let names: Vec<&str> = template.names().into_iter().map(|name| name.as_str()).collect();
    /// assert_eq!(names, ["greeting", "1"]);
    ///
    /// let error = Template::parse("Hi {{first_name, welcome").unwrap_err();
    /// assert_eq!((error.span, error.kind), (3..24, ParseErrorKind::Unclosed));
    /// # Ok::<(), tidings_templates::ParseError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut pieces = parser::parse(text)?;
        Ok(Self {
            source: text.to_owned(),
            slots: render::slots(&mut pieces),
            literal_bytes: render::literal_bytes(&pieces),
            pieces,
        })
    }

    /// The text it was parsed from.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Every use of a field, in order.
    pub fn fields(&self) -> impl Iterator<Item = &FieldRef> {
        self.pieces.iter().filter_map(Piece::field)
    }

    /// The names of its fields, each once, in the order of first use.
    pub fn names(&self) -> Vec<&FieldName> {
        let mut seen = BTreeSet::new();
        self.fields()
            .map(|field| &field.name)
            .filter(|name| seen.insert(*name))
            .collect()
    }

    /// The text with `data` in place of the fields.
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields do not match; nothing is rendered.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{Data, RenderError, Template, Value};
    ///
    /// let template = Template::parse("Hi {{name}}")?;
    /// let data = Data::from([("name".into(), Value::from("{{name}}"))]);
    /// assert_eq!(template.render(&data)?, "Hi {{name}}"); // values are never templates
    ///
    /// let data = Data::from([("nam".into(), Value::from("Ana"))]);
    /// assert!(matches!(template.render(&data), Err(RenderError::Unknown { names }) if names == ["nam"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn render(&self, data: &Data) -> Result<String, RenderError> {
        self.render_as(data, &Formats::default())
    }

    /// The text with `data` in place of the fields, dates and numbers written as `formats` says.
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields do not match; nothing is rendered.
    pub fn render_as(&self, data: &Data, formats: &Formats) -> Result<String, RenderError> {
        let rendered = render::joined(&self.slots, data, |values, bytes| {
            let mut out = String::with_capacity(self.literal_bytes + bytes);
            render::write(&self.pieces, values, formats, &mut out).map(|()| out)
        });
        rendered.unwrap_or_else(|| Err(self.explain(data)))
    }

    /// Appends the text to `out`, whose memory can so be used again and again.
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields do not match; `out` is as it was.
    pub fn write_into(
        &self,
        data: &Data,
        formats: &Formats,
        out: &mut String,
    ) -> Result<(), RenderError> {
        let rendered = render::joined(&self.slots, data, |values, bytes| {
            out.reserve(self.literal_bytes + bytes);
            render::write(&self.pieces, values, formats, out)
        });
        rendered.unwrap_or_else(|| Err(self.explain(data)))
    }

    /// Why data does not fit.
    #[cold]
    fn explain(&self, data: &Data) -> RenderError {
        match render::verify(self.fields(), data) {
            Err(error) => error,
            // The two disagree only if one of them is wrong; then nothing is rendered.
            Ok(()) => RenderError::Missing { names: Vec::new() },
        }
    }

    /// The text, and the bytes of it that came from `data`: what is not its author's own.
    ///
    /// Defaults are the author's. For [`lint_text`](crate::lint_text).
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields do not match; nothing is rendered.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{Data, Formats, Template, Value};
    ///
    /// let template = Template::parse("Hi {{name}}, {{greeting|welcome}}")?;
    /// let data = Data::from([("name".into(), Value::from("Ana"))]);
    /// let (text, values) = template.render_traced(&data, &Formats::default())?;
    /// assert_eq!((text.as_str(), values), ("Hi Ana, welcome", vec![3..6]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn render_traced(
        &self,
        data: &Data,
        formats: &Formats,
    ) -> Result<(String, Vec<Range<usize>>), RenderError> {
        let text = self.render_as(data, formats)?;
        let spans = render::joined(&self.slots, data, |values, _| {
            render::spans(&self.pieces, values, formats)
        });
        Ok((text, spans.unwrap_or_default()))
    }

    /// Fixes the order in which values will be given, for many messages in a row.
    ///
    /// # Errors
    /// [`RenderError::Unknown`]: the template has no field of that name; [`RenderError::Missing`]: a
    /// field without a default has no column.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{Formats, Template, Value};
    ///
    /// let template = Template::parse("Hi {{name|there}}, {{count}} left")?;
    /// let bound = template.bound_to(&["count", "name"])?;
    /// let mut text = String::new();
    /// bound.write_into(&[Value::from(3), Value::from("")], &Formats::default(), &mut text)?;
    /// assert_eq!(text, "Hi there, 3 left");
    /// assert!(template.bound_to(&["name"]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bound_to(&self, columns: &[&str]) -> Result<BoundTemplate<'_>, RenderError> {
        BoundTemplate::new(&self.pieces, &self.slots, self.literal_bytes, columns)
    }

    /// The text as a reader sees it, with what `write` makes of each field in its place: for other languages
    /// of templates.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::Template;
    ///
    /// let template = Template::parse("Hi {{name|there}}: \\{{")?;
    /// assert_eq!(template.rewritten(|field| format!("<{}>", field.name)), "Hi <name>: {{");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rewritten(&self, write: impl Fn(&FieldRef) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Field(field) => write(field),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Renders without looking at data that belongs to other templates.
    pub(crate) fn fill(&self, data: &Data, formats: &Formats) -> Result<String, RenderError> {
        let mut out = String::new();
        let value = |slot: &Slot| Given::of(data.get(slot.name.as_str())?);
        let values: Vec<_> = self.slots.iter().map(value).collect();
        render::write(&self.pieces, &values, formats, &mut out)?;
        Ok(out)
    }

    /// True when there is one field and nothing after it.
    pub(crate) fn ends_with_its_only_field(&self) -> bool {
        let mut fields = self.fields();
        let only = fields.next();
        fields.next().is_none() && only.is_some_and(|field| field.span.end == self.source.len())
    }

    /// Gives fields by number the names they have in a component.
    pub(crate) fn within(mut self, prefix: &str) -> Self {
        for field in self.pieces.iter_mut().filter_map(Piece::field_mut) {
            if field.name.position().is_some() {
                field.name = field.name.within(prefix);
            }
        }
        self.slots = render::slots(&mut self.pieces);
        self
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParseErrorKind, Value};

    fn error(text: &str) -> ParseError {
        Template::parse(text).unwrap_err()
    }

    #[test]
    fn fields_come_in_order_with_their_spans() {
        let text = "é {{a}} {{ b | x y }}{{a|}}";
        let template = Template::parse(text).unwrap();
        let fields: Vec<_> = template
            .fields()
            .map(|f| (f.name.as_str(), f.default.as_deref(), &text[f.span.clone()]))
            .collect();
        assert_eq!(
            fields,
            [
                ("a", None, "{{a}}"),
                ("b", Some("x y"), "{{ b | x y }}"),
                ("a", Some(""), "{{a|}}")
            ]
        );
        assert_eq!(template.names().len(), 2);
    }

    #[test]
    fn lone_braces_are_plain_text() {
        for text in ["{a}", "a}}", "{ {a}}", "}}{", "\\", "{", "a\\{b"] {
            assert_eq!(
                Template::parse(text).unwrap().render(&Data::new()).unwrap(),
                text
            );
        }
    }

    #[test]
    fn an_escaped_pair_is_two_braces() {
        let data = Data::from([("x".into(), Value::from("1"))]);
        for (text, rendered) in [
            ("\\{{x}} {{x}}", "{{x}} 1"),
            ("\\{{{{x}}", "{{1"),
            ("\\{{\\{{{{x}}", "{{{{1"),
        ] {
            assert_eq!(
                Template::parse(text).unwrap().render(&data).unwrap(),
                rendered
            );
        }
    }

    #[test]
    fn errors_say_where() {
        let unclosed = error("a {{b {{c}}");
        assert_eq!(
            (unclosed.span, unclosed.kind),
            (2..6, ParseErrorKind::Unclosed)
        );
        let empty = error("a\né {{ | x }}");
        assert_eq!((empty.line, empty.column), (2, 3));
        assert_eq!((empty.span, empty.kind), (5..14, ParseErrorKind::EmptyName));
        let bad = error("{{  Ünï  }}");
        assert_eq!(bad.span, 4..9);
        let triple = error("{{{name}}}");
        assert_eq!(
            triple.kind,
            ParseErrorKind::BadName {
                suggestion: FieldName::new("name").ok()
            }
        );
    }

    #[test]
    fn what_grows_is_refused_in_one_pass() {
        for text in [
            "{{".repeat(500_000),
            "\\{{".repeat(300_000),
            format!("{{{{a{}", ":upper".repeat(200_000)),
            format!("{{{{a:date(\"{}", "d".repeat(1_000_000)),
            "é".repeat(500_000),
        ] {
            assert!(Template::parse(&text).is_err());
        }
    }

    #[test]
    fn limits_hold() {
        assert!(Template::parse(&"é".repeat(MAX_CHARS)).is_ok());
        let long = error(&"é".repeat(MAX_CHARS + 1));
        assert_eq!(long.span, 2 * MAX_CHARS..2 * MAX_CHARS + 2);
        assert!(Template::parse(&"{{a}}".repeat(MAX_FIELDS)).is_ok());
        let many = error(&"{{a}}".repeat(MAX_FIELDS + 1));
        assert_eq!(
            (many.span, many.kind),
            (500..505, ParseErrorKind::TooManyFields)
        );
    }
}
