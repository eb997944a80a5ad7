# SPDX-License-Identifier: Apache-2.0
"""Amazon's Python SDK as Debian ships it, unmodified: paginators, exceptions, retries, presigned URLs, sessions."""
import contextlib
import http.client
import json
import socket
import subprocess
import threading
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from aws_model import credentials_of, served_names
from harness import EndToEnd, eventually

ROLE = "arn:aws:iam::111122223333:role/provisioning"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
TEMPLATE = json.dumps({"Parameters": {"Id": {"Type": "String"}}, "Resources": {
    "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "made"}},
    "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Id"}}}}})
MANY = 5


def named(prefix, count=MANY):
    return [f"{prefix}{number}" for number in range(count)]


class Boto3(EndToEnd):
    def setUp(self):
        super().setUp()
        self.cloud_ = self.cloud()
        self.iot = self.client()

    def client(self, service="iot", profile="staging", url=None, token=None, **config):
        key, secret = token[:2] if token else credentials_of(self.cloud_, profile)
        session = boto3.session.Session(key, secret, token[2] if token else None, "us-east-1")
        client = session.client(service, endpoint_url=url or self.cloud_.url, config=Config(**config))
        self.addCleanup(client.close)
        return client

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self.folder)

    def make_ca(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "30")
        return (self.folder / f"{name}.pem").read_text()

    def make_request(self):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "any.key",
                     "-out", "any.csr", "-subj", "/CN=any")
        return (self.folder / "any.csr").read_text()

    def sign(self, ca, serial):
        self.openssl("x509", "-req", "-in", "any.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-set_serial", serial,
                     "-days", "20", "-out", "leaf.pem")
        return (self.folder / "leaf.pem").read_text()


class Paginators(Boto3):
    def populate(self):
        """{operation: (arguments, what its listing holds in the order of creation)}"""
        iot, many = self.iot, range(MANY)
        request = self.make_request()
        certificates = [iot.create_certificate_from_csr(certificateSigningRequest=request) for _ in many]
        arns = [made["certificateArn"] for made in certificates]
        for name in named("p"):
            iot.create_policy(policyName=name, policyDocument=DOCUMENT)
            iot.attach_policy(policyName=name, target=arns[0])
        for arn in arns[1:]:
            iot.attach_policy(policyName="p0", target=arn)
        for name in named("kind"):
            iot.create_thing_type(thingTypeName=name, tags=[{"Key": key, "Value": "v"} for key in named("tag")])
        for name, arn in zip(named("thing"), arns):
            iot.create_thing(thingName=name)
            iot.attach_thing_principal(thingName=name, principal=arns[0])
            iot.attach_thing_principal(thingName="thing0", principal=arn)
        for name in named("group"):
            iot.create_thing_group(thingGroupName=name)
            iot.add_thing_to_thing_group(thingName="thing0", thingGroupName=name)
        for name in named("thing")[1:]:
            iot.add_thing_to_thing_group(thingName=name, thingGroupName="group0")
        for name in named("template"):
            iot.create_provisioning_template(templateName=name, templateBody=TEMPLATE, provisioningRoleArn=ROLE)
        for _ in range(MANY - 1):
            iot.create_provisioning_template_version(templateName="template0", templateBody=TEMPLATE)
        cas = [iot.register_ca_certificate(caCertificate=self.make_ca(name), certificateMode="SNI_ONLY",
                                           setAsActive=True)["certificateId"] for name in named("ca")]
        leaves = [iot.register_certificate(certificatePem=self.sign("ca0", number + 1), status="INACTIVE")["certificateId"]
                  for number in many]
        self.cloud_.create_account("oem", "customer")
        account = self.client("sts", "oem").get_caller_identity()["Account"]
        for leaf in leaves:
            iot.transfer_certificate(certificateId=leaf, targetAwsAccount=account)
        ids = [made["certificateId"] for made in certificates]
        tasks = [self.run_task() for _ in many]
        kind = iot.describe_thing_type(thingTypeName="kind0")["thingTypeArn"]
        return {
            "list_ca_certificates": ({}, cas), "list_certificates": ({}, ids + leaves),
            "list_certificates_by_ca": ({"caCertificateId": cas[0]}, leaves), "list_outgoing_certificates": ({}, leaves),
            "list_policies": ({}, named("p")), "list_policy_principals": ({"policyName": "p0"}, arns),
            "list_principal_policies": ({"principal": arns[0]}, named("p")),
            "list_attached_policies": ({"target": arns[0]}, named("p")),
            "list_targets_for_policy": ({"policyName": "p0"}, arns),
            "list_principal_things": ({"principal": arns[0]}, named("thing")), "list_things": ({}, named("thing")),
            "list_thing_principals": ({"thingName": "thing0"}, arns), "list_thing_types": ({}, named("kind")),
            "list_thing_groups": ({}, named("group")),
            "list_thing_groups_for_thing": ({"thingName": "thing0"}, named("group")),
            "list_things_in_thing_group": ({"thingGroupName": "group0"}, named("thing")),
            "list_thing_registration_tasks": ({}, tasks),
            "list_tags_for_resource": ({"resourceArn": kind}, named("tag")),
            "list_provisioning_templates": ({}, named("template")),
            "list_provisioning_template_versions": ({"templateName": "template0"}, [1, 2, 3, 4, 5]),
        }

    def run_task(self):
        """A bulk registration of nothing, to its end: an account has one at a time."""
        account = self.client("sts").get_caller_identity()["Account"]
        bucket = self.cloud_.folder / "buckets" / account / "factory"
        bucket.mkdir(parents=True, exist_ok=True)
        (bucket / "lot").write_text("\n")
        task = self.iot.start_thing_registration_task(templateBody=TEMPLATE, inputFileBucket="factory",
                                                      inputFileKey="lot", roleArn=ROLE)["taskId"]
        eventually(lambda: self.iot.describe_thing_registration_task(taskId=task)["status"] == "Completed", "its end")
        return task

    @staticmethod
    def key_of(item):
        if not isinstance(item, dict):
            return item
        return next(item[name] for name in ("certificateId", "policyName", "thingName", "thingTypeName", "groupName",
                                            "templateName", "versionId", "Key") if name in item)

    def walk(self, operation, size=None, **arguments):
        """The keys of each page."""
        paginator = self.iot.get_paginator(operation)
        member, = paginator.result_keys
        config = {"PageSize": size} if size else {}
        return [[self.key_of(item) for item in page[member.expression]]
                for page in paginator.paginate(**arguments, PaginationConfig=config)]

    def paginated(self):
        method_names = self.iot.meta.method_to_api_mapping
        return {method for method, name in method_names.items() if name in served_names() and self.iot.can_paginate(method)}

    def test_every_listing_is_complete_whatever_its_pages_and_told_in_the_order_that_was_asked_for(self):
        listings = self.populate()
        links = {"list_thing_registration_task_reports"}  # signed anew for each answer; test_bulk.py follows them
        self.assertEqual(set(listings) | links, self.paginated())
        for operation, (arguments, expected) in listings.items():
            with self.subTest(operation):
                whole, = self.walk(operation, **arguments)
                self.assertEqual(sorted(whole), sorted(expected))
                for size in (1, 2) if operation != "list_tags_for_resource" else ():
                    pages = self.walk(operation, size, **arguments)
                    self.assertEqual(sum(pages, []), whole)
                    self.assertEqual({len(page) for page in pages[:-1]}, {size})
            shape = self.iot.meta.service_model.operation_model(self.iot.meta.method_to_api_mapping[operation]).input_shape
            if "ascendingOrder" in shape.members and operation != "list_policy_principals":
                with self.subTest(f"{operation} in order"):
                    self.assertEqual(sum(self.walk(operation, 2, ascendingOrder=True, **arguments), []), expected)
                    self.assertEqual(sum(self.walk(operation, 2, ascendingOrder=False, **arguments), []), expected[::-1])
        self.assertEqual(self.iot.waiter_names, [], "this model has waiters, which nothing here waits with")
        self.assert_clean(self.cloud_)

    def test_what_stays_is_told_once_while_others_come_and_go(self):
        for order in ({}, {"ascendingOrder": True}, {"ascendingOrder": False}):
            names = named("m", 7)
            for name in names:
                self.iot.create_policy(policyName=name, policyDocument=DOCUMENT)
            seen = []
            pages = self.iot.get_paginator("list_policies").paginate(**order, PaginationConfig={"PageSize": 2})
            for number, page in enumerate(pages):
                told = [policy["policyName"] for policy in page["policies"]]
                seen += told
                for name in told:  # also the one that the token names
                    self.iot.delete_policy(policyName=name)
                for prefix in "az" if number < 3 else "":  # before the token's place and behind it
                    self.iot.create_policy(policyName=f"{prefix}{number}", policyDocument=DOCUMENT)
            self.assertEqual(sorted(name for name in seen if name in names), names)
            self.assertEqual(len(seen), len(set(seen)))
            for policy in self.iot.list_policies()["policies"]:
                self.iot.delete_policy(policyName=policy["policyName"])

    def test_a_token_of_another_order_is_refused(self):
        for name in named("p"):
            self.iot.create_policy(policyName=name, policyDocument=DOCUMENT)
        marker = self.iot.list_policies(pageSize=1)["nextMarker"]
        with self.assertRaisesRegex(self.iot.exceptions.InvalidRequestException, "'marker'"):
            self.iot.list_policies(pageSize=1, marker=marker, ascendingOrder=True)


class Exceptions(Boto3):
    def refused(self, exception, status, call, **arguments):
        with self.assertRaises(getattr(self.iot.exceptions, exception)) as raised:
            call(**arguments)
        response = raised.exception.response
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertTrue(response["Error"]["Message"])
        self.assertRegex(response["ResponseMetadata"]["RequestId"], "^[0-9a-f-]{36}$")
        return response

    def test_each_is_of_its_class_and_has_its_members(self):
        iot = self.iot
        made = iot.create_keys_and_certificate(setAsActive=True)
        certificate, arn = made["certificateId"], made["certificateArn"]
        policy = iot.create_policy(policyName="p", policyDocument=DOCUMENT)["policyArn"]
        iot.attach_policy(policyName="p", target=arn)
        iot.create_thing(thingName="lamp")
        taken = self.refused("ResourceAlreadyExistsException", 409, iot.create_policy, policyName="p",
                             policyDocument=DOCUMENT)
        self.assertEqual((taken["resourceArn"], taken["resourceId"]), (policy, "p"))
        taken = self.refused("ResourceAlreadyExistsException", 409, iot.create_thing, thingName="lamp",
                             attributePayload={"attributes": {"a": "1"}})
        self.assertTrue(taken["resourceArn"].endswith(":thing/lamp"))
        self.refused("ResourceNotFoundException", 404, iot.describe_thing, thingName="nobody")
        self.refused("InvalidRequestException", 400, iot.list_things, maxResults=251)
        self.refused("DeleteConflictException", 409, iot.delete_policy, policyName="p")
        self.refused("CertificateStateException", 406, iot.delete_certificate, certificateId=certificate)
        self.refused("VersionConflictException", 409, iot.update_thing, thingName="lamp", expectedVersion=9)
        self.refused("MalformedPolicyException", 400, iot.create_policy, policyName="q", policyDocument="{}")
        self.refused("CertificateValidationException", 400, iot.register_ca_certificate, certificateMode="SNI_ONLY",
                     caCertificate=made["certificatePem"])
        ca = self.make_ca("ca")
        self.make_request()
        self.refused("RegistrationCodeValidationException", 400, iot.register_ca_certificate, caCertificate=ca,
                     verificationCertificate=self.sign("ca", 1))
        for _ in range(4):
            iot.create_policy_version(policyName="p", policyDocument=DOCUMENT)
        self.refused("VersionsLimitExceededException", 409, iot.create_policy_version, policyName="p",
                     policyDocument=DOCUMENT)
        for name in named("more", 9):
            iot.create_policy(policyName=name, policyDocument=DOCUMENT)
            iot.attach_policy(policyName=name, target=arn)
        iot.create_policy(policyName="eleventh", policyDocument=DOCUMENT)
        self.refused("LimitExceededException", 410, iot.attach_policy, policyName="eleventh", target=arn)
        self.assert_clean(self.cloud_)


class Wire(Boto3):
    def test_calls_are_tried_again_and_what_was_done_is_not_done_twice(self):
        for trouble in (Proxy.refuse, Proxy.busy, Proxy.lose_answer):
            with self.subTest(trouble.__name__), Proxy(self.cloud_.http, trouble, times=2) as proxy:
                iot = self.client(url=proxy.url, retries={"mode": "standard", "max_attempts": 5})
                made = iot.create_thing(thingName=trouble.__name__)
                self.assertEqual(made["ResponseMetadata"]["RetryAttempts"], 2)
                self.assertEqual(iot.describe_thing(thingName=trouble.__name__)["thingId"], made["thingId"])
                self.assertEqual(iot.describe_thing(thingName=trouble.__name__)["version"], 1)
        self.assert_clean(self.cloud_)

    def fetch(self, url, method="GET"):
        parts = urlsplit(url)
        with contextlib.closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)) as connection:
            connection.request(method, f"{parts.path}?{parts.query}")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def test_presigned_urls_are_good_for_what_they_say(self):
        self.iot.create_thing(thingName="lamp")
        self.iot.create_thing(thingName="door")
        url = self.iot.generate_presigned_url("describe_thing", {"thingName": "lamp"}, ExpiresIn=300)
        status, answer = self.fetch(url)
        self.assertEqual((status, answer["thingName"]), (200, "lamp"))
        self.assertEqual(self.fetch(url.replace("lamp", "door"))[0], 403)
        self.assertEqual(self.fetch(url, "DELETE")[0], 403)
        self.assertEqual(self.fetch(url.replace("Expires=300", "Expires=301"))[0], 403)
        listed = self.iot.generate_presigned_url("list_things", {"attributeName": "a/b", "attributeValue": "c:d"})
        self.assertEqual(self.fetch(listed), (200, {"things": []}))

    def test_session_tokens_stand_for_the_key_that_asked_for_them(self):
        given = self.client("sts").get_session_token()["Credentials"]
        token = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        iot = self.client(token=token)
        iot.create_thing(thingName="lamp")
        self.assertEqual(self.iot.describe_thing(thingName="lamp")["thingName"], "lamp")
        self.assertEqual(self.client("sts", token=token).get_caller_identity()["Account"],
                         self.client("sts").get_caller_identity()["Account"])
        url = iot.generate_presigned_url("describe_thing", {"thingName": "lamp"})
        self.assertEqual(self.fetch(url)[0], 200)
        other = self.client("sts").get_session_token()["Credentials"]["SessionToken"]
        with self.assertRaises(iot.exceptions.ClientError) as raised:
            self.client(token=(*token[:2], other)).describe_thing(thingName="lamp")
        self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)


class Proxy:
    """Passes connections on, after some trouble with the first ones."""

    def __init__(self, port, trouble, times):
        self.port, self.trouble, self.left = port, trouble, times
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                self.left -= 1
                act = self.trouble if self.left >= 0 else Proxy.pass_on
                threading.Thread(target=self.handle, args=(act, client), daemon=True).start()

    def handle(self, act, client):
        with client, contextlib.suppress(OSError):
            act(self, client)

    def refuse(self, client):
        """Closes at once."""

    def busy(self, client):
        client.recv(65536)
        client.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def lose_answer(self, client):
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            server.recv(65536)
        client.shutdown(socket.SHUT_RDWR)  # closing alone would wait for the thread that reads from it

    def pass_on(self, client):
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
            back.start()
            self.copy(client, server)
            back.join()

    def copy(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
