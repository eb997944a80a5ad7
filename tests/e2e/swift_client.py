# SPDX-License-Identifier: Apache-2.0
"""Signed calls for tests that make very many of them: one connection that stays, and a signature in a dozen lines."""
import hashlib
import hmac
import http.client
import json
import time
from urllib.parse import quote

from aws_model import credentials_of


class SwiftClient:
    """For one thread."""

    def __init__(self, cloud, profile="staging"):
        self.key, self.secret = credentials_of(cloud, profile)
        self.host = f"127.0.0.1:{cloud.http}"
        self.connection = http.client.HTTPConnection("127.0.0.1", cloud.http, timeout=60)
        self.signing_keys = {}

    def signing_key(self, day):
        if day not in self.signing_keys:
            key = ("AWS4" + self.secret).encode()
            for part in (day, "us-east-1", "iot", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self.signing_keys[day] = key
        return self.signing_keys[day]

    def authorization(self, method, path, query, now, signed, payload):
        """`signed`: the headers, sorted."""
        names = ";".join(name for name, _ in signed)
        canonical = "\n".join([method, quote(path, safe="/-_.~"), query,
                               *(f"{name}:{value}" for name, value in signed), "", names,
                               hashlib.sha256(payload).hexdigest()])
        scope = f"{now[:8]}/us-east-1/iot/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self.signing_key(now[:8]), text.encode(), "sha256").hexdigest()
        return f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"

    def call(self, method, path, body=None, query=None, principal=None):
        """(status, the members of the answer, its error type); `path` is encoded already."""
        payload = b"" if body is None else json.dumps(body).encode()
        text = "&".join(f"{quote(k, safe='-_.~')}={quote(str(v), safe='-_.~')}" for k, v in sorted((query or {}).items()))
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = [("host", self.host), ("x-amz-date", now)]
        if principal:
            signed.append(("x-amzn-principal", principal))
        headers = {name: value for name, value in signed if name != "host"}
        headers["Authorization"] = self.authorization(method, path, text, now, signed, payload)
        self.connection.request(method, path + ("?" + text if text else ""), payload, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}"), answer.getheader("x-amzn-errortype")

    def close(self):
        self.connection.close()
