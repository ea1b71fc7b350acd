/// A buffer before it has a place.
package struct BufferDraft {
  package var name: String
  package var bytes: Int
  package var firstStep = Int.max
  package var lastStep = -1

  package init(name: String, bytes: Int, firstStep: Int = .max, lastStep: Int = -1) {
    self.name = name
    self.bytes = bytes
    self.firstStep = firstStep
    self.lastStep = lastStep
  }

  mutating func use(at step: Int) {
    firstStep = min(firstStep, step)
    lastStep = max(lastStep, step)
  }

  package func overlapsInTime(_ other: BufferDraft) -> Bool {
    firstStep <= other.lastStep && other.firstStep <= lastStep
  }
}

/// Gives every buffer an offset so that buffers alive at the same step do not overlap.
///
/// Greedy: one buffer after the other, each at the lowest offset that is free during its life, the
/// largest first (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference",
/// section 5.2). While that needs more than is alive at once, the buffers that end last go to the
/// front, and the order that needed least is kept.
///
/// - Returns: the offset of every buffer and the bytes of the arena.
package func assignOffsets(_ buffers: [BufferDraft], alignment: Int) -> (offsets: [Int], arena: Int)
{
  var order = buffers.indices.sorted {
    (buffers[$1].bytes, $0) < (buffers[$0].bytes, $1)
  }
  let bound = livenessBound(buffers)
  var best = assignOffsets(buffers, inOrder: order, alignment: alignment)
  var last = best
  for _ in 0..<mostPromotions where best.arena > roundUp(bound, to: alignment) {
    let ends = zip(last.offsets, buffers).map { $0 + $1.bytes }
    let highest = ends.max()!
    order = order.filter { ends[$0] == highest } + order.filter { ends[$0] < highest }
    last = assignOffsets(buffers, inOrder: order, alignment: alignment)
    if last.arena < best.arena { best = last }
  }
  return best
}

/// How many orders are tried beyond the first.
private let mostPromotions = 24

private func assignOffsets(
  _ buffers: [BufferDraft], inOrder order: [Int], alignment: Int
) -> (offsets: [Int], arena: Int) {
  var offsets = [Int](repeating: 0, count: buffers.count)
  var placed: [Int] = []
  var arena = 0
  for index in order {
    let buffer = buffers[index]
    var offset = 0
    // `placed` is in order of offset, so the first gap that is large enough is the lowest.
    for other in placed where buffers[other].overlapsInTime(buffer) {
      if offset + buffer.bytes <= offsets[other] { break }
      offset = max(offset, roundUp(offsets[other] + buffers[other].bytes, to: alignment))
    }
    offsets[index] = offset
    arena = max(arena, offset + buffer.bytes)
    let position = placed.firstIndex { offsets[$0] > offset } ?? placed.count
    placed.insert(index, at: position)
  }
  return (offsets, roundUp(arena, to: alignment))
}

/// The most bytes alive at one step.
package func livenessBound(_ buffers: [BufferDraft]) -> Int {
  let steps = (buffers.map(\.lastStep).max() ?? -1) + 1
  var change = [Int](repeating: 0, count: steps + 1)
  for buffer in buffers where buffer.lastStep >= 0 {
    change[buffer.firstStep] += buffer.bytes
    change[buffer.lastStep + 1] -= buffer.bytes
  }
  var (alive, most) = (0, 0)
  for step in 0..<steps {
    alive += change[step]
    most = max(most, alive)
  }
  return most
}

func roundUp(_ value: Int, to multiple: Int) -> Int { (value + multiple - 1) / multiple * multiple }
