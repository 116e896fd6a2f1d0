// The simulator's control API.

/** Calls it; an error is a sentence for people. */
export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The simulator does not answer.");
  }
  const text = await answer.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // Not every error is a document.
  }
  if (!answer.ok) throw new Error((data && data.detail) || `The simulator answered ${answer.status}.`);
  return data;
}

/** The path of something of a phone. */
export const of = (address, tail) => `/handsets/${encodeURIComponent(address)}${tail}`;

/** Calls `heard` for every change, and `told` with whether there is a connection. */
export function listen(heard, told) {
  const source = new EventSource("/events");
  source.addEventListener("message", heard);
  source.addEventListener("open", () => told(true));
  source.addEventListener("error", () => told(false));
}
