import LLVMKit
import Planning

/// Sums of products of u8 and i8, four to each lane of 32 bits.
struct IntegerProducts {
  let product: IntegerProduct
  let unit: VectorUnit

  /// Adds to every lane the products of its bytes: `sum + Σ x · w`, exact.
  ///
  /// - Parameters:
  ///   - x: of every step, four u8 in every lane of i32.
  ///   - w: of every step, four i8 in every lane of i32.
  /// - Precondition: there are as many steps as `IntegerProduct.stepsAtOnce` allows.
  func add(_ x: [Value], _ w: [Value], to sum: Value, _ m: borrowing IRModule) -> Value {
    switch product {
    case .fourSums:
      return zip(x, w).reduce(sum) {
        m.intrinsic("llvm.x86.avx512.vpdpbusd.\(bits)", overload: [], [$0, $1.0, $1.1])
      }
    case .pairs:
      let bytes = m.vector(m.byte, 4 * unit.lanes)
      let pairs = zip(x, w).map {
        m.intrinsic(
          pairsOfBytes, overload: [], [m.bitCast($0, to: bytes), m.bitCast($1, to: bytes)])
      }
      let all = pairs.dropFirst().reduce(pairs[0]) { m.wrappingAdd($0, $1) }
      let ones = m.broadcast(m.truncate(m.int32(1), m.int16), lanes: 2 * unit.lanes)
      return m.wrappingAdd(sum, m.intrinsic(pairsOfWords, overload: [], [all, ones]))
    case .widened:
      return zip(x, w).reduce(sum) { addWidened($1.0, $1.1, to: $0, m) }
    }
  }

  private func addWidened(
    _ x: Value, _ w: Value, to sum: Value, _ m: borrowing IRModule
  ) -> Value {
    // Even and odd bytes of every word of 16 bits, each as a word.
    let words = m.vector(m.int16, 2 * unit.lanes)
    let eight = m.broadcast(m.truncate(m.int32(8), m.int16), lanes: 2 * unit.lanes)
    let (x, w) = (m.bitCast(x, to: words), m.bitCast(w, to: words))
    let low = m.intrinsic(
      pairsOfWords, overload: [],
      [
        m.shiftRightUnsigned(m.shiftLeft(x, eight), eight),
        m.shiftRight(m.shiftLeft(w, eight), eight),
      ])
    let high = m.intrinsic(
      pairsOfWords, overload: [], [m.shiftRightUnsigned(x, eight), m.shiftRight(w, eight)])
    return m.wrappingAdd(sum, m.wrappingAdd(low, high))
  }

  private var bits: Int { 32 * unit.lanes }

  /// `pmaddubsw`: products of u8 and i8, neighbours added in 16 bits.
  private var pairsOfBytes: String {
    switch bits {
    case 512: "llvm.x86.avx512.pmaddubs.w.512"
    case 256: "llvm.x86.avx2.pmadd.ub.sw"
    default: "llvm.x86.ssse3.pmadd.ub.sw.128"
    }
  }

  /// `pmaddwd`: products of i16, neighbours added in 32 bits.
  private var pairsOfWords: String {
    switch bits {
    case 512: "llvm.x86.avx512.pmaddw.d.512"
    case 256: "llvm.x86.avx2.pmadd.wd"
    default: "llvm.x86.sse2.pmadd.wd"
    }
  }
}
