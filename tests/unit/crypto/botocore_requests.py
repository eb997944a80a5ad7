# SPDX-License-Identifier: Apache-2.0
"""Requests signed by Debian's botocore: botocore_requests.py SEED COUNT. One a line, its parts in base64:
access key id, method, target, body, then name and value of every header."""
import base64
import random
import sys
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "TOKEN/EXAMPLE+1=="
SERVICES = ["iot", "execute-api", "iotdata", "iotdevicegateway", "iot-jobs-data", "sts"]
LETTERS = "abXY09-_.~ /%+$&=?#:;@!*'()[]\"\\é漢\t"
pick = random.Random(int(sys.argv[1]))


def text(longest):
    return "".join(pick.choice(LETTERS) for _ in range(pick.randrange(longest)))


def segment():
    return pick.choice(["$next", "%24next", ".", "..", "", "things", quote(text(12), safe=""), quote(text(12), safe="$:~")])


def query():
    return [(quote(text(8), safe=""), quote(text(12), safe="")) for _ in range(pick.randrange(4))]


def credentials():
    return Credentials("AKIDEXAMPLE", SECRET, pick.choice([None, TOKEN]))


def parts_of(request):
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    target = (url.path or "/") + ("?" + url.query if url.query else "")
    headers = {"Host": url.netloc, **{name: str(value) for name, value in prepared.headers.items()}}
    body = prepared.body or b""
    return prepared.method, target, body if isinstance(body, bytes) else body.encode(), headers


def host():
    return pick.choice(["127.0.0.1:8099", "a1b2-ats.iot.localhost", "localhost:8443", "[::1]:8080"])


def request(method):
    url = f"http://{host()}/" + "/".join(segment() for _ in range(pick.randrange(5)))
    pairs = query()
    if pairs:
        url += "?" + "&".join("=".join(pair) for pair in pairs)
    headers = {}
    body = pick.choice([b"", b"{}", text(40).encode()]) if method in ("POST", "PUT", "PATCH") else b""
    if body:
        headers["Content-Type"] = "application/json"
    if pick.random() < 0.3:
        headers["x-amzn-principal"] = " arn:aws:iot:us-east-1:123456789012:cert/" + pick.choice(["a", "b  c", "d \t e"]) + " "
    return AWSRequest(method=method, url=url, data=body, headers=headers)


def by_header():
    made = request(pick.choice(["GET", "POST", "PUT", "PATCH", "DELETE"]))
    SigV4Auth(credentials(), pick.choice(SERVICES), "us-east-1").add_auth(made)
    return parts_of(made)


def by_url():
    made = request("GET")
    SigV4QueryAuth(credentials(), pick.choice(SERVICES), "us-east-1", expires=pick.choice([60, 900, 604800])).add_auth(made)
    return parts_of(made)


def for_mqtt():
    """As AWS IoT wants it: the session token outside the signature; the port of the URL perhaps not signed."""
    whose = credentials()
    name = host()
    signed_name = name.rsplit(":", 1)[0] if pick.random() < 0.5 and not name.endswith("]") else name
    made = AWSRequest(method="GET", url=f"http://{signed_name}/mqtt")
    SigV4QueryAuth(Credentials(whose.access_key, whose.secret_key), "iotdevicegateway", "us-east-1", expires=300).add_auth(made)
    method, target, body, headers = parts_of(made)
    if whose.token:
        target += "&X-Amz-Security-Token=" + quote(whose.token, safe="")
    return method, target, body, {**headers, "Host": name}


for _ in range(int(sys.argv[2])):
    method, target, body, headers = pick.choice([by_header, by_url, for_mqtt])()
    parts = [method.encode(), target.encode(), body]
    for name, value in headers.items():
        parts += [name.encode(), value.encode()]
    print(" ".join(base64.b64encode(part).decode() or "=" for part in parts))
