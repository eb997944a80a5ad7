# SPDX-License-Identifier: Apache-2.0
"""The registry under fire: backups while modules arrive, kill -9, damage, restore; docs/registry.md."""
import concurrent.futures
import pathlib
import re
import resource
import sqlite3
import subprocess
import threading

from harness import BIN, EndToEnd, PATIENCE, Vendor, connect_once, eventually, run

CLOUD = BIN / "expresslink-cloud"


def join(cloud, identities, done=None):
    """All at once, each until it is accepted."""
    def one(identity):
        eventually(lambda: connect_once(cloud, identity) == 0, f"{identity.name} is accepted")
        if done:
            done()
    with concurrent.futures.ThreadPoolExecutor(len(identities)) as pool:
        for future in [pool.submit(one, identity) for identity in identities]:
            future.result()


class Registry(EndToEnd):
    def backup(self, cloud, out, *words, check=True):
        return run(CLOUD, "backup", "--data-dir", cloud.folder, "--out", out, *words, check=check)

    def restore(self, cloud, source, check=True):
        return run(CLOUD, "restore", "--data-dir", cloud.folder, "--from", source, check=check)

    def serve_refuses(self, cloud, **more):
        """What it says; the registry is left as it was."""
        registry = cloud.folder / "registry.sqlite"
        before = registry.read_bytes() if registry.exists() else None
        done = subprocess.run([CLOUD, "serve", "--data-dir", cloud.folder, "--mqtt", "127.0.0.1:0", "--http",
                               "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL, **more)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(registry.read_bytes() if registry.exists() else None, before)
        return done.stderr


class UnderLoad(Registry):
    def test_backups_while_modules_arrive_and_a_restore_after_kill_9(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        identities = vendor.issue(22)
        modules = [self.module(identity, cloud) for identity in identities[:2]]
        for module in modules:
            module.connect()
        join(cloud, identities[2:10])
        before = {module.thing: cloud.aws("iot", "describe-thing", "--thing-name", module.thing) for module in modules}

        arrivals = threading.Thread(target=join, args=(cloud, identities[10:]))
        arrivals.start()
        held = []
        while arrivals.is_alive() or len(held) < 3:
            out = self.backup(cloud, self.folder / f"backup-{len(held)}.sqlite").stdout
            held.append(int(re.search(r"(\d+) things", out).group(1)))
        arrivals.join()
        self.assertEqual(held, sorted(held))
        self.assertGreaterEqual(held[0], 10)
        print(f"things in the backups: {held}")

        cloud.process.kill()
        done = self.restore(cloud, self.folder / "backup-0.sqlite")
        self.assertIn("Next:", done.stdout)
        kept = pathlib.Path(re.search(r"kept +(\S+)", done.stdout).group(1))
        with sqlite3.connect(kept) as old:
            self.assertEqual(old.execute("select count(*) from thing").fetchone(), (22,), "with its log")
        self.assert_clean(cloud)
        cloud.start()
        for module in modules:
            module.connect()
        join(cloud, identities[2:])
        self.assertEqual(cloud.metric("gateway_provisioned_total"), 22 - held[0], "only those the backup had not seen")
        for thing, described in before.items():
            self.assertEqual(cloud.aws("iot", "describe-thing", "--thing-name", thing), described)
        things = sorted(t["thingName"] for t in cloud.aws("iot", "list-things")["things"])
        self.assertEqual(things, sorted(identity.name for identity in identities))
        self.assertEqual(len(cloud.aws("iot", "list-certificates")["certificates"]), 22)
        self.assert_clean(cloud)


class Commands(Registry):
    def test_a_backup_replaces_a_file_only_when_forced(self):
        cloud = self.cloud()
        out = self.folder / "backup.sqlite"
        out.write_text("precious")
        refused = self.backup(cloud, out, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--force", refused.stderr)
        self.assertEqual(out.read_text(), "precious")
        self.assertIn("1 accounts, 0 things", self.backup(cloud, out, "--force").stdout)
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)

    def test_a_restore_is_refused_while_the_folder_is_served(self):
        cloud = self.cloud()
        out = self.folder / "backup.sqlite"
        self.backup(cloud, out)
        refused = self.restore(cloud, out, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Stop it first", refused.stderr)
        cloud.process.stop()
        self.restore(cloud, out)
        cloud.start()

    def test_fsck_tells_of_a_changed_custody_entry_while_the_cloud_runs(self):
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.connect()
        self.assert_clean(cloud)
        with sqlite3.connect(cloud.folder / "registry.sqlite") as registry:
            registry.execute("update custody_log set vendor_account = '000000000000'")
        done = cloud.fsck()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"thing {module.thing}), epoch 1: its contents do not give its hash", done.stdout)
        self.assertTrue(done.stdout.endswith("2 findings\n"), done.stdout)

    def test_what_cannot_be_checked_exits_2(self):
        done = run(CLOUD, "fsck", "--data-dir", self.folder / "nothing here", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "nothing here").exists())

    def test_help_names_what_is_not_in_a_backup(self):
        for command in ("backup", "restore"):
            self.assertIn("master.key", run(CLOUD, command, "--help").stdout)


class Schedule(Registry):
    def backups(self, cloud):
        return sorted(path.name for path in (cloud.folder / "backups").glob("*.sqlite"))

    def test_the_cloud_backs_itself_up_and_a_restart_adds_none(self):
        cloud = self.cloud()
        made = eventually(lambda: self.backups(cloud), "a scheduled backup")
        self.assertRegex(made[0], r"^registry-\d{8}T\d{6}Z\.sqlite$")
        self.assertEqual(cloud.process.stop(), 0)
        cloud.start()
        self.staged_module(cloud).connect()  # long enough for a backup that should not be made
        self.assertEqual(self.backups(cloud), made)
        self.assertEqual(cloud.process.stop(), 0)
        self.restore(cloud, cloud.folder / "backups" / made[0])

    def test_0h_makes_none(self):
        cloud = self.cloud("--backup-every", "0h")
        self.staged_module(cloud).connect()
        self.assertFalse((cloud.folder / "backups").exists())


class Damage(Registry):
    def staged_cloud(self):
        """A cloud that has stopped, its module, and its newest backup."""
        cloud = self.cloud("--backup-every", "0h")
        module = self.staged_module(cloud)
        module.connect()
        (cloud.folder / "backups").mkdir()
        backup = cloud.folder / "backups" / "tuesday.sqlite"
        self.backup(cloud, backup)
        self.assertEqual(cloud.process.stop(), 0)
        return cloud, module, backup

    def test_a_damaged_page_is_refused_and_the_command_in_the_message_heals_it(self):
        cloud, module, backup = self.staged_cloud()
        with open(cloud.folder / "registry.sqlite", "r+b") as registry:
            registry.seek(4096 * 3)
            registry.write(b"\x5a" * 4096)
        said = self.serve_refuses(cloud)
        self.assertIn("damaged", said)
        self.assertIn(str(cloud.folder / "registry.sqlite"), said)
        self.assertEqual(cloud.fsck().returncode, 1)
        words = re.search(r"expresslink-cloud (restore .*)", said).group(1).split()
        self.assertEqual(words[-1], str(backup))
        run(CLOUD, *words)
        self.assert_clean(cloud)
        cloud.start()
        module.connect()
        self.assertEqual(cloud.metric("gateway_provisioned_total"), 0)

    def test_what_is_truncated_foreign_empty_or_missing_is_refused_with_the_newest_backup(self):
        cloud, _, backup = self.staged_cloud()
        registry = cloud.folder / "registry.sqlite"
        good = registry.read_bytes()
        for content in (good[:len(good) // 2], b"n" * 5000, b"", None):
            registry.write_bytes(content) if content is not None else registry.unlink()
            self.assertIn(f"--from {backup}", self.serve_refuses(cloud))
        registry.write_bytes(good)
        cloud.start()

    def test_a_full_disk_is_refused_and_named(self):
        cloud, module, _ = self.staged_cloud()
        def full():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        self.assertIn("disk is full", self.serve_refuses(cloud, preexec_fn=full))
        cloud.start()
        module.connect()

    def test_a_lost_key_is_refused_not_replaced(self):
        cloud, module, _ = self.staged_cloud()
        for name in ("master.key", "root-ca.pem"):
            lost = cloud.folder / name
            lost.rename(self.folder / name)
            self.assertIn(f"{lost} is missing", self.serve_refuses(cloud))
            self.assertFalse(lost.exists())
            (self.folder / name).rename(lost)
        cloud.start()
        module.connect()

    def test_another_installations_master_key_is_a_finding(self):
        cloud, _, _ = self.staged_cloud()
        (cloud.folder / "master.key").write_text("00" * 32 + "\n")
        done = cloud.fsck()
        self.assertEqual(done.returncode, 1)
        self.assertIn("master.key does not open its secret", done.stdout)
