import GraphIR

extension NodeWriter {
  /// Writes the nodes of an operation.
  ///
  /// - Throws: `ExportRefusal` where ONNX has nothing that computes it.
  mutating func export(_ operation: Operation) throws {
    switch operation {
    case .input, .parameter, .constant: preconditionFailure("sources are no nodes")
    case .convolution(let attributes): try exportConvolution(attributes)
    case .transposedConvolution(let attributes): try exportTransposedConvolution(attributes)
    case .dynamicConvolution(let attributes): try exportDynamicConvolution(attributes)
    case .integerConvolution(let attributes): try exportIntegerConvolution(attributes)
    case .linear(_, let then): try exportLinear(then)
    case .matrixMultiply: try add("MatMul", inputs)
    case .attention(let attributes): try exportAttention(attributes)
    case .recurrent(let layer): try exportRecurrent(layer)
    case .batchNormalization(let epsilon):
      try add("BatchNormalization", inputs, [("epsilon", .float(epsilon))])
    case .unary(let function): try apply(function, to: inputs[0])
    case .binary(let function, let then): try exportBinary(function, then)
    case .reduce(let function, let axes, let keepDimensions):
      try exportReduction(function, axes, keepDimensions)
    case .softmax(let axis): try add("Softmax", inputs, [("axis", .integer(axis))])
    case .identity: try add("Identity", inputs)
    case .dropout: try add("Dropout", inputs)
    case .cast(let element): try add("Cast", inputs, [("to", .integer(element.onnxNumber))])
    default: try exportImageOperation(operation)
    }
  }

  private mutating func exportImageOperation(_ operation: Operation) throws {
    switch operation {
    case .maxPool(let pooling): try exportPool("MaxPool", pooling)
    case .averagePool(let pooling): try exportPool("AveragePool", pooling)
    case .globalAveragePool: try add("GlobalAveragePool", inputs)
    case .resize(let resize): try exportResize(resize)
    case .localResponse(let response): try exportLocalResponse(response)
    case .depthToSpace(let blocks):
      try add(
        "DepthToSpace", inputs,
        [
          ("blocksize", .integer(blocks.block)),
          ("mode", .text(blocks.order == .dcr ? "DCR" : "CRD")),
        ])
    case .spaceToDepth(let blocks): try exportSpaceToDepth(blocks)
    case .stridedShortcut(let shortcut): try exportStridedShortcut(shortcut)
    default: try exportMovement(operation)
    }
  }

  private mutating func exportMovement(_ operation: Operation) throws {
    switch operation {
    case .reshape(let shape): try reshape(inputs[0], to: shape)
    case .transpose(let permutation):
      try add("Transpose", inputs, [("perm", .integers(permutation))])
    case .concatenate(let axis): try add("Concat", inputs, [("axis", .integer(axis))])
    case .slice(let ranges): try slice(inputs[0], ranges, of: types[0].shape)
    case .pad(let amounts): try exportPad(amounts)
    case .broadcast(let shape): try add("Expand", [inputs[0], integers(shape, "shape")])
    case .shapeOf: try add("Shape", inputs)
    case .gather(let axis): try add("Gather", inputs, [("axis", .integer(axis))])
    case .gatherElements(let axis):
      try add("GatherElements", inputs, [("axis", .integer(axis))])
    case .scatterElements(let axis, let function):
      try add(
        "ScatterElements", inputs,
        [("axis", .integer(axis))]
          + (function == .replace ? [] : [("reduction", .text(function.rawValue))]))
    case .bits(.and): try add("BitwiseAnd", inputs)
    case .bits(.or): try add("BitwiseOr", inputs)
    case .bits(.exclusiveOr): try add("BitwiseXor", inputs)
    case .compare(.equal): try add("Equal", inputs)
    case .compare(.less): try add("Less", inputs)
    case .compare(.lessOrEqual): try add("LessOrEqual", inputs)
    case .select: try add("Where", inputs)
    case .topIndices(let attributes): try exportTopIndices(attributes)
    case .alignRegions(let attributes): try exportRegionAlignment(attributes)
    case .suppressBoxes(let attributes): try exportSuppression(attributes)
    case .truePlaces: try exportTruePlaces()
    case .quantize(let attributes):
      try add("QuantizeLinear", inputs, axisAttribute(attributes.axis))
    case .dequantize(let axis): try add("DequantizeLinear", inputs, axisAttribute(axis))
    default:
      throw ExportRefusal(message: "operator set 20 of ONNX has nothing that computes it")
    }
  }

  private func axisAttribute(_ axis: Int?) -> [(String, ONNXAttribute)] {
    axis.map { [("axis", .integer($0))] } ?? []
  }
}
