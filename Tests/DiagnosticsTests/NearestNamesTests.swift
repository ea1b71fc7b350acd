import Diagnostics
import Testing

@Suite struct NearestNamesTests {
  @Test(
    arguments: [
      ("kernl", "kernel"), ("widht", "width"), ("stid", "stride"), ("relux", "relu"),
      ("layer1.0.conv1.wieght", "layer1.0.conv1.weight"), ("f33", "f32"), ("bn", "bn1"),
      ("RELU", "Relu"), ("Conv2D", "conv2d"), ("sun", "sum"),
    ])
  func slipsAreFound(written: String, meant: String) {
    #expect(nearestNames(to: written, in: [meant, "somethingElse"]) == [meant])
  }

  @Test func otherNamesAreNot() {
    #expect(nearestNames(to: "conv", in: ["linear", "relu", "conv"]) == [])
    #expect(nearestNames(to: "x", in: ["y", "xy"]) == [])
    #expect(nearestNames(to: "Sin", in: ["Min", "Size", "Sum", "Sign"]) == ["Sign"])
    #expect(nearestNames(to: "rleu", in: ["elu", "gelu", "celu"]) == [])
    #expect(nearestNames(to: "", in: ["a", ""]) == [])
    #expect(nearestNamesHint(for: "conv", in: []) == nil)
  }

  @Test func theNearestComeFirst() {
    let names = ["conv22", "conv1", "conv3", "conv", "conv23"]
    #expect(nearestNames(to: "conv2", in: names) == ["conv", "conv1", "conv22"])
    #expect(nearestNames(to: "conv2", in: names.reversed(), limit: 1) == ["conv"])
    #expect(
      nearestNamesHint(for: "conv2", in: names) == "did you mean 'conv' or 'conv1' or 'conv22'?")
  }
}
