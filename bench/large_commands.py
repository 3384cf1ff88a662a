#!/usr/bin/env python3
"""Time and peak memory of the commands as a data set grows.

    large_commands.py [--sizes 10000,100000,1000000] BUILD

A data set is pictures with 19 shapes each, so that items are 20 times the pictures. Vectors are those of search_world.h, 128
components. A shape's label is the number of the largest of its first 16 components, so that labels follow the vectors;
of 3 % of the shapes it is the next number (planted mistakes). The first shape of every 200th picture is the one of the
picture before it again, at cosine 0.97, with another label (planted duplicates). All is seeded.

Each command is a process of its own. Memory is the most that the process held, mapped files included. The last lines
say what share of the first 100 suspects were planted, and of the planted duplicates how many were found."""

import argparse
import array
import concurrent.futures
import csv
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from npy_file import write_header

SHAPES, DIM, LABELS = 19, 128, 16
PICTURE = b"P5 64 48 255\n" + bytes(range(64)) * 48


def name_of(picture):
    return f"images/{picture // 1000:03d}/{picture:07d}.pgm"


def plant_duplicate(vectors, source, target, rng):
    noise = [rng.gauss(0, 1) for _ in range(DIM)]
    scale = 0.25 / math.sqrt(sum(x * x for x in noise))  # cosine 1 / sqrt(1 + 0.25^2)
    for i in range(DIM):
        vectors[target * DIM + i] = vectors[source * DIM + i] + scale * noise[i]


def label_of(vectors, row):
    head = vectors[row * DIM:row * DIM + LABELS]
    return head.index(max(head))


def draw(build, pictures, folder):
    rows = pictures * (SHAPES + 1)
    raw = folder / "vectors.raw"
    subprocess.run([build / "bench" / "search_turns", "draw", str(DIM), "1", str(rows), raw], check=True)
    vectors = array.array("f")
    with open(raw, "rb") as file:
        vectors.fromfile(file, rows * DIM)
    raw.unlink()
    return vectors


def write_vectors(path, vectors):
    with open(path, "wb") as file:
        write_header(file, len(vectors) // DIM, DIM)
        vectors.tofile(file)


def make(build, pictures, folder):
    """Writes the data set; its planted mistakes (path#shape) and duplicates (pairs of them)."""
    rng, mistakes, pairs = random.Random(1), set(), []
    vectors = draw(build, pictures, folder)
    data = folder / "set"
    for i in range((pictures + 999) // 1000):
        (data / "images" / f"{i:03d}").mkdir(parents=True)
    with open(data / "labels.csv", "w", newline="", encoding="utf-8") as labels_file, \
            open(data / "rows.csv", "w", newline="", encoding="utf-8") as rows_file:
        labels, rows = csv.writer(labels_file), csv.writer(rows_file)
        labels.writerow(("path", "shape", "label", "x", "y", "width", "height", "annotator"))
        rows.writerow(("path", "shape"))
        for picture in range(pictures):
            name, first = name_of(picture), picture * (SHAPES + 1)
            (data / name).write_bytes(PICTURE)
            rows.writerow((name, ""))
            shift = picture % 200 == 199
            if shift:
                plant_duplicate(vectors, first - SHAPES, first + 1, rng)
                pairs.append((f"{name_of(picture - 1)}#0", f"{name}#0"))
            for shape in range(SHAPES):
                label = label_of(vectors, first + 1 + shape)
                if rng.random() < 0.03:
                    mistakes.add(f"{name}#{shape}")
                    label += 1
                label += 2 * (shift and shape == 0)
                labels.writerow((name, shape, f"class {label % LABELS}", shape, shape, 20, 20,
                                 f"annotator {(picture + shape) % 9}"))
                rows.writerow((name, shape))
    write_vectors(data / "vectors.npy", vectors)
    return mistakes, pairs


class Commands:
    def __init__(self, build, folder):
        self.kin, self.folder, self.figures = build / "src" / "cli" / "kin", folder, {}

    def run(self, name, *words):
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            process = subprocess.Popen([self.kin, *words, "-C", self.folder, "--json", "--quiet"], stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in (0, 3):  # 3: the new image has no vector
                sys.exit(f"large_commands.py: kin {' '.join(map(str, words))} ended with {process.returncode}")
            self.figures[name] = seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
            out.seek(0)
            return json.load(out)


def item_name(item):
    return f"{item['path']}#{item['shape']}"


def measure(build, pictures):
    with tempfile.TemporaryDirectory() as work:
        # In a process of its own: a command's peak begins with that of the process that starts it.
        with concurrent.futures.ProcessPoolExecutor(1) as pool:
            mistakes, pairs = pool.submit(make, build, pictures, pathlib.Path(work)).result()
        data = pathlib.Path(work) / "set"
        kin = Commands(build, data)
        kin.run("index", "index", "--annotations", data / "labels.csv", "--embeddings", data / "vectors.npy", "--rows",
                data / "rows.csv")
        kin.run("index, nothing new", "index")
        (data / name_of(0)).with_name("new.pgm").write_bytes(PICTURE[:-1] + b"\0")
        kin.run("index, one image more", "index")
        kin.run("status", "status")
        kin.run("audit 300", "audit", "300", "--seed", "1")
        known = sorted(mistakes)[0]
        kin.run("find, by looks", "find", known, "--by", "looks")
        suspects = kin.run("job suspects", "job", "suspects")["job"]
        suspects = kin.run("job show", "job", "show", str(suspects))["rows"]
        first = suspects[0]
        right = f"class {(int(first['label'].split()[1]) - 1) % LABELS}"
        item = first["item"]
        kin.run("verdict", "verdict", item, "critical", "--should-be", right)
        kin.run("find, by mistake", "find", item)
        kin.run("job kin", "job", "kin", item)
        kin.run("job kin --all-mistakes", "job", "kin", "--all-mistakes")
        found = kin.run("duplicates", "duplicates")
        for name in ("patterns", "slices", "report", "check", "compact"):
            kin.run(name, name)
        kin.run("export", "export", data / "corrected.json")
        hits = sum(row["item"] in mistakes for row in suspects)
        group_of = {item_name(i): number for number, group in enumerate(found["groups"]) for i in group["items"]}
        together = sum(group_of.get(a, -1) == group_of.get(b, -2) for a, b in pairs)
        return kin.figures, hits, together, len(pairs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("build", type=pathlib.Path)
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    results = [measure(args.build.resolve(), size // (SHAPES + 1)) for size in sizes]
    print("items" + " " * 19 + "".join(f"{size:>31,}" for size in sizes))
    print(" " * 24 + "    wall, s  processor, s    MiB" * len(sizes))
    for name in results[0][0]:
        print(f"{name:24}" + "".join("{:11.2f} {:13.2f} {:6.0f}".format(*figures[name]) for figures, *_ in results))
    for size, (_, hits, found, planted) in zip(sizes, results):
        print(f"{size:,} items: {hits} of the first 100 suspects were planted; {found} of {planted} planted duplicates "
              "were found")


if __name__ == "__main__":
    main()
