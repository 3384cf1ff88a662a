"""Pictures -> a model's input as its preprocessor_config.json (Hugging Face's keys) says. Needs numpy and Pillow."""

import json
import os

import numpy as np
from PIL import Image, ImageOps

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png")


def image_files(folder):
    """Every picture below the folder, sorted by path."""
    found = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [os.path.join(root, name) for name in names if name.lower().endswith(IMAGE_ENDINGS)]
    return sorted(found)


def open_image(path):
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


class Preprocessor:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        self.edge = config["size"]["shortest_edge"]
        self.width = config["crop_size"]["width"]
        self.height = config["crop_size"]["height"]
        self.resample = Image.Resampling(config["resample"])
        self.rescale = np.float32(config["rescale_factor"])
        self.mean = np.array(config["image_mean"], np.float32)
        self.std = np.array(config["image_std"], np.float32)

    def __call__(self, image, box=None):
        """[3, height, width] of the part of the image inside the box (left, top, right, bottom); None: all of it."""
        left, top, right, bottom = box or (0, 0, image.width, image.height)
        scale = self.edge / min(right - left, bottom - top)
        width = max(round((right - left) * scale), self.width)
        height = max(round((bottom - top) * scale), self.height)
        image = image.resize((width, height), self.resample, box=(left, top, right, bottom))
        x, y = (width - self.width) // 2, (height - self.height) // 2
        image = image.crop((x, y, x + self.width, y + self.height))
        pixels = (np.asarray(image, np.float32) * self.rescale - self.mean) / self.std
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def run_model(session, inputs, batch=32):
    """The model's first output for an iterable of inputs, one row each."""
    name, rows, waiting = session.get_inputs()[0].name, [], []
    for value in inputs:
        waiting.append(value)
        if len(waiting) == batch:
            rows.append(session.run(None, {name: np.stack(waiting)})[0])
            waiting = []
    if waiting:
        rows.append(session.run(None, {name: np.stack(waiting)})[0])
    if not rows:
        raise ValueError("no pictures")
    return np.concatenate(rows)
