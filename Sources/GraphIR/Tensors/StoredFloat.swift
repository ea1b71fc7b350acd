/// How floats are stored where graphs have f32: weights in files and among the packed weights of
/// compiled code. No value of a graph has such elements; what is stored becomes f32 when it is read.
public enum FloatFormat: String, Sendable, CaseIterable {
  /// As they are.
  case float32 = "f32"
  /// IEEE 754 binary16: 11 significant bits, up to 65504.
  case float16 = "f16"
  /// The upper half of an f32: 8 significant bits, the range of f32.
  case bfloat16 = "bf16"

  /// Bytes per stored float.
  public var byteCount: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// The stored float nearest to a number, as f32.
  @inlinable
  public func rounded(_ value: Float) -> Float {
    switch self {
    case .float32: value
    case .float16: Binary16(rounding: value).float
    case .bfloat16: BFloat16(rounding: value).float
    }
  }

  /// Whether a finite number is beyond what can be stored, so that rounding gives an infinity.
  @inlinable
  public func overflows(_ value: Float) -> Bool {
    value.isFinite && !rounded(value).isFinite
  }
}

/// A float as a `FloatFormat` stores it.
public protocol StoredFloat: Sendable {
  /// The nearest one, that with an even last bit of two; infinities stay, and a NaN stays one.
  init(rounding value: Float)
}

extension Float: StoredFloat {
  @inlinable
  public init(rounding value: Float) { self = value }
}

/// The bits of an IEEE 754 binary16. (Swift's `Float16` is not there on every x86 system.)
public struct Binary16: StoredFloat, Equatable {
  public var bits: UInt16

  /// Creates one from its bits.
  @inlinable
  public init(bits: UInt16) { self.bits = bits }

  @inlinable
  public init(rounding value: Float) {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.magnitude
    if magnitude.isNaN {
      // Quiet, with what its upper bits say.
      bits = sign | 0x7e00 | UInt16(truncatingIfNeeded: value.bitPattern >> 13) & 0x01ff
    } else if magnitude >= 65520 {
      bits = sign | 0x7c00
    } else if magnitude < 0x1p-14 {
      // The last bit of 0.5 + magnitude is that of a subnormal binary16, so the addition rounds.
      let sum = Float(0.5) + magnitude
      bits = sign | UInt16(truncatingIfNeeded: sum.bitPattern &- Float(0.5).bitPattern)
    } else {
      let pattern = magnitude.bitPattern
      let rounded = pattern &+ 0x0fff &+ (pattern >> 13 & 1)
      bits = sign | UInt16(truncatingIfNeeded: (rounded &- 112 << 23) >> 13)
    }
  }

  /// The float of the same value: shifting the bits into place leaves the exponent 112 too low, which
  /// one exact multiplication mends for normal and subnormal numbers alike.
  @inlinable
  public var float: Float {
    let magnitude = UInt32(bits & 0x7fff) << 13
    let sign = UInt32(bits & 0x8000) << 16
    let value =
      bits & 0x7c00 == 0x7c00
      ? magnitude | 0x7f80_0000 : (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    return Float(bitPattern: value | sign)
  }
}

/// The bits of a bfloat16.
public struct BFloat16: StoredFloat, Equatable {
  public var bits: UInt16

  /// Creates one from its bits.
  @inlinable
  public init(bits: UInt16) { self.bits = bits }

  @inlinable
  public init(rounding value: Float) {
    let pattern = value.bitPattern
    bits =
      value.isNaN
      // Quiet: the bits that are left might be those of an infinity.
      ? UInt16(truncatingIfNeeded: pattern >> 16) | 0x0040
      : UInt16(truncatingIfNeeded: (pattern &+ 0x7fff &+ (pattern >> 16 & 1)) >> 16)
  }

  /// The float of the same value.
  @inlinable
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}
