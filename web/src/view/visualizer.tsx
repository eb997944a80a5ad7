// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../logic/feed.js";
import { LiveFeed, type Link } from "../logic/live.js";
import { SeriesStore } from "../logic/series.js";
import { CommandBox } from "./command_box";
import { Graphs } from "./graphs";
import { Messages } from "./messages";
import { Status } from "./status";

const messagesMax = 100;

interface Presence {
  online: boolean | null;
  since: Date | null;
}

function presenceAfter(old: Presence, online: boolean): Presence {
  if (online) return { online, since: null };
  return { online, since: old.online ? new Date() : old.since };
}

export function Visualizer({ thingName, secret }: { thingName: string; secret: string }) {
  const [link, setLink] = useState<Link>("connecting");
  const [{ online, since }, setPresence] = useState<Presence>({ online: null, since: null });
  const [messages, setMessages] = useState<Message[]>([]);
  const store = useMemo(() => new SeriesStore(), [thingName]);
  const feed = useRef<LiveFeed | null>(null);

  useEffect(() => {
    document.title = `${thingName} · Quick Connect`;
    const live = new LiveFeed(thingName, secret, {
      onLink: setLink,
      onPresence: (connected) => setPresence((old) => presenceAfter(old, connected)),
      onMessage(message, kind) {
        // By this browser's clock, like the graphs' edge: the cloud's may differ.
        if (kind === "message" && !message.binary) store.add(message.text, Date.now() / 1000);
        setMessages((old) => [message, ...old].slice(0, messagesMax));
      },
      // Neither the history nor a screenshot shall keep the secret.
      onSignedIn: () => history.replaceState(null, "", location.pathname),
    });
    feed.current = live;
    void live.start();
    return () => live.close();
  }, [thingName]);

  if (link === "refused") return <Refused />;
  return (
    <>
      <header>
        <h1>Quick Connect</h1>
        <span class="thing" title="ThingName">{thingName}</span>
        <Status link={link} online={online} since={since} />
      </header>
      <main class="live">
        <Graphs store={store} link={link} online={online} />
        <aside>
          <CommandBox send={(payload) => feed.current?.send(payload) ?? Promise.resolve(0)} />
          <Messages messages={messages} thingName={thingName} />
        </aside>
      </main>
    </>
  );
}

function Refused() {
  return (
    <main class="landing" role="alert">
      <h1>This link is not valid any more</h1>
      <p>
        A link works for 24 hours, until Quick Connect prints a newer one for the same module, or until the module changes
        hands.
      </p>
      <p>
        Run <code>quick-connect</code> again and open the whole address that it prints, with everything after the{" "}
        <code>#</code>.
      </p>
    </main>
  );
}
