// SPDX-License-Identifier: Apache-2.0

/**
 * @typedef {object} Answer
 * @property {number} status  0 when there is no answer
 * @property {any} body       parsed JSON; null when it is none
 */

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Answer>}
 */
export async function call(method, url, body, headers = {}) {
  try {
    const response = await fetch(url, {
      method,
      headers: { "Content-Type": "application/json", "X-Requested-With": "fetch", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  } catch {
    return { status: 0, body: null };
  }
}
