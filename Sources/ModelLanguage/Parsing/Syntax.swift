import Diagnostics
import GraphIR

/// What the parser makes of a file: names are not looked up and nothing is computed yet.
struct FileSyntax {
  let file: SourceFile
  var imports: [ImportSyntax] = []
  var model: ModelSyntax?
  var blocks: [BlockSyntax] = []
  var items: [ItemSyntax] = []
}

/// A name where it was written.
struct NameSyntax {
  let text: String
  let range: SourceRange
}

/// `import "blocks.resin"`
struct ImportSyntax {
  let path: String
  let range: SourceRange
}

/// `model resnet50(classes = 1000)`
struct ModelSyntax {
  let name: NameSyntax
  let parameters: [ParameterSyntax]
}

/// A parameter of a model or a block; the ones with a default come last.
struct ParameterSyntax {
  let name: NameSyntax
  let defaultValue: Expression?
}

/// `block bottleneck(x, width, stride = 1) { … return … }`
struct BlockSyntax {
  let name: NameSyntax
  let parameters: [ParameterSyntax]
  let body: [StatementSyntax]
  let result: Expression
}

/// What stands at the top of a model's file, in the order written.
enum ItemSyntax {
  case input(InputSyntax)
  case output(OutputSyntax)
  case statement(StatementSyntax)
}

/// `input image: f32[N, 3, 224, 224] from rgb8 { … }`
struct InputSyntax {
  let name: NameSyntax
  let type: TypeSyntax
  let preprocessing: PreprocessingSyntax?
}

/// `from rgb8 { resize: 256, … }`, or `to rgb8 { … }` of an output.
struct PreprocessingSyntax {
  let channels: NameSyntax
  let entries: [ArgumentSyntax]
  let range: SourceRange

  /// The entries as the attributes of a call.
  var call: CallSyntax {
    CallSyntax(callee: channels, positional: [], named: entries, range: range)
  }
}

/// `output logits = fc labels "imagenet.txt"`, `output picture = tanh(c5) to rgb8 { … }`
struct OutputSyntax {
  let name: NameSyntax
  /// Nil where the output has the name of the value.
  let value: Expression?
  let picture: PreprocessingSyntax?
  let labels: String?
}

indirect enum StatementSyntax {
  /// `name = value : type`
  case definition(NameSyntax, Expression, TypeSyntax?)
  /// `if condition { … } else { … }`
  case conditional(Expression, then: [StatementSyntax], otherwise: [StatementSyntax])
}

extension [StatementSyntax] {
  /// The names that the statements define, those in conditionals too.
  var definedNames: [NameSyntax] {
    flatMap { statement in
      switch statement {
      case .definition(let name, _, _): [name]
      case .conditional(_, let then, let otherwise): (then + otherwise).definedNames
      }
    }
  }
}

/// `f32[N, 3, 224, 224]`
struct TypeSyntax {
  let element: ElementType
  let extents: [Expression]
  let range: SourceRange
}

/// `name(argument, label: argument)`
struct CallSyntax {
  let callee: NameSyntax
  let positional: [Expression]
  let named: [ArgumentSyntax]
  let range: SourceRange
}

/// `label: value`
struct ArgumentSyntax {
  let label: NameSyntax
  let value: Expression
}

/// `stack count of block(…) as first1`
struct StackSyntax {
  /// How many blocks there are, and what each of them is given.
  enum Count {
    case number(Expression)
    /// `width in [64, 128]`: a block for each element.
    case elements(NameSyntax, of: Expression)
    /// `i in 1 to 18`: a block for each integer, both ends included.
    case integers(NameSyntax, from: Expression, to: Expression)
  }

  let count: Count
  let call: CallSyntax
  /// The name of the first block within the stack, from whose last number the others count on.
  let firstName: NameSyntax?
}

/// An infix operator.
enum Infix: String {
  case or, and
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"

  /// How tightly it binds.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 4
    case .add, .subtract: 5
    case .multiply, .divide, .remainder: 6
    }
  }

  /// The precedence of `not`, between `and` and the comparisons.
  static let notPrecedence = 3
}

/// A value as written.
struct Expression {
  indirect enum Kind {
    case integer(Int)
    case real(Float)
    case boolean(Bool)
    case name(String)
    case reference(String, TypeSyntax)
    case list([Expression])
    case negate(Expression)
    case not(Expression)
    case infix(Infix, Expression, Expression)
    case call(CallSyntax)
    case stack(StackSyntax)
  }

  let kind: Kind
  let range: SourceRange
  /// Levels of expressions inside, bounded by the parser: everything that walks an expression may
  /// recurse.
  let height: Int
}
