#!/usr/bin/env python3
"""What somebody without kin would write: all images of a folder, or their boxes too, to vectors in a .npy file, by two
processes. compare_pipeline.py times it.

    peer_pipeline.py READER MODEL FOLDER OUT.npy [--boxes]

READER: `pillow`, `draft` (Pillow that lets the JPEG decoder give a smaller picture), or `opencv`. Boxes are those of
YOLO files in labels/ beside images/, a tenth added on each side."""

import json
import multiprocessing
import os
import pathlib
import sys

import numpy

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp")
state = {}


def start(reader, model):
    import onnxruntime
    config = json.loads((pathlib.Path(model) / "preprocessor_config.json").read_text(encoding="utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(pathlib.Path(model) / "model.onnx"), options,
                                           providers=["CPUExecutionProvider"])
    if reader == "opencv":
        import cv2
        cv2.setNumThreads(1)
    state.update(config=config, session=session, name=session.get_inputs()[0].name, reader=reader)


def boxes_of(file):
    labels = pathlib.Path(file.replace("/images/", "/labels/")).with_suffix(".txt")
    lines = labels.read_text(encoding="utf-8").splitlines() if labels.exists() else []
    for line in lines:
        x, y, w, h = map(float, line.split()[1:5])
        yield max(0, x - w * 0.6), max(0, y - h * 0.6), min(1, x + w * 0.6), min(1, y + h * 0.6)


def squares_pillow(file, boxes):
    """The whole image, shorter side resized and the middle cropped, then each box stretched: [n, side, side, 3]."""
    from PIL import Image
    side = state["config"]["crop_size"]["height"]
    image = Image.open(file)
    if state["reader"] == "draft" and not boxes:
        image.draft("RGB", (side, side))
    image = image.convert("RGB")
    w, h = image.size
    how = Image.Resampling(state["config"]["resample"])
    edge = min(w, h)
    middle = ((w - edge) / 2, (h - edge) / 2, (w + edge) / 2, (h + edge) / 2)
    out = [image.resize((side, side), how, box=middle)]
    out += [image.resize((side, side), how, box=(l * w, t * h, r * w, b * h)) for l, t, r, b in boxes]
    return [numpy.asarray(one) for one in out]


def squares_opencv(file, boxes):
    import cv2
    side = state["config"]["crop_size"]["height"]
    image = cv2.imread(file)
    h, w = image.shape[:2]
    edge = min(w, h)
    left, top = (w - edge) // 2, (h - edge) // 2
    parts = [image[top:top + edge, left:left + edge]]
    for l, t, r, b in boxes:
        x, y = int(l * w), int(t * h)
        parts.append(image[y:max(y + 1, int(b * h)), x:max(x + 1, int(r * w))])
    return [cv2.cvtColor(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
            for part in parts]


def describe(job):
    file, with_boxes = job
    config = state["config"]
    squares = (squares_opencv if state["reader"] == "opencv" else squares_pillow)(
        file, list(boxes_of(file)) if with_boxes else [])
    mean, std = numpy.float32(config["image_mean"]), numpy.float32(config["image_std"])
    vectors = []
    for square in squares:
        x = (square.astype(numpy.float32) * numpy.float32(config["rescale_factor"]) - mean) / std
        vector = state["session"].run(None, {state["name"]: x.transpose(2, 0, 1)[None]})[0].reshape(-1)
        vectors.append(vector / numpy.linalg.norm(vector))
    return vectors


def main():
    reader, model, folder, out = sys.argv[1:5]
    with_boxes = "--boxes" in sys.argv[5:]
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names
                   if name.lower().endswith(EXTENSIONS))
    with multiprocessing.Pool(2, start, (reader, model)) as pool:
        rows = [row for rows in pool.imap(describe, ((f, with_boxes) for f in files), chunksize=8) for row in rows]
    numpy.save(out, numpy.stack(rows))
    print(len(rows))


if __name__ == "__main__":
    main()
