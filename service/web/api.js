/** The calls of Gouji's API. */

const KEY = 'gouji.key';

/** What a proxy means that refuses in its own words. */
const CODES = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 413: 'too_large', 429: 'rate_limited' };
/** The service, or a proxy before it, says that nobody answers. */
const UNANSWERED = [502, 503, 504];

/** What the service refused: `code` is one of docs/errors.md. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? String(status));
    this.status = status;
    this.code = problem?.code ?? CODES[status] ?? 'internal';
  }
}

/** Nobody answered: the service or the way to it is gone. */
export class Unreachable extends Error {
  code = 'unreachable';
}

const TRIES = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/** Whether an error is what became of a call, and none of ours. */
export const isAnswer = (error) => error instanceof Refused || error instanceof Unreachable;

/** Whether the same may be answered otherwise a little later. */
export const isPassing = (error) => error instanceof Unreachable || error.status === 429;

/**
 * Ask again, for a minute, while nobody answers or too much was asked.
 * @template T
 * @param {() => Promise<T>} call
 * @param {(error: Error) => void} [told] Hears why there is a pause; may throw to ask no more.
 * @returns {Promise<T>}
 */
export async function insist(call, told = () => {}) {
  for (let [left, pause] = [TRIES, FIRST_PAUSE_MS]; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      left -= 1;
      if (!left || !isPassing(error)) throw error;
      told(error);
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }
}

export const getKey = () => sessionStorage.getItem(KEY);
export const hasKey = () => getKey() !== null;
export const keepKey = (key) => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);

/**
 * Send a request with the key.
 * @param {string} method
 * @param {string} path Below the service's address.
 * @param {{body?: unknown, version?: number, keepalive?: boolean}} [options]
 */
async function send(method, path, { body, version, keepalive } = {}) {
  const headers = { Authorization: `Bearer ${getKey()}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  const content = body === undefined ? undefined : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: content, keepalive });
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(path);
    throw error;
  }
  if (!response.ok) throw failureOf(response.status, await response.text());
  return response;
}

function failureOf(status, text) {
  return UNANSWERED.includes(status) ? new Unreachable(String(status)) : new Refused(status, parse(text));
}

/** What an answer holds; null where it is no JSON, and so none of the service's. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const json = async (...request) => (await send(...request)).json();
const query = (wanted) => new URLSearchParams(
  Object.entries(wanted).filter(([, value]) => value !== '' && value !== undefined),
);

export const getMe = () => json('GET', '/v1/me');
export const getForms = () => json('GET', '/v1/forms');
export const getForm = (id) => json('GET', `/v1/forms/${encodeURIComponent(id)}`);
export const getQueue = (wanted) => json('GET', `/v1/reviews?${query(wanted)}`);
export const getOverview = () => json('GET', '/v1/reviews/overview');
/** Without a text, the texts to choose from; the empty text is one. */
export function getLookAlikes(text, archive) {
  const asked = query({ archive });
  if (text !== undefined) asked.set('text', text);
  return json('GET', `/v1/reviews/look-alikes?${asked}`);
}
export const getReport = (id) => json('GET', `/v1/reports/${id}`);
export const getStatus = (id) => json('GET', `/v1/reports/${id}?wait=20`);
export const getDoubts = (id) => json('GET', `/v1/reviews/${id}/doubts`);
export const getHistory = (id) => json('GET', `/v1/reports/${id}/history`);
/**
 * Hold a report, or go on holding it.
 * @returns {Promise<number>} For how many seconds, by the service's own clock.
 */
export async function lease(id) {
  const response = await send('POST', `/v1/reviews/${id}/lease`);
  const { leased_until: until } = await response.json();
  return (new Date(until) - new Date(response.headers.get('Date') ?? Date.now())) / 1000;
}
export const release = (id) => send('POST', `/v1/reviews/${id}/release`, { keepalive: true });
export const postpone = (id) => json('POST', `/v1/reviews/${id}/postpone`);
export const approve = (id, version) => json('POST', `/v1/reports/${id}/approve`, { version });
export const correct = (id, field, text, version) => json(
  'PATCH', `/v1/reports/${id}/fields/${field}`, { body: { text }, version },
);
export const withdraw = (id, field, version) => json(
  'DELETE', `/v1/reports/${id}/fields/${field}`, { version },
);

/** The next report to review among those that are wanted, or null. */
export async function getNext(wanted = {}) {
  const response = await send('GET', `/v1/reviews/next?${query(wanted)}`);
  return response.status === 204 ? null : response.json();
}

/** @type {Map<string, Promise<string>>} */
const pictures = new Map();
const MOST_PICTURES = 60;

/**
 * A picture as an address for `img`, which whoever asked revokes.
 * @param {string} path
 */
export const takePicture = async (path) => URL.createObjectURL(await (await send('GET', path)).blob());

/**
 * A picture as an address for `img`. A picture of a report never changes, so each is had once.
 * @param {string} path
 * @returns {Promise<string>}
 */
export function getPicture(path) {
  const known = pictures.get(path);
  if (known) return known;
  const coming = takePicture(path);
  pictures.set(path, coming);
  coming.catch(() => pictures.delete(path));
  if (pictures.size > MOST_PICTURES) forgetOldest();
  return coming;
}

async function forgetOldest() {
  const [path, picture] = pictures.entries().next().value;
  pictures.delete(path);
  URL.revokeObjectURL(await picture);
}

export const pagePath = (id, page, dpi) => `/v1/reports/${id}/pages/${page}.png?dpi=${dpi}`;
export const cropPath = (id, field) => `/v1/reports/${id}/fields/${field}/crop.png`;

/**
 * Send a file; `told` hears the share that has left, 0 to 1.
 * @param {File} file
 * @param {(share: number) => void} told
 * @returns {Promise<{id: string, status: string}>}
 */
export function upload(file, told) {
  // fetch does not tell how much has left.
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append('file', file);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => told(event.loaded / event.total);
    request.onerror = () => reject(new Unreachable(file.name));
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status < 300 && answer) resolve(answer);
      else reject(failureOf(request.status, request.responseText));
    };
    request.open('POST', '/v1/reports');
    request.setRequestHeader('Authorization', `Bearer ${getKey()}`);
    request.send(form);
  });
}
