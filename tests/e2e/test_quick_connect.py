# SPDX-License-Identifier: Apache-2.0
"""Guide 11.2.1: the Quick Connect demo, as a kit owner runs it."""
import os
import pty
import re
import select
import subprocess
import time

from harness import BIN, PATIENCE, EndToEnd, LiveFeed, Process, eventually, run


class Terminal:
    """A program on a terminal of its own: what it prints, and a keyboard."""

    def __init__(self, *command):
        self.master, slave = pty.openpty()
        self.child = subprocess.Popen([str(c) for c in command], stdin=slave, stdout=slave, stderr=slave,
                                      start_new_session=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"})
        os.close(slave)
        self.text = ""

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                return
    def eventually(self, pattern, seconds=PATIENCE):
        def look():
            self.read()
            return re.search(pattern, self.text)
        return eventually(look, f"/{pattern}/ on the terminal; it shows:\n{self.text[-2000:]}", seconds)

    def type(self, text):
        os.write(self.master, text.encode())

    def exit_code(self):
        def ended():
            self.read()
            return self.child.poll() is not None
        eventually(ended, "the program ends")
        return self.child.returncode

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.master)


class QuickConnect(EndToEnd):
    def kit(self, **keys):
        """A module that no host holds open, and its config.txt."""
        cloud = self.cloud()
        module = self.staged_module(cloud)
        module.close()
        config = self.folder / "config.txt"
        values = {"SerialPort": module.link, "SSID": "", "Passphrase": "", **keys}
        config.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
        return cloud, module, config

    def terminal(self, *command):
        terminal = Terminal(*command)
        self.started.append(terminal)
        return terminal

    def test_the_demo_prints_a_url_streams_data_and_shows_commands(self):
        cloud, module, config = self.kit()
        demo = self.terminal(BIN / "quick-connect", "--config", config, "--seconds", "6", "--no-interactive")
        url = demo.eventually(rf"http://\S+/q/{module.thing}#(\S+)")
        feed = LiveFeed(cloud, module.thing, url.group(1).strip())
        self.assertEqual(feed.status, 204)
        feed.eventually("message", topic=f"{module.thing}/data")
        self.assertEqual(feed.command("led on"), 202)
        demo.eventually("led on")
        self.assertEqual(demo.exit_code(), 0)

    def test_afterwards_the_terminal_is_the_users(self):
        cloud, module, config = self.kit()
        demo = self.terminal(BIN / "quick-connect", "--config", config, "--seconds", "1")
        url = demo.eventually(rf"http://\S+/q/{module.thing}#(\S+)")
        feed = LiveFeed(cloud, module.thing, url.group(1).strip())
        time.sleep(1.2)  # the demo's own second
        demo.type('AT+SEND1 {"by hand": 7}\r')
        feed.eventually("message", payload='{"by hand": 7}')
        demo.type("\x04")
        self.assertEqual(demo.exit_code(), 0)

    def test_a_busy_port_and_a_missing_port_are_explained(self):
        cloud, module, config = self.kit(SerialPort="/dev/no-such-port")
        missing = run(BIN / "quick-connect", "--config", config, "--no-interactive", check=False)
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("/dev/no-such-port", missing.stdout + missing.stderr)

    def test_an_unreachable_cloud_is_explained_with_the_hint(self):
        cloud, module, config = self.kit()
        cloud.process.stop()
        demo = self.terminal(BIN / "quick-connect", "--config", config, "--seconds", "1", "--no-interactive")
        demo.eventually("(?i)endpoint", 130)
        demo.end()
        self.started.remove(demo)
