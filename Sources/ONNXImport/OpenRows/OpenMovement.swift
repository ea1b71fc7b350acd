import GraphIR

/// Where the entries that exist are after an operator that moves elements.
extension OperatorContext {
  /// Operands that broadcast: an axis counted from the last one, in which no operand has entries of its
  /// own.
  func elementwiseRows(_ open: [Int], of result: NodeID) throws -> OpenRows {
    let rows = openRows(open[0])!
    let behind = try operandType(open[0]).shape.count - rows.axis
    for index in 0..<operandCount where hasOperand(index) {
      let shape = try operandType(index).shape
      if let own = openRows(index) {
        guard own.count == rows.count, shape.count - own.axis == behind else {
          throw refusal(of: own, in: index)
        }
      } else if shape.count >= behind, shape[shape.count - behind] != 1 {
        throw refusal(of: rows, in: open[0])
      }
    }
    return rows.along(shape(of: result).count - behind)
  }

  /// The axis of another shape with the same elements in the same order: it may have taken in axes behind
  /// it, or have left some to new ones.
  func movedRows(_ rows: OpenRows, _ shape: [Int], _ result: [Int]) throws -> OpenRows? {
    let before = shape[..<rows.axis].reduce(1, *)
    let starts = result.indices.filter { result[..<$0].reduce(1, *) == before }
    if let axis = starts.first(where: { result[$0] == shape[rows.axis] }) {
      return rows.along(axis)
    }
    guard let axis = starts.last else { throw refusal(of: rows, in: 0) }
    let entry = shape[(rows.axis + 1)...].reduce(1, *)
    let newEntry = result[(axis + 1)...].reduce(1, *)
    guard entry > 0, newEntry > 0 else { throw refusal(of: rows, in: 0) }
    let length = rows.length(of: shape[rows.axis])
    let elements = try self.length(.multiply, length, OpenLength(entry))!
    guard entry % newEntry == 0 || assembly.isMultiple(length, of: newEntry) else {
      throw refusal(of: rows, in: 0)
    }
    return try self.rows(
      try self.length(.divide, elements, OpenLength(newEntry))!, along: axis)
  }

  /// Operands side by side.
  func joinedRows(_ open: [Int]) throws -> OpenRows {
    let rows = openRows(open[0])!
    guard open.count == operandCount, open.allSatisfy({ openRows($0) == rows }) else {
      throw refusal(of: rows, in: open[0])
    }
    return rows
  }

  /// Operands joined along the open axis: the entries of each stand behind those of the one before that
  /// exist.
  func oneBehindAnother(_ axis: Int) throws -> NodeID {
    var (parts, lengths) = ([] as [NodeID], [] as [OpenLength])
    var total = OpenLength(0)
    let first = (0..<operandCount).first { openRows($0) != nil }!
    for index in 0..<operandCount {
      let part = try operand(index)
      let (shape, own) = (self.shape(of: part), openRows(index))
      guard shape.indices.contains(axis), (own?.axis ?? axis) == axis else {
        throw refusal(of: openRows(first)!, in: first)
      }
      guard shape[axis] > 0 else { continue }
      let length = own?.length(of: shape[axis]) ?? OpenLength(shape[axis])
      total = try self.length(.add, total, length)!
      parts.append(part)
      lengths.append(length)
    }
    var result = try add(.concatenate(axis: axis), parts, suffix: "joined")
    if lengths.dropLast().contains(where: { $0.known == nil }) {
      result = try add(.gather(axis: axis), [result, try places(ofJoined: lengths)])
    }
    if let rows = try self.rows(total, along: axis) { setOpenRows(of: result, rows) }
    return result
  }

  /// The places of the entries that exist in lists that stand one behind another with all that may exist.
  private func places(ofJoined lengths: [OpenLength]) throws -> NodeID {
    if let known = assembly.joinedPlaces[lengths] { return known }
    let masks = try lengths.map { length in
      try comparison(.less, try numbers(length.most, behind: 0), node(of: length))
    }
    let exist = try add(.concatenate(axis: 0), masks, suffix: "exist")
    let places = try add(.truePlaces, [exist], suffix: "places")
    assembly.joinedPlaces[lengths] = places
    return places
  }

  /// `TopK`: along the open axis what does not exist comes last.
  func bestRows(
    _ rows: OpenRows, _ shape: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value] {
    let axis = try self.axis(try integer("axis", default: -1), rank: shape.count)
    let wanted = openLengths(1)
    guard axis == rows.axis else {
      guard wanted == nil else { throw refusal(of: rows, in: 0) }
      return try marked(try importer(self)) { _ in rows }
    }
    guard try operandType(0).element == .float32 else { throw refusal(of: rows, in: 0) }
    let isLargest = try flag("largest", default: true)
    let last = Tensor([], floats: [isLargest ? -.infinity : .infinity])
    replaceOperand(0, by: try hidingOthers(0, rows, by: last))
    if wanted != nil { return try bestOfComputedNumber(importer) }
    return try marked(try importer(self)) {
      let most = OpenLength(self.shape(of: $0)[axis])
      let length = try self.length(.minimum, rows.length(of: shape[axis]), most)!
      return try self.rows(length, along: axis)
    }
  }

  /// `TopK` of a number of entries that depends on the data, and is no more than there are.
  func bestOfComputedNumber(_ importer: OperatorImporter) throws -> [GraphAssembly.Value] {
    let shape = try operandType(0).shape
    let axis = try self.axis(try integer("axis", default: -1), rank: shape.count)
    guard let wanted = openLengths(1), wanted.elements.count == 1,
      let count = try length(.minimum, wanted.elements[0], OpenLength(shape[axis])), count.most > 0
    else {
      throw try unknown(
        1, "its k ('\(node.input[1])')", hint: "export the model with a number that is known")
    }
    takeAtCapacity(1, OpenLengths(shape: wanted.shape, elements: [count]))
    return try marked(try importer(self)) { _ in try rows(count, along: axis) }
  }
}

extension GraphAssembly {
  /// Whether a length is sure to be a multiple of a number.
  func isMultiple(_ length: OpenLength, of number: Int) -> Bool {
    length.count.flatMap { lengthMultiples[$0] }.map { $0.factor % number == 0 } ?? false
  }
}
