"""Several at once: two browsers on one job, a server that is killed, `kin index` and other commands beside it."""

import http.client
import signal
import sqlite3
import threading
import time
import unittest

from web_harness import ServerCase, harness


def verdict(item, grade, should_be=None):
    return {"item": item, "verdict": grade, **({"should_be": should_be} if should_be else {})}


class Together(ServerCase):
    def tearDown(self):
        if self.server.process.poll() is None:
            self.assert_nothing_is_held()
        super().tearDown()

    def assert_nothing_is_held(self):
        """A server at rest reads of no moment, which would keep SQLite's log from beginning again."""
        ledger = sqlite3.connect(self.data / ".kin" / "ledger.db", timeout=30)
        self.assertEqual(ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone(), (0, 0, 0))
        ledger.close()

    def judged(self, job):
        items = [row["item"] for row in self.rows(job)]
        return {item["id"]: item["verdict"]["verdict"] for item in items if item["verdict"]}

    def test_two_browsers_lose_nothing_and_see_each_other(self):
        job = self.audit(20)
        items = [row["item"]["id"] for row in self.rows(job) if row["item"]["unit"] == "shape"]
        self.assertGreater(len(items), 40)
        given = {item: ("ok", "minor", "critical")[item % 3] for item in items}
        failures = []

        def review(mine, name):
            try:
                client = self.server.client()
                for item in mine:
                    body = {"job": job, "reviewer": name, "verdicts": [verdict(item, given[item])]}
                    answer = client.good("POST", "/api/verdicts", body)
                    if answer["added"] != 1:
                        failures.append(answer)
            except (AssertionError, OSError) as problem:
                failures.append(problem)

        seen, cursor = {}, self.client.good("GET", f"/api/jobs/{job}/changes?since=0")["cursor"]
        threads = [threading.Thread(target=review, args=(items[i::2], f"reviewer-{i}")) for i in range(2)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while len(seen) < len(items) and time.monotonic() < deadline:
            changes = self.client.good("GET", f"/api/jobs/{job}/changes?since={cursor}")
            self.assertGreaterEqual(changes["cursor"], cursor)
            cursor = changes["cursor"]
            seen.update({row["item"]["id"]: row["item"]["verdict"]["verdict"] for row in changes["rows"]})
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(seen, given)
        self.assertEqual(self.judged(job), given)
        self.assertEqual(self.client.good("GET", f"/api/jobs/{job}/changes?since={cursor}")["rows"], [])

    def test_both_judge_the_same_item(self):
        job = self.audit(3)
        item = self.rows(job)[1]["item"]["id"]
        one, two = self.server.client(), self.server.client()
        first = one.good("POST", "/api/verdicts", {"job": job, "reviewer": "a", "verdicts": [verdict(item, "ok")]})
        two.good("POST", "/api/verdicts",
                 {"job": job, "reviewer": "b", "verdicts": [verdict(item, "critical", "skateboarder")]})
        undone = one.good("POST", "/api/undo", first["undo"])
        self.assertEqual((undone["added"], undone["kept"], undone["undo"]), (0, 1, None))
        shown = one.good("GET", f"/api/items/{item}")
        self.assertEqual(shown["item"]["verdict"]["reviewer"], "b")
        self.assertEqual([entry["verdict"] for entry in shown["history"]], ["ok", "critical"])

    def test_undo_is_seen_by_the_other(self):
        job = self.audit(3)
        rows = self.rows(job)
        said = self.client.good("POST", "/api/verdicts", {"job": job, "verdicts": [verdict(rows[0]["item"]["id"],
                                                                                           "ok")]})
        self.assertGreater(said["implied"], 0)
        cursor = self.client.good("GET", f"/api/jobs/{job}/changes?since=0")["cursor"]
        undone = self.client.good("POST", "/api/undo", said["undo"])
        changes = self.client.good("GET", f"/api/jobs/{job}/changes?since={cursor}")
        self.assertEqual(len(changes["rows"]), said["implied"] + 1)
        self.assertTrue(all(row["item"]["verdict"] is None for row in changes["rows"]))
        self.assertEqual(changes["job"]["reviewed"], 0)
        self.client.good("POST", "/api/undo", undone["undo"])
        self.assertEqual(len(self.judged(job)), said["implied"] + 1)

    def test_a_verdict_is_taken_back(self):
        job = self.audit(3)
        row = next(row for row in self.rows(job) if row["item"]["unit"] == "shape")["item"]
        for take_back in (lambda: self.client.good("POST", "/api/verdicts",
                                                   {"job": job, "verdicts": [verdict(row["id"], "none")]}),
                          lambda: self.kin("verdict", row["name"], "none", "--json", "-C", self.data).json()):
            self.client.good("POST", "/api/verdicts", {"job": job, "verdicts": [verdict(row["id"], "minor")]})
            self.assertEqual(self.judged(job), {row["id"]: "minor"})
            self.assertIn(take_back()["added"], (True, 1))
            self.assertEqual(self.judged(job), {})
            self.assertIn(take_back()["added"], (False, 0))
        self.kin("verdict", row["name"], "none", "--kind", "box", "-C", self.data, code=harness.USAGE)

    def test_a_killed_server_loses_no_saved_verdict(self):
        job = self.audit(30)
        items = [row["item"]["id"] for row in self.rows(job) if row["item"]["unit"] == "shape"]
        saved, stop = {}, threading.Event()

        def review():
            client = self.server.client()
            for i, item in enumerate(items):
                grade = ("ok", "minor", "critical")[i % 3]
                try:
                    answer = client.post("/api/verdicts", {"job": job, "verdicts": [verdict(item, grade)]})
                except (OSError, http.client.HTTPException):
                    return
                if answer.status == 200:
                    saved[item] = grade
                if len(saved) == 25:
                    stop.set()

        reviewer = threading.Thread(target=review)
        reviewer.start()
        self.assertTrue(stop.wait(60))
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        reviewer.join()
        self.server = self.serve()
        self.client = self.server.client()
        judged = self.judged(job)
        for item, grade in saved.items():
            self.assertEqual(judged.get(item), grade)
        self.assertLessEqual(len(judged), len(saved) + 1)  # one may have been on its way

    def test_index_beside_it(self):
        extra = sorted((self.data / "images").glob("*.jpg"))[:5]
        before = self.client.good("GET", "/api/status")
        find = {"likes": [self.client.good("GET", "/api/items?unit=asset&count=1")["items"][0]["id"]], "unit": "asset"}
        self.assertEqual(self.client.good("POST", "/api/find", find)["searched"], self.pictures)
        for path in extra:
            path.with_name("more-" + path.name).write_bytes(path.read_bytes())
        process = harness.start("index", self.data, "--quiet")
        problems = []
        while process.poll() is None:
            for method, path, body in (("GET", "/api/status", None), ("POST", "/api/find", find),
                                       ("POST", "/api/verdicts", {"verdicts": [verdict(find["likes"][0], "ok")]})):
                answer = self.client.ask(method, path, body)
                if answer.status != 200:
                    problems.append((path, answer.status, answer.body))
        self.assertEqual(harness.finish(process).code, harness.DONE)
        self.assertEqual(problems, [])
        after = self.client.good("GET", "/api/status")
        self.assertEqual(after["assets"], before["assets"] + len(extra))
        self.assertEqual(self.client.good("POST", "/api/find", find)["searched"], self.pictures + len(extra))
        # Once more anew, with vectors of another margin: a new generation of them.
        self.kin("index", self.data, "--margin", "0.3", "--quiet")
        found = self.client.good("POST", "/api/find", find)
        self.assertEqual(found["searched"], self.pictures + len(extra))

    def test_verdicts_of_commands_are_seen(self):
        job = self.audit(3)
        row = self.rows(job)[1]
        cursor = self.client.good("GET", f"/api/jobs/{job}/changes?since=0")["cursor"]
        self.kin("verdict", row["item"]["name"], "minor", "--should-be", "bicycle", "--job", job, "-C", self.data)
        changes = self.client.good("GET", f"/api/jobs/{job}/changes?since={cursor}")
        self.assertEqual([entry["item"]["id"] for entry in changes["rows"]], [row["item"]["id"]])
        report = self.client.good("GET", "/api/report?by=label")
        self.assertEqual(report["known"], 1)

    def test_ctrl_c_finishes_what_is_running(self):
        answers = []

        def ask():
            answers.append(self.server.client().get("/api/report?pairs=1&full=1").status)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        self.stop_well()
        for thread in threads:
            thread.join()
        self.assertTrue(all(status == 200 for status in answers), answers)


class Session(ServerCase):
    """From the first picture to the report without a terminal."""

    def test_a_whole_review(self):
        status = self.client.good("GET", "/api/status")
        self.assertEqual(status["assets"], self.pictures)
        labels = [entry["label"] for entry in self.client.good("GET", "/api/labels")["labels"]]
        self.assertIn("pedestrian", labels)
        job = self.audit(10)
        rows = self.rows(job)
        self.assertEqual(len({row["position"] for row in rows}), 10)
        for row in rows[:4]:
            item = row["item"]
            for more in ("", "&whole=1", "&context=0"):
                picture = self.client.get(f"/api/items/{item['id']}/picture?size=96&v={item['v']}{more}")
                self.assertEqual(picture.status, 200)
                self.assertTrue(picture.body.startswith(b"\xff\xd8\xff"))
                self.assertIn("immutable", picture.headers["Cache-Control"])
            self.assertEqual(self.client.get(f"/api/items/{item['id']}/picture?v=0").headers["Cache-Control"],
                             "no-store")
        truth = {row["item"]: row for row in harness.read_truth(self.data)}
        wrong = [name for name, row in truth.items() if row["given"] == "pedestrian" and row["truth"] == "skateboarder"]
        shapes = {item["name"]: item for item in self.client.good("GET",
                                                                  "/api/items?label=pedestrian&count=500")["items"]}
        seed = shapes[wrong[0]]
        found = self.client.good("POST", "/api/find", {"likes": [seed["id"]], "n": 5, "unreviewed": True})
        self.assertEqual(found["label"], "pedestrian")
        self.assertEqual(len(found["matches"]), 5)
        kin = self.client.good("POST", "/api/jobs", {"likes": [seed["id"]], "n": 6})["jobs"][0]
        self.assertEqual((kin["kind"], kin["items"]), ("kin", 6))
        kin = self.client.good("GET", f"/api/jobs/{kin['job']}")
        self.assertEqual([item["id"] for item in kin["likes"]], [seed["id"]])
        picture = self.client.get(f"/api/items/{seed['id']}/picture?size=240").body
        upload = self.client.ask("POST", "/api/uploads", picture, headers={"Content-Type": "image/jpeg"}).json()
        like = {"likes": [upload], "unit": "shape", "n": 3, "where": {"camera": "cam-1"}}
        self.assertEqual(len(self.client.good("POST", "/api/find", like)["matches"]), 3)
        made = self.client.good("POST", "/api/jobs", like)["jobs"][0]
        self.assertEqual(made["items"], 3)
        self.assertNotIn("/dev/", made["title"])
        assets = [row["item"]["id"] for row in rows if row["item"]["unit"] == "asset"]
        self.client.good("POST", "/api/verdicts", {"job": job, "verdicts": [
            {"item": seed["id"], "verdict": "critical", "should_be": "skateboarder"},
            *({"item": asset, "verdict": "ok"} for asset in assets)]})
        report = self.client.good("GET", "/api/report?by=label,camera&sla=95&full=1")
        self.assertEqual(report["score"]["tasks"], 10)
        self.assertTrue(report["next"])
        table = self.client.get("/api/report.csv?by=label")
        self.assertIn("kin-slices.csv", table.headers["Content-Disposition"])
        self.assertTrue(table.body.startswith(b"key,value,"))
        page = self.client.get("/api/report.html")
        self.assertIn("kin-report.html", page.headers["Content-Disposition"])
        self.assertIn(b"<!doctype html>", page.body.lower())


    def test_a_hunt(self):
        truth = {row["item"]: row for row in harness.read_truth(self.data)}
        shapes = self.client.good("GET", "/api/items?label=pedestrian&count=500")["items"]
        wrong = [item for item in shapes if truth[item["name"]]["truth"] == "skateboarder"]
        self.assertGreater(len(wrong), 2)
        seed = wrong[0]
        self.client.good("POST", "/api/verdicts", {"verdicts": [verdict(seed["id"], "critical", "skateboarder")]})
        for wish, known in (("", [seed["id"]]), ("?given=pedestrian&should_be=skateboarder", [seed["id"]]),
                            ("?given=car", []), ("?should_be=car", [])):
            mistakes = self.client.good("GET", f"/api/mistakes{wish}")["items"]
            self.assertEqual([item["id"] for item in mistakes], known)
        found = self.client.good("POST", "/api/find", {"likes": [seed["id"]], "n": 5})
        self.assertEqual((found["by"], found["given"], found["should_be"]), ("mistake", "pedestrian", "skateboarder"))
        self.assertTrue(all(match["probability"] is not None and match["why"] for match in found["matches"]))
        by_looks = self.client.good("POST", "/api/find", {"likes": [seed["id"]], "n": 5, "by": "looks"})
        self.assertTrue(all(match["probability"] is None for match in by_looks["matches"]))
        same = self.client.good("POST", "/api/find", {"pattern": "pedestrian -> skateboarder", "n": 5})
        self.assertEqual(len(same["matches"]), 5)
        job = self.client.good("POST", "/api/jobs", {"likes": [seed["id"]], "n": 8})["jobs"][0]
        self.assertEqual(self.client.good("GET", f"/api/jobs/{job['job']}/hunt")["advice"], "review")
        for _ in range(3):
            self.judge_by_truth(job["job"], truth)
            hunt = self.client.good("GET", f"/api/jobs/{job['job']}/hunt?next=8")
            self.assertIn(hunt["advice"], ("next", "control", "stop"))
            job = self.client.good("POST", f"/api/jobs/{job['job']}/next", {"n": 8})
            self.assertEqual(job["origin"], hunt["origin"])
        patterns = self.client.good("GET", "/api/patterns?strip=2")["patterns"]
        for pattern in patterns:
            self.assertTrue(1 <= len(pattern["items"]) <= 3)
            self.assertEqual({item["label"] for item in pattern["items"]}, {pattern["given"]})
            self.assertEqual({item["verdict"]["should_be"] for item in pattern["items"]}, {pattern["right"]})
            self.client.good("POST", "/api/find", {"pattern": pattern["pattern"], "n": 3})
        self.assertIn("pedestrian->skateboarder", [pattern["pattern"].replace(" ", "") for pattern in patterns])
        control = self.client.good("POST", f"/api/jobs/{job['job']}/control", {"n": 10, "seed": 3})
        self.assertEqual((control["kind"], control["items"]), ("control", 10))
        audit = self.audit(3)
        self.assertEqual(self.client.get(f"/api/jobs/{audit}/hunt").status, 400)
        jobs = self.client.good("POST", "/api/jobs", {"of": "mistakes", "n": 4})["jobs"]
        self.assertTrue(all(job["kind"] == "kin" and job["should_be"] for job in jobs))
        suspects = self.client.good("POST", "/api/jobs", {"of": "suspects", "by": "margin", "n": 4})["jobs"]
        self.assertEqual([job["kind"] for job in suspects], ["suspects"])
        for body in ({"of": "x"}, {"of": "suspects", "by": "x"}, {}, {"likes": [seed["id"]], "by": "x"}):
            self.assertEqual(self.client.post("/api/jobs", body).status, 400, body)

    def judge_by_truth(self, job, truth):
        verdicts = []
        for row in self.rows(job):
            right = truth[row["item"]["name"]]["truth"]
            ok = right == row["item"]["label"]
            verdicts.append(verdict(row["item"]["id"], "ok" if ok else "critical", None if ok else right or None))
        self.client.good("POST", "/api/verdicts", {"job": job, "verdicts": verdicts})


if __name__ == "__main__":
    unittest.main(verbosity=2)
