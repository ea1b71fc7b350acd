import LLVMKit
import Planning

/// Products of NEON, which multiplies by an element of a register: four channels of a pixel are one load, where others load
/// each channel into all lanes.
extension InnerLoop {
  /// Whether so many channels are taken from registers that hold several.
  func groups(_ channels: Int) -> Bool {
    unit.architecture == .aarch64 && kernel.groupsChannels && channels % perGroup == 0
  }

  /// Channels of a pixel in a register.
  private var perGroup: Int { 4 }

  /// `channels` channels without a loop. Where a core does instructions in order, loads of as many channels as registers
  /// hold stand before the products of the first.
  func groupedStep(
    _ sums: TileSums, _ pixels: ElementPointer, _ weights: Value, channels: Int,
    _ valid: Range<Int>, _ m: borrowing IRModule
  ) -> TileSums {
    var sums = sums
    let ahead = unit.core.channelsAhead(columns: valid.count, vectors: vectors)
    var groups: [Value] = []
    for first in stride(from: 0, to: channels, by: ahead) {
      let begins = first % perGroup == 0
      // Otherwise LLVM loads what comes later as well, for which there are no registers.
      if begins { sums = unflatten(m.inOrder(flatten(sums), unit), sums.count) }
      var loaded = (first..<first + ahead).map { channel in
        (0..<vectors).map { loadWeights(weights, vector: channel * vectors + $0, m) }
      }
      if begins {
        groups = valid.map { column in
          m.loadStored(
            m.offset(pixels, by: column * kernel.input.column + first), lanes: perGroup)
        }
      }
      if ahead > 1 {
        let all = together(loaded, begins ? groups : [], m)
        loaded = all.weights
        if begins { groups = all.groups }
      }
      for (channel, weights) in zip(first..., loaded) {
        for (column, group) in zip(valid, groups) {
          let x = m.broadcast(m.extract(group, lane: channel % perGroup), lanes: unit.lanes)
          for vector in 0..<vectors {
            sums[column][vector] = m.multiplyAdd(x, weights[vector], sums[column][vector], unit)
          }
        }
      }
    }
    return sums
  }

  /// The same weights, `[channel][vector]`, and groups of channels, all loaded before whatever uses one of them.
  private func together(
    _ weights: [[Value]], _ groups: [Value], _ m: borrowing IRModule
  ) -> (weights: [[Value]], groups: [Value]) {
    let whole = flatten(weights)
    let halves = whole.flatMap { m.parts(of: $0, lanes: unit.lanes) }
    let loaded = m.inOrder(halves + groups, register: "w")
    let joined = whole.indices.map {
      m.joined([loaded[2 * $0], loaded[2 * $0 + 1]], lanes: unit.lanes / 2)
    }
    return (unflatten(joined, weights.count), Array(loaded.dropFirst(halves.count)))
  }
}
