/// The names of a graph under construction: dotted identifiers made from the names of the file,
/// each given once.
struct Names {
  private var taken: Set<String> = []
  private var nextSuffix: [String: Int] = [:]

  /// `wanted`, or with the first suffix `.1`, `.2`, … that makes it unique; taken from now on.
  mutating func claim(_ wanted: String) -> String {
    if taken.insert(wanted).inserted { return wanted }
    var suffix = nextSuffix[wanted] ?? 1
    while !taken.insert("\(wanted).\(suffix)").inserted { suffix += 1 }
    nextSuffix[wanted] = suffix + 1
    return "\(wanted).\(suffix)"
  }

  /// The dotted identifier nearest to a name of the file: `/` separates as `.` does, and a path
  /// that repeats itself, as the PyTorch exporter writes them, is shortened:
  /// `/layer1/layer1.0/conv1/Conv` becomes `layer1.0.conv1.Conv`.
  static func identifier(from name: String) -> String {
    var parts: [String] = []
    for part in name.split(whereSeparator: { $0 == "/" || $0 == " " }) {
      let clean = cleaned(String(part))
      guard !clean.isEmpty else { continue }
      if let last = parts.last, clean.hasPrefix(last + ".") { parts.removeLast() }
      parts.append(clean)
    }
    let joined = parts.joined(separator: ".")
    guard let first = joined.unicodeScalars.first else { return "value" }
    return ("0"..."9").contains(first) ? "_" + joined : joined
  }

  private static func cleaned(_ part: String) -> String {
    let scalars = part.unicodeScalars.map { scalar in
      isWordCharacter(scalar) || scalar == "." ? Character(scalar) : "_"
    }
    return String(scalars).split(separator: ".").joined(separator: ".")
  }

  /// The name for a node with a weight that the file holds: that of the weight without `.weight`, since
  /// that is the module's name in every checkpoint; nil for other nodes.
  static func name(
    ofWeighted node: Onnx_NodeProto, isInitializer: (String) -> Bool
  ) -> String? {
    let suffix = ".weight"
    guard node.input.count > 1, isInitializer(node.input[1]), node.input[1].hasSuffix(suffix) else {
      return nil
    }
    return identifier(from: String(node.input[1].dropLast(suffix.count)))
  }

  /// The name for another node: its own, without the operator where that adds nothing; that of its
  /// first output where it has none.
  static func name(of node: Onnx_NodeProto) -> String {
    guard !node.name.isEmpty else {
      return identifier(from: node.output.first ?? node.opType.lowercased())
    }
    let parts = node.name.split(separator: "/")
    if parts.count > 1, repeatsItsModule(parts[parts.count - 1], of: node, parts[parts.count - 2]) {
      return identifier(from: parts.dropLast().joined(separator: "/"))
    }
    return identifier(from: node.name)
  }

  /// The identifier for a whole model: no dots, not starting with a digit.
  static func modelName(fromPath path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? ""
    let stem = file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
    let name = identifier(from: stem)
    return String(name.map { $0 == "." ? "_" : $0 })
  }

  /// Whether the last part of a path only says what its module is: `relu/Relu`, or the one weighted
  /// operator of a module.
  private static func repeatsItsModule(
    _ part: Substring, of node: Onnx_NodeProto, _ module: Substring
  ) -> Bool {
    let isWeighted = ["Conv", "BatchNormalization", "Gemm", "MatMul"].contains(node.opType)
    return letters(module) == letters(part)
      || isWeighted && letters(part).hasPrefix(node.opType.lowercased())
  }

  private static func letters(_ part: Substring) -> String {
    // Only the last module of a dotted path, so that `layer1.0` is no repetition of anything.
    let last = part.split(separator: ".").last ?? ""
    return last.lowercased().filter { ("a"..."z").contains($0) }
  }

  private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
