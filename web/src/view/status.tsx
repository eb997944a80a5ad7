// SPDX-License-Identifier: Apache-2.0
import type { Link } from "../logic/live.js";

export function statusOf(link: Link, online: boolean | null): { kind: string; text: string } {
  if (link === "connecting") return { kind: "wait", text: "connecting" };
  if (link !== "live") return { kind: "wait", text: "reconnecting" };
  if (online === false) return { kind: "off", text: "module offline" };
  return { kind: "on", text: "live" };
}

export function Status({ link, online }: { link: Link; online: boolean | null }) {
  const { kind, text } = statusOf(link, online);
  return (
    <span class={`status ${kind}`} role="status" aria-label={`Connection: ${text}`}>
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}
