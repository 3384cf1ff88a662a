"""Near-identical items that disagree: copies in the wrong class or on both sides of a split, boxes about one thing."""

import csv
import json
import shutil

from harness import FAILED, USAGE, DemoCase, main

STRANGE = 'a "b", ж 猫'


class Copies(DemoCase):
    """Pictures of the demo with a label and a split; copies with a byte more have another hash."""

    indexed = False
    pictures = 12

    def put(self, picture, name, more=b""):
        to = self.folder / "set" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes((self.data / "images" / f"{picture:06}.jpg").read_bytes() + more)
        self.labels.append((name, name.split("/")[1], name.split("/")[0]))

    def setUp(self):
        super().setUp()
        self.set = self.folder / "set"
        self.labels = [("path", "label", "split")]
        for picture in range(1, 9):
            self.put(picture, f"train/street/{picture}.jpg")
        self.put(1, "train/" + STRANGE + "/1.jpg", b"\n")  # another label, nearly the same
        self.put(2, "test/street/2.jpg")                   # the same file on the other side
        self.put(3, "train/street/3b.jpg")                 # the same file, nothing wrong
        self.put(4, "val/road/4.jpg", b"\n")               # both
        with open(self.set / "labels.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(self.labels)
        self.kin("index", self.set)

    def find(self, *options):
        return self.kin("duplicates", "--json", *options, cwd=self.set).json()

    @staticmethod
    def names(group):
        return [item["item"] for item in group["items"]]

    def test_what_disagrees_is_found(self):
        found = self.find()
        self.assertEqual((found["unit"], found["split"], found["threshold"]), ("asset", "split", 0.95))
        self.assertEqual((found["compared"], found["found"], found["job"]), (12, 4, None))
        groups = {tuple(self.names(group)): group for group in found["groups"]}
        labels = next(group for names, group in groups.items() if f"train/{STRANGE}/1.jpg" in names)
        splits = next(group for names, group in groups.items() if "test/street/2.jpg" in names)
        both = next(group for names, group in groups.items() if "val/road/4.jpg" in names)
        self.assertEqual(len(groups), 3)
        for group, differ, same in ((labels, (True, False), False), (splits, (False, True), True),
                                    (both, (True, True), False)):
            self.assertEqual((group["labels_differ"], group["splits_differ"]), differ)
            self.assertEqual(group["same_files"], same)
            self.assertGreater(group["similarity"], 0.9999)
        self.assertEqual({item["label"] for item in labels["items"]}, {"street", STRANGE})
        self.assertEqual({item["split"] for item in both["items"]}, {"train", "val"})

    def test_options(self):
        self.assertEqual(len(self.find("--only", "labels")["groups"]), 2)
        self.assertEqual(len(self.find("--only", "splits")["groups"]), 2)
        self.assertEqual(len(self.find("--all")["groups"]), 4)
        self.assertEqual(self.find("--threshold", 1)["groups"], self.find()["groups"])
        self.assertEqual(self.find("--threads", 1), self.find("--threads", 3))
        self.assertEqual(self.find("--unit", "shape")["compared"], 0)
        rows = self.kin("duplicates", "-n", 1, cwd=self.set)
        self.assertEqual([row["group"] for row in rows.rows()], ["1", "1"])
        self.assertIn("3 of 4 groups among 12 images disagree", rows.err)
        self.assertIn("and 2 groups more", rows.err)
        for wrong in (("--unit", "box"), ("--only", "all"), ("--threshold", "2"), ("--all", "--job"),
                      ("--all", "--only", "labels"), ("--split", "camera")):
            self.kin("duplicates", *wrong, cwd=self.set, code=USAGE)

    def test_the_job_and_what_it_settles(self):
        job = self.kin("duplicates", "--only", "labels", "--job", "--json", cwd=self.set).json()["job"]
        rows = self.kin("job", "show", job, "--json", cwd=self.set).json()
        self.assertEqual((rows["kind"], rows["items"], len(rows["rows"])), ("suspects", 4, 4))
        self.assertEqual([row["item"] for row in rows["rows"]],
                         [name for group in self.find("--only", "labels")["groups"] for name in self.names(group)])
        wrong = f"train/{STRANGE}/1.jpg"
        self.kin("verdict", wrong, "critical", "--should-be", "street", cwd=self.set)
        self.assertEqual(len(self.find("--only", "labels")["groups"]), 1)
        self.kin("verdict", wrong, "ok", cwd=self.set)  # changed his mind
        again = self.find("--only", "labels")["groups"]
        self.assertEqual(len(again), 2)
        verdicts = {item["item"]: item["verdict"] for group in again for item in group["items"]}
        self.assertEqual(verdicts[wrong], "ok")
        job = self.kin("duplicates", "--only", "labels", "--job", "--json", cwd=self.set).json()["job"]
        self.assertEqual(self.kin("job", "show", job, "--json", cwd=self.set).json()["items"], 3)
        for row in self.kin("job", "show", job, "--json", cwd=self.set).json()["rows"]:
            self.kin("verdict", row["item"], "ok", cwd=self.set)
        self.assertIn("nothing left to review",
                      self.kin("duplicates", "--only", "labels", "--job", cwd=self.set, code=FAILED).err)


class Splits(DemoCase):
    indexed = False
    pictures = 3

    def test_a_key_of_ones_own_and_folders(self):
        folder = self.folder / "set"
        for name in ("Train2017/a.jpg", "VALIDATION/a.jpg", "trainer/a.jpg"):
            (folder / name).parent.mkdir(parents=True)
            shutil.copy(self.data / "images" / "000001.jpg", folder / name)
        with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("path", "label", "fold"), ("Train2017/a.jpg", "x", "1"),
                                        ("VALIDATION/a.jpg", "x", "1"), ("trainer/a.jpg", "x", "2, b")])
        self.kin("index", folder)
        found = self.kin("duplicates", "--json", cwd=folder).json()
        self.assertEqual(found["split"], "folders")
        self.assertEqual([item["split"] for item in found["groups"][0]["items"]], ["train", "val", None])
        own = self.kin("duplicates", "--json", "--split", "fold", cwd=folder).json()
        self.assertEqual([item["split"] for item in own["groups"][0]["items"]], ["1", "1", "2, b"])
        self.assertTrue(own["groups"][0]["splits_differ"] and not own["groups"][0]["labels_differ"])


class Few(DemoCase):
    indexed = False
    pictures = 1

    def test_no_index_and_one_picture(self):
        self.kin("duplicates", "-C", self.data, code=FAILED)
        folder = self.folder / "set"
        folder.mkdir()
        shutil.copy(self.data / "images" / "000001.jpg", folder)
        self.kin("index", folder)
        alone = self.kin("duplicates", "-C", folder)
        self.assertEqual(alone.rows(), [])
        self.assertIn("none of 1 images", alone.err)
        self.assertIsNone(self.kin("duplicates", "-C", folder, "--json").json()["split"])


class Shapes(DemoCase):
    pictures = 20

    def test_one_object_boxed_twice(self):
        coco = json.loads((self.data / "instances.json").read_text(encoding="utf-8"))
        first = coco["annotations"][0]
        other = next(c["id"] for c in coco["categories"] if c["id"] != first["category_id"])
        coco["annotations"].append({**first, "id": 99999, "category_id": other})
        (self.data / "instances.json").write_text(json.dumps(coco), encoding="utf-8")
        self.kin("index", self.data)
        groups = self.kin("duplicates", "--json", "--threshold", 0.99, cwd=self.data).json()["groups"]
        self.assertEqual(len(groups), 1)
        self.assertTrue(groups[0]["one_image"] and groups[0]["labels_differ"])
        self.assertIn("99999", [item["shape"] for item in groups[0]["items"]])


if __name__ == "__main__":
    main()
