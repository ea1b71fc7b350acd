// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "ReadDigit",
  dependencies: [
    // Of a package of your own: .package(url: "https://…/resin", from: "0.1.0")
    .package(name: "Resin", path: "../../..")
  ],
  targets: [
    // Sources/ReadDigit holds digits.resin and its weights, which the plugin makes the struct `Digits` of.
    .executableTarget(
      name: "ReadDigit", plugins: [.plugin(name: "ResinPlugin", package: "Resin")])
  ]
)
