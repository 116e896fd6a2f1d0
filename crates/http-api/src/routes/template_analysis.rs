use super::message_view::SegmentsView;
use crate::wire;
use serde::Serialize;
use std::ops::Range;
use tidings_kernel::Channel;
use tidings_messaging::{StoredTemplate, TemplateAnalysis, Tenant};
use tidings_segmentation::{Bounds, segment};
use tidings_templates::{Code, Diagnostic, Severity, Variant};
use utoipa::ToSchema;

/// What a variant costs and what to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisView {
    /// For SMS, with defaults and examples in place of the fields.
    segments: Option<SegmentsView>,
    /// For SMS: what values of usual length can make of it.
    segments_range: Option<SegmentsRange>,
    /// `null` until accounts are taken into account.
    #[schema(value_type = Option<wire::Money>)]
    cost: Option<tidings_kernel::Money>,
    warnings: Vec<WarningView>,
}

/// How many parts the messages of a template can have, when a text has up to 40 characters, or as many as
/// its filter leaves, and any of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentsRange {
    /// The fewest.
    least: u32,
    /// A guess: every field half filled, with plain characters.
    likely: u32,
    /// The most.
    most: u32,
}

/// Something in a template to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningView {
    /// Stable, for programs.
    #[schema(example = "stop_line_missing")]
    code: &'static str,
    /// `error`: messages will be refused; `warning`: they go out; `hint`: nothing is wrong.
    #[schema(value_type = String, example = "warning")]
    severity: Severity,
    /// What is wrong, and what to do.
    message: String,
    /// The same as `message`.
    detail: String,
    /// The bytes of the text, or of its component, that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Bytes>,
    /// A change that settles it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<SuggestionView>,
}

/// A part of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bytes {
    /// The first byte.
    start: usize,
    /// The byte after the last.
    end: usize,
}

/// A change that settles a warning.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TextChange)]
pub(crate) struct SuggestionView {
    /// The bytes to replace; none to insert.
    span: Bytes,
    replacement: String,
}

impl From<Range<usize>> for Bytes {
    fn from(span: Range<usize>) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl From<Bounds> for SegmentsRange {
    fn from(bounds: Bounds) -> Self {
        Self {
            least: bounds.least,
            likely: bounds.likely,
            most: bounds.most,
        }
    }
}

impl WarningView {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            severity: Severity::Warning,
            detail: message.clone(),
            message,
            span: None,
            suggestion: None,
        }
    }
}

impl From<Diagnostic> for WarningView {
    fn from(found: Diagnostic) -> Self {
        let warning = Self::new(code(found.code), found.message);
        Self {
            severity: found.severity,
            span: (!found.span.is_empty()).then(|| found.span.into()),
            suggestion: found.suggestion.map(|change| SuggestionView {
                span: change.span.into(),
                replacement: change.replacement,
            }),
            ..warning
        }
    }
}

/// The lint's codes without their family. Three had other names here before there was a lint.
pub(super) fn code(code: Code) -> &'static str {
    if code == Code::UnknownField {
        "undeclared_field"
    } else if code == Code::DefaultType {
        "default_of_wrong_type"
    } else if code == Code::ExampleType {
        "example_of_wrong_type"
    } else {
        let text = code.as_str();
        text.strip_prefix("tpl.").unwrap_or(text)
    }
}

/// What makes an SMS text expensive.
pub(super) fn expensive(channel: Channel, text: &str) -> Option<WarningView> {
    if channel != Channel::Sms {
        return None;
    }
    let forced = segment(text).forced_by;
    let first = forced.first()?;
    let message = format!(
        "{:?} at character {} makes the whole text UCS-2, with 70 instead of 160 units in a part",
        first.char, first.index
    );
    Some(WarningView::new("forces_ucs2", message))
}

/// Looks at a variant as the tenant's readers would get it.
pub(super) fn analysis(
    template: &StoredTemplate,
    variant: &Variant,
    tenant: &Tenant,
) -> AnalysisView {
    let found = TemplateAnalysis::of(template, variant, tenant);
    let sample = found.sample.as_deref();
    let mut warnings: Vec<WarningView> = sample
        .and_then(|text| expensive(template.channel, text))
        .into_iter()
        .collect();
    warnings.extend(found.findings.into_iter().map(WarningView::from));
    AnalysisView {
        segments: found.segments.map(Into::into),
        segments_range: found.bounds.map(Into::into),
        cost: None,
        warnings,
    }
}
