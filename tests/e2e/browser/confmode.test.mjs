// SPDX-License-Identifier: Apache-2.0
// CONFMODE's page in a real browser of a phone's size. BASE_URL and CODE: what the module printed; SSID, PASSPHRASE: a
// network in reach. SCREENSHOTS: a folder for pictures (optional). CHROMIUM: the browser (optional).
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { BASE_URL: url, CODE: code, SSID: ssid, PASSPHRASE: passphrase, SCREENSHOTS: screenshots } = process.env;
const complaints = [];
let browser;
let page;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  page.setDefaultTimeout(60_000);
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => assert.ok(request.url().startsWith(url), request.url()));
});

after(() => browser?.close());

async function looksRight(name) {
  const { wide, width } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    width: getComputedStyle(document.querySelector("main")).maxWidth,
  }));
  assert.equal(wide, false, "nothing is wider than the phone");
  assert.notEqual(width, "none", "the style sheet applies");
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `confmode-${name}.png`), fullPage: true });
}

test("a person enters the code, picks a network and types its passphrase", async () => {
  await page.goto(url);
  await looksRight("code");
  await page.getByLabel("Code shown by the module").fill("123");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").getByText("Tries left: 4").waitFor();
  await page.getByLabel("Code shown by the module").fill(code);
  await page.keyboard.press("Enter");

  await page.getByRole("group", { name: "Networks in reach" }).waitFor();
  await page.getByRole("radio", { name: ssid }).check();
  await page.getByLabel("Passphrase").fill("short");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("8 to 63").waitFor();
  assert.equal(await page.getByRole("radio", { name: ssid }).isChecked(), true);
  assert.equal(await page.getByLabel("Passphrase").inputValue(), "");
  await looksRight("networks");
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Saved" }).waitFor();
  await page.getByText(ssid).waitFor();
  await looksRight("saved");
  assert.deepEqual(
    complaints.filter((text) => !/status of 40[0134]/.test(text)),
    [],
  );
});
