// The review of templates.

import { call } from "./api.js";
import { complain } from "./deeds.js";
import { icon, keep, make, words } from "./dom.js";
import { form, show } from "./sheet.js";
import { state } from "./state.js";

const el = (id) => document.getElementById(id);
const MOODS = { APPROVED: "good", PENDING: "warm", REJECTED: "bad", PAUSED: "warm", DISABLED: "bad" };
const RATINGS = [["High quality", "GREEN"], ["Medium", "YELLOW"], ["Low", "RED"]];
const NEXT = {
  PENDING: [["Approve", "APPROVED"], ["Reject", "REJECTED"]],
  APPROVED: [["Pause", "PAUSED"], ["Disable", "DISABLED"]],
  PAUSED: [["Approve", "APPROVED"], ["Disable", "DISABLED"]],
  REJECTED: [["Approve", "APPROVED"]],
  DISABLED: [["Approve", "APPROVED"]],
};

/** Draws the shelf, and how many templates wait. */
export function drawReview() {
  const waiting = state.templates.filter((one) => one.status === "PENDING").length;
  el("waiting").hidden = !waiting;
  el("waiting").replaceChildren(String(waiting), make("span", { className: "hidden" }, " waiting"));
  el("no-templates").hidden = state.templates.length > 0;
  const order = (one) => (one.status === "PENDING" ? 0 : 1);
  const sorted = [...state.templates].sort((one, other) => order(one) - order(other));
  keep(el("shelf"), sorted.map((template) => [JSON.stringify(template), () => card(template)]));
}

function card(template) {
  const chip = (text, mood) => make("span", { className: `chip ${mood || ""}` }, text);
  const lower = (word) => word.charAt(0) + word.slice(1).toLowerCase();
  const why = template.rejected_reason && template.rejected_reason !== "NONE" ? template.rejected_reason : null;
  return make("li", {}, make("h3", {}, template.name),
    make("div", { className: "facts" }, chip(lower(template.status), MOODS[template.status]), chip(template.language), chip(lower(template.category)), template.quality_score.score === "UNKNOWN" ? null : chip(`Quality ${lower(template.quality_score.score)}`)),
    make("div", { className: "preview whatsapp" }, preview(template.components)),
    why ? make("p", { className: "soft" }, `Turned down: ${why}`) : null,
    make("div", { className: "deeds" }, (NEXT[template.status] || []).map(([label, status]) => make("button", {
      type: "button", className: status === "APPROVED" ? "key main" : "key bad", "aria-label": `${label} ${template.name}`,
      onclick: () => (status === "REJECTED" ? reject(template) : decide(template, { status })),
    }, label)), (template.provider === "twilio" ? [] : RATINGS).map(([label, quality]) => make("button", {
      type: "button", className: "key", "aria-label": `${label} for ${template.name}`,
      onclick: () => decide(template, { quality }),
    }, label))));
}

/** The template as a person would read it, with its fields still open. */
function preview(components) {
  const part = (kind) => components.find((one) => (one.type || "").toUpperCase() === kind);
  const [header, body, footer, buttons] = ["HEADER", "BODY", "FOOTER", "BUTTONS"].map(part);
  const bubble = make("div", { className: "bubble" },
    header ? make("div", { className: "head" }, header.text || header.format) : null,
    words((body && body.text) || "A one-time code", true),
    footer && footer.text ? make("div", { className: "foot" }, footer.text) : null);
  const keys = ((buttons && buttons.buttons) || []).map((one) => make("span", { className: "chip" }, one.text || one.type));
  return make("div", { className: "row" }, bubble, keys.length ? make("div", { className: "facts" }, keys) : null);
}

function reject(template) {
  show("Reject the template", form([["Reason", "INVALID_FORMAT"]], `Reject ${template.name}`, (reason) => decide(template, { status: "REJECTED", reason })));
}

async function decide(template, verdict) {
  try {
    await call("POST", `/templates/${encodeURIComponent(template.id)}/review`, verdict);
  } catch (error) {
    complain(error);
  }
}
