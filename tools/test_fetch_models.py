"""Tests of fetch_models and add_model with small packages made here; neither pip's index nor a network is used."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class FetchModelsTests(unittest.TestCase):
    """Runs copies of the scripts in a scratch repository whose cache holds the package files."""

    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="face-worker-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "tools").mkdir()
        (self.root / "Models").mkdir()
        self.cache = self.root / "cache"
        self.cache.mkdir()
        for name in ("fetch_models", "add_model", "downloads.py", "model_files.py"):
            shutil.copy(TOOLS / name, self.root / "tools" / name)
        (self.root / "tools/sample_photos.json").write_text('{"samples": []}')
        self.weights = bytes(range(256)) * 10
        self.wheel = self.make_wheel("weights-1.0-py3-none-any.whl", "weights/a.pt")
        self.manifest("model-a", "weights-1.0-py3-none-any.whl", self.wheel, "weights/a.pt")

    def make_wheel(self, name: str, member: str) -> bytes:
        with zipfile.ZipFile(self.cache / name, "w") as archive:
            archive.writestr(member, self.weights)
        return (self.cache / name).read_bytes()

    def manifest(self, identifier: str, package: str, data: bytes, member: str, weights=None) -> None:
        weights = self.weights if weights is None else weights
        (self.root / f"Models/{identifier}.json").write_text(
            json.dumps(
                {
                    "id": identifier,
                    "files": [
                        {"name": "a.pt", "bytes": len(weights), "sha256": digest(weights), "member": member},
                    ],
                    "source": {"package": "weights", "version": "1.0", "file": package, "sha256": digest(data)},
                    "licence": {"name": "MIT", "note": "none"},
                }
            )
        )

    def run_tool(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        # Nothing listens on the discard port, so pip fails at once should it be asked.
        base = {"FACE_WORKER_CACHE": str(self.cache), "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
        return subprocess.run(
            [sys.executable, str(self.root / "tools" / name), *arguments],
            env=os.environ | base | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def installed(self) -> Path:
        return self.root / "models/model-a/a.pt"

    def test_package_file_in_the_cache_is_used(self) -> None:
        done = self.run_tool("fetch_models")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.installed.read_bytes(), self.weights)
        installed = json.loads((self.root / "models/model-a/manifest.json").read_text())
        self.assertEqual(installed["files"][0]["sha256"], digest(self.weights))

    def test_second_run_needs_no_package(self) -> None:
        self.run_tool("fetch_models")
        (self.cache / "weights-1.0-py3-none-any.whl").unlink()
        shutil.rmtree(self.root / "models")
        done = self.run_tool("fetch_models")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.installed.read_bytes(), self.weights)

    def test_damaged_files_are_replaced(self) -> None:
        self.run_tool("fetch_models")
        (cached,) = (self.cache / "files").iterdir()
        for damage in (lambda path: path.write_bytes(b"x" * len(self.weights)), lambda path: path.write_bytes(b"")):
            damage(cached)
            damage(self.installed)
            done = self.run_tool("fetch_models")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.installed.read_bytes(), self.weights)
            self.assertEqual(cached.read_bytes(), self.weights)

    def test_source_package_is_unpacked(self) -> None:
        name, member = "weights-1.0.tar.gz", "weights-1.0/a.pt"
        with tarfile.open(self.cache / name, "w:gz") as archive:
            info = tarfile.TarInfo(member)
            info.size = len(self.weights)
            archive.addfile(info, io.BytesIO(self.weights))
        self.manifest("model-a", name, (self.cache / name).read_bytes(), member)
        self.assertEqual(self.run_tool("fetch_models").returncode, 0)
        self.assertEqual(self.installed.read_bytes(), self.weights)

    def test_member_other_than_pinned_is_refused(self) -> None:
        self.manifest("model-a", "weights-1.0-py3-none-any.whl", self.wheel, "weights/a.pt", weights=b"other")
        done = self.run_tool("fetch_models")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not the file that was pinned", done.stderr)
        self.assertFalse(self.installed.exists())

    def test_missing_member_is_refused(self) -> None:
        self.manifest("model-a", "weights-1.0-py3-none-any.whl", self.wheel, "weights/b.pt")
        done = self.run_tool("fetch_models")
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not hold weights/b.pt", done.stderr)

    def test_without_network_the_way_out_is_named(self) -> None:
        damaged = self.cache / "weights-1.0-py3-none-any.whl"
        damaged.write_bytes(b"not the wheel")
        done = self.run_tool("fetch_models")
        self.assertEqual(done.returncode, 1)
        self.assertIn("FACE_WORKER_CACHE", done.stderr)
        self.assertIn(digest(self.wheel), done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(damaged.read_bytes(), b"not the wheel")

    def test_own_weights_are_added_with_their_hash(self) -> None:
        (self.root / "Models/own.json").write_text(
            json.dumps({"id": "own", "files": [{"name": "own.pt"}], "licence": {"name": "MIT", "note": "none"}})
        )
        self.assertEqual(self.run_tool("fetch_models").returncode, 0)
        self.assertFalse((self.root / "models/own").exists())
        mine = self.root / "mine.pt"
        mine.write_bytes(b"weights")
        done = self.run_tool("add_model", "own", str(mine))
        self.assertEqual(done.returncode, 0, done.stderr)
        manifest = json.loads((self.root / "models/own/manifest.json").read_text())
        self.assertEqual(manifest["files"], [{"name": "own.pt", "bytes": 7, "sha256": digest(b"weights")}])
        self.assertEqual((self.root / "models/own/own.pt").read_bytes(), b"weights")

    def test_wrong_additions_are_refused(self) -> None:
        mine = self.root / "mine.pt"
        mine.write_bytes(b"weights")
        for arguments in (["nobody", str(mine)], ["model-a", str(mine)], ["model-a", str(mine), str(mine)], ["model-a", "/none"]):
            done = self.run_tool("add_model", *arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("add_model: ", done.stderr)
            self.assertNotIn("Traceback", done.stderr)


class ManifestTests(unittest.TestCase):
    """The committed manifests follow Models/README.md."""

    def test_manifests(self) -> None:
        paths = sorted(path for path in (TOOLS.parent / "Models").glob("*.json") if path.name != "schema.json")
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            with self.subTest(path.name):
                manifest = json.loads(path.read_text())
                self.assertEqual(manifest["id"], path.stem)
                self.assertEqual(manifest["schema"], 1)
                self.assertIn(manifest["role"], ("detector", "recognizer", "liveness"))
                self.assertIn(manifest["licence"]["commercialUse"], ("allowed", "forbidden", "unclear"))
                self.assertEqual(len(manifest["input"]["mean"]), 3)
                self.assertIn(manifest["input"]["channels"], ("rgb", "bgr"))
                scale = manifest["input"]["scale"]
                self.assertTrue(all(value > 0 for value in (scale if isinstance(scale, list) else [scale])))
                if manifest["role"] == "recognizer":
                    self.assertIn(manifest["alignment"]["kind"], ("similarity", "box"))
                    self.assertGreater(manifest["embeddingLength"], 0)
                for file in manifest["files"]:
                    self.assertEqual(set(file) >= {"bytes", "sha256", "member"}, "source" in manifest)
                    self.assertRegex(file.get("sha256", "0" * 64), "^[0-9a-f]{64}$")
                    self.assertEqual(file["name"], Path(file["name"]).name)
                download = manifest.pop("download", {})
                self.assertNotIn("://", json.dumps(manifest), "addresses belong into download")
                for field in ("url", "page"):
                    self.assertTrue(download.get(field, "https://").startswith("https://"))


if __name__ == "__main__":
    unittest.main()
