// SPDX-License-Identifier: Apache-2.0

/**
 * @typedef {{page: "landing"} | {page: "thing", thingName: string, secret: string} |
 *   {page: "claim", account: string, claimId: string} | {page: "console"}} Route
 */

/**
 * `/q/{ThingName}#secret`, `/claim/{account}` with or without a claim's id, `/console`, or anything else, the landing
 * page.
 * @param {string} path
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(path, hash) {
  if (/^\/console(\/|$)/.test(path)) return { page: "console" };
  const claim = /^\/claim\/([a-z0-9-]+)\/?(clm-[0-9a-f]+)?$/.exec(path);
  if (claim) return { page: "claim", account: claim[1] ?? "", claimId: claim[2] ?? "" };
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
