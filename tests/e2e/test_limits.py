# SPDX-License-Identifier: Apache-2.0
"""What an operator sets for one account counts for that one, in a running cloud, with one gateway process or two."""
from harness import BIN, Device, EndToEnd, Vendor, connect_once, eventually, jitp_template, policy_of, run
from test_faults import SERVER_UNAVAILABLE

EVERYTHING = policy_of(*((action, "*") for action in ("Connect", "Publish", "Subscribe", "Receive", "RetainPublish")))


class Talker(Device):
    def subscribe(self, topic):
        """The SUBACK's code."""
        body = b"\x00\x01" + len(topic).to_bytes(2, "big") + topic.encode() + b"\x00"
        self.tls.sendall(b"\x82" + bytes([len(body)]) + body)
        answer = self.tls.recv(5)
        assert answer[:4] == b"\x90\x03\x00\x01", answer
        return answer[4]

    def retain(self, topic, payload):
        body = len(topic).to_bytes(2, "big") + topic.encode() + b"\x00\x01" + payload.encode()
        self.tls.sendall(b"\x33" + bytes([len(body)]) + body)
        assert self.tls.recv(4) == b"\x40\x02\x00\x01"


class Limits(EndToEnd):
    WORKERS = 1

    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud("--gateway-workers", self.WORKERS)
        self.cloud_.create_account("other", "staging")
        self.lots, self.open = {}, []
        for profile in ("staging", "other"):
            vendor = Vendor(self.folder / profile, profile).create_ca()
            vendor.enroll_with_template(self.cloud_, jitp_template(EVERYTHING), profile)
            self.lots[profile] = vendor.issue(12, "--endpoint", self.cloud_.staging_endpoint(profile), "--root-ca",
                                              self.cloud_.root_ca)

    def tearDown(self):
        for device in self.open:
            device.close()
        super().tearDown()

    def limit(self, verb, *words):
        return run(BIN / "expresslink-cloud", "account", "limits", verb, "staging", *words, "--data-dir",
                   self.cloud_.folder).stdout

    def device(self, profile, number):
        self.open.append(Talker(self.cloud_, self.lots[profile][number]))
        return self.open[-1]

    def connected(self, profile, number=0):
        device = self.device(profile, number)
        self.assertEqual(device.connect(), 0)
        return device

    def test_connections(self):
        self.limit("set", "account-connections", "2")
        mine = [self.device("staging", number) for number in range(3)]
        self.assertEqual([device.connect() for device in mine], [0, 0, SERVER_UNAVAILABLE])
        self.cloud_.eventually_logs("connect refused .*too many devices of this account .*limit account-connections")
        for number in range(3):
            self.connected("other", number)
        twin = self.connected("staging", 0)  # in its own place
        self.assertEqual(mine[2].connect(), SERVER_UNAVAILABLE)
        self.limit("set", "account-connections", "3")
        self.assertEqual(mine[2].connect(), 0)
        self.assertRegex(self.limit("list"), r"account-connections +3 +connections of an account \(set\)\n")
        self.limit("set", "account-connections", "1")
        self.assertEqual(twin.subscribe("state"), 0, "what is there stays")
        self.assertIn(": none", self.limit("reset", "account-connections"))
        self.assertRegex(self.limit("list"), r"account-connections +none .*unless serve has --account-connections")
        self.connected("staging", 3)

    def test_connects_in_a_second(self):
        self.limit("set", "account-connects-per-second", "2")
        first = [connect_once(self.cloud_, identity) for identity in self.lots["staging"]]
        self.assertIn(SERVER_UNAVAILABLE, first)
        self.cloud_.eventually_logs("too many connects of this account in a second")
        self.assertEqual([connect_once(self.cloud_, identity) for identity in self.lots["other"]], [0] * 12)
        waiting = list(self.lots["staging"])

        def all_were_in():
            waiting[:] = [identity for identity in waiting if connect_once(self.cloud_, identity) != 0]
            return not waiting
        eventually(all_were_in, "every module connects in the end")

    def test_subscriptions(self):
        self.limit("set", "account-subscriptions", "4")
        mine, theirs = self.connected("staging"), self.connected("other")
        codes = [mine.subscribe(f"t/{number}") for number in range(5)]
        part = 4 // self.WORKERS  # of one process
        self.assertEqual(codes, [0] * part + [0x80] * (5 - part))
        self.cloud_.eventually_logs("subscribe refused .*limit account-subscriptions")
        self.assertEqual([theirs.subscribe(f"t/{number}") for number in range(5)], [0] * 5)
        self.limit("reset", "account-subscriptions")
        eventually(lambda: mine.subscribe("t/9") == 0, "the limit is lifted")

    def retained(self, profile):
        listed = self.cloud_.aws("iot-data", "list-retained-messages", profile=profile)["retainedTopics"]
        return [entry["topic"] for entry in listed]

    def test_retained_messages(self):
        self.limit("set", "account-retained-messages", "2")
        mine, theirs = self.connected("staging"), self.connected("other")
        for device in (mine, theirs):
            for topic in ("a", "b", "c"):
                device.retain(topic, "state")
        eventually(lambda: self.retained("other") == ["a", "b", "c"], "the other account keeps them all")
        eventually(lambda: self.retained("staging") == ["a", "b"], "this one keeps two")
        self.cloud_.eventually_logs("not retained: their account has as many as it may .*latest_topic=c")
        refused = self.cloud_.aws("iot-data", "publish", "--topic", "c", "--payload", "x", "--retain",
                                  "--cli-binary-format", "raw-in-base64-out", check=False)
        self.assertIn("ThrottlingException", refused.stderr)
        self.assertIn("as many retained messages as it may: 2", refused.stderr)
        mine.retain("b", "")
        mine.retain("c", "state")
        eventually(lambda: self.retained("staging") == ["a", "c"], "the place that became free is taken")
        self.limit("reset", "account-retained-messages")
        eventually(lambda: mine.retain("d", "state") or "d" in self.retained("staging"), "the limit is lifted")
        self.assertEqual(self.cloud_.process.stop(), 0)
        self.assert_clean(self.cloud_)


class LimitsWithTwoWorkers(Limits):
    WORKERS = 2


class LimitsOfAll(EndToEnd):
    def test_an_option_of_serve_counts_where_the_account_has_set_nothing(self):
        cloud = self.cloud("--account-connections", "1", "--account-subscriptions", "1")
        vendor = Vendor(self.folder / "vendor").create_ca().enroll_with_template(cloud, jitp_template(EVERYTHING))
        first, second = (Talker(cloud, identity) for identity in vendor.issue_for(cloud, 2))
        try:
            self.assertEqual((first.connect(), second.connect()), (0, SERVER_UNAVAILABLE))
            self.assertEqual((first.subscribe("a"), first.subscribe("b")), (0, 0x80))
            run(BIN / "expresslink-cloud", "account", "limits", "set", "staging", "account-connections", "2",
                "--data-dir", cloud.folder)
            self.assertEqual(second.connect(), 0)
            self.assertEqual(second.subscribe("a"), 0x80)
        finally:
            first.close()
            second.close()
