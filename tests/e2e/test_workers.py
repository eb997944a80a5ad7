# SPDX-License-Identifier: Apache-2.0
"""Several gateway processes behind one port: one cloud to its devices, and what breaks one process breaks no other."""
import contextlib
import os
import pathlib
import signal
import socket
import ssl
import time

from harness import Device, EndToEnd, PATIENCE, Vendor, connect_once, eventually, jitp_template, policy_of
from test_faults import Storm

EVERYTHING = policy_of(("Connect", "*"), ("Publish", "*"), ("Subscribe", "*"), ("Receive", "*"))


def is_alive(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def worker_of(cloud, device):
    """The process that holds the other end of the device's connection."""
    mine = device.tls.getsockname()[1]
    wanted = (f"0100007F:{cloud.mqtt:04X}", f"0100007F:{mine:04X}")
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if (fields[1], fields[2]) != wanted:
            continue
        for pid in cloud.workers():
            for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(descriptor) == f"socket:[{fields[9]}]":
                        return pid
    return None


class Workers(EndToEnd):
    def setUp(self):
        super().setUp()
        self.open = []

    def tearDown(self):
        for device in self.open:
            device.close()
        super().tearDown()

    def cloud_of_two(self, *extra):
        cloud = self.cloud("--gateway-workers", "2", "--connects-per-certificate", "1000", *extra)
        self.assertEqual(len(cloud.workers()), 2)
        return cloud

    def vendor(self, cloud):
        vendor = Vendor(self.folder / "vendor").create_ca()
        return vendor.enroll_with_template(cloud, jitp_template(EVERYTHING))

    def connected(self, cloud, identity):
        device = Device(cloud, identity)
        self.open.append(device)
        self.assertEqual(device.connect(), 0)
        return device

    def connected_through(self, cloud, identity, worker):
        """Asks until this worker has accepted the connection."""
        def attempt():
            device = self.connected(cloud, identity)
            if worker_of(cloud, device) == worker:
                return device
            device.close()
            return None
        return eventually(attempt, f"a connection through worker {worker}")

    def on_both(self, cloud, vendor):
        """One device on each worker, by worker."""
        first, second = cloud.workers()
        identities = vendor.issue_for(cloud, 2)
        return {worker: self.connected_through(cloud, identity, worker)
                for worker, identity in zip((first, second), identities)}

    def test_a_client_id_is_taken_over_by_another_worker(self):
        cloud = self.cloud_of_two()
        identity = self.vendor(cloud).issue_for(cloud)[0]
        first, second = cloud.workers()
        old = self.connected_through(cloud, identity, first)
        new = Device(cloud, identity)
        self.open.append(new)
        for _ in range(100):
            self.assertEqual(new.connect(), 0)
            if worker_of(cloud, new) == second:
                break
        self.assertEqual(worker_of(cloud, new), second)
        old.wait_for_close()
        cloud.eventually_logs("disconnected .*reason=\"another connection took the client id over\"")
        eventually(lambda: cloud.metric("gateway_sessions") == 1, "one session is left")
        self.assertEqual(self.reads_ping(new), b"\xd0\x00")

    @staticmethod
    def reads_ping(device):
        device.tls.settimeout(PATIENCE)
        device.tls.sendall(b"\xc0\x00")
        return device.tls.recv(2)

    def test_a_worker_that_is_killed_takes_only_its_own_devices_and_is_replaced(self):
        cloud = self.cloud_of_two()
        vendor = self.vendor(cloud)
        watcher = self.module(vendor.issue_for(cloud)[0], cloud)
        watcher.connect()
        first, second = cloud.workers()
        devices = self.on_both(cloud, vendor)
        watching = self.worker_holding_module(cloud, devices)
        victim = second if watching == first else first
        watcher.subscribe(1, f"$aws/events/presence/disconnected/{devices[victim].thing}")
        os.kill(victim, signal.SIGKILL)
        devices[victim].wait_for_close()
        self.assertIn("SERVER_ERROR", watcher.message(1))
        survivor = devices[watching]
        self.assertEqual(self.reads_ping(survivor), b"\xd0\x00")
        cloud.eventually_logs("a gateway worker has ended; starting another how=\"signal 9\"")
        eventually(lambda: len(cloud.workers()) == 2 and victim not in cloud.workers(), "the worker is replaced")
        self.assertEqual(devices[victim].connect(), 0)
        eventually(lambda: cloud.metric("gateway_sessions") == 3, "all three are connected")
        self.assertGreaterEqual(cloud.metric("gateway_connects_total"), 4, "what a dead worker counted is not lost")

    def worker_holding_module(self, cloud, devices):
        """The worker with the connection that is not one of the devices'."""
        known = {device.tls.getsockname()[1] for device in devices.values()}
        local = f"0100007F:{cloud.mqtt:04X}"
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1] != local or fields[3] != "01" or int(fields[2].split(":")[1], 16) in known:
                continue
            for pid in cloud.workers():
                links = {os.readlink(path) for path in pathlib.Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
                if f"socket:[{fields[9]}]" in links:
                    return pid
        raise AssertionError("no worker holds the module's connection")

    def test_a_worker_that_hangs_is_replaced(self):
        cloud = self.cloud_of_two()
        vendor = self.vendor(cloud)
        devices = self.on_both(cloud, vendor)
        victim = cloud.workers()[0]
        os.kill(victim, signal.SIGSTOP)
        cloud.eventually_logs(f"a gateway worker does not answer; killing it pid={victim}")
        devices[victim].wait_for_close()
        eventually(lambda: len(cloud.workers()) == 2 and not is_alive(victim), "the worker is replaced")
        self.assertEqual(devices[victim].connect(), 0)

    def test_a_revoked_certificate_is_cut_on_every_worker(self):
        cloud = self.cloud_of_two()
        devices = self.on_both(cloud, self.vendor(cloud))
        for certificate in cloud.aws("iot", "list-certificates")["certificates"]:
            cloud.aws("iot", "update-certificate", "--certificate-id", certificate["certificateId"], "--new-status",
                      "REVOKED")
        for device in devices.values():
            device.wait_for_close()
        eventually(lambda: cloud.metric("gateway_sessions") == 0, "nobody is connected")

    def test_a_tls_ticket_of_one_worker_is_good_for_the_others(self):
        cloud = self.cloud_of_two()
        identity = self.vendor(cloud).issue_for(cloud)[0]
        device = self.connected(cloud, identity)
        device.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertEqual(device.connect(), 0)
        session, giver = device.tls.session, worker_of(cloud, device)

        def through_another():
            device.close()
            plain = socket.create_connection(("127.0.0.1", cloud.mqtt), PATIENCE)
            device.tls = device.context.wrap_socket(plain, server_hostname=device.endpoint, session=session)
            self.assertTrue(device.tls.session_reused)
            return worker_of(cloud, device) != giver
        eventually(through_another, "a resumed connection through the other worker")

    def test_subscriptions_follow_a_device_to_another_worker(self):
        """Bare `state` is delivered under that name: the gateway must remember that it was subscribed so."""
        cloud = self.cloud_of_two()
        identity = Vendor(self.folder / "vendor").create_ca().enroll(cloud).issue()[0]
        first, second = cloud.workers()
        device = PersistentDevice(cloud, identity)
        self.open.append(device)
        self.until_through(cloud, device, first)
        device.tls.sendall(b"\x82\x0a\x00\x01\x00\x05state\x00")
        self.assertEqual(device.tls.recv(5), b"\x90\x03\x00\x01\x00")
        self.until_through(cloud, device, second)
        cloud.publish(f"{device.thing}/state", "hello")
        device.tls.settimeout(PATIENCE)
        self.assertEqual(device.tls.recv(64), b"\x30\x0c\x00\x05statehello")

    def until_through(self, cloud, device, worker):
        def attempt():
            self.assertEqual(device.connect(), 0)
            return worker_of(cloud, device) == worker
        eventually(attempt, f"a connection through worker {worker}")

    def test_sigterm_ends_every_process(self):
        cloud = self.cloud_of_two()
        devices = self.on_both(cloud, self.vendor(cloud))
        workers = cloud.workers()
        self.assertEqual(cloud.process.stop(), 0)
        for device in devices.values():
            device.wait_for_close()
        self.assertEqual([pid for pid in workers if is_alive(pid)], [])

    def test_workers_do_not_outlive_their_cloud(self):
        cloud = self.cloud_of_two()
        identity = self.vendor(cloud).issue_for(cloud)[0]
        workers = cloud.workers()
        cloud.process.kill()
        eventually(lambda: not any(is_alive(pid) for pid in workers), "the workers are gone")
        cloud.start()  # the port is free again
        self.assertEqual(connect_once(cloud, identity), 0)

    def test_new_modules_are_registered_once_while_workers_are_killed(self):
        cloud = self.cloud_of_two()
        identities = self.vendor(cloud).issue_for(cloud, 60)
        storm = Storm(cloud, identities)
        try:
            for kill in range(5):
                eventually(lambda: len(storm.accepted) > 8 * kill, "some more have connected")
                with contextlib.suppress(ProcessLookupError, IndexError):
                    os.kill(cloud.workers()[kill % 2], signal.SIGKILL)
                time.sleep(0.3)
            eventually(storm.is_connected, "every device is connected at the same time")
        finally:
            storm.end()
        self.assertEqual(len(cloud.aws("iot", "list-things")["things"]), 60)
        self.assertEqual(len(cloud.aws("iot", "list-certificates", "--page-size", "250")["certificates"]), 60)
        self.assertEqual(cloud.process.stop(), 0)
        self.assert_clean(cloud)


class PersistentDevice(Device):
    """Comes back to what it has subscribed (MQTT 3.1.1 3.1.2.4, CleanSession 0)."""
    CONNECT_FLAGS = b"\x00"
