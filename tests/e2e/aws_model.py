# SPDX-License-Identifier: Apache-2.0
"""AWS's own service models, as Debian's python3-botocore ships them: what a request must hold, values that break each
rule of it, and the answers that AWS declares."""
import dataclasses
import http.client
import json
import pathlib
import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.loaders
import botocore.model

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("iot", "iot-data")
SIGNING_NAMES = {"iot": "execute-api", "iot-data": "iotdata", "iot-jobs-data": "iot-jobs-data", "sts": "sts"}
UID = "0" * 64
# What a shape's pattern cannot tell, by shape or by member.
VALUES = {
    "CertificateId": UID, "RoleArn": "arn:aws:iam::123456789012:role/any", "PolicyTarget": f"{{arn}}:cert/{UID}",
    "Principal": f"{{arn}}:cert/{UID}", "PrincipalArn": f"{{arn}}:cert/{UID}", "ResourceArn": "{arn}:thing/model",
    "AwsAccountId": "123456789012", "AttributeName": "name", "AttributeKey": "name", "AttributeValue": "value",
    "PolicyDocument": '{"Version":"2012-10-17","Statement":[]}', "PolicyVersionId": "1", "TemplateBody": "{}",
    "CertificatePem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    "CertificateSigningRequest": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
    "EndpointType": "iot:Data-ATS", "RegistryS3BucketName": "bucket", "RegistryS3KeyName": "key", "TaskId": "0" * 36,
    "Topic": "model/topic", "HttpHeaderName": "name",
}


# Of these one of two is required, which the model cannot say.
NEEDED_TOO = {"AddThingToThingGroup": ("thingGroupName", "thingName"),
              "RemoveThingFromThingGroup": ("thingGroupName", "thingName"), "TestAuthorization": ("principal",)}


TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (int, float), "blob": str,
         "double": (int, float)}


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        return self.headers.get("x-amzn-errortype", "").split(":")[0]

    @property
    def message(self):
        try:
            return str(json.loads(self.body).get("message", ""))
        except (ValueError, AttributeError):
            return ""


class Request:
    """One operation's request, member by member, put where the model says."""

    def __init__(self, operation, members):
        self.operation, self.members = operation, dict(members)

    def without(self, name):
        return Request(self.operation, {key: value for key, value in self.members.items() if key != name})

    def replaced(self, name, value):
        return Request(self.operation, {**self.members, name: value})

    def serialized(self):
        """(method, path, query, body, headers); like an SDK that checks nothing."""
        shape = self.operation.input_shape
        path, query, body, headers = self.operation.http["requestUri"], [], {}, []
        payload = None
        for name, value in self.members.items():
            member = shape.members.get(name) if shape else None
            place = member.serialization if member else {}
            wire = place.get("name", name)
            if place.get("location") == "uri":
                greedy = f"{{{wire}+}}" in path
                path = path.replace(f"{{{wire}}}", quoted(value)).replace(f"{{{wire}+}}", quoted(value, greedy))
            elif place.get("location") == "querystring":
                query.append((wire, {True: "true", False: "false"}.get(value, str(value))))
            elif place.get("location") == "header":
                headers.append((wire, str(value)))
            elif shape.serialization.get("payload") == name:
                payload = value
            else:
                body[wire] = value
        path, _, fixed = path.partition("?")
        query += [tuple(pair.partition("=")[::2]) for pair in fixed.split("&") if pair]
        return self.operation.http["method"], path, query, payload if payload is not None else (body or None), headers


def quoted(value, greedy=False):
    return "".join(c if re.match(r"[A-Za-z0-9._~-]", c) or (greedy and c == "/") else
                   "".join(f"%{byte:02X}" for byte in c.encode()) for c in str(value))


def credentials_of(cloud, profile):
    """(access key id, secret)"""
    text = (cloud.folder / "credentials").read_text().split(f"[{profile}]")[1]
    return tuple(re.search(rf"{name}\s*=\s*(\S+)", text).group(1)
                 for name in ("aws_access_key_id", "aws_secret_access_key"))


class Client:
    """Raw signed HTTP."""

    def __init__(self, cloud, profile="staging"):
        self.credentials = botocore.credentials.Credentials(*credentials_of(cloud, profile))
        self.cloud = cloud
        self.arn = f"arn:aws:iot:us-east-1:{cloud.aws('sts', 'get-caller-identity', profile=profile)['Account']}"

    def prepared(self, method, path, query=(), body=None, service="iot", sign=True, headers=()):
        """Signed, but not sent yet."""
        data = body if isinstance(body, (bytes, str)) else b"" if body is None else json.dumps(body).encode()
        url = self.cloud.url + path
        if query:
            url += "?" + "&".join(f"{quoted(name)}={quoted(value)}" for name, value in query)
        request = botocore.awsrequest.AWSRequest(method, url, data=data, headers={"Content-Type": "application/json",
                                                                                  **dict(headers)})
        if sign:
            botocore.auth.SigV4Auth(self.credentials, SIGNING_NAMES[service], "us-east-1").add_auth(request)
        return request.prepare()

    def send(self, method, path, query=(), body=None, service="iot", sign=True, headers=()):
        request = self.prepared(method, path, query, body, service, sign, headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.http, timeout=30)
        try:
            connection.request(method, request.url[len(self.cloud.url):], request.body, dict(request.headers))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def call(self, request, **more):
        service = request.operation.service_model.service_name
        method, path, query, body, headers = request.serialized()
        return self.send(method, path, query, body, service, headers=headers, **more)


def served_names():
    """The table that tools/operations_table.py generates from the product's own."""
    return re.findall(r"^\| (\w+)(?: \(sts\))? \|", (ROOT / "docs/operations.md").read_text(), re.M)


def served_operations():
    names = set(served_names())
    return [operation for operation in all_operations(*SERVICES) if operation.name in names]


def all_operations(*services):
    loader = botocore.loaders.Loader()
    for service in services:
        model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
        yield from (model.operation_model(name) for name in model.operation_names)


def value_for(shape, arn, member=""):
    """A value that keeps every rule of the shape."""
    for name in (shape.name, member):
        if name in VALUES:
            return VALUES[name].replace("{arn}", arn)
    if shape.type_name == "string":
        if shape.enum:
            return shape.enum[0]
        return "a" * max(1, int(shape.metadata.get("min", 1)))
    if shape.type_name in ("integer", "long"):
        return max(1, int(shape.metadata.get("min", 1)))
    if shape.type_name == "boolean":
        return False
    if shape.type_name == "list":
        return [value_for(shape.member, arn)] * max(1, int(shape.metadata.get("min", 1)))
    if shape.type_name == "map":
        return {value_for(shape.key, arn): value_for(shape.value, arn)}
    if shape.type_name == "structure":
        return {name: value_for(shape.members[name], arn, name) for name in shape.required_members}
    if shape.type_name == "blob":
        return "model"
    if shape.type_name == "timestamp":
        return 1
    raise AssertionError(f"no value for {shape.type_name}")


def least_request(operation, arn):
    """Only what is required."""
    shape = operation.input_shape
    if shape is None:
        return Request(operation, {})
    needed = [*shape.required_members, *NEEDED_TOO.get(operation.name, ())]
    return Request(operation, {name: value_for(shape.members[name], arn, name) for name in needed})


def broken_values(shape, candidates=("a\x00b", "a b!", "{}", "\u00e9")):
    """(rule, value) for each rule that a value of this shape can break; patterns by one of the candidates."""
    limits = shape.metadata
    if shape.type_name == "string":
        if shape.enum:
            yield "enum", "NOT-ONE-OF-THEM"
            return
        if "max" in limits and int(limits["max"]) < 70_000:
            yield "max", "a" * (int(limits["max"]) + 1)
        if int(limits.get("min", 0)) > 1:
            yield "min", "a"
        pattern = limits.get("pattern")
        if pattern:
            for candidate in candidates:
                fits = len(candidate) <= int(limits.get("max", 1 << 30)) and len(candidate) >= int(limits.get("min", 0))
                if fits and not re.fullmatch(to_python(pattern), candidate):
                    yield "pattern", candidate
                    return
    if shape.type_name in ("integer", "long"):
        if "min" in limits:
            yield "min", int(limits["min"]) - 1
        if "max" in limits:
            yield "max", int(limits["max"]) + 1


def to_python(java_pattern):
    """The models' patterns are Java's."""
    return java_pattern.replace("\\p{Graph}", "[!-~]").replace("\\p{Print}", "[ -~]").replace("[^\\p{C}]", "[^\\x00-\\x1f]") \
        .replace("\\p{L}", "a-zA-Z\u00c0-\uffff").replace("\\p{N}", "0-9").replace("\\p{Z}", " ").replace("\\p{C}", "\\x00-\\x1f") \
        .replace("\\p{Alpha}", "[a-zA-Z]")


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


def said(value, shape, where):
    """The names of all members in an answer: where.member, where.list[].member."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            wire = member.serialization.get("name", name)
            if wire in value:
                yield f"{where}.{wire}"
                yield from said(value[wire], member, f"{where}.{wire}")
    elif shape.type_name in ("list", "map"):
        for item in value if shape.type_name == "list" else value.values():
            yield from said(item, shape.member if shape.type_name == "list" else shape.value, f"{where}[]")


def sayable(shape, where):
    """The names of all members that the model has for an answer."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            wire = member.serialization.get("name", name)
            yield f"{where}.{wire}"
            yield from sayable(member, f"{where}.{wire}")
    elif shape.type_name in ("list", "map"):
        yield from sayable(shape.member if shape.type_name == "list" else shape.value, f"{where}[]")
