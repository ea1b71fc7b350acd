import Diagnostics

// MARK: Images

extension PoolKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .pool(self) }
  package var operands: [OperandRole] {
    scaled == nil ? .reading(1) : [.read] + ConvolutionKernel.ScaledResult.operands + [.written]
  }
  package var printedName: String {
    "\(printedWindow) \(output.channels) @\(output.height)×\(output.width)"
      + printedEpilogue(nil, nil, scaled)
  }
  package var printedLayout: String { blockedLayout(lanes) + "→" + blockedLayout(lanes) }

  /// `max-pool 3×3/2`.
  var printedWindow: String {
    "\(function == .maximum ? "max" : "average")-pool "
      + "\(pooling.kernel.height)×\(pooling.kernel.width)/\(pooling.stride.height)"
  }
}

extension GlobalAverageKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .globalAverage(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String {
    "global-average \(input.channels) @\(input.height)×\(input.width)"
  }
  package var printedLayout: String { blockedLayout(lanes) + "→rows" }
}

extension ResizeKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .resize(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String {
    "resize \(output.channels) @\(input.height)×\(input.width)"
      + "→\(output.height)×\(output.width)"
  }
  package var printedLayout: String { blockedLayout(lanes) + "→" + blockedLayout(lanes) }
}

extension ShortcutKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .shortcut(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String { "shortcut \(input.channels)→\(output.channels)" }
  package var printedLayout: String { blockedLayout(lanes) + "→" + blockedLayout(lanes) }
}

extension ReorderKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .reorder(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String {
    "\(output.padsChannels ? "to-blocked" : "to-plain") \(input.channels) "
      + "@\(input.height)×\(input.width)"
  }
  package var printedLayout: String {
    input.printedLayout(lanes) + "→" + output.printedLayout(lanes)
  }
}

extension AlignRegionsKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .alignRegions(self) }
  /// Images, regions, the image of each.
  package var operands: [OperandRole] { .reading(3) }
  package var printedName: String {
    "align \(regions) regions of \(input.channels) @\(input.height)×\(input.width)"
      + "→\(output.height)×\(output.width)"
  }
  package var printedLayout: String { blockedLayout(lanes) + "→" + blockedLayout(lanes) }
}

// MARK: Elements by strides

extension ElementwiseKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .elementwise(self) }
  package var operands: [OperandRole] {
    strides.indices.map {
      $0 >= inputCount ? .written : strides[$0] == strides.last ? .readInPlace : .read
    }
  }
  package var printedName: String {
    "\(function.printed) " + extents.map(String.init).joined(separator: "×")
      + (second.map { " and +\($0.printed)" } ?? "")
  }
  package var printedLayout: String { "strided" }
}

extension ReduceKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .reduce(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String {
    "\(function == .softmax ? "softmax" : "reduce") \(outer)×\(axis)×\(inner)"
  }
  package var printedLayout: String { "strided" }
}

extension MatrixMultiplyKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .matrixMultiply(self) }
  package var operands: [OperandRole] { .reading(2) }
  package var printedName: String { "matmul \(offsets.count)×\(rows)×\(inner)×\(columns)" }
  package var printedLayout: String { "strided" }
}

extension AttentionKernel: KernelWithoutWeights {
  package var anyKernel: Kernel { .attention(self) }
  /// Queries, keys, values, the mask.
  package var operands: [OperandRole] { .reading(mask == nil ? 3 : 4, scratch: scratch) }
  /// `attention 12×197×197×64 +mask`.
  package var printedName: String {
    "attention \(offsets.count)×\(queries)×\(keys)×\(features)"
      + (mask == nil ? "" : " +mask") + (isCausal ? " +causal" : "")
  }
  package var printedLayout: String { "strided" }
}

extension TopIndicesKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .topIndices(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String { "top \(count) \(outer)×\(axis)×\(inner)" }
  package var printedLayout: String { "strided" }
}

extension GatherKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .gather(self) }
  package var operands: [OperandRole] { .reading(2) }
  package var printedName: String { "gather \(count) of \(outer)×\(axis)×\(inner)" }
  package var printedLayout: String { "strided" }
}

extension ScatterKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .scatter(self) }
  package var operands: [OperandRole] { .reading(2) }
  package var printedName: String { "scatter \(count) into \(outer)×\(axis)×\(inner)" }
  package var printedLayout: String { "strided" }
}

extension SuppressBoxesKernel: KernelWithoutWeights {
  package var anyKernel: Kernel { .suppressBoxes(self) }
  package var operands: [OperandRole] { .reading(2, scratch: scratch) }
  package var printedName: String { "suppress \(lines)×\(boxes) boxes, keep \(attributes.count)" }
  package var printedLayout: String { "strided" }
}

extension TruePlacesKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .truePlaces(self) }
  package var tasks: Int { 1 }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String { "true places of \(count)" }
  package var printedLayout: String { "strided" }
}

extension ConvertKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .convert(self) }
  package var operands: [OperandRole] { .reading(1) }
  package var printedName: String { "convert \(from.rawValue)→\(to.rawValue) \(count)" }
  package var printedLayout: String { "strided" }
}

// MARK: Steps of images

extension ImageStepsKernel: KernelWithoutScratch, KernelWithoutWeights {
  package var anyKernel: Kernel { .imageSteps(self) }
  package var tasks: Int { images }

  /// What any part writes is written, the results, and the arenas, which come second and which no part may need.
  package var operands: [OperandRole] {
    var roles: [OperandRole] = [.read, .written]
    for part in parts {
      for (operand, role) in zip(part.operands, part.kernel.operands) {
        roles += [OperandRole](repeating: .read, count: max(0, operand.index + 1 - roles.count))
        if role.isWritten { roles[operand.index] = .written }
      }
    }
    return roles
  }

  package var printedName: String {
    "\(quantity(parts.count, "step")) for each of \(quantity(images, "image"))"
  }
  package var printedLayout: String { "" }
}
