// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { call } from "../logic/http.js";
import { parseView, type Who } from "../logic/operator.js";
import { Claims, Stuck } from "./claims";
import "./console.css";
import { Findings } from "./findings";
import { Fleet } from "./fleet";
import { Grants } from "./grants";
import { SignIn } from "./sign_in";
import { ThingPage } from "./thing";

export const api = "/console/api";

export function Console() {
  const [who, setWho] = useState<Who | null | undefined>(undefined);
  const [route, setRoute] = useState(() => parseView(location.hash));

  useEffect(() => {
    document.title = "Console";
    void call("GET", `${api}/session`).then(({ status, body }) => setWho(status === 200 ? body : null));
    const follow = () => setRoute(parseView(location.hash));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  if (who === undefined) return <p class="console quiet" role="status">One moment…</p>;
  if (who === null) return <SignIn onSignedIn={setWho} />;
  const end = () => setWho(null);

  async function signOut() {
    await call("DELETE", `${api}/session`);
    location.hash = "#/"; // the next one may be of another account
    end();
  }
  return (
    <div class="console">
      <header>
        <h1>{who.accountName}</h1>
        <span class="quiet">{who.kind === "staging" ? "vendor" : "customer"} account {who.accountId}</span>
        <button type="button" onClick={() => void signOut()}>Sign out</button>
        <nav aria-label="Pages">
          <Tab to="#/" name="Fleet" here={route.view === "fleet" || route.view === "thing"} />
          <Tab to="#/stuck" name="Stuck" here={route.view === "stuck"} />
          <Tab to="#/claims" name="Claims" here={route.view === "claims"} />
          <Tab to="#/findings" name="Findings" here={route.view === "findings"} />
          {who.kind === "staging" && <Tab to="#/grants" name="Grants" here={route.view === "grants"} />}
        </nav>
      </header>
      <main>
        {route.view === "fleet" && <Fleet who={who} onSessionEnd={end} />}
        {route.view === "thing" && <ThingPage key={route.thingName} thingName={route.thingName} who={who} onSessionEnd={end} />}
        {route.view === "stuck" && <Stuck who={who} onSessionEnd={end} />}
        {route.view === "claims" && <Claims who={who} onSessionEnd={end} />}
        {route.view === "findings" && <Findings who={who} onSessionEnd={end} />}
        {route.view === "grants" && <Grants onSessionEnd={end} />}
      </main>
    </div>
  );
}

function Tab({ to, name, here }: { to: string; name: string; here: boolean }) {
  return <a href={to} aria-current={here ? "page" : undefined}>{name}</a>;
}
