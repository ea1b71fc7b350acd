import Artifacts
import Diagnostics
import GraphIR
import Planning
import Resin

/// What a command runs, before it is known on what: a library, or a model's file that is compiled for its inputs.
enum RunSource {
  case library(ReadyModel, sizes: [String: Int])
  case file(ModelFile)

  var inputPorts: [ModelInterface.Port] {
    switch self {
    case .library(let ready, _): ready.model.interface.inputs
    case .file(let file): file.inputPorts
    }
  }

  /// The outputs for inputs that it fits.
  func outputPorts(for inputs: [Tensor]) -> [ModelInterface.Port] {
    switch self {
    case .library(let ready, _): ready.outputPorts(for: inputs)
    case .file(let file): file.outputPorts(for: inputs)
    }
  }

  /// The same for inputs of these types, with any number of images and of any size.
  func fitting(_ types: [TensorType]) throws -> RunSource {
    switch self {
    case .library(let ready, let sizes):
      .library(try ready.fitting(types, sizes: sizes), sizes: sizes)
    case .file(let file): .file(try file.fitting(types))
    }
  }

  /// The same for pictures that come one after another, into its only input.
  ///
  /// - Throws: where results depend on all of them together.
  func fitting(pictures count: Int, of model: String) throws -> RunSource {
    let type = inputPorts[0].type
    guard count > 1 else {
      return try fitting([TensorType([1] + type.shape.dropFirst(), element: type.element)])
    }
    switch self {
    case .library(let ready, _):
      if ready.model.interface.imagesPerRun != nil { return self }
    case .file(let file):
      if let apart = file.takingImagesApart() { return .file(apart) }
    }
    throw imagesTogether(
      of: model, hint: "give these with --input")
  }
}

extension Run {
  /// The model or the library that is named.
  func source() throws -> RunSource {
    guard isLibrary(model) else { return .file(try sourceOptions.model(model)) }
    try sourceOptions.refuse(for: model, exceptSizes: true)
    try planOptions.refuse(for: model)
    try tuneOptions.refuse(for: model)
    let sizes = try sourceOptions.extents()
    return .library(try loadLibrary(model, sizes: sizes), sizes: sizes)
  }

  /// A source as a session, compiled as the options say where it is a file.
  func session(_ source: RunSource, _ pool: ThreadPool) throws -> BatchedSession {
    switch source {
    case .library(let ready, _): try BatchedSession(ready, pool: pool)
    case .file(let file):
      try BatchedSession(
        compileInProcess(file, options: planOptions.choices(), tune: tuneOptions.tuner()),
        pool: pool)
    }
  }
}
