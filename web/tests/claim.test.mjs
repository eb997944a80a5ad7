// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { entryText, isOver, labelProblem, rememberClaim, remembered, shortName, situationOf, steps, tidyLabel } from "../src/logic/claim.js";
import { ago, claimText, forceWarning, moodOf, parseView, remedyFor, signInProblem } from "../src/logic/operator.js";
import { signatureOf } from "../src/logic/sigv4.js";

// As src/cloud/model/claim.hpp has them.
const states = ["AWAITING_MODULE", "RESERVED", "PREPARED", "NOTIFYING", "STALLED", "CONFIRMED", "COMPLETED", "EXPIRED",
  "FAILED_CONFIGURATION", "ROLLED_BACK", "CANCELLED"];
const stalls = ["unreachable", "loop", "configuration"];
const claim = (state, stall = "", isCurrent = true) => ({ id: "clm-1", thingName: "a", state, stall, since: 0, isCurrent, history: [] });

test("every state and every stall of a claim has words of its own", () => {
  const every = [...states.filter((state) => state !== "STALLED").map((state) => claim(state)), ...stalls.map((stall) => claim("STALLED", stall))];
  const texts = every.map((one) => situationOf(one).text);
  assert.equal(new Set(texts).size, every.length);
  for (const one of every) {
    const { step, mood, advice } = situationOf(one);
    assert.ok(step <= steps.length, one.state);
    assert.equal(advice.length > 0, mood === "problem" || mood === "over", one.state);
    assert.notEqual(entryText(one), one.state);
    assert.notEqual(claimText(one), one.state);
    if (one.stall) assert.ok(situationOf(one).mayRetry, one.stall);
  }
  assert.equal(situationOf(claim("SOMETHING_NEW")).mood, "busy");
});

test("a module that was reset or handed on is shown no longer", () => {
  assert.equal(situationOf(claim("COMPLETED")).mood, "done");
  assert.ok(isOver(claim("COMPLETED", "", false)));
  assert.ok(!isOver(claim("STALLED", "loop")));
});

test("labels are tidied however they are typed", () => {
  assert.equal(tidyLabel(" xl1:0a \n:lot7: ab "), "XL1:0A:LOT7:AB");
});

test("every refusal of a label is explained", () => {
  assert.equal(labelProblem(200), "");
  for (const status of [0, 400, 401, 403, 404, 413, 429, 500]) assert.notEqual(labelProblem(status), "", String(status));
});

test("the browser remembers its claims, the newest of each device, whatever else is stored there", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  for (const id of ["1", "2"]) rememberClaim(storage, "oem", { id, thingName: "a" });
  rememberClaim(storage, "oem", { id: "3", thingName: "b" });
  assert.deepEqual(remembered(storage, "oem").map((one) => one.id), ["3", "2"]);
  assert.deepEqual(remembered(storage, "other"), []);
  for (const junk of ["{", "5", "null", '[{"id":5}]']) {
    kept.set("claims of oem", junk);
    assert.deepEqual(remembered(storage, "oem"), [], junk);
  }
  assert.equal(shortName("5a".repeat(20)), "…5A5A5A5A");
});

test("views of the console", () => {
  assert.deepEqual(parseView("#/things/a:1"), { view: "thing", thingName: "a:1" });
  assert.deepEqual(parseView("#/stuck"), { view: "stuck" });
  for (const hash of ["", "#/", "#/things/", "#/things/a/b", "#/fleets"]) assert.deepEqual(parseView(hash), { view: "fleet" }, hash);
});

test("operators are told what to do and what force costs", () => {
  for (const stall of stalls) {
    assert.notEqual(remedyFor(claim("STALLED", stall)), "");
    assert.equal(moodOf(claim("STALLED", stall)), "bad");
  }
  assert.match(forceWarning({ customer: { name: "oem" } }), /stranded/);
  assert.deepEqual([0, 61_000, 7_200_000, 864_000_000].map((age) => ago(0, age)), ["just now", "1 min ago", "2 h ago", "10 days ago"]);
});

test("a refused signature is said in plain words", () => {
  assert.match(signInProblem("The request signature we calculated does not match"), /does not belong/);
  assert.match(signInProblem("The security token included in the request is invalid."), /no such key/);
  assert.equal(signInProblem("Signature expired: check the clock"), "Signature expired: check the clock");
});

test("requests are signed as AWS's published example is", async () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const request = { method: "GET", host: "example.amazonaws.com", path: "/", service: "service" };
  const headers = await signatureOf(webcrypto.subtle, credentials, request, new Date("2015-08-30T12:36:00Z"));
  assert.equal(headers["X-Amz-Date"], "20150830T123600Z");
  assert.ok(headers.Authorization.endsWith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"), headers.Authorization);
});
