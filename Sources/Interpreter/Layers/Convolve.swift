import Dispatch
import GraphIR

/// `then(convolution(x, weight) + bias + residual)`; see `Convolution`.
///
/// Each result is one sum over (channel, kernel row, kernel column) in this order, in Double; bias
/// and residual are added to it before it is rounded. Eight pixels are computed side by side, from
/// a panel that holds, per term of the sum, their eight elements of the image; padding is zeros in
/// the panel.
func convolve(_ attributes: Convolution, _ operands: [Tensor]) -> Tensor {
  let geometry = ConvolutionGeometry(attributes, operands)
  let bias = attributes.hasBias ? operands[2].floats : []
  let residual = attributes.residualIndex.map { operands[$0].floats } ?? []
  guard geometry.resultCount > 0 else { return Tensor(geometry.resultShape, floats: []) }

  let result = [Float](unsafeUninitializedCapacity: geometry.resultCount) { result, filled in
    let target = result.baseAddress!
    operands[0].floats.withUnsafeBufferPointer { x in
      operands[1].floats.withUnsafeBufferPointer { weight in
        bias.withUnsafeBufferPointer { bias in
          residual.withUnsafeBufferPointer { residual in
            let work = ConvolutionWork(
              geometry: geometry, then: attributes.then, x: x.baseAddress,
              weight: weight.baseAddress,
              // An empty array has a base address too.
              bias: attributes.hasBias ? bias.baseAddress : nil,
              residual: attributes.hasResidual ? residual.baseAddress : nil, result: target)
            // Outputs are split, never a sum: the bits do not depend on the number of threads.
            let images = geometry.batch * geometry.groups
            DispatchQueue.concurrentPerform(iterations: images * geometry.blocks) { task in
              work.run(image: task / geometry.blocks, block: task % geometry.blocks)
            }
          }
        }
      }
    }
    filled = geometry.resultCount
  }
  return Tensor(geometry.resultShape, floats: result)
}

/// The extents of one convolution.
private struct ConvolutionGeometry {
  /// Pixels per panel.
  static let lanes = 8
  /// Panels per task.
  static let panelsPerBlock = 16

  let batch, groups, channels, height, width: Int
  let outChannels, outHeight, outWidth: Int
  let kernel, stride, dilation: Pair
  let padding: Padding

  /// `channels` and `outChannels` are those of one group.
  init(_ attributes: Convolution, _ operands: [Tensor]) {
    let (x, weight) = (operands[0].shape, operands[1].shape)
    let (padding, dilation) = (attributes.padding, attributes.dilation)
    batch = x[0]
    groups = attributes.groups
    channels = x[1] / groups
    (height, width) = (x[2], x[3])
    outChannels = weight[0] / groups
    kernel = Pair(weight[2], weight[3])
    stride = attributes.stride
    (self.padding, self.dilation) = (padding, dilation)
    let roomY = height + padding.top + padding.bottom - (kernel.height - 1) * dilation.height - 1
    let roomX = width + padding.left + padding.right - (kernel.width - 1) * dilation.width - 1
    outHeight = roomY / stride.height + 1
    outWidth = roomX / stride.width + 1
  }

  var terms: Int { channels * kernel.height * kernel.width }
  var pixels: Int { outHeight * outWidth }
  var blocks: Int {
    (pixels + Self.lanes * Self.panelsPerBlock - 1) / (Self.lanes * Self.panelsPerBlock)
  }
  var resultShape: [Int] { [batch, groups * outChannels, outHeight, outWidth] }
  var resultCount: Int { resultShape.reduce(1, *) }
}

/// One convolution on raw buffers; `@unchecked Sendable` because its tasks only read the operands
/// and write disjoint parts of the result, all of which outlive them.
private struct ConvolutionWork: @unchecked Sendable {
  let geometry: ConvolutionGeometry
  let then: UnaryFunction?
  let x, weight, bias, residual: UnsafePointer<Float>?
  let result: UnsafeMutablePointer<Float>

  typealias Lanes = SIMD8<Double>

  /// Computes one block of pixels of one image and group.
  func run(image: Int, block: Int) {
    let first = block * ConvolutionGeometry.panelsPerBlock * ConvolutionGeometry.lanes
    let end = min(
      geometry.pixels, first + ConvolutionGeometry.panelsPerBlock * ConvolutionGeometry.lanes)
    let byteCount = max(1, geometry.terms) * MemoryLayout<Lanes>.stride
    let alignment = MemoryLayout<Lanes>.alignment
    withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: alignment) { panel in
      for pixel in stride(from: first, to: end, by: ConvolutionGeometry.lanes) {
        let count = min(ConvolutionGeometry.lanes, end - pixel)
        fill(panel.baseAddress!, image: image, pixel: pixel, count: count)
        multiply(panel.baseAddress!, image: image, pixel: pixel, count: count)
      }
    }
  }

  /// The panel is raw memory because it is written as Doubles and read as vectors.
  private func fill(
    _ panel: UnsafeMutableRawPointer, image: Int, pixel: Int, count: Int
  ) {
    let g = geometry
    let entry = MemoryLayout<Lanes>.stride
    for term in 0..<g.terms {
      panel.storeBytes(of: .zero, toByteOffset: term * entry, as: Lanes.self)
    }
    guard g.terms > 0, let x else { return }
    let plane = g.height * g.width
    let source = x + image * g.channels * plane
    for lane in 0..<count {
      let column = panel + lane * MemoryLayout<Double>.stride
      let top = (pixel + lane) / g.outWidth * g.stride.height - g.padding.top
      let left = (pixel + lane) % g.outWidth * g.stride.width - g.padding.left
      var term = 0
      for channel in 0..<g.channels {
        for r in 0..<g.kernel.height {
          let row = top + r * g.dilation.height
          guard row >= 0, row < g.height else {
            term += g.kernel.width
            continue
          }
          let line = source + channel * plane + row * g.width
          for s in 0..<g.kernel.width {
            let x = left + s * g.dilation.width
            if x >= 0, x < g.width {
              column.storeBytes(of: Double(line[x]), toByteOffset: term * entry, as: Double.self)
            }
            term += 1
          }
        }
      }
    }
  }

  /// Two output channels at a time, so that each panel entry is loaded once for two sums.
  private func multiply(
    _ panel: UnsafeMutableRawPointer, image: Int, pixel: Int, count: Int
  ) {
    let entry = MemoryLayout<Lanes>.stride
    let (terms, channels) = (geometry.terms, geometry.outChannels)
    let group = image % geometry.groups
    for channel in stride(from: 0, to: channels, by: 2) {
      let second = min(channel + 1, channels - 1)
      var (a, b) = (Lanes.zero, Lanes.zero)
      if let weight {
        let u = weight + (group * channels + channel) * terms
        let v = weight + (group * channels + second) * terms
        for term in 0..<terms {
          let elements = panel.load(fromByteOffset: term * entry, as: Lanes.self)
          a += Double(u[term]) * elements
          b += Double(v[term]) * elements
        }
      }
      store(a, channel: channel, image: image, pixel: pixel, count: count)
      if second > channel { store(b, channel: second, image: image, pixel: pixel, count: count) }
    }
  }

  private func store(_ sums: Lanes, channel: Int, image: Int, pixel: Int, count: Int) {
    let offset = (image * geometry.outChannels + channel) * geometry.pixels + pixel
    let group = image % geometry.groups
    let shift = bias.map { Double($0[group * geometry.outChannels + channel]) } ?? 0
    for lane in 0..<count {
      var sum = sums[lane] + shift
      if let residual { sum += Double(residual[offset + lane]) }
      let value = Float(sum)
      (result + offset + lane).initialize(to: then?(value) ?? value)
    }
  }
}
