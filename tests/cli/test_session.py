"""The session of the main job on a small demo set, from the empty folder to slices that have changed."""

import csv
import io
import json
import math
import shutil

from harness import DONE, Case, DemoCase, answer, main, read_truth, skateboarders_called_pedestrians


class FromTheStart(Case):
    def test_draw_index_and_look(self):
        street = self.folder / "street"
        self.assert_golden("demo", self.kin("demo", street, "--pictures", 60).out)
        self.assert_golden("index", self.kin("index", street).out)
        self.assert_golden("index-again", self.kin("index", street).out)
        self.assert_golden("status", self.kin("status", "-C", street).out, (street, "STREET"))


class Session(DemoCase):
    def audit_all(self, seed=7):
        self.kin("audit", 30, "--seed", seed, cwd=self.data)
        return self.review(1, self.data)

    def slices(self, *options):
        return self.kin("slices", "--json", *options, cwd=self.data).json()

    def test_audit_and_slices(self):
        made = self.kin("audit", 30, "--seed", 5, cwd=self.data)
        self.assert_golden("audit", made.out)
        before = self.slices()
        self.assertIsNone(before["rate"]["value"])
        self.assertIsNone(before["score"]["value"])
        self.assertIn("not audited", self.kin("slices", cwd=self.data).out)
        self.assertNotIn("\t0\t0\t0\n", self.kin("slices", cwd=self.data).out)

        imported = self.review(1, self.data).json()
        self.assertEqual(imported["added"], imported["rows"])
        self.assertEqual((imported["open"], imported["rejects"]), (0, 0))
        again = self.review(1, self.data).json()
        self.assertEqual((again["added"], again["implied"]), (0, 0))

        slices = self.kin("slices", "--by", "label,annotator", "--sla", 90, "--all", "--plain", cwd=self.data)
        self.assert_golden("slices", slices.out)
        self.assert_golden("slices-sentences", slices.err)
        self.assert_golden("job-list", self.kin("job", "list", cwd=self.data).out)

    def test_score_is_the_mean_over_the_audited_pictures(self):
        self.audit_all()
        report = self.slices()
        job = self.kin("job", "show", 1, "--json", cwd=self.data).json()
        pictures = {row["item"]: [0.0, 0] for row in job["rows"] if "#" not in row["item"]}
        for row in job["rows"]:
            task = pictures[row["item"].split("#")[0]]
            task[0] += {"ok": 0, "minor": 0.2, "critical": 1}[row["verdict"]]
            task[1] += "#" in row["item"]
        scores = [max(0, 1 - weights / shapes) if shapes else float(weights == 0)
                  for weights, shapes in pictures.values()]
        self.assertEqual(report["score"]["tasks"], 30)
        self.assertAlmostEqual(report["score"]["value"], math.fsum(scores) / len(scores), places=12)

    def test_predictions_help_the_rate(self):
        self.audit_all(seed=4)
        helped, plain = self.slices("--by", "annotator"), self.slices("--by", "annotator", "--plain")
        self.assertEqual(helped["plain"], plain["rate"])
        self.assertEqual(plain["plain"], plain["rate"])
        self.assertEqual(plain["rate"]["lambda"], 0)
        self.assertTrue(0 < helped["rate"]["lambda"] <= 1)
        self.assertIn("difference estimator", helped["rate"]["method"])
        self.assertLess(helped["rate"]["hi"] - helped["rate"]["lo"], plain["rate"]["hi"] - plain["rate"]["lo"])
        self.assertAlmostEqual(helped["remaining"]["total"], helped["population"] * helped["rate"]["value"], places=9)
        by_value = {s["value"]: s for s in plain["slices"]}
        for slice_ in helped["slices"]:
            self.assertEqual(slice_["plain"], by_value[slice_["value"]]["rate"])
            self.assertEqual(slice_["p"], by_value[slice_["value"]]["p"])
        self.assertIn("without predictions", self.kin("slices", cwd=self.data).err)
        self.assertNotIn("predictions", self.kin("slices", "--plain", cwd=self.data).err)

        (self.data / ".kin" / "vectors.bin").unlink()
        without = self.slices("--by", "annotator")
        self.assertEqual(without["rate"], plain["rate"])
        self.assertIn("vectors.bin", without["unhelped"])
        self.assertIn("vectors.bin", self.kin("slices", cwd=self.data).err)

    def test_verdicts_of_kin_jobs_do_not_move_the_rate(self):
        self.audit_all(seed=4)
        before = self.slices("--by", "label,annotator")
        audited = {row["item"] for row in self.kin("job", "show", 1, "--json", cwd=self.data).json()["rows"]}
        mistakes = skateboarders_called_pedestrians(self.data)
        fresh = [item for item in mistakes if item not in audited]
        self.assertTrue(fresh, "the audit of this seed leaves a planted mistake to find")

        self.kin("verdict", fresh[0], "critical", "--should-be", "skateboarder", cwd=self.data)
        self.kin("job", "kin", fresh[0], "--same-label", "-n", 20, cwd=self.data)
        self.assertGreater(self.review(2, self.data).json()["added"], 0)
        after = self.slices("--by", "label,annotator")

        self.assertEqual(before["rate"], after["rate"])
        self.assertEqual(before["plain"], after["plain"])
        self.assertGreater(before["rate"]["lambda"], 0)
        self.assertEqual(before["score"], after["score"])
        rates = [{(s["key"], s["value"]): s["rate"] for s in report["slices"]} for report in (before, after)]
        self.assertEqual(*rates)
        self.assertGreater(after["known"], before["known"])
        self.assertLess(after["remaining"]["left"], before["remaining"]["left"])

    def test_find_and_a_job_of_kin(self):
        mistake = skateboarders_called_pedestrians(self.data)[0]
        found = self.kin("find", mistake, "--same-label", "-n", 7, "--json", cwd=self.data).json()
        self.assertEqual([m["rank"] for m in found["matches"]], list(range(1, 8)))
        self.assertEqual({m["label"] for m in found["matches"]}, {"pedestrian"})
        scores = [m["score"] for m in found["matches"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertNotIn(mistake, [m["item"] for m in found["matches"]])

        self.kin("verdict", found["matches"][0]["item"], "ok", cwd=self.data)
        made = self.kin("job", "kin", mistake, "--same-label", "-n", 6, "--json", cwd=self.data).json()
        rows = self.kin("job", "show", made["job"], "--json", cwd=self.data).json()["rows"]
        self.assertEqual([r["item"] for r in rows], [m["item"] for m in found["matches"][1:]])
        table = self.kin("find", mistake, "--same-label", "-n", 7, cwd=self.data).rows()
        self.assertEqual([r["item"] for r in table], [m["item"] for m in found["matches"]])
        self.assertEqual(table[0]["verdict"], "ok")
        unreviewed = self.kin("find", mistake, "--same-label", "--unreviewed", "-n", 6, cwd=self.data).rows()
        self.assertEqual([r["item"] for r in unreviewed], [m["item"] for m in found["matches"][1:]])

    def test_filters_and_several_likes(self):
        one, two = skateboarders_called_pedestrians(self.data)[:2]
        truth = {row["item"]: row for row in read_truth(self.data)}
        cars = self.kin("find", one, "--label", "car", "-n", 500, "--json", cwd=self.data).json()["matches"]
        self.assertEqual(len(cars), sum(row["given"] == "car" for row in truth.values()))
        dalia = self.kin("find", one, "--where", "annotator=dalia", "--any-label", "-n", 500, "--json",
                         cwd=self.data).json()
        everyone = self.kin("find", one, "--any-label", "-n", 500, "--json", cwd=self.data).json()
        self.assertLess(0, len(dalia["matches"]))
        self.assertLess(len(dalia["matches"]), len(everyone["matches"]))
        both = self.kin("find", one, "--like", two, "-n", 500, "--json", cwd=self.data).json()["matches"]
        self.assertFalse({one, two} & {m["item"] for m in both})
        without = self.kin("find", one, "--unlike", cars[0]["item"], "--any-label", "-n", 500, "--json",
                           cwd=self.data).json()
        self.assertNotEqual([m["item"] for m in without["matches"]], [m["item"] for m in everyone["matches"]])
        self.assertEqual(self.kin("find", one, "-n", 500, "--json", cwd=self.data).json()["label"], "pedestrian")
        images = self.kin("find", one, "--assets", "--any-label", "-n", 500, "--json", cwd=self.data).json()["matches"]
        self.assertEqual({m["shape"] for m in images}, {None})

    def test_a_file_from_outside_finds_itself(self):
        outside = self.folder / "outside.jpg"
        shutil.copy(self.data / "images" / "000007.jpg", outside)
        best = self.kin("find", outside, "-n", 1, "--json", cwd=self.data).json()["matches"][0]
        self.assertEqual(best["path"], "images/000007.jpg")
        self.assertGreater(best["score"], 0.99)
        shape = next(row["item"] for row in read_truth(self.data) if row["item"].startswith("images/000007.jpg#"))
        box = self.kin("find", shape, "-n", 1, "--json", cwd=self.data).json()
        self.assertTrue(box["matches"])
        self.kin("find", outside, "--box", "10,10,80,120", "--shapes", "-n", 3, cwd=self.data)

    def test_page_with_pictures(self):
        page = self.folder / "kin.html"
        mistake = skateboarders_called_pedestrians(self.data)[0]
        self.kin("find", mistake, "-n", 5, "--html", page, cwd=self.data)
        text = page.read_text(encoding="utf-8")
        self.assertGreaterEqual(text.count("data:image/jpeg;base64,"), 6)
        self.assertNotIn("http://", text.replace("http://www.w3.org", ""))

    def test_csv_and_json_lines_carry_the_same(self):
        self.kin("audit", 10, "--seed", 3, cwd=self.data)
        table = list(csv.DictReader(io.StringIO(self.kin("job", "export", 1, cwd=self.data).out)))
        lines = [json.loads(line)
                 for line in self.kin("job", "export", 1, "--format", "jsonl", cwd=self.data).out.splitlines()]
        self.assertEqual([row["item"] for row in table], [row["item"] for row in lines])
        for row, line in zip(table, lines):
            self.assertEqual(row["probability"] == "", line.get("probability") is None)
            if row["probability"]:
                self.assertEqual(float(row["probability"]), line["probability"])

        done = list(csv.DictReader(io.StringIO(answer(self.kin("job", "export", 1, cwd=self.data).out, self.data))))
        reviewed = self.folder / "done.jsonl"
        reviewed.write_text("".join(json.dumps({"item": row["item"], "verdict": row["verdict"], "reviewer": "demo"})
                                    + "\n" for row in done), encoding="utf-8")
        imported = self.kin("job", "import", reviewed, "--json", cwd=self.data).json()
        self.assertEqual(imported["added"], len(done))
        self.assertEqual(self.kin("job", "import", reviewed, "--json", cwd=self.data).json()["added"], 0)

    def test_export_to_a_file(self):
        self.kin("audit", 5, "--seed", 3, cwd=self.data)
        for name in ("job.csv", "job.jsonl"):
            to_file = self.kin("job", "export", 1, "-o", self.folder / name, cwd=self.data)
            self.assertEqual(to_file.out, "")
            written = (self.folder / name).read_bytes().decode()
            kind = name.rsplit(".", 1)[1]
            self.assertEqual(written, self.kin("job", "export", 1, "--format", kind, cwd=self.data).out)

    def test_stratified_audit_has_its_floor(self):
        self.kin("audit", 60, "--unit", "shape", "--stratify", "label", "--floor", 2, "--seed", 1, cwd=self.data)
        rows = self.kin("job", "show", 1, cwd=self.data).rows()
        labels = [row["label"] for row in rows]
        for label in ("car", "pedestrian", "skateboarder", "bicycle", "motorcycle"):
            self.assertGreaterEqual(labels.count(label), 2, label)

    def test_verdicts(self):
        item = read_truth(self.data)[0]["item"]
        first = self.kin("verdict", item, "minor", "--kind", "box", "--note", "loose", "--json", cwd=self.data).json()
        self.assertTrue(first["added"])
        self.assertFalse(self.kin("verdict", item, "minor", "--kind", "box", "--note", "loose", "--json",
                                  cwd=self.data).json()["added"])
        wrong = self.kin("verdict", item, "critical", "--should-be", "pedestrain", cwd=self.data)
        self.assertIn("pedestrian", wrong.err)
        self.assertTrue(self.kin("verdict", item, "critical", "--should-be", "unicycle", "--json",
                                 cwd=self.data).json()["new_label"])
        counts = self.kin("status", "--json", cwd=self.data).json()
        self.assertEqual((counts["verdicts"], counts["reviewed"], counts["mistakes"]), (3, 1, 1))

    def test_the_data_set_is_found_from_around_it(self):
        below = self.kin("status", "--json", cwd=self.data / "images")
        self.assertEqual(below.err, "")
        above = self.kin("status", "--json", cwd=self.folder)
        self.assertEqual((above.json()["assets"], above.err), (self.pictures, ""))
        named = self.kin("status", "--json", cwd="/", env={"KIN_DATASET": str(self.data)})
        self.assertEqual(named.code, DONE)
        item = "000001.jpg"
        self.assertEqual(self.kin("find", item, "-n", 1, "--json", cwd=self.data / "images").json(),
                         self.kin("find", "images/" + item, "-n", 1, "--json", cwd=self.data).json())


if __name__ == "__main__":
    main()
