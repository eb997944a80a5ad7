// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { labelProblem, refusedAdvice, rememberClaim, remembered, shortName, tidyLabel } from "../logic/claim.js";
import { call } from "../logic/http.js";
import { readPhoto } from "./detector";
import { Scanner, hasCamera } from "./scanner";

export function AddDevice({ account }: { account: string }) {
  const [label, setLabel] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [scanning, setScanning] = useState(false);
  const alert = useRef<HTMLDivElement>(null);
  const known = remembered(localStorage, account);

  useEffect(() => {
    document.title = "Add your device";
  }, []);
  useEffect(() => {
    if (problem) alert.current?.focus();
  }, [problem]);

  async function claim(text: string) {
    const tidy = tidyLabel(text);
    setScanning(false);
    setLabel(tidy);
    setProblem("");
    setBusy(true);
    const answer = await call("POST", `/claim/${account}/claims`, { label: tidy });
    setBusy(false);
    const trouble = labelProblem(answer.status);
    if (trouble) return setProblem(trouble);
    rememberClaim(localStorage, account, answer.body);
    location.assign(`/claim/${account}/${answer.body.id}`);
  }

  async function claimPhoto(file: File | undefined) {
    if (!file) return;
    setProblem("");
    setBusy(true);
    const text = await readPhoto(file);
    setBusy(false);
    if (text) return claim(text);
    setProblem("There is no code in this picture that can be read. Hold the phone closer, straight above the label.");
  }

  if (scanning) return <Scanner onFound={claim} onCancel={() => setScanning(false)} />;
  return (
    <>
      <h1>Add your device</h1>
      <p>Look for the label on the device or in its box: a square code, with a text that begins with XL1.</p>
      {problem && (
        <div class="notice problem-notice" role="alert" tabIndex={-1} ref={alert}>
          {problem === "refused" ? <Refused /> : <p>{problem}</p>}
        </div>
      )}
      <div class="ways">
        {hasCamera && (
          <button type="button" class="primary" disabled={busy} onClick={() => setScanning(true)}>
            Scan the label
          </button>
        )}
        <label class={`button ${hasCamera ? "" : "primary"} ${busy ? "disabled" : ""}`}>
          {hasCamera ? "Use a photo of it" : "Take a photo of the label"}
          <input
            type="file"
            accept="image/*"
            capture={hasCamera ? undefined : "environment"}
            disabled={busy}
            onChange={(event) => {
              void claimPhoto(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </label>
      </div>
      <form
        class="typed"
        onSubmit={(event) => {
          event.preventDefault();
          void claim(label);
        }}
      >
        <label for="label">Or type the text of the label</label>
        <textarea
          id="label"
          rows={4}
          placeholder="XL1:…"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          maxLength={400}
          value={label}
          onInput={(event) => setLabel(event.currentTarget.value)}
        />
        <button type="submit" disabled={busy || label.trim() === ""}>{busy ? "Checking…" : "Add this device"}</button>
      </form>
      <p class="visually-hidden" role="status">{busy ? "Checking the label" : ""}</p>
      {known.length > 0 && (
        <nav aria-labelledby="known">
          <h2 id="known">Added with this browser</h2>
          <ul class="known">
            {known.map((one) => (
              <li key={one.id}>
                <a href={`/claim/${account}/${one.id}`}>Device {shortName(one.thingName)}</a>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </>
  );
}

function Refused() {
  return (
    <>
      <p><strong>This label was not accepted.</strong></p>
      <ol>{refusedAdvice.map((advice) => <li key={advice}>{advice}</li>)}</ol>
    </>
  );
}
