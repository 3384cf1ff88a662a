#!/usr/bin/env python3
"""Whether kin's output equals ONNX Runtime's on nets of every supported kind, and how fast both are on one core.

    compare_models.py --build build/release [--rounds 5] MODEL.onnx ...

Beside the models named: graphs of known architectures with random weights (tools/make_test_models.py), on pixels drawn
at random. Differences are the largest of all outputs of all pictures, relative to the largest output, for each table of
kernels that this processor can run. Both round, and a net of random weights can make much of that."""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

from compare_common import HERE, Runtime, kin_version, machine, need

COUNT, SIDE = 4, 224
CONFIG = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "rescale_factor": 1 / 255, "crop_size": {"height": SIDE}}


def kernels():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return ["plain", "blas"] + ["avx2"] * ("avx2" in flags) + ["avx512"] * ("avx512f" in flags)


def compare(bench_net, model, images, rounds, folder):
    import numpy
    out = {name: folder / f"{name}.out" for name in [*kernels(), "peer"]}
    for name in kernels():
        subprocess.run([bench_net, "--out", out[name], model, images], stdin=subprocess.DEVNULL, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "KIN_KERNEL": name})
    ours = Runtime([bench_net, model, images])
    peer = Runtime([sys.executable, "-B", str(HERE / "compare_runtime.py"), "--peer", "onnxruntime", model, "1",
                    json.dumps(CONFIG), str(images), str(out["peer"])])
    turns = [(ours.turn(), peer.turn()) for _ in range(rounds + 1)][1:]
    ours.end()
    peer.end()
    wanted = numpy.fromfile(out["peer"], numpy.float32)
    differences = [float(abs(numpy.fromfile(out[name], numpy.float32) - wanted).max() / abs(wanted).max())
                   for name in kernels()]
    rates = [COUNT / min(turn[i] for turn in turns) for i in (0, 1)]
    ratios = [turn[1] / turn[0] for turn in turns]
    print(f"{pathlib.Path(model).stem:20}" + "".join(f"{d:10.1e}" for d in differences) +
          f"{rates[0]:10.1f}{rates[1]:10.1f}{statistics.median(ratios):8.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("models", nargs="*")
    parser.add_argument("--build", default=str(HERE.parent / "build" / "release"))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    need(numpy="numpy", onnx="onnx", onnxruntime="onnxruntime")
    import onnxruntime
    print(f"{machine()}; {kin_version(f'{args.build}/src/cli/kin')}; ONNX Runtime {onnxruntime.__version__}\n"
          f"{COUNT} pictures of {SIDE} x {SIDE}, {args.rounds} rounds by turns\n")
    print(f"{'difference to ONNX Runtime with kernels:':20}\n{'':20}" + "".join(f"{k:>10}" for k in kernels()) +
          f"{'kin/s':>10}{'ORT/s':>10}{'ratio: median (least to most)':>32}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, HERE.parent / "tools" / "make_test_models.py", folder], check=True)
        images = folder / "images.raw"
        images.write_bytes(random.Random(1).randbytes(COUNT * SIDE * SIDE * 3))
        for model in [*args.models, *map(str, sorted(folder.glob("*.onnx")))]:
            compare(f"{args.build}/bench/bench_net", model, images, args.rounds, folder)


main()
