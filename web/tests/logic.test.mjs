// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandProblem, parseMessage, parsePresence, remember, retryDelay } from "../src/logic/feed.js";
import { formatNumber, numbersOf, seriesMax } from "../src/logic/numbers.js";
import { strokeOf } from "../src/logic/palette.js";
import { parseRoute } from "../src/logic/route.js";
import { SeriesStore, windowSeconds } from "../src/logic/series.js";

const numbers = (payload) => Object.fromEntries(numbersOf(payload));

test("numbers are found at any depth, in arrays, and as booleans", () => {
  assert.deepEqual(numbers('{"a":{"b":1.5,"c":"2"},"d":[3,{"e":4}],"on":true,"off":false,"n":null}'), {
    "a.b": 1.5,
    "d.0": 3,
    "d.1.e": 4,
    on: 1,
    off: 0,
  });
});

test("a plain number is a series of its own, and other text is none", () => {
  assert.deepEqual(numbers("21.5"), { value: 21.5 });
  assert.deepEqual(numbers(" -3 "), { value: -3 });
  for (const text of ["", "hello", '"5"', "{", "NaN", "1e999", "null"]) assert.deepEqual(numbers(text), {}, text);
});

test("hostile payloads do not get more than their share", () => {
  const wide = JSON.stringify(Object.fromEntries([...Array(5000).keys()].map((i) => [`k${i}`, i])));
  assert.equal(numbersOf(wide).size, seriesMax);
  assert.equal(numbersOf("[".repeat(2000) + "1" + "]".repeat(2000)).size, 0);
  assert.deepEqual(numbers('{"__proto__":{"x":1}}'), { "__proto__.x": 1 });
  assert.equal({}.x, undefined);
});

test("a store keeps two minutes and at most twelve series", () => {
  const store = new SeriesStore();
  for (let second = 0; second < 300; ++second) store.add("1", second);
  assert.ok(store.all[0].times[0] >= 300 - windowSeconds - 6);
  for (let i = 0; i < 20; ++i) store.add(`{"s${i}":1}`, 300);
  assert.equal(store.all.length, seriesMax);
  assert.ok(store.ignored.has("s19"));
});

test("times of a series rise even when messages carry the same one", () => {
  const store = new SeriesStore();
  for (const time of [5, 5, 4, 6]) store.add("1", time);
  const times = store.all[0].times;
  assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]));
});

test("messages are text or base64, and nonsense is dropped", () => {
  const message = parseMessage('{"topic":"t/data","payload":"<b>","timestamp":7}', 1);
  assert.deepEqual([message.topic, message.text, message.binary, message.time], ["t/data", "<b>", false, 7]);
  const binary = parseMessage('{"topic":"t/data","payload_base64":"AP8="}', 1);
  assert.deepEqual([binary.text, binary.binary, binary.time], ["AP8=", true, 1]);
  for (const data of ["", "[]", "null", "{}", '{"topic":5,"payload":""}', '{"topic":"t"}']) assert.equal(parseMessage(data, 1), null);
});

test("presence is yes, no or not understood", () => {
  assert.equal(parsePresence('{"connected":true}'), true);
  assert.equal(parsePresence('{"connected":false}'), false);
  assert.equal(parsePresence("{}"), null);
});

test("waiting before the next attempt grows to ten seconds", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 50].map(retryDelay), [1000, 2000, 4000, 8000, 10000, 10000]);
});

test("every refusal of a command is explained", () => {
  assert.equal(commandProblem(202), "");
  assert.match(commandProblem(409), /not connected/);
  for (const status of [401, 403]) assert.match(commandProblem(status), /quick-connect/);
  for (const status of [0, 500, 503]) assert.match(commandProblem(status), /again/);
});

test("the history does not repeat itself and ends", () => {
  let history = [];
  for (const command of ["a", "b", "b"]) history = remember(history, command);
  assert.deepEqual(history, ["b", "a"]);
  for (let i = 0; i < 100; ++i) history = remember(history, String(i));
  assert.equal(history.length, 50);
});

test("routes of the claim wizard and of the operators", () => {
  assert.deepEqual(parseRoute("/claim/oem", ""), { page: "claim", account: "oem", claimId: "" });
  assert.deepEqual(parseRoute("/claim/oem/clm-01ab", "#x"), { page: "claim", account: "oem", claimId: "clm-01ab" });
  for (const path of ["/console", "/console/"]) assert.deepEqual(parseRoute(path, "#/claims"), { page: "console" }, path);
  for (const path of ["/claim/", "/claim/OEM", "/claim/oem/other", "/consoles"]) assert.equal(parseRoute(path, "").page, "landing", path);
});

test("routes", () => {
  assert.deepEqual(parseRoute("/q/abc-1", "#s3"), { page: "thing", thingName: "abc-1", secret: "s3" });
  assert.deepEqual(parseRoute("/q/a%3Ab/", ""), { page: "thing", thingName: "a:b", secret: "" });
  for (const path of ["/", "/q/", "/q/a/b", "/q/%zz"]) assert.deepEqual(parseRoute(path, ""), { page: "landing" }, path);
});

test("numbers are short for people", () => {
  assert.deepEqual([1, 21.123456789, 0.1 + 0.2, 1e21, -0.000012345678].map(formatNumber), ["1", "21.1235", "0.3", "1e+21", "-0.0000123457"]);
});

test("twelve series look different", () => {
  for (const onDark of [true, false]) {
    const looks = [...Array(12).keys()].map((i) => JSON.stringify(strokeOf(i, onDark)));
    assert.equal(new Set(looks).size, 12);
  }
});
