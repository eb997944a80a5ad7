// SPDX-License-Identifier: Apache-2.0
// A registry that cannot be used is refused with what, where and what to do, and is left as it was.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "unit/store/store_fixture.hpp"

namespace xl::store {
namespace {

class Refusal : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    fill(file(), 200);
  }
  /// The refusal's text; empty when the registry opened.
  std::string refused(Errc code) const {
    const auto before = snapshot();
    const auto opened = open_sqlite(file());
    EXPECT_FALSE(opened);
    if (opened) return {};
    EXPECT_EQ(opened.error().code, code) << opened.error().detail;
    EXPECT_EQ(opened.error().detail.find(file().string()), 0U) << opened.error().detail;
    EXPECT_EQ(snapshot(), before);
    return opened.error().detail;
  }
  static bool has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
    return true;
  }
};

TEST_F(Refusal, DamagedPagesNameTheNewestBackup) {
  damage(file());
  const std::string without = refused(Errc::corrupt);
  has(without, "Nothing was changed");
  has(without, "There is no backup in " + (folder_ / "backups").string());
  has(without, "expresslink-cloud restore --data-dir " + folder_.string());
  fs::create_directory(folder_ / "backups");
  std::ofstream(folder_ / "backups" / "monday.sqlite") << "any";
  has(refused(Errc::corrupt), "--from " + (folder_ / "backups" / "monday.sqlite").string());
}

TEST_F(Refusal, OneDamagedPageInTheMiddle) {
  overwrite(file(), 4096 * 20, std::string(4096, '\xff'));
  has(refused(Errc::corrupt), "damaged");
}

TEST_F(Refusal, ATruncatedFile) {
  fs::resize_file(file(), fs::file_size(file()) / 2 + 100);
  has(refused(Errc::corrupt), "restore");
}

TEST_F(Refusal, AFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(5000, 'n');
  has(refused(Errc::corrupt), "not a database");
}

TEST_F(Refusal, ADamagedRegistryKeepsItsLogToo) {
  fs::path copy = folder_ / "copy";
  fs::create_directory(copy);
  {
    auto store = *open_sqlite(file());
    ASSERT_TRUE(store->write([](cloud::Registry& r) { return insert_trio(r, "in the log"); }));
    for (const char* name : {"registry.sqlite", "registry.sqlite-wal"}) fs::copy_file(folder_ / name, copy / name);
  }
  folder_ = copy;
  // In the middle: the log holds newer copies of the first and the last pages.
  overwrite(file(), 4096 * 20, std::string(4096, '\xff'));
  refused(Errc::corrupt);
  folder_ = copy.parent_path();
}

TEST_F(Refusal, AFileLockedByAnotherProgram) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr), SQLITE_OK);
  const std::string text = refused(Errc::unavailable);
  has(text, "locked");
  has(text, "end that program");
  sqlite3_close(other);
}

TEST_F(Refusal, AFullDisk) {
  const auto before = snapshot();
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1024, 1024};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto opened = open_sqlite(file());
    if (opened) return 2;
    const bool says_why = opened.error().detail.find("disk is full") != std::string::npos;
    if (!says_why) std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
    return opened.error().code == Errc::io && says_why ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(snapshot(), before);
}

TEST_F(Refusal, AFolderAndAFileThatMayOnlyBeRead) {
  const bool is_root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  for (const char* suffix : {"-wal", "-shm"}) fs::remove(file().string() + suffix);
  const auto opens_as_a_user = [&] {
    return in_child([&] {
      if (is_root && ::setuid(kNobody) != 0) return 2;
      const auto opened = open_sqlite(file());
      if (opened) return 3;
      const std::string& text = opened.error().detail;
      const bool says_why = text.find("writable for this user") != std::string::npos ||
                            text.find("may not be written by this user") != std::string::npos;
      if (!says_why) std::fprintf(stderr, "%s\n", text.c_str());
      return opened.error().code == Errc::io && says_why ? 0 : 4;
    });
  };
  const auto before = snapshot();
  if (is_root) {
    ASSERT_EQ(::chown(folder_.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::chown(file().c_str(), kNobody, kNobody), 0);
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0500), 0);
  EXPECT_EQ(opens_as_a_user(), 0) << "folder";
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(file().c_str(), 0400), 0);
  EXPECT_EQ(opens_as_a_user(), 0) << "file";
  EXPECT_EQ(snapshot(), before);
}

}  // namespace
}  // namespace xl::store
