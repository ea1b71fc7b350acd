extension ImagePreprocessing {
  /// What of a clause no picture can follow.
  public struct Mistake: Sendable, Equatable {
    /// The entry's name in the model language.
    public let entry: String
    /// What is wrong.
    public let message: String
    /// What to write instead, if there is more to say.
    public var hint: String?
  }

  /// The first mistake of a clause for an input or an output of a type, whatever the picture's size;
  /// nil where there is none.
  ///
  /// - Precondition: the type is an image of the clause's channels.
  public func mistake(for type: TensorType) -> Mistake? {
    sizeMistake(for: type) ?? numberMistake
  }

  private var numberMistake: Mistake? {
    let count = channels.count
    for (entry, values) in [("mean", mean), ("deviation", deviation)] where values.count != count {
      return Mistake(
        entry: entry,
        message: "\(entry) holds \(count == 1 ? "1 number" : "\(count) numbers") for "
          + "\(channels.rawValue), not \(values.count)")
    }
    guard scale.isFinite, scale != 0 else {
      return Mistake(entry: "scale", message: "scale is a number other than 0")
    }
    guard mean.allSatisfy(\.isFinite) else {
      return Mistake(entry: "mean", message: "mean holds finite numbers")
    }
    guard deviation.allSatisfy({ $0.isFinite && $0 != 0 }) else {
      return Mistake(entry: "deviation", message: "deviation holds numbers other than 0")
    }
    return nil
  }

  private func sizeMistake(for type: TensorType) -> Mistake? {
    guard let input = PictureLayout(of: type, channels: channels.count)?.size else { return nil }
    if let extent = resize?.extents.first(where: { !(1...Self.maximumSide).contains($0) }) {
      return Mistake(
        entry: "resize", message: "resize is from 1 to \(Self.maximumSide), not \(extent)")
    }
    let hint = "crop to \(input.width)×\(input.height)"
    guard let crop else {
      guard let resize, !resize.mayGive(input) else { return nil }
      return Mistake(
        entry: "resize", message: "resize does not give the input \(type) its height and width",
        hint: hint)
    }
    guard crop == input else {
      return Mistake(
        entry: "crop", message: "the crop must give the input \(type) its height and width",
        hint: hint)
    }
    guard let resize, !resize.mayHold(crop) else { return nil }
    return Mistake(
      entry: "crop",
      message: "a crop of \(crop.width)×\(crop.height) is larger than what resize leaves",
      hint: "resize to \(min(crop.height, crop.width)) or more")
  }
}

extension ImagePreprocessing.Resize {
  fileprivate var extents: [Int] {
    switch self {
    case .shorterSide(let side): [side]
    case .size(let size): [size.height, size.width]
    }
  }

  /// Whether some picture has the size afterwards.
  fileprivate func mayGive(_ size: Pair) -> Bool {
    switch self {
    case .shorterSide(let side): side == min(size.height, size.width)
    case .size(let own): own == size
    }
  }

  /// Whether some picture is as large as a crop afterwards.
  fileprivate func mayHold(_ crop: Pair) -> Bool {
    switch self {
    case .shorterSide(let side): min(crop.height, crop.width) <= side
    case .size(let size): crop.height <= size.height && crop.width <= size.width
    }
  }
}
