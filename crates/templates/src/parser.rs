//! Reads the template language; see the crate documentation for its rules.

use crate::filter;
use crate::template::Piece;
use crate::{FieldName, FieldRef, MAX_CHARS, MAX_FIELDS, ParseError, ParseErrorKind};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

pub(crate) fn parse(source: &str) -> Result<Vec<Piece>, ParseError> {
    let chars = source.chars().count();
    if chars > MAX_CHARS {
        let end = source
            .char_indices()
            .nth(MAX_CHARS)
            .map_or(source.len(), |(at, _)| at);
        let kind = ParseErrorKind::TooLong { chars };
        return Err(ParseError::new(source, end..source.len(), kind));
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut fields = 0;
    let mut at = 0;
    let mut rest = source;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let open = at + before.len();
        if let Some(escaped) = before.strip_suffix('\\') {
            literal.push_str(escaped);
            literal.push_str(OPEN);
            at = open + OPEN.len();
            rest = after;
            continue;
        }
        literal.push_str(before);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let (inner, tail) = split_closed(after).ok_or_else(|| {
            let end = after
                .find(OPEN)
                .map_or(source.len(), |next| open + OPEN.len() + next);
            ParseError::new(source, open..end, ParseErrorKind::Unclosed)
        })?;
        let field = field(source, open, inner)?;
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(ParseError::new(
                source,
                field.span,
                ParseErrorKind::TooManyFields,
            ));
        }
        at = field.span.end;
        rest = tail;
        pieces.push(Piece::Field(field));
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// What stands before the closing braces and after them, unless another field opens first.
fn split_closed(after: &str) -> Option<(&str, &str)> {
    after
        .split_once(CLOSE)
        .filter(|(inner, _)| !inner.contains(OPEN))
}

fn field(source: &str, open: usize, inner: &str) -> Result<FieldRef, ParseError> {
    let span = open..open + OPEN.len() + inner.len() + CLOSE.len();
    let length = inner.find([':', '|']).unwrap_or(inner.len());
    let (written, rest) = inner.split_at(length);
    let name = written.trim();
    if name.is_empty() {
        return Err(ParseError::new(source, span, ParseErrorKind::EmptyName));
    }
    let name = FieldName::new(name).map_err(|_| {
        let start = open + OPEN.len() + (written.len() - written.trim_start().len());
        let suggestion = FieldName::near(name);
        let kind = ParseErrorKind::BadName { suggestion };
        ParseError::new(source, start..start + name.len(), kind)
    })?;
    let (filters, used) = filter::filters(rest).map_err(|(within, problem)| {
        let start = open + OPEN.len() + length;
        let within = start + within.start..start + within.end;
        // Something to point at, even where something is missing.
        let span = if within.is_empty() {
            span.clone()
        } else {
            within
        };
        ParseError::new(source, span, ParseErrorKind::Filter { problem })
    })?;
    let default = rest.get(used..).and_then(|rest| rest.strip_prefix('|'));
    Ok(FieldRef {
        name,
        filters,
        default: default.map(|default| default.trim().to_owned()),
        span,
        slot: 0,
    })
}
