// SPDX-License-Identifier: Apache-2.0
#include "store/backup.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "unit/store/store_fixture.hpp"

namespace xl::store {
namespace {

class Backup : public StoreTest {
 protected:
  fs::path out() const { return folder_ / "backup.sqlite"; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }
};

TEST_F(Backup, HoldsWhatTheRegistryHoldsInOneFileOfItsOwner) {
  fill(file(), 20);
  const auto contents = back_up(file(), out(), Existing::keep);
  ASSERT_TRUE(contents) << contents.error().detail;
  EXPECT_EQ(contents->accounts, 1);
  EXPECT_EQ(contents->things, 20);
  EXPECT_EQ(contents->certificates, 20);
  EXPECT_EQ(contents->bytes, fs::file_size(out()));
  struct stat info{};
  ASSERT_EQ(::stat(out().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_FALSE(fs::exists(out().string() + "-wal"));
  EXPECT_EQ(text_of(out(), "pragma integrity_check"), "ok");
}

TEST_F(Backup, TakenWhileOthersWriteHoldsNothingByHalves) {
  fill(file(), 1);
  auto store = *open_sqlite(file());
  std::atomic<bool> stopping = false;
  std::thread writer([&] {
    for (int i = 0; !stopping; ++i)
      EXPECT_TRUE(store->write([&](cloud::Registry& r) { return insert_trio(r, "w" + std::to_string(i)); }));
  });
  std::int64_t before = 0;
  for (int round = 0; round < 20; ++round) {
    const auto contents = back_up(file(), out(), Existing::replace);
    ASSERT_TRUE(contents) << contents.error().detail;
    EXPECT_GE(contents->things, before);
    EXPECT_EQ(contents->things, contents->certificates);
    EXPECT_EQ(text_of(out(), "select count(*) from thing_principal"), std::to_string(contents->things));
    before = contents->things;
  }
  stopping = true;
  writer.join();
}

TEST_F(Backup, AnExistingFileIsReplacedOnlyWhenAsked) {
  fill(file(), 1);
  std::ofstream(out()) << "precious";
  const auto refused = back_up(file(), out(), Existing::keep);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::already_exists);
  EXPECT_EQ(bytes_of(out()), "precious");
  EXPECT_TRUE(back_up(file(), out(), Existing::replace));
  EXPECT_TRUE(inspect(out()));
}

TEST_F(Backup, ADamagedRegistryGivesNoBackup) {
  fill(file(), 200);
  damage(file());
  const auto refused = back_up(file(), out(), Existing::keep);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::corrupt) << refused.error().detail;
  for (const std::string& name : names()) EXPECT_EQ(name.find("backup"), std::string::npos) << name;
}

TEST_F(Backup, AFullDiskLeavesTheOldBackupAndNoRemains) {
  fill(file(), 300);
  std::ofstream(out()) << "old";
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{64 * 1024, 64 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto made = back_up(file(), out(), Existing::replace);
    return !made && made.error().code == Errc::io ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(bytes_of(out()), "old");
  for (const std::string& name : names()) EXPECT_EQ(name.find("partial"), std::string::npos) << name;
}

TEST_F(Backup, KilledAtAnyMomentItIsWholeOrAbsent) {
  fill(file(), 300);
  for (int round = 0; round < 20; ++round) {
    std::error_code ignored;
    fs::remove(out(), ignored);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(back_up(file(), out(), Existing::keep) ? 0 : 1);
    ::usleep(static_cast<useconds_t>(round) * 1000);  // the moment of death is what varies
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (fs::exists(out())) EXPECT_TRUE(inspect(out()));
  }
}

TEST_F(Backup, StopsWhenAskedTo) {
  fill(file(), 2000);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = back_up(file(), out(), Existing::keep, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::unavailable) << stopped.error().detail;
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Backup, SaysSoWhenThereIsNoRegistryOrNoFolder) {
  EXPECT_EQ(back_up(file(), out(), Existing::keep).error().code, Errc::not_found);
  fill(file(), 1);
  EXPECT_EQ(back_up(file(), folder_ / "missing" / "b.sqlite", Existing::keep).error().code, Errc::io);
}

TEST_F(Backup, PruningRemovesTheOldestScheduledOnesAndNothingElse) {
  std::vector<std::string> scheduled;
  for (int day = 0; day < 10; ++day) scheduled.push_back(scheduled_name(kNow + std::chrono::hours(24 * day)));
  for (const std::string& name : scheduled) std::ofstream(folder_ / name) << name;
  std::ofstream(folder_ / "registry-of-mine.sqlite") << "kept";
  std::ofstream(folder_ / (scheduled[0] + ".partial-17")) << "left by a killed server";
  prune_scheduled_backups(folder_, 7);
  std::vector<std::string> expected(scheduled.begin() + 3, scheduled.end());
  expected.push_back("registry-of-mine.sqlite");
  EXPECT_EQ(names(), expected);
}

TEST_F(Backup, TheNewestIsTheOneWrittenLast) {
  EXPECT_FALSE(newest_backup(folder_ / "missing"));
  std::ofstream(folder_ / "z.sqlite") << "old";
  fs::last_write_time(folder_ / "z.sqlite", fs::file_time_type::clock::now() - std::chrono::hours(1));
  std::ofstream(folder_ / "a.sqlite") << "new";
  std::ofstream(folder_ / "notes.txt") << "newer, no backup";
  EXPECT_EQ(newest_backup(folder_), folder_ / "a.sqlite");
}

TEST_F(Backup, InspectionNamesWhatIsWrong) {
  fill(file(), 100);
  const auto broken = [&](const std::function<void(const fs::path&)>& breaks) {
    fs::remove(out());
    EXPECT_TRUE(back_up(file(), out(), Existing::keep));
    breaks(out());
    const auto found = inspect(out());
    EXPECT_FALSE(found);
    return found ? std::string() : found.error().detail;
  };
  EXPECT_NE(broken([](const fs::path& f) { damage(f); }).find("malformed"), std::string::npos);
  EXPECT_NE(broken([](const fs::path& f) { fs::resize_file(f, fs::file_size(f) / 2); }), "");
  EXPECT_NE(broken([](const fs::path& f) { std::ofstream(f) << std::string(5000, 'n'); }).find("not a database"),
            std::string::npos);
  EXPECT_NE(broken([](const fs::path& f) { std::ofstream(f, std::ios::trunc); }).find("empty"), std::string::npos);
  EXPECT_NE(broken([](const fs::path& f) { text_of(f, "update schema_version set version = 99"); }).find("newer"),
            std::string::npos);
  EXPECT_NE(broken([](const fs::path& f) { text_of(f, "drop table schema_version"); }).find("another program"),
            std::string::npos);
  EXPECT_NE(broken([](const fs::path& f) { fs::remove(f); }).find("does not exist"), std::string::npos);
}

}  // namespace
}  // namespace xl::store
