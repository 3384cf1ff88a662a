#!/usr/bin/env python3
"""What decoding in worker processes costs: kin index of a data set with them and without (KIN_DECODE=inprocess), by turns.

    caged_decoding.py [--rounds 11] [--model FOLDER] KIN DATA

DATA holds photos/ and coco256/. Each run describes a whole folder in a new workspace with two workers. Wall time is what
throughput goes by; processor time is that of all processes. A row gives medians, and the ratio of medians and of the
best: above 1 the workers cost something."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

KINDS = ("inprocess", "workers")


def run(kin, folder, options, kind):
    shutil.rmtree(folder / ".kin", ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen([kin, "index", folder, "--quiet", "--threads", "2", *options],
                               env={**os.environ, "KIN_DECODE": kind}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        sys.exit(f"caged_decoding.py: kin index ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def compare(kin, folder, options, rounds):
    runs = {kind: [] for kind in KINDS}
    run(kin, folder, options, KINDS[0])
    for number in range(rounds):
        for kind in KINDS if number % 2 else KINDS[::-1]:
            runs[kind].append(run(kin, folder, options, kind))
    return runs


def cells(runs, which):
    inside, outside = ([times[which] for times in runs[kind]] for kind in KINDS)
    medians = statistics.median(inside), statistics.median(outside)
    return f"{medians[0]:8.3f} {medians[1]:8.3f} {medians[1] / medians[0]:7.3f} {min(outside) / min(inside):7.3f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--model", help="a folder of a neural model, besides classic")
    parser.add_argument("kin")
    parser.add_argument("data", type=pathlib.Path)
    args = parser.parse_args()
    models = ["classic"] + ([args.model] if args.model else [])
    print(f"{args.rounds} rounds by turns; seconds in this process, in workers, ratio of medians, of the best\n"
          f"{'':40} {'wall time':^33}   {'processor time':^33}")
    for name, *options in (("photos", "--no-annotations"), ("coco256",)):
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(shutil.copytree(args.data / name, pathlib.Path(work) / name))
            for model in models:
                runs = compare(args.kin, folder, [*options, "--model", model], args.rounds)
                label = f"{name}, {pathlib.Path(model).name}"
                print(f"{label:40} {cells(runs, 0)}   {cells(runs, 1)}", flush=True)


if __name__ == "__main__":
    main()
