import ArgumentParser

/// Which files shells offer for an argument.
extension CompletionKind {
  /// What a model is read from.
  static let modelFile = CompletionKind.file(extensions: ["resin", "onnx"])
  /// The same, or a library.
  static let modelOrLibrary = CompletionKind.file(extensions: ["resin", "onnx", "so", "so.*"])
  /// What an input is read from.
  static let inputFile = CompletionKind.file(extensions: ["npy", "png", "jpg", "jpeg"])
}
