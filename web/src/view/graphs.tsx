// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import type { Link } from "../logic/live.js";
import type { SeriesStore } from "../logic/series.js";
import { Graph } from "./graph";

const redrawEvery = 250;

/** One card per series; all of them are drawn in one beat, however fast messages come. */
export function Graphs({ store, link, online }: { store: SeriesStore; link: Link; online: boolean | null }) {
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setBeat((now) => now + 1);
    }, redrawEvery);
    return () => clearInterval(timer);
  }, []);
  return (
    <section class="graphs" aria-label="Live graphs">
      {store.all.length === 0 && <Waiting link={link} online={online} />}
      {store.all.map((series, index) => <Graph key={series.name} series={series} index={index} beat={beat} />)}
      {store.ignored.size > 0 && <p class="quiet">Not shown, the page draws twelve series: {[...store.ignored].join(", ")}</p>}
    </section>
  );
}

function Waiting({ link, online }: { link: Link; online: boolean | null }) {
  return (
    <div class="card waiting">
      <h2>{link === "live" && online === false ? "The module is offline" : "Waiting for data"}</h2>
      <p>
        Numbers that the module publishes appear here as graphs. At the prompt of Quick Connect, try{" "}
        <code>AT+SEND1 {'{"temperature": 21.5}'}</code>
      </p>
    </div>
  );
}
