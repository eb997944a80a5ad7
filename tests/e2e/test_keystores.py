# SPDX-License-Identifier: Apache-2.0
"""A module whose key is in hardware: from the factory to its staging account, and when the element is pulled out."""
import re
import stat

from elements import PIN, SoftHsm, SwTpm
from harness import BIN, EndToEnd, Vendor, free_port, run


class WithElement(EndToEnd):
    def element(self, kind):
        element = kind(self.folder / "element")
        self.started.append(element)
        return element


class KeyStores(WithElement):
    def whole_path(self, kind, what):
        element = self.element(kind)
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        identity, = vendor.issue(1, *element.options)
        self.assertFalse((identity / "key.pem").exists())
        self.assertEqual(stat.S_IMODE((identity / "key.uri").stat().st_mode), 0o600)
        self.assertNotIn(PIN, (identity / "key.uri").read_text())

        module = self.module(identity, cloud)
        self.assertIn(what, module.process.log())
        self.assertNotIn("PLAIN FILE", module.process.log())
        module.connect()  # just-in-time provisioning
        self.assertEqual([t["thingName"] for t in cloud.aws("iot", "list-things")["things"]], [module.thing])
        self.assertEqual(module.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")

        element.take_away()
        answer = module.connect_fails_with(4)
        self.assertRegex(answer, what.split()[0])
        self.assertRegex(module.process.log(), "connection attempt failed.*" + what.split()[0])
        element.bring_back()
        module.connect()
        self.assertNotIn(PIN, module.process.log())

        self.assertEqual(module.power_off(), 0)
        element.take_away()
        module.power_up()  # a gateway's TPM may come later than its module
        self.assertIn("secure element is away", module.process.log())
        module.connect_fails_with(4)
        element.bring_back()
        module.connect()

    def test_a_module_with_its_key_in_a_tpm(self):
        self.whole_path(SwTpm, "TPM 2.0 handle 0x81000100")

    def test_a_module_with_its_key_in_a_pkcs11_token(self):
        self.whole_path(SoftHsm, "PKCS#11 token")

    def verify(self, module, cloud, *extra):
        module.close()
        done = run(BIN / "expresslink-factory", "verify", "--module", module.link, *extra, env=cloud.env(), check=False)
        module.open()
        return done

    def test_the_factory_proves_that_key_certificate_and_name_belong_together(self):
        element = self.element(SwTpm)
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        module = self.module(vendor.issue(1, *element.options)[0], cloud)
        account = ("--endpoint-url", cloud.url, "--profile", "staging")
        done = self.verify(module, cloud, "--ca", vendor.ca / "issuing.pem", *account)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "(?s)good .*connected .*cloud .*" + module.thing)

        stranger = Vendor(self.folder / "stranger", "Globex").create_ca()
        done = self.verify(module, cloud, "--ca", stranger.ca / "issuing.pem")
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stdout)
        cloud.create_account("oem", "customer")
        done = self.verify(module, cloud, *account[:3], "oem")
        self.assertIn("does not have the certificate", done.stderr)

        element.take_away()
        done = self.verify(module, cloud)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "cannot connect.*TPM")

    def test_a_key_in_a_file_is_told_loudly(self):
        module = self.staged_module(self.cloud())
        self.assertIn("PLAIN FILE", module.process.log())


class Factory(WithElement):
    def vendor(self):
        return Vendor(self.folder / "vendor").create_ca()

    def issue(self, vendor, out, *extra, count=1):
        return vendor.factory("issue", "--ca", vendor.ca, "--count", count, "--out", out, "--endpoint", "e.localhost",
                              "--root-ca", vendor.ca / "root.pem", *extra, check=False)

    def test_the_same_command_again_makes_no_second_key(self):
        vendor = self.vendor()
        token = self.element(SoftHsm)
        out = self.folder / "batch"
        self.assertEqual(self.issue(vendor, out, *token.options, count=2).returncode, 0)
        again = self.issue(vendor, out, *token.options, count=2)
        self.assertIn("issued      0 identities", again.stdout)
        objects = [path for path in token.tokens.glob("*/*.object") if path.name != "token.object"]
        self.assertEqual(len(objects), 2 * 3, "two halves and a certificate each")

    def test_a_batch_that_fails_leaves_no_key_in_the_element(self):
        vendor = self.vendor()
        tpm = self.element(SwTpm)
        failed = self.issue(vendor, self.folder / "batch", *tpm.options, "--tpm-handle", "0x81000123", count=2)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("0x81000123 already", failed.stderr)
        self.assertEqual(list((self.folder / "batch").glob("*/thing-name")), [])
        done = self.issue(vendor, self.folder / "batch", *tpm.options, "--tpm-handle", "0x81000123")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_errors_say_what_to_do(self):
        vendor = self.vendor()
        token = self.element(SoftHsm)
        for options, expected in (
                (("--keystore", "tpm2", "--tcti", f"swtpm:host=127.0.0.1,port={free_port()}"), "Is it there"),
                (("--keystore", "pkcs11"), "module-path"),
                (("--keystore", "pkcs11", "--pkcs11-module", "/no/driver.so"), "/no/driver.so"),
                (token.options[:-3] + ("no such token",) + token.options[-2:], 'named "no such token".*"line 1"'),
                (("--keystore", "floppy"), "Known: file, pkcs11, tpm2")):
            failed = self.issue(vendor, self.folder / "batch", *options)
            self.assertEqual(failed.returncode, 1, failed.stdout)
            self.assertTrue(re.search(expected, failed.stderr), failed.stderr)
        token.write_pin("98765")
        failed = self.issue(vendor, self.folder / "batch", *token.options)
        self.assertIn("PIN", failed.stderr)
        self.assertNotIn("98765", failed.stderr)

    def test_a_module_with_a_wrong_pin_does_not_start_and_says_why(self):
        vendor = self.vendor()
        token = self.element(SoftHsm)
        self.issue(vendor, self.folder / "batch", *token.options)
        token.write_pin("98765")
        failed = run(BIN / "expresslink-module", "--identity", self.folder / "batch", "--state", self.folder / "state",
                     "--stdio", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("PIN", failed.stderr)
