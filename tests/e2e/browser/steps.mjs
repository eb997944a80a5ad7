// SPDX-License-Identifier: Apache-2.0
// The other end of browser_steps.py: what has to happen outside the browser is asked for by name, and waited for.
import { test } from "node:test";
import { createInterface } from "node:readline";

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export async function outside(step) {
  process.stdout.write(`\n@@ ${step}\n`);
  const { value, done } = await answers.next();
  if (done || value !== "done") throw new Error(`outside the browser, "${step}" failed`);
}

export const end = () => process.stdin.destroy();

let failed = "";

/** A test that builds on those before it: after one has failed, the others fail at once. */
export function step(name, body) {
  test(name, async () => {
    if (failed) throw new Error(`"${failed}" failed`);
    failed = name;
    await body();
    failed = "";
  });
}
