"""Reads the tensors of a PyTorch checkpoint without PyTorch, and without running what the file may ask for.

A checkpoint is a pickle, and a pickle may name any function of Python for the reader to call. Here only the handful
of names that a dictionary of tensors needs are known, none of them does anything but record its arguments, and every
shape, stride and offset is checked against its storage before an array is made. Both containers are read:

- zip (PyTorch 1.6 and newer): <folder>/data.pkl, and one file <folder>/data/<key> for each storage;
- the older stream: five pickles (magic number, protocol, machine, tensors, storage keys), then for each key a 64-bit
  count of elements and the elements themselves.
"""

import collections
import dataclasses
import io
import pickle
import zipfile

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

STORAGE_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}


class CheckpointError(Exception):
    """The file is damaged, or holds something else than tensors by name."""


@dataclasses.dataclass(frozen=True)
class StorageType:
    """What stands for a torch.<Type>Storage class in the pickle."""

    dtype: str


@dataclasses.dataclass(frozen=True)
class Storage:
    key: str
    dtype: str
    count: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view of a storage; offset and strides are in elements."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


def _are_counts(values):
    return isinstance(values, tuple) and all(type(value) is int and value >= 0 for value in values)


def _record_tensor(storage, offset, shape, strides, *_gradient_and_hooks):
    if not isinstance(storage, Storage) or not _are_counts((offset,)) or not _are_counts(shape):
        raise CheckpointError("a tensor without a storage, an offset or a shape")
    if not _are_counts(strides) or len(strides) != len(shape):
        raise CheckpointError("a tensor whose strides do not fit its shape")
    return Tensor(storage, offset, shape, strides)


def _record_parameter(tensor, *_gradient_and_hooks):
    return tensor


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _record_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _record_parameter
        if module == "torch" and name in STORAGE_DTYPES:
            return StorageType(STORAGE_DTYPES[name])
        raise CheckpointError(f"the checkpoint asks for {module}.{name}, which no dictionary of tensors needs")

    def persistent_load(self, pid):
        # ("storage", type, key, device, count), and in the older stream a view, which no current writer makes.
        if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage":
            raise CheckpointError("a reference to something else than a storage")
        kind, key, count = pid[1], pid[2], pid[4]
        if not isinstance(kind, StorageType) or not isinstance(key, str) or not _are_counts((count,)):
            raise CheckpointError("a storage without type, key or size")
        if len(pid) == 6 and pid[5] is not None:
            raise CheckpointError(f"storage {key} is a view of another storage")
        return Storage(key, kind.dtype, count)


def _array(tensor, elements):
    size = 1
    for extent in tensor.shape:
        size *= extent
    if size == 0:
        return np.zeros(tensor.shape, tensor.storage.dtype)
    last = tensor.offset + sum((extent - 1) * stride for extent, stride in zip(tensor.shape, tensor.strides))
    if last >= elements.size or size > elements.size:
        raise CheckpointError(f"a tensor reaches past the end of storage {tensor.storage.key}")
    strides = [stride * elements.itemsize for stride in tensor.strides]
    view = np.lib.stride_tricks.as_strided(elements[tensor.offset :], tensor.shape, strides, writeable=False)
    return np.ascontiguousarray(view).reshape(tensor.shape)


def _read_zip(file):
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(names) != 1:
            raise CheckpointError("the archive has no data.pkl")
        folder = names[0][: -len("data.pkl")]
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise CheckpointError("a checkpoint of a big-endian machine")
        tensors = _Unpickler(io.BytesIO(archive.read(names[0]))).load()
        storages = {}
        for storage in _storages(tensors):
            name = f"{folder}data/{storage.key}"
            if archive.getinfo(name).file_size != storage.count * np.dtype(storage.dtype).itemsize:
                raise CheckpointError(f"storage {storage.key} has not the size that the tensors ask for")
            storages[storage.key] = np.frombuffer(archive.read(name), storage.dtype)
        return tensors, storages


def _read_legacy(file):
    if _Unpickler(file).load() != LEGACY_MAGIC:
        raise CheckpointError("not a PyTorch checkpoint")
    if _Unpickler(file).load() != LEGACY_PROTOCOL:
        raise CheckpointError("a PyTorch checkpoint of an unknown protocol")
    machine = _Unpickler(file).load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise CheckpointError("a checkpoint of a big-endian machine")
    tensors = _Unpickler(file).load()
    known = {storage.key: storage for storage in _storages(tensors)}
    storages = {}
    for key in _Unpickler(file).load():
        if key not in known:
            raise CheckpointError(f"storage {key} belongs to no tensor")
        storage = known[key]
        size = storage.count * np.dtype(storage.dtype).itemsize
        count, data = file.read(8), file.read(size)
        if int.from_bytes(count, "little") != storage.count or len(data) != size:
            raise CheckpointError(f"storage {key} is cut off, or not of the size that the tensors ask for")
        storages[key] = np.frombuffer(data, storage.dtype)
    return tensors, storages


def _storages(tensors):
    if not isinstance(tensors, dict):
        raise CheckpointError("the checkpoint is no dictionary of tensors")
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise CheckpointError(f"{name} is no tensor")
        yield tensor.storage


def read_checkpoint(path):
    """{name: contiguous array} in the file's order. CheckpointError with the reason where the file is none."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        read = _read_zip if data.startswith(b"PK\x03\x04") else _read_legacy
        tensors, storages = read(io.BytesIO(data))
        return {name: _array(tensor, storages[tensor.storage.key]) for name, tensor in tensors.items()}
    except CheckpointError:
        raise
    except Exception as error:  # what a damaged pickle or archive raises is not told apart by Python either
        raise CheckpointError(f"damaged: {type(error).__name__}: {error}") from error
