// SPDX-License-Identifier: Apache-2.0
import { ago, claimText, moodOf } from "../logic/operator.js";

export function Chip({ mood, text }: { mood: string; text: string }) {
  return <span class={`chip ${mood}`}>{text}</span>;
}

export function ClaimChip({ claim }: { claim: { state: string; stall?: string } }) {
  return <Chip mood={moodOf(claim)} text={claimText(claim)} />;
}

export function Connected({ yes }: { yes: boolean }) {
  return (
    <span class={`connected ${yes ? "on" : "quiet"}`}>
      <span class="dot" aria-hidden="true" />
      {yes ? "connected" : "not connected"}
    </span>
  );
}

export function Ago({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>{ago(at, Date.now())}</time>;
}

export function Problem({ text }: { text: string }) {
  return text ? <p class="problem" role="alert">{text}</p> : null;
}

export function ThingLink({ name }: { name: string }) {
  return <a class="thing-link" href={`#/things/${name}`}>{name}</a>;
}

/** A page of a list at a time: `trail` holds where the pages before begin. */
export function Pager({ next, trail, go }: { next: string; trail: string[]; go: (trail: string[]) => void }) {
  if (!next && trail.length === 0) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <button type="button" disabled={trail.length === 0} onClick={() => go(trail.slice(0, -1))}>Back</button>
      <button type="button" disabled={!next} onClick={() => go([...trail, next])}>More</button>
    </nav>
  );
}
