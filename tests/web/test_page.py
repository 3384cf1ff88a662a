"""The page, in a headless Chromium: reviewing by keyboard alone, by several people at once, with the server away."""

import sys
import unittest

import browser
import web_harness

TILES = "document.querySelectorAll('.tile').length"
CURRENT = "document.querySelector('.tile.current')"


class PageCase(web_harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.tabs = []

    def tearDown(self):
        for tab in self.tabs:
            tab.close()
            self.assertEqual(tab.errors, [])
        super().tearDown()

    def open(self, view="", server=None, **more):
        tab = self.browser.tab((server or self.server).address + view, **more)
        self.tabs.append(tab)
        return tab

    def review(self, job, **more):
        tab = self.open(f"#/job/{job}", **more)
        tab.wait(TILES)
        return tab

    def saved(self, tab):
        tab.wait("document.querySelector('.lamp').textContent === 'saved'")

    def verdicts(self, job):
        """Name -> verdict of the rows that have one."""
        return {row["item"]["name"]: row["item"]["verdict"] for row in self.rows(job) if row["item"]["verdict"]}


class TestKeyboard(PageCase):
    def test_audit_is_begun_and_reviewed(self):
        tab = self.open()
        tab.wait("document.querySelector('form input[type=number]')")
        tab.run("document.querySelector('form input[type=number]').focus()")
        tab.press("a", control=True)
        tab.write("6")
        tab.press("Enter")
        tab.wait(TILES)
        job = self.client.good("GET", "/api/jobs")["jobs"][0]
        self.assertEqual((job["kind"], job["items"]), ("audit", 6))
        tab.press("1")  # the whole picture, and so its shapes
        tab.wait(f"{CURRENT}.classList.contains('none')")
        self.saved(tab)
        first = [row for row in self.rows(job["job"]) if row["position"] == 1]
        self.assertEqual({row["item"]["verdict"]["verdict"] for row in first}, {"ok"})
        self.assertEqual(tab.run("document.querySelectorAll('.tile.ok').length"), len(first))

    def test_grades_labels_undo(self):
        job = self.audit(20, unit="shape")
        names = [row["item"]["name"] for row in self.rows(job)]
        tab = self.review(job)
        tab.press("1", "2", "3")
        tab.press("l")
        tab.wait("document.activeElement.matches('.asking input')")
        tab.write("skat")
        tab.press("Enter")
        tab.wait("!document.querySelector('.asking')")
        self.saved(tab)
        given = self.verdicts(job)
        self.assertEqual([given[name]["verdict"] for name in names[:4]], ["ok", "minor", "critical", "critical"])
        self.assertEqual(given[names[3]]["should_be"], "skateboarder")
        self.assertEqual(given[names[0]]["reviewer"], "tester")
        tab.press("u", "u")
        self.saved(tab)
        self.assertEqual(set(self.verdicts(job)), set(names[:2]))
        tab.press("U", shift=True)
        self.saved(tab)
        self.assertEqual(self.verdicts(job)[names[2]]["verdict"], "critical")

    def test_several_at_once(self):
        job = self.audit(40, unit="shape")
        names = [row["item"]["name"] for row in self.rows(job)]
        tab = self.review(job)
        tab.press("ArrowRight", "ArrowRight", shift=True)
        tab.press("3")
        self.saved(tab)
        self.assertEqual({name: one["verdict"] for name, one in self.verdicts(job).items()},
                         dict.fromkeys(names[:3], "critical"))
        tab.press("u")
        self.saved(tab)
        self.assertEqual(self.verdicts(job), {})
        tab.drag(tab.place("#tile-3"), tab.place("#tile-5"))
        tab.press("2")
        tab.wait("document.querySelectorAll('.tile.minor').length === 3")
        tiles = tab.run(TILES)
        tab.press("a")
        self.saved(tab)
        self.assertEqual(len(self.verdicts(job)), tiles)
        tab.press(" ")
        tab.wait(f"{CURRENT}.getAttribute('aria-label').startsWith('{tiles + 1} of 40')")
        tab.press("PageUp")
        tab.wait(f"{CURRENT}.getAttribute('aria-label').startsWith('1 of 40')")

    def test_place_is_kept(self):
        job = self.audit(40, unit="shape")
        tab = self.review(job)
        tab.press("1", "1", "1")
        self.saved(tab)
        again = self.review(job)
        again.wait(f"{CURRENT}.getAttribute('aria-label').startsWith('4 of 40')")


class TestTogether(PageCase):
    def test_two_browsers_lose_nothing(self):
        job = self.audit(30, unit="shape")
        names = [row["item"]["name"] for row in self.rows(job)]
        one, two = self.review(job), self.review(job)
        two.run("document.querySelector('.who input').value = 'berta'")
        two.press("ArrowDown")
        below = two.run(f"Number({CURRENT}.dataset.index)")
        for _ in range(5):
            one.press("3")
            two.press("2")
        self.saved(one)
        self.saved(two)
        for tab in (one, two):
            tab.wait("document.querySelectorAll('.tile.critical').length === 5 &&"
                     "document.querySelectorAll('.tile.minor').length === 5")
        given = self.verdicts(job)
        self.assertEqual([given[name]["reviewer"] for name in names[:5]], ["tester"] * 5)
        self.assertEqual([given[name]["reviewer"] for name in names[below:below + 5]], ["berta"] * 5)
        self.assertEqual(one.text(f"#tile-{below} .corner"), "ber")

    def test_server_away(self):
        job = self.audit(30, unit="shape")
        tab = self.review(job)
        tab.offline(True)
        tab.press("3", "1")
        tab.wait("document.querySelector('.lamp.trouble')?.textContent.startsWith('2 not saved yet')")
        self.assertEqual(tab.run("document.querySelectorAll('.tile.critical, .tile.ok').length"), 2)
        self.assertEqual(self.verdicts(job), {})
        tab.offline(False)
        self.saved(tab)
        self.assertEqual(len(self.verdicts(job)), 2)
        tab.errors[:] = [line for line in tab.errors if "ERR_INTERNET_DISCONNECTED" not in line]


if __name__ == "__main__":
    if not browser.program():
        print("skipped: there is no Chromium here (CHROMIUM names one)", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
