// The sheet that menus, lists and small forms are on.

import { icon, make } from "./dom.js";

const sheet = document.getElementById("sheet");
const title = document.getElementById("sheet-title");
const body = document.getElementById("sheet-body");
const closing = document.getElementById("sheet-close");
closing.append(icon("close"));
closing.addEventListener("click", () => sheet.close());
// A click beside the sheet is one on the dialog itself.
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });

/** Shows these nodes. Escape closes, and the focus returns to where it was. */
export function show(name, ...nodes) {
  title.textContent = name;
  body.replaceChildren(...nodes);
  if (!sheet.open) sheet.showModal();
  const first = body.querySelector("[autofocus], input, textarea") || body.querySelector("button");
  if (first) first.focus();
}

export const close = () => sheet.close();

/** A line of a menu. What it does is done after the sheet is closed. */
export function choice(label, detail, deed, traits = {}) {
  const { sign, ...others } = traits;
  return make("button", { type: "button", className: "choice", onclick: () => { close(); deed(); }, ...others },
    sign ? icon(sign) : null, make("span", {}, label, detail ? make("small", {}, detail) : null),
    others.role ? make("span", { className: "dot", "aria-hidden": "true" }) : null);
}

/** A form of fields, pairs of a label and what stands there at first. */
export function form(fields, word, deed) {
  const inputs = fields.map(([label, value, traits]) => make("input", { value, required: true, autocomplete: "off", ...traits, "data-name": label }));
  return make("form", {
    onsubmit: (event) => {
      event.preventDefault();
      close();
      deed(...inputs.map((input) => input.value.trim()));
    },
  }, ...inputs.map((input, index) => make("label", {}, fields[index][0], input)), make("button", { className: "key main" }, word));
}
