// SPDX-License-Identifier: Apache-2.0
#include "installation/custody_seals.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "installation/custody_log.hpp"
#include "installation/files.hpp"
#include "store/sqlite_store.hpp"

namespace xl::installation {
namespace {

const UnixMillis kNow = from_millis(1'800'000'000'000);

class CustodySealsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-seals-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    open("registry.sqlite");
  }
  void TearDown() override {
    view_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open(const char* name) {
    view_.reset();
    store_.reset();
    store_ = *store::open_sqlite(folder_ / name);
    view_ = *store_->open_view();
  }
  void change(const std::string& module, std::int64_t epoch, const std::string& reason = "test") {
    ASSERT_TRUE(store_->write([&](cloud::Registry& registry) {
      return registry.custody().change(
          {module, "lamp", "111111111111", std::nullopt, cloud::CustodyStatus::free, epoch, module}, reason, kNow);
    }));
  }
  void seal() {
    auto seals = CustodySeals::open(folder_);
    ASSERT_TRUE(seals) << seals.error().detail;
    const Status sealed = seals->seal(*view_, kNow);
    ASSERT_TRUE(sealed) << sealed.error().detail;
  }
  CustodyReport report() { return verify_custody(folder_, *view_).value_or(CustodyReport{}); }
  std::vector<std::string> logged() {
    std::vector<std::string> out;
    const auto log = SealedLog::open(folder_);
    if (!log) return {log.error().detail};
    EXPECT_TRUE(log->each([&](const LoggedEntry& entry) -> Status {
      out.push_back(entry.entry.fingerprint + std::to_string(entry.entry.epoch) + (log->is_last(entry) ? "." : ""));
      return {};
    }));
    return out;
  }
  std::string log() { return read_file(custody_log_of(folder_)).value_or("none"); }
  void put_log(const std::string& text) { std::ofstream(custody_log_of(folder_)) << text; }
  std::string content() { return read_file(folder_ / "custody-seals.jsonl").value_or(""); }
  void put_content(const std::string& text) { std::ofstream(folder_ / "custody-seals.jsonl") << text; }

  std::filesystem::path folder_;
  std::unique_ptr<cloud::RegistryStore> store_;
  std::unique_ptr<const cloud::Registry> view_;
};

TEST_F(CustodySealsTest, WhatIsNewIsSealedOnceAndFits) {
  EXPECT_EQ(verify_custody(folder_, *view_).error().code, Errc::not_found);
  seal();
  EXPECT_EQ(content(), "") << "nothing to seal";
  change("a", 1);
  change("b", 1);
  seal();
  seal();
  change("a", 2);
  EXPECT_EQ(report().unsealed_entries, 1);
  seal();
  EXPECT_EQ(report().seals, 2);
  EXPECT_EQ(report().sealed_entries, 3);
  EXPECT_EQ(report().unsealed_entries, 0);
  EXPECT_TRUE(report().broken.empty()) << report().broken.front();
  EXPECT_TRUE(report().replaced.empty());
}

TEST_F(CustodySealsTest, ARegistryWithAnotherPastDoesNotFit) {
  change("a", 1);
  change("b", 1);
  seal();
  open("other.sqlite");
  change("a", 1);
  change("b", 1, "another reason");
  ASSERT_EQ(report().broken.size(), 1u);
  EXPECT_NE(report().broken[0].find("are not those that were sealed"), std::string::npos) << report().broken[0];
}

TEST_F(CustodySealsTest, AnOlderRegistryIsSealedAnewAndTheSealSaysSo) {
  change("a", 1);
  change("b", 1);
  seal();
  open("older.sqlite");
  change("a", 1);
  EXPECT_FALSE(report().broken.empty());
  seal();
  EXPECT_TRUE(report().broken.empty()) << report().broken.front();
  EXPECT_EQ(report().replaced, std::vector<std::string>{"2027-01-15T08:00:00Z"});
  EXPECT_EQ(report().sealed_entries, 1);
}

TEST_F(CustodySealsTest, SealsThatWereChangedOrTakenOutAreFound) {
  for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
    change("a", epoch);
    seal();
  }
  const std::string whole = content();
  const std::size_t first = whole.find('\n') + 1, second = whole.find('\n', first) + 1;
  put_content(whole.substr(0, first) + whole.substr(second));
  EXPECT_NE(report().broken.at(0).find("lines are missing or changed"), std::string::npos);
  std::string forged = whole;
  forged.replace(forged.find("\"last\":1"), 8, "\"last\":2");
  put_content(forged);
  EXPECT_NE(report().broken.at(0).find("is not signed"), std::string::npos);
  put_content("{}\n" + whole);
  EXPECT_NE(report().broken.at(0).find("cannot be read"), std::string::npos);
}

TEST_F(CustodySealsTest, AHalfWrittenSealIsWrittenAgain) {
  change("a", 1);
  seal();
  change("a", 2);
  seal();
  const std::string whole = content();
  put_content(whole.substr(0, whole.size() - 20));
  EXPECT_EQ(report().unsealed_entries, 1);
  seal();
  EXPECT_TRUE(report().broken.empty()) << report().broken.front();
  EXPECT_EQ(report().sealed_entries, 2);
}

using Entries = std::vector<std::string>;

TEST_F(CustodySealsTest, TheLogHasWhatWasSealedAsItWas) {
  EXPECT_EQ(SealedLog::open(folder_).error().code, Errc::not_found);
  seal();
  EXPECT_EQ(logged(), Entries{}) << "it is there, and empty";
  change("a", 1);
  change("b", 1, "a reason with \"quotes\" and \n");
  seal();
  change("a", 2);
  EXPECT_EQ(logged(), (Entries{"a1.", "b1."}));
  seal();
  EXPECT_EQ(logged(), (Entries{"a1", "b1.", "a2."}));
  const auto entries = *view_->custody().entries_after(0, 10);
  std::size_t next = 0;
  ASSERT_TRUE(SealedLog::open(folder_)->each([&](const LoggedEntry& entry) -> Status {
    EXPECT_EQ(entry.number, entries[next].number);
    EXPECT_EQ(entry.entry.hash, entries[next].entry.hash);
    EXPECT_EQ(entry.entry.reason, entries[next].entry.reason);
    EXPECT_EQ(entry.entry.at, entries[next].entry.at);
    EXPECT_EQ(entry.public_key, entry.entry.fingerprint) << "the key of that module";
    ++next;
    return {};
  }));
}

TEST_F(CustodySealsTest, ALogThatWasChangedOrCutIsRefused) {
  change("a", 1);
  seal();
  change("a", 2);
  seal();
  const std::string whole = log();
  std::string forged = whole;
  forged.replace(forged.find("lamp"), 4, "kamp");
  for (const std::string& other : {forged, whole.substr(0, whole.size() - 5), std::string()}) {
    put_log(other);
    const auto refused = SealedLog::open(folder_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::corrupt) << refused.error().detail;
  }
  put_log(whole);
  EXPECT_EQ(logged(), (Entries{"a1", "a2."}));
}

TEST_F(CustodySealsTest, WhatACrashHasLeftInTheLogIsWrittenAgain) {
  change("a", 1);
  seal();
  change("b", 1);
  put_log(log() + "{\"number\":2,\"cert");
  EXPECT_EQ(logged(), Entries{"a1."});
  seal();
  EXPECT_EQ(logged(), (Entries{"a1.", "b1."}));
}

TEST_F(CustodySealsTest, ALogThatWasLostBeginsAgainWithTheFirstEntry) {
  change("a", 1);
  seal();
  std::filesystem::remove(custody_log_of(folder_));
  change("b", 1);
  seal();
  EXPECT_EQ(logged(), (Entries{"a1.", "b1."}));
  EXPECT_TRUE(report().broken.empty()) << report().broken.front();
  EXPECT_TRUE(report().replaced.empty()) << "the registry is the same";
  EXPECT_EQ(report().sealed_entries, 2);
}

TEST_F(CustodySealsTest, ARegistryThatCameIntoThePlaceOfAnotherIsTheOneInTheLog) {
  change("a", 1);
  change("b", 1);
  seal();
  open("other.sqlite");
  change("c", 1);
  seal();
  EXPECT_EQ(logged(), Entries{"c1."});
  EXPECT_NE(log().find("\"b\""), std::string::npos) << "the other's entries stay in the file";
}

}  // namespace
}  // namespace xl::installation
