"""Every manifest of the catalogue follows Models/schema.json, which finds what is wrong."""

import copy
import json
import unittest
from pathlib import Path

from manifest_schema import problems
from model_files import MANIFESTS, manifest_paths

SCHEMA = json.loads((MANIFESTS / "schema.json").read_text(encoding="utf-8"))


def read(name: str) -> dict:
    return json.loads((MANIFESTS / f"{name}.json").read_text(encoding="utf-8"))


class ManifestSchemaTests(unittest.TestCase):
    def test_every_manifest_fits(self) -> None:
        self.assertGreaterEqual(len(manifest_paths()), 3)
        for path in manifest_paths():
            with self.subTest(path.name):
                self.assertEqual(problems(json.loads(path.read_text(encoding="utf-8")), SCHEMA), [])

    def test_every_field_is_explained(self) -> None:
        text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
        for name in SCHEMA["properties"]:
            if name != "$schema":
                self.assertIn(f"| `{name}` |", text)

    def test_what_is_wrong_is_found(self) -> None:
        cases = [
            ("dlib-resnet-v1", ["schema"], 2, "schema"),
            ("dlib-resnet-v1", ["schema"], True, "schema"),
            ("dlib-resnet-v1", ["id"], "../x", "id"),
            ("dlib-resnet-v1", ["role"], "painter", "role"),
            ("dlib-resnet-v1", ["architecture"], "hopfield", "architecture"),
            ("dlib-resnet-v1", ["files"], [], "files"),
            ("dlib-resnet-v1", ["files", 0, "sha256"], "AB", "files[0].sha256"),
            ("dlib-resnet-v1", ["files", 0, "bytes"], 1.5, "files[0].bytes"),
            ("dlib-resnet-v1", ["files", 0, "name"], "../secret", "files[0].name"),
            ("dlib-resnet-v1", ["files", 0, "member"], None, "files[0].member is missing"),
            ("dlib-resnet-v1", ["licence", "commercialUse"], "perhaps", "licence.commercialUse"),
            ("dlib-resnet-v1", ["licence", "note"], None, "licence.note is missing"),
            ("dlib-resnet-v1", ["input", "mean"], [1, 2], "input.mean"),
            ("dlib-resnet-v1", ["input", "scale"], [1, 2], "input.scale"),
            ("dlib-resnet-v1", ["input", "scale"], 0, "input.scale"),
            ("dlib-resnet-v1", ["input", "chanels"], "rgb", "input.chanels is not known"),
            ("dlib-resnet-v1", ["alignment"], None, "alignment is missing"),
            ("dlib-resnet-v1", ["alignment", "kind"], "enlargedBox", "alignment.kind"),
            ("dlib-resnet-v1", ["alignment", "points"], [[1, 2]], "alignment.points"),
            ("dlib-resnet-v1", ["embeddingLength"], 0, "embeddingLength"),
            ("dlib-resnet-v1", ["thresholds", 0, "score"], 1.5, "thresholds[0].score"),
            ("dlib-resnet-v1", ["thresholds", 0, "metric"], "euclidean", "thresholds[0].metric"),
            ("dlib-resnet-v1", ["thresholds", 0, "fmrInterval"], [0.1], "thresholds[0].fmrInterval"),
            ("dlib-resnet-v1", ["calibration", "slope"], -1, "calibration.slope"),
            ("dlib-resnet-v1", ["precision"], "int4", "precision"),
            ("dlib-resnet-v1", ["precisions"], [{"name": "bf16"}], "precisions[0].change is missing"),
            ("dlib-resnet-v1", ["ranges"], {"data": "", "values": {}}, "ranges.weights is missing"),
            ("dlib-resnet-v1", ["ranges"], {"weights": "0" * 64, "data": "", "values": {"a": [1]}}, "ranges.values.a"),
            ("dlib-resnet-v1", ["testTime"], {"center": True}, "centerEmbedding is missing"),
            ("dlib-resnet-v1", ["testTime"], {"mirror": "yes"}, "testTime.mirror"),
            ("dlib-resnet-v1", ["download"], {"url": "http://example.org"}, "download.url"),
            ("mtcnn", ["detection"], {"scoreThreshold": 2}, "detection.scoreThreshold"),
            ("minifasnet-v2", ["input", "width"], None, "input.width is missing"),
        ]
        for name, path, value, expected in cases:
            with self.subTest(f"{name} {path} {value}"):
                manifest = copy.deepcopy(read(name))
                place = manifest
                for step in path[:-1]:
                    place = place[step]
                if value is None:
                    del place[path[-1]]
                else:
                    place[path[-1]] = value
                found = problems(manifest, SCHEMA)
                self.assertTrue(any(problem.startswith(expected) for problem in found), found)

    def test_unknown_words_are_not_passed_over(self) -> None:
        with self.assertRaises(ValueError):
            problems(1, {"multipleOf": 2})


if __name__ == "__main__":
    unittest.main()
