"""Builds the wheel of the module kin (PEP 517) by the standard library alone, so that `pip install` of this folder asks
no package index for anything."""

import base64
import hashlib
import pathlib
import re
import zipfile

HERE = pathlib.Path(__file__).resolve().parent


def value_of(name):
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(rf'(?m)^{name} = "([^"]+)"$', text)[1]


def metadata():
    return (f"Metadata-Version: 2.1\nName: kin\nVersion: {value_of('version')}\nSummary: {value_of('description')}\n"
            f"License: Apache-2.0\nRequires-Python: {value_of('requires-python')}\n"
            "Provides-Extra: arrays\nRequires-Dist: numpy; extra == 'arrays'\n")


def record_row(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    del config_settings, metadata_directory
    base = f"kin-{value_of('version')}"
    files = {f"kin/{path.name}": path.read_bytes() for path in sorted((HERE / "kin").iterdir()) if path.is_file()}
    files[f"{base}.dist-info/METADATA"] = metadata().encode()
    files[f"{base}.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: kin\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{base}.dist-info/RECORD"
    files[record] = ("".join(record_row(*file) for file in files.items()) + f"{record},,\n").encode()
    name = f"{base}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file, data in files.items():
            wheel.writestr(file, data)
    return name
