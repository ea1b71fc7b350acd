import Diagnostics
import GraphIR

/// Reads `NAME,WORD,KEY=VALUE,…`: parts between commas, the name of a recipe first, of which the
/// others change something. Lists are `A/B/C`.
extension PictureRecipe {
  /// Reads the words.
  ///
  /// - Throws: `DiagnosticError` that names the part that cannot be read.
  public init(_ text: String) throws {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.filter { $0 != " " } }
    var recipe = Self.all.first { $0.name == parts[0] }?.recipe ?? PictureRecipe()
    let isNamed = Self.names.contains(parts[0])
    recipe.text = text
    var reader = RecipeReader(recipe: recipe)
    for part in parts.dropFirst(isNamed ? 1 : 0) { try reader.read(part) }
    self = reader.recipe
  }
}

/// What may stand before a `=`.
private enum Key: String, CaseIterable {
  case resize, interpolation, crop
  case cropPart = "crop_pct"
  case scale, mean
  case deviation = "std"

  /// The keys, and the model language's name for the last.
  init?(_ name: String) {
    guard let key = name == "deviation" ? .deviation : Key(rawValue: name) else { return nil }
    self = key
  }

  static let names = allCases.map(\.rawValue) + ["deviation"]

  /// What to write, for hints.
  var example: String {
    switch self {
    case .resize: "write the shorter side, resize=256, or height and width, resize=256/320"
    case .interpolation:
      "write one of \(ImagePreprocessing.Interpolation.allCases.map(\.rawValue).joined(separator: ", "))"
    case .crop: "write crop=224, or height and width, crop=224/288"
    case .cropPart: "write a part of the shorter side, as in crop_pct=0.875"
    case .scale: "write a number or a quotient, as in scale=1/255"
    case .mean: "write mean=0.485/0.456/0.406, or one number for all channels"
    case .deviation: "write std=0.229/0.224/0.225, or one number for all channels"
    }
  }
}

/// Reads parts one after the other.
private struct RecipeReader {
  var recipe: PictureRecipe
  /// What was given, so that nothing is given twice: keys, and `channels`.
  private var given: Set<String> = []

  init(recipe: PictureRecipe) { self.recipe = recipe }

  mutating func read(_ part: String) throws {
    guard let sign = part.firstIndex(of: "=") else { return try readWord(part) }
    let name = String(part[..<sign])
    guard let key = Key(name) else {
      throw recipe.mistake(
        "preprocessing has no '\(name)'",
        hint: nearestNamesHint(for: name, in: Key.names)
          ?? "choose one of \(Key.names.joined(separator: ", "))")
    }
    let value = String(part[part.index(after: sign)...])
    guard !value.isEmpty else {
      throw recipe.mistake("'\(part)' has no value", hint: key.example)
    }
    try note(key)
    try read(value, of: key, part)
  }

  private mutating func readWord(_ word: String) throws {
    if let channels = ImagePreprocessing.Channels(rawValue: word) {
      try note("channels")
      return change(to: channels)
    }
    if let interpolation = ImagePreprocessing.Interpolation(rawValue: word) {
      try note(.interpolation)
      recipe.interpolation = interpolation
      return
    }
    if let key = Key(word) { throw recipe.mistake("'\(word)' has no value", hint: key.example) }
    if PictureRecipe.names.contains(word) {
      throw recipe.mistake(
        "'\(word)' is a whole recipe, of which other parts change something",
        hint: "write it first, and no other")
    }
    let words =
      ImagePreprocessing.Channels.allCases.map(\.rawValue)
      + ImagePreprocessing.Interpolation.allCases.map(\.rawValue)
    throw recipe.mistake(
      "there is no preprocessing called '\(word)'",
      hint: nearestNamesHint(for: word, in: PictureRecipe.names + words + Key.names)
        ?? "choose one of \(PictureRecipe.names.joined(separator: ", ")), or write KEY=VALUE, as in "
        + "resize=256,crop=224")
  }

  /// Changes the order of the channels, and that of the recipe's numbers with it.
  private mutating func change(to channels: ImagePreprocessing.Channels) {
    if let own = recipe.channels, own != channels, own != .gray, channels != .gray {
      if !given.contains(Key.mean.rawValue) { recipe.mean?.reverse() }
      if !given.contains(Key.deviation.rawValue) { recipe.deviation?.reverse() }
    }
    recipe.channels = channels
  }

  private mutating func read(_ value: String, of key: Key, _ part: String) throws {
    switch key {
    case .resize:
      let sides = try integers(value, key, part)
      recipe.sizing = .resize(
        sides.count == 1 ? .shorterSide(sides[0]) : .size(Pair(sides[0], sides[1])))
    case .interpolation:
      guard let interpolation = ImagePreprocessing.Interpolation(rawValue: value) else {
        let names = ImagePreprocessing.Interpolation.allCases.map(\.rawValue)
        throw recipe.mistake(
          "there is no interpolation '\(value)'",
          hint: nearestNamesHint(for: value, in: names) ?? key.example)
      }
      recipe.interpolation = interpolation
    case .crop:
      let sides = try integers(value, key, part)
      recipe.crop = .size(Pair(sides[0], sides[sides.count - 1]))
    case .cropPart:
      guard let number = Double(value), number > 0, number <= 1 else {
        throw recipe.mistake(
          "crop_pct is above 0 and not above 1, not '\(value)'", hint: key.example)
      }
      recipe.sizing = .part(number)
      if !given.contains(Key.crop.rawValue) { recipe.crop = .input }
    case .scale:
      let numbers = try numbers(value, key, part)
      guard numbers.count <= 2 else { throw unreadable(value, key, part) }
      recipe.scale = numbers.count == 1 ? numbers[0] : numbers[0] / numbers[1]
    case .mean: recipe.mean = try numbers(value, key, part)
    case .deviation: recipe.deviation = try numbers(value, key, part)
    }
  }

  private mutating func note(_ key: Key) throws {
    try note(key.rawValue)
    let others: [Key: Key] = [.resize: .cropPart, .cropPart: .resize]
    if let other = others[key], given.contains(other.rawValue) {
      throw recipe.mistake("resize and crop_pct exclude each other", hint: "leave one of them out")
    }
  }

  private mutating func note(_ name: String) throws {
    guard given.insert(name).inserted else { throw recipe.mistake("'\(name)' is given twice") }
  }

  // MARK: Values

  /// One or two.
  private func integers(_ value: String, _ key: Key, _ part: String) throws -> [Int] {
    let values = try elements(value, key, part) { Int($0) }
    guard values.count <= 2 else { throw unreadable(value, key, part) }
    return values
  }

  private func numbers(_ value: String, _ key: Key, _ part: String) throws -> [Float] {
    try elements(value, key, part) { Float($0) }
  }

  private func elements<Element>(
    _ value: String, _ key: Key, _ part: String, _ read: (Substring) -> Element?
  ) throws -> [Element] {
    try value.split(separator: "/", omittingEmptySubsequences: false).map { text in
      guard let element = read(text) else { throw unreadable(String(text), key, part) }
      return element
    }
  }

  private func unreadable(_ text: String, _ key: Key, _ part: String) -> DiagnosticError {
    recipe.mistake("cannot read '\(text)' in '\(part)'", hint: key.example)
  }
}
