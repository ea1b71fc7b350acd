import LLVMKit
import Planning

/// Steps as constant tables, so that the code that runs them does not grow with their number.
struct StepTable {
  /// A kernel applied to one place.
  struct Row {
    var function: Value
    var tasks: Int
    var operands: [ImageStepsKernel.Operand]
  }

  let count: Int
  /// Operands per row; rows with fewer repeat places that nothing reads.
  private let width: Int
  private let bases: Value
  private let offsets: Value
  /// Nil where no operand moves from image to image.
  private let strides: Value?
  private let tasks: Value
  private let functions: Value
  private let pointerBytes: Int

  init(_ rows: [Row], for unit: VectorUnit, into m: borrowing IRModule) {
    pointerBytes = unit.pointerBytes
    let section = unit.planSection
    let width = rows.map(\.operands.count).max() ?? 0
    let operands = rows.flatMap { row in
      row.operands
        + [ImageStepsKernel.Operand](
          repeating: .init(index: 0, offset: 0), count: width - row.operands.count)
    }
    count = rows.count
    self.width = width
    bases = m.privateTable("bases", operands.map { 8 * $0.index }, section: section)
    offsets = m.privateTable("offsets", operands.map(\.offset), section: section)
    strides =
      operands.contains { $0.imageStride != 0 }
      ? m.privateTable("strides", operands.map(\.imageStride), section: section) : nil
    tasks = m.privateTable("tasks", rows.map(\.tasks), section: section)
    functions = m.privateTable("kernels", pointers: rows.map(\.function))
  }

  /// Memory for the operands of one row, on the stack, behind the word that says which scratches are
  /// taken: none.
  func makeArguments(_ m: borrowing IRModule) -> Value {
    let word = m.stackMemory(bytes: TaskScratchEmitter.wordBytes + 8 * max(width, 1))
    m.store(m.int64(0), word, alignment: 8)
    return m.offset(word, bytes: TaskScratchEmitter.wordBytes)
  }

  /// Writes the pointers of a row's operands, which are in the places that `given` points to.
  func fill(
    _ arguments: Value, row: Value, from given: Value, image: Value?, _ m: borrowing IRModule
  ) {
    let start = m.multiply(row, m.int64(8 * width))
    for index in 0..<width {
      let entry = m.add(start, m.int64(8 * index))
      let which = m.load(m.int64, m.offset(bases, bytes: entry), alignment: 8)
      let base = m.load(m.pointer, m.offset(given, bytes: which), alignment: 8)
      var offset = m.load(m.int64, m.offset(offsets, bytes: entry), alignment: 8)
      if let strides, let image {
        let stride = m.load(m.int64, m.offset(strides, bytes: entry), alignment: 8)
        offset = m.add(offset, m.multiply(image, stride))
      }
      m.store(
        m.wildOffset(base, bytes: offset), m.offset(arguments, bytes: 8 * index), alignment: 8)
    }
  }

  /// The kernel of a row and its number of tasks.
  func kernel(row: Value, _ m: borrowing IRModule) -> (function: Value, tasks: Value) {
    func entry(_ bytes: Int) -> Value { m.multiply(row, m.int64(bytes)) }
    return (
      m.load(
        m.pointer, m.offset(functions, bytes: entry(pointerBytes)), alignment: pointerBytes),
      m.load(m.int64, m.offset(tasks, bytes: entry(8)), alignment: 8)
    )
  }

  /// Runs all tasks of a kernel in this thread.
  func runHere(
    _ kernel: Value, _ arguments: Value, tasks: Value, _ m: borrowing IRModule
  ) {
    m.loop(from: m.int64(0), to: tasks) { task, _ in
      m.call(kernel, [arguments, m.truncate(task)], [m.pointer, m.int32], returns: m.void)
      return []
    }
  }
}

/// Emits an `ImageStepsKernel`: the task is the image.
struct ImageStepsEmitter {
  let kernel: ImageStepsKernel
  let unit: VectorUnit
  /// What runs every part.
  let functions: [Value]

  func emit(_ name: String, into m: borrowing IRModule) {
    let rows = zip(kernel.parts, functions).map { part, function in
      StepTable.Row(function: function, tasks: part.kernel.tasks, operands: part.operands)
    }
    let table = StepTable(rows, for: unit, into: m)
    let function = m.beginFunction(
      name, [m.pointer, m.int32], returns: m.void, attributes: unit.attributes)
    let arguments = table.makeArguments(m)
    let (given, image) = (m.parameter(0, of: function), m.signExtend(m.parameter(1, of: function)))
    m.loop(from: m.int64(0), to: m.int64(table.count)) { row, _ in
      table.fill(arguments, row: row, from: given, image: image, m)
      let (kernel, tasks) = table.kernel(row: row, m)
      table.runHere(kernel, arguments, tasks: tasks, m)
      return []
    }
    m.returnVoid()
  }
}
