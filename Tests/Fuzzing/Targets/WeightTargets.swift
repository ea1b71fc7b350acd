import GraphIR
import ONNXImport
import TensorFiles

/// ONNX models; external data may lie in `weights.bin`.
let onnxTarget = FuzzTarget(
  "onnx",
  file: { path in
    let options = ONNXOptions(batch: 2, dimensions: ["height": 8, "width": 8])
    let graph = try importONNX(path: path, options: options)
    precondition(graph.firstBrokenInvariant() == nil, "a broken graph")
  })

/// The initializers of ONNX models.
let onnxWeightsTarget = FuzzTarget("onnx-weights", file: { readAll(try ONNXWeights(path: $0)) })

let safetensorsTarget = FuzzTarget(
  "safetensors",
  file: { path in
    let file = try SafetensorsFile(path: path)
    for (key, value) in file.metadata { precondition(key.utf8.count + value.utf8.count >= 0) }
    readAll(file)
  })

/// Checkpoints of PyTorch, new and old.
let checkpointTarget = FuzzTarget(
  "checkpoint",
  file: { path in
    readAll(try CheckpointFile(path: path))
    reading { readAll(try CheckpointFile(path: path, key: "model")) }
  })

let numpyTarget = FuzzTarget(
  "numpy",
  file: { path in
    let tensor = try readNumpy(path: path)
    precondition(tensor.count == tensor.shape.reduce(1, *), "a broken tensor")
  })

/// Reads every tensor of a file, decoded and as stored.
private func readAll(_ source: some StoredWeightSource) {
  for name in source.names.prefix(100) {
    guard let type = source.type(of: name) else { preconditionFailure("a name without a tensor") }
    reading {
      let tensor = try source.tensor(name)
      precondition(tensor.type == type, "another tensor than was announced")
    }
    reading {
      let stored = try source.storedType(of: name)
      try source.withStoredBytes(of: name) { bytes in
        precondition(bytes.count == type.elementCount * stored.byteCount, "a broken tensor")
      }
    }
  }
}
