//! What a tenant chooses about WhatsApp.

use crate::{
    checks::Checks,
    wire::{Patch, given},
};
use serde::Deserialize;
use tidings_messaging::{ChannelSwitch, Settings, WhatsappSettings};
use utoipa::ToSchema;

/// The longest text that tells of another channel, in characters: about two parts.
const NOTICE: usize = 320;

/// How WhatsApp is used.
#[derive(ToSchema)]
#[schema(as = WhatsappSettings)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(super) struct WhatsappSettingsView {
    /// How many percent of its pace marketing may use of a number that its provider says is of medium quality. By one of
    /// low quality no marketing leaves.
    #[schema(minimum = 1, maximum = 100, example = 50)]
    medium_quality_percent: u8,
    /// Whether contacts are shown that somebody has read what they wrote.
    #[schema(example = true)]
    read_receipts: bool,
}

/// A change of what happens when WhatsApp does not know a contact: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelSwitchPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 0, maximum = 10)]
    after: Option<u8>,
    #[serde(default, deserialize_with = "given")]
    count_unconfirmed: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    tell: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 320)]
    notice: Patch<String>,
}

/// A change of how WhatsApp is used: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatsappPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, maximum = 100)]
    medium_quality_percent: Option<u8>,
    #[serde(default, deserialize_with = "given")]
    read_receipts: Option<bool>,
}

impl ChannelSwitchPatch {
    pub(super) fn apply(self, switch: &mut ChannelSwitch) {
        switch.after = self.after.unwrap_or(switch.after);
        switch.count_unconfirmed = self.count_unconfirmed.unwrap_or(switch.count_unconfirmed);
        switch.tell = self.tell.unwrap_or(switch.tell);
        self.notice.apply(&mut switch.notice);
    }
}

impl WhatsappPatch {
    pub(super) fn apply(self, whatsapp: &mut WhatsappSettings) {
        let percent = self.medium_quality_percent;
        whatsapp.medium_quality_percent = percent.unwrap_or(whatsapp.medium_quality_percent);
        whatsapp.read_receipts = self.read_receipts.unwrap_or(whatsapp.read_receipts);
    }
}

/// Checks the whole of both.
pub(super) fn check(checks: &mut Checks, settings: &Settings) {
    const AT: &str = "/settings/channel_switch";
    let switch = &settings.channel_switch;
    if switch.after > ChannelSwitch::MOST {
        let detail = format!("from 1 to {}, or 0 for never", ChannelSwitch::MOST);
        checks.refuse(format!("{AT}/after"), "out_of_range", detail);
    }
    checks.text(&format!("{AT}/notice"), switch.notice.as_deref(), NOTICE);
    if !(1..=100).contains(&settings.whatsapp.medium_quality_percent) {
        let pointer = "/settings/whatsapp/medium_quality_percent";
        checks.refuse(pointer, "out_of_range", "from 1 to 100");
    }
}
