/// The names in `candidates` that `name` may be a slip for, nearest first: small edit distance
/// relative to its length.
///
/// - Parameter limit: at most so many names.
public func nearestNames(
  to name: String, in candidates: some Sequence<String>, limit: Int = 3
) -> [String] {
  let target = Array(name.utf8)
  // One letter for another is no slip: short names are near to everything.
  let allowed = target.count < 4 ? min(1, target.count - 1) : max(2, target.count / 3)
  guard allowed > 0 else { return [] }
  var found: [(distance: Int, name: String)] = []
  for candidate in candidates where candidate != name {
    guard abs(candidate.utf8.count - target.count) <= allowed else { continue }
    let distance = editDistance(target, Array(candidate.utf8), limit: allowed)
    if distance <= allowed { found.append((distance, candidate)) }
  }
  found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
  return found.prefix(limit).map(\.name)
}

/// A hint that offers the nearest names, or nil where none is near: `did you mean 'width'?`
public func nearestNamesHint(for name: String, in candidates: some Sequence<String>) -> String? {
  let names = nearestNames(to: name, in: candidates)
  guard !names.isEmpty else { return nil }
  return "did you mean " + names.map { "'\($0)'" }.joined(separator: " or ") + "?"
}

/// Levenshtein distance with adjacent transposition, given up (as `limit + 1`) once it must exceed
/// `limit`.
private func editDistance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [Int](repeating: i + 1, count: b.count + 1)
    for j in 0..<b.count {
      let substituted = last[j] + (a[i] == b[j] ? 0 : 1)
      row[j + 1] = min(substituted, last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
      }
    }
    if row.min()! > limit { return limit + 1 }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
