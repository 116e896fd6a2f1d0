// The phone that is chosen: its apps, their chats, and one of them.

import { mail, row } from "./bubble.js";
import { attach, deeds, menu, readAll, write } from "./deeds.js";
import { clock, face, icon, keep, make, pretty } from "./dom.js";
import { APPS, business, chats, gist, go, isThere, nameOf, state } from "./state.js";
import { choice, show } from "./sheet.js";

const el = (id) => document.getElementById(id);
const screen = el("screen");
/** After so long a message that is still on its way is shown as such. */
const SLOW = 2000;
let shown = "";

el("away").append(icon("back"));
el("away").addEventListener("click", () => go({ phone: null, app: null, chat: null }));

/** Draws the phone; gives in how many milliseconds it will look different by itself, if at all. */
export function drawPhone() {
  el("phone").hidden = !state.phone;
  el("choose").hidden = Boolean(state.phone);
  if (!state.phone) return null;
  const known = state.phones.find((one) => one.address === state.phone);
  const isMail = state.phone.includes("@");
  el("owner").replaceChildren(known ? known.name : pretty(state.phone), make("small", {}, pretty(state.phone)));
  el("blocks").hidden = !(known && known.blocked);
  const apps = isMail ? ["email"] : ["sms", "whatsapp"];
  if (!apps.includes(state.app)) state.app = isMail ? "email" : busiest(apps);
  drawApps(apps);
  if (state.app === "email") return drawMail();
  const open = openChat();
  if (open) return drawChat(open, Boolean(known && known.blocked));
  return drawChats();
}

const busiest = (apps) => apps.find((app) => state.messages.some((message) => message.channel === app)) || apps[0];

/** The chat that is open: the chosen one, or the only one there is. */
function openChat() {
  const all = chats(state.app);
  if (!state.chat) return null;
  const known = all.find((chat) => chat.number === state.chat);
  if (known) return known;
  const number = state.numbers.find((one) => one.channel === state.app && one.number === state.chat);
  return number ? { number: number.number, provider: number.provider, messages: [], unread: 0 } : null;
}

function drawApps(apps) {
  keep(el("apps"), apps.map((app) => {
    const unread = chats(app).reduce((sum, chat) => sum + chat.unread, 0);
    const isOpen = app === state.app;
    return [`${app} ${unread} ${isOpen}`, () => make("button", {
      type: "button", "aria-pressed": String(isOpen), onclick: () => go({ app, chat: null }),
    }, icon(app), APPS[app], unread ? make("span", { className: "badge" }, String(unread), make("span", { className: "hidden" }, " unread")) : null)];
  }));
}

/** Begins a screen anew, unless it is the one that is shown. */
function begin(key, build) {
  if (shown === key) return screen.firstElementChild;
  shown = key;
  const node = make("div", { className: `app ${state.app}` });
  node.append(...build());
  screen.replaceChildren(node);
  return node;
}

function drawChats() {
  const app = begin(`chats ${state.phone} ${state.app}`, () => [
    make("ul", { className: "chats" }),
    make("div", { className: "new" }, make("button", { type: "button", className: "key", onclick: newChat }, "Write to a business")),
  ]);
  const all = chats(state.app);
  const lines = all.map((chat) => {
    const last = chat.messages.filter(isThere).at(-1);
    const name = nameOf(state.app, chat.number) || pretty(chat.number);
    return [JSON.stringify([chat.number, name, last && last.id, chat.unread]), () => make("li", {}, make("button", {
      type: "button", onclick: () => go({ chat: chat.number }),
    }, Object.assign(face(name, chat.number)), make("strong", {}, name), last ? make("time", { dateTime: last.created_at }, clock(last.created_at)) : make("span"),
    make("span", { className: "last" }, last ? gist(last) : "A message did not arrive"),
    chat.unread ? make("span", { className: "badge" }, String(chat.unread), make("span", { className: "hidden" }, " unread")) : make("span")))];
  });
  if (!lines.length) lines.push(["empty", () => make("li", { className: "empty" }, "No conversation yet.")]);
  keep(app.querySelector(".chats"), lines);
  return null;
}

function newChat() {
  const known = state.numbers.filter((one) => one.channel === state.app);
  const lines = known.map((one) => choice(one.name || pretty(one.number), `${pretty(one.number)}, ${one.provider}`,
    () => go({ chat: one.number })));
  show("Write to a business", lines.length
    ? make("div", { className: "choices" }, lines)
    : make("p", { className: "empty" }, "No business has a number here. Connect an account, and its numbers appear."));
}

function drawChat(chat, isBlocking) {
  const name = nameOf(state.app, chat.number) || pretty(chat.number);
  let fresh = false;
  const app = begin(`chat ${state.phone} ${state.app} ${chat.number} ${name} ${isBlocking}`, () => {
    fresh = true;
    return chatScreen(chat, name, isBlocking);
  });
  const thread = app.querySelector(".thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const before = thread.childElementCount;
  const next = drawThread(thread, chat);
  if (fresh || (atEnd && thread.childElementCount !== before)) thread.scrollTop = thread.scrollHeight;
  readAll(chat);
  return next;
}

function drawThread(thread, chat) {
  const acts = deeds(chat);
  const ids = new Set(chat.messages.map((message) => message.provider_message_id));
  const signs = new Map();
  for (const message of chat.messages.filter(isThere)) {
    const sign = message.rich && message.rich.reaction;
    if (sign) signs.set(sign.message_id, { ...signs.get(sign.message_id), [message.direction]: sign.emoji });
  }
  const items = [];
  let day = "";
  let next = null;
  for (const message of chat.messages) {
    const sign = message.rich && message.rich.reaction;
    if (sign && ids.has(sign.message_id)) continue;
    const isOver = isThere(message) || ["failed", "undelivered"].includes(message.status);
    const age = Date.now() - Date.parse(message.created_at);
    if (!isOver && age < SLOW) {
      next = Math.min(next || SLOW, SLOW - age + 50);
      continue;
    }
    const date = new Date(message.created_at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
    if (date !== day) items.push([`day ${date}`, () => make("p", { className: "day" }, date)]);
    day = date;
    const own = Object.values(signs.get(message.provider_message_id) || {}).filter(Boolean);
    items.push([JSON.stringify([message, own]), () => row(message, chat.messages, own, acts)]);
  }
  if (!items.length) items.push(["empty", () => make("p", { className: "empty" }, "Nothing here yet. Write first.")]);
  keep(thread, items);
  return next;
}

function chatScreen(chat, name, isBlocking) {
  const text = make("textarea", { id: "text", rows: 1, placeholder: "Message", required: true, "aria-label": "Message" });
  const send = () => {
    const said = text.value.trim();
    if (!said) return;
    text.value = "";
    write(chat, { text: said });
  };
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  const round = (label, sign, deed) => make("button", { type: "button", className: "round", "aria-label": label, onclick: deed }, icon(sign));
  const thread = make("div", { className: "thread", role: "log", "aria-label": `Messages with ${name}`, tabIndex: 0 });
  stayAtEnd(thread);
  const parts = [
    make("div", { className: "top" }, round("All conversations", "back", () => go({ chat: null })), face(name, chat.number),
      make("h3", {}, name, name === pretty(chat.number) ? null : make("small", {}, pretty(chat.number))),
      round("Menu", "more", () => menu(chat, isBlocking))),
    thread,
  ];
  if (state.app === "sms") {
    parts.push(make("div", { className: "quick", role: "group", "aria-label": "Quick answers" }, ["YES", "HELP", "STOP", "START"].map((word) =>
      make("button", { type: "button", onclick: () => write(chat, { text: word }) }, word))));
  }
  parts.push(make("form", { className: "compose", onsubmit: (event) => { event.preventDefault(); send(); } },
    round("Attach", "plus", () => attach(chat)), text, make("button", { className: "round send", "aria-label": "Send" }, icon("send"))));
  return parts;
}

/** Keeps the newest message in sight when the screen turns or a keyboard comes up. */
function stayAtEnd(thread) {
  let atEnd = true;
  thread.addEventListener("scroll", () => { atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80; });
  new ResizeObserver(() => { if (atEnd) thread.scrollTop = thread.scrollHeight; }).observe(thread);
}

function drawMail() {
  const app = begin(`mail ${state.phone}`, () => [make("div", { className: "mails", role: "log", "aria-label": "Mails", tabIndex: 0 })]);
  const mails = state.messages.filter((message) => message.channel === "email" && business(message)).reverse();
  const items = mails.map((message) => [JSON.stringify(message), () => mail(message)]);
  if (!items.length) items.push(["empty", () => make("p", { className: "empty" }, "No mail yet.")]);
  keep(app.firstElementChild, items);
  return null;
}
