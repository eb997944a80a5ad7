# SPDX-License-Identifier: Apache-2.0
"""The control plane as people use it: Debian's AWS CLI against the built cloud, and a device that feels what it does."""
import contextlib
import json
import threading

from aws_cli import AwsCli, Refused
from harness import Device, EndToEnd, connect_once, eventually

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iot:Connect", "Resource": "*"}]})


class ControlPlane(EndToEnd):
    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud()
        self.cli = AwsCli(self.cloud_, "staging")

    def iot(self, *words):
        return self.cli.run("iot", *words)

    def refused(self, error, *words):
        with self.assertRaisesRegex(Refused, rf"\({error}\)"):
            self.iot(*words)

    def identity(self, made, name):
        """What CreateKeysAndCertificate answered, as a module's folder."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "certificate.pem").write_text(made["certificatePem"])
        (folder / "key.pem").write_text(made["keyPair"]["PrivateKey"])
        (folder / "thing-name").write_text(name)
        (folder / "endpoint").write_text(self.iot("describe-endpoint")["endpointAddress"])
        return folder

    def make_device(self, name):
        made = self.iot("create-keys-and-certificate", "--set-as-active")
        self.iot("create-thing", "--thing-name", name)
        self.iot("attach-thing-principal", "--thing-name", name, "--principal", made["certificateArn"])
        return made, self.identity(made, name)

    @contextlib.contextmanager
    def connected(self, identity):
        """A session, and an event that tells its end."""
        device, ended = Device(self.cloud_, identity), threading.Event()
        eventually(lambda: device.connect() == 0, f"{identity.name} is accepted")

        def wait():
            device.wait_for_close()
            ended.set()
        watcher = threading.Thread(target=wait)
        watcher.start()
        yield ended
        device.hang_up()
        watcher.join()
        device.close()

    def test_a_device_made_by_hand_follows_policies_versions_and_groups(self):
        made, identity = self.make_device("lamp")
        arn = made["certificateArn"]
        self.assertNotEqual(connect_once(self.cloud_, identity), 0, "no policy yet")
        self.iot("create-policy", "--policy-name", "allow", "--policy-document", ALLOW)
        self.iot("attach-policy", "--policy-name", "allow", "--target", arn)
        with self.connected(identity) as ended:
            version = self.iot("create-policy-version", "--policy-name", "allow", "--policy-document", DENY)
            self.assertFalse(version["isDefaultVersion"])
            self.iot("set-default-policy-version", "--policy-name", "allow", "--policy-version-id", "2")
            self.assertTrue(ended.wait(30), "the new default version cuts it")
        self.iot("set-default-policy-version", "--policy-name", "allow", "--policy-version-id", "1")
        self.iot("delete-policy-version", "--policy-name", "allow", "--policy-version-id", "2")
        self.assertEqual(len(self.iot("list-policy-versions", "--policy-name", "allow")["policyVersions"]), 1)

        self.iot("create-thing-group", "--thing-group-name", "house")
        self.iot("create-thing-group", "--thing-group-name", "room", "--parent-group-name", "house")
        self.iot("create-policy", "--policy-name", "deny", "--policy-document", DENY)
        group = self.iot("describe-thing-group", "--thing-group-name", "house")["thingGroupArn"]
        self.iot("attach-policy", "--policy-name", "deny", "--target", group)
        with self.connected(identity) as ended:
            self.iot("add-thing-to-thing-group", "--thing-name", "lamp", "--thing-group-name", "room")
            self.assertTrue(ended.wait(30), "what it inherits cuts it")
        question = json.dumps([{"actionType": "CONNECT", "resources": ["*"]}])
        result = self.iot("test-authorization", "--principal", arn, "--auth-infos", question, "--client-id", "lamp")
        self.assertEqual(result["authResults"][0]["authDecision"], "EXPLICIT_DENY")
        self.assertEqual(len(self.iot("get-effective-policies", "--principal", arn)["effectivePolicies"]), 2)
        self.iot("remove-thing-from-thing-group", "--thing-name", "lamp", "--thing-group-name", "room")
        with self.connected(identity) as ended:
            self.iot("update-certificate", "--certificate-id", made["certificateId"], "--new-status", "REVOKED")
            self.assertTrue(ended.wait(30), "its status cuts it")
        self.assert_clean(self.cloud_)

    def test_offboarding_in_the_order_that_works(self):
        made, _ = self.make_device("lamp")
        identifier, arn = made["certificateId"], made["certificateArn"]
        self.iot("create-policy", "--policy-name", "p", "--policy-document", ALLOW)
        self.iot("attach-principal-policy", "--policy-name", "p", "--principal", arn)
        self.assertEqual(self.iot("list-targets-for-policy", "--policy-name", "p")["targets"], [arn])
        self.refused("DeleteConflictException", "delete-policy", "--policy-name", "p")
        self.refused("CertificateStateException", "delete-certificate", "--certificate-id", identifier)
        self.refused("InvalidRequestException", "delete-thing", "--thing-name", "lamp")
        self.iot("detach-policy", "--policy-name", "p", "--target", arn)
        self.iot("detach-thing-principal", "--thing-name", "lamp", "--principal", arn)
        self.iot("update-certificate", "--certificate-id", identifier, "--new-status", "INACTIVE")
        self.iot("delete-certificate", "--certificate-id", identifier)
        self.iot("delete-thing", "--thing-name", "lamp")
        self.iot("delete-policy", "--policy-name", "p")
        for words, member in (("list-things", "things"), ("list-certificates", "certificates"),
                              ("list-policies", "policies")):
            self.assertEqual(self.iot(words)[member], [])
        self.assert_clean(self.cloud_)

    def test_a_thing_that_was_registered_with_a_template_connects(self):
        made = self.iot("create-keys-and-certificate")
        template = json.dumps({
            "Parameters": {"Name": {"Type": "String"}, "Id": {"Type": "String"}},
            "Resources": {
                "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"}}},
                "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Id"}}},
                "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": ALLOW}}}})
        self.iot("register-thing", "--template-body", template, "--parameters",
                 json.dumps({"Name": "lamp", "Id": made["certificateId"]}))
        self.assertEqual(connect_once(self.cloud_, self.identity(made, "lamp")), 0)
        self.assert_clean(self.cloud_)
