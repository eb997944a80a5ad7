# SPDX-License-Identifier: Apache-2.0
"""The end of a customer's account, mid-way through a claim and afterwards: what is refused and why, who is cut, and that
every module is at home after a factory reset, free for the next customer. kill -9 between any two steps, and again."""
import itertools
import json
import sqlite3

from aws_model import Client
from harness import BIN, EndToEnd, eventually, policy_of, run
from test_claims import Claiming, Onboarder
from test_elsewhere import Elsewhere
from test_kill_points import Control


def delete(cloud, *words, name="oem", env=None):
    return run(BIN / "expresslink-cloud", "account", "delete", name, *words, "--data-dir", cloud.folder, check=False,
               env=env)


class Deleting(Claiming):
    def deleted(self, cloud, *words):
        done = delete(cloud, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("[oem]", (cloud.folder / "credentials").read_text())
        self.assert_clean(cloud)

    def refused(self, cloud, *reasons):
        done = delete(cloud)
        self.assertEqual(done.returncode, 1, done.stdout)
        for reason in ("account oem is not deleted, nothing was changed", *reasons):
            self.assertIn(reason, done.stderr)

    def of_vendor(self, claim):
        return next(found for found in self.staging.send("GET", "/claims")[1]["claims"]
                    if found["claimId"] == claim["claimId"])

    def next_customer_claims(self, cloud, module, identity):
        rival = self.rival(cloud)
        status, claim = rival.claim(identity)
        self.assertEqual(status, 200, claim)
        module.eventually_event("3 0 CONLOST")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        rival.eventually(claim, "COMPLETED")
        self.assert_clean(cloud)


class CustomerAccountDeletedMidWay(Deleting):
    def test_a_module_is_awaited(self):
        cloud = self.served()
        identity = self.identity()
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "AWAITING_MODULE")
        self.deleted(cloud)
        self.assertEqual(self.of_vendor(claim)["state"], "CANCELLED")
        module = self.staged(cloud, identity)
        self.next_customer_claims(cloud, module, identity)

    def test_a_claim_is_reserved(self):
        """Its account elsewhere does not answer, so that it stays so."""
        cloud = self.served()
        run(BIN / "expresslink-cloud", "account", "delete", "oem", "--data-dir", cloud.folder)
        secret = self.folder / "secret"
        secret.write_text("0" * 40)
        run(BIN / "expresslink-cloud", "account", "create", "oem", "--kind", "customer", "--data-dir", cloud.folder,
            "--elsewhere", "http://127.0.0.1:9", "--region", "us-east-1", "--access-key", "AKIA0", "--secret-file",
            secret, "--endpoint", "nowhere.iot.localhost:9")
        self.oem = Onboarder(cloud, "oem")
        self.grant(self.oem)
        module = self.staged(cloud, identity := self.identity())
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "RESERVED")
        self.deleted(cloud)
        self.assertEqual(self.of_vendor(claim)["state"], "CANCELLED")
        self.next_customer_claims(cloud, module, identity)

    def test_a_claim_is_prepared(self):
        cloud = self.served()
        module = self.staged(cloud, identity := self.identity())
        module.power_off()
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "PREPARED")
        self.deleted(cloud)
        self.assertEqual(self.of_vendor(claim)["state"], "CANCELLED")
        module.power_up()
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING", "nobody sends it anywhere")
        self.next_customer_claims(cloud, module, identity)

    def test_a_claim_has_told_its_module(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.listen(device)
        self.oem.eventually(claim, "NOTIFYING")
        self.refused(cloud, "claims that may have moved their modules: 1 NOTIFYING", "cancel them (POST", "--orphan")
        self.assertEqual(self.oem.state(claim)["state"], "NOTIFYING")
        self.deleted(cloud, "--orphan")
        self.assertEqual(self.of_vendor(claim)["state"], "CANCELLED")
        there = self.device(cloud, identity, self.oem_endpoint)
        self.assertNotEqual(there.connect(), 0, "there is no such endpoint any longer")
        device.close()
        self.next_customer_claims(cloud, self.staged(cloud, identity), identity)

    def test_a_claim_has_moved_its_module(self):
        cloud = self.served()
        module = self.staged(cloud, identity := self.identity())
        self.arrives(module, self.claimed(identity))
        self.refused(cloud, f"1 module is its own ({module.thing})", "thing offboard oem THING", "--orphan")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        key = Client(cloud, "oem")
        self.deleted(cloud, "--orphan")
        module.eventually_event("3 0 CONLOST")
        self.assertEqual(key.send("GET", "/things").status, 403, "its key is gone")
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        module.events()
        self.next_customer_claims(cloud, module, identity)
        again = delete(cloud)
        self.assertEqual((again.returncode, again.stdout), (0, "account oem was deleted before; nothing was left to do\n"))


class Others(Deleting):
    def test_an_account_of_a_stopped_installation(self):
        cloud = self.served()
        cloud.process.stop()
        self.deleted(cloud)
        self.assertNotIn(" oem ", run(BIN / "expresslink-cloud", "account", "list", "--data-dir", cloud.folder).stdout)
        self.assertEqual(delete(cloud, name="nobody").returncode, 1)
        self.assertNotEqual(cloud.create_account("oem", "customer"), self.oem_endpoint, "a new one of that name")
        cloud.start()
        self.assert_clean(cloud)

    def test_a_vendors_account_goes_only_while_no_module_calls_it_home(self):
        cloud = self.served()
        cloud.create_account("maker", "staging")
        self.assertIn("every start of a server", delete(cloud, name="staging").stderr)
        maker = Onboarder(cloud, "maker")
        maker.send("PUT", f"/claim-grants/{self.oem.account}", {"proof": "open"})
        self.vendor.enroll(cloud, "maker")
        identity = self.vendor.issue()[0]
        self.assertEqual(self.device(cloud, identity).connect(), 0)
        for words in ((), ("--orphan",)):
            done = delete(cloud, *words, name="maker")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"1 module has it as home ({identity.name})", done.stderr)
        cloud.create_account("mistake", "staging")
        self.assertEqual(delete(cloud, name="mistake").returncode, 0)
        self.assert_clean(cloud)

    def test_what_it_has_retained_is_forgotten_by_the_engine(self):
        cloud = self.served("--claim-arrival", "1s")  # the rounds are as often as that
        cloud.aws("iot-data", "publish", "--topic", "menu", "--payload", "tea", "--retain", "--qos", "1",
                  "--cli-binary-format", "raw-in-base64-out", profile="oem")
        def retained():
            with sqlite3.connect(f"file:{cloud.folder}/registry.sqlite?mode=ro", uri=True) as registry:
                return registry.execute("select count(*) from retained_topic").fetchone()[0]
        eventually(lambda: retained() == 1, "it is retained")
        self.deleted(cloud)
        eventually(lambda: retained() == 0, "it is forgotten")
        self.assert_clean(cloud)


class DeletedElsewhere(Elsewhere, Deleting):
    def test_its_account_elsewhere_loses_the_module_first(self):
        self.installations()
        identity = self.identity()
        module = self.travelling(identity)
        claim = self.claimed(identity)
        self.moves(module)
        self.oem.eventually(claim, "COMPLETED")
        self.there.process.stop()
        waiting = delete(self.here, "--orphan")
        self.assertEqual(waiting.returncode, 1, waiting.stdout)
        self.assertIn("account oem is closed, and not gone yet", waiting.stderr)
        self.assertIn("1 module is still to be withdrawn", waiting.stderr)
        self.assertIn("is being deleted; finish that first",
                      run(BIN / "expresslink-cloud", "account", "create", "oem", "--kind", "customer", "--data-dir",
                          self.here.folder, check=False).stderr)
        self.there.start()
        eventually(lambda: delete(self.here).returncode == 0, "it is withdrawn, and the account goes")
        self.assertEqual(self.things_there(), [])
        self.assert_both_clean()


class Killed(EndToEnd):
    def furnished(self, cloud):
        """An account with a little of everything that is deleted in pieces."""
        cloud.create_account("oem", "customer")
        client = Client(cloud, "oem")
        def call(method, path, body=None, headers=()):
            answer = client.send(method, path, body=body, headers=headers)
            self.assertEqual(answer.status, 200, answer.body)
            return json.loads(answer.body or b"{}")
        arn = call("POST", "/keys-and-certificate?setAsActive=true")["certificateArn"]
        call("POST", "/policies/p", {"policyDocument": policy_of(("Connect", "*"))})
        call("POST", "/things/lamp", {})
        call("PUT", "/things/lamp/principals", headers={"x-amzn-principal": arn})
        call("PUT", "/target-policies/p", {"target": arn})

    def test_it_goes_on_where_it_was_killed(self):
        cloud = self.cloud("--backup-every", "0h")
        control = Control(self.folder / "control", "kill_at_commit.so")
        kills = 0
        for moment in ("before", "after"):
            for number in itertools.count(1):
                self.furnished(cloud)
                control.disarm()
                control.arm(moment, number)
                killed = delete(cloud, env=control.environment)
                control.disarm()
                if killed.returncode == 0:
                    break
                self.assertEqual(killed.returncode, -9, killed.stderr)
                kills += 1
                self.assert_clean(cloud)
                again = delete(cloud)
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertNotIn("[oem]", (cloud.folder / "credentials").read_text())
                self.assert_clean(cloud)
        print(f"killed {kills} times")
        self.assertGreaterEqual(kills, 4)
