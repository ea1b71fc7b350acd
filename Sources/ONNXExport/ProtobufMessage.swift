import GraphIR
import TensorFiles

/// A protobuf message in the making (protobuf.dev/programming-guides/encoding): fields in the order
/// in which they are added.
///
/// Tensors stay where they are until the message is written, so that a model's weights are not
/// copied.
struct ProtobufMessage {
  private enum Piece {
    case bytes([UInt8])
    case tensor(Tensor)
  }

  private var pieces: [Piece] = []
  /// The length of the encoded message.
  private(set) var byteCount = 0

  /// Creates a message and adds its fields.
  init(_ fields: (inout ProtobufMessage) -> Void = { _ in }) { fields(&self) }

  mutating func add(_ field: Int, _ value: Int) {
    append(Self.varint(field << 3) + Self.varint(value))
  }

  mutating func add(_ field: Int, _ value: Float) {
    append(
      Self.varint(field << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
  }

  mutating func add(_ field: Int, _ value: String) {
    let text = Array(value.utf8)
    append(Self.varint(field << 3 | 2) + Self.varint(text.count) + text)
  }

  mutating func add(_ field: Int, _ message: ProtobufMessage) {
    append(Self.varint(field << 3 | 2) + Self.varint(message.byteCount))
    for piece in message.pieces {
      switch piece {
      case .bytes(let bytes): append(bytes)
      case .tensor: pieces.append(piece)
      }
    }
    byteCount += message.pieces.reduce(0) {
      if case .tensor(let tensor) = $1 { $0 + tensor.type.byteCount } else { $0 }
    }
  }

  /// Adds a tensor's elements, row-major and little-endian.
  mutating func add(_ field: Int, _ tensor: Tensor) {
    append(Self.varint(field << 3 | 2) + Self.varint(tensor.type.byteCount))
    pieces.append(.tensor(tensor))
    byteCount += tensor.type.byteCount
  }

  /// Writes the message piece by piece.
  func write(to sink: borrowing FileSink) throws {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try sink.write(bytes)
      case .tensor(let tensor): try tensor.withBytes { try sink.write($0) }
      }
    }
  }

  private mutating func append(_ bytes: [UInt8]) {
    byteCount += bytes.count
    // Neighbours are joined, so that a graph of small nodes is written in few calls.
    if case .bytes(var last)? = pieces.last {
      pieces.removeLast()
      last += bytes
      pieces.append(.bytes(last))
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  /// Negative numbers take ten bytes, as those of 64 bits.
  private static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (UInt64(bitPattern: Int64(value)), [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
