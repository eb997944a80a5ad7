# SPDX-License-Identifier: Apache-2.0
"""A browser test that asks for what has to happen outside the browser: by name, and waits until it has."""
import os
import pathlib
import subprocess
import threading

BROWSER = pathlib.Path(__file__).resolve().parent / "browser"


def run_browser(script, steps, seconds, **environment):
    """steps: functions by name. The test's output when it fails; None when it passed."""
    node = subprocess.Popen(["node", script], cwd=BROWSER, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
    overdue = threading.Timer(seconds, node.kill)
    overdue.start()
    said = []
    try:
        for line in node.stdout:
            said.append(line)
            if line.startswith("@@ "):
                steps[line[3:].strip()]()
                node.stdin.write("done\n")
                node.stdin.flush()
        code = node.wait()
    finally:
        overdue.cancel()
        if node.poll() is None:
            node.kill()
            node.wait()
        node.stdin.close()
        node.stdout.close()
    return "".join(said) + f"exit code {code}" if code else None
