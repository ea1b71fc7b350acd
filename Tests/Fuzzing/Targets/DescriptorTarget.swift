import Artifacts
import CResinRuntime
import Diagnostics

/// The descriptor of a loaded library. Numbers and texts are the input's; where pointers point is a
/// library's own business, so lists are as long as they say.
let descriptorTarget = FuzzTarget("descriptor") { bytes in
  var source = Source(bytes)
  let arena = Arena()
  var model = arena.model(&source)
  let reader = DescriptorReader(place: .subject("library"))
  reading { _ = try reader.read(try reader.model(&model)) }
}

/// Takes numbers and texts from the input; zeros behind its end.
private struct Source {
  private var rest: UnsafeRawBufferPointer.SubSequence

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// One byte for what a descriptor should have, `expected`, or eight bytes of something else.
  mutating func number<Number: FixedWidthInteger>(_ expected: Number) -> Number {
    guard byte() & 1 == 1 else { return expected }
    return (0..<8).reduce(0) { value, _ in
      value << 8 | Number(truncatingIfNeeded: byte())
    }
  }

  mutating func text() -> [CChar] {
    let count = Int(byte() & 15)
    return (0..<count).map { _ in CChar(bitPattern: byte()) }
  }
}

/// Memory of one descriptor.
private final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  private func list<Element>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let block = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    block.initialize(from: elements, count: elements.count)
    blocks.append(UnsafeMutableRawPointer(block))
    return UnsafePointer(block)
  }

  /// A text of the input, or what a descriptor should have.
  private func text(_ source: inout Source, _ expected: String) -> UnsafePointer<CChar>? {
    switch source.byte() & 7 {
    case 0: nil
    case 1: list(source.text() + [0])
    default: list(expected.utf8CString.map { $0 })
    }
  }

  /// A list and its length; now and then the length of none, or a length that no list has.
  private func list<Element>(
    _ source: inout Source, _ element: (inout Source) -> Element
  ) -> (UnsafePointer<Element>?, Int32) {
    let count = source.byte()
    if count == 255 { return (nil, source.number(0)) }
    let elements = (0..<Int(count & 3)).map { _ in element(&source) }
    return (list(elements), count == 254 ? -1 : Int32(elements.count))
  }

  func model(_ source: inout Source) -> resin_model {
    var model = resin_model()
    model.abi_version = source.number(UInt32(RESIN_ABI_VERSION))
    model.struct_bytes = source.number(UInt32(MemoryLayout<resin_model>.size))
    model.name = text(&source, "model")
    model.resin_version = text(&source, "1.0")
    model.instruction_set = text(&source, "x86-64-v3")
    (model.inputs, model.input_count) = list(&source, port)
    (model.outputs, model.output_count) = list(&source, port)
    (model.steps, model.step_count) = list(&source, step)
    model.workspace_bytes = source.number(4096)
    model.alignment = source.number(64)
    model.weights_mode = source.number(Int32(RESIN_WEIGHTS_EMBEDDED.rawValue))
    model.weights_bytes = source.number(4096)
    model.weights_file = text(&source, "model.weights")
    model.llvm_version = text(&source, "19.1.7")
    model.options = text(&source, "--plan-threads 2")
    let sum = String(repeating: "0", count: 64)
    (model.model_sha256, model.weights_sha256) = (text(&source, sum), text(&source, sum))
    model.check_cpu = { 0 }
    model.run = { _, _, _, _, _, _ in 0 }
    model.run_steps = { _, _, _, _, _, _, _, _ in 0 }
    model.create_pool = { _ in nil }
    model.destroy_pool = { _ in }
    model.pool_parallel = { _ in nil }
    model.error = { _ in nil }
    if source.byte() & 1 == 1 {
      model.map_weights = { _, _ in 0 }
      model.unmap_weights = { _ in }
    }
    return model
  }

  private func port(_ source: inout Source) -> resin_port {
    var port = resin_port()
    port.name = text(&source, "x")
    port.element = source.number(0)
    (port.dims, port.rank) = list(&source) { $0.number(3) }
    (port.labels, port.label_count) = list(&source) { [self] in text(&$0, "cat") }
    if source.byte() & 1 == 1 { port.preprocessing = list([preprocessing(&source)]) }
    port.images = source.number(0)
    return port
  }

  private func preprocessing(_ source: inout Source) -> resin_preprocessing {
    var clause = resin_preprocessing()
    clause.channels = text(&source, "rgb8")
    clause.resize = source.number(256)
    clause.resize_height = source.number(0)
    clause.resize_width = source.number(0)
    clause.interpolation = source.number(1) & 3
    clause.crop_height = source.number(224)
    clause.crop_width = source.number(224)
    clause.scale = Float(bitPattern: source.number(0x3b80_8081))
    clause.channel_count = source.number(3) & 3
    let values = (0..<3).map { _ in Float(bitPattern: source.number(0x3f00_0000)) }
    clause.mean = list(values)
    clause.deviation = source.byte() == 255 ? nil : list(values)
    return clause
  }

  private func step(_ source: inout Source) -> resin_step {
    var step = resin_step()
    step.name = text(&source, "conv1")
    step.kernel = text(&source, "convolution")
    step.flops = Double(bitPattern: source.number(0x4059_0000_0000_0000))
    step.operations = Double(bitPattern: source.number(0x4059_0000_0000_0000))
    step.weight_bytes = Double(bitPattern: source.number(0))
    step.read_bytes = Double(bitPattern: source.number(0))
    step.written_bytes = Double(bitPattern: source.number(0))
    return step
  }
}
