// SPDX-License-Identifier: Apache-2.0
import { parseMessage, parsePresence, retryDelay } from "./feed.js";
import { call } from "./http.js";

/**
 * @typedef {object} Listener
 * @property {(claim: import("./claim.js").Claim) => void} onClaim
 * @property {(connected: boolean) => void} onPresence
 * @property {(message: import("./feed.js").Message) => void} onMessage
 * @property {(reachable: boolean) => void} onLink
 * @property {() => void} onStranger  this browser has not made the claim
 */

/** A claim as its visitor sees it: asked for once, then told; again whenever the connection was lost. */
export class ClaimFeed {
  /**
   * @param {string} base  the claim's address
   * @param {Listener} listener
   */
  constructor(base, listener) {
    this.base = base;
    this.listener = listener;
    this.attempt = 0;
    this.closed = false;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  async start() {
    const answer = await call("GET", this.base);
    if (this.closed) return;
    if (answer.status === 401 || answer.status === 404) return this.listener.onStranger();
    if (answer.status !== 200) return this.retry();
    this.listener.onLink(true);
    this.listener.onClaim(answer.body);
    if (answer.body.isCurrent) this.open();
  }

  open() {
    const source = new EventSource(`${this.base}/events`);
    this.source = source;
    source.addEventListener("open", () => {
      this.attempt = 0;
      this.listener.onLink(true);
    });
    source.addEventListener("claim", (event) => this.listener.onClaim(JSON.parse(event.data)));
    source.addEventListener("presence", (event) => {
      const connected = parsePresence(event.data);
      if (connected !== null) this.listener.onPresence(connected);
    });
    source.addEventListener("message", (event) => {
      const message = parseMessage(event.data, Date.now());
      if (message) this.listener.onMessage(message);
    });
    source.addEventListener("error", () => {
      source.close();
      this.retry();
    });
  }

  retry() {
    if (this.closed) return;
    if (this.attempt > 0) this.listener.onLink(false);
    this.timer = setTimeout(() => void this.start(), retryDelay(this.attempt++));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
  }
}
