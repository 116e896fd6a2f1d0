// The list of phones.

import { clock, face, keep, make, pretty } from "./dom.js";
import { gist, go, state } from "./state.js";

const el = (id) => document.getElementById(id);
const search = el("search");

/** The number in the search field, if it is one. */
function typed() {
  const digits = search.value.replace(/[\s().-]/g, "");
  return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : null;
}

const take = () => {
  const number = typed();
  if (!number) return;
  search.value = "";
  go({ phone: number, app: null, chat: null });
  drawPeople();
};
search.addEventListener("input", drawPeople);
search.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
el("take").addEventListener("click", take);

/** Draws the phones that fit what is searched. */
export function drawPeople() {
  const wanted = search.value.trim().toLowerCase();
  const bare = wanted.replace(/[\s().-]/g, "");
  const fits = (one) => one.name.toLowerCase().includes(wanted) || (bare && one.address.toLowerCase().includes(bare));
  const found = wanted ? state.phones.filter(fits) : state.phones;
  el("take").hidden = !typed() || state.phones.some((one) => one.address === typed());
  el("nobody").hidden = state.phones.length > 0;
  keep(el("list"), found.map((one) => {
    const last = one.last_message;
    const isOpen = one.address === state.phone;
    return [JSON.stringify([one.address, one.name, one.blocked, last && last.id, isOpen]), () => make("li", {}, make("button", {
      type: "button", "aria-current": isOpen ? "true" : null, onclick: () => go({ phone: one.address, app: null, chat: null }),
    }, face(one.name, one.address), make("strong", {}, one.name), last ? make("time", { dateTime: last.created_at }, clock(last.created_at)) : make("span"),
    make("span", { className: "last" }, one.blocked ? "Blocks all · " : "", `${pretty(one.address)} · ${gist(last)}`)))];
  }));
}
