// SPDX-License-Identifier: Apache-2.0

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {string} topic
 * @property {string} text
 * @property {boolean} binary  `text` is base64
 * @property {number} time     milliseconds since 1970
 */

let nextId = 1;

/**
 * @param {string} data of an event `message` or `state`
 * @param {number} now
 * @returns {Message | null} null when it is not understood
 */
export function parseMessage(data, now) {
  const json = parseObject(data);
  if (!json || typeof json.topic !== "string") return null;
  const binary = typeof json.payload !== "string";
  const text = binary ? json.payload_base64 : json.payload;
  if (typeof text !== "string") return null;
  const time = typeof json.timestamp === "number" && Number.isFinite(json.timestamp) ? json.timestamp : now;
  return { id: nextId++, topic: json.topic, text, binary, time };
}

/**
 * @param {string} data of an event `presence`
 * @returns {boolean | null}
 */
export function parsePresence(data) {
  const json = parseObject(data);
  return typeof json?.connected === "boolean" ? json.connected : null;
}

/**
 * @param {string} data
 * @returns {Record<string, unknown> | null}
 */
function parseObject(data) {
  try {
    const json = JSON.parse(data);
    return json !== null && typeof json === "object" && !Array.isArray(json) ? json : null;
  } catch {
    return null;
  }
}

/** Milliseconds before the nth new attempt (from 0): 1, 2, 4, 8, 10, 10 s.
 * @param {number} attempt */
export function retryDelay(attempt) {
  return Math.min(1000 * 2 ** attempt, 10_000);
}

/**
 * A sentence about a refused command; "" when it was accepted.
 * @param {number} status HTTP status; 0 when the cloud cannot be reached
 */
export function commandProblem(status) {
  if (status >= 200 && status < 300) return "";
  if (status === 409) return "The module is not connected, so it cannot receive a command now.";
  if (status === 401 || status === 403) return "This page's access has ended. Run quick-connect again for a new link.";
  if (status === 413) return "A command has at most 4096 bytes.";
  if (status === 503) return "The message broker is not available. Try again in a moment.";
  return "The cloud could not be reached. Try again in a moment.";
}

/**
 * What the person typed before, youngest first; no repetition in a row.
 * @param {string[]} history
 * @param {string} command
 */
export function remember(history, command) {
  return history[0] === command ? history : [command, ...history].slice(0, 50);
}
