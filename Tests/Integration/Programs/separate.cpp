// Several numbers of images, weights in a file, and another model in one program.
#include "separate.hpp"

#include <cstdio>
#include <vector>

#include "pair.hpp"

int main(int, char **arguments) {
  separate::network network{arguments[1]};
  for (std::int64_t batch : {1, 8, 2}) {
    const std::vector<float> images(static_cast<std::size_t>(batch) * 784);
    std::vector<float> logits(static_cast<std::size_t>(batch) * 10);
    try {
      network.run(batch, images, logits);
      std::printf("%.4f\n", static_cast<double>(logits.back()));
    } catch (const resin::error &error) {
      std::printf("%s\n", error.what());
    }
  }
  try {
    separate::network other("absent.weights");
    return 1;
  } catch (const resin::error &error) {
    std::printf("%s\n", error.what());
  }
  // Of a black picture, all classes: as many as there are.
  const std::vector<std::uint8_t> pixels(28 * 28);
  const auto classes = network.classify(pixels.data(), 28, 28, 28, RESIN_GRAY8, 20);
  std::printf("%zu %d\n", classes.size(), classes.front().probability > classes.back().probability);
  pair::network two;
  std::vector<float> image(768), bias(4), logits(4), features(1024);
  two.run(image, bias, logits, features);
  return 0;
}
