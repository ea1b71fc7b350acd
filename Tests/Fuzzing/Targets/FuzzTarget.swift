/// A reader of files, as a fuzzer calls it: on bytes of any kind it must return, without a trap,
/// within a second and 512 MB.
public struct FuzzTarget: Sendable {
  /// The name on the command line, and of the folder of seeds.
  public let name: String
  /// Reads bytes and forgets the result, or the diagnostic.
  public let read: @Sendable (UnsafeRawBufferPointer) -> Void

  init(_ name: String, _ read: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
    (self.name, self.read) = (name, read)
  }

  /// A reader of a file, which may throw diagnostics; anything else that it throws is a mistake.
  init(_ name: String, file read: @escaping @Sendable (String) throws -> Void) {
    self.init(name) { bytes in
      reading { try InputFile.shared.with(bytes, read) }
    }
  }

  /// Every reader.
  public static let all: [FuzzTarget] = [
    modelTarget, planTarget, onnxTarget, onnxWeightsTarget, safetensorsTarget, numpyTarget,
    checkpointTarget, pictureTarget, tuningTarget, overridesTarget, labelsTarget, libraryTarget,
    descriptorTarget,
  ]
}
