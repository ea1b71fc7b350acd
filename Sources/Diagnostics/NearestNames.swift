/// The names in `candidates` that `name` may be a slip for, nearest first: at most a third of the letters
/// of the longer one are wrong. Capital letters are as good as small ones; a wrong first letter counts
/// as two, since people rarely miss it and short names that differ in it are other names.
///
/// - Parameter limit: at most so many names.
public func nearestNames(
  to name: String, in candidates: some Sequence<String>, limit: Int = 3
) -> [String] {
  let exact = Array(name.utf8)
  let target = Array(name.lowercased().utf8)
  guard !target.isEmpty else { return [] }
  var found: [(distance: Int, exact: Int, name: String)] = []
  for candidate in candidates where candidate != name {
    let letters = Array(candidate.lowercased().utf8)
    let allowed = max(target.count, letters.count) / 3
    guard abs(letters.count - target.count) <= allowed else { continue }
    let distance = editDistance(target, letters, limit: allowed)
    guard distance <= allowed else { continue }
    found.append(
      (distance, editDistance(exact, Array(candidate.utf8), limit: exact.count), candidate))
  }
  found.sort { ($0.distance, $0.exact, $0.name) < ($1.distance, $1.exact, $1.name) }
  return found.prefix(limit).map(\.name)
}

/// A hint that offers the nearest names, or nil where none is near: `did you mean 'width'?`
public func nearestNamesHint(for name: String, in candidates: some Sequence<String>) -> String? {
  let names = nearestNames(to: name, in: candidates)
  guard !names.isEmpty else { return nil }
  return "did you mean " + names.map { "'\($0)'" }.joined(separator: " or ") + "?"
}

/// Levenshtein distance with adjacent transposition, in which another first letter counts twice, given
/// up (as `limit + 1`) once it must exceed `limit`.
private func editDistance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [Int](repeating: i + 1, count: b.count + 1)
    for j in 0..<b.count {
      let substituted = last[j] + (a[i] == b[j] ? 0 : i == 0 && j == 0 ? 2 : 1)
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
