// SPDX-License-Identifier: Apache-2.0
// What the operators' pages say.

/**
 * @typedef {{id: string, name: string}} Account
 * @typedef {object} Claim
 * @property {string} id
 * @property {string} thingName
 * @property {Account} customer
 * @property {Account} vendor
 * @property {string} state
 * @property {string} stall
 * @property {string} reason
 * @property {number} attempts
 * @property {number} created
 * @property {number} since
 * @property {boolean} canRetry
 * @property {"no" | "safe" | "force"} cancel
 *
 * @typedef {object} Thing
 * @property {string} thingName
 * @property {boolean} connected
 * @property {string} [custody]
 * @property {Account} [owner]
 * @property {Claim} [claim]
 *
 * @typedef {object} Moment
 * @property {"custody" | "claim"} kind
 * @property {number} at
 * @property {string} state
 * @property {string} [stall]
 * @property {string} reason
 * @property {Account} [owner]
 * @property {string} [claimId]
 *
 * @typedef {object} Finding
 * @property {string} id
 * @property {string} kind
 * @property {string} subject
 * @property {string} thingName
 * @property {string} evidence
 * @property {number} count
 * @property {number} firstSeen
 * @property {number} lastSeen
 * @property {boolean} isOpen
 *
 * @typedef {{accountId: string, accountName: string, kind: "staging" | "customer", hasWizard: boolean, mayChange: boolean, mayClose: boolean}} Who
 */

/** @type {Record<string, string>} */
const custodies = {
  FREE: "Free",
  RESERVED: "Reserved",
  OWNED: "Owned",
  OWNED_RESET: "Owned, was reset",
  REVOKED: "Revoked",
};

/** @param {string | undefined} custody */
export function custodyText(custody) {
  return custody ? (custodies[custody] ?? custody) : "No module";
}

/** @type {Record<string, string>} */
const states = {
  AWAITING_MODULE: "Waits for a module never seen",
  RESERVED: "Reserved, being prepared",
  PREPARED: "Waits for the module",
  NOTIFYING: "Module was told",
  STALLED: "Stalled",
  CONFIRMED: "Arrived",
  COMPLETED: "Completed",
  EXPIRED: "Expired",
  FAILED_CONFIGURATION: "Account cannot take it",
  ROLLED_BACK: "Given up, module did not come",
  CANCELLED: "Cancelled",
};

/** @param {{state: string, stall?: string}} claim */
export function claimText(claim) {
  const text = states[claim.state] ?? claim.state;
  return claim.stall ? `${text}: ${claim.stall}` : text;
}

/** @param {{state: string}} claim
 * @returns {"good" | "busy" | "bad" | "plain"} */
export function moodOf(claim) {
  if (claim.state === "COMPLETED" || claim.state === "CONFIRMED") return "good";
  if (claim.state === "STALLED" || claim.state === "FAILED_CONFIGURATION") return "bad";
  if (["AWAITING_MODULE", "RESERVED", "PREPARED", "NOTIFYING"].includes(claim.state)) return "busy";
  return "plain";
}

/** What an operator can do about a claim that does not get on. @param {Claim} claim */
export function remedyFor(claim) {
  if (claim.stall === "unreachable")
    return "It left staging and has not arrived: the device is off, has no network, or cannot reach this account’s endpoint. A factory reset brings it back to staging, where it is told again.";
  if (claim.stall === "loop")
    return "It stays in staging, or comes back each time: it is reset, loses power, cannot keep its settings, or its Endpoint is not the factory’s. Retry once that is mended.";
  if (claim.stall === "configuration")
    return "This account refuses the module. Mend what the reason names; the module keeps trying and arrives by itself.";
  if (claim.state === "PREPARED") return "The module has not connected since: it is off, or has no network.";
  if (claim.state === "NOTIFYING") return "The module was told its endpoint and is on its way.";
  return "";
}

/** What was seen, and what to do about it.
 * @type {Record<string, [title: string, advice: string]>} */
const findings = {
  duplicate_uid: ["Another certificate for this ThingName", "It waits, inactive. Two modules with one UID: ask the factory; one of them may be a copy."],
  duplicate_key: ["Another certificate for this module’s key", "A key belongs to one module. Somebody has a certificate for a key that is taken: ask the factory."],
  two_places: ["One certificate in use at two addresses", "The key may have been copied. If that is so, set the certificate to REVOKED."],
  stranded: ["Calls an account that has given it up", "Its claim was cancelled by force after it was told. A factory reset of the device brings it home, or the account claims it anew."],
  claim_enumeration: ["Many claims refused", "Somebody may be guessing labels, or a batch of labels belongs to another customer."],
  login_mismatch: ["The login string contradicts the certificate", "Firmware of another vendor, or a certificate that was moved: ask who made this module."],
  flapping: ["Changes its owner again and again", "Two accounts may quarrel over it, or a device is tested with several."],
  clock_jump: ["The cloud’s clock was set", "Deadlines count run time and are as they were; certificates were judged by the wrong date meanwhile."],
  transfer_expired: ["A certificate transfer that nobody took", "The certificate is back as it was. Start the transfer again if it is still wanted."],
  restored: ["Not known since a restore", "The cloud was restored from a backup that is older than what has happened to this module. The evidence says what helps."],
};

/** @param {string} kind */
export function findingText(kind) {
  return findings[kind]?.[0] ?? kind;
}

/** @param {string} kind */
export function findingAdvice(kind) {
  return findings[kind]?.[1] ?? "";
}

/** What cancelling by force does. @param {Claim} claim */
export function forceWarning(claim) {
  return (
    `The module has been told its endpoint and may call ${claim.customer.name} at any time. If you cancel now, a module ` +
    "that has moved is stranded: this account refuses it from then on, and only a factory reset brings it home."
  );
}

/** Why nobody was signed in, from what the API says of a signature. @param {string} message */
export function signInProblem(message) {
  if (/signature we calculated/.test(message)) return "This secret does not belong to this key ID.";
  if (/token .* invalid/i.test(message)) return "There is no such key, or it is disabled.";
  return message || "The cloud could not do this.";
}

/** "3 min ago". @param {number} at @param {number} now milliseconds since 1970 */
export function ago(at, now) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
}

/**
 * `#/things/NAME`, `#/stuck`, `#/claims`, `#/findings`, `#/grants`; anything else is the fleet.
 * @param {string} hash
 * @returns {{view: "fleet" | "stuck" | "claims" | "findings" | "grants"} | {view: "thing", thingName: string}}
 */
export function parseView(hash) {
  const thing = /^#\/things\/([A-Za-z0-9:_-]+)$/.exec(hash);
  if (thing) return { view: "thing", thingName: thing[1] ?? "" };
  for (const view of /** @type {const} */ (["stuck", "claims", "findings", "grants"])) if (hash === `#/${view}`) return { view };
  return { view: "fleet" };
}
