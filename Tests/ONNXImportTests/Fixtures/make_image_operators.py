"""Writes models with the operators of image-to-image networks, as ONNX lets them be written, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np

from make_operators import Model
from make_torch import pattern


def transposed(model):
    """Transposed convolutions."""
    w = model.constant(pattern([4, 3, 3, 2]))
    b = model.constant(pattern([3]))
    model.case("ConvTranspose", "x", w)
    model.case("ConvTranspose", "x", w, b, strides=[2, 3], pads=[1, 0, 2, 1], output_padding=[1, 2])
    model.case("ConvTranspose", "x", w, b, strides=[2, 3], dilations=[2, 2], pads=[3, 1, 0, 0])
    model.case("ConvTranspose", "x", model.constant(pattern([4, 5, 2, 2])), strides=[2, 2], kernel_shape=[2, 2])
    model.case("ConvTranspose", "x", model.constant(pattern([4, 3, 4, 3])), model.constant(pattern([6])),
               group=2, strides=[2, 2], pads=[1, 1, 1, 1])
    model.case("ConvTranspose", "x", model.constant(pattern([4, 1, 1, 1])), strides=[3, 2], output_padding=[2, 1])
    for auto_pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        model.case("ConvTranspose", "x", w, strides=[2, 1], auto_pad=auto_pad)
        if auto_pad != "VALID":
            model.case("ConvTranspose", "x", w, strides=[2, 2], auto_pad=auto_pad, output_shape=[18, 16])
    model.case("ConvTranspose", "x", w, strides=[3, 2], output_shape=[28, 17])
    model.case("ConvTranspose", "s", model.constant(pattern([4, 2, 3])), strides=[2], pads=[1, 0])


def resizing(model):
    """Resize and its forerunner Upsample."""
    opset = model.opset

    def scales(*values):
        return model.constant(values, np.float32)

    if opset < 10:
        for mode in ("nearest", "linear"):
            for values in ([1, 1, 2, 2], [1, 1, 2, 3], [1, 1, 1.5, 2.25]):
                if opset < 9:
                    model.case("Upsample", "x", mode=mode, scales=[float(value) for value in values])
                else:
                    model.case("Upsample", "x", scales(*values), mode=mode)
        return
    if opset == 10:
        for mode in ("nearest", "linear"):
            for values in ([1, 1, 2, 2], [1, 1, 0.5, 0.75], [1, 1, 1.25, 1]):
                model.case("Resize", "x", scales(*values), mode=mode)
        return
    none = "" if opset >= 13 else model.constant([], np.float32)
    for mode in ("nearest", "linear", "cubic"):
        for coordinates in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                            *(["half_pixel_symmetric"] if opset >= 19 else [])):
            words = dict(mode=mode, coordinate_transformation_mode=coordinates)
            model.case("Resize", "x", none, scales(1, 1, 2, 2), **words)
            model.case("Resize", "x", none, scales(1, 1, 0.6, 1.7), **words)
            model.case("Resize", "x", none, none, model.ints(1, 4, 13, 5), **words)
    model.case("Resize", "x", none, none, model.ints(1, 4, 1, 1), mode="linear",
               coordinate_transformation_mode="pytorch_half_pixel")
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        for coordinates in ("half_pixel", "asymmetric"):
            model.case("Resize", "x", none, scales(1, 1, 2.5, 0.5), mode="nearest", nearest_mode=rounding,
                       coordinate_transformation_mode=coordinates)
    model.case("Resize", "x", none, scales(1, 1, 0.8, 2), mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    model.case("Resize", "s", none, scales(1, 1, 2), mode="linear")
    model.case("Resize", "s", none, scales(1, 2, 3), mode="nearest")
    model.case("Resize", "m", none, none, model.ints(6, 7), mode="linear")
    if opset >= 18:
        model.case("Resize", "x", none, scales(2, 3), mode="linear", axes=[2, 3])
        model.case("Resize", "x", none, none, model.ints(5, 14), mode="nearest", axes=[-1, 2])
        for policy in ("not_larger", "not_smaller"):
            model.case("Resize", "x", none, none, model.ints(7, 11), mode="nearest", axes=[2, 3],
                       keep_aspect_ratio_policy=policy)


def channels(model):
    """Operators that mix channels, or treat each in its own way."""
    for size in (1, 3, 5, 9):
        model.case("LRN", "x", size=size, alpha=0.5, beta=0.75, bias=2.0)
    model.case("LRN", "x", size=3)
    model.case("LRN", "x", size=3, alpha=0.3, beta=0.6)
    for shape in ([4, 1, 1], [1], [4, 9, 1], [8]):
        model.case("PRelu", "x", model.constant(pattern(shape)))
    model.case("SpaceToDepth", model.op("Concat", "x", "x", axis=2), blocksize=2)
    for mode in ([{}] if model.opset < 11 else [{}, {"mode": "CRD"}, {"mode": "DCR"}]):
        model.case("DepthToSpace", "x", blocksize=2, **mode)
        model.case("DepthToSpace", model.op("Concat", "x", "x", "x", axis=1), blocksize=2, **mode)


def dynamic(images):
    """Dynamic convolution as PyTorch's implementations write it, and a convolution whose weights are any value."""
    model = Model(13, {"x": [images, 4, 9, 8], "w": [6, 4, 3, 3]})
    pooled = model.op("Flatten", model.op("GlobalAveragePool", "x"))
    attention = model.op("Softmax", model.op("Gemm", pooled, model.constant(pattern([4, 3]) * 4)), axis=-1)
    kernels = model.constant(pattern([3, 6 * 2 * 9]))
    weight = model.op("Reshape", model.op("MatMul", attention, kernels), model.ints(images * 6, 2, 3, 3))
    grouped = model.op("Reshape", "x", model.ints(1, images * 4, 9, 8))
    conv = model.op("Conv", grouped, weight, group=2 * images, pads=[1, 1, 1, 1], strides=[2, 1])
    model.case("Relu", model.op("Reshape", conv, model.ints(images, 6, 5, 8)))
    model.case("Conv", "x", model.op("Tanh", "w"), pads=[1, 1, 1, 1])
    model.save(f"mixed_kernels{images}_opset13")


def main():
    inputs = {"x": [1, 4, 9, 8], "s": [2, 4, 7], "m": [4, 5]}
    for build, opsets in ((transposed, (9, 11, 22)), (resizing, (7, 9, 10, 11, 13, 19)),
                          (channels, (9, 11, 13))):
        for opset in opsets:
            model = Model(opset, inputs)
            build(model)
            model.save(f"{build.__name__}_opset{opset}")
    dynamic(1)
    dynamic(3)


if __name__ == "__main__":
    main()
