#!/usr/bin/env python3
"""From a folder to vectors: wall time of the whole of `kin index` against the script that one would write in Python.

    compare_pipeline.py --build build/release --model models/efficientnet-lite0 [--rounds 3] PHOTOS BOXES

PHOTOS: a folder of images, taken whole. BOXES: one that holds images/ and the labels/ of YOLO, taken whole and once
more with all boxes. 8 bits are compared where MODEL is calibrated (kin calibrate). Each run is a process from its start
to its end, on files that are in memory already; a round is one run of each, and ratios are taken within a round. kin
uses all cores, the script two processes (peer_pipeline.py)."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from compare_common import HERE, Table, files_of, kin_version, machine, need
from index_shares import show_shares


def copy_some(source, target, most):
    """Up to `most` images, evenly chosen, and the labels beside them."""
    source = pathlib.Path(source)
    files = files_of(source)
    for file in files[::-(-len(files) // most)]:
        labels = pathlib.Path(file.replace("/images/", "/labels/")).with_suffix(".txt")
        for one in (pathlib.Path(file), labels):
            if one.exists():
                there = target / one.relative_to(source)
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(one, there)
    if (source / "data.yaml").exists():
        shutil.copyfile(source / "data.yaml", target / "data.yaml")


class Comparison:
    def __init__(self, args, work):
        self.kin, self.model, self.work = f"{args.build}/src/cli/kin", os.path.abspath(args.model), work
        self.precisions = {"kin index, 8 bits": ["--precision", "int8"], "kin index, float": ["--precision", "float"]}
        if not pathlib.Path(self.model, "int8_ranges.json").exists():
            del self.precisions["kin index, 8 bits"]
        self.summaries = {name: [] for name in self.precisions}

    def run_kin(self, name, folder, boxes):
        shutil.rmtree(folder / ".kin", ignore_errors=True)
        more = [] if boxes else ["--no-annotations"]
        start = time.perf_counter()
        result = subprocess.run([self.kin, "index", folder, "--model", self.model, "--json", "--quiet", *more,
                                 *self.precisions[name]], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        if result.returncode not in (0, 3):
            sys.exit(f"compare_pipeline.py: {result.stderr}")
        summary = json.loads(result.stdout)
        self.summaries[name].append(summary)
        return seconds, summary["described"]

    def run_script(self, reader, folder, boxes):
        command = [sys.executable, HERE / "peer_pipeline.py", reader, self.model, folder, self.work / "vectors.npy"]
        start = time.perf_counter()
        result = subprocess.run(command + ["--boxes"] * boxes, stdout=subprocess.PIPE, text=True, check=True)
        return time.perf_counter() - start, int(result.stdout)

    def compare(self, title, folder, boxes, rounds):
        scripts = {"Pillow + ONNX Runtime": "pillow", "OpenCV + ONNX Runtime": "opencv"}
        if not boxes:
            scripts["Pillow, reduced decoding + ONNX Runtime"] = "draft"
        names, table, counts = [*self.precisions, *scripts], None, {}
        for name in self.precisions:
            self.summaries[name] = []
        for number in range(rounds + 1):
            for name in names:
                if name in scripts:
                    seconds, counts[name] = self.run_script(scripts[name], folder, boxes)
                else:
                    seconds, counts[name] = self.run_kin(name, folder, boxes)
                if number:  # the first round brings files and programs into memory
                    table = table or Table(counts[name], "items a second")
                    table.add(name, seconds)
        print(f"{title}: {counts[names[0]]} items" +
              "".join(f"; {name}: {n}" for name, n in counts.items() if n != counts[names[0]]))
        for base in scripts:
            table.show(base, names if base == next(iter(scripts)) else [*self.precisions])
        print()
        for name in self.precisions:
            print(name, end=": ")
            show_shares(self.summaries[name][1:])
        print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("photos")
    parser.add_argument("boxes")
    parser.add_argument("--build", default=str(HERE.parent / "build" / "release"))
    parser.add_argument("--model", default=str(HERE.parent / "models" / "efficientnet-lite0"))
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    need(numpy="numpy", PIL="pillow", onnxruntime="onnxruntime", cv2="opencv-python-headless")
    import cv2
    import onnxruntime
    import PIL
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        copy_some(args.photos, work / "photos", 500)
        copy_some(args.boxes, work / "images", 256)
        copy_some(args.boxes, work / "boxes", 96)
        comparison = Comparison(args, work)
        print(f"{machine()}; {kin_version(comparison.kin)}; ONNX Runtime {onnxruntime.__version__}, Pillow "
              f"{PIL.__version__}, OpenCV {cv2.__version__}\nwhole processes, {args.rounds} rounds by turns\n")
        comparison.compare(f"{pathlib.Path(args.photos).name}, whole images", work / "photos", False, args.rounds)
        comparison.compare(f"{pathlib.Path(args.boxes).name}, whole images", work / "images", False, args.rounds)
        comparison.compare(f"{pathlib.Path(args.boxes).name}, images and boxes", work / "boxes", True, args.rounds)


main()
