"""Runs every host example whose toolchain is there: python3 -m unittest discover examples

Each passes the same scenario against the real worker and must print the same lines; see `scenario` in each folder. What is
compiled goes to a temporary folder. A host without its toolchain is skipped with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Optional

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
GSON = Path("/usr/share/java/gson.jar")

EXPECTED = """\
ready: protocol 1, mtcnn, dlib-resnet-v1
enrolled obama: 2 added, 2 templates
enrolled hopper: 1 added, 1 templates
the same key again: replayed true, 2 templates
identified obama3.jpg: obama
identified biden.jpg: unknown
a bad photo: imageUndecodable, retry never
three photos: obama, imageUndecodable, hopper; 1 failed
an unknown method: unknownMethod, retry never
a deadline of 1 ms: deadlineExceeded, retry now
cancelled after the first event: cancelled, retry now
300 requests at once: 300 answers
killed in the middle: sessionLost, retry later
a new worker: true
identified obama3.jpg: obama
the same key again: replayed true, 1 templates
a bad photo: imageUndecodable, retry never
identified grace_hopper.jpg: hopper
closed: exit status 0
""".splitlines()


class Host(NamedTuple):
    """How to build and run the programs of a host. `ask` is None where the host does not speak frames."""

    tools: list[str]
    scenario: list[str]
    ask: Optional[list[str]]
    build: list[list[str]] = []
    needs: list[str] = []


def hosts(out: Path) -> dict[str, Host]:
    """All hosts, by the folder they are in. `out` takes what is compiled."""
    java = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{GSON}:{out}/java"]
    elixir = ["elixir", "-pa", f"{out}/elixir"]
    return {
        "python": Host([sys.executable], [sys.executable, "scenario.py"], [sys.executable, "ask.py"]),
        "node": Host(["node"], ["node", "scenario.mjs"], ["node", "ask.mjs"]),
        "go": Host(
            ["go"],
            [f"{out}/go/scenario"],
            [f"{out}/go/ask"],
            [["go", "vet", "./..."], ["go", "build", "-o", f"{out}/go/", "./scenario", "./ask"]],
        ),
        "java": Host(
            ["java", "javac"],
            [*java, "Scenario"],
            [*java, "Ask"],
            [["javac", "-Xlint:all", "-Werror", "-cp", str(GSON), "-d", f"{out}/java", "@sources"]],
            [str(GSON)],
        ),
        "elixir": Host(
            ["elixir", "elixirc"],
            [*elixir, "scenario.exs"],
            [*elixir, "ask.exs"],
            [["elixirc", "--warnings-as-errors", "-o", f"{out}/elixir", "lib/json.ex", "lib/face_worker.ex"]],
        ),
        "shell": Host(["bash", "jq"], ["./scenario.sh"], None),
    }


class Toolchains(unittest.TestCase):
    """Builds hosts in a folder that lasts as long as the tests of the class."""

    @classmethod
    def setUpClass(cls) -> None:
        cls._folder = tempfile.TemporaryDirectory(prefix="face-worker-hosts-")
        cls.out = Path(cls._folder.name)
        cls.hosts = hosts(cls.out)
        cls.environment = {**os.environ, "GOCACHE": f"{cls.out}/go-cache", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
        # Erlang takes its encoding from the locale, and says so when it is not UTF-8.
        cls.environment.update(LC_ALL="C.UTF-8", ELIXIR_ERL_OPTIONS="+fnu")

    @classmethod
    def tearDownClass(cls) -> None:
        cls._folder.cleanup()

    def prepare(self, name: str) -> Host:
        """The host, built; skips when something for it is missing."""
        host = self.hosts[name]
        missing = [tool for tool in host.tools if not shutil.which(tool)]
        missing += [file for file in host.needs if not Path(file).exists()]
        if name == "elixir" and not missing and not self.has_elixir_json():
            missing = ["a JSON library of Elixir's or Erlang's (Debian: erlang-jiffy)"]
        if missing:
            self.skipTest(f"the {name} host needs {', '.join(missing)}; `make examples` installs it")
        folder = EXAMPLES / name
        for command in host.build:
            sources = sorted(str(path) for path in folder.glob("*.java"))
            command = [part for each in command for part in (sources if each == "@sources" else [each])]
            done = subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), f"{' '.join(command[:3])} of {name}")
        host.build.clear()  # once is enough
        return host

    def has_elixir_json(self) -> bool:
        check = "System.halt(if Enum.any?([JSON, Jason, :jiffy], &Code.ensure_loaded?/1), do: 0, else: 1)"
        return subprocess.run(["elixir", "-e", check], env=self.environment, capture_output=True).returncode == 0


def worker_command() -> list[str]:
    """The worker and its models; raises SkipTest with the reason where something is missing."""
    program = Path(os.environ.get("FACE_WORKER") or ROOT / ".build/release/face-worker")
    models = Path(os.environ.get("FACE_WORKER_MODELS") or ROOT / "models")
    for path, target in ((program, "make build"), (models / "mtcnn", "make models")):
        if not path.exists():
            raise unittest.SkipTest(f"{path} is not there; `{target}` makes it")
    return [str(program.resolve()), "--models", str(models.resolve()), "--threads", "1"]


class ScenarioTests(Toolchains):
    """Enrol, identify, kill the worker in the middle, identify again: the same lines from every language."""

    running: dict[str, Future[None]] = {}

    def passes(self, name: str) -> None:
        """Waits for the scenario of a host; the first test begins them all, two at a time."""
        if not self.running:
            pool = ThreadPoolExecutor(2)
            self.running.update({each: pool.submit(self.run_scenario, each) for each in self.hosts})
            pool.shutdown(wait=False)
        self.running[name].result()

    @classmethod
    def tearDownClass(cls) -> None:
        for future in cls.running.values():
            future.cancel()  # not all tests were wanted
        super().tearDownClass()

    def run_scenario(self, name: str) -> None:
        worker = worker_command()
        photos = Path(os.environ.get("FACE_WORKER_SAMPLES") or ROOT / ".cache/samples")
        if not (photos / "obama3.jpg").exists():
            self.skipTest(f"the sample photos are not in {photos}; `make models` fetches them")
        host = self.prepare(name)
        with tempfile.TemporaryDirectory(prefix="face-worker-gallery-") as data:
            command = [*host.scenario, str(photos), "--", *worker, "--data", data]
            done = subprocess.run(
                command, cwd=EXAMPLES / name, env=self.environment, capture_output=True, text=True, timeout=300
            )
        self.assertEqual(done.stdout.splitlines(), EXPECTED, done.stderr[-2000:])
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])

    def test_python(self) -> None:
        self.passes("python")

    def test_node(self) -> None:
        self.passes("node")

    def test_go(self) -> None:
        self.passes("go")

    def test_java(self) -> None:
        self.passes("java")

    def test_elixir(self) -> None:
        self.passes("elixir")

    def test_shell(self) -> None:
        self.passes("shell")


class SourceTests(unittest.TestCase):
    """What each language's own tools say of the sources."""

    def check(self, tool: str, command: list[str], folder: str) -> None:
        if not shutil.which(tool):
            self.skipTest(f"there is no {tool}")
        done = subprocess.run(command, cwd=EXAMPLES / folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_gofmt(self) -> None:
        self.check("gofmt", ["gofmt", "-l", "."], "go")

    def test_mix_format(self) -> None:
        self.check("mix", ["mix", "format", "--check-formatted"], "elixir")

    def test_shellcheck(self) -> None:
        scripts = sorted(path.name for path in (EXAMPLES / "shell").glob("*.sh"))
        self.check("shellcheck", ["shellcheck", "-x", "-P", str(ROOT), *scripts], "shell")

    def test_bash(self) -> None:
        for script in sorted((EXAMPLES / "shell").glob("*.sh")):
            self.check("bash", ["bash", "-n", script.name], "shell")

    def test_node(self) -> None:
        for script in sorted((EXAMPLES / "node").glob("*.mjs")):
            self.check("node", ["node", "--check", script.name], "node")


if __name__ == "__main__":
    unittest.main(verbosity=2)
