import GraphIR

/// Reads the attributes of a call or writes them: one description of an operation's attributes
/// serves both, so that what is printed is what is read.
///
/// Each function takes the attribute's name and its value; the reader assigns the value, the writer
/// prints it unless it equals the default. What is wrong with a call is told at its end.
protocol AttributeCoder {
  /// The types of the tensors among the operands.
  var operandTypes: [TensorType] { get }

  /// An integer; it must be written where there is no default.
  mutating func integer(_ name: String, _ value: inout Int, default: Int?)
  mutating func optionalInteger(_ name: String, _ value: inout Int?)
  /// The number of an axis; the reader counts negative ones from the end.
  mutating func axis(_ name: String, _ value: inout Int)
  mutating func optionalAxis(_ name: String, _ value: inout Int?)
  /// Integers; `count` of them unless it is nil.
  mutating func integers(
    _ name: String, _ value: inout [Int], count: Int?, default: [Int]?
  )
  /// Numbers of axes, ascending; the reader counts negative ones from the end and sorts.
  mutating func axes(_ name: String, _ value: inout [Int])
  /// Extents of which one may be written as -1: the one that keeps the operand's element count.
  mutating func extents(_ name: String, _ value: inout [Int])
  /// true or false; false by default.
  mutating func boolean(_ name: String, _ value: inout Bool)
  mutating func real(_ name: String, _ value: inout Float, default: Float?)
  /// A number that is printed by position, after the operands.
  mutating func positionalReal(_ name: String, _ value: inout Float)
  mutating func reals(_ name: String, _ value: inout [Float], default: [Float])
  /// A number for both axes of images, or one each.
  mutating func optionalReals(_ name: String, _ value: inout [Float]?)
  /// An integer for both, or `[height, width]`.
  mutating func pair(_ name: String, _ value: inout Pair, default: Pair?)
  /// Does the same for an attribute without which another one says what it is.
  mutating func pair(_ name: String, _ value: inout Pair, default: Pair?, from other: String)
  mutating func optionalPair(_ name: String, _ value: inout Pair?)
  /// The length of a picture's shorter side, or `[height, width]`.
  mutating func optionalResize(_ name: String, _ value: inout ImagePreprocessing.Resize?)
  /// An integer for all sides, `[height, width]`, or `[top, left, bottom, right]`; no padding by
  /// default.
  mutating func padding(_ name: String, _ value: inout Padding)
  /// One of a few words.
  mutating func word<Word: RawRepresentable<String> & CaseIterable & Equatable>(
    _ name: String, _ value: inout Word, default: Word?
  )
  /// The function of an epilogue: `then: relu`, `then: clip(0, 6)`.
  mutating func function(_ name: String, _ value: inout UnaryFunction?)
  /// The functions of a recurrent layer: `activations: [sigmoid, scaled_tanh(2, 0.5)]`.
  mutating func gateFunctions(
    _ name: String, _ value: inout [GateFunction], default: [GateFunction])
}
