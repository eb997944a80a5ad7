# SPDX-License-Identifier: Apache-2.0
"""Amazon's JavaScript SDKs, unmodified."""
import os
import pathlib
import subprocess

from aws_model import credentials_of
from harness import EndToEnd, Vendor

HERE = pathlib.Path(__file__).resolve().parent


class JavaScript(EndToEnd):
    def test_control_plane_data_plane_and_device_sdk(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        identity = vendor.issue()[0]
        key, secret = credentials_of(cloud, "staging")
        test = subprocess.run(["node", "--test", "sdk.test.mjs"], cwd=HERE / "sdk", capture_output=True, text=True,
                              timeout=280, env={**os.environ, "BASE_URL": cloud.url, "AWS_ACCESS_KEY_ID": key,
                                                "AWS_SECRET_ACCESS_KEY": secret, "IDENTITY": str(identity),
                                                "MQTT_PORT": str(cloud.mqtt)})
        self.assertEqual(test.returncode, 0, test.stdout + test.stderr + cloud.process.log()[-2000:])
