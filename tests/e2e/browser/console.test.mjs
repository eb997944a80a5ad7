// SPDX-License-Identifier: Apache-2.0
// The operators' pages in a real browser. BASE_URL: the cloud; KEYS: access keys by profile; ARRIVED, LOST, WAITING:
// modules that account `oem` has, whose claim is stalled, and that it waits for.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch, listenForComplaints, nameless, overflow, patience, photograph } from "./browser.mjs";
import { end, outside, step } from "./steps.mjs";

const { BASE_URL: base, ARRIVED: arrived, LOST: lost, WAITING: waiting } = process.env;
const keys = JSON.parse(process.env.KEYS);
const complaints = [];
let browser;
let page;

before(async () => {
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(patience);
  page = await context.newPage();
  listenForComplaints(page, complaints);
  await page.goto(`${base}/console`);
});
after(async () => {
  await browser?.close();
  end();
});

async function signIn([id, secret]) {
  await page.getByLabel("Access key ID").fill(id);
  await page.getByLabel("Secret access key").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function onAPhone(name, check) {
  const desktop = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 760 });
  assert.ok((await overflow(page)) <= 0, `${name}: pixels too wide`);
  await photograph(`${name}-phone`, page);
  await check?.();
  await page.setViewportSize(desktop);
}

const row = (name) => page.getByRole("row").filter({ hasText: name });

step("a wrong secret is refused and never sent", async () => {
  const sent = [];
  page.on("request", (request) => sent.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData()}`));
  await signIn([keys.oem[0], "not the secret"]);
  await page.getByRole("alert").getByText("does not belong to this key").waitFor();
  await onAPhone("console-sign-in");
  await signIn(keys.oem);
  await page.getByRole("heading", { name: "Fleet" }).waitFor();
  assert.ok(sent.length > 0 && sent.every((text) => !text.includes(keys.oem[1])), "the secret stays in the browser");
});

step("the fleet has custody, connection and last claim of each module", async () => {
  await row(arrived).getByText("Completed").waitFor();
  assert.match(await row(arrived).textContent(), /Owned/);
  assert.match(await row(arrived).textContent(), /(?<!not )connected/);
  assert.match(await row(lost).textContent(), /Stalled: unreachable/);
  assert.deepEqual(await nameless(page), []);
  await photograph("console-fleet", page);
  await onAPhone("console-fleet");
});

step("a module's page tells its whole story in order", async () => {
  await page.getByRole("link", { name: arrived }).click();
  await page.getByRole("heading", { name: arrived }).waitFor();
  await page.getByRole("list", { name: "History" }).getByText("Completed").waitFor();
  const story = (await page.getByRole("list", { name: "History" }).locator("strong").allTextContents()).join(", ");
  for (const part of ["Reserved", "Waits for the module", "Module was told", "Owned", "Completed"]) assert.ok(story.includes(part), story);
  assert.ok(story.indexOf("Waits for the module") < story.indexOf("Module was told"), story);
  await photograph("console-thing", page);
  await onAPhone("console-thing");
});

step("a stuck claim has its reason and is cancelled by force only after a warning", async () => {
  await page.getByRole("link", { name: "Stuck" }).click();
  const claim = page.getByRole("listitem").filter({ hasText: lost });
  await claim.getByText("a factory reset brings it back", { exact: false }).waitFor();
  await photograph("console-stuck", page);
  await onAPhone("console-stuck");
  await claim.getByRole("button", { name: "Retry" }).click();
  await claim.waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Claims" }).click();
  await claim.getByRole("button", { name: "Cancel by force" }).click();
  await page.getByRole("dialog").getByText("stranded").waitFor();
  await onAPhone("console-force");
  await photograph("console-force", page);
  await page.getByRole("button", { name: "Keep the claim" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await claim.getByRole("button", { name: "Cancel by force" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel by force" }).click();
  await claim.getByText("Cancelled").waitFor();
});

step("a module that calls all the same is a finding, open until somebody closes it", async () => {
  await outside("the lost one calls the account that has given it up");
  await page.getByRole("link", { name: "Findings" }).click();
  const finding = page.getByRole("listitem").filter({ hasText: lost });
  await finding.getByText("Calls an account that has given it up").waitFor();
  await finding.getByText("A factory reset of the device brings it home", { exact: false }).waitFor();
  assert.deepEqual(await nameless(page), []);
  await photograph("console-findings", page);
  await onAPhone("console-findings");
  await finding.getByRole("button", { name: "Close" }).click();
  await finding.waitFor({ state: "detached" });
  await page.getByText("None is open.").waitFor();
  await page.getByLabel("closed ones too").check();
  await finding.getByText("closed", { exact: true }).waitFor();
});

step("a claim whose module was told nothing is cancelled without force", async () => {
  await page.getByRole("link", { name: "Fleet" }).click();
  await page.getByRole("link", { name: waiting }).click();
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the claim" }).click();
  await page.getByText("not registered in this account").waitFor();
  await page.getByRole("list", { name: "History" }).getByText("Cancelled", { exact: true }).waitFor();
});

step("a vendor sees the claims of all customers, grants and keys, and may change nothing", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(keys.staging);
  await row(arrived).getByText("oem", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Grants" }).click();
  await row("oem").getByText("the label").waitFor();
  await page.getByText("in force").waitFor();
  await photograph("console-grants", page);
  await onAPhone("console-grants");
  await page.getByRole("link", { name: "Claims" }).click();
  await page.getByRole("listitem").filter({ hasText: arrived }).getByText("for oem").waitFor();
  assert.equal(await page.getByRole("button", { name: /Cancel|Retry/ }).count(), 0);
  await page.emulateMedia({ colorScheme: "dark" });
  await photograph("console-claims-dark", page);
});

step("who has signed out is out", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto(`${base}/console#/claims`);
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

step("nothing broke the content security policy or threw", () => assert.deepEqual(complaints, []));
