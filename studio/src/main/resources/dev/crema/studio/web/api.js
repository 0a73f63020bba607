/** What the server refused, in its words. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** An address of the server; a list in the query names its key several times. */
export function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    for (const one of [value].flat()) search.append(key, one);
  }
  const text = search.toString();
  return `api/${path}${text ? `?${text}` : ''}`;
}

/** Asks for JSON. */
export function get(path, query, signal) {
  return send('GET', path, query, { signal });
}

/** Sends JSON. */
export function post(path, query, body = {}) {
  return send('POST', path, query, json(body));
}

/** Replaces by JSON. */
export function put(path, query, body) {
  return send('PUT', path, query, json(body));
}

/** Sends an image. */
export function postImage(path, query, blob, signal) {
  return send('POST', path, query, { body: blob, headers: { 'Content-Type': blob.type }, signal });
}

function json(body) {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

async function send(method, path, query, options) {
  let response;
  try {
    response = await fetch(address(path, query), { method, ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'Crema Studio does not answer. Is it still running where it was started?');
  }
  if (response.status === 401) {
    throw new ApiError(401, 'This page is not signed in any more. Open the address that crema studio printed when it started.');
  }
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) {
    throw new ApiError(response.status, answer?.error ?? `${path}: the server answered ${response.status}`);
  }
  return answer;
}
