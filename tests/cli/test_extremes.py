"""Reports at their extremes, each as text, as JSON and as a page: nothing audited, all of it, all wrong, none wrong, one
item, slices of one item, attributes that nothing has, verdicts changed twice, labels in other scripts and with commas and
quotes."""

import csv

from harness import USAGE, Case, DemoCase, main, read_truth
from test_report import Common

STRANGE = ["plain", "a, \"b\"; c", "it's", "猫, 犬", "Ж \"ж\"", "أ, ب", "", "x\u0301y"]


def percent(fraction):
    """As tables on a pipe have it."""
    return f"{fraction:.6g}"


class ThreeWays(Common):
    """self.report: the JSON of a report, once text, table and page are known to say the same."""

    def three_ways(self, folder, *options):
        page, report = self.page(folder, *options)
        self.assertEqual(report["page"], str(self.folder / "report.html"))
        self.assertNotRegex("".join(page.text), r"\b(nan|inf|null)\b")
        self.assert_text(self.kin("report", *options, "-n", 1000, cwd=folder).out, report)
        self.assert_table(self.kin("slices", "--all", *options, cwd=folder).rows(), report)
        slices = self.kin("slices", *options, "--sla", 95, "--json", cwd=folder).json()
        self.assertEqual({key: report[key] for key in slices}, slices)
        return report

    def assert_text(self, text, report):
        """The sentences at its head; figures are rounded there, so whether there are any is what is looked at."""
        self.assertNotRegex(text, r"\b(nan|inf|null)\b")
        lines = dict(line.split(None, 1) for line in text.splitlines() if line and not line[0].isspace())
        audited = report["rate"]["value"] is not None
        self.assertEqual("not audited" in text.split("error rate")[1].splitlines()[0], not audited)
        self.assertTrue(lines["mistakes"].startswith(f"known {report['known']:,}"), text)
        self.assertEqual("estimated" in lines["mistakes"], audited)
        self.assertEqual("no audited image yet" in lines["score"], report["score"]["value"] is None)
        self.assertIn(report["agreement"]["verdict"], lines["agreement"])
        if audited:
            rate = report["rate"]
            self.assertIn(f"{rate['mistakes']:,} of {rate['n']:,} audited", text)

    def assert_table(self, rows, report):
        self.assertEqual(len(rows), len(report["slices"]))
        for row, of in zip(rows, report["slices"]):
            name = f"{of['key']}={of['value']}"
            self.assertEqual((row["slice"], row["N"], row["known"]), (name, str(of["population"]), str(of["known"])))
            rate = of["rate"]
            if rate["value"] is None:
                self.assertEqual((row["rate"], rate["n"], of["q"]), ("not audited", 0, None))
                continue
            self.assertEqual((row["audited"], row["mistakes"]), (str(rate["n"]), str(rate["mistakes"])))
            self.assertEqual([row[key] for key in ("rate", "from", "to")],
                             [percent(rate[key]) for key in ("value", "lo", "hi")])

    def audit(self, folder, n, verdict_of):
        """Draws n images and judges every row of the job as verdict_of(row) says: a verdict and a right label."""
        job = self.kin("audit", n, "--seed", 1, "--json", cwd=folder).json()["job"]
        rows = list(csv.DictReader(self.kin("job", "export", job, cwd=folder).out.splitlines()))
        for row in rows:
            row["verdict"], row["should_be"] = verdict_of(row)
        self.write(self.folder / "done.csv", rows)
        self.kin("job", "import", job, self.folder / "done.csv", cwd=folder)

    def write(self, path, rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0].keys())
            table.writeheader()
            table.writerows(rows)


class Demo(ThreeWays, DemoCase):
    pictures = 12

    def judge_shapes(self, verdict):
        self.audit(self.data, self.pictures, lambda row: (verdict if "#" in row["item"] else "ok", ""))
        return self.three_ways(self.data)

    def test_no_audit(self):
        report = self.three_ways(self.data)
        for rate in (report["rate"], report["plain"], *(of["rate"] for of in report["slices"])):
            self.assertEqual((rate["n"], rate["value"], rate["lambda"]), (0, None, None))
        self.assertEqual((report["score"]["value"], report["agreement"]["verdict"]), (None, "undecided"))
        self.assertEqual((report["tested"], report["remaining"]["left"]), (0, None))
        self.assertIsNone(report["unhelped"])

    def test_audit_of_everything(self):
        self.kin("audit", self.pictures, "--seed", 1, cwd=self.data)
        self.review(1, self.data)
        report = self.three_ways(self.data)
        shapes = [row for row in read_truth(self.data) if "#" in row["item"]]
        wrong = sum(row["verdict"] != "ok" for row in shapes)
        for key in ("value", "lo", "hi"):
            self.assertAlmostEqual(report["rate"][key], wrong / len(shapes), places=9)
        self.assertEqual((report["remaining"]["left"], report["known"]), (0, wrong))
        self.assertAlmostEqual(report["score"]["lo"], report["score"]["hi"], places=6)
        self.assertIn(report["agreement"]["verdict"], ("pass", "fail"))
        by_label = {of["value"]: of for of in report["slices"] if of["key"] == "label"}
        for label, of in by_label.items():
            of_label = [row for row in shapes if row["given"] == label]
            self.assertAlmostEqual(of["rate"]["value"], sum(row["verdict"] != "ok" for row in of_label) / len(of_label))
            self.assertEqual(of["remaining"]["left"], 0)

    def test_all_wrong(self):
        report = self.judge_shapes("critical")
        for rate in (report["rate"], *(of["rate"] for of in report["slices"])):
            self.assertEqual((rate["value"], rate["lo"], rate["hi"]), (1, 1, 1))
        self.assertEqual((report["rate"], report["remaining"]["left"]), (report["plain"], 0))
        self.assertEqual((report["score"]["value"], report["agreement"]["verdict"]), (0, "fail"))
        self.assertTrue(all(of["q"] == 1 for of in report["slices"]))  # none is noisier than the rest

    def test_none_wrong(self):
        report = self.judge_shapes("ok")
        for rate in (report["rate"], *(of["rate"] for of in report["slices"])):
            self.assertEqual((rate["value"], rate["lo"], rate["hi"]), (0, 0, 0))
        self.assertEqual((report["rate"], report["known"]), (report["plain"], 0))
        self.assertEqual((report["score"]["value"], report["agreement"]["verdict"]), (1, "pass"))
        self.assertTrue(all(of["lift"] is None and of["share"] is None for of in report["slices"]))

    def test_one_picture_audited(self):
        self.kin("audit", 1, "--seed", 3, cwd=self.data)
        self.review(1, self.data)
        report = self.three_ways(self.data)
        self.assertEqual((report["rate"], report["score"]["tasks"]), (report["plain"], 1))
        self.assertEqual(report["agreement"]["verdict"], "undecided")

    def test_attributes_that_nothing_has(self):
        page = self.folder / "none.html"
        for words in (("slices",), ("slices", "--json"), ("report",), ("report", "--json"), ("report", "--html", page)):
            result = self.kin(*words, "--by", "label,weather ж", code=USAGE, cwd=self.data)
            self.assertIn('no item has "weather ж"; there are: label', result.err)
        self.assertFalse(page.exists())

    def test_a_verdict_changed_twice(self):
        self.judge_shapes("ok")
        item = next(row["item"] for row in read_truth(self.data) if row["given"] == "car")
        known = []
        for words in (("critical", "--should-be", "van"), ("minor",), ("ok",)):
            self.kin("verdict", item, *words, cwd=self.data)
            report = self.three_ways(self.data)
            known.append((report["known"], report["rate"]["mistakes"], len(report["confusions"])))
            cars = next(of for of in report["slices"] if of["value"] == "car")
            self.assertEqual((cars["known"], cars["mistakes"]), known[-1][:2])
        self.assertEqual(known, [(1, 1, 1), (1, 1, 0), (0, 0, 0)])


class Tables(ThreeWays, Case):
    """Whole images with a label and attributes of a table."""

    def make(self, rows):
        photos = self.folder / "photos"
        photos.mkdir()
        for i, row in enumerate(rows):
            row["path"] = f"{i:03d}.ppm"
            (photos / row["path"]).write_bytes(b"P6\n16 12\n255\n" + bytes((i * 7 + k * k) % 256 for k in range(576)))
        self.write(photos / "labels.csv", rows)
        self.kin("index", photos, "--annotations", "labels.csv")
        return photos

    def test_one_item(self):
        photos = self.make([{"label": "cat"}])
        self.assertEqual(self.three_ways(photos)["population"], 1)
        self.audit(photos, 1, lambda row: ("critical", "dog"))
        report = self.three_ways(photos)
        self.assertEqual([report["rate"][key] for key in ("value", "lo", "hi", "n")], [1, 1, 1, 1])
        self.assertEqual((report["known"], report["remaining"]["left"], report["tested"]), (1, 0, 1))
        self.assertEqual(report["slices"][0]["q"], 1)  # there is no rest to compare it with

    def test_slices_of_one(self):
        photos = self.make([{"label": f"l{i}", "row": i, "half": i % 2} for i in range(40)])
        self.audit(photos, 20, lambda row: ("critical" if int(row["label"][1:]) % 2 else "ok", ""))
        report = self.three_ways(photos, "--by", "label,row,half")
        self.assertEqual(len(report["slices"]), 82)
        ones = [of for of in report["slices"] if of["key"] != "half"]
        self.assertEqual({of["population"] for of in ones}, {1})
        for of in ones:
            if of["audited"]:
                value = int(of["value"].lstrip("l")) % 2
                self.assertEqual([of["rate"][key] for key in ("value", "lo", "hi")], [value] * 3)
                self.assertEqual((of["known"], of["remaining"]["left"]), (value, 0))
                self.assertGreater(of["q"], 0.05)
            else:
                self.assertIsNone(of["rate"]["value"])
        self.assertEqual(sum(of["audited"] > 0 for of in ones), 40)
        half = next(of for of in report["slices"] if (of["key"], of["value"]) == ("half", "1"))
        self.assertLess(half["q"], 0.05)

    def test_labels_in_other_scripts_and_with_commas_and_quotes(self):
        photos = self.make([{"label": STRANGE[i % len(STRANGE)], "by, \"whom\"": STRANGE[i % 3]} for i in range(48)])
        self.audit(photos, 48, lambda row: ("critical", STRANGE[4]) if row["label"] == STRANGE[1] else ("ok", ""))
        report = self.three_ways(photos)
        of = {(of["key"], of["value"]): of for of in report["slices"]}
        self.assertEqual({value for key, value in of if key == "label"}, {label for label in STRANGE if label})
        self.assertEqual({value for key, value in of if key == "by, \"whom\""}, set(STRANGE[:3]))
        wrong = of["label", STRANGE[1]]
        self.assertEqual((wrong["population"], wrong["audited"], wrong["mistakes"]), (6, 6, 6))
        self.assertEqual((report["slices"][0], report["confusions"][0]["count"]), (wrong, 6))
        pattern = self.kin("patterns", "--json", cwd=photos).json()["patterns"][0]
        self.assertEqual((pattern["given"], pattern["right"]), (STRANGE[1], STRANGE[4]))
        stratified = self.kin("slices", "--by", "label", "--pairs", "--json", cwd=photos).json()
        self.assertEqual(stratified["tested"], len(STRANGE) - 1)


if __name__ == "__main__":
    main()
