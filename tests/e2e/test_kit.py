# SPDX-License-Identifier: Apache-2.0
"""Guide 11.2.1: the archive that a kit's owner unpacks. Its program must run where nothing else is installed."""
import os
import pathlib
import subprocess

from harness import BIN, EndToEnd, LiveFeed, Process, eventually, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Kit(EndToEnd):
    def unpack(self):
        run(ROOT / "tools/package_kit.sh", BIN / "quick-connect", self.folder, "kit")
        run("tar", "-xzf", self.folder / "kit.tar.gz", "-C", self.folder)
        return self.folder / "kit"

    def in_empty_tree(self, kit, port):
        """quick-connect with `kit` as the whole file system; /port there is the serial port."""
        (kit / "port").touch()
        (kit / "config.txt").write_text("SerialPort=/port\n")
        script = 'mount --bind "$2" "$1/port" && exec chroot "$1" /quick-connect --seconds 4 --no-interactive'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", kit, os.path.realpath(port)]

    def test_the_archive_holds_what_the_guide_names(self):
        kit = self.unpack()
        names = {path.name for path in kit.iterdir()}
        self.assertLessEqual({"Start_Quick_Connect", "quick-connect", "config.txt", "README.txt"}, names)
        for key in ("SerialPort=", "SSID=", "Passphrase="):
            self.assertIn(key, (kit / "config.txt").read_text())

    def test_it_is_the_same_archive_for_the_same_program(self):
        self.unpack()
        first = (self.folder / "kit.tar.gz").read_bytes()
        self.unpack()
        self.assertEqual(first, (self.folder / "kit.tar.gz").read_bytes())

    def test_the_starter_reads_the_config_beside_it_from_any_folder(self):
        kit = self.unpack()
        (kit / "config.txt").write_text("SerialPort=/dev/no-such-port\n")
        done = subprocess.run([kit / "Start_Quick_Connect", "--no-interactive"], cwd="/", capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/dev/no-such-port", done.stdout + done.stderr)

    def test_the_whole_demo_runs_in_an_empty_file_system(self):
        kit = self.unpack()
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.close()
        demo = Process(self.in_empty_tree(kit, module.link), self.folder / "demo.log")
        self.started.append(demo)
        url = eventually(lambda: next((word for word in demo.log().split() if "#" in word), None), "the page's address")
        feed = LiveFeed(cloud, module.thing, url.split("#")[1])
        feed.eventually("message", topic=f"{module.thing}/data")
        eventually(lambda: demo.child.poll() is not None, "the demo ends")
        self.assertEqual(demo.child.returncode, 0, demo.log())
