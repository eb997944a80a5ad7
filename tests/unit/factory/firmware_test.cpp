// SPDX-License-Identifier: Apache-2.0
#include "factory/firmware.hpp"

#include "factory/issue.hpp"
#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

namespace fs = std::filesystem;

/// An ELF file's beginning and something that names versions.
std::string program(std::string_view rest) {
  std::string out = std::string("\x7f") + "ELF\x02\x01\x01" + std::string(11, '\0') + '\x3e' + '\0';
  out += std::string(100, 'p') + std::string(rest);
  return out + '\0' + "more";
}

class Firmware : public testing::Test {
 protected:
  test::Folder folder_;
  VendorCa ca_ = create_ca(folder_ / "ca", "ACME", "M-1")->ca;

  Result<FirmwareImage> sign(const std::string& content) {
    EXPECT_TRUE(write_file(folder_ / "program", content));
    return sign_program(*open_ca(folder_ / "ca"), folder_ / "program");
  }
  std::string signer() { return ca_.firmware_signer->certificate.public_key_pem(); }
};

TEST_F(Firmware, IsSignedForTheModelInTheVersionThatTheProgramNames) {
  const std::string content = program("XL-FIRMWARE-VERSION=1.2.3 rc");
  const auto image = sign(content);
  ASSERT_TRUE(image) << image.error().detail;
  EXPECT_EQ(image->head.version, "1.2.3 rc");
  EXPECT_EQ(image->head.vendor, "ACME");
  EXPECT_EQ(image->head.model, "M-1");
  EXPECT_EQ(image->head.machine, (crypto::Machine{62, 2, 1}));
  EXPECT_TRUE(image->bytes.ends_with(content));
  EXPECT_TRUE(crypto::is_signed_firmware(as_bytes(image->bytes), signer()));
}

TEST_F(Firmware, IsNotSignedWhenNobodySaysWhichVersionItIs) {
  EXPECT_EQ(sign(program("")).error().code, Errc::invalid_argument);
  EXPECT_EQ(sign(program("")).error().detail,
            (folder_ / "program").string() + " does not say which version it is; is it an expresslink-module?");
  EXPECT_EQ(sign(program("XL-FIRMWARE-VERSION=soon")).error().code, Errc::invalid_argument);
  EXPECT_FALSE(sign(program("XL-FIRMWARE-VERSION=1.2.3" + std::string(1, '\0') + "XL-FIRMWARE-VERSION=1.2.4")));
  EXPECT_TRUE(sign(program("XL-FIRMWARE-VERSION=1.2.3" + std::string(1, '\0') + "XL-FIRMWARE-VERSION=")));
}

TEST_F(Firmware, IsAProgram) {
  EXPECT_EQ(sign("#!/bin/sh\nexit 0 # XL-FIRMWARE-VERSION=1.2.3\n").error().code, Errc::invalid_argument);
  EXPECT_EQ(sign_program(ca_, folder_ / "nothing").error().code, Errc::not_found);
}

TEST_F(Firmware, IsReadBackUnlessItWasCut) {
  const auto image = sign(program("XL-FIRMWARE-VERSION=1.2.3"));
  ASSERT_TRUE(write_file(folder_ / "image", image->bytes));
  EXPECT_EQ(read_image(folder_ / "image")->head.version, "1.2.3");
  ASSERT_TRUE(write_file(folder_ / "image", image->bytes.substr(0, image->bytes.size() - 1)));
  EXPECT_EQ(read_image(folder_ / "image").error().code, Errc::corrupt);
  ASSERT_TRUE(write_file(folder_ / "image", "no image"));
  EXPECT_EQ(read_image(folder_ / "image").error().code, Errc::corrupt);
}

TEST_F(Firmware, HasTheNextKeySignedByTheOneBefore) {
  const auto next = renew_firmware_signer(folder_ / "ca");
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_TRUE(ca_.firmware_signer->certificate.has_signed(*next));
  const auto after = renew_firmware_signer(folder_ / "ca");
  ASSERT_TRUE(after);
  EXPECT_TRUE(next->has_signed(*after));
  EXPECT_EQ(open_ca(folder_ / "ca")->firmware_signer->certificate.facts().pem, after->facts().pem);
  const std::string kept = "ca/firmware-" + next->facts().fingerprint.substr(0, 8) + ".key";
  EXPECT_TRUE(read_file(folder_ / kept)->ends_with(next->facts().pem));
  EXPECT_EQ(test::mode_of(folder_ / kept), 0600);
  EXPECT_EQ(test::mode_of(folder_ / "ca/firmware.key"), 0600);
}

TEST_F(Firmware, GetsItsFirstKeyInAFolderOfAnOlderVersion) {
  fs::remove(folder_ / "ca/firmware.key");
  fs::remove(folder_ / "ca/firmware.pem");
  const auto refused = sign(program("XL-FIRMWARE-VERSION=1.2.3"));
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_NE(refused.error().detail.find("image new-key --ca"), std::string::npos);
  ASSERT_TRUE(renew_firmware_signer(folder_ / "ca"));
  EXPECT_TRUE(sign(program("XL-FIRMWARE-VERSION=1.2.3")));
}

TEST_F(Firmware, ShowsTheCertificateOfItsKeyAgainWhenAChangeWasInterrupted) {
  ASSERT_TRUE(write_file(folder_ / "ca/firmware.pem", "of the key before"));
  EXPECT_EQ(open_ca(folder_ / "ca")->firmware_signer->certificate.facts().pem,
            ca_.firmware_signer->certificate.facts().pem);
  EXPECT_EQ(*read_file(folder_ / "ca/firmware.pem"), ca_.firmware_signer->certificate.facts().pem);
}

TEST_F(Firmware, HasItsSignersCertificateInEveryIdentity) {
  const IssueOptions options{folder_ / "out", 1, "file", "abc-ats.iot.localhost", ca_.root.facts().pem};
  ASSERT_TRUE(issue_batch(ca_, options, [](std::size_t, std::size_t) {}));
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    if (!entry.is_directory()) continue;
    EXPECT_EQ(*read_file(entry.path() / "ota-certificate.pem"), ca_.firmware_signer->certificate.facts().pem);
  }
}

}  // namespace
}  // namespace xl::factory
