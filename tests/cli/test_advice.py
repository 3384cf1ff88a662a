"""A reviewer who knows the truth and follows kin's advice only: how many reviews until the planted mistakes are found,
and whether the report at the end tells the truth."""

import csv
import io
import random

from harness import DemoCase, main, read_truth

PATTERNS = (("pedestrian", "skateboarder"), ("motorcycle", "bicycle"))
WANTED = 0.9  # of the planted mistakes


class Reviewer:
    """Reviews jobs by the truth; counts each row it was handed without a verdict."""

    def __init__(self, case, data):
        self.case, self.data, self.reviews = case, data, 0

    def kin(self, *arguments):
        return self.case.kin(*arguments, "--json", cwd=self.data).json()

    def review(self, job):
        exported = self.case.kin("job", "export", job, cwd=self.data).out
        self.reviews += sum(not row["verdict"] for row in csv.DictReader(io.StringIO(exported)))
        self.case.review(job, self.data)

    def follow(self, job):
        """Goes on with a hunt as long as kin says so."""
        for _ in range(100):
            advice = self.kin("job", "next", job, "--dry-run")["hunt"]
            if advice["advice"] == "stop":
                return advice
            if advice["advice"] == "review":
                self.review(advice["open"])
            else:
                control = ("--control", "--seed", 5) if advice["advice"] == "control" else ()
                self.review(self.kin("job", "next", job, *control)["job"])
        raise AssertionError(f"kin never says stop to job {job}")


class Advice(DemoCase):
    pictures = 600

    def planted(self):
        rows = [row for row in read_truth(self.data) if row["kind"] != "missing"]
        found = {pattern: [row["item"] for row in rows if (row["given"], row["truth"]) == pattern]
                 for pattern in PATTERNS}
        return rows, found

    def at_random(self, rows, wanted):
        """Reviews in random order until so many of the planted are found; the mean over orders."""
        items, total = [row["item"] for row in rows], []
        planted = {item for pattern in wanted.values() for item in pattern}
        goal = WANTED * len(planted)
        for seed in range(20):
            random.Random(seed).shuffle(items)
            hits = 0
            for n, item in enumerate(items, 1):
                hits += item in planted
                if hits >= goal:
                    total.append(n)
                    break
        return sum(total) / len(total)

    def finish(self, name, reviewer, hunts):
        """What was found, at what cost; and whether all that kin says of it is true."""
        rows, planted = self.planted()
        reviewed = {row["item"] for job in reviewer.kin("job", "list")["jobs"]
                    for row in reviewer.kin("job", "show", job["job"])["rows"] if row["verdict"]}
        chance = self.at_random(rows, planted)
        print(f"\n{name}: {reviewer.reviews} reviews of {len(rows)} shapes; at random {chance:.0f} find "
              f"{WANTED:.0%} of the planted mistakes ({reviewer.reviews / chance:.3f} of that)")
        for pattern, items in planted.items():
            found = sum(item in reviewed for item in items)
            print(f"  {'->'.join(pattern)}: {found} of {len(items)} found")
            self.assertGreaterEqual(found, WANTED * len(items), pattern)
        self.assertLess(reviewer.reviews, chance / 4)

        for hunt in hunts:
            control = hunt["control"]
            if not control or not hunt["given"]:
                continue
            left = sum((row["given"], row["truth"]) == (hunt["given"], hunt["should_be"])
                       and row["item"] not in reviewed for row in rows)
            print(f"  {hunt['given']}->{hunt['should_be']}: at least {control['share']:.0%} found, at most "
                  f"{control['left']} left; in truth {left}")
            self.assertLessEqual(left, control["left"])

        rate = reviewer.kin("slices")["rate"]
        truth = sum(row["verdict"] != "ok" for row in rows) / len(rows)
        print(f"  rate {rate['value']:.4f} ({rate['lo']:.4f} to {rate['hi']:.4f}); in truth {truth:.4f}")
        self.assertLessEqual(rate["lo"], truth)
        self.assertGreaterEqual(rate["hi"], truth)

    def test_from_suspects(self):
        """No verdict yet: a small audit for the rate, and suspects."""
        reviewer = Reviewer(self, self.data)
        reviewer.review(reviewer.kin("audit", 40, "--seed", 11)["job"])
        reviewer.follow(reviewer.kin("job", "suspects", "-n", 20)["job"])
        jobs = reviewer.kin("job", "kin", "--all-mistakes", "-n", 20)["jobs"]
        self.finish("suspects first", reviewer, [reviewer.follow(job["job"]) for job in jobs])

    def test_from_an_audit(self):
        """Mistakes from a stratified audit, and the kin of each pattern."""
        reviewer = Reviewer(self, self.data)
        reviewer.review(reviewer.kin("audit", 150, "--unit", "shape", "--stratify", "label", "--seed", 3)["job"])
        jobs = reviewer.kin("job", "kin", "--all-mistakes", "-n", 20)["jobs"]
        self.finish("audit first", reviewer, [reviewer.follow(job["job"]) for job in jobs])

    def test_a_control_on_request(self):
        """What a large control says of the hunt is true, and its verdicts enter no rate."""
        reviewer = Reviewer(self, self.data)
        reviewer.review(reviewer.kin("audit", 40, "--seed", 11)["job"])
        _, planted = self.planted()
        mistake = planted[PATTERNS[0]][0]
        self.kin("verdict", mistake, "critical", "--should-be", "skateboarder", cwd=self.data)
        job = reviewer.kin("job", "kin", mistake, "-n", 30)["job"]
        reviewer.review(job)
        before = reviewer.kin("slices")
        reviewer.review(reviewer.kin("job", "next", job, "--control", "-n", 300, "--seed", 2)["job"])
        hunt = reviewer.kin("job", "show", job)["hunt"]
        self.assertEqual(hunt["control"]["items"], 300)
        found = hunt["known"] / len(planted[PATTERNS[0]])
        print(f"\n{found:.2f} found, at least {hunt['control']['share']:.2f}; {hunt['control_size']} would show 95 %")
        self.assertGreaterEqual(found, hunt["control"]["share"])
        after = reviewer.kin("slices")
        self.assertEqual(before["rate"], after["rate"])
        self.assertEqual(before["score"], after["score"])


if __name__ == "__main__":
    main()
