#!/usr/bin/env python3
"""Writes the files of tests/fuzz/corpus that were made by hand, one of each kind that a target takes; what a fuzzer found
lies beside them. Needs nothing but Python: make_corpus.py [FOLDER]"""

import json
import pathlib
import struct
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent


# ---- Images ----

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, interlaced=0, extra=b""):
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(0, 0, 1, 1)] if not interlaced else [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = bytearray()
    for x, y, across, down in passes:
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        stride = (columns * samples * depth + 7) // 8
        for row in range(rows if columns > 0 else 0):
            raw += bytes([row % 5]) + bytes((row * 7 + i * 13) % 4 for i in range(stride))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    palette = chunk(b"PLTE", bytes(range(0, 192, 16))) if colour == 3 else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + extra
            + chunk(b"IDAT", zlib.compress(bytes(raw))) + chunk(b"IEND", b""))


def exif(orientation, big):
    order = ">" if big else "<"
    return ((b"MM\0*" if big else b"II*\0") + struct.pack(order + "IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0))


def images():
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            yield f"png_{colour}_{depth}", png(9, 5, depth, colour)
    yield "png_interlaced", png(9, 9, 8, 2, 1)
    yield "png_interlaced_narrow", png(1, 3, 2, 3, 1)
    yield "png_key", png(4, 4, 8, 2, extra=chunk(b"tRNS", bytes(6)))
    yield "png_palette_alpha", png(4, 4, 4, 3, extra=chunk(b"tRNS", bytes([0, 128, 255])))
    yield "png_exif", png(4, 3, 8, 0, extra=chunk(b"eXIf", exif(6, True)))
    yield "pnm_1", b"P1\n# two rows\n3 2\n1 0 1\n0 1 0\n"
    yield "pnm_2", b"P2 3 2 15\n1 2 3 4 5 15\n"
    yield "pnm_3", b"P3 1 2 255\n1 2 3 4 5 255\n"
    yield "pnm_4", b"P4 9 2\n\x01\x80\xff\x00"
    yield "pnm_5", b"P5 2 2 255\n\x00\x40\x80\xff"
    yield "pnm_5_wide", b"P5 2 1 65535\n\x00\x40\x80\xff"
    yield "pnm_6", b"P6 2 1 100\n\x00\x40\x64\x00\x01\x02"
    for bits in (1, 4, 8, 16, 24, 32):
        stride = (5 * bits + 31) // 32 * 4
        colours = 4 * (1 << bits) if bits <= 8 else 0
        start = 54 + colours
        yield f"bmp_{bits}", (b"BM" + struct.pack("<IHHI", start + 3 * stride, 0, 0, start)
                              + struct.pack("<IiiHHIIiiII", 40, 5, 3, 1, bits, 0, 0, 0, 0, 0, 0)
                              + bytes(i % 256 for i in range(colours)) + bytes(i * 5 % 256 for i in range(3 * stride)))
    yield "bmp_fields", (b"BM" + struct.pack("<IHHI", 74, 0, 0, 66) + struct.pack(
        "<IiiHHIIiiII", 40, 2, -2, 1, 16, 3, 0, 0, 0, 0, 0) + struct.pack("<III", 0xF800, 0x7E0, 0x1F) + bytes(range(8)))
    yield "gif_89", (b"GIF89a" + struct.pack("<HHBBB", 3, 2, 0x80, 0, 0) + bytes([255, 0, 0, 0, 255, 0])
                     + b"!\xf9\x04\x01\x0a\x00\x01\x00," + struct.pack("<HHHHB", 0, 0, 3, 2, 0)
                     + b"\x02\x04\x84\x8f\x19\x05\x00;")
    yield "gif_local", (b"GIF87a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0) + b","
                        + struct.pack("<HHHHB", 1, 1, 2, 2, 0xC0) + bytes(range(6)) + b"\x02\x03\x44\x02\x05\x00;")
    yield "tga_24", struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 3, 2, 24, 0x20) + bytes(range(18))
    yield "tga_32_run", (struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 4, 1, 32, 8)
                         + b"\x81\x01\x02\x03\x04\x01" + bytes(range(8)))
    yield "tga_palette", (struct.pack("<BBBHHBHHHHBB", 0, 1, 1, 0, 2, 24, 0, 0, 2, 2, 8, 0)
                          + bytes(range(6)) + b"\x00\x01\x01\x00")
    for packed in (0, 1):
        planes = (bytes(range(12)) if not packed
                  else struct.pack(">6H", *[3] * 6) + b"".join(bytes([1, i, i + 1]) for i in range(6)))
        yield f"psd_{packed}", (b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 2, 2, 8, 3) + bytes(12)
                                + struct.pack(">H", packed) + planes)
    yield "hdr_flat", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 3\n" + bytes(range(100, 124))
    yield "hdr_runs", (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 8\n\x02\x02\x00\x08"
                       + b"\x88\x40" * 3 + b"\x08" + bytes(range(120, 128)))
    yield "exif_big", exif(3, True)
    yield "exif_little", b"Exif\0\0" + exif(8, False)
    for name in ("quad_progressive.jpg", "quad_cmyk.jpg"):
        jpeg = (HERE.parent / "data" / "image" / name).read_bytes()
        block = b"Exif\0\0" + exif(5, False)
        yield f"jpeg_exif_{name[5:9]}", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


# ---- ONNX: protocol buffers written by hand ----

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(number, values):
    return b"".join(field(number, value) for value in values)


FLOAT, INT64 = 1, 7


def tensor(name, dims, values, kind=FLOAT, raw=True):
    data = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    if raw:
        body = field(9, data)
    else:
        body = field(4, data) if kind == FLOAT else field(7, b"".join(map(varint, values)))
    return fields(1, dims) + field(2, kind) + field(8, name) + body


def attribute(name, value):
    if isinstance(value, bytes):
        return field(1, name) + field(5, value) + field(20, 4)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + fields(8, value) + field(20, 7)


def node(op, inputs, output, **attributes):
    outputs = [output] if isinstance(output, str) else output
    return (fields(1, inputs) + fields(2, outputs) + field(4, op)
            + fields(5, [attribute(key, value) for key, value in attributes.items()]))


def value_info(name, dims):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def model(nodes, tensors=(), dims=("N", 2, "h", "w"), output="y", opset=17):
    graph = (fields(1, nodes) + field(2, "g") + fields(5, tensors) + field(11, value_info("x", dims))
             + field(12, value_info(output, ["N", "d"])))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, opset))


def weights(name, *dims):
    count = 1
    for d in dims:
        count *= d
    return tensor(name, dims, [((i * 7) % 11 - 5) / 8 for i in range(count)])


def shape(name, *values):
    return tensor(name, [len(values)], list(values), INT64)


def models():
    yield "conv", model([node("Conv", ["x", "w", "b"], "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
                         node("Clip", ["c", "low", "high"], "r"), node("GlobalAveragePool", ["r"], "p"),
                         node("Flatten", ["p"], "y")],
                        [weights("w", 4, 2, 3, 3), weights("b", 4), tensor("low", [], [0.0]), tensor("high", [], [6.0])])
    yield "depthwise", model([node("Conv", ["x", "w"], "c", group=2, kernel_shape=[5, 5], auto_pad="SAME_UPPER"),
                              node("BatchNormalization", ["c", "s", "b", "m", "v"], "n", epsilon=1e-3),
                              node("HardSwish", ["n"], "h"), node("Conv", ["h", "w1"], "d", dilations=[2, 1]),
                              node("ReduceMean", ["d"], "y", axes=[2, 3], keepdims=0)],
                             [weights("w", 2, 1, 5, 5), weights("s", 2), weights("b", 2), weights("m", 2),
                              tensor("v", [2], [1.0, 2.0], raw=False), weights("w1", 3, 2, 1, 1)])
    yield "pools", model([node("MaxPool", ["x"], "a", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
                          node("AveragePool", ["a"], "b", kernel_shape=[2, 2], ceil_mode=1, count_include_pad=1),
                          node("Concat", ["b", "b"], "c", axis=1), node("Relu", ["c"], "d"), node("Flatten", ["d"], "y")])
    yield "squeeze_excite", model([node("GlobalAveragePool", ["x"], "p"), node("Conv", ["p", "w"], "q"),
                                   node("Sigmoid", ["q"], "s"), node("Mul", ["x", "s"], "m"), node("Add", ["m", "x"], "t"),
                                   node("Flatten", ["t"], "y")], [weights("w", 2, 2, 1, 1)])
    yield "attention", model([node("Conv", ["x", "w"], "c", strides=[4, 4]), node("Reshape", ["c", "to"], "r"),
                              node("Transpose", ["r"], "t", perm=[0, 2, 1]),
                              node("LayerNormalization", ["t", "s", "b"], "n", axis=-1),
                              node("MatMul", ["n", "k"], "q"), node("Transpose", ["q"], "u", perm=[0, 2, 1]),
                              node("MatMul", ["n", "u"], "a"), node("Softmax", ["a"], "p", axis=-1),
                              node("MatMul", ["p", "n"], "o"), node("Gelu", ["o"], "g"),
                              node("Gather", ["g", "first"], "f", axis=1), node("Gemm", ["f", "k"], "y", transB=1)],
                             [weights("w", 4, 2, 4, 4), shape("to", 0, 4, -1), weights("s", 4), weights("b", 4),
                              weights("k", 4, 4), tensor("first", [], [0], INT64)], opset=20)
    yield "shapes", model([node("Shape", ["x"], "s"), node("Gather", ["s", "zero"], "n", axis=0),
                           node("Unsqueeze", ["n", "axis"], "u"), node("Concat", ["u", "rest"], "t", axis=0),
                           node("Reshape", ["x", "t"], "r"), node("Slice", ["r", "from", "upto", "one", "step"], "l"),
                           node("Split", ["l", "parts"], ["a", "b"], axis=1), node("Sub", ["a", "b"], "y")],
                          [tensor("zero", [], [0], INT64), shape("axis", 0), shape("rest", -1), shape("from", 0),
                           shape("upto", 400), shape("one", 1), shape("step", 2), shape("parts", 100, 100)])
    yield "constants", model([node("ConstantOfShape", ["d"], "c", value=tensor("v", [1], [0.5])),
                              node("Expand", ["c", "to"], "e"), node("Constant", [], "k", value=tensor("", [2], [1.0, 2.0])),
                              node("Equal", ["k", "k"], "q"), node("Where", ["q", "e", "k"], "h"), node("Cast", ["h"], "i", to=1),
                              node("GlobalAveragePool", ["x"], "p"), node("Squeeze", ["p", "axes"], "z"),
                              node("Pow", ["z", "two"], "w"), node("Add", ["w", "i"], "y")],
                             [shape("d", 1, 2), shape("to", 1, 2), shape("axes", 2, 3), tensor("two", [], [2.0])])
    yield "curves", model([node("LeakyRelu", ["x"], "a", alpha=0.1), node("HardSigmoid", ["a"], "b"), node("Tanh", ["b"], "c"),
                           node("Erf", ["c"], "d"), node("Exp", ["d"], "e"), node("Sqrt", ["e"], "f"), node("Div", ["f", "e"], "g"),
                           node("Min", ["g", "a"], "h"), node("Max", ["h", "b"], "i"), node("Dropout", ["i"], "j"),
                           node("Identity", ["j"], "k"), node("Flatten", ["k"], "y")], dims=[1, 3, 4, 4])


# ---- Vectors ----

def vectors():
    for number, kind in enumerate(("f32", "f16", "i8")):
        pack = {"f32": lambda v: struct.pack("<4f", *v), "f16": lambda v: struct.pack("<4e", *v),
                "i8": lambda v: struct.pack("<4b", *(int(127 * c) for c in v)) + struct.pack("<f", 1 / 127)}[kind]
        rows = b""
        for identity, v in ((1, (1, 0, 0, 0)), (7, (0, 1, 0, 0)), (-1, (0, 0, 0, 0)), (1, (0, 0, 0, 1)), (3, (0, 0, 1, 0))):
            row = struct.pack("<q", identity) + pack(v)
            rows += row + bytes(-len(row) % 8)
        yield f"rows_{kind}", bytes([2 | number * 4, 3]) + rows
    yield "rows_none", bytes([2, 3])
    yield "rows_no_id", bytes([2, 3]) + bytes(24)
    yield "head_damaged", bytes([0, 3]) + b"KINVEC1\n" + bytes(60)
    yield "base", base(b"IxFI")
    yield "base_lists", base(b"IwFl")
    yield "base_tiny", bytes([3, 3]) + bytes(120)


def base(kind, lists=2, dim=4):
    """Of `lists` centroids, and a row in each list."""
    head = kind + struct.pack("<iqqqBi", dim, lists, 1 << 20, 1 << 20, 1, 0)
    numbers = struct.pack("<Q", lists * dim) + struct.pack(f"<{lists * dim}f", *(i / 8 for i in range(lists * dim)))
    content = head + numbers
    content += bytes(-len(content) % 64)
    at = len(content)
    content += struct.pack(f"<{lists + 1}Q", *range(lists + 1)) + struct.pack(f"<{lists}I", *range(lists))
    content += bytes(-len(content) % 8)
    about = struct.pack("<11Q", lists, 0, lists, lists, 1, 1, 2, 2, 2, lists, 1000)
    return bytes([3, dim - 1]) + content + about + struct.pack("<3QQQ8sQ", 7, 3, dim, at, 0, b"KINBAS2\n", 0)


# ---- Annotations ----

COCO = {"info": {"year": 2024}, "images": [
    {"id": 1, "file_name": "a.jpg", "width": 20, "height": 10, "weather": "rain"}, {"id": 2, "file_name": "b/c.png"}],
    "categories": [{"id": 3, "name": "car"}, {"id": 4, "name": "caf\u00e9"}],
    "annotations": [
        {"id": 9, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4.5], "iscrowd": 1, "attributes": {"by": "x", "ok": True}},
        {"id": "s", "image_id": 2, "category_id": 4, "bbox": [0, 0, 1e1, 2], "segmentation": [[1, 2, 3, 4, 5, 6]]}]}


def annotations():
    yield "coco", b"\0" + json.dumps(COCO).encode()
    yield "coco_told_by_content", b"\x08" + json.dumps(COCO, ensure_ascii=False, indent=1).encode()
    yield "coco_late_images", b"\0" + json.dumps(dict(reversed(COCO.items()))).encode()
    yield "coco_rejects", b"\0" + json.dumps({"images": [{"id": 1, "file_name": "../a.jpg"}, {}, 3],
                                              "annotations": [{"id": 1, "image_id": 5}], "categories": None}).encode()
    yield "csv_boxes", b"\x01path,id,label,x,y,w,h,by\na.jpg,1,car,1,2,3,4,\"x, \"\"y\"\"\"\nb.jpg,,bus,,,,,\n"
    yield "csv_corners", b"\x05filename;class;xmin;ymin;xmax;ymax;width;height\r\na.jpg;car;1;2;3;4;20;10\r\n"
    yield "csv_labels", b"\x09image\tlabel\na.jpg\tcar\n\nb.jpg\t\n"
    yield "csv_bad", b"\x01path,x1,y1,x2,y2,label\n/etc/a,1,2,3,4,c\na.jpg,inf,nan,1,2,c\na.jpg,1,2\n\"open"
    yield "yaml_lists", b"\x02path: ../x\ntrain: [images/train, b.txt]\nval: images/val\nnc: 2\nnames:\n  0: car\n  1: 'bus'\n"
    yield "yaml_names", b"\x02train: .\nnames: [car, \"bus\\t\", person]\n"
    yield "yaml_alias", b"\x02names: &a [car]\ntrain: *a\n"
    yield "labels_boxes", b"\x030 0.5 0.5 0.2 0.2\n2 0.1 0.1 0.2 0.1\n\n"
    yield "labels_polygons", b"\x031 0.1 0.1 0.9 0.1 0.5 0.9\n0 0 0 1 0 1 1 0 1\n"
    yield "labels_bad", b"\x03x 1\n0 0.5\n7 0.5 0.5 1 1\n0 2 0.5 1 1\n1.5 0 0 0 0\n0 nan inf 1 1"
    yield "voc", (b"\x10<annotation><filename>a.jpg</filename><size><width>40</width><height>30</height></size><day>x</day>"
                  b"<object><name>d&#xf6;g</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>"
                  b"<part><name>p</name></part></object><object><robndbox><cx>9</cx><cy>8</cy><w>3</w><h>2</h>"
                  b"<angle>1</angle></robndbox></object></annotation>")
    yield "voc_entity", b"\x10<!DOCTYPE a [<!ENTITY x 'y'>]><annotation><filename>&x;</filename></annotation>"
    yield "cvat", (b"\x11<annotations><image name='a.jpg' width='4' height='3'><box label='a' xtl='1' ytl='2' xbr='3' ybr='4' "
                   b"rotation='30'><attribute name='k'>v</attribute></box><polygon label='c' points='1,2;3,4;5,9'/>"
                   b"<ellipse cx='1' cy='2' rx='3' ry='4'/><mask left='1' top='2' width='3' height='4'/>"
                   b"<skeleton label='s'><points points='1,2'/><points points='3,5'/></skeleton><tag label='t'/></image>"
                   b"<track id='0' label='d'><box frame='3' xtl='1' ytl='2' xbr='3' ybr='4' outside='0'/></track></annotations>")
    yield "studio", b"\x12" + json.dumps([{"data": {"image": "/data/local-files/?d=x%2Fa.jpg", "k": 1}, "annotations": [{
        "completed_by": {"id": 2}, "updated_at": "2024", "result": [
            {"id": "r", "type": "rectanglelabels", "original_width": 20, "original_height": 10, "value": {
                "x": 1, "y": 2, "width": 3, "height": 4, "rotation": 9, "rectanglelabels": ["c"]}},
            {"id": "r", "type": "choices", "from_name": "f", "value": {"choices": ["a", "b"]}},
            {"id": "p", "type": "polygonlabels", "value": {"points": [[1, 2], [3, 4], [5, 9]]}},
            {"type": "taxonomy", "from_name": "t", "value": {"taxonomy": [["a", "b"]]}}]}]}]).encode()
    yield "studio_min", b"\x1a" + json.dumps([{"image": "s3://b/c.jpg", "annotation_id": 1, "choice": {"choices": ["d"]}, "label": [
        {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["q"]}]}]).encode()
    yield "jsonl_objects", (b'\x13{"file_name":"a.jpg","objects":{"bbox":[[1,2,3,4],[5,6,7,8.5]],"categories":["c",3],"id":[1,2]}}\n'
                            b'{"path":"b.jpg","objects":[{"bbox":[1,2,3,4],"label":"x"}]}\n')
    yield "jsonl_rows", b'\x13{"path":"a.jpg","label":"x","xmin":1,"ymin":2,"xmax":3e1,"ymax":4,"id":12345678901234567890}\n{"pa'
    yield "open_images", (b"\x20ImageID,Source,LabelName,XMin,XMax,YMin,YMax\na,x,/m/1,0.25,0.75,0.1,0.5\n"
                          b'b.png,,/m/2,"0,1",1,0,1\n')
    yield "darknet", b"\x21classes = 2\ntrain = data/obj.data\nvalid = obj.data\nnames = data/obj.data\nobj.jpg\n"


# ---- Embeddings ----

def numpy(descr, dims, data, order=False, version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {dims!r}, }}".encode()
    text += b" " * (63 - (len(text) + 10) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


def with_table(kind, table, data):
    return bytes([kind]) + struct.pack("<H", len(table)) + table + data


def embeddings():
    table = b"path,shape\na.jpg,\na.jpg,1\nb.jpg,\"2\"\n"
    yield "npy_f32", with_table(0, table, numpy("<f4", (3, 2), struct.pack("<6f", 1, 2, 3, 4, 5, 6)))
    yield "npy_f64", with_table(0, b"row;image\n2;a.jpg\n0;b.jpg\n", numpy("<f8", (3, 1), struct.pack("<3d", 1, -2, 0)))
    yield "npy_f16", with_table(0, table, numpy("<f2", (2, 3), struct.pack("<6e", 1, 2, 3, 4, 5, 6), version=2))
    yield "npy_fortran", with_table(0, table, numpy("<f4", (3, 2), bytes(24), order=True))
    yield "npy_objects", with_table(0, b"", numpy("|O", (3,), bytes(24), version=3))
    yield "fvecs", with_table(1, table, struct.pack("<iff", 2, 1, 0) * 3)
    yield "fvecs_uneven", with_table(1, table, struct.pack("<iff", 2, 1, 0) + struct.pack("<if", 1, 1))


# ---- Requests ----

def asked(method, path, body=None):
    text = path if body is None else path + "\n" + (body if isinstance(body, str) else json.dumps(body))
    return bytes([method]) + text.encode()


def requests():
    get, post, head, put = 4, 1, 2, 3
    for path in ("/", "/page/page.js", "/api/status", "/api/labels", "/api/attributes", "/api/jobs", "/api/mistakes",
                 "/api/patterns", "/api/report", "/api/report.html", "/api/report.csv", "/api/items/1"):
        yield path.strip("/").replace("/", "_").replace(".", "_") or "root", asked(get, path)
    yield "items", asked(get, "/api/items?unit=shape&label=car&where=annotator%3Dann&count=3&after=1")
    yield "picture", asked(get, "/api/items/2/picture?size=32&context=1.5")
    yield "picture_whole", asked(get, "/api/items/2/picture?size=16&whole=1&v=1")
    yield "report_by", asked(get, "/api/report?by=label,annotator&score=share&sla=95")
    yield "job", asked(get, "/api/jobs/1")
    yield "rows", asked(get, "/api/jobs/1/rows?after=0&count=2")
    yield "changes", asked(get, "/api/jobs/1/changes?since=0")
    yield "hunt", asked(get, "/api/jobs/1/hunt?next=3")
    yield "head", asked(head, "/api/status")
    yield "put", asked(put, "/api/status", "{}")
    yield "audit", asked(post, "/api/audits", {"count": 3, "unit": "shape", "stratify": "label", "floor": 1, "seed": 2})
    yield "verdicts", asked(post, "/api/verdicts", {"reviewer": "r", "verdicts": [
        {"item": 2, "verdict": "critical", "should_be": "bus", "kind": "label", "note": "a\u00e9\nb"},
        {"item": 3, "verdict": "ok"}]})
    yield "undo", asked(post, "/api/undo", {"first": 1, "last": 2, "reviewer": "r"})
    yield "find", asked(post, "/api/find", {"likes": [2], "unlikes": [3], "by": "looks", "any_label": True, "n": 4})
    yield "find_mistake", asked(post, "/api/find", {"likes": [2], "by": "mistake", "should_be": "bus", "unreviewed": True,
                                                    "where": {"annotator": "ann"}, "n": 4})
    yield "find_pattern", asked(post, "/api/find", {"pattern": "van->bus", "n": 2})
    yield "find_box", asked(post, "/api/find", {"likes": [1], "box": [1, 1, 8, 8], "same_label": True})
    yield "job_make", asked(post, "/api/jobs", {"likes": [2], "n": 3})
    yield "job_mistakes", asked(post, "/api/jobs", {"of": "mistakes", "n": 3})
    yield "job_suspects", asked(post, "/api/jobs", {"of": "suspects", "by": "margin", "unit": "shape", "n": 3})
    yield "next", asked(post, "/api/jobs/1/next", {"n": 2})
    yield "control", asked(post, "/api/jobs/1/control", {"n": 2, "seed": 1})
    yield "upload", bytes([post]) + b"/api/uploads\n" + png(4, 4, 8, 2)
    yield "raw", (b"\0GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: Bearer fuzzing-fuzzing-fuzzing\r\n\r\n"
                  b"GET / HTTP/1.0\r\nHost: [::1]\r\n\r\n")
    yield "raw_opens", b"\0GET /?token=fuzzing-fuzzing-fuzzing HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none\r\n\r\n"
    yield "raw_chunked", (b"\0POST /api/undo HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                          b"Cookie: kin8750=fuzzing-fuzzing-fuzzing\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")


# ---- Verdicts; the first byte: 0 told by the content, 1 CSV, 2 JSON Lines, 3 Label Studio, 4 CVAT ----

def verdicts():
    table = (b"item,verdict,should_be,kind,count,note,reviewer,time\na.jpg#1,ok,,,,,,\n"
             b"\"b,\"\"c\",critical,dog,label,2,n,r,2026-01-02\n")
    lines = b'{"item":"a.jpg#1","verdict":"minor","count":2,"job":7}\n{"item":"b.jpg","verdict":""}\n'
    box = {"id": "kin-0123456789abcdef", "type": "rectanglelabels", "original_width": 20, "original_height": 10,
           "value": {"x": 5, "y": 20, "width": 25, "height": 25, "rotation": 0, "rectanglelabels": ["cat"]}}
    said = [{"from_name": "verdict", "type": "choices", "value": {"choices": ["critical"]}},
            {"from_name": "other_label", "value": {"text": ["wolf"]}}, {"from_name": "count", "value": {"number": 2}},
            {"from_name": "note", "value": {"text": ["one", "two"]}}]
    studio = json.dumps([
        {"data": {"kin_item": "a%25.jpg#1", "kin_job": 9, "kin_label": "dog", "kin_box": [1, 2, 5, 2.5]},
         "annotations": [
            {"completed_by": {"id": 3, "email": "e@x.org"}, "parent_prediction": 1, "updated_at": "2026-03-09T22:16:08Z",
             "result": [box, *said]}, {"was_cancelled": True, "result": []}]},
        {"data": {"kin_item": "b.jpg"}, "annotations": [{"completed_by": 1, "result": [{**box, "id": "x"}]}]}]).encode()
    attributes = "".join(f'<attribute name="{name}">{value}</attribute>' for name, value in (
        ("kin_item", "a.jpg#1"), ("kin_label", "cat"), ("kin_box", "1,2,5,2.5"), ("verdict", "minor"), ("count", "2")))
    cvat = ('<?xml version="1.0" encoding="utf-8"?>\n<annotations><image id="0" name="a.jpg" width="20" height="10">'
            f'<box label="dog" xtl="1" ytl="2" xbr="6" ybr="4.5">{attributes}</box><tag label="x">{attributes}</tag>'
            '</image><track/></annotations>').encode()
    for kind, name, data in ((1, "csv", table), (2, "jsonl", lines), (3, "labelstudio", studio), (4, "cvat", cvat)):
        yield name, bytes([kind]) + data
        yield name + "_told", b"\0" + data


CORPORA = {"image": images, "onnx": models, "vectors": vectors, "import": annotations, "embeddings": embeddings,
           "verdicts": verdicts,
           "http": requests}


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
    for target, files in CORPORA.items():
        (root / target).mkdir(parents=True, exist_ok=True)
        for name, data in files():
            (root / target / name).write_bytes(data)


if __name__ == "__main__":
    main()
