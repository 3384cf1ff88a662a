"""`kin report`: its page stands alone, is well formed, says what the JSON says, and what it advises can be typed."""

import csv
import html.parser
import io
import json
import re
import subprocess

from harness import DONE, FAILED, KIN, Case, DemoCase, answer, environment, main, read_truth

VOID = {"meta", "img", "br", "wbr"}
HOSTILE = ["<script>alert(1)</script>", "\"quoted\" & 'single'", "x" * 300, "\u202ertl \u05d0\u05d1", "日本語",
           "tab\there", "new\nline", "$(touch owned)", "-dash", "</td></table>", "&lt;b&gt;"]


class Page(html.parser.HTMLParser):
    """Fails on tags that do not match; keeps text by id, tables by id, and every attribute."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.attributes, self.text, self.by_id, self.tables, self.tags = [], [], [], {}, {}, []
        self.table = []
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.tags.append(tag)
        if tag == "table":
            self.table = self.tables.setdefault(attributes.get("id", "plot"), [])
        if tag == "tr":
            self.table.append([])
        if tag in ("td", "th"):
            self.table[-1].append(["", attributes.get("data-value")])
        if tag not in VOID:
            self.open.append((tag, attributes.get("id")))

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            raise AssertionError(f"</{tag}> after {self.open[-3:]}")
        self.open.pop()

    def handle_data(self, data):
        tags = [tag for tag, _ in self.open]
        if "style" in tags or "script" in tags:
            return
        self.text.append(data)
        for _, name in self.open:
            if name:
                self.by_id[name] = self.by_id.get(name, "") + data
        if ("td" in tags or "th" in tags) and "svg" not in tags:
            self.table[-1][-1][0] += data


def percent(fraction):
    edge = min(100 * fraction, 100 - 100 * fraction)
    return f"{100 * fraction:.{0 if edge == 0 else 3 if edge < 0.1 else 2 if edge < 10 else 1}f}\u00a0%"


class Common:
    def page(self, folder, *options):
        path = self.folder / "report.html"
        report = self.kin("report", "--html", path, "--json", *options, cwd=folder).json()
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        self.assert_stands_alone(text, page)
        self.assert_same_numbers(page, report)
        return page, report

    def assert_stands_alone(self, text, page):
        self.assertNotRegex(text, r"(?i)https?:|@import|url\(")
        for tag, name, value in page.attributes:
            self.assertNotIn((tag, name), {("script", "src"), ("link", "href"), ("a", "href")})
            if name == "src":
                self.assertTrue(value.startswith("data:image/jpeg;base64,"), value[:40])
            self.assertFalse(name.startswith("on"), name)
        for tag in ("h1", "main", "title"):
            self.assertEqual(page.tags.count(tag) if tag != "title" else text.count("<title>kin "), 1, tag)

    def assert_same_numbers(self, page, report):
        rows = page.tables["slices"][1:]
        self.assertEqual(len(rows), len(report["slices"]))
        for row, slice_ in zip(rows, report["slices"]):
            rate = slice_["rate"]
            wanted = [slice_["population"], rate["n"], rate["mistakes"], rate["value"], rate["lo"], rate["hi"],
                      slice_["known"], slice_["remaining"]["left"], slice_["q"], slice_["lift"], slice_["share"]]
            for cell, value in zip(row[1:], wanted):
                self.assertEqual(cell[1] is None, value is None)
                if value is not None:
                    self.assertAlmostEqual(float(cell[1]), value, delta=1e-12 * max(1, abs(value)))
            if rate["value"] is not None:
                self.assertEqual([cell[0] for cell in row[4:7]],
                                 [percent(rate[key]) for key in ("value", "lo", "hi")])
        for name in ("rate", "score"):
            if report[name]["value"] is not None:
                self.assertEqual(page.by_id[name], percent(report[name]["value"]))
        self.assertEqual(page.by_id["known"], f"{report['known']:,}")
        self.assertEqual(page.by_id["verdict"], report["agreement"]["verdict"])
        for audit in report["audits"]:
            row = next(row for row in page.tables["jobs"][1:] if row[0][0] == str(audit["job"]))
            self.assertEqual([cell[1] for cell in row[4:]],
                             [str(audit[key]) for key in ("population", "drawn", "reviewed", "counted", "mistakes")])
            self.assertEqual(row[3][0], str(audit["seed"]))

    def type_in(self, command, folder):
        """What a shell makes of an advised command."""
        return subprocess.run(["sh", "-c", command.replace("kin ", f"{KIN} ", 1)], cwd=folder, env=environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def next_of(self, folder):
        return self.kin("report", "--json", cwd=folder).json()["next"]


class Report(Common, DemoCase):
    def test_without_an_audit(self):
        page, report = self.page(self.data)
        self.assertEqual([step["kind"] for step in report["next"]], ["audit"])
        self.assertIsNone(report["score"]["value"])
        self.assertEqual((report["audits"], report["course"]), ([], []))
        self.assertNotIn("plot-score", page.by_id)
        self.assertIn("kin audit 60", "".join(page.text))

    def test_a_newcomer_gets_on_by_the_advice_alone(self):
        kinds = []
        for _ in range(12):
            step = self.next_of(self.data)[0]
            kinds.append(step["kind"])
            if step["kind"] == "rest":
                break
            for command in step["commands"]:
                result = self.type_in(command, self.data)
                self.assertEqual(result.returncode, DONE, f"{command}\n{result.stderr}")
                exported = re.search(r"-o (job\d+\.csv)", command)
                if exported:
                    job = self.data / exported.group(1)
                    job.write_bytes(answer(job.read_text(encoding="utf-8"), self.data).encode())
        self.assertEqual(kinds[:2], ["audit", "review"])
        self.assertEqual(kinds[-1], "rest")

    def test_numbers_are_those_of_slices(self):
        self.kin("audit", 30, "--seed", 7, cwd=self.data)
        self.review(1, self.data)
        page, report = self.page(self.data, "--sla", 90)
        slices = self.kin("slices", "--sla", 90, "--json", cwd=self.data).json()
        self.assertEqual({key: report[key] for key in slices}, slices)
        last = report["course"][-1]
        self.assertEqual(last["tasks"], report["score"]["tasks"])
        self.assertAlmostEqual(last["score"], report["score"]["value"], places=12)
        self.assertEqual((last["lo"], last["hi"]), (report["score"]["lo"], report["score"]["hi"]))
        self.assertEqual(last["p_pass"], report["agreement"]["p_pass"])
        tasks = [point["tasks"] for point in report["course"]]
        self.assertEqual(tasks, sorted(set(tasks)))
        for before, after in zip(report["course"], report["course"][1:]):
            self.assertLessEqual(after["p_pass"], before["p_pass"])
            self.assertGreaterEqual(after["lo"], before["lo"] - 1e-9)
            self.assertLessEqual(after["hi"], before["hi"] + 1e-9)
        self.assertEqual(report["audits"][0]["counted"], 30)
        self.assertIn("agreed 90.0\u00a0%", "".join(page.text))

    def test_what_is_taken_for_what(self):
        self.kin("audit", 60, "--seed", 1, cwd=self.data)
        self.review(1, self.data)
        page, report = self.page(self.data)
        truth = {}
        for row in read_truth(self.data):
            if row["should_be"]:
                truth.setdefault((row["given"], row["should_be"]), []).append(row["item"])
        self.assertEqual({(c["given"], c["right"]): c["count"] for c in report["confusions"]},
                         {pair: len(items) for pair, items in truth.items()})
        counts = [confusion["count"] for confusion in report["confusions"]]
        self.assertEqual(counts, sorted(counts, reverse=True))
        for confusion in report["confusions"]:
            self.assertLessEqual(set(confusion["examples"]), set(truth[confusion["given"], confusion["right"]]))
            self.assertEqual(len(confusion["examples"]), min(6, confusion["count"]))
        shown = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
        self.assertEqual(shown, [name for confusion in report["confusions"][:6] for name in confusion["examples"]])

    def test_patterns(self):
        planted = [row for row in read_truth(self.data) if row["should_be"] == "skateboarder"]
        for row in planted[:4]:
            self.kin("verdict", row["item"], "critical", "--should-be", "skateboarder", cwd=self.data)
        pattern = self.kin("patterns", "--json", cwd=self.data).json()["patterns"][0]
        page, _ = self.page(self.data)
        text = "".join(page.text)
        self.assertIn(f"about {pattern['predicted']:.0f} more are likely among the {pattern['left']:,} of the label", text)
        near = pattern["enriched"]
        self.assertIn(f"near them {near['near_mistakes']} of {near['near_reviewed']} are this mistake", text)
        command = re.search("kin job kin --pattern .*", text).group()
        result = self.type_in(command + " -n 5 --json", self.data)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(json.loads(result.stdout)["should_be"], "skateboarder")

    def test_text(self):
        self.kin("audit", 30, "--seed", 7, cwd=self.data)
        self.review(1, self.data)
        self.assert_golden("report", self.kin("report", "--by", "label,annotator", "--sla", 90, "--plain",
                                            cwd=self.data).out)

    def test_everything_audited(self):
        self.kin("audit", 60, "--seed", 1, cwd=self.data)
        self.review(1, self.data)
        page, report = self.page(self.data, "--by", "label,annotator")
        self.assertEqual(report["next"][-1]["kind"], "rest")
        self.assertEqual(report["remaining"]["left"], 0)
        self.assertIn("All shapes are reviewed", "".join(page.text))

    def test_the_page_repeats_and_is_written_where_asked(self):
        def written():
            path = self.folder / "report.html"
            self.kin("report", "--html", path, cwd=self.data)
            return re.sub("<time.*?</time>", "", path.read_text(encoding="utf-8"))

        nowhere = self.folder / "nowhere" / "report.html"
        self.assertIn(str(nowhere), self.kin("report", "--html", nowhere, cwd=self.data, code=FAILED).err)
        self.assertEqual(written(), written())


class Hostile(Common, Case):
    """Labels, attributes and paths that would be markup, shell or another writing direction."""

    def setUp(self):
        super().setUp()
        self.data = self.folder / "<b>&\"data"
        self.data.mkdir()
        rows = []
        for i in range(120):
            name = f"{i:03d}.ppm" if i else "-0 '&<i>.ppm"
            (self.data / name).write_bytes(b"P6\n16 12\n255\n" + bytes((i * 7 + k) % 256 for k in range(576)))
            for shape in range(3):
                rows.append({"path": name, "shape": shape, "x": shape * 4, "y": 2, "w": 4, "h": 8,
                             "label": HOSTILE[(i * 3 + shape) % len(HOSTILE)], "by": "o'neil <i>" if i % 2 else "b&b"})
        self.write(self.data / "annotations.csv", rows)
        self.kin("index", self.data, "--annotations", "annotations.csv", cwd=self.data)
        self.kin("audit", 80, "--seed", 1, cwd=self.data)
        job = list(csv.DictReader(io.StringIO(self.kin("job", "export", 1, cwd=self.data).out)))
        for i, row in enumerate(job):
            wrong = row["label"] == "$(touch owned)" or (row["label"] == HOSTILE[1] and i % 2)
            row.update(verdict="critical" if wrong else "ok", should_be="<u>" if wrong else "")
        self.write(self.folder / "done.csv", job)
        self.kin("job", "import", 1, self.folder / "done.csv", cwd=self.data)

    def write(self, path, rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def test_nothing_of_the_data_set_is_markup(self):
        page, report = self.page(self.data)
        names = {row[0][0] for row in page.tables["slices"][1:]}
        for label in HOSTILE:
            shown = re.sub("[\t\u202e]", "\ufffd", label)
            self.assertIn(f"label={shown}", names)
        self.assertEqual(page.tags.count("script"), 1)
        self.assertFalse(set(page.tags) & {"b", "u"})
        self.assertEqual(page.tags.count("i"), page.tags.count("img"))  # the boxes in the pictures
        self.assertNotIn("\u202e", "".join(page.text))
        self.assertIn("<b>&\"data", page.text)
        self.assertIn("noise", [step["kind"] for step in report["next"]])

    def test_advised_commands_survive_a_shell(self):
        steps = self.next_of(self.data)
        self.assertIn("'$(touch owned)'", str(steps))
        for step in steps:
            for command in step["commands"]:
                result = self.type_in(command, self.data)
                self.assertEqual(result.returncode, DONE, f"{command}\n{result.stderr}")
        self.assertFalse((self.data / "owned").exists())


if __name__ == "__main__":
    main()
