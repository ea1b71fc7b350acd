import Diagnostics
import GraphIR

/// A tensor of a checkpoint, checked: every element lies in the file.
struct CheckpointTensor {
  let name: String
  let stored: StoredType
  let shape: [Int]
  /// In elements.
  let strides: [Int]
  /// The byte of the file where element 0 is.
  let start: Int

  /// The number of bytes without gaps.
  var byteCount: Int { TensorType(shape).elementCount * stored.byteCount }

  /// Checks what a pickle says of a tensor.
  init(_ name: String, _ tensor: PickledTensor, _ contents: CheckpointContents, path: String) throws
  {
    let place = Diagnostic.Place.subject("\(path): tensor '\(name)'")
    guard let count = checkedCount(of: tensor.shape), tensor.strides.count == tensor.shape.count,
      tensor.offset >= 0, tensor.strides.allSatisfy({ $0 >= 0 })
    else {
      throw DiagnosticError(
        "has the shape \(tensor.shape) with strides \(tensor.strides) from \(tensor.offset), which is none",
        at: place)
    }
    let storage = contents.heap.storages[tensor.storage]
    let width = storage.type.byteCount ?? 1
    guard let bytes = contents.storages[storage.key],
      case let (size, overflow) = storage.rootCount.multipliedReportingOverflow(by: width),
      !overflow, size == bytes.count,
      storage.type == .bytes || storage.type == .elements(tensor.type)
    else {
      throw DiagnosticError(
        "lies in a storage of \(quantity(storage.rootCount, "element")), but the file has \(quantity(contents.storages[storage.key]?.count ?? 0, "byte")) of it",
        at: place)
    }
    let available = storage.range.count * width / tensor.type.byteCount
    guard let end = Self.end(of: tensor), count == 0 || end <= available else {
      throw DiagnosticError(
        "of shape \(tensor.shape) passes the end of its storage of \(available) elements",
        at: place)
    }
    self.name = name
    stored = tensor.type
    shape = tensor.shape
    strides = tensor.strides
    start =
      count == 0
      ? bytes.lowerBound
      : bytes.lowerBound + storage.range.lowerBound * width + tensor.offset * tensor.type.byteCount
  }

  /// One more than the index of the last element in the storage; nil where it overflows.
  private static func end(of tensor: PickledTensor) -> Int? {
    var last = tensor.offset
    for (extent, stride) in zip(tensor.shape, tensor.strides) {
      let (steps, overflow) = max(0, extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(steps)
      guard !overflow, !carry else { return nil }
      last = sum
    }
    let (end, carry) = last.addingReportingOverflow(1)
    return carry ? nil : end
  }

  /// Calls `body` with the elements in row-major order without gaps: those of the file where they
  /// lie so, a copy otherwise.
  func withBytes<Result>(
    in file: MappedFile, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if isContiguous {
      return try body(UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + byteCount]))
    }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 8)
    defer { copy.deallocate() }
    switch stored.byteCount {
    case 1: gather(file.bytes, into: copy, as: UInt8.self)
    case 2: gather(file.bytes, into: copy, as: UInt16.self)
    case 4: gather(file.bytes, into: copy, as: UInt32.self)
    default: gather(file.bytes, into: copy, as: UInt64.self)
    }
    return try body(UnsafeRawBufferPointer(copy))
  }

  private var isContiguous: Bool {
    byteCount == 0
      || zip(zip(shape, strides), rowMajorStrides(of: shape)).allSatisfy {
        $0.0 == 1 || $0.1 == $1
      }
  }

  private func gather<Word: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, into copy: UnsafeMutableRawBufferPointer, as: Word.Type
  ) {
    let width = MemoryLayout<Word>.size
    let (inner, step) = (shape.last ?? 1, (strides.last ?? 1) * width)
    var index = [Int](repeating: 0, count: max(0, shape.count - 1))
    var source = start
    var target = 0
    while target < copy.count {
      for element in 0..<inner {
        copy.storeBytes(
          of: bytes.loadUnaligned(fromByteOffset: source + element * step, as: Word.self),
          toByteOffset: target + element * width, as: Word.self)
      }
      target += inner * width
      // The next row: count up the outer axes, the last first.
      for axis in index.indices.reversed() {
        index[axis] += 1
        source += strides[axis] * width
        if index[axis] < shape[axis] { break }
        source -= shape[axis] * strides[axis] * width
        index[axis] = 0
      }
    }
  }
}
