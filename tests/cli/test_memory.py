"""The peak memory of kin index, which must not grow with the number of images."""

import json
import subprocess
import sys

from harness import KIN, Case, environment, main

FEW, MANY = 500, 8000
# What may grow: the index's map (16 bytes an image), the names of a folder (48) and SQLite's page cache up to its bound;
# all together 200 bytes an image, 1.5 MB here. Whatever is kept for each image besides is a path at least: 100 bytes.
MOST_KIB = 2200


# A process counts the memory of the one that it was forked from, so a small one starts kin.
MEASURE = """
import os, sys
pid = os.fork()
if pid == 0:
    os.dup2(2, 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print([os.waitstatus_to_exitcode(status), usage.ru_maxrss])
"""


def draw(folder, count):
    folder.mkdir()
    for i in range(count):
        pixels = bytes((i * 7 + k * (3 + i % 50)) % 256 for k in range(8 * 8 * 3))
        (folder / f"picture-{i:06d}.ppm").write_bytes(b"P6 8 8 255\n" + pixels)


class Memory(Case):
    def peak_kib(self, *arguments):
        words = [KIN, *map(str, arguments), "--threads", "2", "--quiet"]
        bare = [sys.executable, "-I", "-S", "-c", MEASURE, *words]
        result = subprocess.run(bare, env=environment(), capture_output=True, check=True)
        code, peak = json.loads(result.stdout.splitlines()[-1])
        self.assertEqual(code, 0, result.stderr.decode())
        return peak

    def test_it_does_not_grow_with_the_number_of_images(self):
        peaks = []
        for count in (FEW, MANY):
            folder = self.folder / str(count)
            draw(folder, count)
            first = self.peak_kib("index", folder)
            again = self.peak_kib("index", folder)
            peaks.append((first, again))
        print(f"peaks of a first and a second run in KiB: {peaks[0]} for {FEW} images, {peaks[1]} for {MANY}")
        for few, many in zip(*peaks, strict=True):
            self.assertLess(many - few, MOST_KIB)


if __name__ == "__main__":
    main()
