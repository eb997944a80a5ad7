// SPDX-License-Identifier: Apache-2.0
// The claim wizard of account `oem` in a real browser. BASE_URL: the cloud; TYPED: a label; PICTURE: another one as a
// picture; FILM: a third one before a camera; REFUSED: that of a module which the account will turn away; STUBBORN: of one
// that is told where to go and stays.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch, listenForComplaints, nameless, overflow, patience, photograph } from "./browser.mjs";
import { end, outside, step } from "./steps.mjs";

const { BASE_URL: base, TYPED: typed, PICTURE: picture, FILM: film, REFUSED: refused, STUBBORN: stubborn } = process.env;
const address = `${base}/claim/oem`;
const complaints = [];
const browsers = [];

async function open(size = { width: 360, height: 760 }, ...extra) {
  const browser = await launch(extra);
  browsers.push(browser);
  const context = await browser.newContext({ viewport: size, permissions: extra.length ? ["camera"] : [] });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  listenForComplaints(page, complaints);
  await page.goto(address);
  return page;
}

async function says(page, title) {
  await page.getByRole("heading", { level: 1, name: title }).waitFor().catch(async (error) => {
    throw new Error(`${error.message}; the page says: ${await page.locator("body").innerText()}`);
  });
  assert.ok((await overflow(page)) <= 0, `pixels too wide: ${title}`);
  assert.deepEqual(await nameless(page), []);
}

async function type(page, label) {
  await page.getByLabel("Or type the text of the label").fill(label);
  await page.getByRole("button", { name: "Add this device" }).click();
}

let phone;
let stuck;
before(async () => {
  phone = await open();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  end();
});

step("the first page says what to do and takes no nonsense", async () => {
  await says(phone, "Add your device");
  await photograph("wizard-start", phone);
  await type(phone, "hello");
  await phone.getByRole("alert").getByText("begins with XL1").waitFor();
  assert.ok(await phone.getByRole("alert").evaluate((alert) => alert === document.activeElement), "the alert has the focus");
});

step("a label without the vendor's signature is refused, and a good one is taken however it is typed", async () => {
  await type(phone, typed.split(":").slice(0, 2).join(":"));
  await phone.getByRole("alert").getByText("This label was not accepted").waitFor();
  await photograph("wizard-refused", phone);
  await type(phone, ` ${typed.toLowerCase().slice(0, 20)}\n${typed.toLowerCase().slice(20)} `);
  await says(phone, "Switch your device on");
  await phone.getByRole("heading", { name: "How it gets online" }).waitFor();
  assert.equal(await phone.locator("[aria-current=step]").textContent().then((text) => text.split(":")[0]), "Device online");
  await photograph("wizard-waiting", phone);
});

step("the claim is this browser's alone, and the label is nobody else's any more", async () => {
  const stranger = await open();
  await stranger.goto(phone.url());
  await says(stranger, "This page belongs to another browser");
  await photograph("wizard-stranger", stranger);
  await stranger.getByRole("link", { name: "Add a device", exact: true }).last().click();
  await type(stranger, typed);
  await stranger.getByRole("alert").getByText("This label was not accepted").waitFor();
  await stranger.close();
});

step("the page follows the module home and shows its first data", async () => {
  await outside("the module comes online");
  await says(phone, "Your device is connected");
  await outside("the module sends data");
  await phone.locator('[data-series="temperature"] canvas').waitFor();
  await phone.waitForFunction(() => Number(document.querySelector("[data-series]").getAttribute("data-points")) >= 8);
  await phone.getByText("online", { exact: true }).waitFor();
  await phone.getByText("details").click();
  await photograph("wizard-done", phone);
  await phone.emulateMedia({ colorScheme: "dark" });
  await photograph("wizard-done-dark", phone);
  await phone.emulateMedia({ colorScheme: "light" });
});

step("a reload and the first page find it again", async () => {
  await phone.reload();
  await says(phone, "Your device is connected");
  await phone.goto(address);
  await phone.getByRole("navigation", { name: "Added with this browser" }).getByRole("link").click();
  await says(phone, "Your device is connected");
});

step("after a factory reset the page shows nothing of it any more", async () => {
  await outside("the module is reset");
  await says(phone, "This device has moved on");
});

step("a photo of the label will do", async () => {
  stuck = await open();
  await stuck.locator("input[type=file]").setInputFiles(picture);
  await says(stuck, "Switch your device on");
});

step("a device that does not arrive comes with advice, and may be told again", async () => {
  await outside("the second one is told and vanishes");
  await says(stuck, "Your device has not arrived yet");
  await stuck.getByRole("heading", { name: "What you can do" }).waitFor();
  assert.equal(await stuck.locator(".steps .stuck").count(), 1);
  await photograph("wizard-stalled", stuck);
  await stuck.emulateMedia({ colorScheme: "dark" });
  await photograph("wizard-stalled-dark", stuck);
  await stuck.setViewportSize({ width: 1280, height: 800 });
  await stuck.emulateMedia({ colorScheme: "light" });
  await photograph("wizard-stalled-desktop", stuck);
  await stuck.getByRole("button", { name: "Try again" }).click();
  await says(stuck, "Your device is moving in");
  await photograph("wizard-moving-desktop", stuck);
  await outside("the second one arrives");
  await says(stuck, "Your device is connected");
});

step("a photo without a label is explained", async () => {
  await stuck.goto(address);
  const buffer = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
  await stuck.locator("input[type=file]").setInputFiles({ name: "no.png", mimeType: "image/png", buffer });
  await stuck.getByRole("alert").getByText("no code in this picture").waitFor();
});

step("a device that the account turns away is not the person's fault, and gets in once that is mended", async () => {
  await type(stuck, refused);
  await says(stuck, "Switch your device on");
  await outside("the last one is turned away");
  await says(stuck, "Your device is not let in");
  await stuck.getByText("Tell the maker of the device").waitFor();
  assert.equal(await stuck.getByText("INACTIVE").count(), 0, "what is wrong inside is for operators");
  await outside("the account lets it in");
  await says(stuck, "Your device is connected");
});

step("a device that is told and does not go comes with advice, and is told again", async () => {
  await stuck.goto(address);
  await type(stuck, stubborn);
  await says(stuck, "Switch your device on");
  await outside("the stubborn one is told and stays");
  await says(stuck, "Your device has not moved yet");
  await stuck.getByText("Switch it off and on again").waitFor();
  await photograph("wizard-loop", stuck);
  await stuck.getByRole("button", { name: "Try again" }).click();
  await outside("the stubborn one is told again and goes");
  await says(stuck, "Your device is connected");
});

step("a label before the camera is read by itself", async () => {
  const camera = await open({ width: 360, height: 760 }, "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${film}`);
  await camera.getByRole("button", { name: "Scan the label" }).click();
  await says(camera, "Switch your device on");
  await camera.close();
});

step("nothing broke the content security policy or threw", () => assert.deepEqual(complaints, []));
