# SPDX-License-Identifier: Apache-2.0
"""Guide 11.2: docs/manual-onboarding.md, as it is written. Its commands run here, and the answers that it promises are
compared."""
import os
import pathlib
import re

from harness import BIN, EndToEnd, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "manual-onboarding.md"
WHERE = "http://127.0.0.1:8080"


class ManualOnboarding(EndToEnd):
    def script(self, cloud):
        """All shell blocks; a line that ends with a promised answer becomes a comparison."""
        text = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.M | re.S))
        self.assertIn(WHERE, text)
        text, count = re.subn(r"^(at .+?) +# (.+)$", r"""answer=$(\1); echo "$answer"; [ "$answer" = '\2' ]""", text,
                              flags=re.M)
        self.assertEqual(count, text.count('echo "$answer"'))
        self.assertGreaterEqual(count, 6)
        return "set -euo pipefail\n" + text.replace(WHERE, cloud.url)

    def test_the_commands_of_the_page_do_what_it_says(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        module.close()  # the page's reader has the serial port now
        (self.folder / "module.tty").symlink_to(module.link)
        run("/bin/bash", "-c", self.script(cloud), cwd=self.folder,
            env={**os.environ, "PATH": f"{BIN}:/usr/bin:/bin", "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null"})
        self.assertEqual((self.folder / "certificate.pem").read_text(),
                         (module.identity / "certificate.pem").read_text())
        module.open()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        self.assertEqual([thing["thingName"] for thing in cloud.aws("iot", "list-things", profile="oem")["things"]],
                         [module.thing])
        self.assert_clean(cloud)
