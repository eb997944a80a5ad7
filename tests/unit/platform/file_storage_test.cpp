// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/file_storage.hpp"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "base/log.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

class Storage : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::error); }  // damage is reported as a warning
  void TearDown() override { log::set_level(log::Level::info); }
  FileStorage open() {
    auto storage = FileStorage::open(folder_.path());
    EXPECT_TRUE(storage) << storage.error().detail;
    return std::move(*storage);
  }
  static std::optional<std::string> read(FileStorage& storage, std::string_view key) {
    std::array<Byte, 8192> bytes;
    const auto size = storage.read(key, bytes);
    if (!size) return std::nullopt;
    return std::string(as_text(ByteView(bytes).first(*size)));
  }
  fs::path file_of(std::string_view key) const { return folder_.path() / (std::string(key) + ".value"); }

  TemporaryFolder folder_;
};

TEST_F(Storage, KeepsValuesAcrossRestarts) {
  {
    FileStorage storage = open();
    EXPECT_EQ(read(storage, "CustomName"), std::nullopt);
    EXPECT_TRUE(storage.write("CustomName", as_bytes("first")));
    EXPECT_TRUE(storage.write("CustomName", as_bytes("second")));
    EXPECT_TRUE(storage.write("Topic1", as_bytes("")));
    EXPECT_TRUE(storage.write("Gone", as_bytes("x")));
    EXPECT_TRUE(storage.erase("Gone"));
    EXPECT_TRUE(storage.erase("Never"));
  }
  FileStorage storage = open();
  EXPECT_EQ(read(storage, "CustomName"), "second");
  EXPECT_EQ(read(storage, "Topic1"), "");
  EXPECT_EQ(read(storage, "Gone"), std::nullopt);
}

TEST_F(Storage, KeepsAnyBytes) {
  FileStorage storage = open();
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  EXPECT_TRUE(storage.write("Key", as_bytes(every)));
  EXPECT_EQ(read(storage, "Key"), every);
}

TEST_F(Storage, TreatsAValueLongerThanTheBufferAsNeverWritten) {
  FileStorage storage = open();
  ASSERT_TRUE(storage.write("Key", as_bytes("12345")));
  std::array<Byte, 4> small{};
  EXPECT_EQ(storage.read("Key", small), std::nullopt);
  EXPECT_FALSE(storage.write("Key", as_bytes(std::string(2 << 20, 'x'))));
  EXPECT_EQ(read(storage, "Key"), "12345");
}

TEST_F(Storage, TreatsATornFileAsNeverWritten) {
  FileStorage storage = open();
  ASSERT_TRUE(storage.write("Key", as_bytes("precious")));
  const std::string whole = testing::read_file(file_of("Key"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    testing::write_file(file_of("Key"), whole.substr(0, size));
    EXPECT_EQ(read(storage, "Key"), std::nullopt) << size;
  }
  testing::write_file(file_of("Key"), whole + "x");
  EXPECT_EQ(read(storage, "Key"), std::nullopt);
  testing::write_file(file_of("Key"), std::string(whole.size(), '\0'));
  EXPECT_EQ(read(storage, "Key"), std::nullopt);
  testing::write_file(file_of("Key"), whole);
  EXPECT_EQ(read(storage, "Key"), "precious");
}

TEST_F(Storage, TreatsADamagedFileAsNeverWritten) {
  FileStorage storage = open();
  ASSERT_TRUE(storage.write("Key", as_bytes("precious")));
  const std::string whole = testing::read_file(file_of("Key"));
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string damaged = whole;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    testing::write_file(file_of("Key"), damaged);
    EXPECT_EQ(read(storage, "Key"), std::nullopt) << "bit " << i;
  }
}

TEST_F(Storage, DoesNotTakeOneKeysFileForAnother) {
  FileStorage storage = open();
  ASSERT_TRUE(storage.write("Topic1", as_bytes("a")));
  fs::copy_file(file_of("Topic1"), file_of("Topic2"));
  EXPECT_EQ(read(storage, "Topic2"), std::nullopt);
}

TEST_F(Storage, StaysInsideItsFolderWhateverTheKey) {
  FileStorage storage = open();
  EXPECT_TRUE(storage.write("../outside", as_bytes("x")));
  EXPECT_EQ(read(storage, "../outside"), "x");
  EXPECT_FALSE(fs::exists(folder_.path().parent_path() / "outside.value"));
}

TEST_F(Storage, IsReadableByItsOwnerOnly) {
  const fs::path inner = folder_.path() / "deeper" / "state";
  auto storage = FileStorage::open(inner);
  ASSERT_TRUE(storage) << storage.error().detail;
  ASSERT_TRUE(storage->write("Passphrase", as_bytes("secret")));
  EXPECT_EQ(fs::status(inner).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(inner / "Passphrase.value").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Storage, RefusesASecondUserOfItsFolderUntilTheFirstIsGone) {
  {
    const FileStorage first = open();
    const auto second = FileStorage::open(folder_.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_NE(second.error().detail.find("--state"), std::string::npos) << second.error().detail;
  }
  EXPECT_TRUE(FileStorage::open(folder_.path()));
}

TEST_F(Storage, MakesItsFolderWithAllAboveItAndRefusesNone) {
  EXPECT_TRUE(FileStorage::open(folder_.path().string() + "/a/b//"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_.path() / "a" / "b"));
  EXPECT_FALSE(FileStorage::open(""));
}

TEST_F(Storage, RefusesAFolderThatIsAFile) {
  testing::write_file(folder_.path() / "file", "x");
  EXPECT_FALSE(FileStorage::open(folder_.path() / "file"));
  EXPECT_FALSE(FileStorage::open(folder_.path() / "file" / "below"));
}

/// From now on the kernel kills this process at the system call `number`, before it does anything.
void die_at(unsigned number) {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(3);
}

/// Stores `value` in a process of its own that dies at the system call; true when it died there.
bool write_and_die(const fs::path& folder, std::string_view value, unsigned at_call) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto storage = FileStorage::open(folder);
    if (!storage) ::_exit(2);
    die_at(at_call);
    ::_exit(storage->write("Key", as_bytes(value)) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

struct Step {
  const char* name;
  unsigned call;
  const char* survivor;  ///< the value after the death
};

/// A write is: open a new file, write, fdatasync, rename, fsync the folder.
class StorageKilledDuringAWrite : public Storage, public ::testing::WithParamInterface<Step> {};

TEST_P(StorageKilledDuringAWrite, KeepsTheOldValueOrTheNewOne) {
  {
    FileStorage storage = open();
    ASSERT_TRUE(storage.write("Key", as_bytes("old")));
  }
  ASSERT_TRUE(write_and_die(folder_.path(), "new", GetParam().call));
  FileStorage storage = open();
  EXPECT_EQ(read(storage, "Key"), GetParam().survivor);
  EXPECT_TRUE(storage.write("Key", as_bytes("later")));  // whatever the dead process left behind
  EXPECT_EQ(read(storage, "Key"), "later");
}

TEST_P(StorageKilledDuringAWrite, LeavesAKeyThatHadNoValueWithoutOneOrWhole) {
  ASSERT_TRUE(write_and_die(folder_.path(), "new", GetParam().call));
  FileStorage storage = open();
  const bool written = std::string_view(GetParam().survivor) == "new";
  EXPECT_EQ(read(storage, "Key"), written ? std::optional<std::string>("new") : std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(AtEveryStep, StorageKilledDuringAWrite,
                         ::testing::Values(Step{"open", SYS_openat, "old"}, Step{"write", SYS_write, "old"},
                                           Step{"fdatasync", SYS_fdatasync, "old"}, Step{"rename", SYS_renameat, "old"},
                                           Step{"fsync", SYS_fsync, "new"}),
                         [](const auto& step) { return std::string(step.param.name); });

}  // namespace
}  // namespace xl::platform
