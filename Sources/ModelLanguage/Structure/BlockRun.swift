import GraphIR

/// Instances of a block that follow each other and are one statement: a stack, or a single block.
struct BlockRun {
  let instances: [BlockClass.Instance]
  /// What the statement is called; nil where the names of trained tensors do not say it.
  private(set) var name: String?
  /// The name of the first block within a stack, where it is not `0`.
  private(set) var firstName: String?
  /// The scopes of the instances.
  private(set) var scopes: [String]
  /// The arguments behind the first.
  let arguments: [String]
  var block = ""
  var locals: [Int: String] = [:]

  var input: NodeID { instances[0].section.input }
  /// The node that gives the result.
  var end: NodeID { instances[instances.count - 1].section.nodes.last ?? input }

  /// Gives the statement another name.
  mutating func rename(_ name: String) {
    (self.name, firstName) = (name, nil)
    scopes = instances.count == 1 ? [name] : instances.indices.map { "\(name).\($0)" }
  }

  /// The instances of a block as few statements.
  ///
  /// - Parameters:
  ///   - scopes: the scope of each instance, where its names are to be kept.
  ///   - taken: names of other statements, to which those of the runs are added.
  static func runs(
    of block: BlockClass, scopes: [String]?, parameters: BlockParameters,
    taken: inout Set<String>
  ) -> [BlockRun] {
    var result: [BlockRun] = []
    var start = 0
    while start < block.instances.count {
      let counted = scopes.map { CountedScope($0[start]) }
      var end = start + 1
      while end < block.instances.count,
        block.instances[end].section.input == block.instances[end - 1].section.nodes.last,
        parameters.list.allSatisfy({ $0.values[end] == ($0.defaultValue ?? $0.values[start]) }),
        scopes == nil || counted??.scope(end - start) == scopes?[end]
      { end += 1 }
      // A stack is called after what its scopes have in common, which something else may be too.
      if let base = counted??.base, end - start > 1, taken.contains(base) { end = start + 1 }
      let own = scopes.map { Array($0[start..<end]) }
      var run = BlockRun(
        instances: Array(block.instances[start..<end]), scopes: own ?? [],
        arguments: arguments(parameters, start))
      if let own {
        run.name = own.count == 1 ? own[0] : counted??.base
        if own.count > 1, let first = counted??.first { run.firstName = first }
      }
      if let name = run.name, !taken.insert(name).inserted { run.name = nil }
      result.append(run)
      start = end
    }
    return result
  }

  private static func arguments(_ parameters: BlockParameters, _ index: Int) -> [String] {
    let positional = parameters.list.filter { $0.defaultValue == nil }
    let named = parameters.list.filter {
      $0.defaultValue != nil && $0.defaultValue != $0.values[index]
    }
    return positional.map { String($0.values[index]) }
      + named.map { "\($0.name): \($0.values[index])" }
  }
}

/// A scope that ends in a number to count on from: `layer1.0`, `features.denselayer1`.
private struct CountedScope {
  /// What stands before the last dot.
  let base: String
  private let stem: Substring
  private let number: Int

  /// Nil where the scope has no such number.
  init?(_ scope: String) {
    guard let dot = scope.lastIndex(of: "."), dot != scope.startIndex else { return nil }
    let last = scope[scope.index(after: dot)...]
    let digits = last.reversed().prefix { ("0"..."9").contains($0) }.count
    guard let number = Int(last.suffix(digits)), String(number) == last.suffix(digits),
      number < 1 << 32
    else { return nil }
    (base, stem) = (String(scope[..<dot]), last.dropLast(digits))
    self.number = number
  }

  /// The scope so many blocks later.
  func scope(_ index: Int) -> String { "\(base).\(stem)\(number + index)" }

  /// The name of the first block; nil where it is the one that stacks have anyway.
  var first: String? { stem.isEmpty && number == 0 ? nil : "\(stem)\(number)" }
}
