// SPDX-License-Identifier: Apache-2.0
#include "factory/label.hpp"

#include <png.h>
#include <qrencode.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

constexpr const char* kThing = "4a0123456789abcdef0123456789abcdef012345";
constexpr const char* kText = "XL1:4A0123456789ABCDEF0123456789ABCDEF012345";

struct Picture {
  int side = 0;
  std::vector<std::uint8_t> gray;
  int at(int x, int y) const { return gray[static_cast<std::size_t>(y * side + x)]; }
};

/// Side 0 when it is no square picture.
Picture read_png(const std::string& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) return {};
  image.format = PNG_FORMAT_GRAY;
  Picture picture{static_cast<int>(image.width), std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  const bool is_read = png_image_finish_read(&image, nullptr, picture.gray.data(), 0, nullptr) != 0;
  return is_read && image.width == image.height ? picture : Picture{};
}

TEST(Label, RefusesWhatIsNoUid) {
  const std::string thing = kThing;
  for (const std::string& name : {std::string(), thing.substr(1), thing + "0", "<" + thing.substr(1),
                                  "G" + thing.substr(1), std::string(1, '\0') + thing.substr(1)}) {
    EXPECT_EQ(draw_label("XL1:" + name, ".svg").error().code, Errc::invalid_argument) << name;
  }
}

TEST(Label, DrawsAnAlphanumericSymbolWithItsQuietZone) {
  const std::string svg = *draw_label(kText, ".svg");
  EXPECT_NE(svg.find(R"(viewBox="0 0 37 39")"), std::string::npos) << "version 3 (29 modules) and 4 on each side";
  EXPECT_NE(svg.find("M4 4h1v1h-1z"), std::string::npos) << "the corner of the first finder pattern";
  EXPECT_EQ(svg.find("M5 5h1v1h-1z"), std::string::npos) << "its light ring";
  EXPECT_EQ(svg.find("M3 "), std::string::npos) << "the quiet zone";
  EXPECT_NE(svg.find(std::string(">") + kThing + "</text>"), std::string::npos);
}

TEST(Label, IsWrittenFromAnIdentityFolder) {
  const test::Folder folder;
  ASSERT_TRUE(write_file(folder / "thing-name", std::string(kThing) + "\n"));
  ASSERT_TRUE(write_label(folder.path(), folder / "label.svg"));
  EXPECT_EQ(*read_file(folder / "label.svg"), *draw_label(kText, ".svg"));
}

TEST(Label, HasTheVoucherWhereTheIdentityHasOne) {
  const test::Folder folder;
  const std::string text = std::string(kText) + ":KEY1:" + std::string(102, 'A') + "A";
  ASSERT_TRUE(write_file(folder / "thing-name", std::string(kThing) + "\n"));
  ASSERT_TRUE(write_file(folder / "label", text + "\n"));
  ASSERT_TRUE(write_label(folder.path(), folder / "label.svg"));
  const std::string svg = *read_file(folder / "label.svg");
  EXPECT_EQ(svg, *draw_label(text, ".svg"));
  EXPECT_NE(svg, *draw_label(kText, ".svg"));
  EXPECT_NE(svg.find(std::string(">") + kThing + "</text>"), std::string::npos);
}

TEST(Label, IsWrittenAsPngToo) {
  const test::Folder folder;
  ASSERT_TRUE(write_file(folder / "thing-name", std::string(kThing) + "\n"));
  ASSERT_TRUE(write_label(folder.path(), folder / "label.png"));
  const std::string png = *read_file(folder / "label.png");
  EXPECT_EQ(png, *draw_label(kText, ".png"));
  EXPECT_EQ(read_png(png).side, 370) << "29 modules and 4 on each side, 10 pixels each";
}

TEST(Label, DrawsEveryModuleOfTheSymbolAndAWhiteQuietZone) {
  const Picture picture = read_png(*draw_label(kText, ".png"));
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString(kText, 0, QR_ECLEVEL_M, QR_MODE_8, 1),
                                                             &QRcode_free);
  ASSERT_EQ(picture.side, (code->width + 8) * 10);
  for (int y = 0; y < picture.side; ++y) {
    for (int x = 0; x < picture.side; ++x) {
      const int column = x / 10 - 4;
      const int row = y / 10 - 4;
      const bool is_inside = column >= 0 && column < code->width && row >= 0 && row < code->width;
      const bool is_dark = is_inside && (code->data[row * code->width + column] & 1) != 0;
      ASSERT_EQ(picture.at(x, y), is_dark ? 0 : 255) << "pixel " << x << ", " << y;
    }
  }
}

TEST(Label, RefusesOtherFormatsByNameAndWritesNothing) {
  const test::Folder folder;
  ASSERT_TRUE(write_file(folder / "thing-name", std::string(kThing) + "\n"));
  for (const char* name : {"label.gif", "label", "label.PNG"}) {
    const Status refused = write_label(folder.path(), folder / name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_NE(refused.error().detail.find(".svg or .png"), std::string::npos) << refused.error().detail;
    EXPECT_FALSE(std::filesystem::exists(folder / name));
  }
}

TEST(Label, NamesWhatIsMissing) {
  const test::Folder folder;
  EXPECT_EQ(write_label(folder.path(), folder / "label.svg").error().code, Errc::not_found);
}

}  // namespace
}  // namespace xl::factory
