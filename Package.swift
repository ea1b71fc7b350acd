// swift-tools-version: 6.1
import PackageDescription

/// The rooms and the arrows between them are described in docs/architecture.md.
let package = Package(
  name: "Resin",
  products: [
    .executable(name: "resin", targets: ["ResinCommand"]),
    .library(name: "Resin", targets: ["Resin"]),
    .plugin(name: "ResinPlugin", targets: ["ResinPlugin"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // C interfaces.
    .target(name: "CLLVM"),
    .target(name: "CResinRuntime"),
    .target(
      name: "CImageCodecs", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("turbojpeg")]),

    .target(name: "CEarlyLimits", dependencies: ["CResinRuntime"]),

    // Reading: files become a graph, or a diagnostic with a place.
    .target(name: "Diagnostics"),
    .target(name: "GraphIR", dependencies: ["Diagnostics"]),
    .target(name: "ModelLanguage", dependencies: ["Diagnostics", "GraphIR"]),
    .target(
      name: "TensorFiles",
      dependencies: ["Diagnostics", "GraphIR", "CImageCodecs", "CResinRuntime"]),
    .target(
      name: "ONNXImport",
      dependencies: [
        "Diagnostics", "GraphIR", "TensorFiles", "Interpreter",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], exclude: ["Generated/onnx.proto", "Generated/generate.sh"]),

    .target(name: "ONNXExport", dependencies: ["Diagnostics", "GraphIR", "TensorFiles"]),

    // Meaning: the strict interpreter and the rewrites tested against it.
    .target(name: "Interpreter", dependencies: ["Diagnostics", "GraphIR"]),
    .target(name: "Passes", dependencies: ["Diagnostics", "GraphIR", "Interpreter"]),

    // Machine: the plan as data, the code as LLVM, the files that ship.
    .target(name: "Planning", dependencies: ["Diagnostics", "GraphIR"]),
    .target(name: "LLVMKit", dependencies: ["CLLVM"]),
    .target(name: "KernelGen", dependencies: ["GraphIR", "Planning", "LLVMKit"]),
    .target(
      name: "Artifacts",
      dependencies: [
        "Diagnostics", "GraphIR", "KernelGen", "LLVMKit", "Planning", "TensorFiles",
        "CResinRuntime",
      ],
      resources: [.embedInCode("Embedded")]),

    // Pictures of graphs.
    .target(name: "Drawing", dependencies: ["GraphIR"]),

    // What people use.
    .target(
      name: "Resin",
      dependencies: [
        "Diagnostics", "Drawing", "GraphIR", "ModelLanguage", "TensorFiles", "ONNXImport",
        "ONNXExport", "Interpreter", "Passes", "Planning", "LLVMKit", "KernelGen",
        "Artifacts", "CResinRuntime",
      ]),
    .executableTarget(
      name: "ResinCommand",
      dependencies: [
        "Resin", "Artifacts", "CEarlyLimits", "Diagnostics", "GraphIR", "Planning", "TensorFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What compiles the models of other packages where they are built. It takes an installed program: as its
    // dependency this package's would be built again, for minutes and unoptimised, in each of them.
    .plugin(name: "ResinPlugin", capability: .buildTool()),

    // Tests mirror the sources.
    .target(
      name: "TestSupport", dependencies: ["GraphIR", "Interpreter", "ModelLanguage", "Planning"]),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics", "TestSupport"]),
    .testTarget(name: "GraphIRTests", dependencies: ["GraphIR", "TestSupport"]),
    .testTarget(
      name: "ModelLanguageTests", dependencies: ["ModelLanguage", "Interpreter", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "TensorFilesTests",
      dependencies: [
        "CResinRuntime", "TensorFiles", "Interpreter", "ModelLanguage", "TestSupport",
      ], exclude: ["Goldens"]),
    .testTarget(
      name: "ONNXImportTests",
      dependencies: ["ONNXImport", "Interpreter", "ModelLanguage", "Passes", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ONNXExportTests",
      dependencies: ["ONNXExport", "ONNXImport", "Interpreter", "ModelLanguage", "TestSupport"]),
    .testTarget(
      name: "InterpreterTests", dependencies: ["Interpreter", "TestSupport"], exclude: ["Goldens"]),
    .testTarget(
      name: "PassesTests",
      dependencies: ["Passes", "Interpreter", "ModelLanguage", "TestSupport"], exclude: ["Cases"]),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["Diagnostics", "ModelLanguage", "Planning", "Passes", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "DrawingTests", dependencies: ["Drawing", "ModelLanguage", "Passes", "TestSupport"]),
    .testTarget(name: "LLVMKitTests", dependencies: ["LLVMKit", "TestSupport"]),
    .testTarget(
      name: "KernelGenTests",
      dependencies: [
        "KernelGen", "Artifacts", "CResinRuntime", "ModelLanguage", "Passes", "TestSupport",
      ]),
    .testTarget(
      name: "ArtifactsTests",
      dependencies: ["Artifacts", "CResinRuntime", "Passes", "TensorFiles", "TestSupport"]),
    .testTarget(
      name: "ResinTests",
      dependencies: [
        "Artifacts", "Diagnostics", "GraphIR", "Planning", "Resin", "TensorFiles", "TestSupport",
      ], exclude: ["Fixtures"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Resin", "ResinCommand", "Artifacts", "Interpreter", "KernelGen", "Planning",
        "TensorFiles", "TestSupport",
      ], exclude: ["Programs"]),

    // Readers as fuzzers call them: docs/testing.md.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Artifacts", "ModelLanguage", "ONNXImport", "Passes", "Planning", "Resin", "TensorFiles",
      ], path: "Tests/Fuzzing/Targets"),
    .testTarget(
      name: "FuzzingTests", dependencies: ["FuzzTargets", "TestSupport"],
      path: "Tests/Fuzzing/Replay"),
  ]
)

// Tests spend their time in the libraries: to optimise the tests themselves takes longer than it saves.
for target in package.targets where target.type == .test {
  target.swiftSettings = [.unsafeFlags(["-Onone"])]
}

// The fuzzer's program has no `main` but libFuzzer's, so it is only there for `make fuzz`.
if Context.environment["RESIN_FUZZING"] != nil {
  package.products.append(.executable(name: "resin-fuzz", targets: ["FuzzDriver"]))
  package.targets.append(
    .executableTarget(
      name: "FuzzDriver", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Driver"))
}
