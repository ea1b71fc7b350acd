"""Writes models of regions and boxes that are computed when the model runs, and ONNX Runtime's outputs.

How many boxes are kept depends on the data; every case here has a length of its own again, since -1 follow and what is
more is cut. Needs onnx, onnxruntime, numpy; see make_torch.py for the format of the goldens.
"""

import numpy as np
from onnx import TensorProto

from make_operators import Model


class Detection(Model):
    def filled(self, rows, shape, dtype=np.int64):
        """The first rows, with -1 behind those that exist, as floats."""
        joined = self.op("Concat", rows, self.constant(np.full(shape, -1), dtype), axis=0)
        self.case("Cast", self.op("Slice", joined, self.ints(0), self.ints(shape[0])), to=TensorProto.FLOAT)

    def boxes(self, centers):
        """Boxes from the input b, most of which overlap others."""
        places = self.op("Slice", "b", self.ints(0), self.ints(2), self.ints(2))
        sizes = self.op("Abs", self.op("Slice", "b", self.ints(2), self.ints(4), self.ints(2)))
        other = self.op("Add", places, sizes)
        return self.op("Concat", places, sizes if centers else other, axis=2)

    def suppress(self, count, overlap, score=None, centers=0):
        operands = [self.boxes(centers), "s", self.ints(count), self.constant([overlap], np.float32)]
        if score is not None:
            operands.append(self.constant([score], np.float32))
        return self.op("NonMaxSuppression", *operands, center_point_box=centers)


def regions(model):
    """Regions inside, across and beyond the image, some without extent."""
    rois = model.op("Mul", "r", model.constant([6, 4, 14, 11], np.float32))
    # ONNX Runtime takes no negative number of samples, which regions of negative extent would have.
    low = model.op("Slice", rois, model.ints(0), model.ints(2), model.ints(1))
    size = model.op("Abs", model.op("Slice", rois, model.ints(2), model.ints(4), model.ints(1)))
    ordered = model.op("Concat", low, model.op("Add", low, size), axis=1)
    images = model.ints(0, 1, 1, 0, 1, 0, 1)
    for samples in (0, 1, 3):
        model.case("RoiAlign", "x", rois if samples else ordered, images, sampling_ratio=samples, output_height=2,
                   output_width=3, spatial_scale=0.75)
        if model.opset >= 16:
            model.case("RoiAlign", "x", rois, images, sampling_ratio=samples, output_height=2,
                       coordinate_transformation_mode="output_half_pixel")
    # Two samples per axis and more are another function in the first releases of ONNX Runtime.
    model.case("RoiAlign", "x", rois, images, sampling_ratio=1, output_height=2, output_width=3, mode="max")


def suppression(model):
    """Boxes that are kept, and what is looked up by them."""
    for centers in (0, 1):
        model.filled(model.suppress(5, 0.25, centers=centers), [2 * 3 * 5, 3])
        model.filled(model.suppress(1 << 40, 0.5, 0.1, centers), [2 * 3 * 17, 3])
    rows = model.suppress(5, 0.25, 0.2)
    scores = model.op("GatherND", "s", rows)
    best, order = model.op("TopK", scores, model.ints(4), outputs=2)
    model.filled(best, [4], np.float32)
    model.filled(model.op("Gather", rows, order, axis=0), [4, 3])
    parts = model.op("Gather", rows, model.ints(0, 2), axis=1)
    boxes = model.op("Gather", model.op("GatherND", "b", parts), order, axis=0)
    joined = model.op("Concat", boxes, model.op("Unsqueeze", best, model.ints(1)), axis=1)
    model.filled(joined, [4, 5], np.float32)
    found = model.op("NonZero", model.op("Greater", "s", model.constant(0.8, np.float32)))
    columns = model.op("Transpose", found)
    model.filled(columns, [2 * 3 * 17, 3])
    model.filled(model.op("Concat", columns, rows, columns, axis=0), [40, 3])
    chosen = model.op("Compress", "b", model.op("Less", model.op("ReduceMax", "b", model.ints(0, 2), keepdims=0),
                                                model.constant(0.95, np.float32)), axis=1)
    again = model.op("Cast", model.op("Mul", chosen, model.constant(512, np.float32)), to=TensorProto.INT64)
    first = model.op("Squeeze", model.op("Slice", again, model.ints(0), model.ints(1), model.ints(0)), model.ints(0))
    model.filled(first, [17, 4])


def main():
    inputs = {"x": [2, 5, 6, 7], "r": [7, 4]}
    for opset in (10, 16):
        model = Detection(opset, inputs)
        regions(model)
        model.save(f"regions_opset{opset}")
    model = Detection(18, {"b": [2, 17, 4], "s": [2, 3, 17]})
    suppression(model)
    model.save("suppression_opset18")


if __name__ == "__main__":
    main()
