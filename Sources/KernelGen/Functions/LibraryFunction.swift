import LLVMKit

/// What code may call of a C library, by its name there, as code of our own for systems that have none.
///
/// Kernels call functions of numbers; LLVM may make calls of the three for memory.
public enum LibraryFunction: String, CaseIterable, Sendable {
  /// Those of numbers.
  public static let mathematics: [LibraryFunction] = [
    .powf, .fmodf, .sin, .cos, .floorf, .ceilf, .truncf,
  ]

  /// Powers, and remainders of divisions, of floats.
  case powf, fmodf
  /// Of doubles that hold floats of many turns; of smaller ones they give any number.
  case sin, cos
  /// Whole numbers near floats, for CPUs without an instruction for it.
  case floorf, ceilf, truncf
  /// Memory, for what LLVM makes of large values.
  case memcpy, memmove, memset

  /// Emits the function, for its own object alone: a program may have another of this name, and some of
  /// ours are for what kernels ask of them and no more.
  ///
  /// - Parameter isLocal: whether other objects do not see it.
  public func emit(into m: borrowing IRModule, isLocal: Bool = true) {
    let types: (parameters: [IRType], result: IRType) =
      switch self {
      case .powf, .fmodf: ([m.float, m.float], m.float)
      case .floorf, .ceilf, .truncf: ([m.float], m.float)
      case .sin, .cos: ([m.double], m.double)
      case .memcpy, .memmove: ([m.pointer, m.pointer, m.int64], m.pointer)
      case .memset: ([m.pointer, m.int32, m.int64], m.pointer)
      }
    let function = m.beginFunction(
      rawValue, types.parameters, returns: types.result, attributes: [("no-builtins", "true")],
      isLocal: isLocal)
    let p = types.parameters.indices.map { m.parameter($0, of: function) }
    switch self {
    case .powf: m.return(m.libraryPower(p[0], p[1]))
    case .fmodf: m.return(m.libraryRemainder(p[0], p[1]))
    case .sin: m.return(m.libraryCircular(.sin, p[0]))
    case .cos: m.return(m.libraryCircular(.cos, p[0]))
    case .floorf, .ceilf, .truncf: m.return(m.libraryRounded(p[0], self))
    case .memcpy:
      m.copy(p[1], to: p[0], bytes: p[2], backwards: m.bit(false))
      m.return(p[0])
    case .memmove:
      let distance = m.wrappingSubtract(m.address(p[0]), m.address(p[1]))
      // Behind what it copies, and within it: from the end on.
      let isBehind = m.and(
        m.compare(.less, m.int64(0), distance), m.compare(.less, distance, p[2]))
      m.copy(p[1], to: p[0], bytes: p[2], backwards: isBehind)
      m.return(p[0])
    case .memset:
      let value = m.truncate(p[1], m.byte)
      m.loop(from: m.int64(0), to: p[2]) { index, _ in
        m.store(value, m.offset(p[0], bytes: index), alignment: 1)
        return []
      }
      m.return(p[0])
    }
  }
}

extension IRModule {
  /// Copies bytes one by one, from the first or from the last on.
  fileprivate func copy(_ from: Value, to: Value, bytes: Value, backwards: Value) {
    loop(from: int64(0), to: bytes) { turn, _ in
      let last = subtract(subtract(bytes, int64(1)), turn)
      let index = select(backwards, last, turn)
      store(
        load(byte, offset(from, bytes: index), alignment: 1), offset(to, bytes: index), alignment: 1
      )
      return []
    }
  }

  // MARK: Scalars of C's functions

  private func size(of x: Value) -> Value {
    intrinsic("llvm.fabs", overload: [typeOf(x)], [x])
  }

  private func signed(_ size: Value, as x: Value) -> Value {
    intrinsic("llvm.copysign", overload: [typeOf(x)], [size, x])
  }

  /// floor, ceil or trunc of a float: those from 2²³ on are whole.
  fileprivate func libraryRounded(_ x: Value, _ function: LibraryFunction) -> Value {
    let isSmall = compare(.orderedLess, size(of: x), float(0x1p23))
    let towardsZero = integerToFloat(floatToInteger(select(isSmall, x, float(0)), int32), float)
    let result: Value
    switch function {
    case .floorf:
      result = select(
        compare(.orderedGreater, towardsZero, x), floatSubtract(towardsZero, float(1)), towardsZero)
    case .ceilf:
      result = select(
        compare(.orderedLess, towardsZero, x), floatAdd(towardsZero, float(1)), towardsZero)
    default: result = towardsZero
    }
    return select(isSmall, signed(result, as: x), x)
  }

  /// fmod of floats: long division of the fractions as integers, 32 bits at a time, which is exact.
  fileprivate func libraryRemainder(_ x: Value, _ y: Value) -> Value {
    func n(_ value: Int) -> Value { int64(value) }
    /// A float as fraction · 2^(exponent - 150); both are integers.
    func parts(_ value: Value) -> (fraction: Value, exponent: Value) {
      let bits = and(zeroExtend(bitCast(value, to: int32), int64), n(0x7fff_ffff))
      let exponent = shiftRightUnsigned(bits, n(23))
      let isNormal = compare(.notEqual, exponent, n(0))
      let fraction = and(bits, n(0x7f_ffff))
      return (
        select(isNormal, or(fraction, n(0x80_0000)), fraction), select(isNormal, exponent, n(1))
      )
    }
    let (above, below) = (parts(x), parts(y))
    let divisor = select(compare(.equal, below.fraction, n(0)), n(1), below.fraction)
    let distance = maximum(subtract(above.exponent, below.exponent), n(0))
    let first = remainder(
      shiftLeft(above.fraction, and(distance, n(31))), divisor)
    let rest = loop(from: n(0), to: shiftRightUnsigned(distance, n(5)), carrying: [first]) {
      [remainder(shiftLeft($1[0], n(32)), divisor)]
    }[0]
    let scale = bitCast(
      shiftLeft(add(below.exponent, n(1023 - 150)), n(52)), to: double)
    let exact = narrowed(floatMultiply(integerToFloat(rest, double), scale), to: float)
    let isLess = compare(.orderedLess, size(of: x), size(of: y))
    let result = select(isLess, x, signed(exact, as: x))
    // Of infinity, by zero, and of what is no number.
    let isNone = or(
      compare(.unordered, floatSubtract(x, x), y), compare(.orderedEqual, y, float(0)))
    return select(isNone, float(.nan), result)
  }

  /// pow of floats: 2^(y · log2 |x|) in doubles, whose error is far below a float's.
  fileprivate func libraryPower(_ x: Value, _ y: Value) -> Value {
    func k(_ value: Double) -> Value { double(value) }
    let (base, exponent) = (size(of: x), extend(y, to: double))
    let logarithm = select(
      compare(.orderedEqual, base, float(0)), k(-.infinity),
      select(
        compare(.orderedEqual, base, float(.infinity)), k(.infinity),
        logarithmToTwo(extend(base, to: double))))
    let isOne = compare(.orderedEqual, base, float(1))
    let product = select(isOne, k(0), floatMultiply(exponent, logarithm))
    let low = select(compare(.orderedLess, product, k(-300)), k(-300), product)
    let power = narrowed(
      powerOfTwo(select(compare(.orderedGreater, low, k(300)), k(300), low)), to: float)
    // From 2²⁴ on floats are even.
    let isSmall = compare(.orderedLess, size(of: y), float(0x1p24))
    let whole = floatToInteger(select(isSmall, y, float(0)), int32)
    let isWhole = compare(.orderedEqual, integerToFloat(whole, float), y)
    let isInteger = or(exclusiveOr(isSmall, bit(true)), isWhole)
    let isOdd = and(and(isSmall, isWhole), truncate(whole, bit))
    let isNegative = compare(.less, bitCast(x, to: int32), int32(0))
    var result = select(and(isNegative, isOdd), floatNegate(power), power)
    let isBelow = and(
      compare(.orderedLess, x, float(0)), compare(.orderedGreater, x, float(-.infinity)))
    result = select(and(isBelow, exclusiveOr(isInteger, bit(true))), float(.nan), result)
    result = select(compare(.unordered, x, y), float(.nan), result)
    let isAlwaysOne = or(
      compare(.orderedEqual, y, float(0)), compare(.orderedEqual, x, float(1)))
    return select(isAlwaysOne, float(1), result)
  }

  private static var logarithmOfTwo: Double { 0x1.62e4_2fef_a39e_fp-1 }

  /// log2 of a positive normal double: its exponent, and 2 artanh((m - 1) / (m + 1)) of its fraction
  /// √½ ≤ m < √2 by ten terms, the last below 2⁻⁵⁰.
  private func logarithmToTwo(_ x: Value) -> Value {
    let bits = bitCast(x, to: int64)
    let fraction = bitCast(
      or(and(bits, int64(0xf_ffff_ffff_ffff)), int64(0x3ff0_0000_0000_0000)), to: double)
    let isLarge = compare(.orderedGreater, fraction, double(2.0.squareRoot()))
    let m = select(isLarge, floatMultiply(fraction, double(0.5)), fraction)
    let exponent = add(
      subtract(shiftRightUnsigned(bits, int64(52)), int64(1023)), zeroExtend(isLarge, int64))
    let s = floatDivide(floatSubtract(m, double(1)), floatAdd(m, double(1)))
    let square = floatMultiply(s, s)
    let series = (0..<9).reversed().reduce(double(1.0 / 19)) { sum, term in
      floatAdd(floatMultiply(sum, square), double(1 / Double(2 * term + 1)))
    }
    let twice = floatMultiply(floatMultiply(s, double(2 / Self.logarithmOfTwo)), series)
    return floatAdd(integerToFloat(exponent, double), twice)
  }

  /// 2^t of a double |t| ≤ 300: 2^n through the exponent, and e^r, |r| ≤ ½ ln 2, by fourteen terms.
  private func powerOfTwo(_ t: Value) -> Value {
    let shifted = floatAdd(t, double(0x1.8p52))
    let count = floatSubtract(shifted, double(0x1.8p52))
    let r = floatMultiply(floatSubtract(t, count), double(Self.logarithmOfTwo))
    let series = (1...13).reversed().reduce(double(1)) { sum, term in
      floatAdd(floatMultiply(floatMultiply(sum, r), double(1 / Double(term))), double(1))
    }
    let scale = shiftLeft(
      wrappingAdd(bitCast(shifted, to: int64), int64(1023)), int64(52))
    return floatMultiply(series, bitCast(scale, to: double))
  }

  /// sin or cos of a double that holds a float of many turns: the product with 2/π by those of its bits
  /// that matter, in integers (Arm Optimized Routines, `math/sinf.c`, `reduce_large`).
  fileprivate func libraryCircular(_ function: Circular, _ wide: Value) -> Value {
    func n(_ value: Int) -> Value { int64(value) }
    let x = narrowed(wide, to: float)
    let bits = and(zeroExtend(bitCast(x, to: int32), int64), n(0x7fff_ffff))
    let table = privateTable("two_over_pi", Self.windowsOfTwoOverPi)
    let row = offset(table, bytes: multiply(and(shiftRightUnsigned(bits, n(26)), n(15)), n(8)))
    func word(_ index: Int) -> Value { load(int64, offset(row, bytes: 8 * index), alignment: 8) }
    let fraction = shiftLeft(
      or(and(bits, n(0xff_ffff)), n(0x80_0000)), and(shiftRightUnsigned(bits, n(23)), n(7)))
    let top = shiftLeft(wrappingMultiply(fraction, word(0)), n(32))
    let bottom = shiftRightUnsigned(wrappingMultiply(fraction, word(8)), n(32))
    let product = wrappingAdd(or(top, bottom), wrappingMultiply(fraction, word(4)))
    // Quarter turns are the two highest bits, to the nearest.
    let quarters = shiftRightUnsigned(wrappingAdd(product, n(1 << 61)), n(62))
    let left = wrappingSubtract(product, shiftLeft(quarters, n(62)))
    let rest = floatMultiply(
      integerToFloat(left, double), double(Double.pi / 2 * 0x1p-62))
    let (sine, cosine) = sineAndCosine(ofSmall: rest) { double($0) }
    func has(_ bit: Int, _ value: Value) -> Value {
      compare(.notEqual, and(value, n(bit)), n(0))
    }
    var result: Value
    switch function {
    case .cos:
      result = select(has(1, quarters), sine, cosine)
      result = select(has(2, wrappingAdd(quarters, n(1))), floatNegate(result), result)
    default:
      result = select(has(1, quarters), cosine, sine)
      let isNegative = compare(.less, bitCast(x, to: int32), int32(0))
      result = select(exclusiveOr(has(2, quarters), isNegative), floatNegate(result), result)
    }
    let isFinite = compare(.orderedLess, size(of: x), float(.infinity))
    return select(isFinite, result, double(.nan))
  }

  /// The bits of 2/π, in words of 32 that begin 8 bits apart.
  private static var windowsOfTwoOverPi: [Int] {
    [
      0x0000_00a2, 0x0000_a2f9, 0x00a2_f983, 0xa2f9_836e, 0xf983_6e4e, 0x836e_4e44, 0x6e4e_4415,
      0x4e44_1529, 0x4415_29fc, 0x1529_fc27, 0x29fc_2757, 0xfc27_57d1, 0x2757_d1f5, 0x57d1_f534,
      0xd1f5_34dd, 0xf534_ddc0, 0x34dd_c0db, 0xddc0_db62, 0xc0db_6295, 0xdb62_9599, 0x6295_993c,
      0x9599_3c43, 0x993c_4390, 0x3c43_9041,
    ]
  }
}
