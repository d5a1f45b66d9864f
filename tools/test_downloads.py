"""Tests of fetching catalogued models by address, from a file server on this machine."""

import hashlib
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `contents` by path; some paths misbehave."""

    contents: dict[str, bytes] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
            return
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/net.onnx")
            self.end_headers()
            return
        name = self.path.removeprefix("/truncated").removeprefix("/endless")
        data = self.contents.get(name)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        if not self.path.startswith("/endless"):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.path.startswith("/truncated"):
            data = data[: len(data) // 2]
        if self.path.startswith("/endless"):
            data = data * 50
        try:
            self.wfile.write(data)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


class DownloadTests(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="face-worker-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        for name in ("tools", "Models", "cache"):
            (self.root / name).mkdir()
        for name in ("fetch_models", "downloads.py", "model_files.py"):
            shutil.copy(TOOLS / name, self.root / "tools" / name)
        (self.root / "tools/sample_photos.json").write_text('{"samples": []}')
        self.weights = os.urandom(300_000)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr("pack/readme.txt", "hello")
            opened.writestr("pack/net.onnx", self.weights)
        self.zip = archive.getvalue()
        Handler.contents = {"/net.onnx": self.weights, "/pack.zip": self.zip}
        Handler.asked = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def manifest(self, path: str, *, file: dict | None = None, **download: object) -> None:
        stated = {"name": "net.onnx", "bytes": len(self.weights), "sha256": digest(self.weights)}
        url = path if "://" in path else f"http://127.0.0.1:{self.server.server_port}{path}"
        (self.root / "Models/net.json").write_text(
            json.dumps(
                {
                    "id": "net",
                    "files": [stated if file is None else file],
                    "download": {"url": url, "page": "https://example.org", **download},
                    "licence": {"name": "MIT", "commercialUse": "allowed", "note": "none"},
                }
            )
        )

    def fetch(self, *ids: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(self.root / "tools/fetch_models"), *ids],
            env=os.environ | {"FACE_WORKER_CACHE": str(self.root / "cache"), "no_proxy": "127.0.0.1"},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    @property
    def installed(self) -> Path:
        return self.root / "models/net/net.onnx"

    def assert_installed(self) -> None:
        done = self.fetch("net")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.installed.read_bytes(), self.weights)
        manifest = json.loads((self.root / "models/net/manifest.json").read_text())
        self.assertEqual(manifest["files"][0]["bytes"], len(self.weights))
        self.assertEqual(manifest["files"][0]["sha256"], digest(self.weights))

    def assert_refused(self, words: str) -> None:
        done = self.fetch("net")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(words, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse((self.root / "models/net").exists())

    def test_file(self) -> None:
        self.manifest("/net.onnx", sha256=digest(self.weights), bytes=len(self.weights))
        self.assert_installed()

    def test_second_time_needs_no_network(self) -> None:
        self.manifest("/net.onnx", sha256=digest(self.weights))
        self.assert_installed()
        asked = len(Handler.asked)
        self.assert_installed()
        shutil.rmtree(self.root / "models")
        self.assert_installed()
        self.assertEqual(len(Handler.asked), asked)

    def test_file_in_a_zip(self) -> None:
        self.manifest("/pack.zip", sha256=digest(self.zip))
        self.assert_installed()

    def test_size_may_be_unknown(self) -> None:
        self.manifest("/net.onnx", file={"name": "net.onnx", "sha256": digest(self.weights)})
        self.assert_installed()

    def test_digest_of_the_download_is_that_of_its_only_file(self) -> None:
        self.manifest("/net.onnx", file={"name": "net.onnx"}, sha256=digest(self.weights))
        self.assert_installed()

    def test_redirect_is_followed(self) -> None:
        self.manifest("/moved/net.onnx", sha256=digest(self.weights))
        self.assert_installed()
        self.assertEqual(Handler.asked, ["/moved/net.onnx", "/net.onnx"])

    def test_redirect_to_an_open_address_is_refused(self) -> None:
        self.manifest("/elsewhere", sha256=digest(self.weights))
        self.assert_refused("is not an https address")

    def test_other_bytes_are_refused(self) -> None:
        Handler.contents["/net.onnx"] = self.weights[:-1] + bytes([self.weights[-1] ^ 1])
        self.manifest("/net.onnx", sha256=digest(self.weights))
        self.assert_refused("is not the file that was pinned")
        self.manifest("/net.onnx")
        self.assert_refused("does not give the net.onnx")

    def test_other_bytes_in_a_zip_are_refused(self) -> None:
        self.manifest("/pack.zip", file={"name": "net.onnx", "sha256": digest(b"other")}, sha256=digest(self.zip))
        self.assert_refused("does not give the net.onnx")
        self.manifest("/pack.zip", file={"name": "none.onnx", "sha256": digest(b"other")}, sha256=digest(self.zip))
        self.assert_refused("does not hold none.onnx")

    def test_truncated_body_is_refused(self) -> None:
        self.manifest("/truncated/net.onnx", sha256=digest(self.weights))
        self.assert_refused("Nothing was installed")
        self.assertEqual(list((self.root / "cache").rglob("*download*")), [])

    def test_more_bytes_than_stated_are_refused(self) -> None:
        self.manifest("/endless/net.onnx", sha256=digest(self.weights), bytes=len(self.weights))
        self.assert_refused("gives more than")

    def test_missing_file_is_said(self) -> None:
        self.manifest("/none.onnx", sha256=digest(self.weights))
        self.assert_refused("404")

    def test_what_cannot_be_checked_is_not_fetched(self) -> None:
        self.manifest("/net.onnx", file={"name": "net.onnx"})
        self.assert_refused("no SHA-256")
        self.assertEqual(Handler.asked, [])

    def test_open_address_is_refused(self) -> None:
        self.manifest("http://192.0.2.1/net.onnx", sha256=digest(self.weights))
        self.assert_refused("is not an https address")

    def test_unknown_model_is_said(self) -> None:
        self.manifest("/net.onnx")
        done = self.fetch("nobody")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there are net", done.stderr)

    def test_default_run_fetches_no_address(self) -> None:
        self.manifest("/net.onnx", sha256=digest(self.weights))
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(Handler.asked, [])


if __name__ == "__main__":
    unittest.main()
