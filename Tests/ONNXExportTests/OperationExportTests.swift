import Diagnostics
import Foundation
import GraphIR
import Interpreter
import ONNXExport
import ONNXImport
import TestSupport
import Testing

/// Every operation, written as ONNX and read again, computes the same bits.
@Suite struct OperationExportTests {
  /// Operations whose parts are rounded one by one in ONNX, and once here: sums with what was
  /// fused into a convolution, x · sigmoid(x), and attention.
  private static func isRoundedOnce(_ operation: GraphIR.Operation) -> Bool {
    switch operation {
    case .convolution(let attributes): attributes.hasResidual
    case .dynamicConvolution, .attention: true
    case .unary(.silu), .binary(_, then: .silu): true
    default: false
    }
  }

  /// What operator set 20 cannot say: the last of equal elements, several of them, and sums of integers as they are.
  private static func isRefused(_ operation: GraphIR.Operation) -> Bool {
    switch operation {
    case .topIndices(let top): top.prefersLast && top.count > 1
    case .integerConvolution(let convolution): convolution.result == .float32
    default: false
    }
  }

  @Test(arguments: operationExamples.indices)
  func theSameBitsComeBack(_ index: Int) throws {
    let example = operationExamples[index]
    var graph = Graph(name: "example")
    var inputs: [String: Tensor] = [:]
    let operands = example.operands.enumerated().map { position, type in
      let value = operand(type, seed: UInt64(index * 10 + position))
      // Weights are constants in most files; the rest is for the caller to give. An extent of 0
      // means an open axis in some files, so the caller cannot give it.
      if position == 0, type.elementCount > 0 {
        inputs["x"] = value
        return graph.addInput("x", type)
      }
      return graph.addConstant("y.p\(position)", value)
    }
    graph.addOutput("y", try graph.add(example.operation, operands, name: "y"))
    guard !Self.isRefused(example.operation) else {
      #expect(throws: DiagnosticError.self) { try roundTrip(graph) }
      return
    }
    let again = try roundTrip(graph)
    #expect(again.firstBrokenInvariant() == nil)
    #expect(again.outputs.map(\.name) == ["y"])
    let before = try Interpreter(graph).run(inputs: inputs)
    let after = try Interpreter(again).run(inputs: inputs)
    let (expected, found) = (try #require(before["y"]), try #require(after["y"]))
    if Self.isRoundedOnce(example.operation) {
      for (a, b) in zip(expected.floats, found.floats) {
        #expect(abs(a - b) <= 1e-5 * max(1, abs(a)))
      }
      #expect(expected.shape == found.shape)
    } else {
      #expect(expected.type == found.type)
      #expect(expected.withBits == found.withBits, "\(example)")
    }
  }

  private func operand(_ type: TensorType, seed: UInt64) -> Tensor {
    switch type.element {
    // Positive, for logarithms, roots and variances.
    case .float32: .seeded(type.shape, seed: seed, in: 0.25...2)
    case .int64, .int32, .int8, .uint8:
      evaluate(
        .cast(type.element),
        [Tensor(type.shape, integers: (0..<type.elementCount).map { Int64($0 % 3) })])
    case .bool: Tensor(type.shape, booleans: (0..<type.elementCount).map { $0 % 2 == 0 })
    }
  }
}

/// A graph that was written as ONNX and read again.
func roundTrip(_ graph: Graph) throws -> Graph {
  let folder = try ScratchFolder()
  let path = folder.path("\(graph.name).onnx")
  try exportONNX(graph, to: path, producer: "test")
  #expect(try folder.names() == ["\(graph.name).onnx"])
  return try importONNX(path: path)
}

extension Tensor {
  /// The bits of all elements: NaN equals itself, and 0 is not -0.
  var withBits: [UInt64] {
    switch storage {
    case .float32(let values): values.map { UInt64($0.bitPattern) }
    case .int64, .int32, .int8, .uint8: (wholeNumbers ?? []).map { UInt64(bitPattern: $0) }
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }
}
