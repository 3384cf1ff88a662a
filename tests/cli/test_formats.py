"""Annotations of every format: an edit, a new label and a new image are picked up, and nothing else is touched."""

import csv
import io
import json
from xml.sax.saxutils import quoteattr

from harness import Case, main

SIDE = 64


def picture(seed):
    pixels = bytes((seed * 37 + i * (7 + seed)) % 256 for i in range(SIDE * SIDE * 3))
    return b"P6 %d %d 255\n" % (SIDE, SIDE) + pixels


# Each writes {image: [[label, x, y, w, h], ...]} into the folder and returns what --annotations takes.

def coco(folder, images):
    labels = sorted({shape[0] for shapes in images.values() for shape in shapes})
    annotations = [(i, k, label, box) for i, shapes in enumerate(images.values(), 1)
                   for k, (label, *box) in enumerate(shapes)]
    content = {"images": [{"id": i + 1, "file_name": name} for i, name in enumerate(images)],
               "categories": [{"id": i + 1, "name": name} for i, name in enumerate(labels)],
               "annotations": [{"id": i * 100 + k, "image_id": i, "category_id": labels.index(label) + 1, "bbox": box}
                               for i, k, label, box in annotations]}
    (folder / "instances.json").write_text(json.dumps(content))
    return "instances.json"


def csv_rows(folder, images):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["path", "id", "label", "x", "y", "w", "h"])
    for name, shapes in images.items():
        writer.writerows([name, k, *shape] for k, shape in enumerate(shapes))
    (folder / "labels.csv").write_text(out.getvalue())
    return "labels.csv"


def relative(box):
    x, y, w, h = (v / SIDE for v in box)
    return x, y, w, h


def yolo(folder, images):
    labels = ["cat", "dog", "bird"]
    (folder / "data.yaml").write_text(f"train: .\nnames: {json.dumps(labels)}\n")
    for name, shapes in images.items():
        lines = []
        for label, *box in shapes:
            x, y, w, h = relative(box)
            lines.append(f"{labels.index(label)} {x + w / 2} {y + h / 2} {w} {h}\n")
        (folder / name).with_suffix(".txt").write_text("".join(lines))
    return "data.yaml"


def darknet(folder, images):
    yolo(folder, images)
    (folder / "data.yaml").unlink()
    (folder / "obj.names").write_text("cat\ndog\nbird\n")
    (folder / "train.txt").write_text("".join(f"data/{name}\n" for name in images))
    (folder / "obj.data").write_text("train = data/train.txt\nnames = data/obj.names\n")
    return "obj.data"


def voc(folder, images):
    (folder / "Annotations").mkdir(exist_ok=True)
    for name, shapes in images.items():
        objects = "".join(f"<object><name>{label}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + w}</xmax>"
                          f"<ymax>{y + h}</ymax></bndbox></object>" for label, x, y, w, h in shapes)
        path = folder / "Annotations" / name
        path.with_suffix(".xml").write_text(f"<annotation><filename>{name}</filename>{objects}</annotation>")
    return "Annotations"


def cvat(folder, images):
    text = ["<annotations><version>1.1</version>"]
    for i, (name, shapes) in enumerate(images.items()):
        text.append(f'<image id="{i}" name={quoteattr(name)} width="{SIDE}" height="{SIDE}">')
        text += [f'<box label={quoteattr(label)} xtl="{x}" ytl="{y}" xbr="{x + w}" ybr="{y + h}"/>'
                 for label, x, y, w, h in shapes]
        text.append("</image>")
    (folder / "annotations.xml").write_text("".join(text) + "</annotations>")
    return "annotations.xml"


def label_studio(folder, images):
    def region(k, label, *box):
        values = dict(zip(("x", "y", "width", "height"), (v * 100 for v in relative(box)), strict=True))
        return {"id": f"r{k}", "type": "rectanglelabels", "original_width": SIDE, "original_height": SIDE,
                "value": {**values, "rotation": 0, "rectanglelabels": [label]}}
    tasks = [{"id": i, "data": {"image": f"/data/local-files/?d=x/{name}"},
              "annotations": [{"id": i, "result": [region(k, *shape) for k, shape in enumerate(shapes)]}]}
             for i, (name, shapes) in enumerate(images.items())]
    (folder / "project-1.json").write_text(json.dumps(tasks))
    return "project-1.json"


def jsonl(folder, images):
    lines = [json.dumps({"file_name": name, "objects": {"bbox": [shape[1:] for shape in shapes],
                                                       "categories": [shape[0] for shape in shapes]}})
             for name, shapes in images.items()]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return "metadata.jsonl"


def open_images(folder, images):
    rows = ["ImageID,LabelName,XMin,XMax,YMin,YMax"]
    for name, shapes in images.items():
        for label, *box in shapes:
            x, y, w, h = relative(box)
            rows.append(f"{name},{label},{x},{x + w},{y},{y + h}")
    (folder / "train-annotations-bbox.csv").write_text("\n".join(rows) + "\n")
    return "train-annotations-bbox.csv"


FORMATS = [coco, csv_rows, yolo, darknet, voc, cvat, label_studio, jsonl, open_images]


class Formats(Case):
    def index(self, *options):
        return self.kin("index", self.data, "--threads", 1, "--json", *options).json()

    def counts(self, made):
        self.assertEqual((made["rejects"], made["failed"]), (0, 0))
        return tuple(made[key] for key in ("added", "changed", "gone", "described"))

    def edits(self, write):
        images = {f"{i} a.ppm": [["cat", 4 + i, 8, 20, 24], ["dog", 30, 16, 20 + i, 16]] for i in range(3)}
        for i, name in enumerate(images):
            (self.data / name).write_bytes(picture(i))
        source = write(self.data, images)
        self.assertEqual(self.counts(self.index("--annotations", self.data / source)), (9, 0, 0, 9))
        images["1 a.ppm"][0][3] += 8
        write(self.data, images)
        self.assertEqual(self.counts(self.index()), (0, 1, 0, 1))
        images["2 a.ppm"][1][0] = "bird"
        write(self.data, images)
        self.assertEqual(self.counts(self.index()), (0, 1, 0, 0))
        images["3 a.ppm"] = [["bird", 1, 2, 30, 40]]
        (self.data / "3 a.ppm").write_bytes(picture(9))
        write(self.data, images)
        self.assertEqual(self.counts(self.index()), (2, 0, 0, 2))
        images["0 a.ppm"].pop()
        write(self.data, images)
        self.assertEqual(self.counts(self.index()), (0, 0, 1, 0))
        self.assertEqual(self.counts(self.index()), (0, 0, 0, 0))

    def test_only_what_was_edited_changes(self):
        for write in FORMATS:
            with self.subTest(write.__name__):
                self.data = self.folder / write.__name__
                self.data.mkdir()
                self.edits(write)


if __name__ == "__main__":
    main()
