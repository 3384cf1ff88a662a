"""Patterns of mistakes."""

import csv

from harness import FAILED, USAGE, DemoCase, main, read_truth, skateboarders_called_pedestrians

STRANGE = "it's, a \"b\" -> ж 猫"


class Patterns(DemoCase):
    def patterns(self, *options):
        return self.kin("patterns", "--json", *options, cwd=self.data).json()

    def judge(self, item, *words):
        self.kin("verdict", item, *words, cwd=self.data)

    def of_label(self, label):
        return [row["item"] for row in read_truth(self.data) if row["given"] == label]

    def test_nothing_known_and_too_few(self):
        self.assertEqual((self.patterns()["mistakes"], self.patterns()["patterns"]), (0, []))
        self.assertIn("no mistake is known yet", self.kin("patterns", cwd=self.data).err)
        for item in skateboarders_called_pedestrians(self.data)[:2]:
            self.judge(item, "critical", "--should-be", "skateboarder")
        self.assertEqual((self.patterns()["mistakes"], self.patterns()["patterns"]), (2, []))
        self.assertIn("no 3 of 2 known mistakes", self.kin("patterns", cwd=self.data).err)
        for item in self.of_label("car")[:4]:
            self.judge(item, "minor")
        none = self.patterns()
        self.assertEqual((none["mistakes"], none["unnamed"], none["patterns"]), (6, 4, []))
        self.assertIn("4 known mistakes name no right label", self.kin("patterns", cwd=self.data).err)

    def test_three_make_one(self):
        planted = skateboarders_called_pedestrians(self.data)
        cars = self.of_label("pedestrian")
        for item in planted[:3]:
            self.judge(item, "critical", "--should-be", "skateboarder")
        for item in [item for item in cars if item not in planted][:10]:
            self.judge(item, "ok")
        found = self.patterns()
        self.assertEqual([p["pattern"] for p in found["patterns"]], ["pedestrian->skateboarder"])
        pattern = found["patterns"][0]
        self.assertEqual((pattern["known"], pattern["reviewed"], pattern["left"]), (3, 13, len(cars) - 13))
        self.assertTrue(0 < pattern["predicted"] < pattern["left"])
        self.assertIn(pattern["medoid"], planted[:3])
        near = pattern["enriched"]
        self.assertEqual(near["near_reviewed"] + near["far_reviewed"], 13)
        self.assertEqual(near["near_mistakes"] + near["far_mistakes"], 3)
        self.assertTrue(0 < pattern["tightness"]["p"] <= 1 and 0 < near["p"] <= 1)
        self.assertEqual(self.patterns(), found)  # seeded
        job = self.kin("job", "kin", "--pattern", pattern["pattern"], "-n", 5, "--json", cwd=self.data).json()
        self.assertEqual(job["items"], 5)

        self.judge(planted[0], "ok")  # he changes his mind, twice
        self.assertEqual(self.patterns()["patterns"], [])
        self.judge(planted[0], "critical", "--should-be", "skateboarder")
        self.assertEqual(self.patterns(), found)
        self.judge(planted[0], "critical", "--should-be", "bicycle")
        self.assertEqual(self.patterns()["patterns"], [])
        self.kin("patterns", "--unit", "box", cwd=self.data, code=USAGE)
        self.kin("patterns", "-C", self.folder / "nowhere", code=FAILED)

    def test_all_of_a_label_wrong_and_a_right_label_that_no_item_has(self):
        bicycles = self.of_label("bicycle")
        for item in bicycles:
            self.judge(item, "critical", "--should-be", STRANGE)
        pattern = self.patterns()["patterns"][0]
        self.assertEqual((pattern["right"], pattern["known"], pattern["left"]), (STRANGE, len(bicycles), 0))
        self.assertEqual((pattern["predicted"], pattern["tightness"]["p"], pattern["enriched"]["p"]), (0, 1, 1))
        self.assertIn("'bicycle->it'\\''s, a", self.kin("patterns", cwd=self.data).err)

    def test_those_with_most_to_find_come_first(self):
        planted = skateboarders_called_pedestrians(self.data)
        for item in planted[:3]:
            self.judge(item, "critical", "--should-be", "skateboarder")
        for item in self.of_label("car")[:4]:
            self.judge(item, "minor", "--should-be", "motorcycle")
        rows = self.kin("patterns", "-n", 1, cwd=self.data)
        predicted = [p["predicted"] for p in self.patterns()["patterns"]]
        self.assertEqual(predicted, sorted(predicted, reverse=True))
        self.assertEqual(len(predicted), 2)
        self.assertEqual(len(rows.rows()), 1)
        self.assertIn("and 1 patterns more", rows.err)


class Ties(DemoCase):
    indexed = False
    pictures = 4

    def test_of_equal_members_the_first_is_shown(self):
        folder = self.folder / "set"
        folder.mkdir()
        for i in range(6):
            picture = self.data / "images" / f"{1 if i < 4 else 2:06}.jpg"
            (folder / f"{i}.jpg").write_bytes(picture.read_bytes() + bytes(i))
        with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("path", "label")] + [(f"{i}.jpg", STRANGE) for i in range(5)] + [("5.jpg", "b")])
        self.kin("index", folder)
        for i in (3, 2, 1):
            self.kin("verdict", f"{i}.jpg", "critical", "--should-be", "b", cwd=folder)
        pattern = self.kin("patterns", "--json", cwd=folder).json()["patterns"][0]
        self.assertEqual((pattern["given"], pattern["medoid"]), (STRANGE, "1.jpg"))
        self.assertGreater(pattern["tightness"]["inside"], 0.999)
        made = self.kin("job", "kin", "--pattern", pattern["pattern"], "--json", cwd=folder).json()
        self.assertEqual(made["items"], 2)


if __name__ == "__main__":
    main()
