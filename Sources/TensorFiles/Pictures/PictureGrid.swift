extension OutputPicture {
  /// Pictures as one: from left to right, then from top to bottom, without gaps; what is left of the
  /// last row is black.
  ///
  /// - Parameters:
  ///   - pictures: at least one, all of one size and of as many channels.
  ///   - columns: how many stand beside one another, at least 1; no more than there are.
  public init(grid pictures: [OutputPicture], columns: Int) {
    let (cell, columns) = (pictures[0], min(columns, pictures.count))
    let rows = (pictures.count + columns - 1) / columns
    let cellRow = cell.width * cell.channels
    var levels = [UInt8](repeating: 0, count: rows * cell.height * columns * cellRow)
    for (index, picture) in pictures.enumerated() {
      for row in 0..<cell.height {
        let start = ((index / columns * cell.height + row) * columns + index % columns) * cellRow
        levels.replaceSubrange(
          start..<start + cellRow, with: picture.levels[row * cellRow..<(row + 1) * cellRow])
      }
    }
    self.init(
      width: columns * cell.width, height: rows * cell.height, channels: cell.channels,
      levels: levels)
  }
}
