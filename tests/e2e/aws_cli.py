# SPDX-License-Identifier: Apache-2.0
"""Debian's AWS CLI inside the test's own process: the same program without its start, which takes longer than the call, and
what its botocore sees on the wire is told to whoever listens."""
import contextlib
import io
import json
import os
import unittest.mock

import awscli.clidriver
from awscli.botocore import xform_name


class Refused(Exception):
    """The CLI's words, on its standard error."""


class AwsCli:
    def __init__(self, cloud, profile, listener=None):
        """`listener`: an `after-call` handler of botocore."""
        self.cloud, self.profile = cloud, profile
        with self.environment():
            self.driver = awscli.clidriver.create_clidriver()
        if listener:
            self.driver.session.register("after-call", listener)

    def environment(self):
        return unittest.mock.patch.dict(os.environ, self.cloud.env())

    def run(self, *words):
        """The parsed answer."""
        out, err = io.StringIO(), io.StringIO()
        with self.environment(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = self.driver.main(["--endpoint-url", self.cloud.url, "--profile", self.profile, "--region",
                                     "us-east-1", "--output", "json", *words])
        if code != 0:
            raise Refused(err.getvalue())
        return json.loads(out.getvalue()) if out.getvalue().strip() else {}

    def call(self, service, operation, **members):
        """`members` are named as in the service model."""
        return self.run(service, xform_name(operation, "-"), *(word for item in members.items() for word in option(*item)))


def option(name, value):
    flag = xform_name(name, "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [f"--{flag}={value if isinstance(value, str) else json.dumps(value)}"]
