// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { call } from "../logic/http.js";
import { forceWarning, type Claim } from "../logic/operator.js";
import { api } from "./console";

/** The customer's word on a claim. */
export function Actions({ claim, onChange }: { claim: Claim; onChange: () => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);

  async function act(action: string, body: object) {
    setBusy(true);
    const answer = await call("POST", `${api}/claims/${claim.id}/${action}`, body);
    setBusy(false);
    setProblem(answer.status === 200 ? "" : (answer.body?.message ?? "The cloud cannot be reached."));
    onChange();
  }

  if (!claim.canRetry && claim.cancel === "no") return null;
  const force = claim.cancel === "force";
  return (
    <div class="actions">
      {claim.canRetry && (
        <button type="button" disabled={busy} onClick={() => void act("retry", {})}>Retry: tell the module once more</button>
      )}
      {claim.cancel !== "no" && (
        <button type="button" disabled={busy} onClick={() => dialog.current?.showModal()}>
          {force ? "Cancel by force…" : "Cancel…"}
        </button>
      )}
      <dialog ref={dialog} aria-labelledby={`ask-${claim.id}`}>
        <h2 id={`ask-${claim.id}`}>{force ? "Cancel this claim by force?" : "Cancel this claim?"}</h2>
        <p>
          {force ? forceWarning(claim) : "The module is free again, and whoever has its label and a grant may claim it. Nothing was lost."}
        </p>
        <form method="dialog" class="actions">
          <button autofocus>Keep the claim</button>
          <button class="danger" onClick={() => void act("cancel", force ? { force: true } : {})}>
            {force ? "Cancel by force" : "Cancel the claim"}
          </button>
        </form>
      </dialog>
      {problem && <p class="problem" role="alert">{problem}</p>}
    </div>
  );
}
