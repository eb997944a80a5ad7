# SPDX-License-Identifier: Apache-2.0
"""The built programs as a test drives them: a cloud on free ports, a vendor with a CA, modules on pseudo-terminals."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import termios
import threading
import time
import tty
import unittest

BUILD = pathlib.Path(os.environ.get("XL_BUILD", "build/release")).resolve()
BIN = BUILD / "bin"
WORKERS = os.environ.get("XL_GATEWAY_WORKERS", "1")  # every suite can be run over several gateway processes
PATIENCE = 60 if BUILD.name in ("sanitize", "tsan") else 30  # seconds until what must happen counts as never


def free_port():
    """Below the range from which outgoing connections get theirs, so that none takes it before the cloud does."""
    while True:
        port = random.randrange(10000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def eventually(condition, what, seconds=PATIENCE):
    """Polls until condition() is truthy and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.05)


class Process:
    """A child whose log is a file; stopped by its process id only."""

    def __init__(self, command, log, env=None):
        self.log_path = pathlib.Path(log)
        self.command = [str(part) for part in command]
        with open(self.log_path, "ab") as out:
            self.child = subprocess.Popen(self.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        return self.child.wait(PATIENCE)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def end(self):
        if self.child.poll() is None:
            self.kill()


def run(*command, env=None, check=True, timeout=120, cwd=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, env=env,
                          cwd=cwd, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f"{command[0]} exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Clock:
    """The wall clock of the programs whose environment says so; monotonic time goes on as it is."""

    def __init__(self, file):
        self.file = pathlib.Path(file)
        self.jump(0)

    def jump(self, days):
        """To so many days from the true time."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{days:+}d\n")
        new.replace(self.file)

    def environment(self):
        library, = pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        return {**os.environ, "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.file),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Cloud:
    def __init__(self, folder, *extra, clock=None):
        self.folder = pathlib.Path(folder)
        self.clock = clock
        self.mqtt, self.http, self.https = free_port(), free_port(), free_port()
        self.extra = extra
        self.url = f"http://127.0.0.1:{self.http}"
        self.process = None

    @property
    def root_ca(self):
        return self.folder / "root-ca.pem"

    def environment(self):
        """Of its own process; None: the test's."""
        return self.clock and self.clock.environment()

    def start(self):
        self.process = Process([BIN / "expresslink-cloud", "serve", "--data-dir", self.folder,
                                "--mqtt", f"127.0.0.1:{self.mqtt}", "--http", f"127.0.0.1:{self.http}",
                                "--https", f"127.0.0.1:{self.https}", "--gateway-workers", WORKERS,
                                *self.extra], f"{self.folder}.log", self.environment())
        eventually(self.is_healthy, f"the cloud is healthy; its log:\n{self.process.log()[-2000:]}")
        return self

    def is_healthy(self):
        if self.process.child.poll() is not None:
            raise AssertionError("the cloud ended:\n" + self.process.log()[-2000:])
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def metric(self, name):
        return float(re.search(rf"^expresslink_{name} (\S+)$", self.get("/metrics")[1], re.M).group(1))

    def env(self):
        return {**os.environ, "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"), "AWS_PAGER": "",
                "AWS_CONFIG_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}

    def aws(self, *words, profile="staging", check=True):
        """The Debian AWS CLI; parsed JSON, or the failed process when check is False."""
        done = run("/usr/bin/aws", "--endpoint-url", self.url, "--profile", profile, "--region", "us-east-1",
                   "--output", "json", *words, env=self.env(), check=check)
        if not check and done.returncode != 0:
            return done
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def publish(self, topic, payload, profile="staging"):
        self.aws("iot-data", "publish", "--topic", topic, "--payload", payload, "--cli-binary-format",
                 "raw-in-base64-out", profile=profile)

    def create_account(self, name, kind):
        out = run(BIN / "expresslink-cloud", "account", "create", name, "--kind", kind, "--data-dir", self.folder).stdout
        return re.search(r"endpoint (\S+)", out).group(1)

    def staging_endpoint(self, profile="staging"):
        return self.aws("iot", "describe-endpoint", "--endpoint-type", "iot:Data-ATS", profile=profile)["endpointAddress"]

    def fsck(self):
        return run(BIN / "expresslink-cloud", "fsck", "--data-dir", self.folder, check=False)

    def children(self, name):
        """Process ids of the cloud's own processes of that name."""
        found = []
        for task in pathlib.Path(f"/proc/{self.process.child.pid}/task").glob("*/children"):
            for pid in task.read_text().split():
                with contextlib.suppress(OSError):  # it has just ended
                    if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name:
                        found.append(int(pid))
        return found

    def engine_pid(self):
        return next(iter(self.children("mosquitto")), None)

    def workers(self):
        return self.children("gateway-worker")

    def gateways(self):
        """The processes that modules are connected to."""
        return self.workers() or [self.process.child.pid]

    def eventually_logs(self, pattern):
        eventually(lambda: re.search(pattern, self.process.log()), f"the cloud logs /{pattern}/; it logged:\n"
                   + self.process.log()[-3000:])


def jitp_template(policy_document, thing_name="SerialNumber"):
    """A provisioning template: the thing is named by this parameter of the certificate."""
    prefix = "AWS::IoT::Certificate::"
    return {"Parameters": {prefix + name: {"Type": "String"} for name in (thing_name, "Id")},
            "Resources": {
                "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": prefix + thing_name}}},
                "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {
                    "CertificateId": {"Ref": prefix + "Id"}, "Status": "ACTIVE"}},
                "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": policy_document}}}}


def policy_of(*allowed):
    """Each is (action, resource…), a resource without its account: "topic/a"."""
    statements = [{"Effect": "Allow", "Action": f"iot:{action}", "Resource": [f"arn:aws:iot:*:*:{r}" for r in resources]}
                  for action, *resources in allowed]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Vendor:
    """A module maker: its CA, its staging account, its modules."""

    def __init__(self, folder, name="ACME", model="M-1"):
        self.folder = pathlib.Path(folder)
        self.name, self.model = name, model
        self.ca = self.folder / "ca"
        self.modules = self.folder / "modules"

    def factory(self, *words, cloud=None, check=True):
        return run(BIN / "expresslink-factory", *words, env=cloud.env() if cloud else None, check=check)

    def create_ca(self):
        self.factory("ca", "create", "--dir", self.ca, "--vendor", self.name, "--model", self.model)
        return self

    def enroll(self, cloud, profile="staging", *extra):
        self.factory("ca", "enroll", "--ca", self.ca, "--endpoint-url", cloud.url, "--profile", profile, *extra,
                     cloud=cloud)
        return self

    def enroll_with_template(self, cloud, body, profile="staging"):
        """With the AWS CLI and a template of the test's own making instead of the factory's."""
        cloud.aws("iot", "create-provisioning-template", "--template-name", "own", "--type", "JITP", "--enabled",
                  "--provisioning-role-arn", "arn:aws:iam::000000000000:role/any", "--template-body", json.dumps(body),
                  profile=profile)
        cloud.aws("iot", "register-ca-certificate", "--ca-certificate", f"file://{self.ca}/issuing.pem",
                  "--certificate-mode", "SNI_ONLY", "--set-as-active", "--allow-auto-registration",
                  "--registration-config", "templateName=own", profile=profile)
        return self

    def issue(self, count=1, *extra):
        """Identity folders, newest batch only."""
        out = self.modules / str(len(list(self.modules.glob("*"))) if self.modules.exists() else 0)
        self.factory("issue", "--ca", self.ca, "--count", count, "--out", out, *extra)
        return sorted(path.parent for path in out.glob("*/thing-name"))

    def issue_for(self, cloud, count=1):
        """Identities of a CA that the factory has not enrolled."""
        return self.issue(count, "--endpoint", cloud.staging_endpoint(), "--root-ca", cloud.root_ca)


class Module:
    """A module process and its host: at() types a line and returns the response lines."""

    def __init__(self, identity, port, *extra, state=None, clock=None):
        self.identity = pathlib.Path(identity)
        self.thing = (self.identity / "thing-name").read_text().strip()
        self.port = port
        self.extra = extra
        self.clock = clock
        self.state = pathlib.Path(state or tempfile.mkdtemp(prefix="xl-state-"))
        self.link = self.state / "tty"
        self.process = None
        self.fd = None
        self.pending = b""

    def environment(self):
        """Of its process; None: the test's."""
        return self.clock and self.clock.environment()

    def power_up(self):
        log = self.state / "module.log"
        said = log.stat().st_size if log.exists() else 0  # by its earlier lives
        self.process = Process([BIN / "expresslink-module", "--identity", self.identity, "--state", self.state / "nv",
                                "--pty", self.link, "--port", str(self.port), *self.extra], log, self.environment())
        # A link alone says nothing: after a kill the old one stays, and leads to whatever terminal has its number now.
        eventually(lambda: b"ready: " in log.read_bytes()[said:] or self.process.child.poll() is not None,
                   "the module's terminal")
        if self.process.child.poll() is not None:
            raise AssertionError("the module ended:\n" + self.process.log()[-2000:])
        self.open()
        return self

    def open(self):
        self.fd = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd, termios.TCSANOW)
        self.pending = b""

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def write(self, data):
        view = memoryview(data)
        while view:
            select.select([], [self.fd], [], PATIENCE)
            view = view[os.write(self.fd, view):]

    def line(self, seconds=130):
        deadline = time.monotonic() + seconds
        while b"\r\n" not in self.pending:
            ready, _, _ = select.select([self.fd], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"no response within {seconds} s; so far {self.pending!r}\n" + self.process.log()[-2000:])
            came = os.read(self.fd, 65536)
            if not came:
                raise OSError("the module's end of the terminal is closed")
            self.pending += came
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line

    def silent(self, seconds=0.3):
        """True when nothing comes for a while."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        return not ready and not self.pending

    def at(self, command, seconds=130):
        self.write((command if isinstance(command, bytes) else command.encode()) + b"\n")
        first = self.line(seconds).decode(errors="replace")
        more = re.match(r"OK(\d+)( |$)", first)
        lines = [self.line(seconds).decode(errors="replace") for _ in range(int(more.group(1)))] if more else []
        return "\n".join([first, *lines])

    def connect(self):
        """CONNECT, waiting out back-off, until the module is connected."""
        def attempt():
            answer = self.at("AT+CONNECT")
            return answer if answer == "OK 1 CONNECTED" else None
        return eventually(attempt, "the module connects\n" + self.process.log()[-2000:], 90)

    def connect_fails_with(self, hint):
        """CONNECT must fail with this hint; back-off (hint 1) is waited out first."""
        def attempt():
            answer = self.at("AT+CONNECT")
            return None if answer.startswith("ERR14 1 ") else answer
        answer = eventually(attempt, "an attempt that is not held back", 90)
        if not answer.startswith(f"ERR14 {hint}"):
            raise AssertionError(f"expected ERR14 {hint}, got {answer}\n{self.process.log()[-2000:]}")
        return answer

    def events(self):
        found = []
        while (answer := self.at("AT+EVENT?")) != "OK":
            found.append(answer[3:])
        return found

    def eventually_event(self, prefix):
        def look():
            answer = self.at("AT+EVENT?")
            return answer if answer.startswith(f"OK {prefix}") else None
        return eventually(look, f"event {prefix}")

    def subscribe(self, index, topic):
        self.at(f"AT+CONF Topic{index}={topic}")
        answer = self.at(f"AT+SUBSCRIBE{index}")
        if answer != "OK":
            raise AssertionError(f"SUBSCRIBE{index} to {topic}: {answer}")
        self.eventually_event(f"8 {index} SUBACK")

    def message(self, index):
        """The next message of a topic, once its event has come."""
        self.eventually_event(f"1 {index} MSG")
        return self.at(f"AT+GET{index}").removeprefix("OK ")

    def power_off(self):
        self.close()
        return self.process.stop()

    def end(self):
        self.close()
        if self.process:
            self.process.end()


class Device:
    """A module's bare MQTT over its own certificate, for tests that need many of them or a CONNACK's return code."""
    CONNECT_FLAGS = b"\x02"  # clean session

    def __init__(self, cloud, identity):
        self.cloud = cloud
        self.thing = (identity / "thing-name").read_text().strip()
        self.endpoint = (identity / "endpoint").read_text().strip()
        self.context = ssl.create_default_context(cafile=str(cloud.root_ca))
        self.context.load_cert_chain(identity / "certificate.pem", identity / "key.pem")
        self.tls = None

    def greet(self):
        """Sends CONNECT and waits for nothing."""
        self.close()
        name = self.thing.encode()
        body = b"\x00\x04MQTT\x04" + self.CONNECT_FLAGS + b"\x04\xb0" + len(name).to_bytes(2, "big") + name
        plain = socket.create_connection(("127.0.0.1", self.cloud.mqtt), PATIENCE)
        with plain:  # until TLS owns it
            self.tls = self.context.wrap_socket(plain, server_hostname=self.endpoint)
        self.tls.sendall(b"\x10" + bytes([len(body)]) + body)

    def connect(self):
        """The CONNACK's return code, None when there was no answer; the connection stays open."""
        try:
            self.greet()
            answer = self.tls.recv(4)
            return answer[3] if len(answer) == 4 and answer[0] == 0x20 else None
        except OSError:
            return None

    def wait_for_close(self):
        try:
            self.tls.settimeout(None)
            while self.tls.recv(4096):
                pass
        except OSError:
            pass

    def hang_up(self):
        """From another thread: wait_for_close() and connect() return."""
        with contextlib.suppress(OSError, TypeError):
            socket.socket.shutdown(self.tls, socket.SHUT_RDWR)  # SSLSocket's own would take TLS from the reader

    def close(self):
        if self.tls:
            self.tls.close()
            self.tls = None


def connect_once(cloud, identity):
    """The CONNACK's return code, None when there was no answer."""
    with contextlib.closing(Device(cloud, identity)) as device:
        return device.connect()


def s_client(cloud, identity, host, *extra):
    """One handshake of OpenSSL's own client."""
    return run("/usr/bin/openssl", "s_client", "-connect", f"127.0.0.1:{cloud.mqtt}", "-servername", host,
               "-CAfile", cloud.root_ca, "-verify_return_error", "-cert", identity / "certificate.pem",
               "-key", identity / "key.pem", *extra, check=False)


class LiveFeed:
    """A subscriber of the page's event stream, with nothing but Quick Connect's URL secret."""

    def __init__(self, cloud, thing, secret):
        self.events = []
        connection = http.client.HTTPConnection("127.0.0.1", cloud.http, timeout=PATIENCE)
        connection.request("POST", f"/q/{thing}/session", json.dumps({"secret": secret}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.status = answer.status
        if self.status != 204:
            return
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.cloud, self.thing = cloud, thing
        self.stream = http.client.HTTPConnection("127.0.0.1", cloud.http, timeout=PATIENCE)
        self.stream.request("GET", f"/q/{thing}/events", headers={"Cookie": self.cookie})
        self.answer = self.stream.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = ""
        try:
            for raw in self.answer:
                line = raw.decode().rstrip("\n").rstrip("\r")
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    self.events.append((event, json.loads(line[5:])))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass

    def eventually(self, event, **members):
        def look():
            for name, data in list(self.events):
                if name == event and all(data.get(key) == value for key, value in members.items()):
                    return data
            return None
        return eventually(look, f"{event} {members} on the live feed; it showed {self.events[-5:]}")

    def command(self, payload):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.cloud.http, timeout=10)) as connection:
            connection.request("POST", f"/q/{self.thing}/command", json.dumps({"payload": payload}),
                               {"Content-Type": "application/json", "X-Requested-With": "fetch", "Cookie": self.cookie})
            return connection.getresponse().status


class EndToEnd(unittest.TestCase):
    """A folder of its own per test; everything that was started is ended."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="xl-e2e-"))
        self.started = []

    def tearDown(self):
        for thing in reversed(self.started):
            (thing.end if hasattr(thing, "end") else thing.process.end)()
        if self._outcome.success:
            shutil.rmtree(self.folder, ignore_errors=True)

    def assert_clean(self, cloud):
        done = cloud.fsck()
        self.assertEqual((done.returncode, done.stdout[:7]), (0, "clean: "), done.stdout + done.stderr)

    def cloud(self, *extra, clock=None):
        cloud = Cloud(self.folder / "cloud", *extra, clock=clock)
        self.started.append(cloud)
        return cloud.start()

    def module(self, identity, cloud, *extra, clock=None):
        number = len(self.started)
        state = self.folder / f"module-{number}"
        state.mkdir()
        module = Module(identity, cloud.mqtt, *extra, state=state, clock=clock)
        self.started.append(module)
        return module.power_up()

    def staged_module(self, cloud):
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        return self.module(vendor.issue()[0], cloud)
