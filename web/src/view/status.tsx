// SPDX-License-Identifier: Apache-2.0
import type { Link } from "../logic/live.js";

const hourAndMinute: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };

/** `since`: when the page saw the module go; null when it was away before. */
export function statusOf(link: Link, online: boolean | null, since: Date | null): { kind: string; text: string } {
  if (link === "connecting") return { kind: "wait", text: "connecting" };
  if (link === "crowded") return { kind: "off", text: "too many open pages or attempts, trying again" };
  if (link !== "live") return { kind: "wait", text: "reconnecting" };
  if (online === false) return { kind: "off", text: `module offline${since ? ` since ${since.toLocaleTimeString([], hourAndMinute)}` : ""}` };
  return { kind: "on", text: "live" };
}

export function Status({ link, online, since }: { link: Link; online: boolean | null; since: Date | null }) {
  const { kind, text } = statusOf(link, online, since);
  return (
    <span class={`status ${kind}`} role="status" aria-label={`Connection: ${text}`}>
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}
