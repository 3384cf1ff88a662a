#!/usr/bin/env python3
"""Writes ONNX graphs of known architectures with random weights, to compare kin's output with another runtime's.

    make_test_models.py FOLDER [NAME ...]

They are written as the common exporters write them (opset 13: normalisation and GELU as several nodes, shapes
computed in the graph), with weights scaled so that activations neither vanish nor explode. Needs python3-onnx and
python3-numpy.
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Collects nodes and weights; each method returns the name of its output."""

    def __init__(self, size, seed=1):
        self.nodes, self.weights, self.random, self.size = [], [], np.random.default_rng(seed), size

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def number(self, value):
        return self.constant(np.float32(value))

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def normal(self, shape, scale):
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def op(self, kind, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, f"{kind}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, x, into, out, kernel, stride=1, groups=1, pads=None, bias=True):
        pad = kernel // 2 if pads is None else pads
        fan = into // groups * kernel * kernel
        weights = [self.normal((out, into // groups, kernel, kernel), (2 / fan) ** 0.5)]
        if bias:
            weights.append(self.normal((out,), 0.1))
        return self.op("Conv", x, *weights, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4,
                       group=groups)

    def norm(self, x, channels):
        uniform = self.random.uniform
        values = [uniform(0.5, 1.5, channels), uniform(-0.2, 0.2, channels), uniform(-0.2, 0.2, channels),
                  uniform(0.5, 1.5, channels)]
        return self.op("BatchNormalization", x, *[self.constant(v.astype(np.float32)) for v in values], epsilon=1e-3)

    def conv_norm(self, x, into, out, kernel, stride=1, groups=1):
        return self.norm(self.conv(x, into, out, kernel, stride, groups, bias=False), out)

    def linear(self, x, into, out):
        """As a transformer's exporter writes it: MatMul, then Add with the bias first."""
        product = self.op("MatMul", x, self.normal((into, out), into ** -0.5))
        return self.op("Add", self.normal((out,), 0.1), product)

    def layer_norm(self, x, n):
        mean = self.op("ReduceMean", x, axes=[-1])
        centred = self.op("Sub", x, mean)
        variance = self.op("ReduceMean", self.op("Pow", centred, self.number(2)), axes=[-1])
        root = self.op("Sqrt", self.op("Add", variance, self.number(1e-6)))
        scaled = self.op("Mul", self.op("Div", centred, root), self.normal((n,), 1))
        return self.op("Add", scaled, self.normal((n,), 0.1))

    def gelu(self, x):
        erf = self.op("Erf", self.op("Div", x, self.number(2 ** 0.5)))
        return self.op("Mul", self.op("Mul", x, self.op("Add", erf, self.number(1))), self.number(0.5))

    def relu6(self, x):
        return self.op("Clip", x, self.number(0), self.number(6))

    def pooled(self, x):
        return self.op("Flatten", self.op("GlobalAveragePool", x))

    def classify(self, x, into, out=1000):
        weights = self.normal((out, into), into ** -0.5)
        return self.op("Gemm", x, weights, self.normal((out,), 0.1), transB=1)

    def save(self, path, output):
        shape = ["batch", 3, self.size, self.size]
        graph = helper.make_graph(
            self.nodes, "net", [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, path)


def resnet18(g):
    x = g.op("Relu", g.conv_norm("image", 3, 64, 7, 2))
    x, channels = g.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), 64
    for stage, out in enumerate([64, 128, 256, 512]):
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = g.op("Relu", g.conv_norm(x, channels, out, 3, stride))
            y = g.conv_norm(y, out, out, 3)
            if stride == 2:
                x = g.conv_norm(x, channels, out, 1, 2)
            x, channels = g.op("Relu", g.op("Add", y, x)), out
    return g.classify(g.pooled(x), 512)


def squeezenet(g):
    x = g.op("Relu", g.conv("image", 3, 64, 3, 2, pads=0))
    channels = 64
    for squeeze, expand, pool in [(16, 64, True), (16, 64, False), (32, 128, True), (32, 128, False), (48, 192, True),
                                  (48, 192, False), (64, 256, False), (64, 256, False)]:
        if pool:
            x = g.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        x = g.op("Relu", g.conv(x, channels, squeeze, 1))
        parts = [g.op("Relu", g.conv(x, squeeze, expand, kernel)) for kernel in (1, 3)]
        x, channels = g.op("Concat", *parts, axis=1), 2 * expand
    x = g.op("Relu", g.conv(g.op("Dropout", x), channels, 1000, 1))
    return g.pooled(x)


def hard_swish(g, x, long):
    """As one node pair of opset 14, or spelled out as older exporters do."""
    if not long:
        return g.op("Mul", x, g.op("HardSigmoid", x, alpha=1 / 6, beta=0.5))
    return g.op("Div", g.op("Mul", x, g.relu6(g.op("Add", x, g.number(3)))), g.number(6))


def squeeze_excite(g, x, channels, inner):
    gate = g.op("Relu", g.conv(g.op("GlobalAveragePool", x), channels, inner, 1))
    return g.op("Mul", g.op("HardSigmoid", g.conv(gate, inner, channels, 1), alpha=1 / 6, beta=0.5), x)


def mobilenet_v3(g):
    def act(x, swish):
        return hard_swish(g, x, len(g.nodes) % 2) if swish else g.op("Relu", x)

    x, channels = act(g.conv_norm("image", 3, 16, 3, 2), True), 16
    for kernel, wide, out, excite, swish, stride in [
            (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 24, 0, 2),
            (5, 120, 40, 32, 0, 1), (5, 120, 40, 32, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1),
            (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 480, 112, 120, 1, 1), (3, 672, 112, 168, 1, 1),
            (5, 672, 160, 168, 1, 2), (5, 960, 160, 240, 1, 1), (5, 960, 160, 240, 1, 1)]:
        y = act(g.conv_norm(x, channels, wide, 1), swish) if wide != channels else x
        y = act(g.conv_norm(y, wide, wide, kernel, stride, wide), swish)
        if excite:
            y = squeeze_excite(g, y, wide, excite)
        y = g.conv_norm(y, wide, out, 1)
        x, channels = g.op("Add", y, x) if stride == 1 and out == channels else y, out
    x = act(g.conv_norm(x, 160, 960, 1), True)
    x = hard_swish(g, g.classify(g.pooled(x), 960, 1280), True)
    return g.classify(x, 1280)


def efficientnet_lite0(g):
    x, channels = g.relu6(g.conv_norm("image", 3, 32, 3, 2)), 32
    for expand, out, repeats, stride, kernel in [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
                                                 (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]:
        for block in range(repeats):
            step, wide = stride if block == 0 else 1, channels * expand
            y = g.relu6(g.conv_norm(x, channels, wide, 1)) if expand > 1 else x
            y = g.relu6(g.conv_norm(y, wide, wide, kernel, step, wide))
            y = g.conv_norm(y, wide, out, 1)
            x, channels = g.op("Add", y, x) if block else y, out
    return g.pooled(g.relu6(g.conv_norm(x, 320, 1280, 1)))


def convnext_tiny(g):
    def norm_first(x, channels):
        x = g.layer_norm(g.op("Transpose", x, perm=[0, 2, 3, 1]), channels)
        return g.op("Transpose", x, perm=[0, 3, 1, 2])

    x, channels = norm_first(g.conv("image", 3, 96, 4, 4, pads=0), 96), 96
    for stage, (out, blocks) in enumerate([(96, 3), (192, 3), (384, 9), (768, 3)]):
        if stage:
            x, channels = g.conv(norm_first(x, channels), channels, out, 2, 2, pads=0), out
        for block in range(blocks):
            y = g.conv(x, out, out, 7, groups=out)
            y = g.layer_norm(g.op("Transpose", y, perm=[0, 2, 3, 1]), out)
            y = g.linear(g.gelu(g.linear(y, out, 4 * out)), 4 * out, out)
            if block % 2:
                y = g.op("Transpose", g.op("Mul", g.normal((out,), 0.5), y), perm=[0, 3, 1, 2])
            else:
                y = g.op("Mul", g.normal((out, 1, 1), 0.5), g.op("Transpose", y, perm=[0, 3, 1, 2]))
            x = g.op("Add", x, y)
    x = g.op("Flatten", g.op("ReduceMean", x, axes=[2, 3], keepdims=1))
    return g.classify(g.layer_norm(x, 768), 768)


def vit_small14(g, dim=384, heads=6, depth=12, patch=14):
    grid, each = g.size // patch, dim // heads
    x = g.conv("image", 3, dim, patch, patch, pads=0)
    shape = g.op("Shape", x)
    batch = g.op("Gather", shape, g.constant(np.int64(0)), axis=0)
    front = g.op("Slice", shape, g.ints(0), g.ints(2), g.ints(0))
    x = g.op("Reshape", x, g.op("Concat", front, g.ints(-1), axis=0))
    x = g.op("Transpose", x, perm=[0, 2, 1])
    sizes = g.op("Concat", g.op("Unsqueeze", batch, g.ints(0)), g.ints(-1, -1), axis=0)
    open_dims = g.op("Equal", sizes, g.op("Mul", g.op("ConstantOfShape", g.op("Shape", sizes),
                                                       value=numpy_helper.from_array(np.array([1], np.int64))),
                                          g.constant(np.int64(-1))))
    ones = g.op("ConstantOfShape", g.op("Shape", sizes), value=numpy_helper.from_array(np.array([1], np.int64)))
    token = g.op("Expand", g.normal((1, 1, dim), 0.5), g.op("Where", open_dims, ones, sizes))
    x = g.op("Add", g.op("Concat", token, x, axis=1), g.normal((1, grid * grid + 1, dim), 0.5))
    for block in range(depth):
        y = g.linear(g.layer_norm(x, dim), dim, 3 * dim)
        if block % 2:
            y = g.op("Transpose", g.op("Reshape", y, g.ints(0, -1, 3, heads, each)), perm=[2, 0, 3, 1, 4])
            q, k, v = [g.op("Gather", y, g.constant(np.int64(i)), axis=0) for i in range(3)]
            k = g.op("Transpose", k, perm=[0, 1, 3, 2])
        else:
            q, k, v = g.op("Split", y, g.ints(dim, dim, dim), outputs=3, axis=-1)
            q, v = [g.op("Transpose", g.op("Reshape", t, g.ints(0, 0, heads, each)), perm=[0, 2, 1, 3])
                    for t in (q, v)]
            k = g.op("Transpose", g.op("Reshape", k, g.ints(0, 0, heads, each)), perm=[0, 2, 3, 1])
        attention = g.op("Softmax", g.op("Div", g.op("MatMul", q, k), g.number(each ** 0.5)), axis=-1)
        y = g.op("Transpose", g.op("MatMul", attention, v), perm=[0, 2, 1, 3])
        y = g.linear(g.op("Reshape", y, g.ints(0, 0, dim)), dim, dim)
        x = g.op("Add", g.op("Mul", y, g.normal((dim,), 0.5)), x)
        y = g.linear(g.gelu(g.linear(g.layer_norm(x, dim), dim, 4 * dim)), 4 * dim, dim)
        x = g.op("Add", x, g.op("Mul", y, g.normal((dim,), 0.5)))
    return g.op("Gather", g.layer_norm(x, dim), g.constant(np.int64(0)), axis=1)


MODELS = {
    "resnet18": (resnet18, 224), "squeezenet": (squeezenet, 224), "mobilenet_v3": (mobilenet_v3, 224),
    "efficientnet_lite0": (efficientnet_lite0, 224), "convnext_tiny": (convnext_tiny, 224),
    "vit_small14": (vit_small14, 224)
}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        build, size = MODELS[name]
        graph = Graph(size)
        graph.save(os.path.join(sys.argv[1], name + ".onnx"), build(graph))


if __name__ == "__main__":
    main()
