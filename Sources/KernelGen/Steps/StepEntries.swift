import LLVMKit
import Planning

/// Functions with the names of steps, which do nothing but call the steps' kernels.
///
/// Equal layers share the code of one kernel, so that a profiler cannot tell them apart by where the
/// program is. It can by who called: every frame of compiled code is linked by its frame pointer, and
/// the frame above a kernel is that of the step, a local symbol named after the node.
struct StepEntries {
  private var taken: Set<String>

  /// - Parameter taken: names of other functions.
  init(taken: [String]) { self.taken = Set(taken) }

  /// Emits the function of a step and gives it.
  mutating func entry(of step: Step, calling kernel: Value, into m: borrowing IRModule) -> Value {
    let function = m.beginFunction(
      unique(step.symbol), [m.pointer, m.int32], returns: m.void,
      attributes: [VectorUnit.linkedFrames, VectorUnit.limitedFrames], isLocal: true)
    m.call(
      kernel, [m.parameter(0, of: function), m.parameter(1, of: function)],
      [m.pointer, m.int32], returns: m.void)
    m.returnVoid()
    return function
  }

  private mutating func unique(_ wanted: String) -> String {
    var (name, suffix) = (wanted, 1)
    while !taken.insert(name).inserted {
      name = "\(wanted).\(suffix)"
      suffix += 1
    }
    return name
  }
}

extension Step {
  /// The node's name with the characters that symbols of ELF may have and that tools print as they
  /// are. The first half of a convolution ends in `.input`.
  fileprivate var symbol: String {
    var text = ""
    for scalar in name.unicodeScalars {
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "_.$:/-".unicodeScalars.contains(scalar))
      text.unicodeScalars.append(isPlain ? scalar : "_")
    }
    // What begins with a dot is left out of symbol tables.
    if text.first?.isLetter != true { text = "_" + text }
    if case .winogradInput = kernel { text += ".input" }
    return text
  }
}
