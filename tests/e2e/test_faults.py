# SPDX-License-Identifier: Apache-2.0
"""Faults under the running cloud while modules connect for the first time: no device is lost, none is provisioned twice,
and recovery needs no hands."""
import contextlib
import os
import pathlib
import random
import re
import resource
import signal
import sqlite3
import threading
import time

from aws_model import Client
from harness import Device, EndToEnd, Vendor, connect_once, eventually

SERVER_UNAVAILABLE = 3
STOP_SECONDS = 15
ENGINE_ANSWERS_WITHIN = 10  # src/gateway/engines/mosquitto.cpp


class Storm:
    """Devices that connect all at once, and again whenever they are cut off, until the end."""

    def __init__(self, cloud, identities):
        self.cloud = cloud
        self.devices, self.threads = [], []
        self.ending = threading.Event()
        self.codes = {}  # of each device's last attempt, by thing
        self.accepted = set()
        self.join(identities)

    def join(self, identities):
        new = [Device(self.cloud, identity) for identity in identities]
        threads = [threading.Thread(target=self.live, args=(device,), daemon=True) for device in new]
        self.devices += new
        self.threads += threads
        for thread in threads:
            thread.start()

    def live(self, device):
        chance = random.Random(device.thing)
        while not self.ending.is_set():
            code = self.codes[device.thing] = device.connect()
            if code == 0:
                self.accepted.add(device.thing)
                device.wait_for_close()
                self.codes[device.thing] = None
            self.ending.wait(chance.uniform(0.1, 0.4))

    def is_connected(self):
        """Every device, at the same time."""
        return list(self.codes.values()).count(0) == len(self.devices)

    def end(self):
        self.ending.set()
        for device in self.devices:
            device.hang_up()
        for thread, device in zip(self.threads, self.devices):
            thread.join()
            device.close()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Faults(EndToEnd):
    def stage(self, count, *extra, clock=None):
        """A cloud and the identities of modules that it has never seen."""
        cloud = self.cloud("--backup-every", "0h", *extra, clock=clock)
        return cloud, Vendor(self.folder / "vendor").create_ca().enroll(cloud).issue(count)

    def storm(self, cloud, identities):
        storm = Storm(cloud, identities)
        self.started.append(storm)
        return storm

    def seeded(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        return random.Random(seed)

    @contextlib.contextmanager
    def limited(self, cloud, what, most):
        """The soft limit alone, so that it can be lifted again."""
        before = resource.prlimit(cloud.process.child.pid, what)
        for pid in cloud.gateways():
            resource.prlimit(pid, what, (most, before[1]))
        try:
            yield
        finally:
            for pid in cloud.gateways():
                resource.prlimit(pid, what, before)

    def chatting(self, identity, cloud):
        """A module that is connected and hears itself."""
        module = self.module(identity, cloud)
        module.connect()
        module.subscribe(1, f"{module.thing}/echo")
        return module

    def assert_talks(self, module):
        text = f"at {time.monotonic()}"
        self.assertEqual(module.at(f"AT+SEND1 {text}"), "OK")
        self.assertEqual(module.message(1), text)

    def registered(self, cloud):
        """Every thing, certificate and custody entry, by the thing's name."""
        with contextlib.closing(sqlite3.connect(f"file:{cloud.folder}/registry.sqlite?mode=ro", uri=True)) as registry:
            def column(query):
                return sorted(row[0] for row in registry.execute(query))
            return (column("select name from thing"),
                    column("select thing_name from certificate join thing_principal on certificate_id = id"),
                    column("select thing_name from custody_log"), len(column("select id from certificate")))

    def assert_whole(self, cloud):
        """Whatever is there is there with all that belongs to it. How many are."""
        things, certificates, custody, count = self.registered(cloud)
        self.assertEqual((certificates, custody, count), (things, things, len(things)))
        self.assert_clean(cloud)
        return count

    def prove(self, cloud, identities):
        """Each is there once and whole, and the cloud ends as it should."""
        names = sorted(identity.name for identity in identities)
        self.assertEqual(self.registered(cloud), (names, names, names, len(names)))
        self.assert_clean(cloud)
        self.assertEqual(cloud.process.stop(), 0)
        self.assert_clean(cloud)


class Exhaustion(Faults):
    def test_a_disk_that_fills_up_refuses_first_connections_only(self):
        cloud, lot = self.stage(14)
        known, new = self.chatting(lot[0], cloud), self.module(lot[1], cloud)
        self.assertEqual(connect_once(cloud, lot[2]), 0)
        before = self.registered(cloud)
        # No commit fits behind the log's end, while the cloud's own messages, far from that long, still do.
        with self.limited(cloud, resource.RLIMIT_FSIZE, (cloud.folder / "registry.sqlite-wal").stat().st_size):
            new.connect_fails_with(5)
            storm = self.storm(cloud, lot[3:])
            eventually(lambda: list(storm.codes.values()).count(SERVER_UNAVAILABLE) > 5, "the storm is refused")
            cloud.eventually_logs("connect refused .*reason=.*registry: .*whether the disk is full")
            self.assertEqual(storm.accepted, set())
            self.assert_talks(known)
            self.assertEqual(known.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")
            known.connect()
            self.assertEqual(connect_once(cloud, lot[2]), 0)
            self.assertEqual(self.registered(cloud), before)
        new.connect()
        eventually(storm.is_connected, "the storm is connected")
        self.prove(cloud, lot)

    def test_descriptors_that_run_out_cost_no_connection_and_no_engine(self):
        cloud, lot = self.stage(8)
        known = self.chatting(lot[0], cloud)
        engine, gateways = cloud.engine_pid(), cloud.gateways()
        highest = max(int(entry.name) for pid in gateways for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir())
        with self.limited(cloud, resource.RLIMIT_NOFILE, highest + 3):
            said, cpu = len(cloud.process.log().splitlines()), sum(map(cpu_seconds, gateways))
            started = time.monotonic()
            storm = self.storm(cloud, lot[1:])
            cloud.eventually_logs("Too many open files.*")
            while time.monotonic() - started < ENGINE_ANSWERS_WITHIN + 4:
                self.assert_talks(known)
                time.sleep(0.5)  # the passing of time is what is tested
            passed = time.monotonic() - started
            self.assertLess(sum(map(cpu_seconds, gateways)) - cpu, passed / 4, "it does not spin")
            self.assertLess(len(cloud.process.log().splitlines()) - said, 60, "nor flood its log")
            self.assertEqual(cloud.engine_pid(), engine)
        eventually(storm.is_connected, "the storm is connected")
        self.assert_talks(known)
        self.prove(cloud, lot)


class LockedRegistry(Faults):
    @contextlib.contextmanager
    def locked(self, cloud):
        with contextlib.closing(sqlite3.connect(cloud.folder / "registry.sqlite", isolation_level=None)) as other:
            other.execute("begin immediate")
            yield
            other.execute("rollback")

    def test_a_lock_is_waited_out_and_one_that_stays_is_named(self):
        cloud, lot = self.stage(14)
        known, new = self.chatting(lot[0], cloud), self.module(lot[1], cloud)
        with self.locked(cloud):
            first = self.storm(cloud, lot[2:8])
            time.sleep(2)  # less than the cloud has patience
            self.assert_talks(known)
            self.assertEqual(first.accepted, set())
        eventually(first.is_connected, "those that waited are connected")
        self.assertEqual(cloud.metric("gateway_connect_refusals_total"), 0)
        with self.locked(cloud):
            second = self.storm(cloud, lot[8:])
            new.connect_fails_with(5)
            cloud.eventually_logs("connect refused .*reason=.*Another program holds it")
            self.assert_talks(known)
            self.assertEqual(connect_once(cloud, lot[2]), 0)
            self.assertEqual(second.accepted, set())
        new.connect()
        eventually(second.is_connected, "the storm is connected")
        self.prove(cloud, lot)

    def test_a_lock_does_not_keep_the_cloud_from_stopping(self):
        cloud, lot = self.stage(30)
        with self.locked(cloud):
            storm = self.storm(cloud, lot)
            time.sleep(1)  # until many wait for the lock
            started = time.monotonic()
            self.assertEqual(cloud.process.stop(), 0)
            self.assertLess(time.monotonic() - started, STOP_SECONDS)
        cloud.start()
        eventually(storm.is_connected, "the storm is connected")
        self.prove(cloud, lot)


class Deaths(Faults):
    def waves(self, storm, lot, chance, count):
        """In the middle of each wave of first connections something is to happen."""
        size = len(lot) // count
        for wave in range(count):
            storm.join(lot[wave * size:(wave + 1) * size])
            time.sleep(chance.uniform(0.0, 0.15))  # the moment is what varies, nothing waits for it
            yield

    def test_sigterm_in_a_storm_ends_the_cloud_in_time_and_the_next_one_finishes_the_lot(self):
        cloud, lot = self.stage(60)
        storm, held = self.storm(cloud, []), []
        for _ in self.waves(storm, lot, self.seeded(), 3):
            started = time.monotonic()
            self.assertEqual(cloud.process.stop(), 0)
            self.assertLess(time.monotonic() - started, STOP_SECONDS)
            held.append(self.assert_whole(cloud))
            cloud.start()
        print(f"of 20, 40, 60 that came, registered at the stop: {held}")
        eventually(storm.is_connected, "the storm is connected", 60)
        self.prove(cloud, lot)

    def test_five_kills_of_the_cloud_in_one_storm(self):
        cloud, lot = self.stage(61)
        module = self.module(lot[0], cloud)
        module.write(b"AT+CONNECT!\n")
        self.assertEqual(module.line(), b"OK")
        storm, held = self.storm(cloud, []), []
        for _ in self.waves(storm, lot[1:], self.seeded(), 5):
            cloud.process.kill()
            held.append(self.assert_whole(cloud))
            cloud.start()
        print(f"of 12, 24, 36, 48, 60 that came, registered at the kill: {held}")
        module.connect()
        eventually(storm.is_connected, "the storm is connected", 60)
        self.prove(cloud, lot)

    def engine_after(self, cloud, dead):
        def look():
            pid = cloud.engine_pid()
            return pid if pid != dead else None
        return eventually(look, "another engine runs")

    def test_an_engine_that_dies_and_one_that_hangs_in_a_storm(self):
        cloud, lot = self.stage(61)
        module = self.chatting(lot[0], cloud)
        storm, engine = self.storm(cloud, []), cloud.engine_pid()
        for _ in self.waves(storm, lot[1:46], self.seeded(), 3):
            os.kill(engine, signal.SIGKILL)
            engine = self.engine_after(cloud, engine)
        eventually(lambda: cloud.get("/healthz")[0] == 200, "the engine answers")
        os.kill(engine, signal.SIGSTOP)
        storm.join(lot[46:])
        cloud.eventually_logs(f"does not answer; killing it .*pid={engine}")
        eventually(storm.is_connected, "the storm is connected", 60)
        module.connect()
        module.events()
        module.subscribe(1, f"{module.thing}/echo")
        self.assert_talks(module)
        self.prove(cloud, lot)

    def test_an_engine_that_is_slow_loses_nobody(self):
        """It gets a tenth of the time: too little for a storm, enough not to count as hanging."""
        cloud, lot = self.stage(41)
        module, engine = self.chatting(lot[0], cloud), cloud.engine_pid()
        slow = threading.Event()

        def brake():
            while not slow.is_set():
                os.kill(engine, signal.SIGSTOP)
                time.sleep(0.45)
                os.kill(engine, signal.SIGCONT)
                time.sleep(0.05)
        braking = threading.Thread(target=brake)
        braking.start()
        try:
            storm = self.storm(cloud, lot[1:])
            eventually(storm.is_connected, "the storm is connected", 60)
            self.assert_talks(module)
        finally:
            slow.set()
            braking.join()
        self.assertEqual(cloud.engine_pid(), engine, "slow is not dead")
        self.prove(cloud, lot)

    def test_an_engine_out_of_memory_refuses_what_does_not_fit_and_goes_on(self):
        """Retained messages fill what it has; it drops whoever brings more. (One that the kernel kills is replaced.)"""
        cloud, lot = self.stage(2)
        engine, hoarder = cloud.engine_pid(), Client(cloud)
        pages = int(pathlib.Path(f"/proc/{engine}/statm").read_text().split()[0])
        resource.prlimit(engine, resource.RLIMIT_AS, (pages * resource.getpagesize() + (4 << 20),) * 2)
        statuses = set()
        for number in range(400):
            answer = hoarder.send("POST", f"/topics/hoard/{number}", [("qos", "1"), ("retain", "true")], bytes(100_000),
                                  "iot-data")
            statuses.add(answer.status)
            if 503 in statuses:
                break
        self.assertEqual(statuses, {200, 503})
        eventually(lambda: cloud.get("/healthz")[0] == 200, "the engine answers")
        eventually(lambda: connect_once(cloud, lot[0]) == 0, "a new module is accepted")
        self.assert_talks(self.chatting(lot[1], cloud))
        self.assertEqual(cloud.engine_pid(), engine)
        self.prove(cloud, lot)

    def test_a_cloud_killed_beside_an_engine_that_hangs(self):
        cloud, lot = self.stage(12)
        storm, engine = self.storm(cloud, lot[:6]), cloud.engine_pid()
        eventually(storm.is_connected, "the first half is connected")
        handle = os.pidfd_open(engine)
        self.addCleanup(self.end_for_sure, handle)
        signal.pidfd_send_signal(handle, signal.SIGSTOP)
        storm.join(lot[6:])
        cloud.process.kill()
        cloud.start()
        cloud.eventually_logs(f"outlived its cloud .*pid={engine}")
        eventually(storm.is_connected, "the storm is connected", 60)
        self.prove(cloud, lot)

    def end_for_sure(self, handle):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
