"""The data set of many_days.py: a demo data set that changes. Edition 0 is what the first day begins with; each later
one brings new pictures and edits of some old ones. An edition is a function of the seed, so that a replay gets the
same."""

import copy
import csv
import json
import os
import pathlib
import random
import shutil

import harness  # tests/cli

UNSTABLE = 7  # pictures whose number ends so are edited, taken away and brought back; all others stay as they are


def move_box(rng, shape):
    x, y, w, h = shape["bbox"]
    shape["bbox"] = [x, y, max(4.0, round(w * rng.uniform(0.8, 0.99), 2)), max(4.0, round(h * 0.95, 2))]


class Editions:
    def __init__(self, folder, pictures, seed):
        self.drawn, self.seed = pathlib.Path(folder), seed
        self.placed = {}  # data set -> {picture: the drawn one whose content it has}
        if not (self.drawn / "truth.csv").exists():  # else it is of an earlier run that was kept
            result = harness.run("demo", self.drawn, "--pictures", pictures + pictures // 5, "--seed", seed, "--quiet")
            if result.code != harness.DONE:
                raise AssertionError(str(result))
        self.all = json.loads((self.drawn / "instances.json").read_text(encoding="utf-8"))
        self.labels = [category["name"] for category in self.all["categories"]]
        names = sorted(image["file_name"] for image in self.all["images"])
        self.first, self.later = names[:pictures], names[pictures:]
        self.unstable = [name for name in self.first if int(pathlib.Path(name).stem) % 10 == UNSTABLE]
        with open(self.drawn / "truth.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.truth = {row["item"]: row for row in rows if row["kind"] != "missing"}
        self.missing = {}
        for row in rows:
            if row["kind"] == "missing":
                self.missing[row["item"]] = self.missing.get(row["item"], 0) + 1
        self.states = [({name: name for name in self.first},
                        {shape["id"]: shape for shape in copy.deepcopy(self.all["annotations"])})]
        self.names = {image["id"]: image["file_name"] for image in self.all["images"]}

    def is_stable(self, item):
        """Whether it is in every edition, as it was in the first."""
        picture = item.split("#")[0]
        return picture <= self.first[-1] and int(pathlib.Path(picture).stem) % 10 != UNSTABLE

    def state(self, number):
        while len(self.states) <= number:
            self.states.append(self._edited(len(self.states), *self.states[-1]))
        return self.states[number]

    def _edited(self, number, files, shapes):
        rng = random.Random(f"{self.seed} {number}")
        files, shapes = dict(files), copy.deepcopy(shapes)
        share = max(1, len(self.later) // 10)
        for name in self.later[(number - 1) * share:number * share]:
            files[name] = name
        for name in self.unstable:
            chance = rng.random()
            if name not in files:
                if chance < 0.5:
                    files[name] = name
            elif chance < 0.06:
                del files[name]
            elif chance < 0.12:
                files[name] = rng.choice(self.first)
        edited = set(self.unstable)
        for shape in [shape for shape in shapes.values() if self.names[shape["image_id"]] in edited]:
            chance = rng.random()
            if chance < 0.05:
                move_box(rng, shape)
            elif chance < 0.1:
                shape["category_id"] = rng.choice(self.all["categories"])["id"]
            elif chance < 0.12:
                del shapes[shape["id"]]
        return files, shapes

    def put(self, number, folder):
        """Makes the data set in `folder` what edition `number` says."""
        files, shapes = self.state(number)
        there = self.placed.setdefault(folder, {})
        for name in set(there) - set(files):
            os.unlink(folder / name)
            del there[name]
        for name, source in sorted(files.items()):
            if there.get(name) != source:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.drawn / source, folder / "coming.part")
                os.replace(folder / "coming.part", folder / name)
                there[name] = source
        images = [image for image in self.all["images"] if image["file_name"] in files]
        ids = {image["id"] for image in images}
        annotations = [shape for shape in shapes.values() if shape["image_id"] in ids]
        part = folder / "instances.part"
        part.write_text(json.dumps({**self.all, "images": images, "annotations": annotations}), encoding="utf-8")
        os.replace(part, folder / "instances.json")
