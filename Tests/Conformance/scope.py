"""What of the official suite is in scope: operators, element types, and nothing that is not static.

This is the one place that says so. A test is in scope if every operator of its model is in
`OPERATORS` and every tensor it is given or gives has a type in `ELEMENTS`.
"""

from onnx import TensorProto

OPERATORS = set("""
    Conv ConvTranspose MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool MaxUnpool
    Resize Upsample DepthToSpace SpaceToDepth LRN Pad
    BatchNormalization InstanceNormalization LayerNormalization GroupNormalization LpNormalization
    Dropout Softmax LogSoftmax
    Relu LeakyRelu PRelu Elu Selu Gelu Mish Sigmoid HardSigmoid HardSwish Softplus Tanh Clip
    Softsign Celu ThresholdedRelu Shrink Swish Hardmax
    Abs Ceil Erf Exp Floor Log Neg Reciprocal Round Sign Sqrt IsInf IsNaN
    Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh
    Add Sub Mul Div Mod Pow Min Max Mean Sum
    BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot
    And Or Xor Not Equal Less LessOrEqual Greater GreaterOrEqual Where
    ArgMax ArgMin TopK ReduceMax ReduceMean ReduceMin ReduceSum ReduceL1 ReduceL2 ReduceLogSum
    ReduceLogSumExp ReduceProd ReduceSumSquare CumSum
    Gemm MatMul Einsum Attention RotaryEmbedding RMSNormalization LSTM GRU RNN
    GridSample Col2Im RoiAlign NonMaxSuppression NonZero Compress
    Cast CastLike Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity OneHot
    Range Reshape ReverseSequence Scatter ScatterElements ScatterND Shape Size Slice Split Squeeze Tile
    Transpose Trilu Unsqueeze
    If Loop Scan
    QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger
""".split())

# 32-bit floats, truth values, the integers of shape arithmetic, indices and masks, and those of quantised networks.
ELEMENTS = {
    TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64, TensorProto.INT32, TensorProto.INT8, TensorProto.UINT8}


def out_of_scope(model):
    """Why a model is out of scope, as a few words that many models share; None if it is in scope."""
    nodes = list(nodes_of(model.graph))
    for node in nodes:
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            return "operator"
        if node.op_type == "BatchNormalization" and is_set(node, "training_mode"):
            return "training"
        if node.op_type == "Dropout" and len(node.input) > 2:
            flag = [t for t in model.graph.initializer if t.name == node.input[2]]
            # A flag that the caller gives is a constant to us; every such test trains.
            if not flag:
                return "training"
    if model.functions:
        return "operator"
    for value in list(model.graph.input) + list(model.graph.output):
        if value.type.WhichOneof("value") != "tensor_type":
            return "element type"
        if value.type.tensor_type.elem_type not in ELEMENTS:
            return "element type"
    tensors = list(model.graph.initializer)
    for node in nodes:
        tensors += [a.t for a in node.attribute if a.HasField("t")]
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i not in ELEMENTS:
                return "element type"
    if any(tensor.data_type not in ELEMENTS for tensor in tensors):
        return "element type"
    return None


def nodes_of(graph):
    """The nodes of a graph, and of the graphs inside them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from nodes_of(attribute.g)


def is_set(node, name):
    return any(a.name == name and a.i for a in node.attribute)
