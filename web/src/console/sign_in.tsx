// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { call } from "../logic/http.js";
import { signInProblem, type Who } from "../logic/operator.js";
import { signatureOf } from "../logic/sigv4.js";
import { api } from "./console";

export function SignIn({ onSignedIn }: { onSignedIn: (who: Who) => void }) {
  const [accessKeyId, setKey] = useState("");
  const [secretAccessKey, setSecret] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const subtle = crypto.subtle as SubtleCrypto | undefined; // only in pages that nobody can have changed on the way

  async function signIn() {
    if (!subtle) return;
    setBusy(true);
    const path = `${api}/session`;
    const credentials = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
    const headers = await signatureOf(subtle, credentials, { method: "POST", host: location.host, path }, new Date());
    const { status, body } = await call("POST", path, undefined, headers);
    setBusy(false);
    if (status === 200) return onSignedIn(body);
    setProblem(status === 0 ? "The cloud cannot be reached." : signInProblem(body?.message ?? ""));
  }

  return (
    <main class="landing sign-in">
      <h1>Sign in to an account</h1>
      <p>
        With one of its access keys, as <code>expresslink-cloud account key create</code> writes them into the file{" "}
        <code>credentials</code>. A read-only key is enough to look.
      </p>
      {!subtle && <p class="problem" role="alert">Open this page by HTTPS: without it the key could be read on its way.</p>}
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <label for="key">Access key ID</label>
        <input id="key" name="username" autocomplete="username" spellcheck={false} placeholder="AKIA…" required
          value={accessKeyId} onInput={(event) => setKey(event.currentTarget.value)} />
        <label for="secret">Secret access key</label>
        <input id="secret" name="password" type="password" autocomplete="current-password" required
          value={secretAccessKey} onInput={(event) => setSecret(event.currentTarget.value)} />
        <button type="submit" disabled={busy || !subtle}>Sign in</button>
        <p class="problem" role="alert">{problem}</p>
      </form>
      <p class="quiet">The secret stays in this browser: it signs one request, and the page gets a cookie for twelve hours.</p>
    </main>
  );
}
