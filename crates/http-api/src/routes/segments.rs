use crate::{
    auth::{Caller, Read},
    body::RawBody,
    error::ApiError,
};
use axum::Json;
use serde::{Deserialize, Serialize};
use tidings_segmentation::{Encoding, Fix, Forced, Substitution, fix, segment, smart_encode};
use utoipa::ToSchema;

/// A text to count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TextToCount)]
pub(crate) struct SegmentsBody {
    text: String,
    /// Whether to replace typographic characters first, where that makes the text GSM-7.
    #[serde(default)]
    smart_encoding: bool,
}

/// How a text is coded, cut and what makes it expensive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segmentation)]
pub(crate) struct SegmentationView {
    /// `gsm7` or `ucs2`.
    #[schema(value_type = String)]
    encoding: Encoding,
    /// Septets or 16-bit units of the whole text.
    units: u32,
    /// Parts that it is sent and billed as.
    count: u32,
    parts: Vec<PartView>,
    /// Characters that keep the text out of GSM-7; empty exactly when it is GSM-7.
    forced_by: Vec<ForcedView>,
    /// The text that was counted, after smart encoding.
    text: String,
    /// What smart encoding replaced; positions are those of the original text.
    substitutions: Vec<SubstitutionView>,
    /// What would bring the original text into GSM-7, as advice for its author: accents may be lost.
    fix: FixView,
}

/// What would bring a text into GSM-7, or what keeps it out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fix)]
pub(crate) struct FixView {
    /// `unneeded`: it is GSM-7; `saves`: the substitutions save parts; `pointless`: they save none;
    /// `blocked`: some characters have no substitute.
    #[schema(example = "saves")]
    outcome: &'static str,
    /// Parts that the substitutions save.
    segments_saved: u32,
    /// The text in GSM-7, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// All are needed; positions are those of the original text.
    substitutions: Vec<SubstitutionView>,
    /// The characters without a substitute.
    blocked_by: Vec<ForcedView>,
}

impl From<Fix> for FixView {
    fn from(fix: Fix) -> Self {
        let none = |outcome| Self {
            outcome,
            segments_saved: 0,
            text: None,
            substitutions: Vec::new(),
            blocked_by: Vec::new(),
        };
        let (outcome, fixed) = match fix {
            Fix::Unneeded => return none("unneeded"),
            Fix::Blocked(blockers) => {
                return Self {
                    blocked_by: blockers.into_iter().map(Into::into).collect(),
                    ..none("blocked")
                };
            }
            Fix::Saves(fixed) => ("saves", fixed),
            Fix::Pointless(fixed) => ("pointless", fixed),
        };
        Self {
            segments_saved: fixed.saved(),
            text: Some(fixed.text),
            substitutions: fixed.substitutions.into_iter().map(Into::into).collect(),
            ..none(outcome)
        }
    }
}

impl From<Forced> for ForcedView {
    fn from(forced: Forced) -> Self {
        Self {
            index: forced.index,
            char: forced.char,
            suggestion: forced.suggestion,
        }
    }
}

impl From<Substitution> for SubstitutionView {
    fn from(substitution: Substitution) -> Self {
        Self {
            index: substitution.index,
            from: substitution.from,
            to: substitution.to,
        }
    }
}

/// One billed part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Part)]
pub(crate) struct PartView {
    text: String,
    units: u32,
}

/// A character that GSM-7 lacks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Forced)]
pub(crate) struct ForcedView {
    /// Its position, in characters from 0.
    index: usize,
    #[schema(value_type = String)]
    char: char,
    /// The closest text in GSM-7, empty for an invisible character; `null` when there is none.
    suggestion: Option<&'static str>,
}

/// A replacement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Substitution)]
pub(crate) struct SubstitutionView {
    /// The position in the original, in characters from 0.
    index: usize,
    #[schema(value_type = String)]
    from: char,
    to: &'static str,
}

/// Count the segments of a text
#[utoipa::path(post, path = "/v1/segments", tag = "Messages", request_body = SegmentsBody,
    responses((status = 200, body = SegmentationView)))]
pub(crate) async fn count(
    _caller: Caller<Read>,
    body: RawBody,
) -> Result<Json<SegmentationView>, ApiError> {
    let request: SegmentsBody = body.json()?;
    let fix = fix(&request.text).into();
    let (text, substitutions) = if request.smart_encoding {
        let smart = smart_encode(&request.text);
        (smart.text, smart.substitutions)
    } else {
        (request.text, Vec::new())
    };
    let segmentation = segment(&text);
    let parts = segmentation
        .parts
        .iter()
        .enumerate()
        .map(|(index, part)| PartView {
            text: segmentation
                .part_text(&text, index)
                .unwrap_or_default()
                .to_owned(),
            units: part.units,
        })
        .collect();
    Ok(Json(SegmentationView {
        encoding: segmentation.encoding,
        units: segmentation.units,
        count: segmentation.count,
        parts,
        forced_by: segmentation.forced_by.into_iter().map(Into::into).collect(),
        text,
        substitutions: substitutions.into_iter().map(Into::into).collect(),
        fix,
    }))
}
