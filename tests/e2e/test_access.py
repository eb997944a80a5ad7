# SPDX-License-Identifier: Apache-2.0
"""Who comes with an access key: roles and rotation under a running server, HTTPS with the server's own CA, and MQTT over
WebSocket with Debian's MQTT client and URLs presigned by botocore."""
import configparser
import contextlib
import http.client
import queue
import re
import ssl
from urllib.parse import quote, urlsplit

import paho.mqtt.client as mqtt
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import BIN, EndToEnd, PATIENCE, Vendor, eventually, run


def credentials_of(cloud, profile):
    file = configparser.ConfigParser()
    file.read(cloud.folder / "credentials")
    return Credentials(file[profile]["aws_access_key_id"], file[profile]["aws_secret_access_key"])


def presigned(host, who, service="iotdevicegateway", expires=300):
    """Path and query of /mqtt, the session token outside the signature as AWS IoT wants it."""
    request = AWSRequest(method="GET", url=f"http://{host}/mqtt")
    SigV4QueryAuth(Credentials(who.access_key, who.secret_key), service, "us-east-1", expires=expires).add_auth(request)
    url = urlsplit(request.prepare().url)
    token = "&X-Amz-Security-Token=" + quote(who.token, safe="") if who.token else ""
    return f"{url.path}?{url.query}{token}"


class Browser:
    """MQTT over WebSocket, as a page or a dashboard does it."""

    def __init__(self, cloud, who, client_id, secure=True, host="localhost", clean=True, expires=300):
        self.port = cloud.https if secure else cloud.http
        self.host = host
        self.results, self.ends, self.messages, self.done = (queue.Queue() for _ in range(4))
        self.client = mqtt.Client(client_id, clean_session=clean, transport="websockets")
        self.client.ws_set_options(path=presigned(f"{host}:{self.port}", who, expires=expires))
        if secure:
            self.client.tls_set(ca_certs=str(cloud.root_ca), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_connect = lambda _, __, ___, code: self.results.put(code)
        self.client.on_disconnect = lambda _, __, code: self.ends.put(code)
        self.client.on_message = lambda _, __, message: self.messages.put((message.topic, message.payload))
        self.client.on_subscribe = lambda _, __, ___, granted: self.done.put(granted)
        self.client.on_publish = lambda _, __, number: self.done.put(number)

    def connect(self):
        """The CONNACK's code."""
        self.client.connect("127.0.0.1" if self.host == "127.0.0.1" else "localhost", self.port)
        self.client.loop_start()
        return self.results.get(timeout=PATIENCE)

    def subscribe(self, topic):
        self.client.subscribe(topic, 1)
        return self.done.get(timeout=PATIENCE)

    def publish(self, topic, payload):
        self.client.publish(topic, payload, 1)
        self.done.get(timeout=PATIENCE)

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def wait_for_end(self):
        return self.ends.get(timeout=PATIENCE)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Keys(EndToEnd):
    def key(self, cloud, *words, check=True):
        done = run(BIN / "expresslink-cloud", "account", "key", words[0], "oem", *words[1:], "--data-dir", cloud.folder,
                   check=check)
        return done.stdout if check else done

    def refusal(self, cloud, profile, *words):
        return re.search(r"\((\w+)\)", cloud.aws(*words, profile=profile, check=False).stderr).group(1)

    def test_roles_and_rotation_while_the_server_runs(self):
        cloud = self.cloud()
        cloud.create_account("oem", "customer")
        self.assertIn("profile  oem.read-only", self.key(cloud, "create", "--role", "read-only"))
        self.assertEqual(cloud.aws("iot", "list-things", profile="oem.read-only")["things"], [])
        self.assertEqual(self.refusal(cloud, "oem.read-only", "iot-data", "publish", "--topic", "a"),
                         "AccessDeniedException")
        self.key(cloud, "create", "--role", "claim-only")
        cloud.publish("lamp/expresslink_config", "{}", profile="oem.claim-only")
        self.assertEqual(self.refusal(cloud, "oem.claim-only", "iot", "list-things"), "AccessDeniedException")

        saved = cloud.folder / "credentials"
        before = saved.read_text()
        self.key(cloud, "rotate")
        for content in (saved.read_text(), before):  # the new key works and the old one still does
            saved.write_text(content)
            cloud.aws("sts", "get-caller-identity", profile="oem")
        old = credentials_of(cloud, "oem").access_key
        self.key(cloud, "disable", old)
        self.assertEqual(self.refusal(cloud, "oem", "iot", "list-things"), "UnrecognizedClientException")
        self.assertIn(f"{old}  admin       disabled", self.key(cloud, "list"))
        secret = credentials_of(cloud, "oem").secret_key
        self.assertNotIn(secret, self.key(cloud, "list") + cloud.process.log())

    def test_an_accounts_own_limits_while_the_server_runs(self):
        cloud = self.cloud()
        cloud.create_account("oem", "customer")
        create = ("iot", "create-thing", "--thing-name", "lamp", "--attribute-payload",
                  "attributes={a=1,b=1,c=1,d=1}")

        def limits(*words, check=True):
            return run(BIN / "expresslink-cloud", "account", "limits", words[0], "oem", *words[1:], "--data-dir",
                       cloud.folder, check=check)
        self.assertEqual(self.refusal(cloud, "oem", *create), "InvalidRequestException")
        self.assertIn("attributes-per-thing of account oem: 4", limits("set", "attributes-per-thing", "4").stdout)
        self.assertRegex(limits("list").stdout, r"attributes-per-thing +4 .*\(set\)")
        cloud.aws(*create, profile="oem")
        self.assertEqual(self.refusal(cloud, "staging", *create), "InvalidRequestException")
        limits("reset", "attributes-per-thing")
        self.assertRegex(limits("list").stdout, r"attributes-per-thing +3 ")
        self.assertEqual(self.refusal(cloud, "oem", "iot", "update-thing", *create[2:]), "InvalidRequestException")
        refused = limits("set", "attributes-per-lamp", "4", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("there is no limit attributes-per-lamp that an account can set", refused.stderr)

    def test_a_third_live_key_of_a_role_is_refused(self):
        cloud = self.cloud()
        cloud.create_account("oem", "customer")
        self.key(cloud, "create")
        refused = self.key(cloud, "create", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("two admin keys of this account are live", refused.stderr)


class Https(EndToEnd):
    def test_the_aws_cli_over_https_with_the_servers_own_ca(self):
        cloud = self.cloud()
        cloud.url = f"https://localhost:{cloud.https}"
        self.assertEqual(cloud.aws("iot", "list-things", "--ca-bundle", str(cloud.root_ca))["things"], [])
        stranger = cloud.aws("iot", "list-things", check=False)
        self.assertIn("SSL", stranger.stderr)


class WebSocket(EndToEnd):
    def served(self, *extra):
        cloud = self.cloud(*extra)
        self.oem = cloud.create_account("oem", "customer")
        self.admin = credentials_of(cloud, "oem")
        return cloud

    def browser(self, cloud, client_id, who=None, **how):
        browser = Browser(cloud, who or self.admin, client_id, **how)
        self.addCleanup(browser.close)
        return browser

    def test_a_page_and_a_module_talk(self):
        cloud = self.served()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        module = self.module(vendor.issue()[0], cloud)
        module.connect()
        page = self.browser(cloud, "page", credentials_of(cloud, "staging"))
        self.assertEqual(page.connect(), 0)
        self.assertEqual(page.subscribe(f"{module.thing}/data"), (1,))
        module.at("AT+CONF Topic1=data")
        module.subscribe(2, "state")
        self.assertEqual(module.at("AT+SEND1 hello"), "OK")
        self.assertEqual(page.message(), (f"{module.thing}/data", b"hello"))
        page.publish(f"{module.thing}/state", "led on")
        self.assertEqual(module.message(2), "led on")

    def test_every_listener_and_large_messages(self):
        cloud = self.served("--bytes-per-second", "0")
        big = bytes(range(256)) * 500  # frames of three lengths, and a message of several reads
        for secure in (True, False):
            page = self.browser(cloud, f"page-{secure}", secure=secure)
            self.assertEqual(page.connect(), 0)
            page.subscribe("shop/#")
            for payload in (b"x", b"y" * 200, big):
                page.publish("shop/a", payload)
                self.assertEqual(page.message(), ("shop/a", payload))

    def test_an_account_reaches_its_own_topics_only(self):
        cloud = self.served()
        other = self.browser(cloud, "other", credentials_of(cloud, "staging"))
        page = self.browser(cloud, "page")
        self.assertEqual((other.connect(), page.connect()), (0, 0))
        other.subscribe("#")
        page.subscribe("#")
        page.publish("secret", "mine")
        self.assertEqual(page.message(), ("secret", b"mine"))
        other.publish("fence", "")
        self.assertEqual(other.message(), ("fence", b""))

    def test_a_session_of_sts_opens_it_too(self):
        cloud = self.served()
        given = cloud.aws("sts", "get-session-token", "--duration-seconds", "900", profile="oem")["Credentials"]
        page = self.browser(cloud, "page", Credentials(given["AccessKeyId"], given["SecretAccessKey"],
                                                       given["SessionToken"]))
        self.assertEqual(page.connect(), 0)

    def check_that_a_disabled_key_closes_what_it_opened(self, *extra):
        cloud = self.served(*extra)
        pages = [self.browser(cloud, f"page-{i}") for i in range(4)]
        for page in pages:
            self.assertEqual(page.connect(), 0)
        pages[0].subscribe("a")
        pages[3].publish("a", "hello")
        self.assertEqual(pages[0].message(), ("a", b"hello"))
        eventually(lambda: cloud.metric("gateway_sessions") == 4, "all are counted")
        run(BIN / "expresslink-cloud", "account", "key", "disable", "oem", self.admin.access_key, "--data-dir",
            cloud.folder)
        for page in pages:
            page.wait_for_end()
        eventually(lambda: cloud.metric("gateway_sessions") == 0, "every session is closed")

    def test_a_disabled_key_closes_what_it_opened(self):
        self.check_that_a_disabled_key_closes_what_it_opened()

    def test_several_gateway_processes(self):
        self.check_that_a_disabled_key_closes_what_it_opened("--gateway-workers", "2")

    def status(self, cloud, path, host=None):
        """Of the upgrade request; the name of the fault."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", cloud.http, timeout=PATIENCE)) as connection:
            connection.request("GET", path, headers={
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "mqtt",
                **({"Host": host} if host else {})})
            answer = connection.getresponse()
            return answer.status, answer.getheader("x-amzn-ErrorType")

    def test_a_url_is_good_for_as_long_as_it_says_and_what_it_opened_for_longer(self):
        cloud = self.served()
        long, short = (presigned(f"127.0.0.1:{cloud.http}", self.admin, expires=expires) for expires in (300, 6))
        self.assertEqual(self.status(cloud, short), (101, None))
        page = self.browser(cloud, "page", expires=6)
        self.assertEqual(page.connect(), 0)
        page.subscribe("shop/a")
        eventually(lambda: self.status(cloud, short) == (403, "InvalidSignatureException"), "the URL's time is over")
        cloud.eventually_logs(r"request refused .*Signature expired: \d{8}T\d{6}Z is now earlier than .* - 6 s\.\)")
        self.assertEqual(self.status(cloud, long), (101, None))
        late = self.browser(cloud, "late", secure=False)
        late.client.ws_set_options(path=short)
        with self.assertRaises(mqtt.WebsocketConnectionError):
            late.client.connect("127.0.0.1", cloud.http)
        page.publish("shop/a", "still here")
        self.assertEqual(page.message(), ("shop/a", b"still here"))

    def test_refusals(self):
        cloud = self.served()
        here = f"127.0.0.1:{cloud.http}"
        good = presigned(here, self.admin)
        self.assertEqual(self.status(cloud, "/mqtt"), (403, "MissingAuthenticationTokenException"))
        self.assertEqual(self.status(cloud, good[:-1] + ("0" if good[-1] != "0" else "1")),
                         (403, "InvalidSignatureException"))
        self.assertEqual(self.status(cloud, presigned(here, self.admin, service="iot")),
                         (403, "InvalidSignatureException"))
        run(BIN / "expresslink-cloud", "account", "key", "create", "oem", "--role", "read-only", "--data-dir",
            cloud.folder)
        self.assertEqual(self.status(cloud, presigned(here, credentials_of(cloud, "oem.read-only"))),
                         (403, "AccessDeniedException"))
        foreign = cloud.staging_endpoint()
        self.assertEqual(self.status(cloud, presigned(foreign, self.admin), foreign), (403, "AccessDeniedException"))
        cloud.process.stop()
        self.assertNotIn("X-Amz-Signature", cloud.process.log())
