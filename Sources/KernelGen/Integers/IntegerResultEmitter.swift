import LLVMKit
import Planning

/// Emits what the sums of an integer convolution become: scaled, and rounded to u8 where the result is.
struct IntegerResultEmitter {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// - Parameters:
  ///   - sums: `[pixel][vector]`.
  ///   - scale: of each vector.
  ///   - addresses: of the first vector of each pixel.
  func store(
    _ sums: [[Value]], scale: [Value], at addresses: [ElementPointer], _ m: borrowing IRModule
  ) {
    let scaled = sums.map { vectors in
      zip(vectors, scale).map { m.floatMultiply(m.integerToFloat($0, m.vectorType(unit)), $1) }
    }
    guard kernel.output.element == .uint8 else {
      for (vectors, address) in zip(scaled, addresses) {
        for (vector, value) in vectors.enumerated() {
          let place = m.offset(address, by: vector * kernel.output.blockStride)
          m.storeVector(value, place, unit)
        }
      }
      return
    }
    let vectors = scale.count
    if unit.architecture == .x86, unit.bytes <= 32, vectors <= 2 {
      // Four vectors at a time fill one of bytes.
      let pixels = 4 / vectors
      for first in stride(from: 0, to: scaled.count, by: pixels) {
        storeFour(
          scaled[first...].prefix(pixels).flatMap(\.self), at: addresses[first...].prefix(pixels), m
        )
      }
    } else {
      for (vectors, address) in zip(scaled, addresses) {
        for (vector, value) in vectors.enumerated() {
          m.storeStored(
            m.truncate(rounded(value, m), m.vector(m.byte, unit.lanes)),
            m.offset(address, by: vector * unit.lanes))
        }
      }
    }
  }

  private func floats(_ value: Int, _ m: borrowing IRModule) -> Value {
    m.splat(m.float(Float(value)), lanes: unit.lanes)
  }

  /// What is not above the upper bound, before the zero point is added; NaN stays.
  private func lowered(_ value: Value, _ m: borrowing IRModule) -> Value {
    let high = floats(kernel.high - kernel.resultZero, m)
    return m.select(m.compare(.orderedGreater, value, high), high, value)
  }

  /// The integers of u8, in 32 bits.
  private func rounded(_ value: Value, _ m: borrowing IRModule) -> Value {
    let low = floats(kernel.low - kernel.resultZero, m)
    let value = lowered(value, m)
    let bounded = m.select(m.compare(.orderedGreater, value, low), value, low)
    // Added to a small number this leaves the nearest integer, the even one of two, in its lowest bits.
    let magic: Float = 12_582_912
    let moved = m.floatAdd(bounded, m.splat(m.float(magic), lanes: unit.lanes))
    return m.wrappingAdd(
      m.bitCast(moved, to: m.vector(m.int32, unit.lanes)),
      m.broadcast(m.int32(kernel.resultZero - Int(magic.bitPattern)), lanes: unit.lanes))
  }

  /// Rounds, packs and stores up to four vectors of some pixels by instructions that saturate.
  ///
  /// - Parameters:
  ///   - values: those of one pixel after the other.
  ///   - addresses: of each pixel.
  private func storeFour(
    _ values: [Value], at addresses: ArraySlice<ElementPointer>, _ m: borrowing IRModule
  ) {
    let wide = unit.bytes == 32
    let integers = values.map {
      // What is too small, or no number, becomes the lowest integer.
      m.intrinsic(
        wide ? "llvm.x86.avx.cvt.ps2dq.256" : "llvm.x86.sse2.cvtps2dq", overload: [],
        [lowered($0, m)])
    }
    let words = stride(from: 0, to: integers.count, by: 2).map { first in
      let packed = m.intrinsic(
        wide ? "llvm.x86.avx2.packssdw" : "llvm.x86.sse2.packssdw.128", overload: [],
        [integers[first], integers[min(first + 1, integers.count - 1)]])
      guard kernel.resultZero != 0 else { return packed }
      let zero = m.broadcast(
        m.truncate(m.int32(kernel.resultZero), m.int16), lanes: 2 * unit.lanes)
      return m.intrinsic("llvm.sadd.sat", overload: [m.typeOf(packed)], [packed, zero])
    }
    var bytes = m.intrinsic(
      wide ? "llvm.x86.avx2.packuswb" : "llvm.x86.sse2.packuswb.128", overload: [],
      [words[0], words.last!])
    if kernel.low > 0 {
      let low = m.broadcast(m.truncate(m.int32(kernel.low), m.byte), lanes: unit.bytes)
      bytes = m.intrinsic("llvm.umax", overload: [m.typeOf(bytes)], [bytes, low])
    }
    if wide {
      // Packing goes by halves of a register: fours of channels of the first half of all vectors come first.
      let fours = m.bitCast(bytes, to: m.vector(m.int32, 8))
      bytes = m.bitCast(m.shuffle(fours, [0, 4, 1, 5, 2, 6, 3, 7]), to: m.vector(m.byte, 32))
    }
    let part = unit.lanes * values.count / addresses.count
    for (pixel, address) in addresses.enumerated() {
      m.storeStored(m.shuffle(bytes, Array(pixel * part..<(pixel + 1) * part)), address)
    }
  }
}
