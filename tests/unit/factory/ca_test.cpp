// SPDX-License-Identifier: Apache-2.0
#include "factory/ca.hpp"

#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

using std::chrono::years;

class CaCreate : public testing::Test {
 protected:
  test::Folder folder_;
  std::string text(std::string_view name) { return read_file(folder_ / "ca" / name).value_or(""); }
  Result<CreatedCa> create(const std::string& vendor, const std::string& model) {
    return create_ca(folder_ / "ca", vendor, model);
  }
};

TEST_F(CaCreate, MakesARootAndAnIssuingCaThatMayBeRegistered) {
  const auto made = create("ACME", "M-1");
  ASSERT_TRUE(made) << made.error().detail;
  const auto& issuing = made->ca.issuing.certificate;
  EXPECT_TRUE(made->ca.root.has_signed(issuing));
  EXPECT_TRUE(pki::check_registrable_ca(issuing, wall_now()));
  EXPECT_EQ(issuing.facts().subject_attribute("O"), "ACME");
  EXPECT_EQ(issuing.facts().subject_attribute("OU"), "M-1");
  EXPECT_GE(made->ca.root.facts().not_after, wall_now() + years(25));
}

TEST_F(CaCreate, KeepsKeysFromOthers) {
  ASSERT_TRUE(create("ACME", "M-1"));
  EXPECT_EQ(test::mode_of(folder_ / "ca"), 0700);
  EXPECT_EQ(test::mode_of(folder_ / "ca/root.key"), 0600);
  EXPECT_EQ(test::mode_of(folder_ / "ca/issuing.key"), 0600);
}

TEST_F(CaCreate, LeavesTheModeOfAFolderThatWasThere) {
  std::filesystem::create_directory(folder_ / "ca");
  ::chmod((folder_ / "ca").c_str(), 0755);
  ASSERT_TRUE(create("ACME", "M-1"));
  EXPECT_EQ(test::mode_of(folder_ / "ca"), 0755);
}

TEST_F(CaCreate, RunAgainKeepsTheKeysAndSaysSo) {
  ASSERT_TRUE(create("ACME", "M-1"));
  const std::string root = text("root.key"), issuing = text("issuing.key");
  EXPECT_TRUE(create("ACME", "M-1")->existed);
  EXPECT_TRUE(text("root.key") == root);
  EXPECT_TRUE(text("issuing.key") == issuing);
}

TEST_F(CaCreate, RefusesTheFolderOfAnotherVendorOrModel) {
  ASSERT_TRUE(create("ACME", "M-1"));
  EXPECT_EQ(create("Other", "M-1").error().code, Errc::already_exists);
  EXPECT_EQ(create("ACME", "M-2").error().code, Errc::already_exists);
}

TEST_F(CaCreate, NeverWritesOverTheKeysOfACaThatCannotBeOpened) {
  for (const char* missing : {"root.pem", "issuing.pem", "issuing.key"}) {
    std::filesystem::remove_all(folder_ / "ca");
    ASSERT_TRUE(create("ACME", "M-1"));
    std::filesystem::rename(folder_ / "ca" / missing, folder_ / "moved");
    const std::string root = text("root.key"), issuing = text("issuing.key");
    EXPECT_EQ(create("ACME", "M-1").error().code, Errc::corrupt) << missing;
    EXPECT_EQ(create("Other", "X").error().code, Errc::corrupt) << missing;
    EXPECT_TRUE(text("root.key") == root) << missing;
    EXPECT_TRUE(text("issuing.key") == issuing) << missing;
  }
}

TEST_F(CaCreate, CompletesAFolderWhereItWasInterrupted) {
  ASSERT_TRUE(create("ACME", "M-1"));
  std::filesystem::remove(folder_ / "ca/profile");  // written last
  const auto made = create("ACME", "M-1");
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->existed);
}

TEST_F(CaCreate, ANewLotHasAKeyOfItsOwnAndTheOneBeforeIsKept) {
  const auto first = create("ACME", "M-1")->ca.voucher_key;
  const auto lot = begin_lot(folder_ / "ca");
  ASSERT_TRUE(lot) << lot.error().detail;
  EXPECT_NE(lot->id, first->id);
  EXPECT_EQ(open_ca(folder_ / "ca")->voucher_key->id, lot->id);
  EXPECT_EQ(text("voucher.pem"), lot->public_pem);
  const std::string kept = "voucher-" + first->id + ".key";
  EXPECT_TRUE(text(kept) == first->secret_pem);
  EXPECT_EQ(test::mode_of(folder_ / "ca" / kept), 0600);
  EXPECT_EQ(begin_lot(folder_ / "none").error().code, Errc::not_found);
}

TEST_F(CaCreate, ALotThatWasInterruptedBetweenItsFilesIsWhole) {
  ASSERT_TRUE(create("ACME", "M-1"));
  const std::string before = text("voucher.pem");
  const auto lot = begin_lot(folder_ / "ca");
  ASSERT_TRUE(lot);
  ASSERT_TRUE(write_file(folder_ / "ca/voucher.pem", before));
  EXPECT_EQ(open_ca(folder_ / "ca")->voucher_key->public_pem, lot->public_pem);
}

TEST_F(CaCreate, TakesNamesOfFullLength) {
  const auto made = create(std::string(32, 'V'), std::string(32, 'm'));
  ASSERT_TRUE(made) << made.error().detail;
}

TEST_F(CaCreate, RefusesNamesThatALoginStringCannotHold) {
  for (const std::string& name :
       {std::string(), std::string(33, 'a'), std::string("a_b"), std::string("a/b"), std::string(" a"),
        std::string("a\nb"), std::string("Müller"), std::string("a\0b", 3)}) {
    EXPECT_EQ(create(name, "M-1").error().code, Errc::invalid_argument) << name;
    EXPECT_EQ(create("ACME", name).error().code, Errc::invalid_argument) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ca"));
}

}  // namespace
}  // namespace xl::factory
