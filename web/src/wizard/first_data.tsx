// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import type { SeriesStore } from "../logic/series.js";
import { Graph } from "../view/graph";

const redrawEvery = 250;
const shownMax = 400;

/** What the device publishes in its new home. */
export function FirstData({ store, online, lastText }: { store: SeriesStore; online: boolean | null; lastText: string }) {
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setBeat((now) => now + 1);
    }, redrawEvery);
    return () => clearInterval(timer);
  }, []);
  const hasNumbers = store.all.length > 0;
  return (
    <section class="first-data" aria-labelledby="data-title">
      <h2 id="data-title">
        Live from your device
        {online !== null && <span class={`chip ${online ? "on" : "off"}`}>{online ? "online" : "offline"}</span>}
      </h2>
      {store.all.map((series, index) => <Graph key={series.name} series={series} index={index} beat={beat} />)}
      {!hasNumbers && lastText && <p class="card">{lastText.slice(0, shownMax)}</p>}
      {!hasNumbers && !lastText && (
        <p class="quiet">
          {online === false ? "The device is offline at the moment." : "Nothing yet. Some devices report only every few minutes."}
        </p>
      )}
    </section>
  );
}
