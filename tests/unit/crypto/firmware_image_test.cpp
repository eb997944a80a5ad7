// SPDX-License-Identifier: Apache-2.0
#include "crypto/firmware_image.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/keys.hpp"

namespace xl::crypto {
namespace {

const std::string kProgram =
    "\x7f"
    "ELF\x02\x01\x01" +
    std::string(11, '\0') + std::string("\x3e\0", 2) + "code";

FirmwareHead head() {
  return {.machine = *machine_of(as_bytes(kProgram)), .version = "1.2.3 beta", .vendor = "ACME", .model = "M-1"};
}

TEST(FirmwareImage, TellsWhatWasSigned) {
  const auto keys = test::make_keys("P-256");
  const auto image = sign_firmware(keys.secret, head(), kProgram);
  ASSERT_TRUE(image) << image.error().detail;
  EXPECT_EQ(image->size(), kFirmwareHeadBytes + kProgram.size());
  EXPECT_EQ(firmware_bytes(as_bytes(*image).first(16)), image->size());
  const auto read = read_firmware_head(as_bytes(*image));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->machine, (Machine{62, 2, 1}));
  EXPECT_EQ(read->version, "1.2.3 beta");
  EXPECT_EQ(read->vendor, "ACME");
  EXPECT_EQ(read->model, "M-1");
  EXPECT_EQ(read->bytes, image->size());
  EXPECT_EQ(read->digest, sha256(as_bytes(kProgram)));
  EXPECT_TRUE(is_signed_firmware(as_bytes(*image), keys.open));
  EXPECT_FALSE(is_signed_firmware(as_bytes(*image), test::make_keys("P-256").open));
}

TEST(FirmwareImage, IsNoLongerSignedWhenAnyByteOfItsHeadHasChanged) {
  const auto keys = test::make_keys("P-256");
  const std::string image = *sign_firmware(keys.secret, head(), kProgram);
  for (std::size_t i = 0; i < kFirmwareHeadBytes; ++i) {
    std::string changed = image;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(is_signed_firmware(as_bytes(changed), keys.open)) << i;
  }
}

TEST(FirmwareImage, IsNotReadWhenItIsNoneOrOfALaterFormat) {
  const auto keys = test::make_keys("P-256");
  std::string image = *sign_firmware(keys.secret, head(), kProgram);
  EXPECT_EQ(firmware_bytes(as_bytes("XLFIRM")), 0U);
  EXPECT_EQ(firmware_bytes(as_bytes(std::string(16, 'x'))), 0U);
  EXPECT_EQ(read_firmware_head(as_bytes(image).first(100)).error().code, Errc::corrupt);
  image[7] = 2;
  EXPECT_EQ(firmware_bytes(as_bytes(image)), image.size()) << "the size is where it was";
  EXPECT_EQ(read_firmware_head(as_bytes(image)).error().code, Errc::invalid_argument);
}

TEST(FirmwareImage, IsNotMadeOfWhatDoesNotFit) {
  const auto keys = test::make_keys("P-256");
  const auto refuses = [&](auto change) {
    FirmwareHead changed = head();
    change(changed);
    return !sign_firmware(keys.secret, changed, kProgram);
  };
  EXPECT_TRUE(refuses([](auto& h) { h.version = "1.2"; }));
  EXPECT_TRUE(refuses([](auto& h) { h.version = "1.2.3 " + std::string(30, 'x'); }));
  EXPECT_TRUE(refuses([](auto& h) { h.vendor = ""; }));
  EXPECT_TRUE(refuses([](auto& h) { h.model = std::string(64, 'm'); }));
  EXPECT_FALSE(sign_firmware(keys.secret, head(), ""));
  EXPECT_FALSE(sign_firmware(test::make_keys("P-384").secret, head(), kProgram));
}

TEST(FirmwareVersion, IsThreeNumbersInOrder) {
  EXPECT_TRUE(is_older_version("1.2.3", "1.2.4"));
  EXPECT_TRUE(is_older_version("1.9.3", "1.10.0"));
  EXPECT_FALSE(is_older_version("1.2.3", "1.2.3 beta"));
  EXPECT_FALSE(is_older_version("2.0.0", "1.99.99"));
  EXPECT_TRUE(is_older_version("nonsense", "0.0.1"));
  for (const auto* text : {"", "1", "1.2", "1.2.x", "1.2.3x", "v1.2.3", "1..3", "1.2.3.4", "-1.2.3"}) {
    EXPECT_FALSE(is_version(text)) << text;
  }
}

TEST(Machine, IsReadFromAProgramOfEitherByteOrder) {
  std::string big = kProgram;
  big[5] = 2;
  big[18] = 0;
  big[19] = 0x15;
  EXPECT_EQ(machine_of(as_bytes(big)), (Machine{0x15, 2, 2}));
  EXPECT_EQ(machine_of(as_bytes("#!/bin/sh and so on, long enough")), std::nullopt);
  EXPECT_EQ(machine_of(as_bytes(kProgram).first(19)), std::nullopt);
}

}  // namespace
}  // namespace xl::crypto
