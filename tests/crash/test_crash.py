"""kin is stopped at every write in turn: at each the workspace opens and is whole, what was accepted is there, and
going on gives what an undisturbed run gives. A sample of the writes by default, with an offset that
KIN_CRASH_SEED gives; all of them with KIN_CRASH_FULL=1.

A write that fails, a disk that is full, a half of a write, and a kill are what they are. A power cut (`lost`)
is simulated: all that was not synced is taken back. That is one of the things which a power cut may leave
behind; that all of it survives is another (`after`); what survives in part, in an order of the disk's own, is
not tried."""

import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from harness import DONE, FAILED, Case, main, run  # noqa: E402

SHIM = os.environ.get("FAULT_SHIM") or sys.exit("set FAULT_SHIM to the path of libfault_shim.so")
FULL = bool(os.environ.get("KIN_CRASH_FULL"))
SEED = int(os.environ.get("KIN_CRASH_SEED", "1"))
KINDS = ("eio", "full", "short", "torn", "before", "after", "lost")
KILLS = ("torn", "before", "after", "lost")
SAMPLE = 5  # of each kind
KILLED = -signal.SIGKILL
HEAD = 64
PICTURES, SHAPES = 40, 12  # more than one batch


def copy(source, target):
    """Images as hard links: kin does not write to them."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.rglob("*")):
        to = target / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".ppm":
            os.link(path, to)
        else:
            shutil.copy2(path, to)


def picture(seed):
    return b"P6 24 16 255\n" + random.Random(seed).randbytes(24 * 16 * 3)


def draw(folder):
    """A data set of noise."""
    folder.mkdir()
    for number in range(PICTURES):
        (folder / f"{number:02}.ppm").write_bytes(picture(number))
    content = {"images": [{"id": i, "file_name": f"{i:02}.ppm", "width": 24, "height": 16} for i in range(PICTURES)],
               "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
               "annotations": [{"id": i + 1, "image_id": i, "category_id": 1 + i % 2, "bbox": [2, 2, 8 + i % 5, 9]}
                               for i in range(SHAPES)]}
    (folder / "instances.json").write_text(json.dumps(content), encoding="utf-8")


def with_shim(folder, log, number=0, kind=""):
    return {"LD_PRELOAD": SHIM, "FAULT_FOLDER": str(folder), "FAULT_AT": str(number), "FAULT_KIND": kind,
            "FAULT_LOG": str(log)}


QUERIES = (
    "SELECT i.id, f.path, i.shape, n.text, i.x, i.y, i.w, i.h, i.state, i.reason FROM item i "
    "JOIN asset f ON f.id = coalesce(i.asset, i.id) LEFT JOIN name n ON n.id = i.label ORDER BY i.id",
    "SELECT v.item, v.job, v.grade, n.text, v.note, v.count FROM verdict v LEFT JOIN name n ON n.id = v.should_be "
    "ORDER BY v.id",
    "SELECT id, kind, unit, population FROM job ORDER BY id",
    "SELECT job, position, item, stratum, probability FROM job_item ORDER BY job, position",
)


def ledger_of(folder):
    """What the ledger says, times left out."""
    ledger = sqlite3.connect(folder / ".kin" / "ledger.db")
    try:
        return [ledger.execute(query).fetchall() for query in QUERIES]
    finally:
        ledger.close()


def verdicts_of(folder):
    return ledger_of(folder)[1]


def rows_of(folder):
    """The last row of each item, of the rows that count."""
    ledger = sqlite3.connect(folder / ".kin" / "ledger.db")
    settings = dict(ledger.execute("SELECT name, value FROM setting"))
    ledger.close()
    content = (folder / ".kin" / "vectors.bin").read_bytes()
    stride = struct.unpack_from("<I", content, 12)[0]
    generation = struct.unpack_from("<Q", content, 32)[0]
    if generation != int(settings["generation"] if "generation" in settings else 0):
        raise AssertionError(f"vectors.bin is of generation {generation}, the ledger names {settings}")
    rows = {}
    for at in range(HEAD, HEAD + int(settings["rows"]) * stride, stride):
        number = struct.unpack_from("<q", content, at)[0]
        rows[abs(number)] = content[at + 8:at + stride] if number > 0 else None
    return {number: row for number, row in rows.items() if row is not None}


class Scenario:
    """A command, the state it is given on, and what comes of it undisturbed."""

    def __init__(self, name, state, words, place):
        self.name, self.state, self.words = name, state, words
        folder, log = place / "undisturbed", place / "log"
        copy(state, folder)
        result = self.run(folder, with_shim(folder, log))
        if result.code != DONE:
            raise AssertionError(str(result))
        self.calls = int(log.read_text(encoding="utf-8"))
        self.accepted = verdicts_of(state) if (state / ".kin").exists() else []
        self.ledger, self.rows = ledger_of(folder), rows_of(folder)
        self.item = self.ledger[0][-1]  # a shape
        self.found = self.find(folder)
        shutil.rmtree(folder)

    def run(self, folder, env=None):
        return run(*(str(word).replace("FOLDER", str(folder)) for word in self.words), env=env)

    def find(self, folder):
        return run("-C", folder, "find", f"{self.item[1]}#{self.item[2]}", "--json").out

    def faults(self):
        yield "cut", 0
        for kind in KINDS:
            numbers = range(1, self.calls + 1)
            if not FULL:
                step = max(1, self.calls // SAMPLE)
                numbers = range(random.Random(f"{SEED} {self.name} {kind}").randint(1, step), self.calls + 1, step)
            for number in numbers:
                yield kind, number


class Crash(Case):
    def make_states(self):
        """fresh: a folder; indexed: with a job and a verdict; changed: with other files since; dead: indexed again."""
        self.fresh, self.indexed = self.folder / "fresh", self.folder / "indexed"
        self.changed, self.dead = self.folder / "changed", self.folder / "dead"
        draw(self.fresh)
        copy(self.fresh, self.indexed)
        self.kin("index", self.indexed, "--threads", 1)
        self.kin("-C", self.indexed, "audit", 3, "--seed", 1)
        self.kin("-C", self.indexed, "verdict", "00.ppm#1", "critical")
        self.job = self.folder / "job.csv"
        lines = self.kin("-C", self.indexed, "job", "export", 1).out.splitlines()
        place = lines[0].split(",").index("verdict")
        for i in range(1, len(lines)):
            cells = lines[i].split(",")
            cells[place] = "minor"
            lines[i] = ",".join(cells)
        self.job.write_text("\n".join(lines) + "\n", encoding="utf-8")
        copy(self.indexed, self.changed)
        self.change(self.changed)
        copy(self.changed, self.dead)
        self.kin("index", self.dead, "--threads", 1)
        self.kin("-C", self.dead, "check")

    def change(self, folder):
        for number in (3, 38):
            image = folder / f"{number:02}.ppm"
            image.unlink()
            image.write_bytes(picture(100 + number))
            os.utime(image, ns=(10**18, 10**18))
        (folder / "20.ppm").unlink()
        annotations = folder / "instances.json"
        content = json.loads(annotations.read_text(encoding="utf-8"))
        content["annotations"][5]["bbox"][0] += 1
        del content["annotations"][7]
        content["images"] = [image for image in content["images"] if image["file_name"] != "20.ppm"]
        annotations.write_text(json.dumps(content), encoding="utf-8")

    def after_fault(self, scenario, place, kind, number):
        """None, or what is wrong."""
        folder, log = place / "data", place / "log"
        copy(scenario.state, folder)
        stopped = scenario.run(folder, with_shim(folder, log, number, kind))
        for left in folder.rglob("*.fault-*"):  # the shim's own
            left.unlink()
        if stopped.code not in (DONE, FAILED, *[KILLED] * (kind in KILLS)):
            return f"it ended with {stopped.code}: {stopped.err}"
        if stopped.code == FAILED and not stopped.err.splitlines()[-1].startswith("kin: "):
            return f"it said {stopped.err}"
        begun = ledger_exists(folder)
        checked = run("-C", folder, "check", "--json")
        if checked.code != DONE and (begun or scenario.accepted):
            return f"kin check: {checked}"
        if begun:
            there = verdicts_of(folder)
            lost = [verdict for verdict in scenario.accepted if verdict not in there]
            if lost:
                return f"lost: {lost}"
        if stopped.code == DONE and not (begun and ledger_of(folder) == scenario.ledger):
            return "it said that it was done, and was not"
        return self.going_on(scenario, folder)

    def going_on(self, scenario, folder):
        again = scenario.run(folder)
        if again.code != DONE:
            return f"the second run: {again}"
        checked = run("-C", folder, "check", "--json")
        if checked.code != DONE or checked.json()["findings"]:
            return f"kin check after the second run: {checked}"
        if ledger_of(folder) != scenario.ledger:
            return f"another ledger: {ledger_of(folder)}\ninstead of {scenario.ledger}"
        if rows_of(folder) != scenario.rows:
            return "other vectors"
        return None if scenario.find(folder) == scenario.found else "another answer of kin find"

    def sweep(self, scenario):
        def try_one(fault):
            kind, number = fault
            place = self.folder / f"{scenario.name}-{kind}-{number}"
            place.mkdir()
            wrong = self.after_fault(scenario, place, kind, number)
            if not wrong:
                shutil.rmtree(place)
            return wrong and f"{scenario.name}, {kind} at {number} of {scenario.calls}: {wrong}"

        faults = list(scenario.faults())
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            wrong = [line for line in pool.map(try_one, faults) if line]
        print(f"{scenario.name}: {scenario.calls} calls, {len(faults)} faults, {len(wrong)} wrong", flush=True)
        return wrong

    def test_every_write(self):
        self.make_states()
        index = ("index", "FOLDER", "--threads", 1)
        scenarios = [
            Scenario("index", self.fresh, index, self.folder),
            Scenario("index-again", self.changed, index, self.folder),
            Scenario("index-anew", self.indexed, (*index, "--margin", 0.3), self.folder),
            Scenario("verdict", self.indexed, ("-C", "FOLDER", "verdict", "01.ppm#2", "minor"), self.folder),
            Scenario("job-import", self.indexed, ("-C", "FOLDER", "job", "import", 1, self.job), self.folder),
            Scenario("compact", self.dead, ("-C", "FOLDER", "compact"), self.folder),
        ]
        wrong = []
        for scenario in scenarios:
            self.assertGreater(scenario.calls, 3, scenario.name)
            wrong += self.sweep(scenario)
        self.assertEqual(wrong, [], "\n".join(wrong[:20]))


def ledger_exists(folder):
    """Whether the first transaction, which makes the tables, came through."""
    path = folder / ".kin" / "ledger.db"
    if not path.exists():
        return False
    ledger = sqlite3.connect(path)
    try:
        return ledger.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0
    finally:
        ledger.close()


if __name__ == "__main__":
    main()
