#!/usr/bin/env python3
"""The index against other programs that find nearest neighbours: the same vectors, the same k.

    compare_search.py [--build build/release] [--sizes 100000,1000000] [--limit 600] [--programs NAME;NAME...]

With --programs only those of peer_search.py and kin; the one that is exact, faiss Flat, is always there. Vectors are
those of search_world.h, 128 components; queries are drawn alike and are not among the items. Each program is a process
of its own that builds on all cores, for --limit seconds at most, and then answers on one thread, by turns: a round is
100 queries one by one, and once all in one call. Recall at 50 is against an exact search of the vectors as they are in
float32; a row is one program at one setting, and "times kin" compares medians of the same rounds: above 1 it is faster
than kin. Bytes are those of an item in memory, the vectors among them where the program keeps them."""

import argparse
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from compare_common import kin_version, machine, need
from peer_search import PEERS

EXACT = "faiss Flat"
DIM, K, QUERIES, ALONE, ROUNDS = 128, 50, 1000, 100, 3


class Program:
    """One process; answers by lines."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, env={**os.environ, **(env or {})})
        self.build = self.line()

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare_search.py: {' '.join(map(str, self.process.args))} ended early")
        return line.split()

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        return self.line()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Row:
    def __init__(self, name, program, setting):
        self.name, self.program, self.setting = name, program, setting
        self.alone, self.all, self.recall = [], [], 0

    def label(self):
        return self.name + (f", {self.setting}" if self.setting is not None else "")

    def prepare(self):
        if self.setting is not None:
            self.program.ask("set", self.setting)

    def round(self, number):
        self.prepare()
        few = self.setting == "scan"
        self.alone.append([float(s) for s in self.program.ask("one", ALONE * number, 5 if few else ALONE)])
        self.all.append(float(self.program.ask("all")[0]) if not few else QUERIES * statistics.mean(self.alone[-1]))

    def median_alone(self):
        return statistics.median(s for turn in self.alone for s in turn)


def recall_of(numpy, row, exact, work):
    path = work / "ids"
    row.prepare()
    row.program.ask("all")
    row.program.ask("ids", path)
    got = numpy.fromfile(path, numpy.int64).reshape(-1, K)
    n = min(len(got), len(exact))
    return sum(len(set(a) & set(b)) for a, b in zip(got[:n].tolist(), exact[:n].tolist())) / (n * K)


def interpreter(name):
    """A Python whose sqlite3 loads extensions, where one is needed: some are built without."""
    if name == "sqlite-vec" and not hasattr(sqlite3.Connection, "enable_load_extension"):
        return shutil.which("python3", path="/usr/bin") or sys.executable
    return sys.executable


def modules():
    import sqlite_vec
    return {"PYTHONPATH": str(pathlib.Path(sqlite_vec.__file__).parent.parent)}


def start_all(args, work):
    """(name, program, settings), and what was not built in time."""
    kin = Program([f"{args.build}/bench/search_turns", DIM, K, work / "kin", work / "items.raw", work / "queries.raw"])
    yield "kin", kin, [None]
    for name in args.programs:
        settings = PEERS[name][1]
        program = Program([interpreter(name), "-B", pathlib.Path(__file__).with_name("peer_search.py"), name, DIM, K,
                           args.limit, work / "items.raw", work / "queries.raw"], env=modules())
        yield name, program, settings


def compare(args, size, work):
    import numpy
    turns = f"{args.build}/bench/search_turns"
    (work / "kin").mkdir()
    for stream, n, name in ((1, size, "items"), (0, QUERIES, "queries")):
        subprocess.run([turns, "draw", str(DIM), str(stream), str(n), work / f"{name}.raw"], check=True)
    rows, late, builds, exact = [], [], {}, None
    for name, program, settings in start_all(args, work):
        if program.build[0] in ("late", "absent"):
            late.append(f"{name}: " + (f"{program.build[1]} % after {args.limit:.0f} s" if program.build[0] == "late"
                                       else " ".join(program.build[1:])))
            program.end()
            continue
        builds[name] = program.build
        rows += [Row(name, program, setting) for setting in settings]
        if name == EXACT:
            program.ask("all")
            program.ask("ids", work / "exact")
            exact = numpy.fromfile(work / "exact", numpy.int64).reshape(-1, K)
    for row in rows:
        row.recall = recall_of(numpy, row, exact, work)  # warms up, too
    for number in range(ROUNDS):
        for row in rows:
            time.sleep(0.02)
            row.round(number)
    show(size, rows, builds, late)
    for program in {row.program for row in rows}:
        program.end()


def show(size, rows, builds, late):
    print(f"{size} items, {QUERIES} queries, k {K}\n{'':58} recall   one query, ms        all, queries/s        "
          "build, s  bytes an item")
    base = rows[0]
    for row in rows:
        alone, together = row.median_alone(), statistics.median(row.all)
        faster = base.median_alone() / alone, statistics.median(base.all) / together
        print(f"{row.label():58} {row.recall:6.4f}  {1e3 * alone:8.3f}  {faster[0]:6.2f} x  {QUERIES / together:9.0f}  "
              f"{faster[1]:6.2f} x  {float(builds[row.name][0]):8.1f}  {float(builds[row.name][1]):9.0f}")
    for line in late:
        print(f"not built: {line}")
    quicker = [r for r in rows[1:] if r.recall >= base.recall and r.median_alone() < base.median_alone()]
    print("faster than kin for one query at no less recall: " +
          ("; ".join(r.label() for r in quicker) or "none"))
    quicker = [r for r in rows[1:] if r.recall >= base.recall and statistics.median(r.all) < statistics.median(base.all)]
    print("faster than kin for all at no less recall: " +
          ("; ".join(r.label() for r in quicker) or "none") + "\n")


def named(text):
    names = text.split(";")
    if unknown := [name for name in names if name not in PEERS]:
        raise argparse.ArgumentTypeError(f"no {unknown[0]}; there are {'; '.join(PEERS)}")
    return [name for name in PEERS if name in names or name == EXACT]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=str(pathlib.Path(__file__).resolve().parent.parent / "build" / "release"))
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--programs", type=named, default=list(PEERS))
    args = parser.parse_args()
    need(numpy="numpy", faiss="faiss-cpu", hnswlib="hnswlib", usearch="usearch", sqlite_vec="sqlite-vec")
    import faiss
    import importlib.metadata as metadata
    print(f"{machine()}; {kin_version(f'{args.build}/src/cli/kin')}; faiss-cpu {faiss.__version__} "
          f"({faiss.get_compile_options().strip()}), hnswlib {metadata.version('hnswlib')}, usearch "
          f"{metadata.version('usearch')}, sqlite-vec {metadata.version('sqlite-vec')}\n"
          f"{DIM} components, one thread, {ROUNDS} rounds by turns; built on all cores\n")
    for size in map(int, args.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            compare(args, size, pathlib.Path(folder))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
