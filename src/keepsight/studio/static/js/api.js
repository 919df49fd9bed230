// Calls of the server. An error has the server's own sentence.

const MARK = { "X-Keepsight-Studio": "1" };

/** A failed call: `message` is fit to be shown. */
export class CallError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const get = (path, parameters = {}) => answered(`${path}${query(parameters)}`, {});

export const post = (path, values, signal) =>
  answered(path, { method: "POST", body: JSON.stringify(values), signal, headers: { ...MARK, "Content-Type": "application/json" } });

/** Sends a form with files. */
export const submit = (path, form) => answered(path, { method: "POST", body: form, headers: MARK });

/** The address of a photo as a whole, at most `side` pixels long. */
export const viewOf = (photo, side) => `/studio/api/view${query({ photo, side })}`;

function query(parameters) {
  const text = new URLSearchParams(parameters).toString();
  return text ? `?${text}` : "";
}

async function answered(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("The server does not answer. Is it still running?");
  }
  const body = await response.json().catch(() => null);
  if (response.status === 401 && !path.startsWith("/studio/login")) location.assign("/studio/login");
  if (!response.ok) throw new CallError(body?.error?.message ?? `The server answered ${response.status}.`, response.status);
  return body;
}
