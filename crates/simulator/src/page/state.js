// What the page shows, and where it is kept between visits.

export const state = {
  view: "phones",
  /** The chosen phone's number, or a mail address. */
  phone: null,
  /** `sms`, `whatsapp` or `email`. */
  app: null,
  /** The business's number in the chat that is open. */
  chat: null,
  phones: [],
  numbers: [],
  messages: [],
  templates: [],
};

export const APPS = { sms: "Messages", whatsapp: "WhatsApp", email: "Mail" };

/** Reads the place from the address. */
export function readPlace() {
  const place = location.hash.slice(1);
  state.view = place === "templates" ? "templates" : "phones";
  if (state.view === "templates") return;
  const parts = new URLSearchParams(place === "phones" ? "" : place);
  state.phone = parts.get("phone");
  state.app = parts.get("app");
  state.chat = parts.get("chat");
}

/** Goes somewhere; a step back in the browser comes back. */
export function go(change) {
  const next = { phone: state.phone, app: state.app, chat: state.chat, ...change };
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) if (value) parts.set(name, value);
  location.hash = parts.size ? parts.toString() : "phones";
}

/** Whether opening a chat tells the business that its messages were read, as WhatsApp's own setting has it. */
export const receipts = {
  get: () => localStorage.getItem("receipts") !== "off",
  set: (isOn) => localStorage.setItem("receipts", isOn ? "on" : "off"),
};

/** The business's side of a message. */
export const business = (message) => (message.direction === "from_contact" ? message.to : message.from);

/** True for what the phone's screen shows. */
export const isThere = (message) => message.direction === "from_contact" || Boolean(message.received_at);

/** The name of a business's number, where one is known. */
export function nameOf(channel, number) {
  const known = state.numbers.find((one) => one.channel === channel && one.number === number && one.name);
  return known ? known.name : null;
}

/** The chats of an app, newest first. */
export function chats(app) {
  const found = new Map();
  for (const message of state.messages) {
    if (message.channel !== app) continue;
    const number = business(message);
    const chat = found.get(number) || { number, provider: message.provider, messages: [], unread: 0 };
    chat.messages.push(message);
    if (message.direction === "to_contact" && message.status === "delivered" && app === "whatsapp") chat.unread += 1;
    found.set(number, chat);
  }
  return [...found.values()].reverse().sort((one, other) => newest(other) - newest(one));
}

const newest = (chat) => Date.parse(chat.messages.at(-1).created_at);

/** A line about a message, for lists. */
export function gist(message) {
  if (!message) return "Nothing yet";
  const rich = message.rich || {};
  if (message.subject) return message.subject;
  if (rich.location) return rich.location.name || "Location";
  if (rich.contacts) return rich.contacts.map((one) => one.name).join(", ");
  if (rich.reaction) return rich.reaction.emoji ? `Reacted ${rich.reaction.emoji}` : "Took a reaction away";
  if (message.text) return message.text;
  if (rich.shelf) return "Product";
  return message.media.length ? "File" : "Message";
}
