import Foundation
import GraphIR
import TensorFiles
import TestSupport

/// Runs the `resin` that was built beside these tests.
func resin(_ arguments: [String], in folder: ScratchFolder) throws -> ProgramResult {
  let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
  return try runProgram([built] + arguments, in: folder.path)
}

/// A folder with a small classifier: its text `tiny.resin`, weights and labels beside it, an input
/// of three images and what the model gives for them, computed here by hand.
///
/// The class whose plane of the picture has the largest sum wins: logit k is the sum of plane k.
func tinyModel() throws -> ScratchFolder {
  let folder = try ScratchFolder()
  try folder.write(
    "tiny.resin",
    """
    model tiny

    input image: f32[N, 3, 4, 4] from rgb8 { scale: 1 }
    sum = conv2d(image, 3, kernel: 4)
    output logits = flatten(sum) labels "classes.txt"
    """)
  try folder.write("classes.txt", "red\ngreen\nblue\n")
  var weight = [Float](repeating: 0, count: 3 * 3 * 16)
  for plane in 0..<3 { for pixel in 0..<16 { weight[(plane * 3 + plane) * 16 + pixel] = 1 } }
  try writeSafetensors(
    [("sum.weight", Tensor([3, 3, 4, 4], floats: weight))], to: folder.path("tiny.safetensors"))
  let images = (0..<3 * 48).map { Float(($0 * 7) % 11) - 5 }
  let sums = (0..<9).map { plane in images[plane * 16..<(plane + 1) * 16].reduce(0, +) }
  try writeNumpy(Tensor([3, 3, 4, 4], floats: images), to: folder.path("images.npy"))
  try writeNumpy(Tensor([3, 3], floats: sums), to: folder.path("logits.npy"))
  try folder.write("picture.png", Array(Data(base64Encoded: greenPicture) ?? Data()))
  return folder
}

/// A PNG of 4×4 pixels, all of them 10 red, 200 green, 30 blue.
private let greenPicture =
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAFElE"
  + "QVR4nGPkOiHHAANMDEgANwcAL9AA+N7B9pMAAAAASUVORK5CYII="
