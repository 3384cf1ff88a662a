"""The default model itself, where tools/get_model.sh has brought it: 8 bits beside float, finding, switching, damage."""

import math
import shutil
import struct
import sys

from harness import FAILED, PROJECT, USAGE, DemoCase, main

MODELS = PROJECT / "models"
NAME = "efficientnet-lite0"


def vectors_of(folder):
    """id -> unit vector, of all rows in vectors.bin."""
    data = (folder / ".kin" / "vectors.bin").read_bytes()
    stride, dim = struct.unpack_from("<IQ", data, 12)
    vectors = {}
    for at in range(64, len(data), stride):
        item, *components = struct.unpack_from(f"<q{dim}b", data, at)
        length = math.sqrt(sum(c * c for c in components))
        vectors[item] = [c / length for c in components]
    return vectors


def cosines(one, other):
    return sorted(sum(x * y for x, y in zip(vector, other[item])) for item, vector in one.items())


class RealModel(DemoCase):
    pictures = 6
    indexed = False

    def setUp(self):
        super().setUp()
        self.models = self.folder / "models"
        shutil.copytree(MODELS / NAME, self.models / NAME)
        self.ranges = self.models / NAME / "int8_ranges.json"

    def real(self, *arguments, env=None, **more):
        return self.kin(*arguments, cwd=self.data, env={"KIN_MODELS": str(self.models), **(env or {})}, **more)

    def index(self, *arguments, **more):
        return self.real("index", self.data, "--json", *arguments, **more).json()

    def test_bytes_beside_float(self):
        first = self.index("--precision", "int8")
        items = first["assets"] + first["shapes"]
        self.assertEqual((first["model"], first["precision"], first["described"]), (NAME, "int8", items))
        self.assertIn(f"{NAME}, 8-bit", self.real("status").out)
        in_bytes = vectors_of(self.data)
        self.assertEqual(self.index()["described"], 0)  # as last time
        again = self.index("--precision", "float")
        self.assertEqual((again["precision"], again["described"]), ("float", items))
        self.assertNotIn("8-bit", self.real("status").out)
        self.assertEqual(self.index()["described"], 0)
        found = cosines(in_bytes, vectors_of(self.data))
        self.assertGreater(sum(found) / len(found), 0.985)
        self.assertGreater(found[0], 0.9)
        self.assertLess(found[0], 0.9999)

    def test_another_processor_finds_the_same(self):
        """Plain loops stand for it: a workspace in 8 bits opens there, and its vectors are nearly the same."""
        self.index("--precision", "int8", "--no-annotations")
        picture = self.folder / "outside.jpg"
        shutil.copy(min(self.data.rglob("*.jpg")), picture)
        here = self.real("find", picture, "--json").json()["matches"]
        there = self.real("find", picture, "--json", env={"KIN_KERNEL": "plain"}).json()["matches"]
        self.assertEqual([match["item"] for match in here[:1]], [match["item"] for match in there[:1]])
        self.assertGreater(here[0]["score"], 0.999)
        self.assertGreater(there[0]["score"], 0.995)

    def test_a_damaged_file_of_ranges(self):
        self.index("--precision", "int8")
        self.ranges.write_text(self.ranges.read_text(encoding="utf-8")[:200], encoding="utf-8")
        item = min(path.relative_to(self.data) for path in self.data.rglob("*.jpg"))
        self.real("find", item)  # stored vectors need no model
        self.assertIn("int8_ranges.json", self.real("status", "--json").json()["model_note"])
        self.assertIn("kin calibrate", self.real("index", code=FAILED).err)
        self.assertIn("kin calibrate", self.real("index", "--precision", "int8", code=FAILED).err)
        self.assertEqual(self.index("--precision", "float")["precision"], "float")
        self.ranges.unlink()
        self.assertIn("kin calibrate", self.real("index", "--precision", "int8", code=FAILED).err)
        self.real("index", "--model", "classic", "--precision", "int8", code=USAGE)


if __name__ == "__main__":
    if not (MODELS / NAME / "model.onnx").exists():
        print(f"skipped: models/{NAME}/model.onnx is not there (tools/get_model.sh brings it)")
        sys.exit(0)
    main()
