// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { commandProblem, remember } from "../logic/feed.js";

/** The demo of quick-connect understands these. */
const examples = ["led on", "led off"];

export function CommandBox({ send }: { send: (payload: string) => Promise<number> }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const history = useRef<string[]>([]);
  const recalled = useRef(-1);

  async function submit(command: string) {
    if (!command || busy) return;
    setBusy(true);
    const status = await send(command);
    setBusy(false);
    const trouble = commandProblem(status);
    setProblem(trouble);
    setNote(trouble ? "" : `Sent: ${command}`);
    if (trouble) return;
    history.current = remember(history.current, command);
    recalled.current = -1;
    setText((now) => (now === command ? "" : now));
  }

  function recall(event: KeyboardEvent) {
    const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const next = recalled.current + step;
    if (step === 0 || next < -1 || next >= history.current.length) return;
    event.preventDefault();
    recalled.current = next;
    setText(history.current[next] ?? "");
  }

  return (
    <section class="card" aria-labelledby="command-title">
      <h2 id="command-title">Send a command</h2>
      <form
        class="command"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(text);
        }}
      >
        <input
          aria-label="Command for the module"
          placeholder="Text or JSON for topic state"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={4096}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={recall}
        />
        <button type="submit" disabled={busy || text === ""}>Send</button>
      </form>
      <div class="examples" role="group" aria-label="Example commands">
        {examples.map((example) => (
          <button type="button" key={example} disabled={busy} onClick={() => void submit(example)}>{example}</button>
        ))}
      </div>
      <p class={problem ? "problem" : "quiet"} role="status">
        {problem || note || "The host receives it with AT+EVENT? and AT+GET2."}
      </p>
    </section>
  );
}
