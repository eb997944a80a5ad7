# SPDX-License-Identifier: Apache-2.0
"""The load generator against a cloud: what it counts is what happened, what it names is what was refused."""
import json
import signal
import subprocess

from harness import BIN, EndToEnd, Vendor, run


class Storm(EndToEnd):
    def setUp(self):
        super().setUp()
        self.target = self.cloud()
        self.vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.target)

    def command(self, identities, *options):
        return [str(word) for word in (BIN / "expresslink-storm", "--identities", identities, "--connect-to",
                                       f"127.0.0.1:{self.target.mqtt}", "--json", *options)]

    def storm(self, identities, *options):
        """The exit code and the summary."""
        done = run(*self.command(identities, *options), check=False)
        return done.returncode, json.loads(done.stdout)

    def test_fifty_new_modules_hear_what_they_publish(self):
        lot = self.vendor.issue(50)[0].parent
        code, summary = self.storm(lot, "--subscribe", "--qos", 1, "--messages", 2, "--publish-every", 50)
        self.assertEqual((code, summary["failures"]), (0, {}))
        self.assertEqual([summary[name] for name in ("connects", "published", "acknowledged", "received")],
                         [50, 100, 100, 100])
        self.assertEqual(self.target.metric("gateway_provisioned_total"), 50)
        self.assertEqual(self.target.metric("gateway_messages_in_total"), 100)

    def test_modules_come_back_with_their_tickets(self):
        lot = self.vendor.issue(5)[0].parent
        code, summary = self.storm(lot, "--tls12", "--resume", "--reconnects", 3)
        self.assertEqual((code, summary["connects"], summary["resumed"]), (0, 20, 15))

    def test_failures_have_names_and_an_exit_code(self):
        lot = self.vendor.issue(3)[0].parent
        wrong_root = self.vendor.ca / "root.pem"
        code, summary = self.storm(lot, "--root-ca", wrong_root)
        self.assertEqual((code, summary["failed"]), (1, 3))
        self.assertIn("server not trusted", next(iter(summary["failures"])))
        code, summary = self.storm(lot, "--endpoint", "nobody.example")
        self.assertEqual((code, summary["failures"]), (1, {"TLS alert 112 (unrecognized name) in the TLS handshake": 3}))
        strangers = Vendor(self.folder / "strangers").create_ca().issue_for(self.target)[0].parent
        code, summary = self.storm(strangers)
        self.assertEqual((code, summary["failures"]), (1, {"CONNACK 5 (not authorized)": 1}))

    def test_an_interrupted_run_still_sums_up(self):
        lot = self.vendor.issue(3)[0].parent
        child = subprocess.Popen(self.command(lot, "--hold", 600), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(any(line == "holding\n" for line in child.stderr))
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=30)
        self.assertEqual((child.returncode, json.loads(out)["connects"]), (130, 3))
