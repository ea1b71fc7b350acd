// The same, and what the wrapper refuses.
#include "digits.hpp"

#include <array>
#include <cstdio>
#include <vector>

int main() {
  digits::network network(2);
  const std::vector<float> image(DIGITS_IMAGE_ELEMENTS);
  std::array<float, 10> logits{};
  network.run(image, logits);
  std::printf("%d %.4f\n", RESIN_OK, logits[0]);
  float few[9];
  try {
    network.run(image, few);
    return 1;
  } catch (const std::invalid_argument &error) {
    std::printf("%s\n", error.what());
  }
  try {
    network.run({nullptr, DIGITS_IMAGE_ELEMENTS}, logits);
    return 1;
  } catch (const resin::error &error) {
    std::printf("%d %s\n", error.code(), error.what());
  }
  try {
    digits::network many(1000);
    return 1;
  } catch (const std::runtime_error &error) {
    std::printf("%s\n", error.what());
  }
  return 0;
}
