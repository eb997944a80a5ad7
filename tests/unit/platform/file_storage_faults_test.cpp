// SPDX-License-Identifier: Apache-2.0
// The power goes behind each system call of a change, on a disk that keeps only what was synced; and each of them
// fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/log.hpp"
#include "platform/linux/file_storage.hpp"
#include "unit/platform/forgetful_disk.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;
using testing::ForgetfulDisk;
using testing::TemporaryFolder;
using Value = std::optional<std::string>;

/// A change of one key; another key has a value that nothing may touch.
struct Deed {
  const char* name;
  Value before, after;
  bool act(FileStorage& storage) const { return after ? storage.write("Key", as_bytes(*after)) : storage.erase("Key"); }
};

FileStorage open(const fs::path& folder) {
  auto storage = FileStorage::open(folder);
  EXPECT_TRUE(storage) << storage.error().detail;
  return std::move(*storage);
}

Value read(FileStorage& storage, std::string_view key) {
  std::array<Byte, 16 * 1024> bytes;
  const auto size = storage.read(key, bytes);
  if (!size) return std::nullopt;
  return std::string(as_text(ByteView(bytes).first(*size)));
}

class StorageOnAForgetfulDisk : public ::testing::TestWithParam<Deed> {
 protected:
  void SetUp() override { log::set_level(log::Level::error); }
  void TearDown() override { log::set_level(log::Level::info); }

  static void prepare(FileStorage& storage) {
    ASSERT_TRUE(storage.write("Other", as_bytes("stays")));
    if (GetParam().before) ASSERT_TRUE(storage.write("Key", as_bytes(*GetParam().before)));
  }

  /// Whatever the disk has when the power goes now: one of these values.
  void expect_survivor(const ForgetfulDisk& disk, const std::vector<Value>& allowed) {
    for (const auto& files : disk.after_power_cut()) {
      if (!seen_.emplace(files, allowed).second) continue;
      const TemporaryFolder folder;
      for (const auto& [name, content] : files) testing::write_file(folder.path() / name, content);
      FileStorage storage = open(folder.path());
      EXPECT_NE(std::ranges::find(allowed, read(storage, "Key")), allowed.end()) << "call " << disk.calls;
      EXPECT_EQ(read(storage, "Other"), "stays");
    }
  }

  /// The undisturbed change's system calls.
  static unsigned count_calls() {
    const TemporaryFolder folder;
    FileStorage storage = open(folder.path());
    prepare(storage);
    ForgetfulDisk disk(folder.path());
    EXPECT_TRUE(GetParam().act(storage));
    return disk.calls;
  }

  void fail_at(const ForgetfulDisk::Fault& fault) {
    const TemporaryFolder folder;
    FileStorage storage = open(folder.path());
    prepare(storage);
    ForgetfulDisk disk(folder.path());
    const auto [name, before, after] = GetParam();
    disk.fault = fault;
    disk.on_step = [&] { expect_survivor(disk, {before, after}); };
    const bool told = GetParam().act(storage);
    disk.fault.reset();
    expect_survivor(disk, told ? std::vector{after} : std::vector{before, after});
    if (!fault.and_all_after) {
      EXPECT_EQ(read(storage, "Key"), told ? after : before);
    }
    disk.on_step = nullptr;
    EXPECT_TRUE(storage.write("Key", as_bytes("later")));
    EXPECT_EQ(read(storage, "Key"), "later");
    expect_survivor(disk, {"later"});
  }

  std::set<std::pair<ForgetfulDisk::Files, std::vector<Value>>> seen_;  ///< most steps leave what others have left
};

TEST_P(StorageOnAForgetfulDisk, HasTheOldValueOrTheNewOneWheneverThePowerGoes) {
  const TemporaryFolder folder;
  FileStorage storage = open(folder.path());
  prepare(storage);
  ForgetfulDisk disk(folder.path());
  const auto [name, before, after] = GetParam();
  expect_survivor(disk, {before});
  disk.on_step = [&] { expect_survivor(disk, {before, after}); };
  ASSERT_TRUE(GetParam().act(storage));
  EXPECT_GE(disk.calls, 2U);
  expect_survivor(disk, {after});  // it was told
}

TEST_P(StorageOnAForgetfulDisk, LosesNothingWhenACallFails) {
  const unsigned calls = count_calls();
  for (unsigned call = 0; call < calls; ++call) {
    for (const int error : {ENOSPC, EIO, EROFS}) {
      SCOPED_TRACE("call " + std::to_string(call) + " errno " + std::to_string(error));
      fail_at({.call = call, .error = error});
      fail_at({.call = call, .error = error, .and_all_after = true});
      fail_at({.call = call, .error = error, .after_half = true});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(During, StorageOnAForgetfulDisk,
                         ::testing::Values(Deed{"AWrite", "old", "new"}, Deed{"AFirstWrite", std::nullopt, "new"},
                                           Deed{"ALongWrite", "old", std::string(9000, 'n')},
                                           Deed{"AWriteOverALongValue", std::string(9000, 'o'), ""},
                                           Deed{"AnErasure", "old", std::nullopt}),
                         [](const auto& deed) { return std::string(deed.param.name); });

TEST(StorageFolder, IsNotLostWithItsNameWhenThePowerGoes) {
  const TemporaryFolder folder;
  const ForgetfulDisk disk(folder.path());
  FileStorage storage = open(folder.path() / "deeper" / "state");
  EXPECT_EQ(disk.synced_folders, (std::vector{folder.path(), folder.path() / "deeper"}));
  ASSERT_TRUE(storage.write("Key", as_bytes("x")));
  EXPECT_EQ(disk.synced_folders.back(), folder.path() / "deeper" / "state");
}

TEST(StorageFolder, NeedsAName) { EXPECT_FALSE(FileStorage::open("")); }

TEST(StorageFolder, IsMadeForItsOwnerOnlyHoweverItIsWritten) {
  const TemporaryFolder folder;
  const FileStorage storage = open(folder.path() / "state/");
  EXPECT_EQ(fs::status(folder.path() / "state").permissions(), fs::perms::owner_all);
}

}  // namespace
}  // namespace xl::platform
