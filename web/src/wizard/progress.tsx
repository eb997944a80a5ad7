// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import { entryText, situationOf, shortName, steps, type Claim } from "../logic/claim.js";
import { ClaimFeed } from "../logic/claim_feed.js";
import { call } from "../logic/http.js";
import { SeriesStore } from "../logic/series.js";
import { FirstData } from "./first_data";

export function Progress({ account, claimId }: { account: string; claimId: string }) {
  const base = `/claim/${account}/claims/${claimId}`;
  const [claim, setClaim] = useState<Claim | null>(null);
  const [online, setOnline] = useState<boolean | null>(null);
  const [reachable, setReachable] = useState(true);
  const [stranger, setStranger] = useState(false);
  const [lastText, setLastText] = useState("");
  const store = useMemo(() => new SeriesStore(), [claimId]);

  useEffect(() => {
    const feed = new ClaimFeed(base, {
      onClaim: setClaim,
      onPresence: setOnline,
      onLink: setReachable,
      onStranger: () => setStranger(true),
      onMessage(message) {
        if (message.binary) return;
        store.add(message.text, Date.now() / 1000);
        setLastText(message.text);
      },
    });
    void feed.start();
    return () => feed.close();
  }, [base]);

  const situation = claim && situationOf(claim);
  useEffect(() => {
    document.title = situation?.title ?? "Your device";
  }, [situation?.title]);

  if (stranger) return <Stranger account={account} />;
  if (!claim || !situation) return <p role="status">{reachable ? "One moment…" : "No connection; trying again…"}</p>;
  return (
    <>
      <div role="status" class="headline">
        <h1>{situation.title}</h1>
        <p>{situation.text}</p>
      </div>
      {!reachable && <p class="notice">No connection to our service; trying again by itself.</p>}
      {situation.mood !== "over" && <Steps at={situation.step} mood={situation.mood} />}
      {situation.advice.length > 0 && (
        <section class={`notice ${situation.mood === "problem" ? "problem-notice" : ""}`} aria-labelledby="advice">
          <h2 id="advice">What you can do</h2>
          <ol>{situation.advice.map((advice) => <li key={advice}>{advice}</li>)}</ol>
          {situation.mayRetry && <Retry base={base} />}
        </section>
      )}
      {situation.mood === "over" && <a class="button primary" href={`/claim/${account}`}>Scan the label again</a>}
      {situation.showsNetwork && <Network />}
      {situation.mood === "done" && <FirstData store={store} online={online} lastText={lastText} />}
      <Details claim={claim} />
      {situation.mood === "done" && <a class="button" href={`/claim/${account}`}>Add another device</a>}
    </>
  );
}

function Steps({ at, mood }: { at: number; mood: string }) {
  const kind = (index: number) => (index < at ? "done" : index > at ? "todo" : mood === "problem" ? "stuck" : "now");
  const said = { done: "done", todo: "to come", stuck: "needs help", now: "under way" };
  return (
    <ol class="steps" aria-label="Progress">
      {steps.map((step, index) => (
        <li key={step} class={kind(index)} aria-current={index === at ? "step" : undefined}>
          <span class="bullet" aria-hidden="true" />
          {step}
          <span class="visually-hidden">: {said[kind(index)]}</span>
        </li>
      ))}
    </ol>
  );
}

function Retry({ base }: { base: string }) {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  async function retry() {
    setBusy(true);
    const { status } = await call("POST", `${base}/retry`, {});
    setBusy(false);
    if (status === 200) return setSaid("");
    setSaid(status === 429 ? "Too many attempts. Wait a minute." : "That did not work. Try again in a moment.");
  }
  return (
    <>
      <button type="button" class="primary" disabled={busy} onClick={() => void retry()}>Try again</button>
      <p class="problem" role="status">{said}</p>
    </>
  );
}

/** Its module has no settings of a radio of its own today: the device's own way to the network is the one there is. */
function Network() {
  return (
    <section class="notice" aria-labelledby="network">
      <h2 id="network">How it gets online</h2>
      <ol>
        <li>Switch it on, where your Wi-Fi is good. If it has been online there before, that is all.</li>
        <li>
          A new device has to learn the name and the password of your Wi-Fi. It does not learn them from this page: enter
          them on the device or in its app, as its manual says.
        </li>
        <li>A device with a cable or a SIM card needs that plugged in, and nothing else.</li>
      </ol>
      <p class="quiet">You may close this page and come back to it later with this browser.</p>
    </section>
  );
}

function Details({ claim }: { claim: Claim }) {
  const time = (at: number) => new Date(at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return (
    <details class="details">
      <summary>Device {shortName(claim.thingName)}: details</summary>
      <dl>
        <dt>Serial number</dt>
        <dd><code>{claim.thingName}</code></dd>
        <dt>Reference</dt>
        <dd><code>{claim.id}</code></dd>
      </dl>
      <ol class="history">
        {claim.history.map((entry, index) => (
          <li key={index}><time>{time(entry.at)}</time> {entryText(entry)}</li>
        ))}
      </ol>
    </details>
  );
}

function Stranger({ account }: { account: string }) {
  return (
    <div role="alert" class="headline stranger">
      <h1>This page belongs to another browser</h1>
      <p>A device is shown only in the browser with which it was added, and for 90 days.</p>
      <a class="button primary" href={`/claim/${account}`}>Add a device</a>
    </div>
  );
}
