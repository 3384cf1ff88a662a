"""What must hold when the days of many_days.py are over: kin check finds nothing, what was accepted is there, the log
given again to a fresh workspace gives the same statistics to the last digit, and so, for the main figures, does a
recomputation from the log's tables that shares nothing with kin but src/workspace's comments."""

import math
import sqlite3
import subprocess

import harness  # tests/cli

AUDIT, ASSET, SHAPE = 1, 1, 2  # as the ledger has them
WEIGHTS = {2: 0.2, 3: 1.0}  # of an error in the score: minor, critical
REPORTS = (("slices", "--json"), ("slices", "--by", "label,annotator", "--pairs", "--sla", "95", "--json"),
           ("report", "--json"), ("patterns", "--json"), ("job", "list", "--json"))


def must(result):
    if result.code != harness.DONE:
        raise AssertionError(str(result))
    return result


def check(folder):
    told = must(harness.run("check", "--json", "-C", folder)).json()
    if told["findings"]:
        raise AssertionError(f"kin check found {told['findings']}")
    return told


def read_only(folder):
    return sqlite3.connect(f"file:{folder}/.kin/ledger.db?mode=ro", uri=True, timeout=60)


# ---- What was accepted ----

def item_names(ledger):
    """{number: path or path#shape}"""
    return {number: path + (f"#{shape}" if asset else "") for number, asset, shape, path in ledger.execute(
        "SELECT i.id, i.asset, i.shape, a.path FROM item i JOIN asset a ON a.id = coalesce(i.asset, i.id)")}


def lost(folder, accepted):
    """Verdicts that were accepted and are not in the ledger. One without a note of its own may be there as the same
    words of another reviewer: such a one adds nothing."""
    ledger = read_only(folder)
    names = item_names(ledger)
    own, said = set(), set()
    for item, grade, label, kind, count, note, reviewer in ledger.execute(
            "SELECT v.item, v.grade, coalesce(l.text, ''), coalesce(k.text, ''), v.count, coalesce(v.note, ''), "
            "coalesce(r.text, '') FROM verdict v LEFT JOIN name l ON l.id = v.should_be "
            "LEFT JOIN name k ON k.id = v.kind LEFT JOIN name r ON r.id = v.reviewer"):
        words = (names[item], grade, label, kind, count, note)
        said.add(words)
        own.add((*words, reviewer))
    ledger.close()
    return [verdict for verdict in accepted
            if (verdict not in own if verdict[5] else verdict[:6] not in said)]


def broken_jobs(folder):
    """Jobs that are not whole."""
    ledger = read_only(folder)
    wrong = ledger.execute(
        "SELECT j.id FROM job j LEFT JOIN job_item d ON d.job = j.id GROUP BY j.id HAVING count(d.item) = 0 OR "
        "min(d.position) <> 1 OR max(d.position) <> count(d.item) OR coalesce((SELECT sum(drawn) FROM stratum s WHERE "
        "s.job = j.id), count(d.item)) <> count(d.item)").fetchall()
    ledger.close()
    return [number for number, in wrong]


# ---- The log given again ----

def replay(program, editions, last, folder, fresh):
    """Makes the workspace of `folder` again in `fresh`: all editions, then the log. What the program says."""
    for number in range(last + 1):
        editions.put(number, fresh)
        must(harness.run("index", fresh, "--quiet", "--model", "classic"))
    done = subprocess.run([program, folder / ".kin" / "ledger.db", fresh / ".kin" / "ledger.db"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the log cannot be given again: {done.stderr}")
    return done.stdout.strip()


def differences(folder, fresh, items):
    """Reports of the two workspaces that are not the same, byte for byte."""
    finds = tuple(("find", item, "-n", "50", "--json") for item in items)
    return [" ".join(words) for words in REPORTS + finds
            if must(harness.run(*words, cwd=folder)).out != must(harness.run(*words, cwd=fresh)).out]


# ---- The main figures, from the log alone ----

class Log:
    """Items, audits and verdicts as the ledger's tables have them."""

    def __init__(self, folder):
        ledger = read_only(folder)
        live = {number: (asset or number, label) for number, asset, label in ledger.execute(
            "SELECT i.id, i.asset, n.text FROM item i LEFT JOIN name n ON n.id = i.label WHERE i.state < 2")}
        self.items = {number: row for number, row in live.items() if row[0] in live}
        self.shapes = {}
        for number, (asset, _) in self.items.items():
            if asset != number:
                self.shapes.setdefault(asset, []).append(number)
        self.values = {}  # (item, key) -> value
        for item, key, value in ledger.execute("SELECT t.item, k.text, v.text FROM attribute t JOIN name k ON "
                                               "k.id = t.key JOIN name v ON v.id = t.value"):
            self.values[item, key] = value
        self.audits = ledger.execute("SELECT id, unit, population, stratify FROM job WHERE kind = ? ORDER BY id",
                                     (AUDIT,)).fetchall()
        self.rows = {job: ledger.execute("SELECT item, stratum FROM job_item WHERE job = ? ORDER BY position", (job,))
                     .fetchall() for job, _, _, _ in self.audits}
        self.strata = {job: ledger.execute("SELECT name, population, drawn FROM stratum WHERE job = ? ORDER BY number",
                                           (job,)).fetchall() for job, _, _, _ in self.audits}
        self._read_verdicts(ledger)
        ledger.close()

    def _read_verdicts(self, ledger):
        kinds = dict(ledger.execute("SELECT id, kind FROM job"))
        said = {}
        for row in ledger.execute("SELECT item, time, id, grade, count, job FROM verdict ORDER BY item, time, id"):
            said.setdefault(row[0], []).append(row)
        self.grade, self.errors, self.reviewed, self.audited = {}, {}, {}, {}
        for item, rows in said.items():
            back = max((i for i, row in enumerate(rows) if row[3] == 0), default=-1)
            rows = rows[back + 1:]  # what a withdrawal took back has never been said
            if not rows or item not in self.items:
                continue
            self.grade[item] = rows[-1][3]
            self.errors[item] = rows[-1][4] if rows[-1][3] > 1 else 0
            self.reviewed[item] = min(row[2] for row in rows)
            own = [row[2] for row in rows if row[5] is None or kinds[row[5]] == AUDIT]
            if own:
                self.audited[item] = min(own)
        # An image is reviewed when the last of its parts is.
        for asset, shapes in self.shapes.items():
            parts = [self.reviewed.get(item, 0) for item in (asset, *shapes)]
            self.reviewed[asset] = max(parts) if all(parts) else 0
            self.audited[asset] = max(self.audited.get(item, 0) for item in (asset, *shapes))

    def is_mistake(self, item):
        return self.grade.get(item, 0) > 1

    def counted(self, job):
        """The rows of an audit that count, and by stratum how many draws reach up to the last of them."""
        states = {}
        for item, stratum in self.rows[job]:
            run = states.setdefault(stratum, {"over": False, "at": 0, "last": 0, "newest": 0})
            if item not in self.items or run["over"]:
                continue
            run["at"] += 1
            run["over"] = not self.reviewed.get(item)
            if not run["over"] and self.audited.get(item):
                run["last"], run["newest"] = run["at"], max(run["newest"], self.audited[item])
        for run in states.values():
            run.update(at=0, over=False, drawn=0, reached=0)
        out = []
        for item, stratum in self.rows[job]:
            run = states[stratum]
            run["drawn"] += 1
            if item not in self.items or run["over"]:
                continue
            run["at"] += 1
            reviewed = self.reviewed.get(item, 0)
            run["over"] = run["at"] > run["last"] and (not reviewed or reviewed > run["newest"])
            if not run["over"]:
                run["reached"] = run["drawn"]
                out.append(item)
        return out, {stratum: run["reached"] for stratum, run in states.items()}

    def stratum_of(self, item, job, stratify):
        if not stratify:
            return 0
        asset, label = self.items[item]
        value = label if stratify == "label" else self.values.get((item, stratify), self.values.get((asset, stratify)))
        names = [name for name, _, _ in self.strata[job]]
        value = "(none)" if value is None else value
        return names.index(value) if value in names else None


def recomputed(folder):
    """known, known_ok, n, mistakes, rate and score."""
    log = Log(folder)
    runs = {job: log.counted(job) for job, _, _, _ in log.audits}
    last = max((job for job in runs if runs[job][0]), default=0)
    taken = {item for items, _ in runs.values() for item in items}
    sample = [item for item, (asset, _) in log.items.items() if item != asset and (item in taken or asset in taken)]

    def chance(item, unit):
        through, left = 0.0, 1.0
        for job, of, population, stratify in log.audits:
            if of != unit or job > last:
                continue
            stratum = log.stratum_of(item, job, stratify)
            if stratum is None:
                continue
            _, size, drawn = log.strata[job][stratum] if stratify else (None, population, len(log.rows[job]))
            through += left * min(1, runs[job][1].get(stratum, 0) / size) if size else 0
            left *= 1 - (min(1, drawn / size) if size else 0)
        return through

    weights = {item: 1 / (1 - (1 - chance(log.items[item][0], ASSET)) * (1 - chance(item, SHAPE)))
               for item in sample}
    total = math.fsum(weights.values())
    shapes = [item for item, (asset, _) in log.items.items() if item != asset]
    return {"known": sum(log.is_mistake(item) for item in shapes),
            "known_ok": sum(log.grade.get(item) == 1 for item in shapes),
            "n": len(sample), "mistakes": sum(log.is_mistake(item) for item in sample),
            "rate": math.fsum(weights[item] for item in sample if log.is_mistake(item)) / total if total else None,
            "score": mean_score(log, [item for job, unit, _, _ in log.audits if unit == ASSET
                                      for item in runs[job][0]])}


def mean_score(log, assets):
    scores = []
    for asset in assets:
        parts = (asset, *log.shapes.get(asset, ()))
        lost_points = math.fsum(log.errors.get(item, 0) * WEIGHTS.get(log.grade.get(item), 0) for item in parts)
        shapes = len(parts) - 1
        scores.append(1.0 if not lost_points else max(0.0, 1 - lost_points / shapes) if shapes else 0.0)
    return math.fsum(scores) / len(scores) if scores else None


def disagreements(folder):
    """Figures that kin gives otherwise than the recomputation: {name: (kin's, recomputed)}, and what was recomputed."""
    told = must(harness.run("slices", "--json", "-C", folder)).json()
    here = recomputed(folder)
    kin = {"known": told["known"], "known_ok": told["known_ok"], "n": told["plain"]["n"],
           "mistakes": told["plain"]["mistakes"], "rate": told["plain"]["value"], "score": told["score"]["value"]}
    return {name: (kin[name], value) for name, value in here.items()
            if kin[name] != value and not (kin[name] is not None and value is not None
                                           and math.isclose(kin[name], value, rel_tol=1e-9))}, here
