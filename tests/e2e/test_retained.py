# SPDX-License-Identifier: Apache-2.0
"""Retained messages with Debian's AWS CLI, over restarts of the cloud and of its engine."""
import base64
import os
import signal

from harness import EndToEnd, eventually


class Retained(EndToEnd):
    def data(self, *words, profile="staging", check=True):
        return self.cloud_.aws("iot-data", *words, profile=profile, check=check)

    def publish(self, topic, payload):
        self.data("publish", "--topic", topic, "--payload", payload, "--retain", "--qos", "1", "--cli-binary-format",
                  "raw-in-base64-out")

    def topics(self, profile="staging"):
        return {entry["topic"]: entry for entry in self.data("list-retained-messages", profile=profile)["retainedTopics"]}

    def payload(self, topic):
        return base64.b64decode(self.data("get-retained-message", "--topic", topic)["payload"]).decode()

    def test_they_outlive_the_cloud_until_an_empty_message_takes_them_away(self):
        self.cloud_ = self.cloud()
        self.cloud_.create_account("oem", "customer")
        for topic in ("line/1", "line/2", "line/3"):
            self.publish(topic, f"state of {topic}")
        before = eventually(lambda: len(self.topics()) == 3 and self.topics(), "three are listed")
        self.assertEqual(before["line/1"]["payloadSize"], len("state of line/1"))
        self.assertEqual(before["line/1"]["qos"], 1)
        self.assertEqual(self.payload("line/2"), "state of line/2")
        paged = self.data("list-retained-messages", "--page-size", "1")["retainedTopics"]
        self.assertEqual([entry["topic"] for entry in paged], ["line/1", "line/2", "line/3"])
        self.assertEqual(self.topics("oem"), {})

        self.assertEqual(self.cloud_.process.stop(), 0)
        self.cloud_.start()
        self.assertEqual(self.topics(), before)
        self.publish("line/2", "")
        eventually(lambda: list(self.topics()) == ["line/1", "line/3"], "line/2 is gone")
        refused = self.data("get-retained-message", "--topic", "line/2", check=False)
        self.assertIn("ResourceNotFoundException", refused.stderr)
        self.assert_clean(self.cloud_)

    def test_what_a_killed_engine_has_lost_is_not_shown(self):
        self.cloud_ = self.cloud()
        self.publish("line/1", "state")
        eventually(self.topics, "it is listed")
        engine = self.cloud_.engine_pid()
        os.kill(engine, signal.SIGKILL)
        eventually(lambda: self.cloud_.engine_pid() not in (None, engine) and self.cloud_.is_healthy(), "a new engine")
        found = self.data("get-retained-message", "--topic", "line/1", check=False)
        self.assertEqual("line/1" in self.topics(), isinstance(found, dict), "the list says what the engine has")
        self.publish("line/1", "state again")
        eventually(lambda: "line/1" in self.topics(), "it is listed again")
        self.assertEqual(self.payload("line/1"), "state again")
