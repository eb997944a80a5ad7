// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <algorithm>

#include "factory/label_formats.hpp"

namespace xl::factory {
namespace {

constexpr int kModulePixels = 10;
constexpr std::uint8_t kWhite = 255;

/// One byte of gray per pixel, row by row.
std::vector<std::uint8_t> pixels_of(const Label& label, int side) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), kWhite);
  for (int y = 0; y < label.width * kModulePixels; ++y) {
    auto pixel = pixels.begin() + (y + kQuietZone * kModulePixels) * side + kQuietZone * kModulePixels;
    for (int x = 0; x < label.width; ++x, pixel += kModulePixels) {
      if (label.is_dark(x, y / kModulePixels)) std::fill_n(pixel, kModulePixels, std::uint8_t{0});
    }
  }
  return pixels;
}

}  // namespace

Result<std::string> draw_png(const Label& label) {
  const int side = (label.width + 2 * kQuietZone) * kModulePixels;
  const auto pixels = pixels_of(label, side);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(size, '\0');
  if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
    return fail(Error::internal(std::string("the PNG cannot be made: ") + image.message));
  }
  file.resize(size);
  return file;
}

}  // namespace xl::factory
