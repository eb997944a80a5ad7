# SPDX-License-Identifier: Apache-2.0
"""Debian's botocore as the referee: every served operation is called once, and each answer has only members that the
service model knows, of the types it says."""
import json
import pathlib
import re
import subprocess

import botocore.session

from harness import EndToEnd

OPERATIONS = pathlib.Path(__file__).parents[2] / "docs/operations.md"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
ROLE = "arn:aws:iam::111122223333:role/provisioning"
TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (int, float), "blob": str,
         "double": (int, float)}


def breaches(value, shape, where):
    """What the answer says that the model does not."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name not in names:
                yield f"{where} has {name}, which the model does not know"
            else:
                yield from breaches(item, names[name], f"{where}.{name}")
        yield from (f"{where} lacks {name}" for name in shape.required_members if name not in value)
    elif shape.type_name == "list":
        for item in value:
            yield from breaches(item, shape.member, f"{where}[]")
    elif shape.type_name == "map":
        for item in value.values():
            yield from breaches(item, shape.value, f"{where}{{}}")
    elif not isinstance(value, TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{where} is {value!r}, not a {shape.type_name}"


class ServiceModel(EndToEnd):
    def client(self, profile, service="iot"):
        session = botocore.session.Session(profile=profile)
        session.set_config_variable("credentials_file", str(self.cloud_.folder / "credentials"))
        client = session.create_client(service, region_name="us-east-1", endpoint_url=self.cloud_.url)
        client.meta.events.register("after-call", self.judge)
        self.addCleanup(client.close)
        return client

    def judge(self, http_response, model, **_):
        self.called.add(model.name)
        self.assertEqual(http_response.status_code, 200, f"{model.name}: {http_response.text}")
        if model.output_shape and model.service_model.service_name == "iot":
            self.breaches += breaches(json.loads(http_response.text), model.output_shape, model.name)

    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud()
        self.called, self.breaches = set(), []
        self.iot = self.client("staging")
        self.cloud_.create_account("oem", "customer")
        self.oem = self.client("oem")

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self.folder)

    def make_ca(self):
        """A CA, what proves its possession, a certificate of it, and a signing request: their texts."""
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
                     "/CN=Referee CA", "-days", "30")
        code = self.iot.get_registration_code()["registrationCode"]
        for name, subject in (("proof", f"/CN={code}"), ("leaf", "/CN=leaf"), ("request", "/CN=lamp")):
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                         "-subj", subject)
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                         "-days", "20", "-out", f"{name}.pem")
        return [(self.folder / name).read_text() for name in ("ca.pem", "proof.pem", "leaf.pem", "request.csr")]

    def certificates(self):
        ca, proof, leaf, request = self.make_ca()
        self.ca_id = self.iot.register_ca_certificate(
            caCertificate=ca, verificationCertificate=proof, setAsActive=True,
            tags=[{"Key": "a", "Value": "b"}])["certificateId"]
        self.iot.describe_ca_certificate(certificateId=self.ca_id)
        self.iot.list_ca_certificates()
        leaf_id = self.iot.register_certificate(certificatePem=leaf, status="INACTIVE")["certificateId"]
        self.iot.list_certificates_by_ca(caCertificateId=self.ca_id)
        self.iot.list_certificates()
        account = re.search(r":(\d{12}):", self.oem.create_certificate_from_csr(
            certificateSigningRequest=request)["certificateArn"]).group(1)
        self.oem.register_certificate_without_ca(certificatePem=leaf)
        self.oem.delete_certificate(certificateId=leaf_id)
        for end in (lambda: self.oem.reject_certificate_transfer(certificateId=leaf_id, rejectReason="no"),
                    lambda: self.iot.cancel_certificate_transfer(certificateId=leaf_id),
                    lambda: self.oem.accept_certificate_transfer(certificateId=leaf_id)):
            self.iot.transfer_certificate(certificateId=leaf_id, targetAwsAccount=account, transferMessage="m")
            self.iot.list_outgoing_certificates()
            end()
        self.oem.describe_certificate(certificateId=leaf_id)
        self.iot.update_ca_certificate(certificateId=self.ca_id, newStatus="INACTIVE")
        self.iot.delete_ca_certificate(certificateId=self.ca_id)
        self.iot.delete_registration_code()

    def policies(self, arn):
        self.iot.create_policy(policyName="p", policyDocument=DOCUMENT)
        self.iot.get_policy(policyName="p")
        self.iot.list_policies()
        self.iot.create_policy_version(policyName="p", policyDocument=DOCUMENT)
        self.iot.set_default_policy_version(policyName="p", policyVersionId="2")
        self.iot.get_policy_version(policyName="p", policyVersionId="1")
        self.iot.list_policy_versions(policyName="p")
        self.iot.delete_policy_version(policyName="p", policyVersionId="1")
        self.iot.attach_policy(policyName="p", target=arn)
        self.iot.attach_principal_policy(policyName="p", principal=arn)
        self.iot.list_attached_policies(target=arn)
        self.iot.list_principal_policies(principal=arn)
        self.iot.list_policy_principals(policyName="p")
        self.iot.list_targets_for_policy(policyName="p")
        self.iot.get_effective_policies(principal=arn)
        self.iot.test_authorization(principal=arn, authInfos=[{"actionType": "CONNECT", "resources": ["*"]}])
        self.iot.detach_policy(policyName="p", target=arn)
        self.iot.detach_principal_policy(policyName="p", principal=arn)
        self.iot.delete_policy(policyName="p")

    def things(self, arn):
        made = self.iot.create_thing_type(thingTypeName="lamps")["thingTypeArn"]
        self.iot.describe_thing_type(thingTypeName="lamps")
        self.iot.list_thing_types()
        self.iot.tag_resource(resourceArn=made, tags=[{"Key": "a", "Value": "b"}])
        self.iot.list_tags_for_resource(resourceArn=made)
        self.iot.untag_resource(resourceArn=made, tagKeys=["a"])
        self.iot.create_thing(thingName="lamp", thingTypeName="lamps", attributePayload={"attributes": {"a": "1"}})
        self.iot.describe_thing(thingName="lamp")
        self.iot.list_things()
        self.iot.update_thing(thingName="lamp", attributePayload={"attributes": {"b": "2"}, "merge": True})
        self.iot.attach_thing_principal(thingName="lamp", principal=arn)
        self.iot.list_thing_principals(thingName="lamp")
        self.iot.list_principal_things(principal=arn)
        self.iot.detach_thing_principal(thingName="lamp", principal=arn)
        self.iot.create_thing_group(thingGroupName="house")
        self.iot.create_thing_group(thingGroupName="room", parentGroupName="house")
        self.iot.describe_thing_group(thingGroupName="room")
        self.iot.update_thing_group(thingGroupName="room", thingGroupProperties={"thingGroupDescription": "d"})
        self.iot.list_thing_groups()
        self.iot.add_thing_to_thing_group(thingName="lamp", thingGroupName="room")
        self.iot.list_thing_groups_for_thing(thingName="lamp")
        self.iot.list_things_in_thing_group(thingGroupName="house", recursive=True)
        self.iot.remove_thing_from_thing_group(thingName="lamp", thingGroupName="room")
        self.iot.update_thing_groups_for_thing(thingName="lamp", thingGroupsToAdd=["house"])
        self.iot.delete_thing_group(thingGroupName="room")
        self.iot.delete_thing(thingName="lamp")
        self.iot.deprecate_thing_type(thingTypeName="lamps")

    def templates(self, certificate_id):
        body = json.dumps({"Parameters": {"Id": {"Type": "String"}}, "Resources": {
            "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "made"}},
            "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Id"}}}}})
        self.iot.register_thing(templateBody=body, parameters={"Id": certificate_id})
        self.iot.create_provisioning_template(templateName="t", templateBody=body, provisioningRoleArn=ROLE)
        self.iot.describe_provisioning_template(templateName="t")
        self.iot.list_provisioning_templates()
        self.iot.create_provisioning_template_version(templateName="t", templateBody=body)
        self.iot.describe_provisioning_template_version(templateName="t", versionId=2)
        self.iot.list_provisioning_template_versions(templateName="t")
        self.iot.update_provisioning_template(templateName="t", defaultVersionId=2)
        self.iot.delete_provisioning_template_version(templateName="t", versionId=1)
        self.iot.delete_provisioning_template(templateName="t")

    def test_every_answer_is_one_that_the_model_knows(self):
        self.iot.describe_endpoint()
        self.client("staging", "iot-data").publish(topic="a/b", payload=b"x")
        self.client("staging", "sts").get_caller_identity()
        made = self.iot.create_keys_and_certificate(setAsActive=True)
        self.policies(made["certificateArn"])
        self.things(made["certificateArn"])
        self.templates(made["certificateId"])
        self.certificates()
        self.iot.update_certificate(certificateId=made["certificateId"], newStatus="INACTIVE")
        self.assertEqual(self.breaches, [])
        served = set(re.findall(r"^\| (\w+)(?: \(sts\))? \| `", OPERATIONS.read_text(), re.M))
        known = set(self.iot.meta.service_model.operation_names)
        # A type is deleted five minutes after it was deprecated: the unit tests move the clock.
        self.assertEqual((served & known) - self.called, {"DeleteThingType"})
        self.assert_clean(self.cloud_)
