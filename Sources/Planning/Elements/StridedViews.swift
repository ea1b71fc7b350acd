import GraphIR

/// A value that is found in the memory of another, row-major one.
struct StridedView {
  /// The value whose memory it is.
  var root: NodeID
  /// Elements before the first.
  var offset: Int
  /// Elements from one index to the next, by axis.
  var strides: [Int]
}

/// Attention reads queries, keys and values by any strides: slices, transposes and reshapes that only
/// it reads are never carried out.
extension Graph {
  /// The nodes, of those that are planned together, whose value is only read by attention, and can be
  /// read where it comes from.
  func stridedViews(_ nodes: ArraySlice<NodeID>) -> [NodeID: StridedView] {
    let wanted = nodesReadByStrides(nodes)
    var views: [NodeID: StridedView] = [:]
    for id in nodes where wanted.contains(id) {
      let source = self[id].inputs[0]
      let shape = self[source].type.shape
      let view =
        views[source]
        ?? StridedView(root: source, offset: 0, strides: rowMajorStrides(of: shape))
      views[id] = view.moved(by: self[id].operation, from: shape)
    }
    return views
  }

  private func nodesReadByStrides(_ nodes: ArraySlice<NodeID>) -> Set<NodeID> {
    var wanted: Set<NodeID> = []
    for id in nodes.reversed() where self[id].type.element == .float32 && !isOutput(id) {
      switch self[id].operation {
      case .reshape, .transpose, .slice, .identity, .dropout: break
      default: continue
      }
      let users = users(of: id)
      let isWanted = users.allSatisfy { user in
        guard case .attention = self[user].operation else { return wanted.contains(user) }
        return !self[user].inputs.dropFirst(3).contains(id)
      }
      if isWanted, !users.isEmpty { wanted.insert(id) }
    }
    return wanted
  }
}

extension StridedView {
  /// What an operation makes of the view of its operand; nil where its elements have no strides then.
  fileprivate func moved(by operation: Operation, from shape: [Int]) -> StridedView? {
    var view = self
    switch operation {
    case .identity, .dropout: break
    case .transpose(let permutation): view.strides = permutation.map { strides[$0] }
    case .slice(let ranges):
      for (axis, range) in ranges.enumerated() {
        view.offset += range.start * strides[axis]
        view.strides[axis] *= range.step
      }
    case .reshape(let target):
      guard let regrouped = regroupedStrides(shape, to: target) else { return nil }
      view.strides = regrouped
    default: return nil
    }
    return view
  }

  /// The strides of the same elements under another shape: axes that lie evenly are joined and split.
  private func regroupedStrides(_ shape: [Int], to target: [Int]) -> [Int]? {
    var joined: [(extent: Int, stride: Int)] = []
    for (extent, stride) in zip(shape, strides) where extent != 1 {
      if let last = joined.last, last.stride == stride * extent {
        joined[joined.count - 1] = (last.extent * extent, stride)
      } else {
        joined.append((extent, stride))
      }
    }
    var result = [Int](repeating: 0, count: target.count)
    // From the last axis: how much of the last group is left to be split.
    var (inner, position) = (1, joined.count - 1)
    for axis in target.indices.reversed() where target[axis] != 1 {
      guard position >= 0, (joined[position].extent / inner) % target[axis] == 0 else { return nil }
      result[axis] = joined[position].stride * inner
      inner *= target[axis]
      if inner == joined[position].extent { (inner, position) = (1, position - 1) }
    }
    return result
  }
}
