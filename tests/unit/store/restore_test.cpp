// SPDX-License-Identifier: Apache-2.0
#include "store/restore.hpp"

#include <sys/resource.h>

#include <array>
#include <csignal>

#include "store/backup.hpp"
#include "unit/store/store_fixture.hpp"

namespace xl::store {
namespace {

/// The registry holds 5 things, of which one is in its log only; the backup holds 2.
class Restore : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    fill(folder_ / "other.sqlite", 2);
    ASSERT_TRUE(back_up(folder_ / "other.sqlite", from(), Existing::keep));
    fs::remove(folder_ / "other.sqlite");
    fill(folder_ / "live.sqlite", 4);
    const auto store = open_sqlite(folder_ / "live.sqlite");
    ASSERT_TRUE((*store)->write([](cloud::Registry& r) { return insert_trio(r, "in the log"); }));
    for (const char* suffix : {"", "-wal"})
      fs::copy_file(folder_ / (std::string("live.sqlite") + suffix), file().string() + suffix);
    ASSERT_GT(fs::file_size(log()), 0U);
  }
  void TearDown() override { StoreTest::TearDown(); }
  fs::path from() const { return folder_ / "backup.sqlite"; }
  fs::path log() const { return file().string() + "-wal"; }
  fs::path kept() const { return file().string() + ".before-restore-20270115T080000Z"; }
  fs::path decided() const { return file().string() + ".restoring-20270115T080000Z"; }
  static std::string things_in(const fs::path& path) { return text_of(path, "select count(*) from thing"); }
  void expect_restored() const {
    const auto store = open_sqlite(file());
    ASSERT_TRUE(store) << store.error().detail;
    EXPECT_EQ(things_in(file()), "2");
    EXPECT_EQ(things_in(kept()), "5") << "with what was in its log only";
    EXPECT_FALSE(is_restore_unfinished(file()));
    EXPECT_FALSE(fs::exists(file().string() + ".restore-copy"));
  }
};

TEST_F(Restore, TheBackupTakesTheRegistrysPlaceAndTheOldOneIsKeptWithItsLog) {
  std::ofstream(file().string() + "-shm") << std::string(32768, '\x11');
  const auto restored = restore(file(), from(), kNow);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->contents.things, 2);
  EXPECT_EQ(restored->kept, kept());
  EXPECT_FALSE(fs::exists(log())) << "an old log must never be played into the new file";
  EXPECT_TRUE(inspect(from())) << "the backup is still there";
  expect_restored();
}

TEST_F(Restore, WorksWhereThereIsNoRegistry) {
  fs::remove(file());
  fs::remove(log());
  const auto restored = restore(file(), from(), kNow);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_TRUE(restored->kept.empty());
  EXPECT_EQ(things_in(file()), "2");
}

TEST_F(Restore, HealsADamagedRegistry) {
  damage(file());
  const std::string damaged = bytes_of(file());
  ASSERT_TRUE(restore(file(), from(), kNow));
  EXPECT_EQ(things_in(file()), "2");
  EXPECT_EQ(bytes_of(kept()), damaged);
}

TEST_F(Restore, TwiceInASecondKeepsBothOldOnes) {
  ASSERT_TRUE(restore(file(), from(), kNow));
  const auto second = restore(file(), from(), kNow);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_NE(second->kept, kept());
  EXPECT_EQ(things_in(second->kept), "2");
  expect_restored();
}

TEST_F(Restore, CutOffBeforeTheDecisionNothingHasChanged) {
  const auto before = snapshot();
  std::ofstream(file().string() + ".restore-copy") << "half a copy";
  ASSERT_TRUE(finish_restore(file()));
  EXPECT_EQ(bytes_of(file()), before.at("registry.sqlite"));
  ASSERT_TRUE(restore(file(), from(), kNow));
  expect_restored();
}

TEST_F(Restore, CutOffAtAnyStepAfterTheDecisionItIsCompletedByTheNextCommand) {
  constexpr std::size_t kSteps = 3;
  for (std::size_t done = 0; done <= kSteps; ++done) {
    // The renames in their order; each round dies after one more of them.
    const std::array<std::pair<fs::path, fs::path>, kSteps> steps{
        {{file(), kept()}, {log(), kept().string() + "-wal"}, {decided(), file()}}};
    fs::copy_file(from(), decided());
    for (std::size_t i = 0; i < done; ++i) fs::rename(steps[i].first, steps[i].second);
    ASSERT_TRUE(finish_restore(file())) << done;
    ASSERT_TRUE(finish_restore(file())) << done << ", once more";
    expect_restored();
    TearDown();
    SetUp();
  }
}

TEST_F(Restore, KilledAtAnyMomentItLeavesTheOldRegistryOrTheNewOne) {
  for (int round = 0; round < 10; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(restore(file(), from(), kNow) ? 0 : 1);
    ::usleep(static_cast<useconds_t>(round) * 1000);  // the moment of death is what varies
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(finish_restore(file()));
    const std::string things = things_in(file());
    EXPECT_TRUE(things == "5" || (things == "2" && things_in(kept()) == "5")) << things;
    TearDown();
    SetUp();
  }
}

TEST_F(Restore, RunAgainAfterBeingCutOffItEndsTheSame) {
  fs::copy_file(from(), decided());
  fs::rename(file(), kept());
  ASSERT_TRUE(restore(file(), from(), kNow + std::chrono::hours(1)));
  expect_restored();
}

TEST_F(Restore, ABackupThatCannotBeUsedChangesNothing) {
  const std::string good = bytes_of(from());
  const std::vector<std::pair<std::function<void()>, Errc>> breaks{
      {[&] { damage(from()); }, Errc::corrupt},
      {[&] { fs::resize_file(from(), good.size() / 2); }, Errc::corrupt},
      {[&] { std::ofstream(from()) << std::string(5000, 'n'); }, Errc::corrupt},
      {[&] { std::ofstream(from(), std::ios::trunc); }, Errc::corrupt},
      {[&] { text_of(from(), "update schema_version set version = 99"); }, Errc::corrupt},
      {[&] { fs::remove(from()); }, Errc::not_found}};
  for (const auto& [break_it, code] : breaks) {
    std::ofstream(from(), std::ios::binary) << good;
    break_it();
    const auto before = snapshot();
    const auto refused = restore(file(), from(), kNow);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code) << refused.error().detail;
    EXPECT_NE(refused.error().detail.find(from().string()), std::string::npos) << refused.error().detail;
    EXPECT_EQ(snapshot(), before) << refused.error().detail;
  }
}

TEST_F(Restore, CanBeUndoneFromWhatItKept) {
  ASSERT_TRUE(restore(file(), from(), kNow));
  ASSERT_GT(fs::file_size(kept().string() + "-wal"), 0U);
  const auto undone = restore(file(), kept(), kNow);
  ASSERT_TRUE(undone) << undone.error().detail;
  EXPECT_EQ(undone->contents.things, 5);
  EXPECT_EQ(things_in(file()), "5");
}

TEST_F(Restore, RefusesTheRegistryItself) {
  EXPECT_EQ(restore(file(), file(), kNow).error().code, Errc::invalid_argument);
  EXPECT_EQ(things_in(file()), "5");
}

TEST_F(Restore, AFullDiskChangesNothing) {
  const auto before = snapshot();
  const int code = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{16 * 1024, 16 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto refused = restore(file(), from(), kNow);
    return !refused && refused.error().code == Errc::io ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(snapshot(), before);
}

}  // namespace
}  // namespace xl::store
