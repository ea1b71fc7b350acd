"""docs/examples/container/Dockerfile, as far as it goes without Docker: test_container.py RESIN [FOLDER]

A parser reads it; its paths are there; the program's stage is followed command by command. With a FOLDER, which must not
be there yet, every stage is followed in roots of its own below it, which mmdebstrap makes: by hand, as root, for minutes.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from dockerfile_parse import DockerfileParser

DOCKERFILE = "docs/examples/container/Dockerfile"
RESIN = sys.argv[1]
FOLDER = sys.argv[2] if len(sys.argv) == 3 else None
KNOWN = {"FROM", "RUN", "COPY", "USER", "EXPOSE", "ENTRYPOINT", "WORKDIR"}


def stages():
    """The instructions of each stage, by its name: pairs of a word and the rest, the first its base."""
    with open(DOCKERFILE, "rb") as file:
        structure = DockerfileParser(fileobj=file).structure
    found = {}
    for line in structure:
        word, value = line["instruction"], line["value"]
        if word == "FROM":
            base, _, name = value.partition(" AS ")
            found[name] = [("FROM", base)]
        elif word != "COMMENT":
            next(reversed(found.values())).append((word, value))
    return found


def copied(value):
    """Of a COPY: the stage that it is from or None, the sources, the target."""
    *sources, target = shlex.split(value)
    stage = None
    if sources[0].startswith("--from="):
        stage = sources.pop(0).split("=")[1]
    return stage, sources, target


class Container(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.place)
        models = os.path.join(self.place, "models")
        os.makedirs(models)
        subprocess.run(
            [RESIN, "compile", "Models/digits/digits.resin", "--emit", "archive", "-o", models + "/"], check=True,
            capture_output=True)
        for name in ("docs", "Sources"):
            os.symlink(os.path.abspath(name), os.path.join(self.place, name))

    def test_what_it_names_is_there(self):
        known = stages()
        self.assertEqual(list(known), ["python", "packages", "server", "program", "classify"])
        before = {"debian:bookworm-slim", "scratch"}
        for name, instructions in known.items():
            for word, value in instructions:
                self.assertIn(word, KNOWN)
                if word == "FROM":
                    self.assertIn(value, before)
                elif word == "COPY":
                    stage, sources, _ = copied(value)
                    self.assertTrue(stage is None or stage in before, value)
                    for source in sources if stage is None else []:
                        self.assertTrue(os.path.exists(os.path.join(self.place, source)), source)
                elif word == "ENTRYPOINT":
                    self.assertTrue(json.loads(value))
            before.add(name)

    def test_the_program_is_built_as_it_says(self):
        build = os.path.join(self.place, "build")
        os.makedirs(build)
        for word, value in stages()["program"]:
            if word == "COPY":
                _, sources, target = copied(value)
                for source in sources:
                    shutil.copy(os.path.join(self.place, source), os.path.join(build, target))
            elif word == "RUN" and "apt-get" not in value:
                subprocess.run(["sh", "-c", value], cwd=build, check=True)
        self.assert_classifies([os.path.join(build, "classify")], self.place)

    def assert_classifies(self, command, folder):
        with open(os.path.join(folder, "digit.f32"), "wb") as file:
            file.write(bytes(4 * 784))
        wrong = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((wrong.returncode, wrong.stderr), (2, "usage: classify FILE with 784 float32 values\n"))
        path = os.path.join(folder, "digit.f32") if "chroot" not in command else "/digit.f32"
        self.assertRegex(subprocess.run([*command, path], capture_output=True, text=True, check=True).stdout, r"^\d [\d.-]+\n$")

    @unittest.skipUnless(FOLDER, "follows every command only by hand")
    def test_every_stage_is_built_and_runs(self):
        os.makedirs(FOLDER)
        root = {"debian:bookworm-slim": os.path.join(FOLDER, "debian")}
        subprocess.run([
            "mmdebstrap", "--quiet", "--variant=apt", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "bookworm",
            root["debian:bookworm-slim"], "http://deb.debian.org/debian"], check=True)
        for name, [(_, base), *instructions] in stages().items():
            here = root[name] = os.path.join(FOLDER, name)
            if base == "scratch":
                os.makedirs(here)
            else:
                subprocess.run(["cp", "-a", root[base], here], check=True)
            directory = "/"
            for word, value in instructions:
                if word == "WORKDIR":
                    directory = value
                    os.makedirs(here + value)
                elif word == "RUN":
                    self.inside(here, ["sh", "-c", f"cd {directory} && {value}"])
                elif word == "COPY":
                    stage, sources, target = copied(value)
                    for source in sources:
                        source = root[stage] + source if stage else os.path.join(self.place, source)
                        # Of a folder its content is copied.
                        inner = source + "/." if os.path.isdir(source) else source
                        target = os.path.join(directory, target)
                        os.makedirs(here + (target if inner != source else os.path.dirname(target)), exist_ok=True)
                        subprocess.run(["cp", "-aL" if stage is None else "-a", inner, here + target], check=True)
        self.assert_classifies(["chroot", root["classify"], "/classify"], root["classify"])
        self.assert_serves(root["server"])

    def inside(self, root, command):
        """Runs a command in a root, with the network and the certificates of this machine."""
        for name in ("/etc/resolv.conf", "/etc/pip.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"):
            if os.path.exists(name) and os.path.isdir(os.path.dirname(root + name)):
                shutil.copy(name, root + name)
        # Variables of here name folders that are not there, such as TMPDIR.
        variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]
        subprocess.run(["chroot", root, "/usr/bin/env", "-i", *variables, *command], check=True)

    def assert_serves(self, root):
        os.makedirs(root + "/models")
        library = os.path.join(root, "models", "libdigits.so")
        subprocess.run(
            [RESIN, "compile", "Models/digits/digits.resin", "-o", library], check=True, capture_output=True)
        instructions = dict(stages()["server"])
        with socket.socket() as one:
            one.bind(("localhost", 0))
            port = one.getsockname()[1]
        server = subprocess.Popen([
            "chroot", f"--userspec={instructions['USER']}", root, *json.loads(instructions["ENTRYPOINT"]), "--model",
            "digits=/models/libdigits.so", "--http_port", str(port), "--enable_grpc", "false"])
        try:
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://localhost:{port}/v2/models/digits/ready", timeout=5) as answer:
                        self.assertEqual(json.loads(answer.read()), {"name": "digits", "ready": True})
                        break
                except OSError:
                    self.assertIsNone(server.poll())
                    time.sleep(0.2)
            else:
                self.fail("the server does not answer")
            server.terminate()
            self.assertEqual(server.wait(60), 0)
        finally:
            server.kill()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
