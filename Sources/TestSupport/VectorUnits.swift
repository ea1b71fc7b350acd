import Planning

extension InstructionSet {
  /// A level for each vector unit that kernels are generic in.
  public static let vectorUnits: [InstructionSet] = [.baseline, .avx2, .avx512]
}
