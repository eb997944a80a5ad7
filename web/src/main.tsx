// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { parseRoute } from "./logic/route.js";
import { Landing } from "./view/landing";
import { Visualizer } from "./view/visualizer";

const app = document.getElementById("app")!;
const route = parseRoute(location.pathname, location.hash);
render(route.page === "thing" ? <Visualizer thingName={route.thingName} secret={route.secret} /> : <Landing />, app);

// The browser does not load the page again when a new link to it only differs in the secret.
window.addEventListener("hashchange", () => location.reload());
