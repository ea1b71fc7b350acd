import Diagnostics

extension Pass {
  /// Every pass, in the order in which the documentation lists them.
  public static let all: [Pass] = [
    recogniseIntegers, lowerQuantised, foldShapes, foldConstants, removeDeadNodes,
    removeIdentities, mergeReshapes, mergeSlices,
    sinkTransposes,
    mergeTransposes, recogniseDynamicConvolution, recogniseAttention, mergeCommonSubexpressions,
    recogniseClamps,
    recogniseSwishes, recogniseActivations,
    recogniseLinear, recogniseGlobalPool, recogniseStridedShortcut, fusePadding, foldBatchNorm,
    foldScaleAndShift, fuseResidual, fuseActivation,
  ]

  /// The pass with a name.
  ///
  /// - Throws: `DiagnosticError` that shows the nearest names where there is none.
  public static func named(_ name: String) throws(DiagnosticError) -> Pass {
    guard let pass = all.first(where: { $0.name == name }) else {
      let names = all.map(\.name)
      throw DiagnosticError(
        "there is no pass '\(name)'",
        hint: nearestNamesHint(for: name, in: names)
          ?? "the passes are \(names.joined(separator: ", "))")
    }
    return pass
  }
}
