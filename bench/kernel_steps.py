#!/usr/bin/env python3
"""What each step of the kernels brings to a whole net, one core, pictures a second.

    kernel_steps.py --build build/release [--rounds 5] MODEL.onnx

The pixels are random: no step's time hangs on them. Every step is a process of bench_net that waits for its turn; a
round is one turn of each, and ratios are taken within a round. Steps that this processor cannot run are left out."""

import argparse
import pathlib
import random
import tempfile

from compare_common import HERE, Runtime, Table, kin_version, machine

COUNT, SIDE = 16, 224


def can(flag):
    return f" {flag} " in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").replace("\n", " ")


def steps(eight):
    yield "layer by layer, products by OpenBLAS", "blas", ["--unfused"]
    if can("avx2"):
        yield "own AVX2 kernels, layer by layer", "avx2", ["--unfused"]
        yield "own AVX2 kernels, blocked layout, strips", "avx2", []
    if can("avx512f"):
        yield "own AVX-512 kernels, layer by layer", "avx512", ["--unfused"]
        yield "own AVX-512 kernels, blocked layout, strips", "avx512", []
    if can("avx2"):
        yield "8 bits, AVX2", "avx2", eight
    if can("avx512_vnni"):
        yield "8 bits, AVX-512 VNNI", "avx512", eight
    if can("amx_int8"):
        yield "8 bits, AMX", "amx", eight


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("--build", default=str(HERE.parent / "build" / "release"))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images = pathlib.Path(folder) / "images.raw"
        images.write_bytes(random.Random(1).randbytes(COUNT * SIDE * SIDE * 3))
        runtimes = {name: Runtime([f"{args.build}/bench/bench_net", *more, args.model, images],
                                  env={"KIN_KERNEL": kernel})
                    for name, kernel, more in steps(["--int8", images])}
        table = Table(COUNT, "pictures a second")
        for number in range(args.rounds + 1):
            for name, runtime in runtimes.items():
                seconds = runtime.turn()
                if number:  # the first round warms up
                    table.add(name, seconds)
        for runtime in runtimes.values():
            runtime.end()
    print(f"{machine()}; {kin_version(f'{args.build}/src/cli/kin')}\n{COUNT} pictures, {args.rounds} rounds by turns\n")
    table.show(next(iter(runtimes)), list(runtimes))


main()
