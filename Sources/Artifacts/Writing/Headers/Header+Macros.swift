import Planning

/// The macros of a header: what a caller needs before anything is run.
extension Header {
  /// Sizes and shapes.
  var macros: String {
    let workspace = contents.variants.map(\.interface.workspaceBytes).max() ?? 0
    var lines = [
      "// Bytes of workspace that \(severalBatches || severalSizes ? "every" : "a") run needs, and the alignment of the workspace\(separate ? " and of the weights" : "").",
      "#define \(prefix)_WORKSPACE_BYTES ((size_t)\(workspace)u)",
      "#define \(prefix)_ALIGNMENT ((size_t)\(ModelInterface.alignment)u)",
      "// The CPU that the code needs, by level and features\(severalLevels ? ", and all that it has code for" : "").",
      "#define \(prefix)_INSTRUCTION_SET \(cString(contents.levels.last?.rawValue ?? ""))",
    ]
    if severalLevels {
      let all = contents.levels.map(\.rawValue).joined(separator: ",")
      lines.append("#define \(prefix)_INSTRUCTION_SETS \(cString(all))")
    }
    if separate {
      lines += [
        "// The file of weights, to be kept beside the library.",
        "#define \(prefix)_WEIGHTS_FILE \(cString(contents.weightsFileName))",
        "#define \(prefix)_WEIGHTS_BYTES ((size_t)\(interface.weightsBytes)u)",
      ]
    }
    for variants in contents.choices {
      guard let first = variants.first else { continue }
      if severalBatches || severalSizes {
        let workspace = variants.map(\.interface.workspaceBytes).max() ?? 0
        lines += [
          "// Runs of \(choice(first)).",
          "#define \(stem(first))_WORKSPACE_BYTES ((size_t)\(workspace)u)",
        ]
      }
      lines += portMacros(first)
    }
    lines += classify?.macros ?? []
    return lines.joined(separator: "\n")
  }

  /// What the names of a variant's macros begin with.
  private func stem(_ variant: LibraryVariant) -> String {
    (severalBatches ? "\(prefix)_B\(variant.batch)" : prefix)
      + zip(extents, variant.extents).map { "_\($0.uppercased())\($1)" }.joined()
  }

  /// A variant in words: `4, height 256, width 512`.
  private func choice(_ variant: LibraryVariant) -> String {
    let sizes = zip(contents.dimensions, variant.extents).map { "\(cComment($0.name)) \($1)" }
    return ((severalBatches ? ["\(variant.batch)"] : []) + sizes).joined(separator: ", ")
  }

  private func portMacros(_ variant: LibraryVariant) -> [String] {
    var lines: [String] = []
    let ports = variant.interface.inputs + variant.interface.outputs
    for (port, parameter) in zip(ports, inputs + outputs) {
      let stem = "\(stem(variant))_\(parameter.uppercased())"
      lines.append("// \(cComment(port.name)): \(port.type)")
      lines.append("#define \(stem)_RANK \(port.type.rank)")
      if port.type.rank > 0 {
        let extents = port.type.shape.map(String.init).joined(separator: ", ")
        lines.append("#define \(stem)_DIMS {\(extents)}")
      }
      lines.append("#define \(stem)_ELEMENTS ((size_t)\(port.type.elementCount)u)")
    }
    return lines
  }

  private var severalLevels: Bool { contents.levels.count > 1 }
}
