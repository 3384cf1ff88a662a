"""The page, in a headless Chromium: reviewing by keyboard alone, by several people at once, with the server away."""

import signal
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
            elsewhere = [url for url in tab.requests if not url.startswith((f"http://127.0.0.1:{self.server.port}/",
                                                                            "blob:", "about:"))]
            self.assertEqual(elsewhere, [])
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
        tab.drag(tab.place("#tile-2"), tab.place("#tile-4"))
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


    def test_keys_wait_for_the_page_that_is_turned(self):
        job = self.audit(140, unit="shape")  # more than the page asks for at once
        tab = self.review(job)
        tab.press("G", "G", "G", shift=True)
        tab.wait("document.querySelector('.tile').getBoundingClientRect().width < 110")
        tab.network(latency=300)
        tab.press("a", " ", "3", "a", " ", "3")
        tab.wait("document.querySelectorAll('.tile.critical').length === 1 && !document.querySelector('.tile.ok')")
        tab.network()
        self.saved(tab)
        graded = [row["item"]["verdict"]["verdict"] if row["item"]["verdict"] else "" for row in self.rows(job)]
        tiles = graded.index("critical")
        self.assertGreater(tiles, 10)
        self.assertEqual([i for i, grade in enumerate(graded) if grade == "critical"], [tiles, 2 * tiles])

    def test_large_view(self):
        job = self.audit(20, unit="shape")
        names = [row["item"]["name"] for row in self.rows(job)]
        tab = self.review(job)
        tab.press("Enter")
        tab.wait("document.querySelector('dialog.wide img')?.complete")
        tab.press("ArrowRight", "2", "z")
        tab.press("l")
        tab.wait("document.activeElement.matches('dialog .asking input')")
        tab.write("skat")
        tab.press("Enter")
        tab.wait("!document.querySelector('.asking')")
        tab.click("dialog .foot .ok")
        tab.press("Enter")
        tab.wait("!document.querySelector('dialog')")
        self.saved(tab)
        self.assertEqual({name: one["verdict"] for name, one in self.verdicts(job).items()},
                         {names[1]: "minor", names[2]: "critical", names[3]: "ok"})
        tab.wait(f"{CURRENT} === document.activeElement")


class TestHunt(PageCase):
    def test_kin_of_a_mistake_batch_after_batch(self):
        truth = {row["item"]: row for row in web_harness.harness.read_truth(self.data)}
        wrong = [name for name, row in truth.items()
                 if row["given"] == "pedestrian" and row["truth"] == "skateboarder"]
        job = self.audit(self.pictures)
        at = next(i for i, row in enumerate(self.rows(job)) if row["item"]["name"] == wrong[0])
        tab = self.review(job)
        while tab.run(f"{CURRENT}.getAttribute('aria-label').includes('{wrong[0]}')") is False:
            tab.press("ArrowRight")
            at -= 1
            self.assertGreater(at, -2)
        tab.press("l")
        tab.wait("document.activeElement.matches('.asking input')")
        tab.write("skat")
        tab.press("Enter")
        tab.wait("!document.querySelector('.asking')")
        tab.press("ArrowLeft", "k")
        tab.wait("location.hash.startsWith('#/job/2') && document.querySelector('.seed .right')")
        self.assertEqual((tab.text(".seed .given"), tab.text(".seed .right")), ("pedestrian", "→ skateboarder"))
        for kin in (2, 3):
            tab.wait(f"location.hash.startsWith('#/job/{kin}') && {TILES}")
            left = self.client.good("GET", f"/api/jobs/{kin}")["items"]
            while left > 0:
                name = tab.run(f"{CURRENT}.getAttribute('aria-label')").split(", ")[-1]
                tab.press("s" if name in wrong else "1")
                left -= 1
                if left:
                    tab.wait(f"!{CURRENT}.getAttribute('aria-label').endsWith({name!r})")
            self.saved(tab)
            tab.wait("document.querySelector('.advice').textContent.includes('mistakes in')")
            if kin == 2:
                found = self.verdicts(2)
                self.assertEqual({name for name, one in found.items() if one["should_be"] == "skateboarder"},
                                 set(found) & set(wrong))
                tab.press("n")
        after = self.client.good("GET", "/api/jobs/3")
        self.assertEqual((after["origin"], after["reviewed"]), (2, after["items"]))
        self.assertEqual(set(self.verdicts(2)) & set(self.verdicts(3)), set())


class TestViews(PageCase):
    pictures = 60

    def seed(self):
        """Verdicts that fill every view; the audit's number."""
        truth = {row["item"]: row for row in web_harness.harness.read_truth(self.data)}
        job = self.audit(self.pictures - 20)
        verdicts = []
        for row in self.rows(job):
            item = row["item"]
            right = truth[item["name"]]["truth"] if item["unit"] == "shape" else None
            wrong = bool(right) and right != item["label"]
            verdicts.append({"item": item["id"], "verdict": "critical" if wrong else "ok",
                             **({"should_be": right} if wrong else {})})
        self.client.good("POST", "/api/verdicts", {"job": job, "verdicts": verdicts})
        return job

    def test_report_and_downloads(self):
        self.seed()
        tab = self.open("#/report")
        tab.wait("document.querySelector('table.slices tbody tr') && document.querySelector('.pattern')")
        column = """[...document.querySelectorAll('table.slices tbody tr')].map((row) =>
            Number(row.children[5].textContent.replaceAll(',', '')))"""
        tab.click("table.slices thead th:nth-child(6) button")
        items = tab.run(column)
        self.assertEqual(items, sorted(items, reverse=True))
        tab.click("table.slices thead th:nth-child(6) button")
        self.assertEqual(tab.run(column), items[::-1])
        self.assertEqual(tab.run("document.querySelector('[aria-sort]').getAttribute('aria-sort')"), "ascending")
        for number, start in ((1, "<!doctype html>"), (2, "key,value,")):
            link = f"document.querySelector('.files a:nth-child({number})')"
            self.assertTrue(tab.run(f"{link}.download"))
            text = tab.run(f"fetch({link}.href).then((answer) => answer.text())")
            self.assertTrue(text.lower().startswith(start), text[:100])
            self.assertIn("skateboarder", text)

    def test_search_by_picture(self):
        tab = self.open("#/search")
        tab.wait(TILES)
        item = self.client.good("GET", "/api/items?label=car&unit=shape&count=1")["items"][0]
        tab.run(f"""(async () => {{
            const blob = await (await fetch('/api/items/{item["id"]}/picture?size=300')).blob();
            const files = new DataTransfer();
            files.items.add(new File([blob], 'mine.jpg', {{ type: 'image/jpeg' }}));
            document.dispatchEvent(new DragEvent('drop', {{ dataTransfer: files, cancelable: true }})); }})()""")
        tab.wait("document.querySelector('.example img')?.src.startsWith('blob:') && "
                 "document.querySelector('.found p').textContent.includes('most alike')")
        tab.run("""(() => { const label = document.querySelector('select[aria-label=label]'); label.value = '=car';
            label.dispatchEvent(new Event('change')); })()""")
        tab.wait("[...document.querySelectorAll('.tile b')].every((one) => one.textContent === 'car')")
        tab.run("document.querySelector('.tile').focus()")
        tab.press("ArrowRight", "d")
        tab.wait("document.querySelectorAll('.example').length === 2 && !document.querySelector('[aria-busy]')")
        tab.press("ArrowRight", "l")
        tab.wait("document.querySelectorAll('.example').length === 3 && !document.querySelector('[aria-busy]')")
        tab.press("j")
        tab.wait("location.hash.startsWith('#/job/') && document.querySelector('.tile')")
        job = self.client.good("GET", "/api/jobs/1")
        self.assertEqual((job["kind"], job["label"], len(job["unlikes"]), len(job["likes"])), ("kin", "car", 1, 1))
        self.assertEqual({row["item"]["label"] for row in self.rows(1)}, {"car"})

    def test_one_picture_in_two_places(self):
        tab = self.open()
        self.assertTrue(tab.run("""import('/page/pictures.js').then(({ image }) => {
            const one = image('/page/icon.svg');
            document.body.append(one);
            const two = image('/page/icon.svg');
            return one !== two && one.isConnected; })"""))

    # Text that is not easily read, and what reaches out of the window or has no name for a screen reader.
    CONTRAST = """(() => {
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].map((one) => one / 255); };
        const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
        const ground = (one) => one ? over(rgba(getComputedStyle(one).backgroundColor), ground(one.parentElement))
            : [1, 1, 1, 1];
        const light = (color) => color.slice(0, 3).map((one) => one <= 0.04045 ? one / 12.92
            : ((one + 0.055) / 1.055) ** 2.4).reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
        const bad = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let text; (text = walk.nextNode());) {
            const one = text.parentElement, box = one.getBoundingClientRect();
            if (!text.data.trim() || box.width < 2 || !one.checkVisibility()) continue;
            if (one.closest('svg, .unseen, .skip, option')) continue;
            const back = ground(one), ink = over(rgba(getComputedStyle(one).color), back);
            const [a, b] = [light(back), light(ink)].sort();
            if ((b + 0.05) / (a + 0.05) < 4.5) bad.push(`${text.data}: ${((b + 0.05) / (a + 0.05)).toFixed(2)}`);
        }
        return bad; })()"""
    OUTSIDE = """[...document.querySelectorAll('#head *, main *, dialog *')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width > 1 && box.right > innerWidth + 1 && !one.closest('.strip, .wide, svg'); })
        .map((one) => one.outerHTML.slice(0, 100))"""
    CUT = """[...document.querySelectorAll('.stage > .grid .tile')].filter((one) =>
        one.getBoundingClientRect().bottom > one.parentElement.getBoundingClientRect().bottom).length"""

    def nameless(self, tab):
        """Controls and pictures that a screen reader could not tell."""
        roles = {"button", "link", "textbox", "combobox", "checkbox", "listbox", "option", "spinbutton", "img",
                 "progressbar", "dialog"}
        return [node["role"]["value"] for node in tab.call("Accessibility.getFullAXTree")["nodes"]
                if not node["ignored"] and node["role"]["value"] in roles and not node.get("name", {}).get("value")]

    def test_every_view_reads_and_fits(self):
        job = self.seed()
        self.client.good("POST", "/api/jobs", {"pattern": "pedestrian->skateboarder", "n": 20})
        views = (("#/", ".pattern .frame img"), (f"#/job/{job}", ".facts"), ("#/job/2", ".seed img"),
                 ("#/search", ".facts"), ("#/report", ".pattern .frame img"), ("#/job/99", "main.trouble button"))
        tab = self.open()
        for width, height, theme in ((1280, 800, "light"), (820, 1180, "dark")):
            tab.emulate(width, height, theme)
            for view, ready in views:
                with self.subTest(view=view, width=width, theme=theme):
                    tab.run(f"location.hash = {view!r}")
                    tab.wait(f"location.hash === {view!r} && document.querySelector({ready!r})")
                    tab.wait(f"{self.CUT} === 0")
                    self.assertEqual(tab.run(self.CONTRAST), [])
                    self.assertEqual(tab.run(self.OUTSIDE), [])
                    self.assertEqual(self.nameless(tab), [])
                    tab.press("?")
                    tab.wait("document.querySelector('dialog.keys')")
                    self.assertEqual(tab.run(self.CONTRAST), [])
                    self.assertEqual(tab.run(self.OUTSIDE), [])
                    tab.press("Escape")
                    tab.wait("!document.querySelector('dialog')")
        tab.errors[:] = [line for line in tab.errors if "404" not in line]

    def test_what_a_screen_reader_hears(self):
        job = self.audit(6, unit="shape")
        tab = self.review(job)
        self.assertEqual(tab.run("document.activeElement.getAttribute('role')"), "option")
        self.assertEqual(tab.run("document.querySelector('.tile').closest('[role=listbox]').ariaLabel"),
                         f"items of job {job}")
        tab.press("3")
        tab.wait("document.querySelector('[role=status]#said').textContent.startsWith('critical. Now ')")
        self.assertIn(", critical, ", tab.run("document.querySelector('.tile').getAttribute('aria-label')"))
        tab.press("u")
        tab.wait("document.querySelector('#said').textContent === 'taken back: 1 verdict'")
        self.assertIn(", not reviewed, ", tab.run("document.activeElement.getAttribute('aria-label')"))
        tab.press("Tab")
        self.assertEqual(tab.run("document.activeElement.tagName"), "BUTTON")
        self.assertNotEqual(tab.run("getComputedStyle(document.activeElement).outlineStyle"), "none")


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
        tab.network(offline=True)
        tab.press("3", "1")
        tab.wait("document.querySelector('.lamp.trouble')?.textContent.startsWith('2 not saved yet')")
        self.assertEqual(tab.run("document.querySelectorAll('.tile.critical, .tile.ok').length"), 2)
        self.assertEqual(self.verdicts(job), {})
        tab.network()
        self.saved(tab)
        self.assertEqual(len(self.verdicts(job)), 2)
        tab.errors[:] = [line for line in tab.errors if "ERR_INTERNET_DISCONNECTED" not in line]

    def test_server_killed_in_the_middle(self):
        token = self.folder / "token"
        token.write_text("a-token-of-our-own-0123456789\n")
        token.chmod(0o600)
        same = ("--port", self.server.port, "--token-file", token)
        self.stop_well()
        self.server = self.serve(*same)
        job = self.server.client().good("POST", "/api/audits", {"count": 30, "unit": "shape", "seed": 1})["job"]
        tab = self.review(job)
        tab.press("3", "1")
        self.saved(tab)
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        tab.press("2", "1")
        tab.wait("document.querySelector('.lamp.trouble')?.textContent.startsWith('2 not saved yet')")
        self.server = self.serve(*same)
        self.client = self.server.client()
        self.saved(tab)
        given = [row["item"]["verdict"] and row["item"]["verdict"]["verdict"] for row in self.rows(job)[:5]]
        self.assertEqual(given, ["critical", "ok", "minor", "ok", None])
        tab.errors[:] = [line for line in tab.errors if "ERR_" not in line]


if __name__ == "__main__":
    if not browser.program():
        print("skipped: there is no Chromium here (CHROMIUM names one)", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
