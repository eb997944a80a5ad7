// SPDX-License-Identifier: Apache-2.0
// What every suite does with the browser. SCREENSHOTS: a folder for pictures (optional). CHROMIUM: the browser (optional).
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const patience = 60_000;
const screenshots = process.env.SCREENSHOTS;
const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch(extraArguments = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...browserArguments, ...extraArguments],
    timeout: 180_000,
  });
}

export async function photograph(name, page) {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** Collects what no page of ours may do: throw, or break the content security policy. */
export function listenForComplaints(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
}

/** How many pixels a page is too wide. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Controls that a screen reader could not name. */
export function nameless(page) {
  return page.evaluate(
    () =>
      [...document.querySelectorAll("button, input, textarea, a, [role=img]")]
        .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length))
        .map((e) => e.outerHTML),
  );
}
