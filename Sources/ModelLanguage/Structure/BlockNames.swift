import GraphIR

/// What the nodes of a block's instances are called: after the names that their trained tensors
/// have, where all instances agree on them.
struct BlockNames {
  /// The name within the block of each node with trained tensors.
  let locals: [Int: String]
  /// The scope of each instance; nil where instances do not agree on names.
  let scopes: [String]?

  init(_ block: BlockClass, _ writer: StructureWriter) {
    let weighted = block.template.section.nodes.indices.filter {
      !writer.weightRoles(of: block.template.section.nodes[$0]).isEmpty
    }
    let paths = block.instances.map { instance in
      weighted.map { index in
        instance.nodes[index].map { writer.graph[$0].name.split(separator: ".").map(String.init) }
      }
    }
    if let kept = Self.shared(paths) {
      locals = Dictionary(
        uniqueKeysWithValues: zip(weighted, kept.locals).map { ($0, $1) })
      scopes = kept.scopes
    } else {
      var (counts, made): ([String: Int], [Int: String]) = ([:], [:])
      for index in weighted {
        let word = Self.word(writer.graph[block.template.section.nodes[index]].operation)
        counts[word, default: 0] += 1
        made[index] = "\(word)\(counts[word, default: 1])"
      }
      (locals, scopes) = (made, nil)
    }
  }

  /// Names split into a scope for each instance and a local name that all have in common.
  private static func shared(_ paths: [[[String]?]]) -> (locals: [String], scopes: [String])? {
    let depths = paths.map { instance in
      let known = instance.compactMap { $0 }
      let shortest = known.map { $0.count - 1 }.min() ?? 0
      return (0..<shortest).first { depth in
        known.contains { $0[depth] != known[0][depth] }
      } ?? shortest
    }
    guard let depth = depths.min(), depth > 0 else { return nil }
    var locals = [String?](repeating: nil, count: paths[0].count)
    var scopes: [String] = []
    for instance in paths {
      guard let any = instance.compactMap({ $0 }).first else { return nil }
      scopes.append(any[..<depth].joined(separator: "."))
      for (index, path) in instance.enumerated() {
        guard let path else { continue }
        let local = path[depth...].joined(separator: ".")
        guard locals[index] == nil || locals[index] == local else { return nil }
        locals[index] = local
      }
    }
    let all = locals.compactMap { $0 }
    guard all.count == locals.count, Set(all).count == all.count, Set(scopes).count == scopes.count
    else { return nil }
    return (all, scopes)
  }

  private static func word(_ operation: Operation) -> String {
    switch operation {
    case .convolution, .transposedConvolution: "conv"
    case .batchNormalization: "bn"
    case .linear: "fc"
    default: operation.mnemonic
    }
  }
}
