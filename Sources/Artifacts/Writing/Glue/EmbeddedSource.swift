/// A C source file that this library carries with it, so that an installed compiler needs no files
/// of its own.
struct EmbeddedSource {
  let name: String
  let bytes: [UInt8]

  /// The file as text.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The file as text without the files of ours that it includes, for where they stand before it.
  var textAlone: String { Self.withoutOurs(text) }

  /// A C source without lines that include files of ours.
  static func withoutOurs(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("#include \"") }.joined(separator: "\n")
  }

  /// What the public header of every model begins with.
  static let sharedHeaders = [
    codes,
    EmbeddedSource(name: "resin_runtime.h", bytes: PackageResources.resin_runtime_h),
    EmbeddedSource(name: "resin_model.h", bytes: PackageResources.resin_model_h),
  ]

  /// What the public header of an object without a system begins with.
  static let codes = EmbeddedSource(name: "resin_codes.h", bytes: PackageResources.resin_codes_h)

  /// What a model is bundled with, each compiled with the model's name as prefix.
  static let bundled = [
    EmbeddedSource(name: "cpu.c", bytes: PackageResources.cpu_c),
    EmbeddedSource(name: "cpus.c", bytes: PackageResources.cpus_c),
    EmbeddedSource(name: "error.c", bytes: PackageResources.error_c),
    EmbeddedSource(name: "pool.c", bytes: PackageResources.pool_c),
    EmbeddedSource(name: "pools.c", bytes: PackageResources.pools_c),
    EmbeddedSource(name: "steps.c", bytes: PackageResources.steps_c),
    EmbeddedSource(name: "weights.c", bytes: PackageResources.weights_c),
  ]

  /// What models are bundled with besides of which an input is made from pictures.
  static let picture = EmbeddedSource(name: "picture.c", bytes: PackageResources.picture_c)

  /// What models are bundled with besides that name the classes of pictures, and what their headers
  /// have for it.
  static let classes = EmbeddedSource(name: "classes.c", bytes: PackageResources.classes_c)
  static let classHeader = EmbeddedSource(
    name: "resin_class.h", bytes: PackageResources.resin_class_h)

  /// What the bundled files include.
  static let headers =
    sharedHeaders + [
      classHeader,
      EmbeddedSource(name: "resin_support.h", bytes: PackageResources.resin_support_h),
      EmbeddedSource(name: "resin_pools.h", bytes: PackageResources.resin_pools_h),
    ]
}
