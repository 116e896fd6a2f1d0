// Unpacks the browser that came as a package: node unpack.mjs <package's bin> <directory>.
import { createReadStream, createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [, , from, to] = process.argv;
for (const name of await readdir(from)) {
  if (!name.endsWith(".br")) continue;
  const plain = join(to, name.slice(0, -".br".length));
  await pipeline(createReadStream(join(from, name)), createBrotliDecompress(), createWriteStream(plain));
}
