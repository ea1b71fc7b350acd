/// Where an input or an output has the rows, columns and channels of a picture.
public struct PictureLayout: Sendable, Equatable {
  /// Height and width.
  public let size: Pair
  /// Whether the channels of a pixel lie side by side, `[N, H, W, C]`, and not apart, `[N, C, H, W]`.
  public let hasChannelsLast: Bool

  /// The layout of a tensor of f32 or u8, or nil where it is no image of so many channels. Where both
  /// axes have the extent of the channels, the first is theirs.
  public init?(of type: TensorType, channels: Int) {
    guard type.element == .float32 || type.element == .uint8, type.rank == 4 else { return nil }
    if type.shape[1] == channels {
      (size, hasChannelsLast) = (Pair(type.shape[2], type.shape[3]), false)
    } else if type.shape[3] == channels {
      (size, hasChannelsLast) = (Pair(type.shape[1], type.shape[2]), true)
    } else {
      return nil
    }
  }
}
