"""Jobs to Label Studio, CVAT, COCO and FiftyOne, verdicts back, and corrected annotations: with names that try to break
each of the formats."""

import csv
import json
import os
import xml.etree.ElementTree as xml
from urllib.parse import unquote

from harness import FAILED, PARTIAL, USAGE, Case, DemoCase, main, skateboarders_called_pedestrians

SIDE = 16
NAMES = ["plain.ppm", "with blanks and 'quotes'.ppm", 'say "cheese", twice; really.ppm',
         "日本語 Ünïcödé 😀.ppm", "<a>&amp;]]>.ppm", "100%25 #7.ppm", "l" * 100 + "/" + "o" * 100 + "/" + "n" * 94 + ".ppm",
         "no shapes.ppm", "line\nbreak.ppm"]
LABELS = ["cat", 'a "dog", & <co>', "Ünïcödé", "l" * 300]


def shape(number, image, label, **more):
    return {"id": number, "image_id": image, "category_id": label, "bbox": [1.25, 2.5, 8.0625, 9.1], **more}


# Ids that are numbers, texts, huge; a polygon, a crowd, a box that is turned, two shapes that are alike, none at all.
SHAPES = [shape(1, 0, 1), shape("one \"two\", #3", 0, 2), shape(9007199254740993, 1, 3),
          shape(2, 1, 1, segmentation=[[1, 2, 9, 2, 5, 11.5]]), shape(3, 2, 4, iscrowd=1,
          segmentation={"counts": [1, 2, 3], "size": [16, 16]}), shape(4, 3, 2, rotation=45.5),
          shape(5, 4, 1), shape(6, 4, 1), shape(7, 5, 1), shape(8, 6, 1), shape(18446744073709551617, 6, 2),
          shape(9, 8, 2, attributes={"annotator": "anna, b"})]


def write_hostile(folder):
    images = []
    for i, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = bytes((i * 37 + k * (3 + i)) % 256 for k in range(SIDE * SIDE * 3))
        path.write_bytes(b"P6 %d %d 255\n" % (SIDE, SIDE) + pixels)
        images.append({"id": i, "file_name": name, "width": SIDE, "height": SIDE})
    (folder / "hostile.json").write_text(json.dumps({
        "info": {"year": 2026}, "images": images, "annotations": SHAPES, "licenses": [],
        "categories": [{"id": i + 1, "name": label} for i, label in enumerate(LABELS)]}), encoding="utf-8")


def item_of(annotation):
    return f"{NAMES[annotation['image_id']]}#{annotation['id']}"


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "set"
        self.data.mkdir()
        write_hostile(self.data)
        self.kin("index", self.data, "--annotations", self.data / "hostile.json")
        self.kin("audit", len(NAMES), "--seed", 1, cwd=self.data)
        self.items = [item_of(s) for s in SHAPES] + NAMES

    def rows(self, job=1):
        return {row["item"]: row for row in self.kin("job", "show", job, "--json", cwd=self.data).json()["rows"]}

    def export(self, name, *options):
        path = self.folder / name
        self.kin("job", "export", 1, "-o", path, *options, cwd=self.data)
        return path

    def verdicts(self):
        """What the reviewer says of each item: all columns in turn."""
        said = {}
        for i, item in enumerate(self.items):
            verdict = ("ok", "minor", "critical")[i % 3]
            wrong = verdict != "ok"
            said[item] = {"verdict": verdict, "should_be": LABELS[i % 4] if wrong and i % 2 else None,
                          "kind": "box" if wrong and i % 4 == 0 else None,
                          "note": 'it is "so", <really> & näh' if i % 5 == 0 else None}
        return said

    def import_twice(self, path, *options):
        first = self.kin("job", "import", 1, path, "--json", *options, cwd=self.data).json()
        self.assertEqual((first["rejects"], first["open"]), (0, 0))
        self.assertEqual(first["added"], len(self.items))
        again = self.kin("job", "import", 1, path, "--json", *options, cwd=self.data).json()
        self.assertEqual((again["rejects"], again["added"], again["implied"]), (0, 0, 0))
        rows = self.rows()
        self.assertEqual(set(rows), set(self.items))
        for item, said in self.verdicts().items():
            self.assertEqual({key: rows[item][key] for key in said}, said, item)

    def test_label_studio(self):
        path = self.export("tasks.json", "--format", "labelstudio", "--document-root", self.folder)
        tasks = json.loads(path.read_text(encoding="utf-8"))
        said = self.verdicts()
        self.assertEqual(len(tasks), len(self.items))
        for task in tasks:
            image = task["data"]["image"]
            self.assertTrue(image.startswith("/data/local-files/?d=set/"), image)
            self.assertTrue((self.folder / unquote(image.split("?d=")[1])).is_file(), image)
            if "kin_box" in task["data"]:
                value = task["predictions"][0]["result"][0]["value"]
                self.assertEqual([value["x"] * SIDE / 100, value["y"] * SIDE / 100], task["data"]["kin_box"][:2])
            results = task["predictions"][0]["result"] if "predictions" in task else []
            key = task["data"]["kin_item"]
            one = said[unquote(key)]
            for name in ("verdict", "should_be", "kind"):
                if one[name]:
                    results.append({"id": name, "from_name": name, "to_name": "image", "type": "choices",
                                    "value": {"choices": [one[name]]}})
            if one["note"]:
                results.append({"id": "note", "from_name": "note", "to_name": "image", "type": "textarea",
                                "value": {"text": [one["note"]]}})
            task["annotations"] = [{"id": 1, "completed_by": 1, "was_cancelled": False, "result": results,
                                    "parent_prediction": 1, "updated_at": "2026-03-09T22:16:08.728378Z"}]
        config = xml.parse(self.folder / "tasks.config.xml").getroot()
        self.assertEqual({label.get("value") for label in config.iter("Label")}, set(LABELS))
        path.write_text(json.dumps(tasks), encoding="utf-8")
        self.import_twice(path)
        self.assertEqual({row["reviewer"] for row in self.rows().values()}, {"1"})

    def test_cvat(self):
        path = self.export("job.xml", "--manifest", self.folder / "manifest.jsonl")
        tree, said = xml.parse(path), self.verdicts()
        images = list(tree.getroot().iter("image"))
        self.assertEqual({image.get("name") for image in images}, set(NAMES))
        for element in tree.getroot().iterfind("image/*"):
            values = {a.get("name"): a for a in element.iter("attribute")}
            for name, value in said[unquote(values["kin_item"].text)].items():
                values[name].text = value or ""
        tree.write(path, encoding="utf-8", xml_declaration=True)
        self.import_twice(path)
        labels = json.loads((self.folder / "job.labels.json").read_text(encoding="utf-8"))
        self.assertEqual({label["name"] for label in labels}, {*LABELS, "whole image"})
        self.assertEqual({a["name"] for a in labels[0]["attributes"]}, {a.get("name") for a in
                                                                        images[0][0].iter("attribute")})
        manifest = [json.loads(line) for line in (self.folder / "manifest.jsonl").read_text("utf-8").splitlines()]
        self.assertEqual(manifest[:2], [{"version": "1.1"}, {"type": "images"}])
        self.assertEqual([m["name"] + m["extension"] for m in manifest[2:]], [image.get("name") for image in images])

    def test_tables(self):
        for name in ("job.csv", "job.jsonl"):
            path, said = self.export(name), self.verdicts()
            if name.endswith("csv"):
                with open(path, newline="", encoding="utf-8") as file:
                    rows = list(csv.DictReader(file))
            else:
                rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for row in rows:
                row.update(said[row["item"]], time="2026-03-09T22:16:08Z", reviewer=name)
            with open(path, "w", newline="", encoding="utf-8") as file:
                if name.endswith("csv"):
                    writer = csv.DictWriter(file, rows[0])
                    writer.writeheader()
                    writer.writerows(rows)
                else:
                    file.writelines(json.dumps(row) + "\n" for row in rows)
            self.import_twice(path)

    def test_coco_and_fiftyone(self):
        coco = json.loads(self.export("coco.json", "--format", "coco").read_text(encoding="utf-8"))
        self.assertEqual({image["file_name"] for image in coco["images"]}, set(NAMES))
        names = {c["id"]: c["name"] for c in coco["categories"]}
        self.assertEqual(len({a["id"] for a in coco["annotations"]}), len(SHAPES))
        found = {a["kin_item"]: (names[a["category_id"]], a["bbox"]) for a in coco["annotations"]}
        self.assertEqual({unquote(key): value for key, value in found.items()},
                         {item_of(s): (LABELS[s["category_id"] - 1], s["bbox"]) for s in SHAPES})
        labels = json.loads(self.export("fo.json", "--format", "fiftyone").read_text(encoding="utf-8"))["labels"]
        self.assertEqual(set(labels), {str(self.data.resolve() / name) for name in NAMES})
        relative = json.loads(self.export("fo.json", "--format", "fiftyone", "--images", "").read_text("utf-8"))
        self.assertEqual(set(relative["labels"]), {os.path.splitext(name)[0] for name in NAMES})

    def test_corrected_annotations(self):
        original = json.loads((self.data / "hostile.json").read_text(encoding="utf-8"))
        item = {s["id"]: item_of(s) for s in SHAPES}
        self.kin("verdict", item[1], "critical", "--should-be", LABELS[3], cwd=self.data)
        self.kin("verdict", item[3], "minor", "--should-be", "new, \"label\"", "--note", "a\nb", cwd=self.data)
        self.kin("verdict", item[18446744073709551617], "critical", "--kind", "spurious", cwd=self.data)
        self.kin("verdict", item[4], "minor", "--kind", "box", cwd=self.data)
        self.kin("verdict", NAMES[0], "critical", "--kind", "missing", cwd=self.data)
        self.kin("verdict", item[2], "ok", cwd=self.data)
        path = self.folder / "corrected.json"
        counts = self.kin("export", path, "--json", cwd=self.data).json()
        self.assertEqual(counts, {"source": "hostile.json", "relabelled": 2, "removed": 1, "left": 2, "applied": 3,
                                  "image_labels": 0})
        text = path.read_text(encoding="utf-8")
        self.assertIn('"id": 9007199254740993,', text)
        corrected = json.loads(text)
        wanted = json.loads(json.dumps(original))
        by_id = {a["id"]: a for a in wanted["annotations"]}
        by_id[1]["category_id"], by_id[3]["category_id"] = 4, 5
        wanted["annotations"].remove(by_id[18446744073709551617])
        wanted["categories"].append({"id": 5, "name": 'new, "label"', "supercategory": ""})
        self.assertEqual(corrected, wanted)
        with open(self.folder / "corrected.changes.csv", newline="", encoding="utf-8") as file:
            changes = {row["item"]: row for row in csv.DictReader(file)}
        self.assertEqual({name: row["action"] for name, row in changes.items()},
                         {item[1]: "relabelled", item[3]: "relabelled", item[18446744073709551617]: "removed",
                          item[4]: "left", NAMES[0]: "left"})
        self.assertEqual((changes[item[3]]["label"], changes[item[3]]["should_be"], changes[item[3]]["note"]),
                         (LABELS[3], 'new, "label"', "a\nb"))

        again = self.kin("index", self.data, "--annotations", path, "--json").json()
        self.assertEqual((again["added"], again["changed"], again["gone"], again["rejects"]), (0, 2, 1, 0))
        self.assertEqual(self.rows()[item[3]]["label"], 'new, "label"')
        nothing = self.kin("export", self.folder / "again.json", "--json", cwd=self.data).json()
        self.assertEqual((nothing["relabelled"], nothing["removed"]), (0, 0))
        self.assertEqual(json.loads((self.folder / "again.json").read_text(encoding="utf-8")), corrected)


class Corrected(Case):
    def test_annotations_of_another_format_are_written_anew(self):
        for name in ("a/x.ppm", "b/x.ppm"):
            (self.folder / name).parent.mkdir()
            (self.folder / name).write_bytes(b"P6 16 16 255\n" + bytes(768))
        (self.folder / "labels.csv").write_text(
            "path,shape,label,x,y,w,h,annotator\n" +
            "".join(f"{folder}/x.ppm,{i},cat,{i}.1,2,3,4.05,ann {i}\n" for folder in "ab" for i in (1, 2, 3)))
        self.kin("index", self.folder)
        self.kin("verdict", "a/x.ppm#2", "critical", "--should-be", "dog", cwd=self.folder)
        self.kin("verdict", "b/x.ppm#2", "critical", "--kind", "Duplicate", cwd=self.folder)
        path = self.folder / "corrected.json"
        result = self.kin("export", path, "--json", cwd=self.folder).json()
        self.assertEqual((result["source"], result["applied"]), (None, 2))
        coco = json.loads(path.read_text())
        self.assertEqual(len({a["id"] for a in coco["annotations"]}), 5)
        self.assertEqual(coco["annotations"][1]["kin_shape"], "2")
        self.assertEqual(coco["annotations"][1]["attributes"], {"annotator": "ann 2"})
        again = self.kin("index", self.folder, "--annotations", path, "--json").json()
        self.assertEqual((again["added"], again["changed"], again["gone"], again["described"]), (0, 1, 1, 0))
        labels = self.kin("slices", "--by", "label", "--all", "--json", cwd=self.folder).json()["slices"]
        self.assertEqual({s["value"]: s["population"] for s in labels}, {"cat": 4, "dog": 1})

    def test_numbers_stay_ids(self):
        (self.folder / "x.ppm").write_bytes(b"P6 16 16 255\n" + bytes(768))
        (self.folder / "labels.csv").write_text("path,id,label,x,y,w,h\nx.ppm,70,cat,1,2,3,4\nx.ppm,5,dog,1,2,3,4\n")
        self.kin("index", self.folder)
        self.kin("export", self.folder / "c.json", cwd=self.folder)
        coco = json.loads((self.folder / "c.json").read_text())
        self.assertEqual([a["id"] for a in coco["annotations"]], [70, 5])
        self.assertNotIn("kin_shape", coco["annotations"][0])


class Tools(DemoCase):
    def test_a_changed_source_is_noticed(self):
        mistake = skateboarders_called_pedestrians(self.data)[0]
        self.kin("verdict", mistake, "critical", "--should-be", "skateboarder", cwd=self.data)
        text = (self.data / "instances.json").read_text()
        (self.data / "other.json").write_text(text.replace('"images/', '"elsewhere/'))
        path = self.folder / "c.json"
        result = self.kin("export", path, "--annotations", "other.json", cwd=self.data, code=PARTIAL)
        self.assertIn("1 of these were not met in other.json", result.err)
        self.assertEqual(json.loads(path.read_text()), json.loads((self.data / "other.json").read_text()))
        self.assertIn("is no COCO file", self.kin("export", path, "--annotations", "truth.csv", cwd=self.data,
                                                  code=USAGE).err)

    def test_a_file_appears_whole_or_not_at_all(self):
        (self.data / "instances.json").write_text((self.data / "instances.json").read_text()[:-30])
        path = self.folder / "c.json"
        path.write_text("before")
        self.kin("export", path, cwd=self.data, code=FAILED)
        self.assertEqual(path.read_text(), "before")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["c.json", "street"])

    def test_find_for_fiftyone(self):
        mistake = skateboarders_called_pedestrians(self.data)[0]
        path = self.folder / "kin.json"
        found = self.kin("find", mistake, "-n", 7, "--fiftyone", path, "--json", cwd=self.data).json()["matches"]
        labels = json.loads(path.read_text())["labels"]
        boxes = {d["attributes"]["kin_item"]: (d, name) for name, list_ in labels.items() for d in list_}
        self.assertEqual(set(boxes), {match["item"] for match in found})
        for match in found:
            detection, name = boxes[match["item"]]
            self.assertEqual(name, str(self.data.resolve() / match["path"]))
            self.assertEqual(detection["confidence"], match["score"])
            self.assertEqual(detection["label"], match["label"])
            x, y, w, h = detection["bounding_box"]
            for mine, theirs in zip((x * 480, y * 320, w * 480, h * 320), match["box"], strict=True):
                self.assertAlmostEqual(mine, theirs, places=9)

    def test_what_does_not_fit_is_said(self):
        self.kin("audit", 3, "--seed", 1, cwd=self.data)
        for words, part in ((["--format", "voc"], "--format is csv, jsonl, labelstudio, cvat, coco or fiftyone"),
                            (["-o", "x.json"], "say --format labelstudio, coco or fiftyone"),
                            (["--manifest", "m"], "--manifest goes with --format cvat"),
                            (["--setup", "m", "--format", "coco"], "--setup goes with"),
                            (["--document-root", "/", "--format", "cvat"], "--document-root goes with"),
                            (["--images", "x"], "--images goes with"),
                            (["--format", "labelstudio", "--document-root", str(self.data / "images")],
                             "does not lie below the document root")):
            self.assertIn(part, self.kin("job", "export", 1, *words, cwd=self.data, code=USAGE).err)
        self.assertEqual([p for p in self.data.iterdir() if p.suffix == ".new" or p.name == "x.json"], [])
        self.assertIn("verdicts are read", self.kin("job", "import", 1, "x", "--format", "coco", cwd=self.data,
                                                    code=USAGE).err.replace("--format is csv", "verdicts are read"))
        url = json.loads(self.kin("job", "export", 1, "--format", "labelstudio", "--images", "https://x.org/s/",
                                  cwd=self.data).out)[0]["data"]["image"]
        self.assertRegex(url, r"^https://x\.org/s/images/\d+\.jpg$")

    def test_a_pipe_is_read_as_a_file_is(self):
        self.kin("audit", 3, "--seed", 1, cwd=self.data)
        text = self.kin("job", "export", 1, "--format", "cvat", cwd=self.data).out
        text = text.replace('<attribute name="verdict">open<', '<attribute name="verdict">ok<')
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            with os.fdopen(write, "wb") as file:
                file.write(text.encode())
            os._exit(0)
        os.close(write)
        result = self.kin("job", "import", 1, f"/dev/fd/{read}", "--json", cwd=self.data, pass_fds=(read,)).json()
        os.close(read)
        self.assertEqual((result["added"], result["open"]), (text.count("kin_item\">"), 0))


if __name__ == "__main__":
    main()
