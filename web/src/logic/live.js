// SPDX-License-Identifier: Apache-2.0
import { parseMessage, parsePresence, retryDelay } from "./feed.js";

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "crowded" | "refused"} Link
 * @typedef {object} Listener
 * @property {(link: Link) => void} onLink
 * @property {(connected: boolean) => void} onPresence
 * @property {(message: import("./feed.js").Message, kind: "message" | "state") => void} onMessage
 * @property {() => void} onSignedIn
 */

/** The session and the event stream of one thing's page; connects again by itself until it is refused. */
export class LiveFeed {
  /**
   * @param {string} thingName
   * @param {string} secret "" when the cookie of an earlier visit must do
   * @param {Listener} listener
   */
  constructor(thingName, secret, listener) {
    this.base = `/q/${encodeURIComponent(thingName)}`;
    this.secret = secret;  // kept in memory alone: a restarted cloud has forgotten the session, not the secret
    this.mustSignIn = secret !== "";
    this.listener = listener;
    this.attempt = 0;
    this.closed = false;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  async start() {
    if (this.closed) return;
    if (this.mustSignIn) {
      const status = await post(`${this.base}/session`, { secret: this.secret });
      if (this.closed) return;
      if (status === 403 || status === 400) return this.listener.onLink("refused");
      if (status !== 204) return this.retry(status);
      this.mustSignIn = false;
      this.listener.onSignedIn();
    }
    this.open();
  }

  open() {
    const source = new EventSource(`${this.base}/events`);
    this.source = source;
    source.addEventListener("open", () => {
      this.attempt = 0;
      this.listener.onLink("live");
    });
    source.addEventListener("presence", (event) => {
      const connected = parsePresence(event.data);
      if (connected !== null) this.listener.onPresence(connected);
    });
    for (const kind of /** @type {const} */ (["message", "state"])) {
      source.addEventListener(kind, (event) => {
        const message = parseMessage(event.data, Date.now());
        if (message) this.listener.onMessage(message, kind);
      });
    }
    source.addEventListener("error", () => this.lost(source));
  }

  /** An EventSource does not tell why it failed: a plain request does.
   * @param {EventSource} source */
  async lost(source) {
    if (source !== this.source) return;
    source.close();
    this.source = null;
    this.listener.onLink("reconnecting");
    const status = await eventsStatus(`${this.base}/events`);
    if (this.closed) return;
    if (status === 401 || status === 403) {
      if (!this.secret) return this.listener.onLink("refused");
      this.mustSignIn = true;
    }
    this.retry(status);
  }

  /** @param {number} status of what was refused */
  retry(status) {
    this.listener.onLink(status === 429 ? "crowded" : "reconnecting");
    this.timer = setTimeout(() => void this.start(), retryDelay(this.attempt++));
  }

  /** @param {string} payload
   * @returns {Promise<number>} */
  send(payload) {
    return post(`${this.base}/command`, { payload });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
  }
}

/**
 * The HTTP status; 0 when there is no answer.
 * @param {string} url
 * @param {object} body
 */
async function post(url, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "fetch" },
      body: JSON.stringify(body),
    });
    return response.status;
  } catch {
    return 0;
  }
}

/** @param {string} url */
async function eventsStatus(url) {
  const abort = new AbortController();
  try {
    const response = await fetch(url, { signal: abort.signal, headers: { Accept: "text/event-stream" } });
    return response.status;
  } catch {
    return 0;
  } finally {
    abort.abort();
  }
}
