// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4 of a request without query and body, so that a secret key never leaves the browser.
// source: AWS IAM user guide, "Create a signed AWS API request"

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // SHA-256 of nothing

/**
 * @typedef {object} Credentials
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 *
 * The headers that sign the request.
 * @param {SubtleCrypto} subtle
 * @param {Credentials} credentials
 * @param {{method: string, host: string, path: string, region?: string, service?: string}} request
 * @param {Date} now
 * @returns {Promise<Record<string, string>>}
 */
export async function signatureOf(subtle, credentials, request, now) {
  const { method, host, path, region = "us-east-1", service = "iot" } = request;
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const canonical = [method, path, "", `host:${host}`, `x-amz-date:${time}`, "", "host;x-amz-date", empty].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), hex(await subtle.digest("SHA-256", bytes(canonical)))].join("\n");
  let key = /** @type {BufferSource} */ (bytes(`AWS4${credentials.secretAccessKey}`));
  for (const part of [...scope, toSign]) key = await hmac(subtle, key, part);
  return {
    "X-Amz-Date": time,
    Authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join("/")}, ` +
      `SignedHeaders=host;x-amz-date, Signature=${hex(/** @type {ArrayBuffer} */ (key))}`,
  };
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text);
}

/** @param {ArrayBuffer} buffer */
function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {SubtleCrypto} subtle
 * @param {BufferSource} secret
 * @param {string} text
 */
async function hmac(subtle, secret, text) {
  const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return subtle.sign("HMAC", key, bytes(text));
}
