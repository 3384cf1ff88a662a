#!/usr/bin/env python3
"""The same net on the same pixels in kin, ONNX Runtime and OpenCV: pictures a second, in float and in 8 bits.

    compare_runtime.py --build build/release --model models/efficientnet-lite0 [--images 64] [--rounds 7] FOLDER

Every runtime is a process of its own that waits for its turn; a round is one turn of each over all pictures, one
picture a call, and ratios are taken within a round. Where two cores can be used in two ways, by threads inside of a
call or by two processes, the peer is given both. kin is given bytes and normalises them; the others are given finished
floats.
kin's 8 bits are those of kin index: by the ranges in the model's folder (kin calibrate). ONNX Runtime's are its own
static quantisation (QDQ, per channel) by 64 pictures of FOLDER that are not among those that are timed."""

import argparse
import json
import pathlib
import statistics
import sys
import tempfile

from compare_common import HERE, Runtime, Table, files_of, kin_version, machine, need

CALIBRATION = 64


# ---- A peer: a process that does a round for each line it reads ----

def planes(config, pixels):
    import numpy
    mean, std = numpy.float32(config["image_mean"]), numpy.float32(config["image_std"])
    x = (pixels.astype(numpy.float32) * numpy.float32(config["rescale_factor"]) - mean) / std
    return numpy.ascontiguousarray(x.transpose(0, 3, 1, 2))


def onnxruntime_call(model, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})[0]


def opencv_call(model, threads):
    import cv2
    cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromONNX(model)

    def call(x):
        net.setInput(x)
        return net.forward()
    return call


def peer(runtime, model, threads, config, images, out):
    import numpy
    side = config["crop_size"]["height"]
    x = planes(config, numpy.fromfile(images, numpy.uint8).reshape(-1, side, side, 3))
    call = {"onnxruntime": onnxruntime_call, "opencv": opencv_call}[runtime](model, int(threads))
    x = [x[i:i + 1] for i in range(len(x))]
    if out:
        numpy.concatenate([call(one).reshape(1, -1) for one in x]).astype(numpy.float32).tofile(out)
    for one in x[:8]:
        call(one)
    print("ready", flush=True)
    for _ in sys.stdin:
        for one in x:
            call(one)
        print("done", flush=True)


# ---- The driver ----

def pixels_of(config, files):
    """As the model's config says: the shorter side resized, the middle cropped; bytes [n, side, side, 3]."""
    import numpy
    from PIL import Image
    edge, side = config["size"]["shortest_edge"], config["crop_size"]["height"]
    out = []
    for file in files:
        image = Image.open(file).convert("RGB")
        scale = edge / min(image.size)
        image = image.resize([max(edge, round(n * scale)) for n in image.size], Image.Resampling(config["resample"]))
        left, top = (image.width - side) // 2, (image.height - side) // 2
        out.append(numpy.asarray(image.crop((left, top, left + side, top + side))))
    return numpy.stack(out)


def quantise(model, config, pixels, out):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process
    import onnxruntime
    x = planes(config, pixels)
    name = onnxruntime.InferenceSession(model).get_inputs()[0].name

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = ({name: x[i:i + 1]} for i in range(len(x)))

        def get_next(self):
            return next(self.rows, None)

    ready = str(out) + ".ready"
    quant_pre_process(model, ready, skip_symbolic_shape=True)
    quantize_static(ready, str(out), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def agreement(got, wanted):
    import numpy
    cosines = (got * wanted).sum(1) / numpy.linalg.norm(got, axis=1) / numpy.linalg.norm(wanted, axis=1)
    worst = abs(got - wanted).max() / abs(wanted).max()
    return f"largest difference {worst:.1e}; cosine {cosines.mean():.5f}, least {cosines.min():.5f}"


def start_all(args, config, work, count):
    model = str(pathlib.Path(args.model) / "model.onnx")
    half = [work / "half0.raw", work / "half1.raw"]
    all_of_it = work / "images.raw"
    scale = [config["rescale_factor"] / s for s in config["image_std"]]
    shift = [-m / s for m, s in zip(config["image_mean"], config["image_std"], strict=True)]
    if len(set(scale)) > 1 or len(set(shift)) > 1:
        sys.exit("compare_runtime.py: bench_net normalises all channels alike")

    def kin(threads, *more):
        return [f"{args.build}/bench/bench_net", "--scale", str(scale[0]), "--shift", str(shift[0]),
                "--threads", str(threads), *more, model, all_of_it]

    def other(runtime, threads, images, out="", net=model):
        return [sys.executable, __file__, "--peer", runtime, net, str(threads), json.dumps(config), str(images),
                str(out)]

    eight, own8 = ["--ranges", args.model], str(work / "own8.onnx")
    makers = {
        "kin, float": [kin(1, "--out", work / "kin.out")],
        "kin, 8 bits": [kin(1, "--out", work / "kin8.out", *eight)],
        "ONNX Runtime, float": [other("onnxruntime", 1, all_of_it, work / "ort.out")],
        "ONNX Runtime, 8 bits": [other("onnxruntime", 1, all_of_it, work / "ort8.out", own8)],
        "OpenCV, float": [other("opencv", 1, all_of_it, work / "cv.out")],
        "kin, float, 2 threads": [kin(2)],
        "kin, 8 bits, 2 threads": [kin(2, *eight)],
        "ONNX Runtime, float, 2 threads": [other("onnxruntime", 2, all_of_it)],
        "ONNX Runtime, float, 2 processes": [other("onnxruntime", 1, h) for h in half],
        "ONNX Runtime, 8 bits, 2 threads": [other("onnxruntime", 2, all_of_it, net=own8)],
        "ONNX Runtime, 8 bits, 2 processes": [other("onnxruntime", 1, h, net=own8) for h in half],
        "OpenCV, float, 2 threads": [other("opencv", 2, all_of_it)],
        "OpenCV, float, 2 processes": [other("opencv", 1, h) for h in half],
    }
    return {name: Runtime(*commands) for name, commands in makers.items()}


def better(table, names):
    return min(names, key=lambda name: statistics.median(table.seconds[name]))


def compare(args):
    import cv2
    import numpy
    import onnxruntime
    config = json.loads((pathlib.Path(args.model) / "preprocessor_config.json").read_text(encoding="utf-8"))
    files = files_of(args.folder)
    step = max(1, len(files) // (args.images + CALIBRATION))
    chosen = files[::step][:args.images + CALIBRATION]
    if len(chosen) < args.images + CALIBRATION:
        sys.exit(f"compare_runtime.py: {args.folder} holds {len(files)} images, too few for {args.images} to be timed "
                 f"and {CALIBRATION} to calibrate by")
    pixels = pixels_of(config, chosen)
    timed, calibration = pixels[:args.images], pixels[args.images:]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        timed.tofile(work / "images.raw")
        timed[::2].tofile(work / "half0.raw")
        timed[1::2].tofile(work / "half1.raw")
        quantise(str(pathlib.Path(args.model) / "model.onnx"), config, calibration, work / "own8.onnx")
        runtimes = start_all(args, config, work, len(timed))
        table = Table(len(timed), "pictures a second")
        for number in range(args.rounds + 1):
            for name, runtime in runtimes.items():
                seconds = runtime.turn()
                if number:  # the first round warms up
                    table.add(name, seconds)
        for runtime in runtimes.values():
            runtime.end()
        outputs = {name: numpy.fromfile(work / f"{file}.out", numpy.float32).reshape(len(timed), -1) for name, file in (
            ("kin, float", "kin"), ("kin, 8 bits", "kin8"), ("ONNX Runtime, float", "ort"),
            ("ONNX Runtime, 8 bits", "ort8"), ("OpenCV, float", "cv"))}
    print(f"{machine()}; {kin_version(f'{args.build}/src/cli/kin')}; ONNX Runtime {onnxruntime.__version__}, OpenCV "
          f"{cv2.__version__}\n{pathlib.Path(args.model).name}, {len(timed)} pictures of {timed.shape[1]} x "
          f"{timed.shape[2]} one at a time, {args.rounds} rounds by turns\n")
    base = "ONNX Runtime, float"
    table.show(base, [n for n in runtimes if ", 2 " not in n])
    print()
    base2 = better(table, [n for n in runtimes if n.startswith(base + ", 2")])
    table.show(base2, [n for n in runtimes if ", 2 " in n])
    print()
    for one in ("", ", 2 threads"):
        ratios = table.ratios(f"kin, 8 bits{one}", f"kin, float{one}")
        print(f"kin{one}: 8 bits take {statistics.median(ratios):.2f} times less than float")
    print("\nwhat comes out, against ONNX Runtime in float:")
    for name, output in outputs.items():
        if name != base:
            print(f"{name:24} {agreement(output, outputs[base])}")


def main():
    if sys.argv[1:2] == ["--peer"]:
        runtime, model, threads, config, images, out = sys.argv[2:]
        peer(runtime, model, threads, json.loads(config), images, out)
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--build", default=str(HERE.parent / "build" / "release"))
    parser.add_argument("--model", default=str(HERE.parent / "models" / "efficientnet-lite0"))
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    need(numpy="numpy", PIL="pillow", onnx="onnx", onnxruntime="onnxruntime", cv2="opencv-python-headless")
    compare(args)


main()
