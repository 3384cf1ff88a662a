#!/usr/bin/env python3
"""Whether kin's output equals ONNX Runtime's on nets of every supported kind, and how fast both are on one core.

    compare_models.py --build build/release [--rounds 5] MODEL.onnx ...

Beside the models named: graphs of known architectures with random weights (tools/make_test_models.py), on pixels drawn
at random. Differences are the largest of all outputs of all pictures, relative to the largest output, for each table of
kernels that this processor can run. Above 1e-4 to ONNX Runtime the exit code is 1. Both round, and a net of random
weights can make much of that: what is true is told by the same net in double precision (onnx.reference), and the input
is a multiple of 1/128, which nobody has to round."""

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
CONFIG = {"image_mean": [127] * 3, "image_std": [128] * 3, "rescale_factor": 1, "crop_size": {"height": SIDE}}
SCALED = ["--scale", str(1 / 128), "--shift", str(-127 / 128)]  # the same for bench_net
MOST = 1e-4


def kernels():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return ["plain", "blas"] + ["avx2"] * ("avx2" in flags) + ["avx512"] * ("avx512f" in flags)


def widened(path):
    """The model with double in place of float."""
    import numpy
    import onnx
    model = onnx.load(path)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "to" and attribute.i == onnx.TensorProto.FLOAT:
                attribute.i = onnx.TensorProto.DOUBLE
    tensors = [a.t for node in model.graph.node for a in node.attribute if a.type == onnx.AttributeProto.TENSOR]
    for tensor in [*model.graph.initializer, *tensors]:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            wide = onnx.numpy_helper.to_array(tensor).astype(numpy.float64)
            tensor.CopyFrom(onnx.numpy_helper.from_array(wide, tensor.name))
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    return model


def own_operators():
    """onnx's BatchNormalization takes opset 13 for training, and its Conv is slow."""
    import numpy
    from onnx.reference.op_run import OpRun

    class BatchNormalization(OpRun):
        op_domain = ""

        def _run(self, x, scale, bias, mean, variance, epsilon=None, momentum=None, training_mode=None):
            scale, bias, mean, variance = (v.reshape(1, -1, 1, 1) for v in (scale, bias, mean, variance))
            return ((x - mean) * scale / numpy.sqrt(variance + epsilon) + bias,)

    class Conv(OpRun):
        op_domain = ""

        def _run(self, x, weights, bias=None, auto_pad=None, dilations=None, group=None, kernel_shape=None, pads=None,
                 strides=None):
            if len(x) != 1 or set(dilations or [1]) != {1}:
                raise NotImplementedError("a batch, or dilations")
            (top, left, bottom, right), (down, across), group = pads or [0] * 4, strides or [1, 1], group or 1
            x = numpy.pad(x[0], ((0, 0), (top, bottom), (left, right)))
            windows = numpy.lib.stride_tricks.sliding_window_view(x, weights.shape[2:], (1, 2))[:, ::down, ::across]
            height, width = windows.shape[1:3]
            windows = windows.reshape(group, len(x) // group, height * width, -1).transpose(0, 1, 3, 2)
            windows = windows.reshape(group, -1, height * width)
            y = (weights.reshape(group, len(weights) // group, -1) @ windows).reshape(1, -1, height, width)
            return (y if bias is None else y + bias.reshape(1, -1, 1, 1),)

    return [BatchNormalization, Conv]


def in_double(path, images):
    """What the net gives in double precision."""
    import numpy
    from onnx.reference import ReferenceEvaluator
    net = ReferenceEvaluator(widened(path), new_ops=own_operators())
    pixels = numpy.fromfile(images, numpy.uint8).reshape(-1, 1, SIDE, SIDE, 3)
    planes = ((pixels.astype(numpy.float64) - 127) / 128).transpose(0, 1, 4, 2, 3)
    out = numpy.concatenate([net.run(None, {net.input_names[0]: x})[0].reshape(-1) for x in planes])
    if out.dtype != numpy.float64:
        sys.exit(f"compare_models.py: {path} is not computed in double precision throughout")
    return out


def distance(got, wanted):
    return float(abs(got - wanted).max() / abs(wanted).max())


def compare(bench_net, model, images, rounds, folder):
    """Prints a line; returns the largest difference to ONNX Runtime."""
    import numpy
    out = {name: folder / f"{name}.out" for name in [*kernels(), "peer"]}
    for name in kernels():
        subprocess.run([bench_net, *SCALED, "--out", out[name], model, images], stdin=subprocess.DEVNULL, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "KIN_KERNEL": name})
    ours = Runtime([bench_net, *SCALED, model, images])
    peer = Runtime([sys.executable, "-B", str(HERE / "compare_runtime.py"), "--peer", "onnxruntime", model, "1",
                    json.dumps(CONFIG), str(images), str(out["peer"])])
    turns = [(ours.turn(), peer.turn()) for _ in range(rounds + 1)][1:]
    ours.end()
    peer.end()
    got = {name: numpy.fromfile(path, numpy.float32) for name, path in out.items()}
    differences = [distance(got[name], got["peer"]) for name in kernels()]
    exact = in_double(model, images)
    errors = [distance(got[name], exact) for name in [*kernels(), "peer"]]
    rates = [COUNT / min(turn[i] for turn in turns) for i in (0, 1)]
    ratios = [turn[1] / turn[0] for turn in turns]
    print(f"{pathlib.Path(model).stem:20}" + "".join(f"{d:9.1e}" for d in [*differences, *errors]) +
          f"{rates[0]:8.1f}{rates[1]:8.1f}{statistics.median(ratios):7.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
          flush=True)
    return max(differences)


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
    groups = len(kernels())
    print(f"{'':20}{'from ONNX Runtime, kin with kernels':{9 * groups}}  from double precision\n{'':20}" +
          "".join(f"{name:>9}" for name in [*kernels(), *kernels(), "ORT"]) +
          f"{'kin/s':>8}{'ORT/s':>8}{'ratio: median (least to most)':>31}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, HERE.parent / "tools" / "make_test_models.py", folder], check=True)
        images = folder / "images.raw"
        images.write_bytes(random.Random(1).randbytes(COUNT * SIDE * SIDE * 3))
        worst = max(compare(f"{args.build}/bench/bench_net", model, images, args.rounds, folder)
                    for model in [*args.models, *map(str, sorted(folder.glob("*.onnx")))])
    print(f"\nlargest difference to ONNX Runtime {worst:.1e}; at most {MOST:.0e} is asked")
    sys.exit(worst > MOST)


main()
