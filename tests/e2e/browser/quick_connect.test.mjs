// SPDX-License-Identifier: Apache-2.0
// The Quick Connect page in a real browser. BASE_URL: the whole address that quick-connect printed, secret included, while
// its demo sends data.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, listenForComplaints, nameless, overflow, patience, photograph } from "./browser.mjs";

const url = process.env.BASE_URL;

let browser;
let context;
let page;
const complaints = [];

async function points() {
  return Number(await page.locator("[data-series]").first().getAttribute("data-points"));
}

before(async () => {
  assert.ok(url?.includes("#"), "BASE_URL must be the whole address that quick-connect printed");
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(patience);
  page = await context.newPage();
  listenForComplaints(page, complaints);
  await page.goto(url);
});

after(() => browser?.close());

test("the page is live and the address has forgotten the secret", async () => {
  await page.getByRole("status", { name: "Connection: live" }).waitFor();
  assert.equal(new URL(page.url()).hash, "");
});

test("numbers appear as graphs that grow", async () => {
  await page.locator("[data-series] canvas").first().waitFor();
  const first = await points();
  await page.waitForFunction(
    (before) => Number(document.querySelector("[data-series]").getAttribute("data-points")) >= before + 3,
    first,
    { timeout: patience },
  );
  const names = await page.locator("[data-series] .name").allTextContents();
  for (const name of ["temperature", "humidity", "light", "led"]) assert.ok(names.includes(name), `${name} in ${names}`);
});

test("a graph is drawn, not empty", async () => {
  const drawn = await page.locator("[data-series] canvas").first().evaluate((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some((value) => value !== 0);
  });
  assert.ok(drawn);
});

test("a command that is typed is sent and appears in the list", async () => {
  const command = `blink ${Date.now() % 10000}`;
  await page.getByLabel("Command for the module").fill(command);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(`Sent: ${command}`).waitFor();
  await page.locator(".messages li.to-module", { hasText: command }).waitFor();
  await page.getByLabel("Command for the module").press("ArrowUp");
  assert.equal(await page.getByLabel("Command for the module").inputValue(), command);
  await page.getByLabel("Command for the module").fill("");
});

test("the demo obeys an example command, and the graph tells", async () => {
  for (const [name, value] of [["led on", "1"], ["led off", "0"]]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForFunction(
      (expected) => document.querySelector('[data-series="led"] output').textContent === expected,
      value,
      { timeout: patience },
    );
  }
});

test("markup in a command stays text", async () => {
  await page.getByLabel("Command for the module").fill("<img src=x onerror=document.title='owned'>");
  await page.keyboard.press("Enter");
  await page.locator(".messages li.to-module", { hasText: "onerror" }).first().waitFor();
  assert.equal(await page.locator(".messages img").count(), 0);
});

test("every control has a name", async () => {
  assert.deepEqual(await nameless(page), []);
});

test("the page comes back after a reload, on the cookie alone", async () => {
  await photograph("desktop", page);
  await page.reload();
  await page.getByRole("status", { name: "Connection: live" }).waitFor();
  await page.locator("[data-series] canvas").first().waitFor();
});

test("a phone shows it all without scrolling sideways, in dark colours too", async () => {
  const phone = await context.newPage();
  await phone.setViewportSize({ width: 390, height: 844 });
  await phone.goto(page.url());
  await phone.locator("[data-series] canvas").first().waitFor();
  await phone.waitForFunction(() => Number(document.querySelector("[data-series]").getAttribute("data-points")) >= 3);
  assert.ok((await overflow(phone)) <= 0, "pixels too wide");
  await photograph("phone", phone);
  const stroke = () => phone.locator(".swatch line").first().getAttribute("stroke");
  const light = await stroke();
  await phone.emulateMedia({ colorScheme: "dark" });
  await phone.waitForFunction((before) => document.querySelector(".swatch line").getAttribute("stroke") !== before, light);
  await photograph("phone-dark", phone);
  await phone.close();
});

test("a wrong secret is explained", async () => {
  const stranger = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const other = await stranger.newPage();
  await other.goto(`${url.split("#")[0]}#${"0".repeat(32)}`);
  await other.getByRole("alert").getByText("quick-connect").waitFor({ timeout: patience });
  await photograph("refused", other);
  await stranger.close();
});

test("nothing broke the content security policy or threw", () => assert.deepEqual(complaints, []));
