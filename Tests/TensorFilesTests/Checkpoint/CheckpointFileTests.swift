import Foundation
import GraphIR
import TensorFiles
import Testing

@Suite struct CheckpointFileTests {
  /// `Goldens/make_checkpoints.py` wrote each of them and the same tensors as safetensors.
  @Test(arguments: [
    "zip", "zip_protocol3", "zip_protocol4", "zip_protocol5", "legacy", "legacy_protocol3",
    "legacy_protocol4", "legacy_protocol5", "big_endian", "training",
  ])
  func everyFormatGivesTheBitsOfItsTwin(_ format: String) throws {
    let file = try CheckpointFile(path: "\(goldens)/checkpoint_\(format).pth")
    let twin = try SafetensorsFile(
      path: "\(goldens)/checkpoint\(format == "training" ? "_training" : "").safetensors")
    let names = format == "big_endian" ? twin.names.filter { $0 != "empty" } : twin.names
    #expect(file.names.sorted() == names.sorted())
    #expect(names.count > 5)
    for name in names {
      let (tensor, expected) = (try file.tensor(name), try twin.tensor(name))
      #expect(file.type(of: name) == expected.type)
      #expect(tensor.shape == expected.shape)
      #expect(tensor.withBytes { Array($0) } == expected.withBytes { Array($0) }, "\(name)")
    }
  }

  /// What `make_training_states.py` has put beside the tensors, and the containers it has put them
  /// in, are passed over.
  @Test(arguments: ["protocol2", "protocol4", "legacy", "containers"])
  func plainDataBesideTheTensorsIsPassedOver(_ state: String) throws {
    let twin = try SafetensorsFile(path: "\(goldens)/checkpoint_training.safetensors")
    let file = try CheckpointFile(path: "\(goldens)/training_state_\(state).pth")
    #expect(file.names.sorted() == twin.names.sorted())
    for name in twin.names { #expect(try file.tensor(name) == twin.tensor(name), "\(name)") }
  }

  @Test func otherTensorsOfATrainingStateAreReadByTheirKeys() throws {
    let path = "\(goldens)/training_state_protocol2.pth"
    #expect(try CheckpointFile(path: path, key: "").tensor("best_acc1").floats == [76.1])
    let state = try CheckpointFile(path: path, key: "rngs")
    #expect(state.type(of: "cpu") == TensorType([5056], element: .uint8))
    expectDiagnostic(["tensors under 'args'", "there is the outermost one, ", "'state_dict'"]) {
      _ = try CheckpointFile(path: path, key: "args")
    }
  }

  @Test func whatIsNoTensorIsNamed() throws {
    let file = try CheckpointFile(path: "\(goldens)/no_tensors.pth")
    #expect(file.names == ["fc.weight"])
    #expect(file.unreadableTensors == ["conv1.bias"])
    for (name, what) in [
      ("conv1.weight", "an object of 'numpy._core.multiarray._reconstruct'"),
      ("conv1.bias", "a tensor of 'torch.ComplexFloatStorage', which is not supported"),
      ("fc.bias", "a number or bytes"), ("fc.scale", "a list"),
    ] {
      #expect(file.nonTensor(name) == what)
      expectDiagnostic(["there is no tensor '\(name)'"]) { _ = try file.tensor(name) }
    }
    #expect(file.nonTensor("fc.weight") == nil)
  }

  /// The model's names decide between dictionaries that all hold matrices.
  @Test func oneOfSeveralDictionariesIsChosenByTheModel() throws {
    let matrix: (Pickle, String) -> Pickle = {
      $0.op("}").text($1).tensor(count: 2, shape: [1, 2]).op("s")
    }
    let pickle = matrix(
      matrix(Pickle().op("}(").text("optimizer"), "exp_avg").text("state_dict"), "net.fc.weight")
    let bytes = checkpoint(pickle.op("u."), zeros: 8)
    try withTemporaryFolder { folder in
      let path = "\(folder)/state.pth"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect(
        try CheckpointFile(path: path, parameters: ["fc.weight"]).names == ["net.fc.weight"])
      expectDiagnostic(["several dictionaries of tensors: 'optimizer', 'state_dict'"]) {
        _ = try CheckpointFile(path: path)
      }
      expectDiagnostic(["several dictionaries of tensors: 'optimizer', 'state_dict'"]) {
        _ = try CheckpointFile(path: path, parameters: ["conv.weight"])
      }
    }
  }

  @Test func namesKeepTheirOrder() throws {
    let file = try CheckpointFile(path: "\(goldens)/checkpoint_zip.pth")
    #expect(file.names.prefix(3) == ["f32", "f16", "bf16"])
  }

  @Test func unsignedIntegersAreRead() throws {
    let file = try CheckpointFile(path: "\(goldens)/checkpoint_unsigned.pth")
    for name in ["u16", "u32", "u64"] {
      #expect(try file.tensor(name).integers == [0, 1, 65535])
    }
  }

  @Test func oneOfSeveralDictionariesIsChosenByKey() throws {
    let path = "\(goldens)/checkpoint_two.pth"
    expectDiagnostic(["several dictionaries of tensors: 'model', 'more.ema'", "--weights-key"]) {
      _ = try CheckpointFile(path: path)
    }
    #expect(try CheckpointFile(path: path, key: "model").tensor("a").floats == [1, 1])
    #expect(try CheckpointFile(path: path, key: "more.ema").tensor("a").floats == [0, 0])
    expectDiagnostic(["no dictionary of tensors under 'ema'", "there is 'model', 'more.ema'"]) {
      _ = try CheckpointFile(path: path, key: "ema")
    }
  }

  @Test func anUnknownTensorGetsTheNearestName() throws {
    let file = try CheckpointFile(path: "\(goldens)/checkpoint_zip.pth")
    expectDiagnostic(["there is no tensor 'f33'", "'f32'"]) { _ = try file.tensor("f33") }
  }

  @Test func largeArchivesHaveTheirNumbersIn64Bits() throws {
    let pickle = Pickle.dictionary { $0.tensor(count: 2, shape: [2]) }
    let bytes = zip(
      [
        ZipEntry(name: "x/data.pkl", data: pickle.bytes),
        ZipEntry(name: "x/data/0", data: little((1.5 as Float).bitPattern) + [0, 0, 0, 0]),
      ], large: true)
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/large.pth"))
      #expect(try CheckpointFile(path: "\(folder)/large.pth").tensor("a").floats == [1.5, 0])
    }
  }

  /// A view of a storage, as PyTorch wrote them before version 0.4.
  @Test func legacyViewsOfStoragesAreRead() throws {
    let pickle = Pickle.dictionary {
      $0.global("torch._utils", "_rebuild_tensor").op("((").text("storage")
        .global("torch", "IntStorage").text("k").text("cpu").integer(4).op("(").text("v")
        .integer(1).integer(3).op("ttQ").integer(1).integers([2]).integers([1]).op("tR")
    }
    let numbers = [10, 11, 12, 13] as [Int32]
    let bytes = legacyCheckpoint(pickle, keys: ["k"], storages: little(4) + numbers.flatMap(little))
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/views.pth"))
      #expect(try CheckpointFile(path: "\(folder)/views.pth").tensor("a").wholeNumbers == [12, 13])
    }
  }

  @Test func theFormatIsFoundByContents() throws {
    try withTemporaryFolder { folder in
      for (name, copy) in [
        ("checkpoint_zip.pth", "a.bin"), ("checkpoint_legacy.pth", "b"),
        ("checkpoint.safetensors", "c.bin"),
      ] {
        try FileManager.default.copyItem(
          atPath: "\(goldens)/\(name)", toPath: "\(folder)/\(copy)")
        #expect(try openWeights(path: "\(folder)/\(copy)").tensor("u8").count == 24)
      }
      expectDiagnostic(["a key is for checkpoints"]) {
        _ = try openWeights(path: "\(folder)/c.bin", key: "model")
      }
    }
  }
}
