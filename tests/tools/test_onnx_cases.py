"""Every operator of kin's networks against ONNX's own cases, whose outputs NumPy computes (onnx.backend.test, part of
python3-onnx; versions from 1.12 up). KIN_PYTHON names another Python that has the package.

A case is one node with its inputs and outputs. kin takes one float image, so each case becomes several small models: in
turn one of its float inputs is the image and the others are constants, which tries the kernels; and with all of them
constant, which tries the folding at load; for each output. All tables of kernels that this processor has are run. What
kin refuses has to be in REFUSED, so that nothing is left out unnoticed."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import warnings

OTHER_PYTHON = os.environ.get("KIN_PYTHON", "/usr/bin/python3")
try:
    import numpy as np
    import onnx
except ImportError:
    if "--here" not in sys.argv and os.access(OTHER_PYTHON, os.X_OK):
        os.execv(OTHER_PYTHON, [OTHER_PYTHON, "-B", __file__, "--here"])
    print("skipped: this Python has no onnx (python3-onnx)")
    sys.exit(0)
from onnx import TensorProto, helper, numpy_helper

RUN_NET = os.environ.get("RUN_NET") or sys.exit("set RUN_NET to the path of the program run_net")

OPERATORS = set("""
    Conv BatchNormalization Relu Clip HardSwish HardSigmoid Sigmoid Gelu Erf Add Mul Sub Div Sqrt Pow GlobalAveragePool
    AveragePool MaxPool ReduceMean Gemm MatMul Softmax LayerNormalization Concat Split Slice Gather Reshape Flatten
    Transpose Squeeze Unsqueeze Shape Constant ConstantOfShape Expand Cast Identity Dropout LeakyRelu Tanh Exp Min Max
    Equal Where""".split())
MAPS = {"Conv", "BatchNormalization", "GlobalAveragePool", "AveragePool", "MaxPool"}  # work on maps of a batch of one
UNFOLDED = MAPS | {"Gemm"}
ANY_INPUT = {"Add", "Sub", "Mul", "Div", "Min", "Max", "MatMul", "Concat"}  # else only the first may be of the image

TYPES = [np.dtype(kind) for kind in ("f4", "f8", "f2", "i8", "i4", "i1", "u1", "?")]
NEWEST_OPSET = 25
TOLERANCE = 1e-5  # of 1 + the wanted number
HALF_TOLERANCE = 1e-3  # kin keeps half precision as float: it does not round
WRITTEN = {"averagepool_2d_ceil_last_window_starts_on_pad": 1e-4}  # outputs that are not computed: four digits

REFUSED = {
    r"pow|pow_example|pow_bcast_array|pow_types_.*": "Pow takes one constant exponent",
    r"clip_default_int8_(min|max|inbounds)": "Clip takes floats",
    r"matmul_(1d_.d|.d_1d)": "MatMul takes matrices",
    r"gemm_default_matrix_bias": "Gemm takes one row as its third input",
    r".*training.*": "kin refuses what is in training mode",
    r"(min|max)_(example|one_input)": "Min and Max take two inputs",
    r"rotary_embedding(_3d_input)?(_no_position_ids)?(_interleaved)?_expanded, input 0.*": "Split makes no empty parts",
}


def kernels():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return ["plain", "blas"] + ["avx2"] * ("avx2" in flags) + ["avx512"] * ("avx512f" in flags)


def collect():
    """The cases that consist of kin's operators only."""
    for name, kind in (("bool", bool), ("int", int), ("float", float), ("object", object)):
        if name not in np.__dict__:  # onnx 1.12 still uses these names, which NumPy 1.24 has dropped
            setattr(np, name, kind)
    from onnx.backend.test.case.node import collect_testcases
    np.random.seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [case for case in collect_testcases(None) if operators_of(case) <= OPERATORS]


def operators_of(case):
    return {node.op_type for node in case.model.graph.node}


def opset_of(case):
    return max(entry.version for entry in case.model.opset_import if entry.domain in ("", "ai.onnx"))


def left_out(case):
    """Why a case is not tried at all; None where it is."""
    inputs, outputs = case.data_sets[0]
    tensors = [np.asarray(array) for array in [*inputs, outputs[0]] if not isinstance(array, (list, type(None)))]
    if len(tensors) < len(inputs) + 1:
        return "no tensors"
    if any(tensor.dtype not in TYPES for tensor in tensors):
        return "types that kin does not have"
    if opset_of(case) > NEWEST_OPSET:
        return "opsets that kin does not know"
    if tensors[-1].size == 0:
        return "nothing comes out"
    if operators_of(case) & MAPS and (tensors[0].ndim != 4 or tensors[0].dtype != np.float32):
        return "no map of floats [batch, channels, height, width]"
    return None


def samples(case):
    """Inputs and outputs; of the operators that work on maps, for each sample of the batch."""
    inputs, outputs = case.data_sets[0]
    inputs, outputs = [np.asarray(array) for array in inputs], [np.asarray(array) for array in outputs]
    if not operators_of(case) & MAPS:
        return [(inputs, outputs)]
    return [([inputs[0][i:i + 1], *inputs[1:]], [outputs[0][i:i + 1]]) for i in range(len(inputs[0]))]


def image_shape(array):
    """The array's own shape where that is one of an image, else what holds as many numbers."""
    if array.ndim == 4 and array.shape[0] == 1:
        return array.shape
    width = next(w for w in range(min(array.size, 65536), 0, -1) if array.size % w == 0)
    return 1, 1, array.size // width, width


class Builder:
    """One model of a case: `image` numbers the input that is the image, None: the image is one 0, added at the end."""

    def __init__(self, case, inputs, image, output):
        self.nodes, self.constants = [], []
        self.numbers = np.zeros((1, 1, 1, 1), np.float32)
        for i, (value, array) in enumerate(zip(case.model.graph.input, inputs)):
            if i == image:
                self.numbers = array.reshape(image_shape(array))
                self.add("Reshape", "kin_image", self.constant(np.array(array.shape, np.int64)), to=value.name)
            else:
                self.constant(array, value.name)
        self.nodes += case.model.graph.node
        result = case.model.graph.output[output].name
        if image is None:
            result = self.add("Cast", result, to="kin_floats", attributes={"to": TensorProto.FLOAT})
            zero = self.add("Reshape", "kin_image", self.constant(np.array([1], np.int64)), to="kin_zero")
            result = self.add("Add", result, zero, to="kin_result")
        graph = helper.make_graph(
            self.nodes, "case", [helper.make_tensor_value_info("kin_image", TensorProto.FLOAT, self.numbers.shape)],
            [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)], self.constants)
        opset = helper.make_opsetid("", max(opset_of(case), 7))
        self.model = helper.make_model(graph, opset_imports=[opset])

    def constant(self, array, name=None):
        name = name or f"kin_constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind, *inputs, to, attributes=None):
        self.nodes.append(helper.make_node(kind, inputs, [to], **(attributes or {})))
        return to


class Job:
    """A model in a file, its input, and what has to come out."""

    def __init__(self, case, inputs, image, output, wanted, path):
        built = Builder(case, inputs, image, output)
        self.case, self.operators, self.wanted = case.name.removeprefix("test_"), operators_of(case), wanted
        self.name = f"{self.case}, {'folded' if image is None else f'input {image}'}, output {output}"
        self.files = [f"{path}.{kind}" for kind in ("onnx", "in", "out")]
        pathlib.Path(self.files[0]).write_bytes(built.model.SerializeToString())
        pathlib.Path(self.files[1]).write_bytes(built.numbers.astype("<f4").tobytes())

    def line(self):
        return "\t".join(self.files) + "\n"

    def worst(self):
        """The largest difference, as a share of what is allowed."""
        got, want = np.fromfile(self.files[2], "<f4").astype(np.float64), self.wanted.astype(np.float64).ravel()
        if len(got) != len(want):
            return float("inf")
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        with np.errstate(invalid="ignore"):
            off = np.where(same, 0, np.abs(got - want) / (1 + np.abs(want)))
        allowed = WRITTEN.get(self.case, HALF_TOLERANCE if self.wanted.dtype == np.float16 else TOLERANCE)
        return float("inf") if np.isnan(off).any() else off.max() / allowed


def jobs_of(case, path):
    for number, (inputs, outputs) in enumerate(samples(case)):
        for output, wanted in enumerate(outputs if "Split" in operators_of(case) else outputs[:1]):
            images = [i for i, array in enumerate(inputs) if array.dtype == wanted.dtype == np.float32
                      and array.size and (i == 0 or operators_of(case) & ANY_INPUT)]
            if not operators_of(case) & UNFOLDED:
                images.append(None)
            for image in images:
                yield Job(case, inputs, image, output, wanted, f"{path}-{number}-{output}-{image}")


def run(jobs, kernel):
    done = subprocess.run([RUN_NET], input="".join(job.line() for job in jobs), stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "KIN_KERNEL": kernel}, check=True)
    return done.stdout.splitlines()


def refusal(job):
    """Why kin refuses the model; None: it has to run."""
    return next((why for name, why in REFUSED.items() if re.fullmatch(name, job.case) or re.fullmatch(name, job.name)),
                None)


class OnnxCases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = collect()
        cls.why = {case.name: left_out(case) for case in cls.cases}

    def test_every_case(self):
        ran = collections.Counter()
        with tempfile.TemporaryDirectory() as folder:
            jobs = [job for number, case in enumerate(self.cases) if not self.why[case.name]
                    for job in jobs_of(case, f"{folder}/{number}")]
            for kernel in kernels():
                for job, said in zip(jobs, run(jobs, kernel), strict=True):
                    self.assertEqual(said != "ran", bool(refusal(job)), f"{job.name}: {said}")
                    if said == "ran":
                        self.assertLessEqual(job.worst(), 1, f"{job.name}, {kernel}")
                        ran.update(job.operators)
        self.report(jobs, ran)
        had = set().union(*map(operators_of, self.cases))
        self.assertEqual(had - set(ran), set(), "operators of which nothing ran")
        self.assertLessEqual(OPERATORS - had, {"Gelu"})  # onnx has it since 1.15

    def report(self, jobs, ran):
        running = [job for job in jobs if not refusal(job)]
        print(f"onnx {onnx.__version__}, NumPy {np.__version__}: {len({job.case for job in running})} cases of "
              f"{len(self.cases)} ran, as {len(running)} models with each of {', '.join(kernels())}")
        print(", ".join(f"{name} {ran[name] // len(kernels())}" for name in sorted(ran)))
        reasons = collections.defaultdict(dict)  # a dictionary's keys keep their order
        for name, why in [*((case.name.removeprefix("test_"), self.why[case.name]) for case in self.cases),
                          *((job.case, refusal(job)) for job in jobs)]:
            if why:
                reasons[why][name] = True
        for why, names in reasons.items():
            print(f"left out, {why}: {', '.join(names)}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
