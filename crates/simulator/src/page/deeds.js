// What the holder of the phone does.

import { call, of } from "./api.js";
import { icon, make, pretty } from "./dom.js";
import { choice, form, show } from "./sheet.js";
import { receipts, state } from "./state.js";

const note = document.getElementById("note");
const SIGNS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
let away = 0;

/** Tells a person what went wrong, for a while. */
export function complain(error) {
  note.textContent = error.message;
  clearTimeout(away);
  away = setTimeout(() => { note.textContent = ""; }, 8000);
}

async function attempt(deed) {
  try {
    await deed();
    note.textContent = "";
  } catch (error) {
    complain(error);
  }
}

/** Writes in the chat that is open. */
export function write(chat, said) {
  const body = { channel: state.app, to: chat.number, provider: chat.provider, ...said };
  return attempt(() => call("POST", of(state.phone, "/messages"), body));
}

/** Lets the contact block everybody, or ends that. */
export const block = (isBlocking) => attempt(() => call(isBlocking ? "POST" : "DELETE", of(state.phone, "/block")));

/** What taps in a chat do. */
export function deeds(chat) {
  return {
    tap: (message, button) => write(chat, { button: { id: button.id, title: button.title } }),
    choose: (message) => show(message.rich.list.title, make("div", { className: "choices" },
      message.rich.list.sections.flatMap((section) => [
        section.title ? make("h3", {}, section.title) : null,
        ...section.rows.map((row) => choice(row.title, row.description,
          () => write(chat, { button: { id: row.id, title: row.title } }), { role: "radio", "aria-checked": "false" })),
      ]))),
    react: (message) => show("React", make("div", { className: "signs" }, [...SIGNS, ""].map((emoji) => choiceOf(emoji, () =>
      write(chat, { reaction: { message_id: message.provider_message_id, emoji } }))))),
    shop: (shelf) => shop(chat, shelf),
    locate: () => locate(chat),
  };
}

function choiceOf(emoji, deed) {
  const node = choice(emoji || "None", null, deed, { "aria-label": emoji ? `React with ${emoji}` : "Take the reaction away" });
  node.className = "";
  if (!emoji) node.replaceChildren(icon("close"));
  return node;
}

/** Lets a product be chosen where there are several, and sends a cart of it. */
function shop(chat, shelf) {
  const products = shelf.sections.flatMap((section) => section.products);
  if (products.length < 2) {
    order(chat, shelf, products[0] || shelf.thumbnail || "SKU-1");
    return;
  }
  show(shelf.button, make("div", { className: "choices" }, shelf.sections.flatMap((section) => [
    section.title ? make("h3", {}, section.title) : null,
    ...section.products.map((product) => choice(product, null, () => order(chat, shelf, product), { sign: "cart" })),
  ])));
}

/** Whoever shows a whole catalog does not name it. */
const SOME_CATALOG = "194836987003835";

function order(chat, shelf, product) {
  show("Send a cart", form([
    ["Product", product], ["Quantity", "1", { inputMode: "numeric" }], ["Price", "9.50", { inputMode: "decimal" }], ["Currency", "USD"],
  ], "Send cart", (id, quantity, price, currency) => write(chat, { order: {
    catalog_id: shelf.catalog_id || SOME_CATALOG,
    product_items: [{ product_retailer_id: id, quantity: Number(quantity), item_price: Number(price), currency }],
  } })));
}

function locate(chat) {
  const degrees = { inputMode: "decimal" };
  show("Send a location", form([
    ["Name", "Rosewood Barn"], ["Address", "12 Mill Lane"], ["Latitude", "40.7420", degrees], ["Longitude", "-73.9890", degrees],
  ], "Send location", (name, address, latitude, longitude) => write(chat, {
    location: { latitude: Number(latitude), longitude: Number(longitude), name, address },
  })));
}

/** What can be sent beside text. */
export function attach(chat) {
  const photo = { media: { url: `${location.origin}/page/sample.png`, content_type: "image/png" } };
  const lines = [choice("Photo", "A sample of this simulator", () => write(chat, photo), { sign: "image" })];
  if (state.app === "whatsapp") {
    lines.push(choice("Location", "A place with a name", () => locate(chat), { sign: "pin" }));
    lines.push(choice("Contact", "A name and a number", () => show("Send a contact", form(
      [["Name", "Ada Brooks"], ["Number", "+1 202 555 0142", { type: "tel" }]], "Send contact",
      (name, phone) => write(chat, { contacts: [{ name, phones: [phone] }] }),
    )), { sign: "person" }));
  }
  show("Attach", make("div", { className: "choices" }, lines));
}

/** The menu of a chat. */
export function menu(chat, isBlocking) {
  const lines = [];
  if (state.app === "whatsapp") {
    const isOn = receipts.get();
    lines.push(choice("Read receipts", isOn ? "Opening a chat tells the business" : "The business is told nothing",
      () => receipts.set(!isOn), { role: "menuitemcheckbox", "aria-checked": String(isOn) }));
    lines.push(choice("Let 24 hours pass", "The business may then send templates only",
      () => attempt(() => call("DELETE", of(state.phone, "/window")))));
  } else {
    lines.push(choice("Reply STOP", "No more messages from here", () => write(chat, { text: "STOP" })));
    lines.push(choice("Reply START", "Messages again", () => write(chat, { text: "START" })));
  }
  lines.push(choice(isBlocking ? "Unblock" : "Block", isBlocking ? "Messages arrive again" : "Nothing of anybody arrives", () => block(!isBlocking)));
  show(pretty(chat.number), make("div", { className: "choices", role: "menu" }, lines.map((line) => {
    if (!line.getAttribute("role")) line.setAttribute("role", "menuitem");
    return line;
  })));
}

const told = new Set();

/** Tells the business that what is on the screen was read, each message once. */
export function readAll(chat) {
  if (state.app !== "whatsapp" || !receipts.get() || document.visibilityState !== "visible") return;
  for (const message of chat.messages) {
    const id = message.provider_message_id;
    if (message.direction !== "to_contact" || message.status !== "delivered" || told.has(id)) continue;
    told.add(id);
    attempt(() => call("POST", of(state.phone, "/read"), { provider_message_id: id }));
  }
}
