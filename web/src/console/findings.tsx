// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { call } from "../logic/http.js";
import { findingAdvice, findingText, type Finding, type Who } from "../logic/operator.js";
import { api } from "./console";
import { useLive } from "./live";
import { Ago, Chip, Pager, Problem, ThingLink } from "./parts";

/** What looks like fraud or failure, and only a person can judge. */
export function Findings({ who, onSessionEnd }: { who: Who; onSessionEnd: () => void }) {
  const [trail, setTrail] = useState<string[]>([]);
  const [withClosed, setWithClosed] = useState(false);
  const after = trail[trail.length - 1] ?? "";
  const { data, problem, refresh } = useLive<{ findings: Finding[]; next: string }>(
    `${api}/findings?after=${encodeURIComponent(after)}${withClosed ? "&closed=1" : ""}`,
    onSessionEnd,
  );
  function toggle() {
    setTrail([]);
    setWithClosed(!withClosed);
  }
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">Findings</h2>
      <p class="quiet">What looks like fraud or failure. Nothing is blocked by a finding: look at it, act, then close it.</p>
      <label class="quiet"><input type="checkbox" checked={withClosed} onChange={toggle} /> closed ones too</label>
      <Problem text={problem} />
      {data?.findings.length === 0 && <p>{withClosed ? "There are none yet." : "None is open."}</p>}
      <ul class="claims">
        {data?.findings.map((finding) => <Row key={finding.id} finding={finding} who={who} onChange={refresh} />)}
      </ul>
      <Pager next={data?.next ?? ""} trail={trail} go={setTrail} />
    </section>
  );
}

function Row({ finding, who, onChange }: { finding: Finding; who: Who; onChange: () => void }) {
  const [problem, setProblem] = useState("");
  const { id, kind, thingName, evidence, count, firstSeen, lastSeen, isOpen } = finding;

  async function close() {
    const { status, body } = await call("POST", `${api}/findings/${id}/close`, {});
    setProblem(status === 200 ? "" : (body?.message ?? "The cloud cannot be reached."));
    onChange();
  }
  return (
    <li class="card claim">
      <div class="claim-head">
        <strong>{findingText(kind)}</strong>
        <Chip mood={isOpen ? "bad" : "plain"} text={isOpen ? "open" : "closed"} />
      </div>
      {thingName && <p><ThingLink name={thingName} /></p>}
      <p>{evidence}</p>
      <p class="quiet">{findingAdvice(kind)}</p>
      <p class="quiet">
        {count === 1 ? "Seen once, " : `Seen ${count} times, first `}<Ago at={firstSeen} />
        {count > 1 && <>, last <Ago at={lastSeen} /></>}
      </p>
      {isOpen && who.mayClose && <div class="actions"><button type="button" onClick={() => void close()}>Close: dealt with</button></div>}
      <Problem text={problem} />
    </li>
  );
}
