#!/usr/bin/env python3
"""many_days.py KIN REPLAY_LOG [OPTION]...: many days of reviewing by many people, in a few minutes.

On a demo data set that changes, and is indexed again and again, jobs of all kinds are made, exported, answered from the
truth and with mistakes, changed, taken back, imported as CSV and JSON Lines, given one by one and through `kin serve`,
all at once; two readers look on all the time and must never fail or see what cannot be. At random moments a running
process is killed, and the work goes on. Then days_end.py says what must hold. Prints what happened, and ends with 1
where something did not hold. The same seed gives the same data set and the same intentions; who comes first is up to
the system."""

import argparse
import collections
import csv
import http.client
import io
import json
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback

os.environ["KIN"] = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else "kin"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "web"))

import web_harness  # noqa: E402
from web_harness import harness  # noqa: E402

import days_end  # noqa: E402
import days_set  # noqa: E402

KINDS = ("import", "verdict", "index", "job", "serve")
KILLED = -9
NOTHING_LEFT = re.compile("no |nothing|none|every|already|fewer|left|only")  # of a job that cannot be made any more
Verdict = collections.namedtuple("Verdict", "item grade should_be kind count note reviewer")
GRADES = {"none": 0, "ok": 1, "minor": 2, "critical": 3}


class Killed(Exception):
    pass


class Dooms:
    """Which process is killed when: by the part of the verdicts that are there, then at a random moment of its run."""

    def __init__(self, kills, rng):
        self.lock, self.told = threading.Lock(), collections.defaultdict(collections.Counter)
        self.due = {kind: [] for kind in KINDS}
        for i in range(kills):
            self.due[KINDS[i % len(KINDS)]].append(rng.uniform(0.03, 0.95))
        for times in self.due.values():
            times.sort()

    def take(self, kind, progress):
        with self.lock:
            if not self.due[kind] or self.due[kind][0] > progress:
                return None
            return self.due[kind].pop(0)

    def give_back(self, kind, doom):
        with self.lock:
            self.due[kind].insert(0, doom)

    def left(self, kind=None):
        return sum(len(self.due[one]) for one in ([kind] if kind else KINDS))

    def tell(self, kind, what):
        with self.lock:
            self.told[kind][what] += 1

    def done(self):
        return sum(sum(told.values()) for told in self.told.values())


class Days:
    def __init__(self, folder, options):
        self.options, self.folder, self.data = options, folder, folder / "street"
        self.editions = days_set.Editions(folder / "drawn", options.pictures, options.seed)
        self.dooms = Dooms(options.kills, random.Random(options.seed))
        self.typical = dict.fromkeys(KINDS, 0.1)
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.accepted, self.counts, self.refused = [], collections.Counter(), collections.Counter()
        self.jobs, self.hunts, self.mistakes = [], [], []  # numbers of jobs, of those with a hunt; known mistakes
        self.rows = {}  # job -> its rows as they were exported
        self.failures, self.verdicts, self.edition, self.serial = [], 0, 0, 0
        self.server, self.served = None, threading.Condition()
        self.flying = 0
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        self.editions.put(0, self.data)
        days_end.must(harness.run("index", self.data, "--quiet", "--model", "classic"))

    # ---- How far it is ----

    def progress(self):
        return self.verdicts / self.options.verdicts

    def is_over(self):
        return (self.verdicts >= self.options.verdicts and len(self.jobs) >= self.options.jobs
                and not self.dooms.left())

    def may_make(self):
        """Jobs and verdicts go on side by side."""
        return len(self.jobs) < self.options.jobs and len(self.jobs) / self.options.jobs <= self.progress() + 0.03

    def may_judge(self):
        ahead = self.progress() > min(1, len(self.jobs) / self.options.jobs) + 0.03
        return self.jobs and (not ahead or (self.progress() >= 1 and self.dooms.left() > 0))

    def number(self):
        with self.lock:
            self.serial += 1
            return self.serial

    def accept(self, verdicts, jobs=()):
        with self.lock:
            self.accepted += verdicts
            self.mistakes += [v.item for v in verdicts if v.should_be and self.editions.is_stable(v.item)
                              and "#" in v.item]
            for job in jobs:
                self.jobs.append(job["job"])
                if job["kind"] in ("kin", "suspects"):
                    self.hunts.append(job["job"])

    # ---- Running kin ----

    def kin(self, kind, *arguments, codes=(harness.DONE,)):
        """Runs it to its end; Killed where it was doomed. Other exit codes than `codes` are failures of kin."""
        doom = self.dooms.take(kind, self.progress()) if kind in KINDS else None
        began, process = time.monotonic(), harness.start(*arguments, "--quiet", cwd=self.data)
        try:
            wait = 300 if doom is None else random.uniform(0, 1) * self.typical[kind]
            out, err = process.communicate(timeout=wait)
        except harness.subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            if doom is not None and process.returncode == KILLED:
                raise Killed from None
        if doom is not None:
            self.dooms.give_back(kind, doom)
        result = harness.Result(arguments, process.returncode, out.decode(), err.decode())
        if kind in KINDS:
            self.typical[kind] = 0.8 * self.typical[kind] + 0.2 * (time.monotonic() - began)
        if result.code not in codes:
            raise AssertionError(str(result))
        self.counts[kind] += 1
        return result

    def ask_ledger(self, query, *values):
        ledger = days_end.read_only(self.data)
        try:
            return ledger.execute(query, values).fetchone()[0]
        finally:
            ledger.close()

    # ---- Reviewers ----

    def judge(self, rng, item, reviewer, note=True):
        """What the reviewer says of it: mostly the truth."""
        truth, missing = self.editions.truth.get(item), self.editions.missing.get(item, 0)
        grade, label, kind, count = "ok", "", "", 1
        if truth and truth["verdict"] != "ok":
            grade, label, kind = truth["verdict"], truth["should_be"], truth["kind"]
        elif missing:
            grade, kind, count = "critical", "missing", missing
        if rng.random() < 0.08:
            grade, kind, count = rng.choice(("ok", "minor", "critical")), "", 1
            label = rng.choice(self.editions.labels) if grade != "ok" and "#" in item and rng.random() < 0.6 else ""
        said = f"{reviewer} {self.number()}" if note and rng.random() < 0.7 else ""
        return Verdict(item, GRADES[grade], label, kind, count, said, reviewer)

    def exported(self, rng, job):
        """Rows of a job; now and then the file is fetched again, as one of the two formats."""
        if job not in self.rows or rng.random() < 0.1:
            form = rng.choice(("csv", "jsonl"))
            out = self.kin("export", "job", "export", job, "--format", form).out
            rows = csv.DictReader(io.StringIO(out)) if form == "csv" else map(json.loads, out.splitlines())
            self.rows[job] = [row["item"] for row in rows]
        return self.rows[job]

    def answers(self, rng, reviewer):
        """[(job, verdict)] on the rows of some jobs: most rows, a few of them by a second reviewer as well. Each item
        once by each, since the last one of a file would be taken."""
        out = {}
        for job in rng.sample(self.jobs, min(len(self.jobs), rng.randint(1, 12))):
            for item in self.exported(rng, job):
                if rng.random() > 0.08:
                    out[item, 1] = job, self.judge(rng, item, reviewer)
                if rng.random() < 0.03:
                    out[item, 2] = job, self.judge(rng, item, reviewer + "-2")
        return list(out.values())

    def write_answers(self, rng, answers, path):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - rng.randint(0, 3600)))
        when = when if rng.random() < 0.2 else ""
        rows = [{"job": job, "item": v.item, "verdict": list(GRADES)[v.grade], "should_be": v.should_be, "kind": v.kind,
                 "count": v.count, "note": v.note, "reviewer": v.reviewer, "time": when} for job, v in answers]
        with open(path, "w", newline="", encoding="utf-8") as file:
            if path.suffix == ".jsonl":
                file.writelines(json.dumps({key: value for key, value in row.items() if value != ""}) + "\n"
                                for row in rows)
                return
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)

    def import_files(self, rng, name):
        while not self.stop.is_set():
            if not self.may_judge():
                time.sleep(0.02)
                continue
            answers = self.answers(rng, f"{name}{rng.randint(1, 3)}")
            if not answers:
                continue
            path = self.folder / f"{name}.{rng.choice(('csv', 'jsonl'))}"
            self.write_answers(rng, answers, path)
            for _ in range(1 if rng.random() < 0.9 else 2):  # the same file twice
                self.import_file(answers, path)

    def import_file(self, answers, path):
        stable = [v for _, v in answers if self.editions.is_stable(v.item)]
        noted = {v.note for v in stable if v.note}
        while True:
            try:
                told = self.kin("import", "job", "import", path, "--json", codes=(harness.DONE, harness.PARTIAL)).json()
                break
            except Killed:
                there = self.recorded([v.note for _, v in answers if v.note])
                whole = noted <= there and there
                self.dooms.tell("import", "all of it recorded" if whole else "a part recorded" if there
                                else "nothing recorded")
                if there and not whole:
                    self.failures.append(f"{len(there)} of {len(noted)} verdicts of an import were recorded")
        if told["rejects"] > len(answers) - len(stable) or told["rows"] + told["rejects"] != len(answers):
            self.failures.append(f"an import of {len(answers)} rows: {told}")
        self.accept(stable if told["rejects"] else [v for _, v in answers])

    def recorded(self, notes):
        ledger = days_end.read_only(self.data)
        there = {note for note, in ledger.execute("SELECT note FROM verdict WHERE note IS NOT NULL")}
        ledger.close()
        return there & set(notes)

    def give_one_by_one(self, rng, name):
        while not self.stop.is_set():
            if not self.may_judge() or not self.rows:
                time.sleep(0.02)
                continue
            job = rng.choice(list(self.rows))
            items = [item for item in self.rows[job] if self.editions.is_stable(item)]
            if not items:
                continue
            verdict = self.judge(rng, rng.choice(items), name)._replace(note=f"{name} {self.number()}")
            if rng.random() < 0.25:  # taken back
                verdict = Verdict(verdict.item, 0, "", "", 1, verdict.note, name)
            self.give(verdict, job)

    def give(self, verdict, job):
        words = ["verdict", verdict.item, list(GRADES)[verdict.grade], "--note", verdict.note, "--reviewer",
                 verdict.reviewer, "--job", job, "--json"]
        for name, value in (("--should-be", verdict.should_be), ("--kind", verdict.kind)):
            words += [name, value] if value else []
        words += ["--count", verdict.count] if verdict.count > 1 else []
        while True:
            try:
                added = self.kin("verdict", *words).json()["added"]
                break
            except Killed:
                self.dooms.tell("verdict", "recorded" if self.recorded([verdict.note]) else "not recorded")
        if added:
            self.accept([verdict])

    # ---- Jobs ----

    def new_job(self, rng, drawn):
        """(words of a command, query that tells whether a killed one has made its job). Of the two who make jobs one
        draws them at random or without a known mistake, and the other follows mistakes: so each knows its own."""
        seed, n = rng.randint(1, 2**60), rng.randint(3, 12)
        by_seed = f"SELECT count(*) FROM job WHERE seed = {seed}"
        before = self.ask_ledger("SELECT coalesce(max(id), 0) FROM job")
        hunted = f"SELECT count(*) FROM job WHERE id > {before} AND kind = 2"
        way = rng.uniform(0, 0.6) if drawn else rng.uniform(0.6, 1)
        if way < 0.15:
            return ("audit", rng.randint(1, 3), "--unit", "asset", "--seed", seed), by_seed
        if way < 0.3:
            stratify = ("--stratify", rng.choice(("label", "annotator")), "--floor", 1) if rng.random() < 0.5 else ()
            return ("audit", rng.randint(5, 12), "--unit", "shape", "--seed", seed, *stratify), by_seed
        if way < 0.45:
            by = rng.choice(("selfclean", "simifeat", "margin"))
            return (("job", "suspects", "--by", by, "-n", n),
                    f"SELECT count(*) FROM job WHERE id > {before} AND ranking = '{by}' AND origin IS NULL")
        if way < 0.6 and self.hunts:
            return ("job", "next", rng.choice(self.hunts), "--control", "-n", n, "--seed", seed), by_seed
        if way < 0.75 and self.hunts:
            return (("job", "next", rng.choice(self.hunts), "-n", n),
                    f"SELECT count(*) FROM job WHERE id > {before} AND origin IS NOT NULL AND kind <> 4")
        if way < 0.81:
            return ("job", "kin", "--all-mistakes", "-n", n), hunted
        if self.mistakes:
            return ("job", "kin", rng.choice(self.mistakes), "-n", n), hunted
        return ("audit", 2, "--unit", "asset", "--seed", seed), by_seed

    def make_jobs(self, rng, name):
        while not self.stop.is_set():
            if not self.may_make() and not (self.dooms.left("job") and self.progress() >= 1):
                time.sleep(0.02)
                continue
            words, query = self.new_job(rng, name == "drawer")
            try:
                result = self.kin("job", *words, "--json", codes=(harness.DONE, harness.FAILED))
            except Killed:
                made = self.ask_ledger(query)
                self.dooms.tell("job", "made" if made else "not made")
                continue  # a job that is there, and that nobody was told of, is merely never reviewed
            if result.code == harness.FAILED:
                self.refuse(words[:2] if words[0] == "job" else words[:1], result.err)
                continue
            told = result.json()
            self.accept((), told["jobs"] if "jobs" in told else [told])

    def refuse(self, words, why):
        """There may be nothing left to make such a job of; any other reason is a failure."""
        why = re.sub(r"'[^']*'|\"[^\"]*\"|\S*[/#]\S*|\d+", "*", why.strip().splitlines()[-1])
        self.refused[" ".join(map(str, words)), why] += 1
        if not NOTHING_LEFT.search(why):
            self.failures.append(f"{' '.join(map(str, words))}: {why}")

    # ---- The server ----

    def keep_serving(self, rng, _name):
        while not self.stop.is_set():
            server = web_harness.Server(self.data, "--quiet")
            with self.served:
                self.server = server
                self.served.notify_all()
            doom = None
            while doom is None and not self.stop.is_set():
                time.sleep(0.02)
                doom = self.dooms.take("serve", self.progress())
            if doom is None:
                break
            time.sleep(rng.uniform(0, 0.5))
            flying = self.flying
            with self.served:
                self.server = None
            server.process.kill()
            server.stop()
            self.dooms.tell("serve", "with requests under way" if flying else "at rest")
        with self.served:
            server, self.server = self.server, None
            self.served.notify_all()
        if server and server.stop() != 0:
            self.failures.append(f"kin serve ended badly: {server.err}")

    def request(self, client, method, path, body=None):
        """(client, answer): asked again and again, of the next server where one is killed. None where it all ends."""
        while True:
            try:
                with self.served:
                    self.served.wait_for(lambda: self.server or self.stop.is_set())
                    if not self.server:
                        return client, None
                    if client is None or client.server is not self.server:
                        client = self.server.client()
                with self.lock:
                    self.flying += 1
                try:
                    answer = client.ask(method, path, body)
                finally:
                    with self.lock:
                        self.flying -= 1
                if answer.status != 503:
                    self.counts["request"] += 1
                    return client, answer
            except (OSError, http.client.HTTPException):
                client = None
                self.counts["request without an answer"] += 1
                time.sleep(0.01)

    def review_in_pages(self, rng, name):
        client, cursor = None, 0
        while not self.stop.is_set():
            if not self.may_judge() or not self.jobs:
                time.sleep(0.02)
                continue
            if self.may_make() and rng.random() < 0.12:
                client = self.make_job_by_page(rng, client)
            job, after = rng.choice(self.jobs), 0
            while after is not None and not self.stop.is_set():
                client, answer = self.request(client, "GET", f"/api/jobs/{job}/rows?after={after}&count=100")
                if answer is None:
                    return
                page = answer.json()
                if answer.status != 200 or page["cursor"] < cursor:
                    self.failures.append(f"rows of job {job}: {answer.status}, cursor {cursor} to {page.get('cursor')}")
                    return
                after, cursor = page["next"], page["cursor"]
                client = self.review_page(rng, client, job, name, [row["item"] for row in page["rows"]])

    def review_page(self, rng, client, job, name, items):
        while items and not self.stop.is_set():
            part, items = items[:20], items[rng.randint(10, 20):]  # some are looked at again
            given = [(item["id"], self.judge(rng, item["name"], name)) for item in part if rng.random() < 0.95]
            if rng.random() < 0.05:
                given = [(number, Verdict(v.item, 0, "", "", 1, "", name)) for number, v in given]
            if not given:
                continue
            body = {"job": job, "reviewer": name,
                    "verdicts": [{"item": number, "verdict": list(GRADES)[v.grade], "should_be": v.should_be or None,
                                  "kind": v.kind or None, "note": v.note or None, "count": v.count}
                                 if v.grade else {"item": number, "verdict": "none"} for number, v in given]}
            client, answer = self.request(client, "POST", "/api/verdicts", body)
            if answer is None:
                return client
            if answer.status != 200:
                self.failures.append(f"verdicts: {answer.status} {answer.body[:300]}")
                return client
            told = answer.json()
            self.accept([v for _, v in given if v.grade and (not told["gone"] or self.editions.is_stable(v.item))])
            if told["undo"] and rng.random() < 0.05:
                client, answer = self.request(client, "POST", "/api/undo", {**told["undo"], "reviewer": name})
                if answer is not None and answer.status != 200:
                    self.failures.append(f"undo: {answer.status} {answer.body[:300]}")
        return client

    def make_job_by_page(self, rng, client):
        seed = rng.randint(1, 2**50)
        path, body = rng.choice((("/api/audits", {"count": rng.randint(1, 3), "seed": seed}),
                                 ("/api/audits", {"count": rng.randint(5, 12), "unit": "shape", "stratify": "label",
                                                  "floor": 1, "seed": seed}),
                                 ("/api/jobs", {"of": "suspects", "n": rng.randint(3, 12)})))
        client, answer = self.request(client, "POST", path, body)
        if answer is not None and answer.status == 200:
            told = answer.json()
            self.accept((), told["jobs"] if "jobs" in told else [told])
        elif answer is not None:
            self.refuse((path,), answer.json()["error"]["message"])
        return client

    # ---- The data set ----

    def keep_indexing(self, _rng, _name):
        while not self.stop.is_set():
            due = self.progress() >= (self.edition + 1) / (self.options.editions + 1)
            if not due and not (self.dooms.left("index") and self.progress() >= 1):
                time.sleep(0.05)
                continue
            self.editions.put(self.edition + 1, self.data)
            self.index_once()
            self.edition += 1

    def index_once(self):
        while True:
            try:
                self.kin("index", "index", self.data)
                return
            except Killed:
                open_items = self.ask_ledger("SELECT count(*) FROM item WHERE state = 0")
                self.dooms.tell("index", "with items to be described" if open_items else "before or after its work")

    # ---- Readers ----

    def read_reports(self, rng, _name):
        seen = {"verdicts": 0, "jobs": 0}
        audits = []
        while not self.stop.is_set():
            status = self.kin("read", "status", "--json").json()
            self.never_back(status, seen)
            report = self.kin("read", "report", "--json").json()
            self.look_at_rates(report)
            for old, new in zip(audits, report["audits"]):
                if any(old[key] != new[key] for key in ("job", "seed", "drawn", "population", "unit", "created")):
                    self.failures.append(f"an audit changed from {old} to {new}")
            if len(report["audits"]) < len(audits):
                self.failures.append(f"{len(audits)} audits became {len(report['audits'])}")
            audits = report["audits"]
            if rng.random() < 0.5:
                self.look_at_rates(self.kin("read", "slices", "--by", "label", "--pairs", "--json").json())

    def never_back(self, status, seen):
        for key, least in seen.items():
            if status[key] < least:
                self.failures.append(f"{key} went back from {least} to {status[key]}")
            seen[key] = status[key]

    def look_at_rates(self, report):
        """Each shape has one label, so the slices of that key are parts of the whole."""
        parts = [one for one in report["slices"] if one["key"] == "label" and not one["key2"]]
        sums = {key: sum(one[key] for one in parts)
                for key in ("population", "known", "known_ok", "audited", "mistakes")}
        whole = {**report, "audited": report["plain"]["n"], "mistakes": report["plain"]["mistakes"]}
        wrong = {key: (value, whole[key]) for key, value in sums.items() if value != whole[key]}
        if wrong:
            self.failures.append(f"slices by label and their sum: {wrong}")
        rate = report["rate"]
        if rate["value"] is not None and not 0 <= rate["lo"] <= rate["value"] <= rate["hi"] <= 1:
            self.failures.append(f"a rate of {rate}")

    def read_items(self, rng, _name):
        jobs = []
        items = [item for item in self.editions.truth if self.editions.is_stable(item)]
        while not self.stop.is_set():
            found = self.kin("read", "find", rng.choice(self.mistakes or items), "-n", 20, "--json").json()
            names = [match["item"] for match in found["matches"]]
            by_mistake = found["by"] == "mistake"
            chances = [match["probability" if by_mistake else "score"] for match in found["matches"]]
            if len(set(names)) != len(names) or sorted(chances, reverse=True) != chances:
                self.failures.append(f"found {found}")
            if by_mistake and any(match["verdict"] for match in found["matches"]):
                self.failures.append(f"found reviewed items: {found}")
            listed = self.kin("read", "job", "list", "--json").json()["jobs"]
            for old, new in zip(jobs, listed):
                if (old["job"], old["items"], old["created"]) != (new["job"], new["items"], new["created"]):
                    self.failures.append(f"a job changed from {old} to {new}")
            if len(listed) < len(jobs):
                self.failures.append(f"{len(jobs)} jobs became {len(listed)}")
            self.failures += [f"a job counts more than there is: {job}" for job in listed
                              if max(job["mistakes"], job["reviewed"]) > job["items"]]
            jobs = listed

    # ---- All of it ----

    def work(self, target, name):
        try:
            target(random.Random(f"{self.options.seed} {name}"), name)
        except BaseException:  # pylint: disable=broad-except
            self.failures.append(f"{name}: {traceback.format_exc()}")
        finally:
            if self.failures:
                self.stop.set()

    def run(self):
        workers = [(self.import_files, "ann"), (self.import_files, "ben"), (self.give_one_by_one, "cleo"),
                   (self.review_in_pages, "dan"), (self.review_in_pages, "eve"), (self.make_jobs, "drawer"),
                   (self.make_jobs, "hunter"), (self.keep_serving, "server"), (self.keep_indexing, "indexer"),
                   (self.read_reports, "reports"), (self.read_items, "items")]
        threads = [threading.Thread(target=self.work, args=worker, name=worker[1]) for worker in workers]
        for thread in threads:
            thread.start()
        told = time.monotonic()
        while not self.stop.wait(0.1):
            self.verdicts = self.ask_ledger("SELECT coalesce(max(id), 0) FROM verdict")
            if self.is_over() or self.failures:
                self.stop.set()
            if self.options.verbose and time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"{self.verdicts} verdicts, {len(self.jobs)} jobs, {self.dooms.done()} kills, "
                      f"edition {self.edition}", file=sys.stderr)
        with self.served:
            self.served.notify_all()
        for thread in threads:
            thread.join()


def tell(days, seconds):
    print(f"{days.verdicts} verdicts, {days.ask_ledger('SELECT count(*) FROM job')} jobs, {days.dooms.done()} kills, "
          f"{days.edition} editions of the data set; {seconds:.0f} s")
    done = days.counts
    print(f"{done['import']} imports, {done['verdict']} single verdicts, {done['job']} jobs made by commands, "
          f"{done['export']} exports, {done['index']} runs of index, {done['request']} requests "
          f"({done['request without an answer']} more without an answer), {done['read']} reads beside them\n")
    for kind in KINDS:
        for what, count in sorted(days.dooms.told[kind].items()):
            print(f"killed: {kind:<8} {count:3} {what}")
    for (words, why), count in sorted(days.refused.items()):
        print(f"refused: {count:4} {words}: {why}")
    print()


def judge(days, fresh, program):
    """What must hold in the end; a list of what does not."""
    days.index_once()
    told = days_end.check(days.data)
    print(f"kin check: {told['items']} items, {told['rows']} rows, no findings")
    problems = [f"accepted, and lost: {verdict}" for verdict in days_end.lost(days.data, days.accepted)]
    print(f"accepted verdicts: {len(days.accepted)}, lost: {len(problems)}")
    problems += [f"job {job} is not whole" for job in days_end.broken_jobs(days.data)]
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    print(f"replay: {days_end.replay(program, days.editions, days.edition, days.data, fresh)}")
    days_end.check(fresh)
    different = days_end.differences(days.data, fresh, days.mistakes[:5])
    print(f"reports that differ from those of the replay: {', '.join(different) or 'none'}")
    problems += [f"{words} differs in the replay" for words in different]
    wrong, here = days_end.disagreements(days.data)
    print("from the tables alone: " + ", ".join(f"{name} {value}" for name, value in here.items())
          + "; " + (f"kin says otherwise: {wrong}" if wrong else "kin says the same"))
    return problems + [f"{name}: kin says {pair[0]}, the log {pair[1]}" for name, pair in wrong.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kin")
    parser.add_argument("replay_log")
    for name, value in (("pictures", 2000), ("verdicts", 100000), ("jobs", 1000), ("kills", 50), ("editions", 12),
                        ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--keep", help="a folder to work in, which stays")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="kin-days-")).resolve()
    folder.mkdir(exist_ok=True)
    random.seed(options.seed)
    try:
        days, began = Days(folder, options), time.monotonic()
        days.run()
        tell(days, time.monotonic() - began)
        problems = days.failures or judge(days, folder / "again", options.replay_log)
        for problem in problems[:20]:
            print(f"many_days: {problem}", file=sys.stderr)
        return 1 if problems else 0
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
