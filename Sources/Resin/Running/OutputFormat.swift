import Diagnostics
import Foundation
import Planning

/// What a command writes to a path that a user gives.
public enum OutputFormat: String, Sendable, CaseIterable {
  /// ELF, for `dlopen` and the linker.
  case sharedLibrary = "a shared library"
  /// ELF, relocatable.
  case object = "an object file"
  /// Of objects, for the linker.
  case archive = "a static library"
  /// Of WebAssembly, for browsers and Node.
  case module = "a module of WebAssembly"
  /// As text.
  case llvmIR = "LLVM IR"
  /// For the GNU assembler.
  case assembly
  /// Each in `.npy`.
  case arrays = "NumPy's arrays"
  /// An output that is an image.
  case png = "a PNG picture"
  /// Of a graph.
  case svg = "a picture"
  /// A report about a model.
  case html = "a page"
  /// With its weights.
  case onnx = "an ONNX model"

  /// The endings of its names, the usual one first.
  private var endings: [String] {
    switch self {
    case .sharedLibrary: ["so"]
    case .object: ["o"]
    case .archive: ["a"]
    case .module: ["wasm"]
    case .llvmIR: ["ll"]
    case .assembly: ["s", "asm"]
    case .arrays: ["npy"]
    case .png: ["png"]
    case .svg: ["svg"]
    case .html: ["html", "htm", "xhtml"]
    case .onnx: ["onnx"]
    }
  }

  /// Throws where a path ends as files of another format do: who finds it would read it as such.
  ///
  /// A path without an ending, with one that stands for nothing (`libnet.so.1`), or of a folder, is
  /// right.
  public func check(_ path: String?) throws {
    guard let path, !path.hasSuffix("/"), !isFolder(path) else { return }
    let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard !endings.contains(ending), Self.known.contains(ending) else { return }
    throw DiagnosticError(
      "\(rawValue) cannot have a name that ends in '.\(ending)'", at: .subject(path),
      hint: "give a name that ends in '.\(endings[0])'"
        + (self == .arrays ? ", or in '.png' for a picture" : "")
        + (self == .sharedLibrary && ending == "wasm" ? ", or --target wasm32" : ""))
  }

  /// Endings that stand for a format.
  private static let known = Set(
    allCases.flatMap(\.endings)
      + """
      bc bin bmp c cc ckpt cpp csv cu dll dylib exe gguf gif go gz h h5 hdf5 hpp jpeg jpg js json jsonl lib mat md \
      mlmodel npz obj onnxweights params pb pdf pickle pkl pt pth ptl py resin rs safetensors sh swift tar tensors \
      tflite tgz tif tiff toml torchscript tsv txt webp weights xml xz yaml yml zip zst
      """.split(separator: " ").map(String.init))
}

extension EmitKind {
  /// The format of what is written for a platform.
  public func format(for platform: Platform) -> OutputFormat {
    switch self {
    case .library: platform == .wasm32 ? .module : .sharedLibrary
    case .object: .object
    case .archive: .archive
    case .llvmIR: .llvmIR
    case .assembly: .assembly
    }
  }
}
