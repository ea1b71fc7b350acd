/// Rows with their columns padded to one width, two spaces apart, a line each.
///
/// - Parameter rightAligned: columns whose cells end together; the others begin together.
package func alignedTable(_ rows: [[String]], rightAligned: Range<Int> = 0..<0) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return rightAligned.contains(column) ? space + cell : cell + space
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }.joined()
}
