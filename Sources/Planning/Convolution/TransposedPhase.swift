/// The rows (or columns) of a transposed convolution's result that meet the same taps: every
/// `stride`-th, from `first` on.
///
/// Result y meets tap k of image row i where i · stride + k · dilation - padding = y. So all results
/// of one phase meet the taps with the same remainder of k · dilation by the stride, and seen from
/// results and taps of one phase alone this is an ordinary convolution of stride 1, its taps in
/// reverse (Dumoulin and Visin, "A Guide to Convolution Arithmetic for Deep Learning", section 4).
struct TransposedPhase: Equatable {
  /// The first result, and the number of results.
  var first: Int
  var count: Int
  /// The taps of the kernel in the order of the image rows they meet, those left out that meet
  /// none; maybe empty.
  var taps: [Int]
  /// Image rows between two taps.
  var dilation: Int
  /// Rows that the first tap of the first result lies before the image; negative inside it.
  var padding: Int

  /// Rows that the last tap of the last result lies behind an image of `extent` rows.
  func paddingAfter(extent: Int) -> Int {
    max(0, count - 1 + (taps.count - 1) * dilation - padding - (extent - 1))
  }

  /// All phases along one axis, by their first results.
  static func phases(
    extent: Int, kernel: Int, stride: Int, dilation: Int, padding: Int, result: Int
  ) -> [TransposedPhase] {
    let step = stride / greatestCommonDivisor(stride, dilation)
    return (0..<min(stride, result)).map { first in
      let count = (result - first + stride - 1) / stride
      let (row, remainder) = (first + padding).quotientAndRemainder(dividingBy: stride)
      // Tap k meets image row `row - rowsBack(k)` for the first result, one further for each next.
      func rowsBack(_ tap: Int) -> Int { (tap * dilation - remainder) / stride }
      let taps = (0..<kernel).reversed().filter {
        guard $0 * dilation % stride == remainder else { return false }
        let start = row - rowsBack($0)
        return start < extent && start + count > 0
      }
      return TransposedPhase(
        first: first, count: count, taps: taps, dilation: step * dilation / stride,
        padding: taps.first.map { rowsBack($0) - row } ?? 0)
    }
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
