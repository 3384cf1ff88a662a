#!/usr/bin/env python3
"""EfficientNet-Lite0: PyTorch checkpoint -> ONNX. Needs python3-onnx and python3-numpy, no PyTorch.

    convert_efficientnet_lite0.py CHECKPOINT -o model.onnx --projection projection.npy   the descriptor
    convert_efficientnet_lite0.py CHECKPOINT -o features.onnx --features                 its 1280 pooled features
    convert_efficientnet_lite0.py CHECKPOINT -o classifier.onnx --classifier             the 1000 ImageNet classes

Input `pixel_values` [batch, 3, 224, 224]: RGB, (value - 127) / 128. The descriptor is the square root of the pooled
features (never below 0, as they are means of ReLU6), centred and projected: one Sqrt and one Gemm after the network.
Its length is not 1: who compares descriptors by their dot product normalises them.

The graph holds the checkpoint's numbers as they are (batch normalisation apart, not folded), so that the same
checkpoint gives the same bytes with every version of numpy and onnx.

Tan, Le: EfficientNet (ICML 2019); Lite0 is its B0 without squeeze-and-excitation, with ReLU6.
"""

import argparse
import os
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from torch_checkpoint import CheckpointError, read_checkpoint

IMAGE = 224
EPSILON = 1e-3
# The oldest operator set with all that is used, for the widest choice of runtimes.
OPSET = 13
IR_VERSION = 7

# repeats, kernel, stride of the first, expansion, channels out
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
STEM = 32
HEAD = 1280
CLASSES = 1000


def same_padding(extent, kernel, stride):
    """TensorFlow's SAME: ceil(extent / stride) outputs, the odd pixel of padding at the end."""
    outputs = -(-extent // stride)
    total = max((outputs - 1) * stride + kernel - extent, 0)
    return total // 2, total - total // 2


class Graph:
    """Nodes and initializers in the order they are added; takes each tensor of the checkpoint once."""

    def __init__(self, checkpoint):
        self.checkpoint = {k: v for k, v in checkpoint.items() if not k.endswith(".num_batches_tracked")}
        self.nodes = []
        self.initializers = []
        self.constant("clip.min", np.float32(0))
        self.constant("clip.max", np.float32(6))

    def constant(self, name, value):
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weight(self, name, shape):
        array = self.checkpoint.pop(name, None)
        if array is None:
            raise CheckpointError(f"no tensor {name}: not EfficientNet-Lite0")
        if array.shape != tuple(shape) or array.dtype != np.float32:
            raise CheckpointError(f"{name} is {array.dtype}{list(array.shape)}, not float32{list(shape)}")
        if not np.isfinite(array).all():
            raise CheckpointError(f"{name} is not finite")
        return self.constant(name, array)

    def node(self, operator, name, inputs, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x, name, channels, outputs, extent, kernel=1, stride=1, groups=1):
        begin, end = same_padding(extent, kernel, stride)
        weight = self.weight(name + ".weight", (outputs, channels // groups, kernel, kernel))
        return self.node(
            "Conv", name, [x, weight], group=groups, kernel_shape=[kernel, kernel], strides=[stride, stride],
            pads=[begin, begin, end, end], dilations=[1, 1],
        )

    def norm(self, x, name, channels):
        parts = ("weight", "bias", "running_mean", "running_var")
        weights = [self.weight(f"{name}.{part}", (channels,)) for part in parts]
        return self.node("BatchNormalization", name, [x] + weights, epsilon=EPSILON)

    def relu6(self, x):
        return self.node("Clip", x + ".relu6", [x, "clip.min", "clip.max"])

    def block(self, x, name, channels, outputs, extent, kernel, stride, expansion):
        """Inverted residual (Sandler et al., MobileNetV2, 2018): expand, depthwise, project, add."""
        y, wide = x, channels * expansion
        if expansion > 1:
            y = self.conv(y, name + "._expand_conv", channels, wide, extent)
            y = self.relu6(self.norm(y, name + "._bn0", wide))
        y = self.conv(y, name + "._depthwise_conv", wide, wide, extent, kernel, stride, groups=wide)
        y = self.relu6(self.norm(y, name + "._bn1", wide))
        y = self.conv(y, name + "._project_conv", wide, outputs, -(-extent // stride))
        y = self.norm(y, name + "._bn2", outputs)
        return self.node("Add", name + ".add", [y, x]) if stride == 1 and channels == outputs else y

    def features(self, x):
        """Image -> pooled features [batch, 1280]."""
        x = self.relu6(self.norm(self.conv(x, "_conv_stem", 3, STEM, IMAGE, 3, 2), "_bn0", STEM))
        extent, channels, index = IMAGE // 2, STEM, 0
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                x = self.block(x, f"_blocks.{index}", channels, outputs, extent, kernel, step, expansion)
                extent, channels, index = -(-extent // step), outputs, index + 1
        x = self.relu6(self.norm(self.conv(x, "_conv_head", channels, HEAD, extent), "_bn1", HEAD))
        return self.node("Flatten", "features", [self.node("GlobalAveragePool", "_avg_pooling", [x])], axis=1)

    def gemm(self, x, name, weight, bias, transposed):
        return self.node("Gemm", name, [x, weight, bias], alpha=1.0, beta=1.0, transB=int(transposed))


def read_projection(path):
    """(matrix [1280, dim], bias [dim]), float32; the file holds both as one array [1281, dim], the bias last."""
    rows = np.load(path, allow_pickle=False)
    if rows.ndim != 2 or rows.shape[0] != HEAD + 1 or not np.isfinite(rows).all():
        raise ValueError(f"{path} holds {rows.dtype}{list(rows.shape)}, wanted finite numbers [{HEAD + 1}, n]")
    rows = rows.astype(np.float32)
    return rows[:HEAD], rows[HEAD]


def build(checkpoint, head, projection=None):
    """The ONNX model; `head` is "features", "classifier" or "descriptor"."""
    graph = Graph(checkpoint)
    output, width = graph.features("pixel_values"), HEAD
    weight, bias = graph.weight("_fc.weight", (CLASSES, HEAD)), graph.weight("_fc.bias", (CLASSES,))
    if head == "classifier":
        output, width = graph.gemm(output, "logits", weight, bias, True), CLASSES
    else:
        del graph.initializers[-2:]
    if head == "descriptor":
        matrix, offset = projection
        root = graph.node("Sqrt", "root", [output])
        names = graph.constant("projection.matrix", matrix), graph.constant("projection.bias", offset)
        output, width = graph.gemm(root, "embedding", *names, False), matrix.shape[1]
    if graph.checkpoint:
        raise CheckpointError(f"unknown tensors, not EfficientNet-Lite0: {', '.join(sorted(graph.checkpoint)[:5])}")
    inputs = [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, IMAGE, IMAGE])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])]
    proto = helper.make_graph(graph.nodes, "efficientnet-lite0", inputs, outputs, graph.initializers)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    model.producer_name = "kin"
    onnx.checker.check_model(model)
    return model


def write_whole(path, data):
    """The file appears under its name only when it is complete."""
    folder = os.path.dirname(os.path.abspath(path))
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            file.write(data)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", help="the .pth file")
    parser.add_argument("-o", "--output", required=True)
    head = parser.add_mutually_exclusive_group(required=True)
    head.add_argument("--projection", metavar="FILE", help="matrix and bias that tools/learn_projection.py made")
    head.add_argument("--features", action="store_true")
    head.add_argument("--classifier", action="store_true")
    options = parser.parse_args()
    try:
        checkpoint = read_checkpoint(options.checkpoint)
        if options.projection:
            model = build(checkpoint, "descriptor", read_projection(options.projection))
        else:
            model = build(checkpoint, "classifier" if options.classifier else "features")
        write_whole(options.output, model.SerializeToString(deterministic=True))
    except (CheckpointError, OSError, KeyError, ValueError) as error:
        sys.exit(f"convert: {options.checkpoint}: {error}")


if __name__ == "__main__":
    main()
