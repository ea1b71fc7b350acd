import GraphIR

/// Operators that look entries up by indices, or change entries at indices, of lists of which only the
/// first entries exist: negative indices count from the last one that does.
extension OperatorContext {
  /// The entries of what `Gather` gives.
  func gatheredRows() throws -> OpenRows? {
    let (data, indices) = (openRows(0), openRows(1))
    let (shape, places) = (try operandType(0).shape, try operandType(1).shape)
    let axis = try self.axis(try integer("axis", default: 0), rank: shape.count)
    if let data, data.axis != axis {
      guard indices == nil else { throw refusal(of: data, in: 0) }
      return data.along(data.axis < axis ? data.axis : data.axis - 1 + places.count)
    }
    if let data { replaceOperand(1, by: try countedFromLast(1, data)) }
    return indices.map { $0.along(axis + $0.axis) }
  }

  /// The entries of what `GatherND` gives.
  func gatheredSlices(_ open: [Int]) throws -> OpenRows? {
    let (data, indices) = (openRows(0), openRows(1))
    let places = try operandType(1).shape
    guard let depth = places.last, try integer("batch_dims", default: 0) == 0,
      indices.map({ $0.axis < places.count - 1 }) ?? true
    else { throw refusal(of: openRows(open[0])!, in: open[0]) }
    if let data, data.axis >= depth {
      guard indices == nil else { throw refusal(of: data, in: 0) }
      return data.along(data.axis - depth + places.count - 1)
    }
    if let data { replaceOperand(1, by: try countedFromLast(1, data, part: data.axis, of: depth)) }
    return indices
  }

  /// The entries of what `GatherElements` gives.
  func gatheredElements(_ open: [Int]) throws -> OpenRows? {
    let (data, indices) = (openRows(0), openRows(1))
    let axis = try self.axis(
      try integer("axis", default: 0), rank: try operandType(0).shape.count)
    if let data, data.axis == axis {
      replaceOperand(1, by: try countedFromLast(1, data))
      return indices
    }
    if let data {
      guard let indices, indices == data else { throw refusal(of: data, in: 0) }
    }
    return indices
  }

  /// `ScatterElements` and `ScatterND`: what does not exist goes to an entry behind the others, which is
  /// cut off.
  func scattered(
    _ open: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value] {
    let (data, indices, updates) = (openRows(0), openRows(1), openRows(2))
    let (shape, places) = (try operandType(0).shape, try operandType(1).shape)
    let isOfSlices = operatorName == "ScatterND"
    guard indices == updates, let depth = isOfSlices ? places.last : 1, depth > 0,
      !shape.isEmpty
    else {
      throw refusal(of: openRows(open[0])!, in: open[0])
    }
    let axis = isOfSlices ? 0 : try self.axis(try integer("axis", default: 0), rank: shape.count)
    if let data {
      let isIndexed = isOfSlices ? data.axis < depth : data.axis == axis
      if isIndexed {
        let part = isOfSlices ? data.axis : nil
        replaceOperand(1, by: try countedFromLast(1, data, part: part, of: depth))
      } else if isOfSlices || (indices.map { $0 != data } ?? true) {
        throw refusal(of: data, in: 0)
      }
    }
    guard let rows = indices else { return try marked(try importer(self)) { _ in data } }
    guard !isOfSlices || rows.axis < places.count - 1 else { throw refusal(of: rows, in: 1) }
    var slab = shape
    slab[axis] = 1
    let x = try operand(0)
    let more = try add(.slice(slab.map { SliceRange(start: 0, end: $0) }), [x], suffix: "more")
    replaceOperand(0, by: try add(.concatenate(axis: axis), [x, more], suffix: "longer"))
    let exists = try existence(rows, places)
    let outside = integer(Int64(shape[axis]))
    replaceOperand(
      1, by: try add(.select, [exists, try operand(1), outside], suffix: "places"))
    let ranges = shape.map { SliceRange(start: 0, end: $0) }
    return try importer(self).map { result -> GraphAssembly.Value in
      guard let id = assembly.node(for: result) else { return result }
      let cut = try add(.slice(ranges), [id], suffix: "scattered")
      if let data { setOpenRows(of: cut, data) }
      return .node(cut)
    }
  }

  /// Indices of a list, counted from its first entry; of indices of several axes, those of one.
  private func countedFromLast(
    _ index: Int, _ rows: OpenRows, part: Int? = nil, of parts: Int = 1
  ) throws -> NodeID {
    let x = try operand(index)
    let counted = try step(.add, x, rows.count)
    var isCounted = try comparison(.less, x, integer(0))
    if let part, parts > 1 {
      try payForComputing(8 * parts)
      let isPart = (0..<parts).map { $0 == part }
      let ofPart = addConstant(Tensor([parts], booleans: isPart), suffix: "part")
      isCounted = try step(.minimum, isCounted, ofPart)
    }
    return try add(.select, [isCounted, counted, x], suffix: "index")
  }
}
