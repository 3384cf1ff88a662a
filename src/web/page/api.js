// The server's answers; see README.md of the server for what they hold.

export class ApiError extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

/** Without the commands that a message advises after its last semicolon: here there are buttons. */
const plain = (message) => message.replace(/;[^;]*\bkin [a-z]+\b[^;]*$/, "");

async function ask(path, init) {
  let answer, body;
  try {
    answer = await fetch(path, init);
    body = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("the server does not answer; is kin serve running?", "network", answer?.status ?? 0);
  }
  if (!answer.ok) throw new ApiError(plain(body.error?.message ?? answer.statusText), body.error?.code, answer.status);
  return body;
}

/** /api/PATH with parameters; null ones are left out, lists come several times. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") query.append(name, one);
  const text = query.toString();
  return `/api/${path}${text ? `?${text}` : ""}`;
}

export const get = (path, parameters, more) => ask(address(path, parameters), more);

export function post(path, body, more) {
  const headers = { "Content-Type": "application/json" };
  return ask(address(path), { method: "POST", headers, body: JSON.stringify(body), ...more });
}

/** A picture from the person's machine, to search with: {upload: name}. */
export const upload = (file) =>
  ask(address("uploads"), { method: "POST", headers: { "Content-Type": file.type || "image/jpeg" }, body: file });

export const picture = (item, size, more = {}) => address(`items/${item.id}/picture`, { size, ...more, v: item.v });
