# SPDX-License-Identifier: Apache-2.0
"""A registry that is restored from a backup is told by the custody log who has become whose since: no module goes back
to an owner who has given it up. What the log cannot tell is said, and nothing is guessed."""
import json
import re
import shutil

from aws_model import Client
from harness import BIN, run
from test_claims import Claiming
from test_kill_points import Control

CLOUD = BIN / "expresslink-cloud"


class Restored(Claiming):
    def backup(self, cloud):
        out = self.folder / "backup.sqlite"
        run(CLOUD, "backup", "--data-dir", cloud.folder, "--out", out, "--force")
        return out

    def restore(self, cloud, backup, env=None, check=True):
        return run(CLOUD, "restore", "--data-dir", cloud.folder, "--from", backup, env=env, check=check)

    def custody(self, cloud, thing):
        lines = run(CLOUD, "custody", "export", "--thing", thing, "--data-dir", cloud.folder).stdout.splitlines()
        last = json.loads(lines[-1])
        return last["status"], last.get("ownerAccountId")

    def findings(self, who, thing):
        return [(found["kind"], found["evidence"]) for found in who.send("GET", "/findings")[1]["findings"]
                if found["thingName"] == thing]

    def assert_log_fits(self, cloud):
        done = run(CLOUD, "custody", "verify", "--data-dir", cloud.folder)
        self.assertNotIn("another registry", done.stdout)

    def comes_home_and_is_claimed(self, cloud, module, identity, owner):
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        module.events()
        status, claim = owner.claim(identity)
        self.assertEqual(status, 200, claim)
        self.assertIn(claim["state"], ("PREPARED", "NOTIFYING"))  # it listens already, or is about to
        module.eventually_event("3 0 CONLOST")
        module.connect()
        owner.eventually(claim, "COMPLETED")
        self.assert_clean(cloud)


class OwnersSinceTheBackup(Restored):
    def test_a_module_that_was_claimed_since_is_its_owners(self):
        cloud = self.served()
        rival = self.rival(cloud)
        module = self.staged(cloud, identity := self.identity())
        backup = self.backup(cloud)
        self.arrives(module, self.claimed(identity))
        cloud.process.kill()
        said = self.restore(cloud, backup).stdout
        self.assertRegex(said, r"custody log replayed: 2 entries of 1 modules; 0 claims ended, 0 registrations")
        self.assertIn(f"not decided: thing {module.thing}", said)
        self.assert_log_fits(cloud)
        cloud.start()
        self.assert_clean(cloud)
        self.assertEqual(self.custody(cloud, module.thing), ("OWNED", self.oem.account))
        self.assertEqual(rival.claim(identity)[0], 403, "a backup gives it to nobody else")
        for who in (self.oem, self.staging):
            (kind, evidence), = self.findings(who, module.thing)
            self.assertEqual(kind, "restored")
            self.assertIn("reset the module and claim it again", evidence)
        self.comes_home_and_is_claimed(cloud, module, identity, self.oem)

    def test_a_module_that_was_sold_since_does_not_go_back_to_its_former_owner(self):
        cloud = self.served()
        rival = self.rival(cloud)
        module = self.staged(cloud, identity := self.identity())
        self.arrives(module, self.claimed(identity))
        backup = self.backup(cloud)
        self.assertEqual(Client(cloud, "oem").send("POST", f"/expresslink/things/{module.thing}/offboard").status, 200)
        module.eventually_event("3 0 CONLOST")
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.connect()
        module.events()
        status, claim = rival.claim(identity)
        self.assertEqual(status, 200, claim)
        module.eventually_event("3 0 CONLOST")
        module.connect()
        rival.eventually(claim, "COMPLETED")
        self.assertEqual(cloud.process.stop(), 0)
        self.assertIn("1 registrations of former owners withdrawn", self.restore(cloud, backup).stdout)
        self.assert_log_fits(cloud)
        cloud.start()
        self.assert_clean(cloud)
        self.assertEqual(self.custody(cloud, module.thing), ("OWNED", rival.account))
        self.assertEqual(cloud.aws("iot", "list-things", profile="oem")["things"], [])
        self.assertEqual(self.oem.claim(identity)[0], 403)
        former = self.device(cloud, identity, self.oem_endpoint)
        self.assertNotEqual(former.connect(), 0)
        self.comes_home_and_is_claimed(cloud, module, identity, rival)

    def test_a_claim_that_was_prepared_then_is_taken_for_told(self):
        cloud = self.served()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        backup = self.backup(cloud)
        self.listen(device)
        self.oem.eventually(claim, "NOTIFYING")
        cloud.process.kill()
        self.assertIn("1 claims taken for told", self.restore(cloud, backup).stdout)
        cloud.start()
        state = self.oem.state(claim)
        self.assertEqual((state["state"], state["reason"]), ("NOTIFYING", "restored from a backup: it may have been told since"))
        there = self.device(cloud, identity, self.oem_endpoint)
        self.assertEqual(there.connect(), 0, "it was told, and is let in")
        self.oem.eventually(claim, "COMPLETED")
        self.assert_clean(cloud)

    def test_a_restore_that_fails_leaves_claims_as_they_are(self):
        cloud = self.served()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        cloud.process.stop()
        broken = self.folder / "broken.sqlite"
        broken.write_text("no registry")
        self.assertEqual(self.restore(cloud, broken, check=False).returncode, 1)
        cloud.start()
        self.assertEqual(self.oem.state(claim)["state"], "PREPARED")

    def test_a_restore_that_is_killed_anywhere_is_gone_on_with(self):
        cloud = self.served("--backup-every", "0h")
        module = self.staged(cloud, identity := self.identity())
        backup = self.backup(cloud)
        self.arrives(module, self.claimed(identity))
        cloud.process.stop()
        whole = self.folder / "whole"
        shutil.copytree(cloud.folder, whole, ignore=shutil.ignore_patterns("engine"))
        control = Control(self.folder / "control", "kill_at_commit.so")
        kills = 0
        for moment in ("before", "after"):
            for number in range(1, 100):
                shutil.rmtree(cloud.folder)
                shutil.copytree(whole, cloud.folder)
                control.arm(moment, number)
                killed = self.restore(cloud, backup, env=control.environment, check=False)
                control.disarm()
                if killed.returncode == 0:
                    break
                self.assertEqual(killed.returncode, -9, killed.stderr)
                kills += 1
                run(CLOUD, "account", "list", "--data-dir", cloud.folder)  # whoever opens it goes on
                self.assertFalse((cloud.folder / "custody-reconcile").exists())
                self.assertEqual(self.custody(cloud, module.thing), ("OWNED", self.oem.account))
                self.assert_clean(cloud)
                self.assert_log_fits(cloud)
        print(f"killed {kills} times")
        self.assertGreaterEqual(kills, 4)


class WithoutTheLog(Restored):
    def test_nothing_is_claimed_or_registered_until_somebody_decides(self):
        cloud = self.served()
        identity, new = self.vendor.issue(2)
        known = self.device(cloud, identity)
        self.assertEqual(known.connect(), 0)
        backup = self.backup(cloud)
        cloud.process.kill()
        for name in ("registry.sqlite", "registry.sqlite-wal", "custody-log.jsonl", "custody-seals.jsonl"):
            (cloud.folder / name).unlink(missing_ok=True)
        self.assertIn("The custody log cannot be replayed", self.restore(cloud, backup).stdout)
        cloud.start()
        status, answer = self.oem.claim(identity)
        self.assertEqual(status, 503, answer)
        self.assertIn("custody reconcile", json.dumps(answer))
        self.assertEqual(known.connect(), 0, "it is known, and served")
        stranger = self.device(cloud, new)
        self.assertNotEqual(stranger.connect(), 0)
        self.assertFalse((cloud.folder / "custody-seals.jsonl").exists(), "a registry of the past is not sealed")
        said = run(CLOUD, "custody", "reconcile", "--without-log", "--data-dir", cloud.folder).stdout
        self.assertIn("The custody log was done without", said)
        self.assertEqual(stranger.connect(), 0)
        self.assertEqual(self.claimed(identity)["state"], "PREPARED")
        kinds = [found["kind"] for found in self.staging.send("GET", "/findings")[1]["findings"]]
        self.assertEqual(kinds, ["restored"])
        self.assertIn("nothing to do", run(CLOUD, "custody", "reconcile", "--data-dir", cloud.folder).stdout)

    def test_a_log_that_was_changed_is_not_believed(self):
        cloud = self.served()
        module = self.staged(cloud, self.identity())
        backup = self.backup(cloud)
        module.power_off()
        cloud.process.stop()
        self.restore(cloud, backup)  # which seals what there was
        log = cloud.folder / "custody-log.jsonl"
        whole = log.read_text()
        log.write_text(re.sub(r'"thingName":"..', '"thingName":"00', whole))
        (cloud.folder / "registry.sqlite").unlink()
        said = self.restore(cloud, backup).stdout
        self.assertIn("is not what was sealed", said)
        log.write_text(whole)
        self.assertIn("0 entries", run(CLOUD, "custody", "reconcile", "--data-dir", cloud.folder).stdout)
