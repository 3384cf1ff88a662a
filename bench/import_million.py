#!/usr/bin/env python3
"""How long kin index takes to read a large file of annotations into a new workspace, and its peak memory.

    KIN=build/release/src/cli/kin bench/import_million.py [--annotations 1000000] [--format coco|cvat|labelstudio]

The data set, 10,000 small images with polygons of 12 points, is made in a temporary folder (--keep FOLDER: there, and
kept). Vectors come from a table with one row, so that describing costs next to nothing. CPU seconds and memory are of
the whole run, the import's seconds are wall time."""

import argparse
import json
import os
import pathlib
import random
import struct
import sys
import tempfile

from npy_file import write_header

IMAGES, SIDE = 10000, 64


def shapes(count, rng):
    """(image, label, x, y, w, h, polygon) in the order of the images."""
    each = max(1, count // IMAGES)
    for i in range(count):
        x, y = rng.uniform(0, 30), rng.uniform(0, 30)
        points = [round(rng.uniform(0, SIDE), 2) for _ in range(24)]
        yield min(i // each, IMAGES - 1), f"class {i % 80}", round(x, 2), round(y, 2), 20.5, 25.25, points


def write_coco(out, count, rng):
    images = [{"id": i, "file_name": f"{i:012d}.ppm", "width": SIDE, "height": SIDE} for i in range(IMAGES)]
    out.write('{"images":' + json.dumps(images) + ',"categories":')
    out.write(json.dumps([{"id": i, "name": f"class {i}"} for i in range(80)]) + ',"annotations":[')
    for i, (image, label, x, y, w, h, points) in enumerate(shapes(count, rng)):
        out.write(f'{"," if i else ""}{{"id":{i + 1},"image_id":{image},"category_id":{label[6:]},"bbox":[{x},{y},{w},{h}],'
                  f'"segmentation":[{points}],"area":{w * h},"iscrowd":0}}')
    out.write("]}")


def by_image(count, rng):
    at, held = 0, []
    for image, *shape in shapes(count, rng):
        if image != at:
            yield at, held
            at, held = image, []
        held.append(shape)
    yield at, held


def write_cvat(out, count, rng):
    out.write("<annotations><version>1.1</version>\n")
    for image, held in by_image(count, rng):
        out.write(f'<image id="{image}" name="{image:012d}.ppm" width="{SIDE}" height="{SIDE}">\n')
        for label, *_, points in held:
            pairs = ";".join(f"{x},{y}" for x, y in zip(points[::2], points[1::2], strict=True))
            out.write(f'<polygon label="{label}" source="manual" occluded="0" points="{pairs}" z_order="0"/>\n')
        out.write("</image>\n")
    out.write("</annotations>\n")


def write_label_studio(out, count, rng):
    out.write("[")
    for image, held in by_image(count, rng):
        regions = [{"id": f"r{k}", "type": "polygonlabels", "original_width": SIDE, "original_height": SIDE, "value": {
            "points": [[x * 100 / SIDE, y * 100 / SIDE] for x, y in zip(points[::2], points[1::2], strict=True)],
            "polygonlabels": [label]}} for k, (label, *_, points) in enumerate(held)]
        task = {"id": image, "data": {"image": f"/data/local-files/?d=images/{image:012d}.ppm"},
                "annotations": [{"id": image, "result": regions}], "predictions": []}
        out.write(("," if image else "") + json.dumps(task))
    out.write("]")


WRITERS = {"coco": write_coco, "cvat": write_cvat, "labelstudio": write_label_studio}


def make(folder, count, form):
    images = folder / "set" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for i in range(IMAGES):
        (images / f"{i:012d}.ppm").write_bytes(b"P6 %d %d 255\n" % (SIDE, SIDE) + bytes(SIDE * SIDE * 3))
    with open(folder / "v.npy", "wb") as file:
        write_header(file, 1, 8)
        file.write(struct.pack("<8f", *[1] * 8))
    (folder / "rows.csv").write_text(f"path,shape\nimages/{0:012d}.ppm,\n")
    with open(folder / form, "w", encoding="utf-8") as out:
        WRITERS[form](out, count, random.Random(1))


def measure(folder, form):
    words = [os.environ.get("KIN", "kin"), "index", folder / "set", "--annotations", folder / form, "--format", form,
             "--embeddings", folder / "v.npy", "--rows", folder / "rows.csv", "--json", "--quiet"]
    with open(folder / "out.json", "w+", encoding="utf-8") as out, open(os.devnull, "w", encoding="utf-8") as quiet:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(quiet.fileno(), 2)
            os.execvp(words[0], [str(word) for word in words])
        _, status, usage = os.wait4(child, 0)
        out.seek(0)
        text = out.read()
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"kin index failed with {os.waitstatus_to_exitcode(status)}")
    return json.loads(text), usage


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=int, default=1000000)
    parser.add_argument("--format", choices=WRITERS, default="coco")
    parser.add_argument("--keep", metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        make(folder, options.annotations, options.format)
        made, usage = measure(folder, options.format)
        megabytes = (folder / options.format).stat().st_size / 1e6
    print(f"{options.format}, {megabytes:.0f} MB, {made['shapes_read']} shapes: imported in {made['import_seconds']:.1f} s; "
          f"whole run {usage.ru_utime + usage.ru_stime:.1f} s of CPU, peak {usage.ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
