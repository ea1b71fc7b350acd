import LLVMKit
import Planning

/// The sums of a register tile, `[column][vector]`: a vector of output channels of a pixel each.
typealias TileSums = [[Value]]

/// A pixel of an image.
struct PixelPlace {
  var image: Value
  var row: Value
  var column: Value
}

/// A tile's place: image, row and first column, with the number of tiles before it in its task.
struct TilePosition {
  var image: Value
  var row: Value
  var column: Value
  var ordinal: Value
  var segment: ConvolutionKernel.Segment

  /// The first pixel.
  var pixel: PixelPlace { PixelPlace(image: image, row: row, column: column) }
}

extension IRModule {
  /// Where a pixel is in an image that is stepped through so.
  func pixelAddress(
    _ base: ElementPointer, _ steps: ConvolutionKernel.Steps, _ place: PixelPlace
  ) -> ElementPointer {
    let elements = add(
      multiply(place.image, int64(steps.batch)),
      add(multiply(place.row, int64(steps.row)), multiply(place.column, int64(steps.column))))
    return offset(base, by: elements)
  }

  /// Emits `body` for every tile of a row, `before` tiles of the task after its first.
  func forEachTile(
    in segments: [ConvolutionKernel.Segment], image: Value, row: Value, before: Value,
    _ body: (TilePosition) -> Void
  ) {
    var before = before
    for segment in segments {
      loop(from: int64(0), to: int64(segment.count)) { tile, _ in
        body(
          TilePosition(
            image: image, row: row,
            column: add(multiply(tile, int64(segment.columns)), int64(segment.start)),
            ordinal: add(before, tile), segment: segment))
        return []
      }
      before = add(before, int64(segment.count))
    }
  }

  /// Stores the sums of a tile, aligned: steps from one column to the next, and from one vector to
  /// the next, in vectors.
  func storeTile(
    _ sums: TileSums, _ pointer: Value, steps: (column: Int, vector: Int), _ unit: VectorUnit
  ) {
    for (column, row) in sums.enumerated() {
      for (vector, sum) in row.enumerated() {
        let bytes = (column * steps.column + vector * steps.vector) * unit.bytes
        store(sum, offset(pointer, bytes: bytes), alignment: unit.bytes)
      }
    }
  }

  /// Loads the sums that `storeTile` stored, one vector after the other.
  func loadTile(columns: Int, vectors: Int, _ pointer: Value, _ unit: VectorUnit) -> TileSums {
    (0..<columns).map { column in
      (0..<vectors).map { vector in
        let bytes = (column * vectors + vector) * unit.bytes
        return load(vectorType(unit), offset(pointer, bytes: bytes), alignment: unit.bytes)
      }
    }
  }

  /// Vectors of zeros to add to.
  func zeroTile(columns: Int, vectors: Int, _ unit: VectorUnit) -> TileSums {
    TileSums(
      repeating: [Value](repeating: zero(vectorType(unit)), count: vectors), count: columns)
  }
}
