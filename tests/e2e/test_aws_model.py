# SPDX-License-Identifier: Apache-2.0
"""The API against AWS's own service model: every served operation, every member, every rule, every declared error."""
import json
import re

from aws_model import (ROOT, Client, all_operations, breaches, broken_values, least_request, served_names,
                       served_operations)
from harness import EndToEnd

# AWS sends these whether the model names them or not.
COMMON = {"InvalidRequestException": 400, "UnauthorizedException": 401, "ResourceNotFoundException": 404,
          "SerializationException": 400, "LimitExceededException": 410}
# Members of requests that are accepted and change nothing, or that are refused as a whole: by operation.member as a
# pattern, and why.
NOT_READ = {
    r"(GetEffectivePolicies|TestAuthorization)\.cognitoIdentityPoolId": "there are no Cognito identities",
    r"\w+ProvisioningTemplate\.preProvisioningHook\..*": "the hook is refused: there are no Lambda functions to call",
    r"Publish\.(userProperties|payloadFormatIndicator|contentType|responseTopic|correlationData|messageExpiry)":
        "devices speak MQTT 3.1.1, which has no such properties",
}


def readable(shape, where):
    """(name, name on the wire) of every member that a request may have."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{where}.{name}", member.serialization.get("name", name)
            yield from readable(member, f"{where}.{name}")
    elif shape.type_name in ("list", "map"):
        yield from readable(shape.member if shape.type_name == "list" else shape.value, where)


class ServiceModel(EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.operations = served_operations()

    def setUp(self):
        super().setUp()
        self.site = self.cloud()
        self.client = Client(self.site)
        self.least = {operation.name: least_request(operation, self.client.arn) for operation in self.operations}

    def members(self, place=None):
        """(operation, name, shape, location) of every member at the top of a request."""
        for operation in self.operations:
            shape = operation.input_shape
            for name, member in (shape.members if shape else {}).items():
                location = member.serialization.get("location", "body")
                if place in (None, location):
                    yield operation, name, member, location

    def assert_refused(self, answer, named, why):
        self.assertEqual((answer.status, answer.error), (400, "InvalidRequestException"), f"{why}: {answer.body[:300]}")
        self.assertIn(named, answer.message, why)

    def test_every_answer_is_one_that_the_model_declares(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                answer = self.client.call(self.least[operation.name])
                if answer.status < 300:
                    self.assertEqual(answer.status, operation.http.get("responseCode", 200))
                    if operation.output_shape and "payload" not in operation.output_shape.serialization:
                        found = breaches(json.loads(answer.body or b"{}"), operation.output_shape, operation.name)
                        self.assertEqual(list(found), [])
                    continue
                declared = {shape.name: shape.metadata.get("error", {}).get("httpStatusCode")
                            for shape in operation.error_shapes}
                statuses = {**COMMON, **{name: status for name, status in declared.items() if status}}
                self.assertIn(answer.error, statuses, answer.body[:300])
                self.assertEqual(answer.status, statuses[answer.error])
                self.assertTrue(answer.message)
                self.assertIn("x-amzn-requestid", answer.headers)
        names = {operation.name for operation in all_operations("iot")}
        print(f"served {len(names & set(served_names()))} of {len(names)} iot operations")

    def test_every_member_is_read_or_listed_with_a_reason(self):
        source = "".join(file.read_text() for file in sorted((ROOT / "src/api").rglob("*.[ch]pp")))
        unread = {name for operation in self.operations if operation.input_shape
                  for name, wire in readable(operation.input_shape, operation.name)
                  if f'"{wire}"' not in source and f"{{{wire}}}" not in source and f"{{{wire}+}}" not in source}
        self.assertEqual({name for name in unread if not any(re.fullmatch(pattern, name) for pattern in NOT_READ)}, set())
        self.assertEqual([pattern for pattern in NOT_READ if not any(re.fullmatch(pattern, name) for name in unread)], [])

    def test_a_required_member_that_is_missing_is_named(self):
        asked = 0
        for operation, name, _, location in self.members():
            if name not in operation.input_shape.required_members or location == "uri":
                continue
            with self.subTest(f"{operation.name} {name}"):
                asked += 1
                answer = self.client.call(self.least[operation.name].without(name))
                self.assert_refused(answer, name, "missing")
        print(f"{asked} required members")

    def test_a_value_that_breaks_a_rule_is_refused_with_the_member_named(self):
        asked = 0
        for operation, name, shape, location in self.members():
            if any(re.fullmatch(pattern, f"{operation.name}.{name}") for pattern in NOT_READ):
                continue
            in_header = location == "header"
            for rule, value in broken_values(shape, ("a b!",)) if in_header else broken_values(shape):
                asked += 1
                with self.subTest(f"{operation.name} {name} {rule}"):
                    answer = self.client.call(self.least[operation.name].replaced(name, value))
                    named = name if in_header else shape.serialization.get("name", name)
                    self.assert_refused(answer, named, f"{rule} of {name} with {value!r:.60}")
        print(f"{asked} broken rules")

    def test_a_value_of_another_type_is_refused(self):
        for operation, name, shape, _ in self.members("body"):
            if operation.input_shape.serialization.get("payload") == name:
                continue
            wrong = "text" if shape.type_name in ("structure", "list", "map", "boolean", "integer", "long") else {"a": 1}
            with self.subTest(f"{operation.name} {name}"):
                answer = self.client.call(self.least[operation.name].replaced(name, wrong))
                self.assertEqual(answer.status, 400, answer.body[:300])
                self.assertIn(answer.error, ("SerializationException", "InvalidRequestException"))

    def test_members_that_the_model_does_not_know_are_ignored(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                plain = self.client.call(self.least[operation.name])
                method, path, query, body, headers = self.least[operation.name].serialized()
                if isinstance(body, dict) or (body is None and method in ("POST", "PUT", "PATCH")):
                    body = {**(body or {}), "unheardOf": {"a": [1]}}
                service = operation.service_model.service_name
                more = self.client.send(method, path, [*query, ("unheardOf", "1")], body, service, headers=headers)
                self.assertIn(more.status, (plain.status, 409), more.body[:300])

    def test_a_body_that_is_no_json_is_refused(self):
        for operation in self.operations:
            method, path, query, body, _ = self.least[operation.name].serialized()
            if not isinstance(body, dict):
                continue
            for junk in ("{", "[1]", '"text"', '{"a":1}}', "\x00"):
                with self.subTest(f"{operation.name} {junk!r}"):
                    answer = self.client.send(method, path, query, junk, operation.service_model.service_name)
                    self.assertEqual((answer.status, answer.error), (400, "SerializationException"))

    def test_without_a_signature_nothing_is_learned(self):
        answers = set()
        for operation in self.operations:
            answer = self.client.call(self.least[operation.name], sign=False)
            answers.add((answer.status, answer.error, re.sub(rb"[0-9a-f-]{36}", b"", answer.body)))
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual({answer[0] for answer in answers}, {403})

    def test_an_operation_that_is_not_served_says_so(self):
        served = set(served_names())
        for operation in all_operations("iot", "iot-data", "iot-jobs-data"):
            if operation.name in served:
                continue
            with self.subTest(operation.name):
                answer = self.client.call(least_request(operation, self.client.arn))
                self.assertEqual((answer.status, answer.error), (501, "NotImplementedException"), answer.body[:200])
                # Two services have GET /things/{thingName}/jobs; paths alone do not tell them apart.
                self.assertIn(operation.name.replace("GetPendingJobExecutions", "ListJobExecutionsForThing"), answer.message)
        for operation in all_operations("sts"):
            if operation.name in served:
                continue
            with self.subTest(operation.name):
                answer = self.client.send("POST", "/", (), f"Action={operation.name}&Version=2011-06-15", "sts",
                                          headers={"Content-Type": "application/x-www-form-urlencoded"})
                self.assertEqual(answer.status, 501)
                self.assertIn(b"<Code>NotImplementedException</Code>", answer.body)
                self.assertIn(operation.name.encode(), answer.body)

    def test_paths_are_split_before_they_are_decoded(self):
        for method, path, service, operation in (
                ("PUT", "/things/a/jobs/$next", "iot-jobs-data", "StartNextPendingJobExecution"),
                ("PUT", "/things/a/jobs/%24next", "iot-jobs-data", "StartNextPendingJobExecution"),
                ("GET", "/things/a/jobs/$next", "iot-jobs-data", "DescribeJobExecution"),
                ("GET", "/things/a/jobs/%24next", "iot-jobs-data", "DescribeJobExecution"),
                ("GET", "/api/things/shadow/ListNamedShadowsForThing/a", "iot-data", "ListNamedShadowsForThing")):
            with self.subTest(f"{method} {path}"):
                answer = self.client.send(method, path, service=service)
                self.assertEqual((answer.status, answer.error), (501, "NotImplementedException"), answer.body[:200])
                self.assertIn(operation, answer.message)
        slashed = self.client.send("GET", "/things/a%2Fb")
        self.assertEqual((slashed.status, slashed.error), (400, "InvalidRequestException"))
        self.assertIn("'a/b' at 'thingName'", slashed.message)
        self.assertEqual(self.client.send("GET", "/things/a/b").error, "UnknownOperationException")
        for topic, status in (("a/b", 200), ("a%2Fb", 200), ("$next", 400), ("%24next", 400)):  # those are reserved
            answer = self.client.send("POST", f"/topics/{topic}", body=b"x", service="iot-data")
            self.assertEqual(answer.status, status, answer.body[:300])
