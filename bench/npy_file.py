"""Files of vectors in NumPy's format, without NumPy."""

import struct


def write_header(file, rows, dim):
    """What comes before rows * dim little-endian float32."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (rows, dim)
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + (header.ljust(117) + "\n").encode())
