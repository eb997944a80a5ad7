// SPDX-License-Identifier: Apache-2.0
#include "keystore/key_uri.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "keystore/pin.hpp"

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;

KeyUri parsed(std::string_view text) {
  auto uri = KeyUri::parse(text);
  EXPECT_TRUE(uri) << text;
  return uri ? *std::move(uri) : KeyUri();
}

TEST(AKeyUri, HasDecodedAttributesInPathAndQuery) {
  const KeyUri uri = parsed("pkcs11:token=The%20line%3b;id=%00%ff?module-path=/usr/lib/x.so&pin-source=file:/p");
  EXPECT_EQ(uri.scheme, "pkcs11");
  EXPECT_EQ(uri.value("token"), "The line;");
  EXPECT_EQ(uri.value("id"), std::string("\0\xff", 2));
  EXPECT_EQ(uri.value("pin-source"), "file:/p");
  EXPECT_TRUE(uri.has("module-path"));
  EXPECT_FALSE(uri.has("object"));
  EXPECT_EQ(uri.value("object"), "");
}

TEST(AKeyUri, KeepsTheEqualsSignsAndCommasOfAValue) {
  EXPECT_EQ(parsed("tpm2:tcti=swtpm:host=127.0.0.1,port=2321;handle=0x81000100").value("tcti"),
            "swtpm:host=127.0.0.1,port=2321");
}

TEST(AKeyUri, IsReadAsItWasWritten) {
  KeyUri uri = parsed("pkcs11:");
  std::string every;
  for (int octet = 0; octet < 256; ++octet) every += static_cast<char>(octet);
  uri.set_path("id", every);
  uri.set_query("pin-value", every);
  uri.set_query("pin-value", "a?b&c;d=e%f");
  const KeyUri again = parsed(uri.text());
  EXPECT_EQ(again.value("id"), every);
  EXPECT_EQ(again.value("pin-value"), "a?b&c;d=e%f");
  EXPECT_EQ(again.query.size(), 1U);
}

TEST(AKeyUri, IsRefusedWhenItsFormIsBroken) {
  for (const char* text : {"", ":", ":a=b", "tpm2", "tpm2:a", "tpm2:=b", "tpm2:a=b;", "tpm2:a=%4", "tpm2:a=%zz",
                           "tpm2:a=b;a=c", "tpm2:a=b?c=d&c=e"}) {
    const auto uri = KeyUri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::invalid_argument) << text;
  }
}

class APin : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "xl-pin-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& text) {
    std::ofstream(folder_ / "pin") << text;
    fs::permissions(folder_ / "pin", fs::perms::owner_read | fs::perms::owner_write);
  }
  std::string pin_of(const std::string& query) {
    const auto pin = read_pin(parsed("pkcs11:?" + query), folder_);
    if (!pin) return "error " + std::to_string(static_cast<int>(pin.error().code));
    return *pin ? (*pin)->text : "none";
  }
  static std::string error(Errc code) { return "error " + std::to_string(static_cast<int>(code)); }

  fs::path folder_;
};

TEST_F(APin, IsNamedByAPathOrAFileUriRelativeToTheIdentity) {
  write("47 11\n");
  for (const std::string& source : {std::string("pin"), std::string("file:pin"), (folder_ / "pin").string(),
                                    "file:" + (folder_ / "pin").string(), "file://" + (folder_ / "pin").string()})
    EXPECT_EQ(pin_of("pin-source=" + source), "47 11") << source;
}

TEST_F(APin, MayEndInOneLineEnd) {
  write("4711\r\n");
  EXPECT_EQ(pin_of("pin-source=pin"), "4711");
  write("4711");
  EXPECT_EQ(pin_of("pin-source=pin"), "4711");
}

TEST_F(APin, MayBeInTheUriOrNotBeNeeded) {
  EXPECT_EQ(pin_of("pin-value=4%3711"), "4711");
  EXPECT_EQ(pin_of("module-path=/x"), "none");
}

TEST_F(APin, IsRefusedWhereItIsNoneOrAnybodyReadsIt) {
  EXPECT_EQ(pin_of("pin-source=pin"), error(Errc::not_found));
  EXPECT_EQ(pin_of("pin-source="), error(Errc::invalid_argument));
  EXPECT_EQ(pin_of("pin-source=%7Ccat pin"), error(Errc::invalid_argument)) << "a command is not run";
  write("\n");
  EXPECT_EQ(pin_of("pin-source=pin"), error(Errc::invalid_argument));
  write("4711\n");
  fs::permissions(folder_ / "pin", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(pin_of("pin-source=pin"), error(Errc::forbidden));
}

}  // namespace
}  // namespace xl::keystore
