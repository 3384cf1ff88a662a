"""Neural models: chosen by name or folder, opened again, changed, gone. The net is that of
tiny_model.py."""

import json
import shutil

from harness import FAILED, USAGE, DemoCase, main
from tiny_model import write_model


class Models(DemoCase):
    pictures = 6
    indexed = False

    def items(self, *arguments, **more):
        result = self.kin("index", self.data, "--json", *arguments, **more).json()
        return result["described"], result["assets"] + result["shapes"]

    def test_a_first_index_without_the_default_model_says_so_once(self):
        told = "efficientnet-lite0 is not there (tools/get_model.sh brings it); using classic"
        self.assertIn(told, self.kin("index", self.data).err)
        self.assertNotIn("efficientnet", self.kin("index", self.data).err)
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["model"], "classic")

    def test_the_default_model_where_it_is_there(self):
        write_model(self.folder / "models" / "efficientnet-lite0")
        env = {"KIN_MODELS": str(self.folder / "models")}
        self.assertEqual(self.kin("index", self.data, env=env).err.count("efficientnet"), 0)
        self.assertEqual(self.kin("status", "--json", cwd=self.data, env=env).json()["model"],
                         "efficientnet-lite0")
        self.assertEqual(self.kin("version", "--json", env=env).json()["model"], "efficientnet-lite0")

    def test_a_folder_is_found_again_changed_and_gone(self):
        tiny = self.folder / "tiny"
        write_model(tiny)
        described, items = self.items("--model", "tiny", cwd=self.folder)
        self.assertEqual(described, items)
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["model"], str(tiny.resolve()))
        inside, outside = min(self.data.rglob("*.jpg")), self.folder / "outside.jpg"
        shutil.copy(inside, outside)
        self.kin("find", outside, cwd=self.data)
        self.assertEqual(self.items(), (0, items))
        self.assertIsNone(self.kin("status", "--json", cwd=self.data).json()["model_note"])

        write_model(tiny, side=24)
        status = self.kin("status", "--json", cwd=self.data)
        self.assertIn("has changed since", status.json()["model_note"])
        self.assertIn("has changed since", status.err)
        self.assertEqual(status.json()["indexed"], items)
        self.kin("find", inside, cwd=self.data)  # stored vectors go well with each other
        self.assertIn("kin index", self.kin("find", outside, code=USAGE, cwd=self.data).err)
        self.assertEqual(self.items(), (items, items))
        self.kin("find", outside, cwd=self.data)

        shutil.rmtree(tiny)
        status = self.kin("status", "--json", cwd=self.data).json()
        self.assertIn("tiny", status["model"])
        self.assertIn("tiny", status["model_note"])
        self.assertEqual(status["indexed"], items)
        self.kin("find", inside, cwd=self.data)
        for words in (("find", outside), ("index",)):
            self.assertIn("tiny", self.kin(*words, code=FAILED, cwd=self.data).err)
        self.assertEqual(self.items("--model", "classic"), (items, items))

    def test_calibrating_says_what_is_missing(self):
        tiny, photos = self.folder / "tiny", self.data / "images"
        write_model(tiny)
        for words, told, code in (
                ((tiny, self.folder / "nowhere"), "there is no folder", FAILED),
                ((tiny, tiny), "too few pictures", USAGE),
                ((tiny, photos), "too few pictures", USAGE),
                ((tiny, photos, "--pictures", 7), "--pictures", USAGE),
                ((self.folder / "nowhere", photos), "there is no model", FAILED),
                (("classic", photos), "classic has no 8-bit form", USAGE),
                ((tiny,), "kin calibrate MODEL PHOTOS", USAGE)):
            self.assertIn(told, self.kin("calibrate", *words, code=code).err)
        self.assertEqual(sorted(path.name for path in tiny.iterdir()), ["model.onnx", "preprocessor_config.json"])
        self.assertIn("kin calibrate", self.kin("index", self.data, "--model", tiny, "--precision", "int8",
                                                code=FAILED).err)
        self.kin("index", self.data, "--precision", "half", code=USAGE)

    def test_a_damaged_model_leaves_the_index_as_it_was(self):
        self.kin("index", self.data)
        write_model(self.folder / "bad")
        (self.folder / "bad" / "model.onnx").write_bytes(b"\x00" * 100)
        told = self.kin("index", self.data, "--model", self.folder / "bad", code=FAILED).err
        self.assertIn("model.onnx", told)
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["model"], "classic")


if __name__ == "__main__":
    main()
