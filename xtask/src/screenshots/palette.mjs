// Makes pictures small enough to be kept beside the code: node palette.mjs <directory>.
// A page has few colors, so each PNG gets a palette of at most 256 of its own. The same picture becomes the same bytes.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 as ofZlib, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** CRC-32 of PNG; the one of zlib is of newer versions of Node.js. */
function crc32(bytes) {
  if (ofZlib) return ofZlib(bytes);
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The picture's size and its colors as 0xRRGGBB; undefined if it is not as browsers take it, or done already. */
function read(png) {
  let place = SIGNATURE.length;
  const parts = [];
  let head;
  while (place < png.length) {
    const length = png.readUInt32BE(place);
    const kind = png.toString("latin1", place + 4, place + 8);
    const data = png.subarray(place + 8, place + 8 + length);
    if (kind === "IHDR") head = data;
    if (kind === "IDAT") parts.push(data);
    place += length + 12;
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const bytes = { 2: 3, 6: 4 }[head[9]];
  if (head[8] !== 8 || !bytes || head[12]) return undefined;
  const rows = inflateSync(Buffer.concat(parts));
  const stride = width * bytes;
  const colors = new Uint32Array(width * height);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const filter = rows[from];
    const row = rows.subarray(from + 1, from + 1 + stride);
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [x < bytes ? 0 : row[x - bytes], above[x], x < bytes ? 0 : above[x - bytes]];
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      row[x] += [0, a, b, (a + b) >> 1, paeth][filter];
    }
    for (let x = 0; x < width; x++) colors[y * width + x] = row.readUIntBE(x * bytes, 3);
    above = row;
  }
  return { width, height, colors };
}

const part = (color, shift) => (color >> shift) & 255;

/** At most 256 colors that stand for all: boxes of colors, the widest of which is cut at its middle. */
function palette(counts) {
  const box = (colors) => {
    const spans = [16, 8, 0].map((shift) => {
      const parts = colors.map((color) => part(color, shift));
      return [Math.max(...parts) - Math.min(...parts), shift];
    });
    const [span, shift] = spans.reduce((best, one) => (one[0] > best[0] ? one : best));
    return { colors, span, shift };
  };
  const boxes = [box([...counts.keys()].sort((a, b) => a - b))];
  while (boxes.length < 256) {
    const widest = boxes.reduce((best, one, at) => (one.span > boxes[best].span ? at : best), 0);
    const { colors, span, shift } = boxes[widest];
    if (!span) break;
    const sorted = colors.sort((a, b) => part(a, shift) - part(b, shift) || a - b);
    const middle = sorted.length >> 1;
    boxes.splice(widest, 1, box(sorted.slice(0, middle)), box(sorted.slice(middle)));
  }
  // What a box has most of stands for it, so that large surfaces keep their very color.
  return boxes.map(({ colors }) => ({
    stands: colors.reduce((best, one) => (counts.get(one) > counts.get(best) ? one : best)),
    colors,
  }));
}

function write({ width, height, colors }) {
  const counts = new Map();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const entries = palette(counts);
  const places = new Map(entries.flatMap(({ colors }, at) => colors.map((color) => [color, at])));
  const rows = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < colors.length; at++)
    rows[at + Math.floor(at / width) + 1] = places.get(colors[at]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.alloc(entries.length * 3);
  entries.forEach(({ stands }, at) => table.writeUIntBE(stands, at * 3, 3));
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    chunk("PLTE", table),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const [, , directory] = process.argv;
for (const name of readdirSync(directory).filter((name) => name.endsWith(".png"))) {
  const path = join(directory, name);
  const picture = read(readFileSync(path));
  if (picture) writeFileSync(path, write(picture));
}
