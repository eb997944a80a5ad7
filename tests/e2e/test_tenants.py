# SPDX-License-Identifier: Apache-2.0
"""Two customers of one installation: whatever one calls with the other's names, numbers and ARNs, it learns nothing and
changes nothing of what is the other's. (Topics: tests/unit/gateway/tenants_test.cpp.)"""
import contextlib
import json
import sqlite3

from aws_model import least_request, served_operations
from harness import jitp_template, policy_of
from test_claims import Claiming

SECRET = "only-the-victim-knows"


class Tenants(Claiming):
    def meet(self):
        """A victim with a module of its own, and a thief who may claim modules as well."""
        self.site = self.served()
        self.victim, self.thief = self.oem, self.rival(self.site)
        self.identity_ = self.identity()
        self.module = self.device(self.site, self.identity_)
        self.assertEqual(self.module.connect(), 0)
        self.claim = self.claimed(self.identity_)
        self.there = self.device(self.site, self.identity_, self.oem_endpoint)
        self.assertEqual(self.there.connect(), 0)
        self.oem.eventually(self.claim, "COMPLETED")
        self.pem = (self.identity_ / "certificate.pem").read_text().splitlines()[2]

    def aws(self, *words):
        return self.site.aws("iot", *words, profile="oem")

    def furnish(self):
        """One of everything in the victim's account, by the member that names it."""
        role = "arn:aws:iam::000000000000:role/any"
        self.aws("update-thing", "--thing-name", self.module.thing, "--attribute-payload", f"attributes={{a={SECRET}}}")
        self.aws("create-thing-type", "--thing-type-name", "kettle", "--thing-type-properties",
                 f"thingTypeDescription={SECRET}")
        self.aws("create-thing-group", "--thing-group-name", "kitchen", "--thing-group-properties",
                 f"thingGroupDescription={SECRET}")
        self.aws("add-thing-to-thing-group", "--thing-name", self.module.thing, "--thing-group-name", "kitchen")
        self.aws("create-policy", "--policy-name", "recipe", "--policy-document",
                 policy_of(("Publish", f"topic/{SECRET}")))
        self.aws("create-provisioning-template", "--template-name", "factory", "--provisioning-role-arn", role,
                 "--enabled", "--type", "JITP", "--description", SECRET, "--template-body",
                 json.dumps(jitp_template(policy_of(("*", "*")))))
        ca = self.aws("register-ca-certificate", "--ca-certificate", f"file://{self.vendor.ca}/issuing.pem",
                      "--certificate-mode", "SNI_ONLY", "--set-as-active", "--allow-auto-registration",
                      "--registration-config", json.dumps({"roleArn": role, "templateName": "factory"}))
        arn = f"{self.victim.client.arn}:cert/{self.claim['certificateId']}"
        return {"thingName": self.module.thing, "thingTypeName": "kettle", "thingGroupName": "kitchen",
                "parentGroupName": "kitchen", "policyName": "recipe", "templateName": "factory",
                "certificateId": self.claim["certificateId"], "caCertificateId": ca["certificateId"],
                "principal": arn, "target": arn, "policyVersionId": "1", "versionId": "1",
                "resourceArn": f"{self.victim.client.arn}:thinggroup/kitchen",
                "targetAwsAccount": self.victim.account}

    def belongings(self):
        """Every row of the registry that says whose it is, without the thief's."""
        file = f"file:{self.site.folder}/registry.sqlite?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True)) as registry:
            tables = [name for name, in registry.execute("select name from sqlite_schema where type = 'table'")]
            owned = [name for name in tables
                     if any(column[1] == "account_id" for column in registry.execute(f"pragma table_info({name})"))]
            self.assertIn("certificate", owned)
            whole = {name: sorted(map(str, registry.execute(f"select * from {name} where account_id <> ?",
                                                            (self.thief.account,)))) for name in owned}
            return {**whole, "custody": sorted(map(str, registry.execute("select * from custody_log")))}

    def check_nothing_was_learned(self, answer, what):
        self.assertLess(answer.status, 500, what)
        text = answer.body.decode(errors="replace")
        for secret in (SECRET, self.pem, self.oem_endpoint):
            self.assertNotIn(secret, text, what)

    def test_no_operation_of_one_reaches_what_is_the_others(self):
        self.meet()
        made = self.furnish()
        before, called, refused = self.belongings(), 0, 0
        for operation in served_operations():
            request = least_request(operation, self.thief.client.arn)
            members = operation.input_shape.members if operation.input_shape else {}
            for name in sorted(made.keys() & members):
                request = request.replaced(name, made[name])
            answer = self.thief.client.call(request)
            self.check_nothing_was_learned(answer, operation.name)
            called, refused = called + 1, refused + (answer.status >= 400)
        print(f"{called} operations, {refused} refused")
        self.assertGreater(refused, called / 2)
        self.assertEqual(self.belongings(), before)

    def test_nor_do_our_own_operations(self):
        self.meet()
        before, claim, key = self.belongings(), f"/claims/{self.claim['claimId']}", "/voucher-keys/AAAA"
        for method, path, body, status in (
                ("GET", claim, None, 404), ("POST", f"{claim}/cancel", {"force": True}, 404),
                ("POST", f"{claim}/retry", None, 404), ("POST", f"{claim}/confirm", None, 404),
                ("POST", f"/things/{self.module.thing}/connectivity-data", {}, 404), ("GET", "/claims", None, 200),
                ("GET", "/claim-grants", None, 400), ("GET", "/voucher-keys", None, 400), ("DELETE", key, None, 400),
                ("PUT", f"/claim-grants/{self.thief.account}", {"proof": "open"}, 400),
                ("POST", f"/expresslink/things/{self.module.thing}/offboard", None, 200)):
            answer = self.thief.client.send(method, path, body=body)
            self.assertEqual(answer.status, status, (method, path, answer.body))
            self.check_nothing_was_learned(answer, path)
        self.assertEqual(self.belongings(), before)

    def test_a_certificate_is_public_and_registering_it_takes_no_module_away(self):
        self.meet()
        answer = self.thief.client.send("POST", "/certificate/register-no-ca", body={
            "certificatePem": (self.identity_ / "certificate.pem").read_text(), "status": "ACTIVE"})
        self.assertEqual(answer.status, 200, answer.body)
        self.thief.send("POST", "/policies/any", {"policyDocument": policy_of(("*", "*"))})
        principal = f"{self.thief.client.arn}:cert/{self.claim['certificateId']}"
        self.thief.send("PUT", "/target-policies/any", {"target": principal})
        taken = self.device(self.site, self.identity_, self.site.staging_endpoint("rival"))
        self.assertEqual(taken.connect(), 5)
        self.site.eventually_logs("connect refused.*belongs to another account")
        self.thief.send("PUT", f"/certificates/{self.claim['certificateId']}?newStatus=REVOKED")
        self.assertEqual(self.there.connect(), 0)
        self.assert_clean(self.site)
