"""The checkpoint reader: both containers give the tensors; nothing a file asks for is run; damage is told as such."""

import collections
import io
import os
import pickle
import random
import sys
import tempfile
import types
import unittest
import zipfile

try:
    import numpy as np
except ImportError:
    print("skipped: this Python has no numpy")
    sys.exit(0)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools"))
from torch_checkpoint import LEGACY_MAGIC, LEGACY_PROTOCOL, CheckpointError, read_checkpoint

# What a writer's PyTorch would be known as to pickle.
torch, torch_utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})


def _rebuild_tensor_v2():
    pass


_rebuild_tensor_v2.__module__ = "torch._utils"
torch._utils, torch_utils._rebuild_tensor_v2 = torch_utils, _rebuild_tensor_v2
sys.modules.update({"torch": torch, "torch._utils": torch_utils})


class Reference:
    def __init__(self, key, count):
        self.pid = ("storage", torch.FloatStorage, key, "cpu", count)


class Rebuilt:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Writer(pickle.Pickler):
    def persistent_id(self, value):
        return value.pid if isinstance(value, Reference) else None


def pickled(value):
    file = io.BytesIO()
    Writer(file, protocol=2).dump(value)
    return file.getvalue()


DATA = np.arange(24, dtype="<f4")


def tensor(offset=0, shape=(2, 3, 4), strides=(12, 4, 1), count=24):
    return Rebuilt(Reference("7", count), offset, shape, strides, False, collections.OrderedDict())


def legacy(tensors, count=24):
    heads = [LEGACY_MAGIC, LEGACY_PROTOCOL, {"little_endian": True}, tensors, ["7"]]
    return b"".join(map(pickled, heads)) + count.to_bytes(8, "little") + DATA.tobytes()


def zipped(tensors):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", pickled(tensors))
        archive.writestr("model/data/7", DATA.tobytes())
    return file.getvalue()


class Checkpoint(unittest.TestCase):
    def read(self, data):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.pth")
            with open(path, "wb") as file:
                file.write(data)
            return read_checkpoint(path)

    def refused(self, data, reason):
        with self.assertRaisesRegex(CheckpointError, reason):
            self.read(data)

    def test_both_containers_give_the_tensors(self):
        tensors = collections.OrderedDict(
            plain=tensor(), moved=tensor(strides=(1, 2, 6)), part=tensor(4, (2, 2), (1, 8)), scalar=tensor(5, (), ())
        )
        for write in (legacy, zipped):
            read = self.read(write(tensors))
            self.assertEqual(list(read), ["plain", "moved", "part", "scalar"])
            np.testing.assert_array_equal(read["plain"], DATA.reshape(2, 3, 4))
            np.testing.assert_array_equal(read["moved"], DATA.reshape(4, 3, 2).transpose(2, 1, 0))
            np.testing.assert_array_equal(read["part"], [[4, 12], [5, 13]])
            self.assertEqual(read["scalar"].shape, ())
            self.assertEqual(read["scalar"], 5)

    def test_nothing_a_file_asks_for_is_run(self):
        with tempfile.TemporaryDirectory() as folder:
            made = os.path.join(folder, "made")
            for call in (Call(os.mkdir, made), Call(eval, f"__import__('os').mkdir({made!r})")):
                for write in (legacy, zipped):
                    self.refused(write({"a": tensor(), "b": call}), "asks for")
            self.assertFalse(os.path.exists(made))

    def test_tensors_stay_inside_their_storage(self):
        for bad in (tensor(1), tensor(strides=(13, 4, 1)), tensor(shape=(1 << 40,), strides=(0,)), tensor(-1)):
            for write in (legacy, zipped):
                self.refused(write({"a": bad}), "past the end|offset")
        self.refused(legacy({"a": tensor(strides=(4, 1))}), "strides")
        for write in (legacy, zipped):
            self.refused(write({"a": tensor(count=1 << 20)}), "size|cut off")

    def test_damage_is_told(self):
        self.refused(b"", "damaged")
        self.refused(b"PK\x03\x04", "damaged")
        self.refused(legacy({"a": 5}), "no tensor")
        self.refused(legacy([]), "no dictionary")
        whole = {write: write({"a": tensor()}) for write in (legacy, zipped)}
        dice = random.Random(1)
        for data in whole.values():
            for end in range(0, len(data) - 1, 7):
                self.refused(data[:end], "")
            for _ in range(500):
                changed = bytearray(data)
                changed[dice.randrange(len(data))] = dice.randrange(256)
                try:
                    self.read(bytes(changed))
                except CheckpointError:
                    pass


if __name__ == "__main__":
    unittest.main()
