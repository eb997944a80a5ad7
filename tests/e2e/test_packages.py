# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: what is in them, what they need, and that their programs run from where they are unpacked."""
import os
import re
import subprocess

from harness import BIN, EndToEnd, run

BUILD = BIN.parent
PACKAGES = {"module": "/usr/bin/expresslink-module", "cloud": "/usr/bin/expresslink-cloud",
            "factory": "/usr/bin/expresslink-factory"}


def output(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options).stdout


class Packages(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = {}

    def package(self, name):
        """The .deb, made once."""
        if not self.made:
            run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", BUILD / "packages")
            type(self).made.update({name: sorted((BUILD / "packages").glob(f"openexpresslink-{name}_*.deb"))[-1]
                                    for name in PACKAGES})
        return self.made[name]

    def unpacked(self, *names):
        for name in names:
            run("dpkg-deb", "-x", self.package(name), self.folder / "root")
        return self.folder / "root"

    def field(self, name, field):
        return output("dpkg-deb", "-f", self.package(name), field).strip()

    def test_each_holds_its_program_and_its_papers(self):
        for name, program in PACKAGES.items():
            root = self.unpacked(name)
            self.assertTrue(os.access(f"{root}{program}", os.X_OK), program)
            for paper in ("copyright", "changelog.gz"):
                self.assertTrue((root / f"usr/share/doc/openexpresslink-{name}" / paper).is_file(), paper)
        self.assertTrue((root / "usr/share/openexpresslink/web/index.html").is_file())
        self.assertTrue((root / "usr/share/doc/openexpresslink-module/hardware.md").is_file())

    def test_nothing_belongs_to_whoever_built_it(self):
        for name in PACKAGES:
            for line in output("dpkg-deb", "-c", self.package(name)).splitlines():
                mode, owner = line.split()[:2]
                self.assertEqual(owner, "root/root", line)
                self.assertNotIn("w", mode[5:], line)

    def test_they_depend_on_what_they_are_linked_with(self):
        self.assertIn("libgpiod2", self.field("module", "Depends"))
        for name in PACKAGES:
            self.assertRegex(self.field(name, "Depends"), r"libc6 .*libssl3|libssl3.*libc6")
        self.assertIn("mosquitto", self.field("cloud", "Depends"))

    def test_options_are_configuration_files(self):
        for name in ("module", "cloud"):
            control = self.folder / f"control-{name}"
            run("dpkg-deb", "-e", self.package(name), control)
            self.assertEqual((control / "conffiles").read_text(), f"/etc/default/expresslink-{name}\n")
            for script in ("postinst", "prerm", "postrm"):
                text = (control / script).read_text()
                self.assertNotIn("@", text)
                run("sh", "-n", control / script)
            self.assertIn(f"openexpresslink-{name}.conf", (control / "postinst").read_text())
            self.assertTrue((self.unpacked(name) / f"usr/lib/sysusers.d/openexpresslink-{name}.conf").is_file())

    def test_units_start_programs_of_the_package_with_options_that_they_know(self):
        root = self.unpacked("module", "cloud")
        for name in ("module", "cloud"):
            unit = (root / f"lib/systemd/system/expresslink-{name}.service").read_text()
            words = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1).split()
            self.assertTrue(os.access(f"{root}{words[0]}", os.X_OK), words)
            options = (root / f"etc/default/expresslink-{name}").read_text()
            words += re.search(r'^OPTIONS="(.*)"$', options, re.M).group(1).split()
            known = output(f"{root}{words[0]}", *(["serve"] if "serve" in words else []), "--help")
            for word in words:
                if word.startswith("--"):
                    self.assertIn(word, known)

    def test_the_unpacked_programs_run(self):
        root = self.unpacked(*PACKAGES)
        factory, module, cloud = (root / PACKAGES[name][1:] for name in ("factory", "module", "cloud"))
        ca, modules = self.folder / "ca", self.folder / "modules"
        run(factory, "ca", "create", "--dir", ca, "--vendor", "Open", "--model", "Sim-1")
        run(factory, "issue", "--ca", ca, "--count", "1", "--out", modules, "--endpoint", "staging.iot.localhost",
            "--root-ca", ca / "root.pem")
        said = output(module, "--identity", modules, "--state", self.folder / "state", "--stdio",
                      input="AT\nAT+CONF? About\n")
        self.assertEqual(said.splitlines(), ["OK", "OK Open - Sim-1"])
        self.assertIn("--data-dir", output(cloud, "serve", "--help"))
