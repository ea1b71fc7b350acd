"""Writes models with the operators of image-to-image networks, as ONNX lets them be written, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

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


def main():
    inputs = {"x": [1, 4, 9, 8], "s": [2, 4, 7], "m": [4, 5]}
    for build, opsets in ((transposed, (9, 11, 22)),):
        for opset in opsets:
            model = Model(opset, inputs)
            build(model)
            model.save(f"{build.__name__}_opset{opset}")


if __name__ == "__main__":
    main()
