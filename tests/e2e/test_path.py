# SPDX-License-Identifier: Apache-2.0
"""Guide 11.1 and 11.2: a module is born, joins its staging account and shows live data."""
import hashlib
import json
import signal
import socket

from harness import BIN, PATIENCE, EndToEnd, LiveFeed, Process, Vendor, eventually, free_port, run


def allow_viewer(module, secret):
    """What quick-connect does: proves control of the serial port to the cloud (guide 11.2)."""
    module.at("AT+CONF Topic1=data")
    module.at("AT+CONF Topic2=state")
    module.at(f"AT+CONF Topic3={module.thing}/quickconnect")
    module.at(f"AT+CONF Topic4={module.thing}/quickconnect/accepted")
    assert module.at("AT+SUBSCRIBE4") == "OK"
    module.eventually_event("8 4 SUBACK")
    viewer = json.dumps({"viewer": hashlib.sha256(secret.encode()).hexdigest()})
    assert module.at(f"AT+SEND3 {viewer}") == "OK"
    module.eventually_event("1 4 MSG")
    return json.loads(module.at("AT+GET4")[3:])["url"]


class FirstConnection(EndToEnd):
    def test_a_new_module_is_provisioned_and_served_in_its_first_connection(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        self.assertEqual(module.at("AT"), "OK")
        self.assertEqual(module.at("AT+EVENT?"), "OK 2 0 STARTUP")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 0 DISCONNECTED STAGING")
        self.assertEqual(module.at("AT+CONNECT"), "OK 1 CONNECTED")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")

        things = cloud.aws("iot", "list-things")["things"]
        self.assertEqual([thing["thingName"] for thing in things], [module.thing])
        principals = cloud.aws("iot", "list-thing-principals", "--thing-name", module.thing)["principals"]
        self.assertEqual(len(principals), 1)
        certificate = cloud.aws("iot", "describe-certificate", "--certificate-id", principals[0].split("/")[1])
        self.assertEqual(certificate["certificateDescription"]["status"], "ACTIVE")
        self.assertEqual(certificate["certificateDescription"]["certificateMode"], "SNI_ONLY")

    def test_data_reaches_the_live_feed_and_a_command_comes_back(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        module.events()
        self.assertEqual(allow_viewer(module, "s3cret"), cloud.url)
        module.at("AT+SUBSCRIBE2")
        module.eventually_event("8 2 SUBACK")

        feed = LiveFeed(cloud, module.thing, "s3cret")
        self.assertEqual(feed.status, 204)
        feed.eventually("presence", connected=True)
        self.assertEqual(module.at('AT+SEND1 {"temperature": 21.5}'), "OK")
        feed.eventually("message", payload='{"temperature": 21.5}')

        self.assertEqual(feed.command("led on\\1"), 202)
        module.eventually_event("1 2 MSG")
        self.assertEqual(module.at("AT+GET2"), "OK led on\\\\1")

        self.assertEqual(module.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")
        feed.eventually("presence", connected=False)
        self.assertEqual(feed.command("x"), 409)

    def test_the_page_refuses_a_wrong_secret_and_an_unknown_module_alike(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        allow_viewer(module, "right")
        self.assertEqual(LiveFeed(cloud, module.thing, "wrong").status, 403)
        self.assertEqual(LiveFeed(cloud, "5" * 40, "right").status, 403)

    def test_a_known_module_connects_again_after_both_sides_restarted(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        before = cloud.aws("iot", "describe-thing", "--thing-name", module.thing)
        self.assertEqual(module.power_off(), 0)
        self.assertEqual(cloud.process.stop(), 0)
        cloud.start()
        module.power_up()
        module.connect()
        self.assertEqual(cloud.aws("iot", "describe-thing", "--thing-name", module.thing), before)
        self.assertEqual(cloud.metric("gateway_provisioned_total"), 0)

    def test_two_modules_side_by_side_hear_only_their_own_topics(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        first, second = [self.module(identity, cloud) for identity in vendor.issue(2)]
        for module in (first, second):
            module.connect()
            module.events()
            module.at("AT+CONF Topic1=data")
            module.at("AT+CONF Topic2=state")
            module.at("AT+SUBSCRIBE2")
            module.eventually_event("8 2 SUBACK")
        cloud.publish(f"{second.thing}/state", "only second")
        second.eventually_event("1 2 MSG")
        self.assertEqual(second.at("AT+GET2"), "OK only second")
        self.assertEqual(first.at("AT+GET2"), "OK")
        self.assertEqual(first.events(), [])

    def test_the_login_string_and_the_custom_name_reach_the_cloud(self):
        cloud = self.cloud("--log-level", "debug")
        module = self.staged_module(cloud)
        module.at("AT+CONF CustomName=Toaster 3000")
        module.connect()
        cloud.eventually_logs("Toaster 3000")

    def test_firmware_of_another_maker_is_refused_where_the_account_enforces_login_strings(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        profile = module.identity / "model"
        own = profile.read_text()
        profile.write_text(own.replace("vendor=ACME", "vendor=Umbrella"))
        module.power_off()
        module.power_up().connect()
        module.at("AT+DISCONNECT")
        self.login_strings(cloud, "enforce")
        module.connect_fails_with(5)
        cloud.eventually_logs('names vendor \\\\*"Umbrella')
        self.login_strings(cloud, "observe")
        module.connect()
        self.login_strings(cloud, "enforce")
        profile.write_text(own)
        module.power_off()
        module.power_up().connect()

    def login_strings(self, cloud, mode):
        command = (BIN / "expresslink-cloud", "account")
        run(*command, "login-strings", "staging", mode, "--data-dir", cloud.folder)
        listed = run(*command, "list", "--data-dir", cloud.folder).stdout
        self.assertEqual("login strings enforced" in listed, mode == "enforce")


class TcpLine(EndToEnd):
    def test_a_host_talks_to_its_module_over_tcp(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        port = free_port()
        module = Process([BIN / "expresslink-module", "--identity", vendor.issue()[0], "--state", self.folder / "state",
                          "--tcp", f"127.0.0.1:{port}", "--port", str(cloud.mqtt)], self.folder / "module.log")
        self.started.append(module)
        eventually(lambda: f"ready: 127.0.0.1:{port}" in module.log(), "the module listens")
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as host:
            host.sendall(b"AT+CONNECT\r\n")
            self.assertEqual(host.makefile("rb").readline(), b"OK 1 CONNECTED\r\n")
        self.assertEqual(module.stop(), 0)


class TwoVendors(EndToEnd):
    def test_each_vendor_has_its_own_staging_account_and_endpoint(self):
        cloud = self.cloud()
        endpoint_b = cloud.create_account("globex", "staging")
        a = Vendor(self.folder / "a", "ACME", "A-1").create_ca().enroll(cloud)
        b = Vendor(self.folder / "b", "Globex", "B-1").create_ca().enroll(cloud, "globex")
        module_a = self.module(a.issue()[0], cloud)
        module_b = self.module(b.issue()[0], cloud)
        module_a.connect()
        module_b.connect()
        self.assertEqual(module_b.at("AT+CONF? Endpoint"), f"OK {endpoint_b}")
        names = lambda profile: [t["thingName"] for t in cloud.aws("iot", "list-things", profile=profile)["things"]]
        self.assertEqual(names("staging"), [module_a.thing])
        self.assertEqual(names("globex"), [module_b.thing])

    def test_one_vendors_module_is_refused_by_another_vendors_account(self):
        cloud = self.cloud()
        endpoint_b = cloud.create_account("globex", "staging")
        a = Vendor(self.folder / "a", "ACME", "A-1").create_ca().enroll(cloud)
        Vendor(self.folder / "b", "Globex", "B-1").create_ca().enroll(cloud, "globex")
        stray = self.module(a.issue()[0], cloud, "--factory-endpoint", endpoint_b)
        stray.connect_fails_with(5)
        self.assertEqual(cloud.aws("iot", "list-things", profile="globex")["things"], [])


class Restart(EndToEnd):
    def test_sigterm_drains_and_exits_0(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        module.events()
        self.assertEqual(cloud.process.stop(), 0)
        module.eventually_event("3 0 CONLOST")

    def test_a_taken_port_is_named_with_advice(self):
        cloud = self.cloud()
        done = run(BIN / "expresslink-cloud", "serve", "--data-dir", self.folder / "second",
                   "--mqtt", f"127.0.0.1:{cloud.mqtt}", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(cloud.mqtt), done.stderr)
        self.assertIn("--mqtt", done.stderr)

    def test_one_folder_is_served_once(self):
        cloud = self.cloud()
        done = run(BIN / "expresslink-cloud", "serve", "--data-dir", cloud.folder, "--mqtt", "127.0.0.1:0",
                   "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("another expresslink-cloud", done.stderr)
