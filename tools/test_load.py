"""Short runs of the tools that load a worker: the long ones are make soak, make overload and make chaos.

The bounds are loose, as the machine does other things beside, but each of them can be missed."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKER = Path(os.environ.get("FACE_WORKER", ROOT / ".build/release/face-worker"))
SUPERVISOR = Path(os.environ.get("FACE_SUPERVISOR", WORKER.parent / "face-supervisor"))
MODELS = Path(os.environ.get("FACE_WORKER_MODELS", ROOT / "models"))
PHOTOS = ROOT / ".cache/samples"


@unittest.skipUnless(WORKER.exists() and SUPERVISOR.exists(), "no worker: run make build")
@unittest.skipUnless(MODELS.exists() and PHOTOS.exists(), "no models or photos: run make models")
class LoadTests(unittest.TestCase):
    def run_tool(self, *command):
        environment = os.environ | {
            "FACE_WORKER": str(WORKER), "FACE_SUPERVISOR": str(SUPERVISOR), "FACE_WORKER_MODELS": str(MODELS)}
        run = subprocess.run(
            [sys.executable, ROOT / "tools" / command[0], *command[1:]], env=environment, capture_output=True, text=True,
            timeout=400)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_soak(self):
        self.run_tool("soak", "--count", "1000", "--trainings", "0", "--tolerance", "15")

    def test_overload(self):
        loose = ["--seconds", "3", "--warm", "2", "--slack", "10", "--ping", "100", "--recovery", "10", "--burst", "400",
                 "--deadline", "0"]
        self.run_tool("overload", *loose)
        self.run_tool("overload", "--supervisor", *loose)

    def test_chaos(self):
        self.run_tool("chaos", "--requests", "200", "--faults", "5", "--restart-limit", "10")


if __name__ == "__main__":
    unittest.main()
