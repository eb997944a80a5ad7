// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { Console } from "./console/console";
import { parseRoute } from "./logic/route.js";
import { Landing } from "./view/landing";
import { Visualizer } from "./view/visualizer";
import { Wizard } from "./wizard/wizard";

function pageOf(route: ReturnType<typeof parseRoute>) {
  switch (route.page) {
    case "thing":
      return <Visualizer thingName={route.thingName} secret={route.secret} />;
    case "claim":
      return <Wizard account={route.account} claimId={route.claimId} />;
    case "console":
      return <Console />;
    default:
      return <Landing />;
  }
}

const route = parseRoute(location.pathname, location.hash);
render(pageOf(route), document.getElementById("app")!);

// The browser does not load the page again when a new link to it only differs in the secret.
if (route.page === "thing") window.addEventListener("hashchange", () => location.reload());
