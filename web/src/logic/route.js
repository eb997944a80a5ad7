// SPDX-License-Identifier: Apache-2.0

/**
 * `/q/{ThingName}#secret` or anything else, the landing page.
 * @param {string} path
 * @param {string} hash
 * @returns {{page: "landing"} | {page: "thing", thingName: string, secret: string}}
 */
export function parseRoute(path, hash) {
  const match = /^\/q\/([^/]+)\/?$/.exec(path);
  const thingName = match ? decode(match[1] ?? "") : null;
  if (!thingName) return { page: "landing" };
  return { page: "thing", thingName, secret: hash.replace(/^#/, "") };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
