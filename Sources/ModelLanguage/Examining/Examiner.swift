import Diagnostics
import GraphIR

/// Reads a whole text without values, also the blocks that nothing calls and the branches that are
/// not taken: finds mistakes in names, calls and arguments, and what is defined and used nowhere.
///
/// Mistakes go to the elaborator, which knows those that it has found itself.
struct Examiner {
  let elaborator: Elaborator
  var names = NameUses()
  /// What is defined and never used.
  private var unused: [Diagnostic] = []

  /// The most warnings that are shown of one model.
  private static let warningLimit = 20

  init(_ elaborator: Elaborator) { self.elaborator = elaborator }

  /// Examines a model's file and all blocks that it may call.
  ///
  /// - Returns: warnings in the order of the text, those about imported files last.
  mutating func examine(_ file: FileSyntax) -> [Diagnostic] {
    func order(_ range: SourceRange) -> (Int, String, Int) {
      (range.file === file.file ? 0 : 1, range.file.path, range.start)
    }
    examineItems(of: file)
    for block in elaborator.blocks.values.sorted(by: { order($0.name.range) < order($1.name.range) }
    )
    where !elaborator.isFinished {
      examine(block)
    }
    let warnings = unused.sorted { first, second in
      guard case .source(let one) = first.place, case .source(let other) = second.place else {
        return false
      }
      return order(one) < order(other)
    }
    let more = warnings.count - Self.warningLimit
    guard more > 0 else { return warnings }
    return warnings.prefix(Self.warningLimit)
      + [Diagnostic("and \(more) more like these", severity: .warning)]
  }

  private mutating func examineItems(of file: FileSyntax) {
    names = NameUses()
    for parameter in elaborator.model.parameters {
      if let value = parameter.defaultValue { examine(value) }
      names.define(parameter.name, "the parameter '\(parameter.name.text)' of the model")
    }
    for item in file.items where !elaborator.isFinished {
      switch item {
      case .input(let input):
        examine(input.type, isInput: true)
        examine(input.preprocessing)
        names.define(input.name, "the input '\(input.name.text)'")
      case .output(let output):
        if let value = output.value { examine(value) } else { names.use(output.name.text) }
        examine(output.picture)
      case .statement(let statement):
        examine([statement], isCertain: true)
      }
    }
    unused += names.unused
  }

  private mutating func examine(_ block: BlockSyntax) {
    names = NameUses(block: block.name.text)
    for parameter in block.parameters {
      if let value = parameter.defaultValue { examine(value) }
      names.define(
        parameter.name, "the parameter '\(parameter.name.text)' of block '\(block.name.text)'")
    }
    examine(block.body, isCertain: true)
    examine(block.result)
    unused += names.unused
  }

  /// - Parameter isCertain: whether the statements hold whatever the parameters are: the branches of
  ///   a conditional may define a name each.
  private mutating func examine(_ statements: [StatementSyntax], isCertain: Bool) {
    for statement in statements where !elaborator.isFinished {
      switch statement {
      case .definition(let name, let value, let type):
        if isCertain { _ = elaborator.isFree(name, in: names.certain) }
        examine(value)
        if let type { examine(type) }
        names.define(name, "the value of '\(name.text)'", isCertain: isCertain)
      case .conditional(let condition, let then, let otherwise):
        examine(condition)
        examine(then, isCertain: false)
        examine(otherwise, isCertain: false)
      }
    }
  }

  /// - Parameter isInput: whether new names may stand for extents.
  func examine(_ type: TypeSyntax, isInput: Bool = false) {
    for extent in type.extents {
      if isInput, case .name(let name) = extent.kind { names.use(name) } else { examine(extent) }
    }
  }

  private func examine(_ clause: PreprocessingSyntax?) {
    guard let clause else { return }
    let site = Site(scope: names.scope, statement: "", isOutermost: false)
    var reader = CallReader(clause.call, elaborator, site, isExamined: true)
    var read = ImagePreprocessing(channels: .rgb)
    read.code(&reader, isBytes: false, isOutput: false)
    for entry in clause.entries
    where reader.knownLabels.contains(entry.label.text)
      && !reader.wordLabels.contains(entry.label.text)
    {
      examine(entry.value)
    }
  }
}
