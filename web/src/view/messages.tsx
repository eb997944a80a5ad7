// SPDX-License-Identifier: Apache-2.0
import type { Message } from "../logic/feed.js";

function clock(time: number): string {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

function shortTopic(topic: string, thingName: string): string {
  return topic.startsWith(`${thingName}/`) ? topic.slice(thingName.length + 1) : topic;
}

const shownMax = 4000;

/** Text that may break after a comma, as JSON without spaces does not. */
function Payload({ text }: { text: string }) {
  if (text === "") return <span class="payload quiet">(empty)</span>;
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)} …` : text;
  const parts = shown.split(",");
  return <span class="payload">{parts.flatMap((part, i) => (i < parts.length - 1 ? [`${part},`, <wbr />] : [part]))}</span>;
}

function Row({ message, thingName }: { message: Message; thingName: string }) {
  const topic = shortTopic(message.topic, thingName);
  return (
    <li class={topic === "state" ? "to-module" : ""}>
      <span class="meta">
        <time>{clock(message.time)}</time>
        <span class="topic" title={message.topic}>{topic}</span>
        {message.binary && <span class="topic">base64</span>}
      </span>
      <Payload text={message.text} />
    </li>
  );
}

export function Messages({ messages, thingName }: { messages: Message[]; thingName: string }) {
  return (
    <section class="card messages" aria-labelledby="messages-title">
      <h2 id="messages-title">Messages</h2>
      {messages.length === 0 && <p class="quiet">None yet.</p>}
      <ol aria-label="Latest messages, newest first" tabIndex={0}>
        {messages.map((message) => <Row key={message.id} message={message} thingName={thingName} />)}
      </ol>
    </section>
  );
}
