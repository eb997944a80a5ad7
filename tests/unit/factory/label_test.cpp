// SPDX-License-Identifier: Apache-2.0
#include "factory/label.hpp"

#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

constexpr const char* kThing = "4a0123456789abcdef0123456789abcdef012345";

TEST(Label, SaysTheThingNameInUpperCase) {
  EXPECT_EQ(*label_text(kThing), "XL1:4A0123456789ABCDEF0123456789ABCDEF012345");
}

TEST(Label, RefusesWhatIsNoUid) {
  const std::string thing = kThing;
  for (const std::string& name : {std::string(), thing.substr(1), thing + "0", "<" + thing.substr(1),
                                  "G" + thing.substr(1), std::string(1, '\0') + thing.substr(1)}) {
    EXPECT_EQ(draw_label(name).error().code, Errc::invalid_argument) << name;
  }
}

TEST(Label, DrawsAnAlphanumericSymbolWithItsQuietZone) {
  const std::string svg = *draw_label(kThing);
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
  EXPECT_EQ(*read_file(folder / "label.svg"), *draw_label(kThing));
}

TEST(Label, NamesWhatIsNotBuiltAndWhatIsMissing) {
  const test::Folder folder;
  EXPECT_NE(write_label(folder.path(), folder / "label.png").error().detail.find("not built yet"), std::string::npos);
  EXPECT_EQ(write_label(folder.path(), folder / "label.svg").error().code, Errc::not_found);
}

}  // namespace
}  // namespace xl::factory
