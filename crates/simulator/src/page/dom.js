// Making elements. Texts of messages are hostile: they become text and nothing else.

/** An element with properties, attributes (names with a dash, `role`, `for`), listeners (`on…`) and children. */
export function make(tag, traits = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  back: ["M15 5l-7 7 7 7"],
  close: ["M6 6l12 12M18 6L6 18"],
  more: ["M12 5v.01M12 12v.01M12 19v.01"],
  plus: ["M12 5v14M5 12h14"],
  send: ["M4 12l16-8-6 16-3-7z"],
  sms: ["M4 5h16v11H9l-5 4z"],
  whatsapp: ["M4 20l1.3-4A8 8 0 1 1 8.500 19z", "M9 9c0 4 2 6 6 6l1-2-2-1-1 1c-1 0-2-1-2-2l1-1-1-2z"],
  email: ["M3 6h18v12H3z", "M3 7l9 6 9-6"],
  smile: ["M12 3a9 9 0 1 0 .01 0z", "M9 10v.01M15 10v.01M8.500 14a4 4 0 0 0 7 0"],
  list: ["M8 7h12M8 12h12M8 17h12M4 7v.01M4 12v.01M4 17v.01"],
  reply: ["M10 7L5 12l5 5", "M5 12h9a5 5 0 0 1 5 5"],
  open: ["M14 5h5v5", "M19 5l-8 8", "M17 14v5H5V7h5"],
  pin: ["M12 21c5-6 7-9 7-12a7 7 0 0 0-14 0c0 3 2 6 7 12z", "M12 9v.01"],
  person: ["M12 4a4 4 0 1 0 .01 0z", "M4 21a8 8 0 0 1 16 0"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M9 9v.01"],
  video: ["M3 6h12v12H3z", "M15 10l6-3v10l-6-3z"],
  audio: ["M9 18V6l10-2v12", "M6.500 15.500a2.500 2.500 0 1 0 .01 0zM16.500 13.500a2.500 2.500 0 1 0 .01 0z"],
  cart: ["M3 5h3l2 10h10l2-7H7", "M9 19v.01M17 19v.01"],
  file: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
};

/** A drawing beside words; nobody reads it out. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (name === "more") svg.setAttribute("class", "dots");
  for (const d of ICONS[name] || ICONS.file) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** One tick or two, with a word for those who do not see it. */
export function ticks(count, word, isRead) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 12");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", word);
  if (isRead) svg.setAttribute("class", "read");
  for (let index = 0; index < count; index += 1) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", index ? "M9 9l1 1 8-8" : "M2 6l4 4 8-8");
    svg.append(path);
  }
  return svg;
}

/** A map of nowhere with a pin in the middle: real ones would be fetched from somebody. */
export function map() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 260 112");
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  svg.setAttribute("class", "map");
  svg.setAttribute("aria-hidden", "true");
  for (const [kind, d] of [
    ["land", "M0 0h90l30 50-40 62H0z"], ["water", "M190 0h70v112h-40c-30-30 0-70-30-112z"],
    ["road", "M-5 80C80 60 150 90 265 30"], ["road", "M70-5c20 50 60 70 60 120"], ["road", "M150-5c-10 60 30 80 60 120"],
    ["pin", "M130 62c11-14 15-20 15-27a15 15 0 0 0-30 0c0 7 4 13 15 27z"],
  ]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/**
 * Makes the children of `parent` what `items` say. What did not change stays in place, so that focus stays and nothing is
 * read out twice. `items` are pairs of a key, which also tells whether something changed, and a function that draws.
 */
export function keep(parent, items) {
  const known = parent.drawn || new Map();
  const drawn = new Map();
  const wanted = items.map(([key, draw]) => {
    const node = known.get(key) || draw();
    drawn.set(key, node);
    return node;
  });
  parent.drawn = drawn;
  wanted.forEach((node, index) => {
    const there = parent.children[index];
    if (there !== node) parent.insertBefore(node, there || null);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
}

const MARKS = { "*": "strong", _: "em", "~": "s" };
const PIECES = /(https?:\/\/[^\s<>"]+|```[^`]+```|\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~)/;

/** A text with links and, where the app has them, bold, italic and struck words. */
export function words(text, isMarked) {
  const node = make("span", { className: "words" });
  for (const piece of text.split(PIECES)) {
    if (/^https?:\/\//.test(piece)) node.append(link(piece, piece));
    else if (isMarked && piece.length > 2 && MARKS[piece[0]] && piece.endsWith(piece[0])) {
      node.append(make(MARKS[piece[0]], {}, piece.slice(1, -1)));
    } else if (isMarked && piece.startsWith("```") && piece.length > 6) node.append(make("code", {}, piece.slice(3, -3)));
    else node.append(piece);
  }
  return node;
}

/** A link that tells nobody where it was; a plain text where the address is none of the web. */
export function link(url, ...children) {
  if (!/^https?:\/\//.test(url || "")) return make("span", {}, ...children);
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** A number as people write it. */
export function pretty(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number || "");
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : number;
}

/** The time of day, or the day of what is older. */
export function clock(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString([], { day: "numeric", month: "short" });
}

/** A face for a name: its first letters on one of six grounds. */
export function face(name, key) {
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  const letters = (name.match(/[\p{L}\d]+/gu) || ["?"]).slice(0, 2).map((word) => word[0].toUpperCase());
  return make("span", { className: `face hue-${sum % 6}`, "aria-hidden": "true" }, letters.join(""));
}
