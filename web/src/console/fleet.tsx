// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { custodyText, type Thing, type Who } from "../logic/operator.js";
import { api } from "./console";
import { useLive } from "./live";
import { Ago, ClaimChip, Connected, Pager, Problem, ThingLink } from "./parts";

function WizardHint({ who }: { who: Who }) {
  const path = `/claim/${who.accountName}`;
  if (who.hasWizard) return <p class="quiet">People add their devices at <a href={path}>{location.host}{path}</a>.</p>;
  return <p class="quiet">The claim wizard is off; <code>expresslink-cloud account wizard {who.accountName} on</code> opens it.</p>;
}

export function Fleet({ who, onSessionEnd }: { who: Who; onSessionEnd: () => void }) {
  const [trail, setTrail] = useState<string[]>([]);
  const after = trail[trail.length - 1] ?? "";
  const { data, problem } = useLive<{ things: Thing[]; next: string }>(
    `${api}/fleet?after=${encodeURIComponent(after)}`,
    onSessionEnd,
  );
  const isVendor = who.kind === "staging";
  return (
    <section aria-labelledby="fleet">
      <h2 id="fleet">Fleet</h2>
      {!isVendor && <WizardHint who={who} />}
      <Problem text={problem} />
      {data?.things.length === 0 && (
        <p class="quiet">
          {isVendor ? "No module has connected to staging yet." : "No things yet. Claimed modules appear here."}
        </p>
      )}
      {data && data.things.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Thing</th>
              <th scope="col">Connection</th>
              <th scope="col">Custody</th>
              {isVendor && <th scope="col">Customer</th>}
              <th scope="col">Last claim</th>
            </tr>
          </thead>
          <tbody>
            {data.things.map((thing) => (
              <tr key={thing.thingName}>
                <th scope="row"><ThingLink name={thing.thingName} /></th>
                <td><Connected yes={thing.connected} /></td>
                <td data-label="Custody">{custodyText(thing.custody)}</td>
                {isVendor && <td data-label="Customer">{thing.owner?.name ?? "–"}</td>}
                <td data-label="Last claim">
                  {thing.claim ? <><ClaimChip claim={thing.claim} /> <span class="quiet"><Ago at={thing.claim.since} /></span></> : "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pager next={data?.next ?? ""} trail={trail} go={setTrail} />
    </section>
  );
}
