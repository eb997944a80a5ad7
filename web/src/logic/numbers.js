// SPDX-License-Identifier: Apache-2.0

export const seriesMax = 12;
const depthMax = 8;

/**
 * The numbers of a payload by name: members as `a.b`, elements as `a.0`, a plain number as `value`; booleans are 0 and 1.
 * At most `seriesMax` of them.
 * @param {string} payload
 * @returns {Map<string, number>}
 */
export function numbersOf(payload) {
  /** @type {Map<string, number>} */
  const found = new Map();
  collect(parse(payload), "", 0, found);
  return found;
}

/** @param {string} payload */
function parse(payload) {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} depth
 * @param {Map<string, number>} found
 */
function collect(value, name, depth, found) {
  if (found.size >= seriesMax || depth > depthMax) return;
  if (typeof value === "boolean") value = value ? 1 : 0;
  if (typeof value === "number") {
    if (Number.isFinite(value)) found.set(name || "value", value);
  } else if (value !== null && typeof value === "object") {
    for (const [key, member] of Object.entries(value)) collect(member, name ? `${name}.${key}` : key, depth + 1, found);
  }
}

/**
 * For people: at most six significant digits.
 * @param {number} value
 */
export function formatNumber(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  return String(Number(value.toPrecision(6)));
}
