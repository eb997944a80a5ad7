# SPDX-License-Identifier: Apache-2.0
"""Guide 11.2: the page in a real browser, fed by the real demo through the real cloud."""
import os
import pathlib
import subprocess

from harness import BIN, EndToEnd
from test_quick_connect import Terminal

HERE = pathlib.Path(__file__).resolve().parent


class Page(EndToEnd):
    def test_a_browser_shows_graphs_and_sends_commands(self):
        cloud = self.cloud("--web-root", HERE.parents[1] / "web/dist")
        module = self.staged_module(cloud)
        module.close()
        config = self.folder / "config.txt"
        config.write_text(f"SerialPort={module.link}\n")
        demo = Terminal(BIN / "quick-connect", "--config", config, "--seconds", "300", "--no-interactive")
        self.started.append(demo)
        url = demo.eventually(rf"http://\S+/q/{module.thing}#\S+").group(0).strip()
        test = subprocess.run(["node", "--test", "quick_connect.test.mjs"], cwd=HERE / "browser", capture_output=True,
                              text=True, timeout=900, env={**os.environ, "BASE_URL": url,
                                                           "SCREENSHOTS": os.environ.get("SCREENSHOTS", "")})
        self.assertEqual(test.returncode, 0, test.stdout + test.stderr)
