// The page of the simulator: asks for what is new, and draws it.

import { call, listen, of } from "./api.js";
import { drawPeople } from "./people.js";
import { drawPhone } from "./phone.js";
import { drawReview } from "./review.js";
import { readPlace, state } from "./state.js";

const el = (id) => document.getElementById(id);
/** More would help nobody. */
const PHONES = 200;
const MESSAGES = 200;
let again = 0;
let isAsking = false;
let isStale = false;

function draw() {
  const isReview = state.view === "templates";
  document.body.dataset.view = isReview ? "templates" : state.phone ? "phone" : "phones";
  el("phones").hidden = isReview;
  el("templates").hidden = !isReview;
  for (const [id, isHere] of [["to-phones", !isReview], ["to-templates", isReview]]) {
    if (isHere) el(id).setAttribute("aria-current", "page");
    else el(id).removeAttribute("aria-current");
  }
  drawReview();
  drawPeople();
  const next = drawPhone();
  clearTimeout(again);
  if (next) again = setTimeout(draw, next);
}

/** Asks once at a time; what changes meanwhile is asked for after that. */
async function refresh() {
  if (isAsking) {
    isStale = true;
    return;
  }
  isAsking = true;
  do {
    isStale = false;
    try {
      await ask();
      draw();
      online(true);
    } catch {
      online(false);
    }
  } while (isStale);
  isAsking = false;
}

async function ask() {
  const phone = state.phone;
  const [phones, numbers, templates, messages] = await Promise.all([
    call("GET", `/handsets?limit=${PHONES}`), call("GET", "/numbers"), call("GET", "/templates"),
    phone ? call("GET", of(phone, `/messages?include=all&limit=${MESSAGES}`)) : { data: [] },
  ]);
  Object.assign(state, { phones: phones.data, numbers: numbers.data, templates: templates.data });
  if (phone === state.phone) state.messages = messages.data;
  else isStale = true;
}

function online(isOn) {
  el("live").className = isOn ? "on" : "";
  el("live").textContent = isOn ? "Live" : "No connection";
}

window.addEventListener("hashchange", () => {
  const before = state.phone;
  readPlace();
  if (before !== state.phone) state.messages = [];
  draw();
  refresh();
});
document.addEventListener("visibilitychange", draw);
readPlace();
listen(refresh, (isOn) => { if (!isOn) online(false); });
