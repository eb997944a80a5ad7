# SPDX-License-Identifier: Apache-2.0
"""The end of the line: modules become things of the account they are made for, before they ever connect."""
import json
import shutil
import subprocess

from harness import BIN, EndToEnd, Vendor, eventually


class EndOfLine(EndToEnd):
    def setUp(self):
        super().setUp()
        self.served = self.cloud()
        self.vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.served)
        self.oem = self.served.create_account("oem", "customer")

    def command(self, *words):
        return ["register", *words, "--endpoint-url", self.served.url, "--profile", "oem"]

    def register(self, *words, check=True):
        return self.vendor.factory(*self.command(*words), cloud=self.served, check=check)

    def iot(self, *words):
        return self.served.aws("iot", *words, profile="oem")

    def things(self):
        return {thing["thingName"]: thing["attributes"] for thing in self.iot("list-things")["things"]}

    def told(self, done, kind):
        return [line.split()[-1] for line in done.stdout.splitlines() if line.startswith(kind)]


class OneByOne(EndOfLine):
    def test_identity_folders_are_registered_once(self):
        lot = self.vendor.issue(3)
        names = sorted(path.name for path in lot)
        self.assertEqual(self.told(self.register(lot[0]), "registered"), [lot[0].name])
        done = self.register(lot[0].parent)
        self.assertEqual(self.told(done, "there already"), [lot[0].name])
        self.assertEqual(self.told(done, "registered"), [path.name for path in lot[1:]])
        self.assertEqual(self.told(self.register(lot[0].parent), "there already"), names)
        self.assertEqual(self.things(), {name: {"vendor": "ACME", "model": "M-1"} for name in names})
        certificates = self.iot("list-certificates")["certificates"]
        self.assertEqual([certificate["status"] for certificate in certificates], ["ACTIVE"] * 3)
        module = self.module(lot[1], self.served)
        self.assertIn(self.oem, done.stdout)
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem}"), "OK")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        self.assert_clean(self.served)

    def test_what_somebody_has_switched_off_stays_off(self):
        identity, = self.vendor.issue()
        self.register(identity)
        certificate, = self.iot("list-certificates")["certificates"]
        self.iot("update-certificate", "--certificate-id", certificate["certificateId"], "--new-status", "REVOKED")
        self.assertEqual(self.told(self.register(identity), "there already"), [identity.name])
        self.assertEqual(self.iot("list-certificates")["certificates"][0]["status"], "REVOKED")

    def test_a_connected_module_is_asked_for_its_certificate_and_sent_to_the_account(self):
        identity, = self.vendor.issue()
        module = self.module(identity, self.served)
        module.close()
        done = self.register("--module", module.link, "--set-endpoint")
        self.assertEqual(self.told(done, "registered"), [module.thing])
        module.open()
        self.assertEqual(module.at("AT+CONF? Endpoint"), f"OK {self.oem}")
        module.connect()
        self.assertEqual(list(self.things()), [module.thing])

    def test_with_the_ca_the_certificates_are_known_as_its(self):
        identity, = self.vendor.issue()
        done = self.register(identity, "--with-ca", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CA", self.told_failure(done, identity.name))
        ca = self.register_ca(self.vendor)
        self.register(identity, "--with-ca")
        self.assertEqual(len(self.iot("list-certificates-by-ca", "--ca-certificate-id", ca)["certificates"]), 1)

    def test_a_template_of_the_operators_own(self):
        identity, = self.vendor.issue()
        body = self.folder / "template.json"
        body.write_text(json.dumps({
            "Parameters": {name: {"Type": "String"} for name in ("ThingName", "CertificatePem", "Model")},
            "Resources": {
                "thing": {"Type": "AWS::IoT::Thing", "Properties": {
                    "ThingName": {"Fn::Join": ["", ["shop-", {"Ref": "ThingName"}]]}}},
                "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {
                    "CertificatePem": {"Ref": "CertificatePem"}, "Status": "INACTIVE"}}}}))
        self.register(identity, "--template", body)
        self.assertEqual(list(self.things()), [f"shop-{identity.name}"])
        self.assertEqual(self.iot("list-certificates")["certificates"][0]["status"], "INACTIVE")

    def test_one_uid_never_gets_two_keys_and_the_others_go_on(self):
        lot = self.vendor.issue(2)
        self.iot("create-thing", "--thing-name", lot[0].name)
        made = self.iot("create-keys-and-certificate")
        self.iot("attach-thing-principal", "--thing-name", lot[0].name, "--principal", made["certificateArn"])
        done = self.register(lot[0].parent, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(made["certificateArn"], self.told_failure(done, lot[0].name))
        self.assertEqual(self.told(done, "registered"), [lot[1].name])
        self.assertIn("1 modules were not registered", done.stderr)

    def test_what_cannot_be_meant_is_explained(self):
        for words, reason in ((("--module", self.folder / "nothing"), "nothing"), ((self.folder,), "identity folder"),
                              ((), "--module"), ((self.folder, "--bulk"), "--buckets")):
            done = self.register(*words, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(reason, done.stderr + done.stdout)

    def told_failure(self, done, name):
        line, = [line for line in done.stdout.splitlines() if line.startswith("failed") and name in line]
        return line

    def register_ca(self, vendor):
        return self.iot("register-ca-certificate", "--ca-certificate", f"file://{vendor.ca}/issuing.pem",
                        "--certificate-mode", "SNI_ONLY", "--set-as-active")["certificateId"]


class Lots(EndOfLine):
    told_failure, register_ca = OneByOne.told_failure, OneByOne.register_ca

    def setUp(self):
        super().setUp()
        self.buckets = self.served.folder / "buckets"
        self.buckets.mkdir()
        self.register_ca(self.vendor)

    def bulk(self, lot, check=True):
        return self.register(lot, "--bulk", "--buckets", self.buckets, check=check)

    def tasks(self):
        return self.iot("list-thing-registration-tasks")["taskIds"]

    def test_a_lot_becomes_things_and_is_not_done_twice(self):
        lot = self.vendor.issue(20)
        names = [path.name for path in lot]
        done = self.bulk(lot[0].parent)
        self.assertEqual(sorted(self.told(done, "registered")), names)
        self.assertIn("20 registered, 0 failed", done.stdout)
        again = self.bulk(lot[0].parent)
        self.assertIn("the lot is done", again.stdout)
        self.assertEqual(sorted(self.told(again, "registered")), names)
        self.assertEqual((sorted(self.things()), len(self.tasks())), (names, 1))
        module = self.module(lot[7], self.served)
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem}"), "OK")
        module.connect()
        self.assert_clean(self.served)

    def test_lines_that_failed_are_told_and_done_by_the_next_run(self):
        lot = self.vendor.issue(3)
        other = Vendor(self.folder / "other", "Other").create_ca()
        stranger, = other.issue_for(self.served)
        shutil.copytree(stranger, lot[0].parent / stranger.name)
        done = self.bulk(lot[0].parent, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CA", self.told_failure(done, stranger.name))
        self.assertEqual(len(self.told(done, "registered")), 3)
        self.register_ca(other)
        self.assertIn("4 registered, 0 failed", self.bulk(lot[0].parent).stdout)
        self.assertEqual((len(self.things()), len(self.iot("list-certificates")["certificates"])), (4, 4))

    def test_a_run_that_is_killed_is_taken_up_again(self):
        lot = self.vendor.issue(400)
        memory = lot[0].parent / f".registered-{self.account()}"
        run = subprocess.Popen([str(word) for word in (BIN / "expresslink-factory", *self.command(
            lot[0].parent, "--bulk", "--buckets", self.buckets))], env=self.served.env(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        eventually(memory.exists, "the task is started")
        run.kill()
        run.wait()
        memory.unlink()  # as if it had died a moment earlier
        done = self.bulk(lot[0].parent)
        self.assertIn("400 registered, 0 failed", done.stdout)
        self.assertEqual(len(self.told(done, "registered")), 400)
        self.assertEqual(len(self.things()), 400)

    def account(self):
        return self.served.aws("sts", "get-caller-identity", profile="oem")["Account"]
