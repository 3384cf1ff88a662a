"""Going after a mistake: kin find by mistake, jobs for all mistakes, suspects, next batches, controls."""

import csv
import io

from harness import FAILED, USAGE, Case, DemoCase, main, read_truth, skateboarders_called_pedestrians


class Hunt(DemoCase):
    pictures = 120

    def setUp(self):
        super().setUp()
        self.mistakes = skateboarders_called_pedestrians(self.data)

    def json(self, *arguments):
        return self.kin(*arguments, "--json", cwd=self.data).json()

    def judge(self, item):
        row = next(row for row in read_truth(self.data) if row["item"] == item)
        more = ("--should-be", row["should_be"]) if row["should_be"] else ()
        self.kin("verdict", item, row["verdict"], *more, cwd=self.data)

    def items(self, job):
        return [row["item"] for row in self.json("job", "show", job)["rows"]]

    def test_find_goes_by_the_mistake_once_a_verdict_names_it(self):
        first = self.mistakes[0]
        self.assertEqual(self.json("find", first)["by"], "looks")
        self.judge(first)
        found = self.kin("find", first, "-n", 4, cwd=self.data)
        self.assertEqual(list(found.rows()[0]), ["rank", "probability", "score", "item", "label", "verdict", "why"])
        for row in found.rows():
            self.assertRegex(row["why"], r"^(reads as 'skateboarder' rather than 'pedestrian'|looks like images/\S+|"
                                         r"\d+ of \d+ neighbours are 'skateboarder'|near images/\S+, judged .*)"
                                         r"(; (looks like images/\S+|\d+ of \d+ neighbours are 'skateboarder'))?$")
        self.assertIn("'pedestrian' that should be 'skateboarder'", found.err)
        answer = self.json("find", first, "-n", len(self.mistakes) - 1)
        self.assertEqual((answer["by"], answer["given"], answer["should_be"], answer["known"]),
                         ("mistake", "pedestrian", "skateboarder", 1))
        hits = {match["item"] for match in answer["matches"]} & set(self.mistakes)
        self.assertGreaterEqual(len(hits), (len(self.mistakes) - 1) / 2)
        probabilities = [match["probability"] for match in answer["matches"]]
        self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        for match in answer["matches"]:
            self.assertTrue(match["why"])

        second = answer["matches"][0]["item"]
        self.judge(second)
        self.assertNotIn(second, [match["item"] for match in self.json("find", first)["matches"]])
        everything = self.json("find", first, "--reviewed", "-n", 500)["matches"]
        self.assertIn(second, [match["item"] for match in everything])
        self.assertEqual(self.json("find", first, "--by", "looks")["by"], "looks")
        page = self.folder / "kin.html"
        self.kin("find", first, "-n", 2, "--html", page, cwd=self.data)
        self.assertIn(self.json("find", first, "-n", 1)["matches"][0]["why"].split("'")[0],
                      page.read_text(encoding="utf-8"))

    def test_what_would_be_right_may_be_said_or_left_open(self):
        first = self.mistakes[0]
        self.assertEqual(self.json("find", first, "--should-be", "skateboarder")["by"], "mistake")
        self.assertIsNone(self.json("find", first, "--by", "mistake")["should_be"])
        self.assertEqual(self.json("find", first, "--should-be", "\"Ж\", 猫->x")["should_be"], "\"Ж\", 猫->x")
        self.kin("find", first, "--should-be", "pedestrian", code=USAGE, cwd=self.data)
        self.kin("find", first, "--by", "mistake", "--unlike", self.mistakes[1], code=USAGE, cwd=self.data)
        self.kin("find", "images/000001.jpg", "--by", "mistake", code=USAGE, cwd=self.data)
        self.kin("find", first, "--by", "kin", code=USAGE, cwd=self.data)
        # changed twice: the last verdict says what is right
        self.judge(first)
        self.kin("verdict", first, "critical", "--should-be", "car", cwd=self.data)
        self.assertEqual(self.json("find", first)["should_be"], "car")
        self.kin("verdict", first, "ok", cwd=self.data)
        self.assertEqual(self.json("find", first)["by"], "looks")

    def test_all_mistakes_and_no_item_twice(self):
        self.kin("job", "kin", "--all-mistakes", code=FAILED, cwd=self.data)
        truth = [row for row in read_truth(self.data) if row["should_be"] and row["kind"] == "label"]
        for row in truth[::2]:
            self.judge(row["item"])
        patterns = {(row["given"], row["should_be"]) for row in truth[::2]}
        jobs = self.json("job", "kin", "--all-mistakes", "-n", 15)["jobs"]
        self.assertEqual({(job["given"], job["should_be"]) for job in jobs}, patterns)
        items = [item for job in jobs for item in self.items(job["job"])]
        self.assertEqual(len(items), len(set(items)))
        self.assertTrue(all(job["expected"] > 0 for job in jobs))
        table = self.kin("job", "kin", "--all-mistakes", "-n", 3, "--label", "pedestrian", cwd=self.data).rows()
        self.assertTrue(all("pedestrian->" in row["title"] for row in table))
        for words in (("x",), ("--pattern", "a->b"), ("--by", "beauty"), ("--unlike", "x"), ("--any-label",)):
            self.kin("job", "kin", "--all-mistakes", *words, code=USAGE, cwd=self.data)

        one = self.json("job", "kin", "--pattern", "pedestrian -> skateboarder", "-n", 5)
        self.assertEqual((one["given"], one["should_be"], one["ranking"]), ("pedestrian", "skateboarder", "mistake"))
        self.kin("job", "kin", "--pattern", "pedestrian", code=USAGE, cwd=self.data)
        self.kin("job", "kin", "--pattern", "pedestrian->lamp post", code=FAILED, cwd=self.data)
        self.kin("job", "kin", "--pattern", "a->b", "x", code=USAGE, cwd=self.data)

    def test_suspects(self):
        wrong = {row["item"] for row in read_truth(self.data) if row["kind"] == "label"}
        for by in ("kin", "selfclean", "simifeat", "margin"):
            job = self.json("job", "suspects", "--by", by, "-n", 10)
            self.assertEqual((job["kind"], job["ranking"], job["items"]), ("suspects", by, 10))
            # by chance it would be less than one
            self.assertGreaterEqual(len(wrong & set(self.items(job["job"]))), 3, by)
        labelled = self.json("job", "suspects", "--label", "pedestrian", "-n", 5)["job"]
        self.assertEqual({row["label"] for row in self.json("job", "show", labelled)["rows"]}, {"pedestrian"})
        self.kin("job", "suspects", "--by", "looks", code=USAGE, cwd=self.data)
        self.kin("job", "suspects", "--label", "pedestrain", code=FAILED, cwd=self.data)

    def test_batches_and_controls(self):
        first = self.mistakes[0]
        self.judge(first)
        job = self.json("job", "kin", first, "-n", 5)["job"]
        self.assertEqual(self.json("job", "next", job, "--dry-run")["hunt"]["advice"], "review")
        self.review(job, self.data)
        facts = self.kin("job", "next", job, "-n", 6, cwd=self.data).facts()
        self.assertEqual(facts["title"], f"kin of {first}, pedestrian->skateboarder, batch 2")
        self.assertRegex(facts["mistake"], r"^pedestrian->skateboarder, \d known$")
        self.assertRegex(facts["last batch"], r"^job 1: \d of 5 are this mistake, \d\.\d expected$")
        self.assertRegex(facts["next batch"], r"^about \d\.\d mistakes in 6 items$")
        self.assertRegex(facts["advice"], "^(next|control|stop)")
        second = self.json("job", "list")["jobs"][-1]
        self.assertEqual((second["origin"], second["items"]), (job, 6))
        self.assertFalse(set(self.items(job)) & set(self.items(second["job"])))
        self.review(second["job"], self.data)

        control = self.json("job", "next", second["job"], "--control", "-n", 40, "--seed", 3)
        self.assertEqual((control["kind"], control["seed"], control["items"], control["origin"]),
                         ("control", 3, 40, job))
        rows = self.json("job", "show", control["job"])["rows"]
        self.assertEqual({row["probability"] for row in rows}, {40 / control["population"]})
        self.assertIsNone(self.json("job", "show", job)["hunt"]["control"])
        self.review(control["job"], self.data)
        hunt = self.json("job", "show", job)["hunt"]
        self.assertEqual(hunt["control"]["items"], 40)
        self.assertGreaterEqual(hunt["known"] / len(self.mistakes), hunt["control"]["share"])
        said = self.kin("job", "next", job, "--dry-run", cwd=self.data).facts()
        self.assertRegex(said["control"], r"40 of \d+ at random, \d+ mistakes: at least \d+ % of this mistake found")
        self.assertRegex(said["to say 95 %"], "a control of [0-9]+ that finds none|no more is needed")
        # a control is no audit
        self.assertIsNone(self.json("slices")["rate"]["value"])

        self.kin("audit", 5, "--seed", 1, cwd=self.data)
        audit = self.json("job", "list")["jobs"][-1]["job"]
        self.kin("job", "next", audit, code=USAGE, cwd=self.data)
        self.kin("job", "next", 99, code=FAILED, cwd=self.data)
        self.kin("job", "next", job, "--seed", 3, code=USAGE, cwd=self.data)
        self.kin("job", "next", job, "--control", "--dry-run", code=USAGE, cwd=self.data)
        self.assertIsNone(self.json("job", "show", audit)["hunt"])


class StrangeLabels(Case):
    """Labels with commas, quotes, arrows and other scripts; an item without a label; a data set with one item."""

    labels = ('a, "b"', "猫->犬", "Ж")

    def make(self, given):
        """A class a letter: pictures from a demo set, as whole images with a label in a table."""
        photos = self.folder / "photos"
        self.kin("demo", photos, "--pictures", len(given))
        for name in ("instances.json", "truth.csv"):
            (photos / name).unlink()
        with open(photos / "labels.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["path", "label"])
            names = sorted(path.name for path in (photos / "images").iterdir())
            table.writerows([f"images/{name}", label] for name, label in zip(names, given))
        self.kin("index", photos)
        return photos

    def test_patterns_of_such_labels(self):
        photos = self.make([self.labels[i % 3] for i in range(24)] + [""])
        rows = self.kin("find", "000001.jpg", "-n", 100, "--any-label", "--json", cwd=photos).json()["matches"]
        of = {row["item"]: row["label"] for row in rows}
        a, arrow = (next(item for item, label in of.items() if label == self.labels[i]) for i in (0, 1))
        bare = next(item for item, label in of.items() if not label)
        self.kin("verdict", a, "critical", "--should-be", self.labels[1], cwd=photos)
        self.kin("verdict", arrow, "minor", "--should-be", self.labels[2], cwd=photos)
        self.kin("verdict", bare, "critical", "--should-be", self.labels[2], cwd=photos)
        jobs = self.kin("job", "kin", "--all-mistakes", "--json", cwd=photos).json()["jobs"]
        self.assertEqual({(job["given"], job["should_be"]) for job in jobs},
                         {(self.labels[0], self.labels[1]), (self.labels[1], self.labels[2])})
        for job in jobs:
            again = self.kin("job", "kin", "--pattern", f"{job['given']}->{job['should_be']}", "--json", cwd=photos)
            self.assertEqual((again.json()["given"], again.json()["should_be"]), (job["given"], job["should_be"]))
        exported = csv.DictReader(io.StringIO(self.kin("job", "export", jobs[0]["job"], cwd=photos).out))
        self.assertEqual({row["label"] for row in exported}, {jobs[0]["given"]})
        self.kin("find", bare, "--by", "mistake", code=USAGE, cwd=photos)
        self.assertEqual(self.kin("find", bare, "--json", cwd=photos).json()["by"], "looks")

    def test_one_item(self):
        photos = self.make(["cat"])
        self.kin("job", "suspects", "--json", cwd=photos)
        self.kin("verdict", "000001.jpg", "critical", "--should-be", "dog", cwd=photos)
        self.assertEqual(self.kin("find", "000001.jpg", "--json", cwd=photos).json()["matches"], [])
        self.kin("job", "kin", "000001.jpg", code=FAILED, cwd=photos)
        self.kin("job", "kin", "--all-mistakes", code=FAILED, cwd=photos)
        self.kin("job", "suspects", code=FAILED, cwd=photos)


if __name__ == "__main__":
    main()
