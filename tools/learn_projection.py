#!/usr/bin/env python3
"""Learns the projection that makes a descriptor of EfficientNet-Lite0's 1280 features, and scores it.

    tools/get_model.sh --features features.onnx
    tools/learn_projection.py features.onnx PHOTOS -o models/efficientnet-lite0/projection.npy
    tools/learn_projection.py features.onnx --projection models/efficientnet-lite0/projection.npy --score SET ...

Square root, then principal components, whitened (Jegou, Chum: Negative evidences and co-occurrences in image
retrieval, ECCV 2012). The root evens out features that burst; whitening keeps the few directions that tell the photos'
own subjects apart (breeds of dogs, mostly) from ruling over those that other data sets need. No label is used. Each
photo is seen four times: whole, cut at random, and twice cut and shrunk to 24..63 pixels, because small boxes are
blurred as well.

The file written is [1281, dim] float16: the matrix, and as the last row what is added.

A SET is a folder of class folders, or a CSV with the columns path and clean (the class). Printed is precision@10: the
share of each picture's ten nearest others that are of its class, over all pictures.

Needs, from the Python package registry: onnxruntime, numpy, pillow.
"""

import argparse
import csv
import os
import sys

import numpy as np
import onnxruntime

from model_input import Preprocessor, image_files, open_image, run_model

CONFIG = os.path.join(os.path.dirname(__file__), "../models/efficientnet-lite0/preprocessor_config.json")
SEED = 1
FEATURES = 1280


def random_box(image, rng):
    """A part of 30..100 % of the image's area, its sides' ratio up to 1.65 from that of the image's."""
    area, stretch = rng.uniform(0.3, 1.0), np.exp(rng.uniform(-0.5, 0.5))
    width = min(image.width, image.width * np.sqrt(area * stretch))
    height = min(image.height, image.height * np.sqrt(area / stretch))
    left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
    return (left, top, left + width, top + height)


def views(files, preprocess):
    rng = np.random.Generator(np.random.PCG64(SEED))
    for file in files:
        image = open_image(file)
        yield preprocess(image)
        yield preprocess(image, random_box(image, rng))
        for _ in range(2):
            edge = int(rng.integers(24, 64))
            yield preprocess(image.resize((edge, edge), preprocess.resample, box=random_box(image, rng)))


def learn(features, dim):
    """[1281, dim]: the whitening projection of the features' roots, and its bias."""
    roots = np.sqrt(features.astype(np.float64))
    mean = roots.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(roots, rowvar=False))
    vectors = vectors[:, ::-1][:, :dim]
    vectors *= np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)  # a sign is free; this one is the same everywhere
    matrix = vectors / np.sqrt(values[::-1][:dim])
    return np.vstack([matrix, -mean @ matrix])


def project(features, rows):
    return np.sqrt(features) @ rows[:FEATURES].astype(np.float32) + rows[FEATURES].astype(np.float32)


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def as_int8(vectors):
    """What 8-bit storage with a scale for each row leaves; the scale does not matter to a cosine."""
    return np.round(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True)))


def precision(vectors, classes, nearest=10):
    vectors = unit(vectors.astype(np.float32))
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :nearest]
    return (classes[order] == classes[:, None]).mean()


def read_set(path):
    """(files, classes)"""
    if os.path.isdir(path):
        files = image_files(path)
        return files, np.array([os.path.basename(os.path.dirname(file)) for file in files])
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    folder = os.path.dirname(path)
    return [os.path.join(folder, row["path"]) for row in rows], np.array([row["clean"] for row in rows])


def print_scores(session, preprocess, rows, path):
    files, classes = read_set(path)
    features = run_model(session, (preprocess(open_image(file)) for file in files))
    short = unit(project(features, rows))
    print(f"{path}: {len(files)} pictures")
    for name, vectors in (
        (f"features, {FEATURES} float", features),
        (f"roots of features, {FEATURES} float", np.sqrt(features)),
        (f"projected, {short.shape[1]} float", short),
        (f"projected, {short.shape[1]} half", short.astype(np.float16)),
        (f"projected, {short.shape[1]} 8-bit", as_int8(short)),
    ):
        print(f"  {name:32s} {precision(vectors, classes):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", metavar="FEATURES.onnx")
    parser.add_argument("photos", nargs="?", help="a folder of photos to learn from")
    parser.add_argument("-o", "--output", metavar="FILE.npy")
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--projection", metavar="FILE.npy", help="score this one instead of learning")
    parser.add_argument("--score", metavar="SET", nargs="+", default=[])
    options = parser.parse_args()
    if bool(options.photos) == bool(options.projection) or not 1 <= options.dim <= FEATURES:
        parser.error("either photos to learn from or --projection; a dim of 1 to 1280")
    session, preprocess = onnxruntime.InferenceSession(options.features), Preprocessor(CONFIG)
    try:
        if options.projection:
            rows = np.load(options.projection, allow_pickle=False)
        else:
            features = run_model(session, views(image_files(options.photos), preprocess))
            rows = learn(features, options.dim).astype(np.float16)
        if options.output:
            np.save(options.output, rows)
        for path in options.score:
            print_scores(session, preprocess, rows, path)
    except (OSError, ValueError) as error:
        sys.exit(f"learn_projection: {error}")


if __name__ == "__main__":
    main()
