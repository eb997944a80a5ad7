# SPDX-License-Identifier: Apache-2.0
"""Each failure on the way to the staging account: the right CONNECT hint, and a reason in the cloud's log."""
import os
import random
import resource
import signal
import time

from harness import EndToEnd, Vendor, eventually, jitp_template, policy_of, s_client


class Refusals(EndToEnd):
    def test_wrong_server_certificate_is_hint_4(self):
        cloud = self.cloud()
        other = Vendor(self.folder / "other").create_ca()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        module = self.module(vendor.issue()[0], cloud, "--factory-root-ca", other.ca / "root.pem")
        module.connect_fails_with(4)

    def test_wrong_host_name_is_hint_4(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        module = self.module(vendor.issue()[0], cloud, "--factory-endpoint", "elsewhere.localhost")
        module.connect_fails_with(4)

    def test_unreachable_endpoint_is_hint_3(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        cloud.process.stop()
        module.connect_fails_with(3)

    def test_a_name_that_does_not_resolve_is_hint_3(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        module = self.module(vendor.issue()[0], cloud, "--factory-endpoint", "no-such-host.invalid")
        module.connect_fails_with(3)

    def test_a_ca_that_is_not_registered_is_hint_5(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca()
        self.module(vendor.issue_for(cloud)[0], cloud).connect_fails_with(5)
        cloud.eventually_logs("(?i)CA.*not registered|not registered.*CA")
        self.assertEqual(cloud.aws("iot", "list-certificates")["certificates"], [])

    def test_auto_registration_off_is_hint_5_until_it_is_on(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        ca = cloud.aws("iot", "list-ca-certificates")["certificates"][0]["certificateId"]
        cloud.aws("iot", "update-ca-certificate", "--certificate-id", ca, "--new-auto-registration-status", "DISABLE")
        module.connect_fails_with(5)
        cloud.eventually_logs("(?i)auto-registration")
        cloud.aws("iot", "update-ca-certificate", "--certificate-id", ca, "--new-auto-registration-status", "ENABLE")
        module.connect()

    def test_an_inactive_certificate_is_cut_off_and_refused_until_active(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        module.events()
        certificate = cloud.aws("iot", "list-certificates")["certificates"][0]["certificateId"]
        cloud.aws("iot", "update-certificate", "--certificate-id", certificate, "--new-status", "INACTIVE")
        module.eventually_event("3 0 CONLOST")
        module.connect_fails_with(5)
        cloud.eventually_logs("(?i)inactive")
        cloud.aws("iot", "update-certificate", "--certificate-id", certificate, "--new-status", "ACTIVE")
        module.connect()

    def test_a_template_that_needs_a_missing_subject_attribute_names_it(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca()
        vendor.enroll_with_template(cloud, jitp_template(policy_of(("*", "*")), "Country"))
        module = self.module(vendor.issue_for(cloud)[0], cloud)
        module.connect_fails_with(5)
        cloud.eventually_logs("AWS::IoT::Certificate::Country")
        self.assertEqual(cloud.aws("iot", "list-things")["things"], [])

    def test_a_policy_that_denies_connect_is_hint_5(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca()
        vendor.enroll_with_template(cloud, jitp_template(policy_of(("Publish", "*"))))
        module = self.module(vendor.issue_for(cloud)[0], cloud)
        module.connect_fails_with(5)
        cloud.eventually_logs("iot:Connect")


class Deaths(EndToEnd):
    def test_a_cloud_killed_during_first_connections_leaves_nothing_half_made(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        modules = [self.module(identity, cloud) for identity in vendor.issue(4)]
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        for module in modules:
            module.write(b"AT+CONNECT!\n")
            self.assertEqual(module.line(), b"OK")
            time.sleep(chance.uniform(0.0, 0.05))  # the moment of death is what varies, nothing waits for it
            cloud.process.kill()
            cloud.start()
        for module in modules:
            eventually(lambda: module.at("AT+CONNECT") == "OK 1 CONNECTED", "connects after the crash", 120)
        things = sorted(t["thingName"] for t in cloud.aws("iot", "list-things")["things"])
        self.assertEqual(things, sorted(m.thing for m in modules))
        self.assertEqual(len(cloud.aws("iot", "list-certificates")["certificates"]), len(modules))

    def test_a_killed_engine_costs_the_connection_and_nothing_else(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        module.events()
        os.kill(eventually(cloud.engine_pid, "the engine runs"), signal.SIGKILL)
        module.eventually_event("3 0 CONLOST")
        module.connect()
        module.at("AT+CONF Topic1=data")
        self.assertEqual(module.at("AT+SEND1 still here"), "OK")

    def test_a_killed_module_keeps_the_old_or_the_new_value(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        self.assertEqual(module.at("AT+CONF CustomName=before"), "OK")
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        old = "before"
        for number in range(15):
            new = f"value {number} " + "x" * 60
            module.write(f"AT+CONF CustomName={new}\n".encode())
            time.sleep(chance.uniform(0.0, 0.003))  # the moment of death is what varies
            module.close()
            module.process.kill()
            module.power_up()
            value = module.at("AT+CONF? CustomName")[3:]
            self.assertIn(value, (old, new))
            old = value


class FullDisk(EndToEnd):
    def test_a_module_that_cannot_store_says_so_and_keeps_what_it_has(self):
        module = self.staged_module(self.cloud())
        self.assertEqual(module.at("AT+CONF CustomName=before"), "OK")
        root = module.at("AT+CONF? RootCA pem")
        other = Vendor(self.folder / "other").create_ca().ca / "root.pem"
        pid, what = module.process.child.pid, resource.RLIMIT_FSIZE
        unlimited = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (64, unlimited[1]))  # of one file, in bytes
        self.assertEqual(module.at("AT+CONF CustomName=" + "x" * 100), "ERR4 PARAMETER ERROR")
        self.assertEqual(module.at("AT+CONF RootCA=pem\n" + other.read_text().strip()), "ERR4 PARAMETER ERROR")
        self.assertEqual(module.at("AT+FACTORY_RESET"), "ERR25 NOT ALLOWED")
        self.assertEqual(module.at("AT+CONF CustomName=short"), "OK")
        resource.prlimit(pid, what, unlimited)
        module.close()
        module.process.kill()
        module.power_up()
        self.assertEqual(module.at("AT+CONF? CustomName"), "OK short")
        self.assertEqual(module.at("AT+CONF? RootCA pem"), root)
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        self.assertEqual(module.at("AT+CONF? CustomName"), "OK")
        module.connect()


class HostileHost(EndToEnd):
    def test_a_megabyte_of_serial_garbage_changes_nothing(self):
        module = self.staged_module(self.cloud())
        chance = random.Random(7)
        for _ in range(256):
            module.write(chance.randbytes(4096).replace(b"AT", b"__"))
        module.write(b"\n")
        eventually(lambda: module.silent(1.0) or module.pending or True, "drained")
        def answers():
            module.write(b"\nAT+CONF? ThingName\n")
            try:
                while (line := module.line(2)) != f"OK {module.thing}".encode():
                    pass
                return True
            except AssertionError:
                return False
        eventually(answers, "the module answers after garbage")

    def test_nine_kibibytes_are_taken_and_more_is_an_overflow(self):
        module = self.staged_module(self.cloud())
        room = 9 * 1024 - len("CONF CustomName=")
        self.assertEqual(module.at("AT+CONF CustomName=" + "x" * room), "ERR4 PARAMETER ERROR")
        self.assertEqual(module.at("AT+CONF CustomName=" + "x" * (room + 1)), "ERR1 OVERFLOW")
        self.assertEqual(module.at("AT"), "OK")


class Tickets(EndToEnd):
    def test_a_ticket_of_one_account_does_not_resume_in_another(self):
        cloud = self.cloud()
        endpoint_b = cloud.create_account("globex", "staging")
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        identity = vendor.issue()[0]
        session = self.folder / "session.pem"
        first = s_client(cloud, identity, cloud.staging_endpoint(), "-tls1_2", "-sess_out", session)
        self.assertIn("New, TLSv1.2", first.stdout)
        home = s_client(cloud, identity, cloud.staging_endpoint(), "-tls1_2", "-sess_in", session)
        self.assertIn("Reused, TLSv1.2", home.stdout)
        elsewhere = s_client(cloud, identity, endpoint_b, "-tls1_2", "-sess_in", session)
        self.assertIn("New, TLSv1.2", elsewhere.stdout)
