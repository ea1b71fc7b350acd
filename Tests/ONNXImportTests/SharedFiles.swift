import Foundation
import GraphIR
import Interpreter
import ONNXImport
import TestSupport

/// Reference networks beside the package, which are not part of it.
let sharedData = packageRoot.appendingPathComponent("../shared/data").standardized

/// Whether the reference networks are there.
let hasSharedData = FileManager.default.fileExists(atPath: sharedData.path)

/// The path of a file among the fixtures.
func fixture(_ name: String) -> String {
  packagePath("Tests/ONNXImportTests/Fixtures/\(name)")
}

/// Little-endian floats from a file, past a header of so many bytes.
func floats(at path: String, skipping header: Int = 0) throws -> [Float] {
  let bytes = try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(header)
  return bytes.withUnsafeBytes { bytes in
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }
}

/// The float32 elements of a `.npy` file of version 1.
func numbers(inArray path: String) throws -> [Float] {
  let head = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(10)
  return try floats(at: path, skipping: 10 + Int(head[8]) + 256 * Int(head[9]))
}

/// The inputs that the fixtures' goldens were made with: see `pattern` in `Fixtures/make_torch.py`.
func pattern(_ type: TensorType) -> Tensor {
  Tensor(
    type.shape,
    floats: (0..<type.elementCount).map { Float(($0 * 7919 + 13) % 1009) / 512 - 1 })
}

/// All outputs of a graph for the pattern, flattened and joined.
func outputs(of graph: Graph) throws -> [Float] {
  var inputs: [String: Tensor] = [:]
  for input in graph.inputs {
    inputs[graph[input.node].name] = pattern(graph[input.node].type)
  }
  let results = try Interpreter(graph).run(inputs: inputs)
  return graph.outputs.flatMap { output -> [Float] in
    switch results[output.name]?.storage {
    case .float32(let values): values
    case .bool(let values): values.map { $0 ? 1 : 0 }
    case .int64, .int32, .int8, .uint8:
      results[output.name]?.wholeNumbers?.map { Float($0) } ?? []
    case nil: []
    }
  }
}

/// The largest difference between two lists, or infinity where their lengths differ or a value is
/// not finite.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
