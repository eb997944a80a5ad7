// SPDX-License-Identifier: Apache-2.0
import { claimText, custodyText, remedyFor, type Moment, type Thing, type Who } from "../logic/operator.js";
import { Actions } from "./actions";
import { api } from "./console";
import { useLive } from "./live";
import { ClaimChip, Connected, Problem } from "./parts";

type Full = Thing & { registered: boolean; timeline: Moment[] };

export function ThingPage({ thingName, who, onSessionEnd }: { thingName: string; who: Who; onSessionEnd: () => void }) {
  const { data, problem, refresh } = useLive<Full>(`${api}/things/${encodeURIComponent(thingName)}`, onSessionEnd);
  return (
    <section aria-labelledby="thing">
      <a href="#/">← Fleet</a>
      <h2 id="thing" class="thing-title">{thingName}</h2>
      <Problem text={problem} />
      {data && (
        <>
          <p class="facts">
            <Connected yes={data.connected} />
            <span>{custodyText(data.custody)}{data.owner ? `: ${data.owner.name}` : ""}</span>
            {!data.registered && <span class="quiet">not registered in this account</span>}
          </p>
          {data.claim && (
            <div class="card claim">
              <div class="claim-head"><strong>Last claim</strong><ClaimChip claim={data.claim} /></div>
              {data.claim.reason && (!remedyFor(data.claim) || data.claim.stall === "configuration") && <p>{data.claim.reason}</p>}
              {remedyFor(data.claim) && <p>{remedyFor(data.claim)}</p>}
              {who.mayChange && <Actions claim={data.claim} onChange={refresh} />}
            </div>
          )}
          <h3 id="timeline">History</h3>
          {data.timeline.length === 0 && <p class="quiet">Nothing: it is no module, or not one of this account’s.</p>}
          <ol class="timeline" aria-labelledby="timeline">
            {data.timeline.map((moment, index) => <Entry key={index} moment={moment} />)}
          </ol>
        </>
      )}
    </section>
  );
}

function Entry({ moment }: { moment: Moment }) {
  const isCustody = moment.kind === "custody";
  return (
    <li class={moment.kind}>
      <time class="quiet" dateTime={new Date(moment.at).toISOString()}>{new Date(moment.at).toLocaleString()}</time>
      <span class="what">
        <span class="kind">{isCustody ? "Custody" : "Claim"}</span>{" "}
        <strong>{isCustody ? custodyText(moment.state) : claimText(moment)}</strong>
        {moment.owner && ` (${moment.owner.name})`}
      </span>
      {moment.reason && <span class="quiet">{moment.reason}</span>}
    </li>
  );
}
