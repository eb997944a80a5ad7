# SPDX-License-Identifier: Apache-2.0
"""Bulk registration with Debian's AWS CLI: a file of many devices, a cloud that is killed in the middle, a stop, reports
that are no longer kept."""
import contextlib
import json
import sqlite3
import subprocess
import urllib.error
import urllib.request

from harness import EndToEnd, eventually

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
TEMPLATE = json.dumps({
    "Parameters": {"Name": {"Type": "String"}, "Request": {"Type": "String"}},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"}}},
        "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateSigningRequest": {"Ref": "Request"}}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "all", "PolicyDocument": ALLOW}}}})
ROLE = "arn:aws:iam::111122223333:role/provisioning"


class Bulk(EndToEnd):
    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud()
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     self.folder / "key.pem", "-out", self.folder / "request.pem", "-subj", "/CN=lamp")
        self.request = (self.folder / "request.pem").read_text()

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def account(self, profile):
        return self.cloud_.aws("sts", "get-caller-identity", profile=profile)["Account"]

    def put(self, key, names, profile="staging"):
        file = self.cloud_.folder / "buckets" / self.account(profile) / "factory" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w") as out:
            for name in names:
                out.write(json.dumps({"Name": name, "Request": self.request}) + "\n" if name else "no JSON\n")
        return file

    def iot(self, *words, profile="staging", check=True):
        return self.cloud_.aws("iot", *words, profile=profile, check=check)

    def start(self, key, profile="staging", check=True):
        return self.iot("start-thing-registration-task", "--template-body", TEMPLATE, "--input-file-bucket", "factory",
                        "--input-file-key", key, "--role-arn", ROLE, profile=profile, check=check)

    def task(self, task_id, profile="staging"):
        return self.iot("describe-thing-registration-task", "--task-id", task_id, profile=profile)

    def ended(self, task_id, profile="staging"):
        def look():
            task = self.task(task_id, profile)
            return task if task["status"] not in ("InProgress", "Cancelling") else None
        return eventually(look, f"task {task_id} ends\n" + self.cloud_.process.log()[-2000:], 180)

    def report(self, task_id, kind, profile="staging"):
        links = self.iot("list-thing-registration-task-reports", "--task-id", task_id, "--report-type", kind,
                         profile=profile)["resourceLinks"]
        lines = []
        for link in links:
            with urllib.request.urlopen(link, timeout=30) as answer:
                lines += [json.loads(line) for line in answer.read().decode().splitlines()]
        return lines

    def things(self, profile="staging"):
        return [thing["thingName"] for thing in self.iot("list-things", profile=profile)["things"]]

    def test_a_cloud_killed_in_the_middle_goes_on_and_does_no_line_twice(self):
        count = 6000
        names = [f"lamp-{n:05}" for n in range(1, count + 1)]
        names[2999] = None
        self.put("lots/1.json", names)
        task_id = self.start("lots/1.json")["taskId"]
        kills = 0
        for wanted in (300, 2500):
            eventually(lambda wanted=wanted: self.task(task_id)["successCount"] >= wanted, "some lines are done", 120)
            kills += self.task(task_id)["status"] == "InProgress"
            self.cloud_.process.kill()
            self.cloud_.start()
        self.assertGreater(kills, 0, "it was never killed in the middle")
        task = self.ended(task_id)
        self.assertEqual((task["status"], task["successCount"], task["failureCount"], task["percentageProgress"]),
                         ("Completed", count - 1, 1, 100))
        self.assertEqual(self.things(), [name for name in names if name])
        certificates = self.iot("list-certificates")["certificates"]
        self.assertEqual(len(certificates), count - 1, "a certificate for each line, none of a line done twice")
        self.assertEqual({certificate["status"] for certificate in certificates}, {"ACTIVE"})
        results = self.report(task_id, "RESULTS")
        self.assertEqual([line["lineNumber"] for line in results], [n for n in range(1, count + 1) if n != 3000])
        error, = self.report(task_id, "ERRORS")
        self.assertEqual((error["lineNumber"], error["errorCode"]), (3000, "SerializationException"))
        self.assertEqual(self.iot("list-thing-registration-tasks", "--status", "Completed")["taskIds"], [task_id])
        self.assert_clean(self.cloud_)

    def test_a_task_is_stopped_and_the_next_one_may_begin(self):
        self.put("long.json", [f"lamp-{n}" for n in range(20000)])
        self.put("short.json", ["last"])
        task_id = self.start("long.json")["taskId"]
        second = self.start("short.json", check=False)
        self.assertIn("InvalidRequestException", second.stderr)
        self.assertIn(task_id, second.stderr)
        self.iot("stop-thing-registration-task", "--task-id", task_id)
        task = self.ended(task_id)
        self.assertEqual(task["status"], "Cancelled")
        self.assertEqual(len(self.things()), task["successCount"])
        self.assertEqual(self.ended(self.start("short.json")["taskId"])["successCount"], 1)
        self.assertEqual(self.cloud_.process.stop(), 0)
        self.assert_clean(self.cloud_)

    def test_two_accounts_run_at_once_and_a_stop_of_the_cloud_is_clean(self):
        self.cloud_.create_account("oem", "customer")
        tasks = {}
        for profile in ("staging", "oem"):
            self.put("lot.json", [f"lamp-{n}" for n in range(3000)], profile)
        for profile in ("staging", "oem"):
            tasks[profile] = self.start("lot.json", profile)["taskId"]
        self.iot("create-thing", "--thing-name", "by-hand")
        self.assertEqual(self.cloud_.process.stop(), 0)
        self.assert_clean(self.cloud_)
        self.cloud_.start()
        for profile, task_id in tasks.items():
            task = self.ended(task_id, profile)
            self.assertEqual((task["successCount"], task["failureCount"]), (3000, 0))
            self.assertEqual(len(self.report(task_id, "RESULTS", profile)), 3000)
            self.assertEqual(len(self.things(profile)), 3000 + (profile == "staging"))
        self.assert_clean(self.cloud_)

    def test_reports_go_a_month_after_their_task_has_ended_and_the_task_stays(self):
        tasks = {}
        for name in ("old", "new"):
            self.put(f"{name}.json", [name, None])
            tasks[name] = self.start(f"{name}.json")["taskId"]
            self.ended(tasks[name])
        self.assertEqual(self.cloud_.process.stop(), 0)
        with contextlib.closing(sqlite3.connect(self.cloud_.folder / "registry.sqlite")) as registry, registry:
            registry.execute("update registration_task set modified = modified - ? where id = ?",
                             (31 * 24 * 3600 * 1000, tasks["old"]))
        self.cloud_.start()
        self.cloud_.eventually_logs("old reports removed pieces=2")
        for kind in ("RESULTS", "ERRORS"):
            self.assertEqual(self.report(tasks["old"], kind), [])
            self.assertEqual(len(self.report(tasks["new"], kind)), 1)
        self.assertEqual(self.task(tasks["old"])["successCount"], 1)
        self.assert_clean(self.cloud_)

    def test_what_is_not_there_or_not_ours_is_refused(self):
        self.cloud_.create_account("oem", "customer")
        self.put("theirs.json", ["x"], "oem")
        (self.cloud_.folder / "buckets" / self.account("staging") / "factory").mkdir(parents=True)
        for key in ("absent.json", "theirs.json", "../factory/theirs.json", "../../" + self.account("oem")
                    + "/factory/theirs.json", "../../../master.key"):
            refused = self.start(key, check=False)
            self.assertIn("InvalidRequestException", refused.stderr, key)
        self.assertIn(f"buckets/{self.account('staging')}/factory/absent.json",
                      self.start("absent.json", check=False).stderr)
        self.put("mine.json", ["lamp"])
        task_id = self.start("mine.json")["taskId"]
        self.ended(task_id)
        link, = self.iot("list-thing-registration-task-reports", "--task-id", task_id, "--report-type",
                         "RESULTS")["resourceLinks"]
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(link[:-1] + ("0" if link[-1] != "0" else "1"), timeout=30)
        refused.exception.close()
        self.assertEqual(refused.exception.code, 403)
        theirs = self.iot("describe-thing-registration-task", "--task-id", task_id, profile="oem", check=False)
        self.assertIn("ResourceNotFoundException", theirs.stderr)
