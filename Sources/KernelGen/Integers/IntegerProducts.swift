import LLVMKit
import Planning

/// Sums of products of u8 and i8, four to each lane of 32 bits.
struct IntegerProducts {
  let product: IntegerProduct
  let unit: VectorUnit

  /// Adds to every lane the products of its bytes: `sum + Σ x · w`, exact.
  ///
  /// - Parameters:
  ///   - x: of every line of weights, four u8 or two i16 in every lane of i32.
  ///   - w: the lines, four i8 or two i16 in every lane of i32.
  /// - Precondition: there are as many steps as `IntegerProduct.stepsAtOnce` allows.
  func add(_ x: [Value], _ w: [Value], to sum: Value, _ m: borrowing IRModule) -> Value {
    if unit.architecture == .aarch64 {
      return zip(x, w).reduce(sum) { addInNEON($1.0, $1.1, to: $0, m) }
    }
    switch product {
    case .fourSums, .fourSignedSums:
      return zip(x, w).reduce(sum) {
        unit.isEmulated
          ? addParts(of: 8, $1.0, $1.1, to: $0, m)
          : m.intrinsic("llvm.x86.avx512.vpdpbusd.\(bits)", overload: [], [$0, $1.0, $1.1])
      }
    case .pairs:
      let bytes = m.vector(m.byte, unit.bytes)
      let pairs = zip(x, w).map {
        multiplyPairs(
          pairsOfBytes, m.bitCast($0, to: bytes), m.bitCast($1, to: bytes), count: 4 * unit.lanes,
          m)
      }
      let all = pairs.dropFirst().reduce(pairs[0]) { m.wrappingAdd($0, $1) }
      let ones = m.broadcast(m.truncate(m.int32(1), m.int16), lanes: 2 * unit.lanes)
      return m.wrappingAdd(sum, multiplyPairs(pairsOfWords, all, ones, count: 2 * unit.lanes, m))
    case .words: return zip(x, w).reduce(sum) { addWords($1.0, $1.1, to: $0, m) }
    }
  }

  /// Bytes of images, in two lanes of 32 bits, as dot products take them: those of signed numbers, less 128.
  func taken(_ x: Value, _ m: borrowing IRModule) -> Value {
    guard product == .fourSignedSums else { return x }
    let signs = m.int32(Int(Int32(bitPattern: 0x8080_8080)))
    return m.exclusiveOr(x, m.broadcast(signs, lanes: 2))
  }

  /// Adds to every lane the products of its two words: `sum + Σ x · w` modulo 2³², of i16.
  func addWords(_ x: Value, _ w: Value, to sum: Value, _ m: borrowing IRModule) -> Value {
    let words = m.vector(m.int16, 2 * unit.lanes)
    if product == .fourSums {
      guard !unit.isEmulated else { return addParts(of: 16, x, w, to: sum, m) }
      let integers = m.typeOf(sum)
      return m.intrinsic(
        "llvm.x86.avx512.vpdpwssd.\(bits)", overload: [],
        [sum, m.bitCast(x, to: integers), m.bitCast(w, to: integers)])
    }
    return m.wrappingAdd(
      sum,
      multiplyPairs(
        pairsOfWords, m.bitCast(x, to: words), m.bitCast(w, to: words), count: 2 * unit.lanes, m))
  }

  /// `vpdpbusd` and `vpdpwssd` by their definition: adds the products of the parts of 8 or 16 bits of every lane, of which those of `x` are
  /// unsigned where they have 8.
  private func addParts(
    of bits: Int, _ x: Value, _ w: Value, to sum: Value, _ m: borrowing IRModule
  ) -> Value {
    let type = m.typeOf(sum)
    func k(_ number: Int) -> Value { m.broadcast(m.int32(number), lanes: unit.lanes) }
    return stride(from: 0, to: 32, by: bits).reduce(sum) { sum, place in
      func part(_ value: Value, isSigned: Bool) -> Value {
        let top = m.shiftLeft(m.bitCast(value, to: type), k(32 - bits - place))
        return isSigned ? m.shiftRight(top, k(32 - bits)) : m.shiftRightUnsigned(top, k(32 - bits))
      }
      let product = m.wrappingMultiply(part(x, isSigned: bits == 16), part(w, isSigned: true))
      return m.wrappingAdd(sum, product)
    }
  }

  /// Products of neighbours, added, by an instruction of x86 or WebAssembly; half by half where the CPU has it for half of
  /// a vector.
  ///
  /// - Parameter count: the numbers in a vector.
  private func multiplyPairs(
    _ instruction: (_ bits: Int) -> String, _ x: Value, _ w: Value, count: Int,
    _ m: borrowing IRModule
  ) -> Value {
    guard unit.lanes > unit.host.lanes else {
      return m.intrinsic(instruction(bits), overload: [], [x, w])
    }
    let halves = zip(m.parts(of: x, lanes: count), m.parts(of: w, lanes: count)).map {
      m.intrinsic(instruction(bits / 2), overload: [], [$0, $1])
    }
    return m.joined(halves, lanes: count / 4)
  }

  /// The same as `add` in registers of 128 bits.
  private func addInNEON(
    _ x: Value, _ w: Value, to sum: Value, _ m: borrowing IRModule
  ) -> Value {
    let (x, w) = (m.parts(of: x, lanes: unit.lanes), m.parts(of: w, lanes: unit.lanes))
    let sums = m.parts(of: sum, lanes: unit.lanes)
    return m.joined((0..<2).map { addInRegister(x[$0], w[$0], to: sums[$0], m) }, lanes: 4)
  }

  private func addInRegister(
    _ x: Value, _ w: Value, to sum: Value, _ m: borrowing IRModule
  ) -> Value {
    let bytes = m.vector(m.byte, 16)
    let (taken, weights) = (m.bitCast(x, to: bytes), m.bitCast(w, to: bytes))
    func four(_ instruction: String, _ one: Value, _ other: Value) -> Value {
      m.intrinsic(
        "llvm.aarch64.neon.\(instruction)", overload: [m.typeOf(sum), bytes], [sum, one, other])
    }
    switch product {
    case .fourSums: return four("usdot", taken, weights)
    // The factor that comes last may be an element of a register.
    case .fourSignedSums: return four("sdot", weights, taken)
    case .pairs, .words:
      // A product of u8 and i8 fits into 16 bits.
      let words = m.vector(m.int16, 8)
      let products = m.multiply(m.bitCast(x, to: words), m.bitCast(w, to: words))
      let pairs = m.intrinsic(
        "llvm.aarch64.neon.saddlp", overload: [m.typeOf(sum), words], [products])
      return m.wrappingAdd(sum, pairs)
    }
  }

  private var bits: Int { 8 * unit.bytes }

  /// `pmaddubsw`: products of u8 and i8, neighbours added in 16 bits.
  private func pairsOfBytes(_ bits: Int) -> String {
    switch bits {
    case 512: "llvm.x86.avx512.pmaddubs.w.512"
    case 256: "llvm.x86.avx2.pmadd.ub.sw"
    default: "llvm.x86.ssse3.pmadd.ub.sw.128"
    }
  }

  /// `pmaddwd`: products of i16, neighbours added in 32 bits.
  private func pairsOfWords(_ bits: Int) -> String {
    if unit.architecture == .wasm32 { return "llvm.wasm.dot" }
    return switch bits {
    case 512: "llvm.x86.avx512.pmaddw.d.512"
    case 256: "llvm.x86.avx2.pmadd.wd"
    default: "llvm.x86.sse2.pmadd.wd"
    }
  }
}
