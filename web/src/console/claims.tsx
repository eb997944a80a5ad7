// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { remedyFor, type Claim, type Who } from "../logic/operator.js";
import { Actions } from "./actions";
import { api } from "./console";
import { useLive } from "./live";
import { Ago, ClaimChip, Pager, Problem, ThingLink } from "./parts";

interface Props {
  who: Who;
  onSessionEnd: () => void;
}

function Row({ claim, who, onChange, help }: { claim: Claim; who: Who; onChange: () => void; help: boolean }) {
  const remedy = help ? remedyFor(claim) : "";
  const told = claim.attempts === 0 ? "told nothing yet" : claim.attempts === 1 ? "told once" : `told ${claim.attempts} times`;
  return (
    <li class="card claim">
      <div class="claim-head">
        <ThingLink name={claim.thingName} />
        <ClaimChip claim={claim} />
      </div>
      <p class="quiet">
        {who.kind === "staging" ? `for ${claim.customer.name}` : `from ${claim.vendor.name}`}, claimed <Ago at={claim.created} />,
        last change <Ago at={claim.since} />, module {told}
      </p>
      {claim.reason && (!remedy || claim.stall === "configuration") && <p>{claim.reason}</p>}
      {remedy && <p>{remedy}</p>}
      {who.mayChange && <Actions claim={claim} onChange={onChange} />}
    </li>
  );
}

/** Claims that do not get on by themselves. */
export function Stuck({ who, onSessionEnd }: Props) {
  const { data, problem, refresh } = useLive<{ claims: Claim[]; more: boolean }>(`${api}/stuck`, onSessionEnd);
  return (
    <section aria-labelledby="stuck">
      <h2 id="stuck">Stuck claims</h2>
      <p class="quiet">Stalled ones, modules that are on their way for more than an hour, and those awaited for more than a day.</p>
      <Problem text={problem} />
      {data?.claims.length === 0 && <p>None. Every claim gets on.</p>}
      <ul class="claims">{data?.claims.map((claim) => <Row key={claim.id} claim={claim} who={who} onChange={refresh} help />)}</ul>
      {data?.more && <p class="quiet">There are more; these are the oldest.</p>}
    </section>
  );
}

export function Claims({ who, onSessionEnd }: Props) {
  const [trail, setTrail] = useState<string[]>([]);
  const after = trail[trail.length - 1] ?? "";
  const { data, problem, refresh } = useLive<{ claims: Claim[]; next: string }>(
    `${api}/claims?after=${encodeURIComponent(after)}`,
    onSessionEnd,
  );
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">All claims</h2>
      <p class="quiet">{who.kind === "staging" ? "Of your modules, by all customers; newest first." : "Newest first."}</p>
      <Problem text={problem} />
      {data?.claims.length === 0 && <p>There are none yet.</p>}
      <ul class="claims">{data?.claims.map((claim) => <Row key={claim.id} claim={claim} who={who} onChange={refresh} help={false} />)}</ul>
      <Pager next={data?.next ?? ""} trail={trail} go={setTrail} />
    </section>
  );
}
