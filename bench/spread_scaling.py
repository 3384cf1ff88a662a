#!/usr/bin/env python3
"""bench/spread_scaling.py --build BUILD PHOTOS: how describing scales from one process of kin-mpi to two, one thread
each, by turns with kin index of one thread; and what 1,000,000,000 images on 100 machines would take by these rates and
by that of the ledger, which one process writes for all: kin index of 100,000 small pictures whose vectors are given, 512
to a transaction, as a worker of 16 threads sends them."""

import argparse
import array
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from npy_file import write_header

IMAGES, MACHINES, CORES = 1_000_000_000, 100, 16
SMALL, DIM = 100_000, 128


def describe(command, folder):
    """Seconds of wall time of the whole command on a fresh workspace, and its summary."""
    shutil.rmtree(folder / ".kin", ignore_errors=True)
    began = time.perf_counter()
    done = subprocess.run([*command, "index", folder, "--threads", "1", "--no-annotations", "--json", "--quiet"],
                          capture_output=True, check=False,
                          env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
    if done.returncode not in (0, 3):
        sys.exit(done.stderr.decode())
    return time.perf_counter() - began, json.loads(done.stdout)


def measure(ways, folder, rounds):
    runs = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            runs[name].append(describe(command, folder))
    return runs


def rate(run):
    """Images a second while describing: starting processes and looking through the folder are not counted."""
    return run[1]["described"] / run[1]["describe_seconds"]


def table(runs):
    base = [rate(run) for run in runs["kin-mpi, 1 process"]]
    print(f"{'':28}{'images a second: best':>24}{'median':>10}   times one process: median (least to most)")
    for name, list_ in runs.items():
        rates = [rate(run) for run in list_]
        ratios = [mine / one for mine, one in zip(rates, base)]
        print(f"{name:28}{max(rates):>24.1f}{statistics.median(rates):>10.1f}   "
              f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def bytes_of(folder, pattern):
    return sum(path.stat().st_size for path in (folder / ".kin").glob(pattern))


def write_small(folder):
    """SMALL pictures, and a vector of each."""
    some = random.Random(1)
    names = [f"{i // 1000:03d}/{i:06d}.pgm" for i in range(SMALL)]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"P5 16 16 255\n" + some.randbytes(256))
    numbers = array.array("f", (some.gauss(0, 1) for _ in range(100 * DIM)))
    with open(folder / "vectors.npy", "wb") as file:
        write_header(file, SMALL, DIM)
        for _ in range(SMALL // 100):
            numbers.tofile(file)
    (folder / "rows.csv").write_text("path,shape\n" + "".join(f"{name},\n" for name in names))


def ledger_rates(kin, rounds):
    """Seconds an image: of the coordinator while others describe, of looking through the folder, and of the bytes that
    it has in the ledger."""
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        write_small(folder)
        runs = []
        for _ in range(rounds):
            shutil.rmtree(folder / ".kin", ignore_errors=True)
            runs.append(json.loads(subprocess.run(
                [kin, "index", folder, "--no-annotations", "--embeddings", folder / "vectors.npy", "--rows",
                 folder / "rows.csv", "--json", "--quiet"], check=True, capture_output=True).stdout))
        of_workers = [(run["read_seconds"] + run["vector_seconds"]) / run["threads"] for run in runs]
        commit = statistics.median(run["describe_seconds"] - other for run, other in zip(runs, of_workers))
        scan = statistics.median(run["scan_seconds"] for run in runs)
        return commit / SMALL, scan / SMALL, bytes_of(folder, "ledger.db*") / SMALL


def model(runs, folder, kin, rounds):
    """What the measured rates make of many images; the workspace in `folder` is the last run's, of two processes."""
    two = runs["kin-mpi, 2 processes"]
    a_core = statistics.median(rate(run) for run in two) / 2
    images = two[-1][1]["described"]
    vectors = bytes_of(folder, "shards/*/vectors.bin") / images
    commit, scan, ledger = ledger_rates(kin, rounds)
    cores = MACHINES * CORES
    hours = IMAGES / (a_core * cores) / 3600
    print(f"\n{IMAGES:,} images on {MACHINES} machines of {CORES} cores, by the rates above")
    print(f"  describing      {a_core:.0f} images a second and core: {hours:.1f} h, {a_core * cores:,.0f} a second")
    print(f"  coordinator     {1 / commit:,.0f} images a second into the ledger, one after the other: "
          f"{IMAGES * commit / 3600:.1f} h; looking through the folder {IMAGES * scan / 3600:.1f} h before")
    print(f"  so              {max(hours, IMAGES * commit / 3600) + IMAGES * scan / 3600:.1f} h; more machines pay up to "
          f"{1 / (commit * a_core * CORES):.0f} of them, then several data sets do")
    print(f"  vectors         {vectors:.0f} bytes an image: {IMAGES * vectors / MACHINES / 1e9:.1f} GB a machine, "
          f"{IMAGES * vectors / 1e9:.0f} GB in all")
    print(f"  ledger          {ledger:.0f} bytes an image: {IMAGES * ledger / 1e9:.0f} GB on the coordinator, "
          f"and {IMAGES * 2 / 1e9:.0f} GB of its memory for jobs")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("photos", type=pathlib.Path)
    options = parser.parse_args()
    programs = options.build / "src" / "cli"
    launch = [shutil.which("mpirun") or sys.exit("no mpirun here"), "--bind-to", "none"]
    ways = {"kin index": [programs / "kin"]}
    for processes in (1, 2):
        name = f"kin-mpi, {processes} process{'es' if processes > 1 else ''}"
        ways[name] = [*launch, "-n", str(processes), "--oversubscribe", programs / "kin-mpi"]
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "photos"
        shutil.copytree(options.photos, folder, ignore=shutil.ignore_patterns(".kin"))
        runs = measure(ways, folder, options.rounds)
        table(runs)
        model(runs, folder, programs / "kin", options.rounds)


if __name__ == "__main__":
    main()
