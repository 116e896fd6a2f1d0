// One message, as the app shows it.

import { icon, link, make, map, pretty, ticks, words, clock } from "./dom.js";
import { gist, isThere } from "./state.js";

const FILES = { image: "Photo", video: "Video", audio: "Voice message", sticker: "Sticker", document: "Document" };

/** The row of a message in a chat. `deeds` are what taps do; `signs` the reactions on it. */
export function row(message, all, signs, deeds) {
  if (!isThere(message)) return lost(message);
  const own = message.direction === "from_contact";
  const isWhatsapp = message.channel === "whatsapp";
  const body = make("div", { className: "bubble" },
    make("span", { className: "hidden" }, own ? "You: " : "Business: "),
    quote(message, all), ...contents(message, isWhatsapp), stamp(message, own, isWhatsapp));
  if (isWhatsapp && !own) {
    body.append(make("button", {
      className: "react", type: "button", "aria-label": `React to “${gist(message).slice(0, 40)}”`, onclick: () => deeds.react(message),
    }, icon("smile")));
  }
  const node = make("div", { className: own ? "row own" : "row" }, body);
  if (signs.length) node.append(make("span", { className: "signed", "aria-label": `Reactions: ${signs.join(" ")}`, role: "img" }, signs.join(" ")));
  if (!own) node.append(...keys(message, deeds));
  if (own && !isWhatsapp) node.append(make("span", { className: "under" }, "Delivered"));
  return node;
}

/** A message that the phone never got, which only a simulator can show. */
function lost(message) {
  const why = message.error_title ? `${message.error_title} (${message.error_code})` : message.error_code;
  const isOver = ["failed", "undelivered"].includes(message.status);
  return make("p", { className: "lost" },
    isOver ? make("strong", {}, "Did not arrive") : make("span", {}, "On its way"),
    why ? `: ${why}. ` : ": ", make("q", {}, gist(message).slice(0, 140)));
}

function quote(message, all) {
  const answered = message.rich && message.rich.reply_to;
  const original = answered && all.find((one) => one.provider_message_id === answered);
  return original ? make("div", { className: "quote" }, gist(original).slice(0, 120)) : null;
}

function contents(message, isMarked) {
  const rich = message.rich || {};
  const parts = [];
  if (rich.header) parts.push(make("div", { className: "head" }, rich.header));
  for (const media of message.media) parts.push(file(media, rich.file_name));
  if (rich.location) parts.push(place(rich.location));
  for (const card of rich.contacts || []) parts.push(contact(card));
  if (rich.shelf) parts.push(shelf(rich.shelf));
  if (rich.order) parts.push(...rich.order.product_items.map(bought));
  if (rich.referred_product) parts.push(tile("cart", rich.referred_product.product_retailer_id, "Asked about it"));
  const isSaid = Boolean((rich.location || rich.contacts || rich.order) && /^(📍|👤|🛒)/u.test(message.text || ""));
  if (message.text && !isSaid) parts.push(words(message.text, isMarked));
  if (rich.footer) parts.push(make("div", { className: "foot" }, rich.footer));
  return parts;
}

function file(media, name) {
  const kind = media.content_type.split("/")[0];
  if (kind === "image" && media.url && media.url.startsWith(`${location.origin}/page/`)) {
    return make("img", { src: media.url, alt: "Photo", width: 240, height: 160 });
  }
  const known = FILES[kind] ? kind : "document";
  const label = name || (media.url || "").split(/[?#]/)[0].split("/").pop() || media.id || "";
  const isTall = ["image", "video", "sticker"].includes(known);
  const tile = link(media.url, icon(known === "document" ? "file" : known === "sticker" ? "smile" : known),
    make("span", {}, FILES[known], make("small", {}, label)));
  tile.className = isTall ? "tile tall" : "tile";
  return tile;
}

function place(location) {
  const spot = `${location.latitude}, ${location.longitude}`;
  return make("div", {}, map(), make("strong", {}, location.name || "Location"),
    make("div", { className: "foot" }, location.address || spot));
}

const tile = (sign, name, detail) => make("div", { className: "tile" }, icon(sign), make("span", {}, name, make("small", {}, detail)));

const contact = (card) => tile("person", card.name, card.phones.map(pretty).join(", "));

/** What a business shows of its catalog: one product, how many of them, or all. */
function shelf(shown) {
  const products = shown.sections.flatMap((section) => section.products);
  if (!shown.catalog_id) return tile("cart", "Catalog", shown.thumbnail || "");
  return tile("cart", products.length === 1 ? products[0] : `${products.length} products`, `Catalog ${shown.catalog_id}`);
}

const bought = (item) => tile("cart", `${item.quantity} × ${item.product_retailer_id}`, `${item.item_price} ${item.currency} each`);

/** The time and, on WhatsApp, the ticks: own ones as the contact sees them, the others as the business does. */
function stamp(message, own, isWhatsapp) {
  const node = make("div", { className: "stamp" }, make("time", { dateTime: message.created_at }, clock(message.received_at || message.created_at)));
  if (!isWhatsapp) return node;
  const isRead = message.status === "read";
  const who = own ? "" : "the business sees: ";
  if (own || isRead || message.status === "delivered") node.append(ticks(2, `${who}${isRead ? "read" : "delivered"}`, isRead));
  return node;
}

function keys(message, deeds) {
  const rich = message.rich || {};
  const made = [];
  if (rich.list) {
    made.push(make("button", { type: "button", onclick: () => deeds.choose(message) }, icon("list"), rich.list.title));
  } else {
    for (const button of message.buttons) {
      made.push(make("button", { type: "button", onclick: () => deeds.tap(message, button) }, icon("reply"), button.title));
    }
  }
  for (const one of rich.links || []) made.push(link(one.url, icon("open"), one.title));
  if (rich.shelf) made.push(make("button", { type: "button", onclick: () => deeds.shop(rich.shelf) }, icon("cart"), rich.shelf.button || "Order"));
  if (rich.asks_location) made.push(make("button", { type: "button", onclick: () => deeds.locate() }, icon("pin"), "Send location"));
  return made.length ? [make("div", { className: "keys" }, ...made)] : [];
}

/** A mail. Its HTML is shown as source: what strangers write never becomes part of this page. */
export function mail(message) {
  if (!isThere(message)) return make("div", { className: "mail" }, lost(message));
  const node = make("article", { className: "mail" }, make("h3", {}, message.subject || "Without a subject"),
    make("p", { className: "soft" }, `${message.from}, ${clock(message.received_at || message.created_at)}`));
  if (message.text) node.append(words(message.text, false));
  if (message.html) {
    node.append(make("details", { open: !message.text }, make("summary", {}, "HTML, as source"), make("pre", {}, message.html)));
  }
  for (const media of message.media) node.append(file(media));
  return node;
}
