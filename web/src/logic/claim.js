// SPDX-License-Identifier: Apache-2.0
// What the claim wizard says: every state of a claim in plain words, and what to do about it.

/**
 * @typedef {object} Claim
 * @property {string} id
 * @property {string} thingName
 * @property {string} state
 * @property {string} stall
 * @property {number} since       milliseconds since 1970
 * @property {boolean} isCurrent  false: the module was reset or handed on since, or the claim is over
 * @property {{state: string, stall: string, at: number}[]} history
 *
 * @typedef {object} Situation
 * @property {string} title
 * @property {string} text
 * @property {string[]} advice     what to do, in this order
 * @property {number} step         of `steps`: the one that is under way
 * @property {"busy" | "wait" | "problem" | "over" | "done"} mood
 * @property {boolean} [mayRetry]
 * @property {boolean} [showsNetwork]  how a device gets online is worth telling
 */

export const steps = ["Label accepted", "Device online", "Device moves in", "Connected"];

/** @type {Record<string, Situation>} */
const situations = {
  AWAITING_MODULE: {
    title: "Switch your device on",
    text: "The label is accepted. Your device has never been online; as soon as it is, it is yours.",
    advice: [],
    step: 1,
    mood: "wait",
    showsNetwork: true,
  },
  RESERVED: {
    title: "Getting everything ready",
    text: "The label is accepted and your device is reserved for you. This takes a moment.",
    advice: [],
    step: 0,
    mood: "busy",
  },
  PREPARED: {
    title: "Switch your device on",
    text: "Everything is ready. We are waiting for your device to come online; this page notices by itself.",
    advice: [],
    step: 1,
    mood: "wait",
    showsNetwork: true,
  },
  NOTIFYING: {
    title: "Your device is moving in",
    text: "Your device knows where to connect now. Leave it switched on; this can take a few minutes.",
    advice: [],
    step: 2,
    mood: "busy",
  },
  CONFIRMED: {
    title: "Your device has arrived",
    text: "Only a moment now.",
    advice: [],
    step: 3,
    mood: "busy",
  },
  COMPLETED: {
    title: "Your device is connected",
    text: "All done. What your device measures appears below.",
    advice: [],
    step: 4,
    mood: "done",
  },
  EXPIRED: {
    title: "This took too long",
    text: "Your device could not be reserved in time. Nothing is lost.",
    advice: ["Scan the label again."],
    step: 0,
    mood: "over",
  },
  ROLLED_BACK: {
    title: "Your device did not come online",
    text: "We have waited for a long time and have given the reservation up. Nothing is lost.",
    advice: ["Switch the device on, and check that it has a network.", "Scan the label again."],
    step: 1,
    mood: "over",
  },
  CANCELLED: {
    title: "This was cancelled",
    text: "The device is not connected to your account.",
    advice: ["Scan the label again if you want to connect it after all."],
    step: 1,
    mood: "over",
  },
  FAILED_CONFIGURATION: {
    title: "Something on our side is not ready",
    text: "Your label is good, but our service cannot take this device yet. You have done nothing wrong.",
    advice: ["Tell the maker of the device the reference below.", "Scan the label again once they have mended it."],
    step: 0,
    mood: "over",
  },
};

/** @type {Record<string, Situation>} */
const stalls = {
  unreachable: {
    title: "Your device has not arrived yet",
    text: "It knows where to connect and has left, but has not arrived. It keeps trying by itself.",
    advice: [
      "Check that the internet connection works, for example with this phone on the same Wi-Fi.",
      "Keep the device switched on, close to the router.",
      "Switch it off and on again, and wait two minutes.",
      "If it still does not arrive, reset it to its factory settings, give it your Wi-Fi once more, and press “Try again”.",
    ],
    step: 2,
    mood: "problem",
    mayRetry: true,
  },
  loop: {
    title: "Your device has not moved yet",
    text: "We have told it where to connect, and it stays where it was or came back as if it were new.",
    advice: [
      "Switch it off and on again: it is told once more as soon as it is online.",
      "Check its power: a weak battery or supply makes a device restart.",
      "Leave it alone for two minutes: pressing reset makes it forget.",
      "Then press “Try again”.",
    ],
    step: 2,
    mood: "problem",
    mayRetry: true,
  },
  configuration: {
    title: "Your device is not let in",
    text: "It has arrived, but our service turned it away. That is a fault on our side, not yours.",
    advice: [
      "Leave the device switched on: it connects by itself once this is mended.",
      "Tell the maker of the device the reference below.",
    ],
    step: 3,
    mood: "problem",
    mayRetry: true,
  },
};

/** @type {Situation} */
const movedOn = {
  title: "This device has moved on",
  text: "It was reset or added by somebody else since, so this page shows it no longer.",
  advice: ["If it is still yours: switch it on, and scan its label again."],
  step: 4,
  mood: "over",
};

/** @type {Situation} */
const unknown = { title: "Please wait", text: "Your device is on its way.", advice: [], step: 1, mood: "busy" };

/** @param {Claim} claim
 * @returns {Situation} */
export function situationOf(claim) {
  if (claim.state === "COMPLETED" && !claim.isCurrent) return movedOn;
  if (claim.state === "STALLED") return stalls[claim.stall] ?? { ...unknown, mayRetry: true, mood: "problem" };
  return situations[claim.state] ?? unknown;
}

/** Nothing more will happen to it by itself. @param {Claim} claim */
export function isOver(claim) {
  return situationOf(claim).mood === "over";
}

/** @type {Record<string, string>} */
const past = {
  AWAITING_MODULE: "Label accepted",
  RESERVED: "Label accepted",
  PREPARED: "Everything ready for the device",
  NOTIFYING: "Device told where to connect",
  CONFIRMED: "Device arrived",
  COMPLETED: "Connected",
  EXPIRED: "Took too long",
  ROLLED_BACK: "Given up: the device did not come online",
  CANCELLED: "Cancelled",
  FAILED_CONFIGURATION: "Our service was not ready",
};

/** A line of the claim's history. @param {{state: string, stall: string}} entry */
export function entryText(entry) {
  return (entry.state === "STALLED" ? stalls[entry.stall]?.title : past[entry.state]) ?? entry.state;
}

/**
 * Why a label was not taken; "" when it was.
 * @param {number} status HTTP status; 0 when there is no answer
 */
export function labelProblem(status) {
  if (status === 200) return "";
  if (status === 400 || status === 413) return "This is not the label of a device. It begins with XL1.";
  if (status === 401) return "This page needs a cookie to know you again. Allow cookies and load the page anew.";
  if (status === 403) return "refused";
  if (status === 404) return "Devices cannot be added here now. Ask the maker of the device.";
  if (status === 429) return "Too many attempts. Wait a minute, then try again.";
  if (status === 0) return "There is no connection to our service. Check your internet connection and try again.";
  return "That did not work just now. Try again in a moment.";
}

/** What somebody can do whose label was refused, without our telling him why. */
export const refusedAdvice = [
  "Scan the whole label once more, in good light.",
  "Switch the device on and wait a minute; if it has been used before, reset it to its factory settings first. Then try again.",
  "If it still is not accepted, ask where you have bought the device.",
];

/** Labels are printed in capitals and may be typed in any way. @param {string} text */
export function tidyLabel(text) {
  return text.replace(/\s+/g, "").toUpperCase();
}

/** Short enough to read, long enough to tell devices apart. @param {string} thingName */
export function shortName(thingName) {
  return thingName.length > 12 ? `…${thingName.slice(-8).toUpperCase()}` : thingName;
}

const rememberedMax = 20;

/**
 * The claims that were made in this browser, youngest first; kept under the account's name.
 * @param {Storage} storage
 * @param {string} account
 * @returns {{id: string, thingName: string}[]}
 */
export function remembered(storage, account) {
  try {
    const list = JSON.parse(storage.getItem(`claims of ${account}`) ?? "[]");
    return list.filter((/** @type {any} */ one) => typeof one?.id === "string" && typeof one?.thingName === "string");
  } catch {
    return [];
  }
}

/**
 * @param {Storage} storage
 * @param {string} account
 * @param {{id: string, thingName: string}} claim
 */
export function rememberClaim(storage, account, claim) {
  const others = remembered(storage, account).filter((one) => one.thingName !== claim.thingName);
  const list = [{ id: claim.id, thingName: claim.thingName }, ...others].slice(0, rememberedMax);
  try {
    storage.setItem(`claims of ${account}`, JSON.stringify(list));
  } catch {
    // A browser that keeps nothing loses the list, not the claim.
  }
}
