"""serve_million.py FOLDER KIN: a data set of a million items, 50,000 pictures (all the same bytes) with 19 shapes each,
indexed with made-up vectors; and an audit of 300."""

import array
import csv
import pathlib
import random
import subprocess
import sys

from npy_file import write_header

PICTURES, SHAPES, DIM = 50000, 19, 32
LABELS = ("pedestrian", "car", "bicycle", "skateboarder", "motorcycle")


def picture():
    """64 x 48 pixels as PGM."""
    return b"P5 64 48 255\n" + bytes(range(64)) * 48


def names():
    for i in range(PICTURES):
        yield f"images/{i // 1000:02d}/{i:06d}.pgm"


def write_npy(path):
    some = random.Random(1)
    block = array.array("f", (some.uniform(-1, 1) for _ in range(PICTURES * DIM)))
    with open(path, "wb") as file:
        write_header(file, PICTURES * (SHAPES + 1), DIM)
        for shift in range(SHAPES + 1):  # another run of the same numbers each time
            file.write((block[shift:] + block[:shift]).tobytes())


def main():
    folder, kin = pathlib.Path(sys.argv[1]), sys.argv[2]
    for i in range((PICTURES + 999) // 1000):
        (folder / "images" / f"{i:02d}").mkdir(parents=True)
    for name in names():
        (folder / name).write_bytes(picture())
    with open(folder / "labels.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "shape", "label", "x", "y", "width", "height", "annotator"))
        for i, name in enumerate(names()):
            for j in range(SHAPES):
                rows.writerow((name, j, LABELS[(i * 7 + j * j) % 5], j, j, 20, 20, f"annotator-{(i + j) % 9}"))
    with open(folder / "rows.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "shape"))
        for name in names():
            rows.writerow((name, ""))
            for j in range(SHAPES):
                rows.writerow((name, j))
    write_npy(folder / "vectors.npy")
    subprocess.run([kin, "index", folder, "--annotations", folder / "labels.csv", "--embeddings",
                    folder / "vectors.npy",
                    "--rows", folder / "rows.csv", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([kin, "audit", "300", "--seed", "1", "-C", folder, "--quiet"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
