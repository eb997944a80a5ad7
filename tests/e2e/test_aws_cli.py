# SPDX-License-Identifier: Apache-2.0
"""Debian's AWS CLI calls every served operation on a populated account. Its own service models are the referee: an answer
has only members that they know, and every member that they know is told at least once, or is listed with a reason."""
import json
import re
import subprocess

from aws_cli import AwsCli, Refused
from aws_model import breaches, said, sayable, served_names
from harness import EndToEnd, eventually

ROLE = "arn:aws:iam::111122223333:role/provisioning"
# Members of answers that are never told: operation.member as a pattern, and why.
NEVER_TOLD = {
    r"DescribeProvisioningTemplate\.preProvisioningHook.*": "there are no Lambda functions to call",
    r"DescribeThingRegistrationTask\.message": "only a task that fails has one: the unit tests change its file",
    r"DescribeThing\.billingGroupName": "there are no billing groups",
    r"DescribeThingGroup\.(indexName|queryString|queryVersion|status)": "only dynamic groups have it, and there are none",
    r"DescribeThingGroup\..*\.merge": "says how a request changes the attributes, nothing of the group",
    r"ListTagsForResource\.nextToken": "a resource has at most 50 tags: one page",
}


def document(effect, action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})


def template(kind):
    reference = {"Ref": "AWS::IoT::Certificate::Id" if kind == "JITP" else "Id"}
    parameters = {reference["Ref"]: {"Type": "String"}}
    return json.dumps({"Parameters": parameters, "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "made"}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "connect"}},
        "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": reference, "Status": "ACTIVE"}}}})


class Referee:
    """Listens to every answer."""

    def __init__(self):
        self.called, self.breaches, self.said, self.sayable = set(), [], set(), set()

    def __call__(self, http_response, model, **_):
        self.called.add(model.name)
        if http_response.status_code != 200 or model.service_model.service_name != "iot" or not model.output_shape:
            return
        answer = json.loads(http_response.text)
        self.breaches += breaches(answer, model.output_shape, model.name)
        self.said.update(said(answer, model.output_shape, model.name))
        self.sayable.update(sayable(model.output_shape, model.name))


class ServedOperations(EndToEnd):
    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud()
        self.cloud_.create_account("oem", "customer")
        self.referee = Referee()
        self.vendor = AwsCli(self.cloud_, "staging", self.referee)
        self.oem = AwsCli(self.cloud_, "oem", self.referee)

    def iot(self, operation, **members):
        return self.vendor.call("iot", operation, **members)

    def pages(self, operation, **members):
        """The CLI asks for every page, of one entry each."""
        return self.iot(operation, pageSize=1, **members)

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self.folder)

    def make_ca(self, name):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     "-subj", f"/CN={name}", "-days", "30")
        return self.text(f"{name}.pem")

    def sign(self, ca, name, common_name):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                     "-subj", f"/CN={common_name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial",
                     "-days", "20", "-out", f"{name}.pem")
        return self.text(f"{name}.pem")

    def text(self, name):
        return (self.folder / name).read_text()

    def templates(self):
        self.iot("CreateProvisioningTemplate", templateName="jitp", templateBody=template("JITP"), enabled=True,
                 provisioningRoleArn=ROLE, type="JITP", description="modules", tags=[{"Key": "a", "Value": "b"}])
        self.iot("CreateProvisioningTemplate", templateName="fleet", templateBody=template("FLEET"), enabled=True,
                 provisioningRoleArn=ROLE)
        self.iot("CreateProvisioningClaim", templateName="fleet")
        self.iot("CreateProvisioningTemplateVersion", templateName="jitp", templateBody=template("JITP"))
        self.iot("DescribeProvisioningTemplateVersion", templateName="jitp", versionId="2")
        self.iot("UpdateProvisioningTemplate", templateName="jitp", defaultVersionId="2")
        self.pages("ListProvisioningTemplates")
        self.pages("ListProvisioningTemplateVersions", templateName="jitp")
        self.iot("DescribeProvisioningTemplate", templateName="jitp")
        self.iot("DeleteProvisioningTemplateVersion", templateName="jitp", versionId="1")

    def cas(self):
        """The ids of two CAs."""
        code = self.iot("GetRegistrationCode")["registrationCode"]
        both = self.make_ca("both"), self.make_ca("sni")
        ids = [self.iot("RegisterCACertificate", caCertificate=both[0], setAsActive=True, allowAutoRegistration=True,
                        verificationCertificate=self.sign("both", "proof", code), tags=[{"Key": "a", "Value": "b"}],
                        registrationConfig={"templateName": "jitp"})["certificateId"],
               self.iot("RegisterCACertificate", caCertificate=both[1], certificateMode="SNI_ONLY", setAsActive=True,
                        registrationConfig={"templateBody": template("JITP"), "roleArn": ROLE})["certificateId"]]
        self.pages("ListCACertificates")
        for ca in ids:
            self.iot("DescribeCACertificate", certificateId=ca)
        self.iot("DeleteRegistrationCode")
        return ids

    def transfers(self, ca):
        """Two certificates of a CA under way at once: one is accepted, one rejected and then cancelled."""
        leaves = [self.iot("RegisterCertificate", certificatePem=self.sign("both", name, name),
                           caCertificatePem=self.text("both.pem"), status="INACTIVE")["certificateId"]
                  for name in ("leaf", "other")]
        self.pages("ListCertificatesByCA", caCertificateId=ca)
        self.pages("ListCertificates")
        account = self.oem.call("sts", "GetCallerIdentity")["Account"]
        for leaf in leaves:
            self.iot("TransferCertificate", certificateId=leaf, targetAwsAccount=account, transferMessage="yours")
        self.pages("ListOutgoingCertificates")
        self.oem.call("iot", "AcceptCertificateTransfer", certificateId=leaves[0], setAsActive=True)
        self.oem.call("iot", "RejectCertificateTransfer", certificateId=leaves[1], rejectReason="no")
        self.oem.call("iot", "DescribeCertificate", certificateId=leaves[0])
        self.iot("DescribeCertificate", certificateId=leaves[1])
        self.iot("TransferCertificate", certificateId=leaves[1], targetAwsAccount=account)
        self.iot("CancelCertificateTransfer", certificateId=leaves[1])
        self.iot("DeleteCertificate", certificateId=leaves[1])

    def devices(self):
        """Two made certificates, one of them of two things, one thing of both, with two policies each."""
        made = [self.iot("CreateKeysAndCertificate", setAsActive=True) for _ in range(2)]
        one, two = (each["certificateArn"] for each in made)
        kind = self.iot("CreateThingType", thingTypeName="lamps", thingTypeProperties={
            "thingTypeDescription": "all", "searchableAttributes": ["color"]})["thingTypeArn"]
        self.iot("CreateThingType", thingTypeName="doors")
        self.iot("TagResource", resourceArn=kind, tags=[{"Key": "a", "Value": "b"}])
        self.iot("ListTagsForResource", resourceArn=kind)
        self.iot("UntagResource", resourceArn=kind, tagKeys=["a"])
        self.iot("CreateThing", thingName="lamp", thingTypeName="lamps", attributePayload={"attributes": {"color": "red"}})
        self.iot("CreateThing", thingName="other")
        self.iot("UpdateThing", thingName="lamp", attributePayload={"attributes": {"size": "1"}, "merge": True})
        for thing, principal in (("lamp", one), ("lamp", two), ("other", one)):
            self.iot("AttachThingPrincipal", thingName=thing, principal=principal)
        self.pages("ListThings")
        self.pages("ListThingPrincipals", thingName="lamp")
        self.pages("ListPrincipalThings", principal=one)
        self.iot("DescribeThing", thingName="lamp")
        return made

    def groups(self):
        self.iot("CreateThingGroup", thingGroupName="house", tags=[{"Key": "a", "Value": "b"}])
        self.iot("CreateThingGroup", thingGroupName="room", parentGroupName="house", thingGroupProperties={
            "thingGroupDescription": "one", "attributePayload": {"attributes": {"floor": "1"}}})
        self.iot("CreateThingGroup", thingGroupName="garden")
        self.iot("UpdateThingGroup", thingGroupName="garden", thingGroupProperties={"thingGroupDescription": "d"})
        self.iot("DescribeThingGroup", thingGroupName="room")
        for thing, group in (("lamp", "room"), ("other", "room"), ("lamp", "garden")):
            self.iot("AddThingToThingGroup", thingName=thing, thingGroupName=group)
        self.pages("ListThingGroups")
        self.pages("ListThingGroupsForThing", thingName="lamp")
        self.pages("ListThingsInThingGroup", thingGroupName="house", recursive=True)
        self.iot("RemoveThingFromThingGroup", thingName="lamp", thingGroupName="garden")
        self.iot("UpdateThingGroupsForThing", thingName="other", thingGroupsToAdd=["garden"],
                 thingGroupsToRemove=["room"])

    def policies(self, one, two):
        self.iot("CreatePolicy", policyName="connect", policyDocument=document("Allow", "iot:Connect"))
        self.iot("CreatePolicy", policyName="mute", policyDocument=document("Deny", "iot:Publish"))
        self.iot("CreatePolicyVersion", policyName="mute", policyDocument=document("Deny", "iot:Publish"))
        self.iot("SetDefaultPolicyVersion", policyName="mute", policyVersionId="2")
        self.iot("GetPolicy", policyName="mute")
        self.iot("GetPolicyVersion", policyName="mute", policyVersionId="1")
        self.iot("ListPolicyVersions", policyName="mute")
        self.iot("DeletePolicyVersion", policyName="mute", policyVersionId="1")
        for policy, target in (("connect", one), ("connect", two), ("mute", one)):
            self.iot("AttachPolicy", policyName=policy, target=target)
        self.iot("AttachPrincipalPolicy", policyName="mute", principal=two)
        self.pages("ListPolicies")
        self.pages("ListAttachedPolicies", target=one)
        self.pages("ListPrincipalPolicies", principal=one)
        self.pages("ListPolicyPrincipals", policyName="connect")
        self.pages("ListTargetsForPolicy", policyName="connect")
        self.iot("GetEffectivePolicies", principal=one)
        answer = self.iot("TestAuthorization", principal=one, clientId="lamp", authInfos=[
            {"actionType": "CONNECT", "resources": ["*"]}, {"actionType": "PUBLISH", "resources": ["*"]}])
        self.assertEqual([result["authDecision"] for result in answer["authResults"]], ["ALLOWED", "EXPLICIT_DENY"])

    def others(self, certificate):
        self.iot("DescribeEndpoint", endpointType="iot:Data-ATS")
        self.vendor.call("iot-data", "Publish", topic="a/b", payload="eA==")
        self.vendor.call("sts", "GetSessionToken")
        self.iot("RegisterThing", templateBody=template("registration"), parameters={"Id": certificate})
        self.oem.call("iot", "RegisterCertificateWithoutCA", certificatePem=self.sign("sni", "third", "third"))
        self.oem.call("iot", "CreateCertificateFromCsr", certificateSigningRequest=self.text("third.csr"))

    def bulk(self, certificate):
        """A task that ends, with a report in several pieces, and one that is stopped."""
        account = self.vendor.call("sts", "GetCallerIdentity")["Account"]
        lot = self.cloud_.folder / "buckets" / account / "factory" / "lot.json"
        lot.parent.mkdir(parents=True)
        good = json.dumps({"Id": certificate}) + "\n"

        def start(text):
            lot.write_text(text)
            return self.iot("StartThingRegistrationTask", templateBody=template("bulk"), inputFileBucket="factory",
                            inputFileKey="lot.json", roleArn=ROLE)["taskId"]

        def ended(task):
            status = self.iot("DescribeThingRegistrationTask", taskId=task)["status"]
            return status not in ("InProgress", "Cancelling") and status

        task = start((good + "no JSON\n") * 150)
        self.assertEqual(eventually(lambda: ended(task), "its end"), "Completed")
        for kind in ("RESULTS", "ERRORS"):
            answer = self.pages("ListThingRegistrationTaskReports", taskId=task, reportType=kind)
            self.assertEqual(len(answer["resourceLinks"]), 3)
        stopped = start("no JSON\n" * 1_000_000)
        self.iot("StopThingRegistrationTask", taskId=stopped)
        self.assertEqual(eventually(lambda: ended(stopped), "its end"), "Cancelled")
        self.assertEqual(sorted(self.pages("ListThingRegistrationTasks")["taskIds"]), sorted([task, stopped]))

    def retained(self):
        for topic in ("line/1", "line/2"):
            self.vendor.call("iot-data", "Publish", topic=topic, payload="eA==", retain=True)
        listed = eventually(lambda: self.vendor.call("iot-data", "ListRetainedMessages", pageSize=1)["retainedTopics"][1:],
                            "the second of two")
        self.assertEqual([each["topic"] for each in listed], ["line/2"])
        self.assertEqual(self.vendor.call("iot-data", "GetRetainedMessage", topic="line/1")["payload"], "eA==")

    def taken_apart(self, cas, made):
        for each in made:
            for policy in ("connect", "mute"):
                self.iot("DetachPolicy", policyName=policy, target=each["certificateArn"])
            self.iot("DetachPrincipalPolicy", policyName="mute", principal=each["certificateArn"])
            for thing in self.iot("ListPrincipalThings", principal=each["certificateArn"])["things"]:
                self.iot("DetachThingPrincipal", thingName=thing, principal=each["certificateArn"])
            self.iot("UpdateCertificate", certificateId=each["certificateId"], newStatus="INACTIVE")
            self.iot("DeleteCertificate", certificateId=each["certificateId"])
        for policy in ("connect", "mute"):
            self.iot("DeletePolicy", policyName=policy)
        for thing in ("lamp", "other", "made"):
            self.iot("DeleteThing", thingName=thing)
        for group in ("room", "house", "garden"):
            self.iot("DeleteThingGroup", thingGroupName=group)
        for ca in cas:
            self.iot("UpdateCACertificate", certificateId=ca, newStatus="INACTIVE")
            self.iot("DeleteCACertificate", certificateId=ca)
        for name in ("jitp", "fleet"):
            self.iot("DeleteProvisioningTemplate", templateName=name)
        self.iot("DeprecateThingType", thingTypeName="lamps")
        self.pages("ListThingTypes")
        self.iot("DescribeThingType", thingTypeName="lamps")
        # It is deleted five minutes after it was deprecated: the unit tests move the clock.
        with self.assertRaisesRegex(Refused, r"\(InvalidRequestException\).*5 minutes"):
            self.iot("DeleteThingType", thingTypeName="lamps")

    def known(self, service):
        return set(self.vendor.driver.session.get_service_model(service).operation_names)

    def test_every_served_operation_answers_what_the_model_declares(self):
        self.templates()
        cas = self.cas()
        self.transfers(cas[0])
        made = self.devices()
        self.groups()
        self.policies(*(each["certificateArn"] for each in made))
        self.others(made[0]["certificateId"])
        self.bulk(made[0]["certificateId"])
        self.retained()
        self.taken_apart(cas, made)
        for operation, member in (("ListThings", "things"), ("ListCertificates", "certificates"),
                                  ("ListPolicies", "policies"), ("ListCACertificates", "certificates")):
            self.assertEqual(self.iot(operation)[member], [])

        self.assertEqual(self.referee.breaches, [])
        served = set(served_names()) & (self.known("iot") | self.known("iot-data") | self.known("sts"))
        self.assertEqual(served - self.referee.called, set(), "served, and not called here")
        never = self.referee.sayable - self.referee.said
        unexplained = {name for name in never if not any(re.fullmatch(pattern, name) for pattern in NEVER_TOLD)}
        self.assertEqual(unexplained, set(), "never told")
        idle = [pattern for pattern in NEVER_TOLD if not any(re.fullmatch(pattern, name) for name in never)]
        self.assertEqual(idle, [], "listed, and yet told")
        self.assert_clean(self.cloud_)
