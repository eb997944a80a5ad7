// SPDX-License-Identifier: Apache-2.0
// New firmware from its first byte to the record of what runs; the power goes behind each system call, and each fails.
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "base/log.hpp"
#include "pki/authority.hpp"
#include "platform/linux/file_storage.hpp"
#include "platform/linux/firmware_store.hpp"
#include "unit/platform/forgetful_disk.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;
using Slot = FirmwareSlots::Slot;
using testing::ForgetfulDisk;
using testing::TemporaryFolder;
using Verdict = module::ports::ImageStore::Verdict;

constexpr const char* kRuns = "1.2.3";

const pki::Authority& vendor() {
  static const pki::Authority made = *pki::create_root_ca("ACME firmware", "ACME", 10, wall_now());
  return made;
}
std::string signer() { return vendor().certificate.facts().pem; }
std::string program(std::string_view version) { return std::string(5000, 'p') + std::string(version); }

std::string image(const std::string& version, const std::function<void(crypto::FirmwareHead&)>& change = nullptr) {
  crypto::FirmwareHead head{.machine = this_machine(), .version = version, .vendor = "ACME", .model = "M-1"};
  if (change) change(head);
  return *crypto::sign_firmware(vendor().key.to_pem(), head, program(version));
}

/// The firmware's side of a module with this state directory.
struct Module {
  explicit Module(const fs::path& folder) : storage(*FileStorage::open(folder)), folder_(folder) { start_again(); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Verdict take(const std::string& bytes, std::size_t block = 2048) {
    if (const Verdict verdict = store->begin(static_cast<std::uint32_t>(bytes.size())); verdict != Verdict::good) {
      return verdict;
    }
    for (std::size_t at = 0; at < bytes.size(); at += block) {
      if (!store->append(as_bytes(std::string_view(bytes).substr(at, block)))) return Verdict::no_room;
    }
    return store->finish(signer());
  }
  /// From the first byte to the trial's success.
  void update_to(const std::string& version) {
    ASSERT_EQ(take(image(version)), Verdict::good);
    ASSERT_TRUE(store->activate());
    FirmwareSlots starting = slots();
    ASSERT_TRUE(starting.begin_trial());
    ASSERT_TRUE(starting.confirm());
    start_again();
  }

  /// What the next start sees, which has a store of its own.
  FirmwareSlots slots() { return {folder_, storage, kRuns}; }
  void start_again() {
    store.emplace(
        *FirmwareStore::open(folder_, storage, {"ACME", "M-1", kRuns, this_machine()}, [this] { ++restarts; }));
  }

  FileStorage storage;
  std::optional<FirmwareStore> store;
  int restarts = 0;

 private:
  fs::path folder_;
};

class Firmware : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::error); }
  void TearDown() override { log::set_level(log::Level::info); }
  TemporaryFolder folder_;
};

TEST_F(Firmware, RunsOnceItsTrialHasSucceeded) {
  Module module(folder_.path());
  EXPECT_FALSE(module.slots().chosen());
  EXPECT_FALSE(module.slots().begin_trial());
  for (const std::size_t block : {1UL, 271UL, 272UL, 273UL, 9216UL}) {
    EXPECT_EQ(module.take(image("1.3.0"), block), Verdict::good) << block;
  }
  EXPECT_FALSE(module.slots().begin_trial()) << "it is not activated yet";
  ASSERT_TRUE(module.store->activate());
  EXPECT_FALSE(module.slots().chosen());
  FirmwareSlots starting = module.slots();
  const auto tried = starting.begin_trial();
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->version, "1.3.0");
  EXPECT_TRUE(testing::read_file(tried->program).starts_with(program("1.3.0")));
  EXPECT_EQ(fs::status(tried->program).permissions(), fs::perms::owner_all);
  ASSERT_TRUE(starting.confirm());
  EXPECT_EQ(module.slots().chosen()->slot, Slot::a);
  EXPECT_FALSE(module.slots().begin_trial());
  module.store->restart();
  EXPECT_EQ(module.restarts, 1);
}

TEST_F(Firmware, LeavesTheOneThatRunsAloneUntilTheNextIsProven) {
  Module module(folder_.path());
  module.update_to("1.3.0");
  ASSERT_EQ(module.take(image("1.4.0")), Verdict::good);
  ASSERT_TRUE(module.store->activate());
  EXPECT_EQ(module.slots().chosen()->version, "1.3.0");
  FirmwareSlots starting = module.slots();
  EXPECT_EQ(starting.begin_trial()->slot, Slot::b);
  starting.reject();
  EXPECT_EQ(module.slots().chosen()->version, "1.3.0");
  EXPECT_FALSE(module.slots().begin_trial());
  module.update_to("1.5.0");
  EXPECT_EQ(module.slots().chosen()->slot, Slot::b);
  module.update_to("1.6.0");
  EXPECT_EQ(module.slots().chosen()->slot, Slot::a);
}

TEST_F(Firmware, IsGivenUpWhenItsTrialsNeverEnd) {
  Module module(folder_.path());
  ASSERT_EQ(module.take(image("1.3.0")), Verdict::good);
  ASSERT_TRUE(module.store->activate());
  for (unsigned i = 0; i < FirmwareSlots::kTrialsMax; ++i) EXPECT_TRUE(module.slots().begin_trial()) << i;
  EXPECT_FALSE(module.slots().begin_trial());
  EXPECT_FALSE(module.slots().begin_trial());
  EXPECT_FALSE(module.slots().chosen());
}

TEST_F(Firmware, GivesWayToAnInstalledProgramThatIsNewer) {
  Module module(folder_.path());
  module.update_to("1.3.0");
  EXPECT_TRUE(FirmwareSlots(folder_.path(), module.storage, "1.3.0").chosen());
  EXPECT_FALSE(FirmwareSlots(folder_.path(), module.storage, "1.3.1").chosen());
  EXPECT_FALSE(module.slots().chosen()) << "for good";
}

TEST_F(Firmware, IsNotStartedOnceTheDiskHasChangedIt) {
  for (const std::size_t at : {0UL, 3000UL, 5005UL}) {  // the program's beginning and middle, its head
    const TemporaryFolder folder;
    Module module(folder.path());
    module.update_to("1.3.0");
    const fs::path file = module.slots().chosen()->program;
    std::string content = testing::read_file(file);
    content[at] = static_cast<char>(content[at] ^ 1);
    testing::write_file(file, content);
    EXPECT_FALSE(module.slots().chosen()) << at;
  }
}

TEST_F(Firmware, IsRefusedWhenItIsNotForThisModule) {
  Module module(folder_.path());
  using Head = crypto::FirmwareHead;
  EXPECT_EQ(module.take(image("1.3.0", [](Head& h) { h.vendor = "Other"; })), Verdict::other_model);
  EXPECT_EQ(module.take(image("1.3.0", [](Head& h) { h.model = "M-2"; })), Verdict::other_model);
  EXPECT_EQ(module.take(image("1.3.0", [](Head& h) { ++h.machine.number; })), Verdict::other_model);
  EXPECT_EQ(module.take(image("1.2.2")), Verdict::older);
  EXPECT_EQ(module.take(image(kRuns)), Verdict::good);
}

TEST_F(Firmware, IsRefusedWhenItIsDamaged) {
  Module module(folder_.path());
  const std::string whole = image("1.3.0");
  std::string changed = whole;
  changed.back() ^= 1;
  EXPECT_EQ(module.take(changed), Verdict::damaged);
  EXPECT_EQ(module.take(whole.substr(0, whole.size() - 1)), Verdict::damaged);
  EXPECT_EQ(module.take(whole + "x"), Verdict::damaged);
  EXPECT_EQ(module.take(whole.substr(0, 100)), Verdict::damaged);
  EXPECT_EQ(module.take(std::string(9000, 'x')), Verdict::damaged);
  changed = whole;
  changed[7] = 9;
  EXPECT_EQ(module.take(changed), Verdict::unknown_format);
  EXPECT_FALSE(fs::exists(folder_.path() / "firmware.incoming"));
}

TEST_F(Firmware, IsRefusedWhenAnotherKeyHasSignedIt) {
  Module module(folder_.path());
  const auto stranger = *pki::create_root_ca("Stranger", "Stranger", 10, wall_now());
  ASSERT_EQ(module.take(image("1.3.0")), Verdict::good);
  const std::string whole = image("1.3.0");
  for (const std::string& pem : {stranger.certificate.facts().pem, std::string(), std::string("no certificate")}) {
    ASSERT_EQ(module.store->begin(static_cast<std::uint32_t>(whole.size())), Verdict::good);
    ASSERT_TRUE(module.store->append(as_bytes(whole)));
    EXPECT_EQ(module.store->finish(pem), Verdict::invalid_signature);
  }
  std::string changed = whole;
  changed[50] = '9';  // its version
  EXPECT_EQ(module.take(changed), Verdict::invalid_signature);
}

TEST_F(Firmware, IsNotBegunOnADiskWithoutRoom) {
  Module module(folder_.path());
  EXPECT_EQ(module.store->begin(UINT32_MAX),
            fs::space(folder_.path()).available < UINT32_MAX ? Verdict::no_room : Verdict::good);
}

TEST_F(Firmware, LeavesNothingOfATransferThatWasCutOff) {
  {
    Module module(folder_.path());
    ASSERT_EQ(module.store->begin(9000), Verdict::good);
    ASSERT_TRUE(module.store->append(as_bytes(image("1.3.0"))));
    EXPECT_TRUE(fs::exists(folder_.path() / "firmware.incoming"));
  }
  const Module later(folder_.path());
  EXPECT_FALSE(fs::exists(folder_.path() / "firmware.incoming"));
}

/// An update of a module that runs 1.3.0 from a slot, on a disk that forgets what was not synced.
class FirmwareOnAForgetfulDisk : public Firmware {
 protected:
  void prepare(Module& module) { module.update_to("1.3.0"); }

  /// Whatever the disk has when the power goes now: 1.3.0 runs, whole, and 1.4.0 is to be tried, whole, or not.
  void expect_survivor(const ForgetfulDisk& disk, bool told) {
    for (const auto& files : disk.after_power_cut()) {
      if (!seen_.emplace(files, told).second) continue;
      const TemporaryFolder folder;
      for (const auto& [name, content] : files) testing::write_file(folder.path() / name, content);
      Module module(folder.path());
      const auto chosen = module.slots().chosen();
      ASSERT_TRUE(chosen) << "call " << disk.calls;
      EXPECT_EQ(chosen->version, "1.3.0");
      const auto tried = module.slots().begin_trial();
      if (told) ASSERT_TRUE(tried) << "call " << disk.calls;
      if (tried) EXPECT_EQ(tried->version, "1.4.0");
    }
  }
  static bool update(Module& module) {
    return module.take(image("1.4.0")) == Verdict::good && module.store->activate();
  }

  std::set<std::pair<ForgetfulDisk::Files, bool>> seen_;
};

TEST_F(FirmwareOnAForgetfulDisk, IsTheOldOrTheNewOneWheneverThePowerGoes) {
  Module module(folder_.path());
  prepare(module);
  ForgetfulDisk disk(folder_.path());
  disk.on_step = [&] { expect_survivor(disk, false); };
  ASSERT_TRUE(update(module));
  EXPECT_GT(disk.calls, 6U);
  expect_survivor(disk, true);
}

/// A block of the disk that has gone bad.
TEST_F(FirmwareOnAForgetfulDisk, IsNotStartedWhenItsFileCannotBeRead) {
  unsigned reads = 0;
  for (bool has_failed = true; has_failed; ++reads) {
    const TemporaryFolder folder;
    Module module(folder.path());
    prepare(module);
    FirmwareSlots starting = module.slots();
    ForgetfulDisk disk(folder.path());
    disk.fault = {.call = reads, .error = EIO};
    has_failed = !starting.chosen();
  }
  EXPECT_GT(reads, 2U) << "its head and its program";
}

TEST_F(FirmwareOnAForgetfulDisk, IsTriedThreeTimesAtMostEvenWhenItsFileEndsTheProcess) {
  Module module(folder_.path());
  prepare(module);
  ASSERT_TRUE(update(module));
  FirmwareSlots starting = module.slots();
  ForgetfulDisk disk(folder_.path());
  std::string counts;
  disk.on_step = [&] {
    if (disk.reads > 0) counts += testing::read_file(folder_.path() / "platform.firmware.value").back();
  };
  ASSERT_TRUE(starting.begin_trial());
  EXPECT_EQ(counts, "11") << "counted already when its head and its program are read";
}

TEST_F(Firmware, MakesRoomForTheNextOneFirst) {
  Module module(folder_.path());
  const auto slot = [&](char letter) { return folder_.path() / (std::string("firmware.") + letter); };
  testing::write_file(slot('a'), "left by an installed program that was newer");
  module.update_to("1.3.0");
  module.update_to("1.4.0");
  ASSERT_TRUE(fs::exists(slot('a')));
  EXPECT_EQ(module.store->begin(9000), Verdict::good);
  EXPECT_FALSE(fs::exists(slot('a')));
  EXPECT_EQ(module.slots().chosen()->version, "1.4.0");
}

TEST_F(Firmware, LeavesAnImageThatIsToBeTriedWhenAnotherOneComes) {
  Module module(folder_.path());
  module.update_to("1.3.0");
  ASSERT_EQ(module.take(image("1.4.0")), Verdict::good);
  ASSERT_TRUE(module.store->activate());
  EXPECT_EQ(module.store->begin(9000), Verdict::good);
  EXPECT_EQ(module.slots().chosen()->version, "1.3.0");
  EXPECT_EQ(module.slots().begin_trial()->version, "1.4.0");
}

TEST_F(FirmwareOnAForgetfulDisk, IsTheNewOneOnceItIsConfirmed) {
  Module module(folder_.path());
  prepare(module);
  ASSERT_TRUE(update(module));
  FirmwareSlots starting = module.slots();
  ASSERT_TRUE(starting.begin_trial());
  ForgetfulDisk disk(folder_.path());
  const auto versions = [&] {
    std::set<std::string> found;
    for (const auto& files : disk.after_power_cut()) {
      const TemporaryFolder folder;
      for (const auto& [name, content] : files) testing::write_file(folder.path() / name, content);
      Module survivor(folder.path());
      const auto chosen = survivor.slots().chosen();
      found.insert(chosen ? chosen->version : "none");
    }
    return found;
  };
  EXPECT_EQ(versions(), std::set<std::string>{"1.3.0"});
  disk.on_step = [&] {
    for (const auto& version : versions()) EXPECT_TRUE(version == "1.3.0" || version == "1.4.0") << version;
  };
  ASSERT_TRUE(starting.confirm());
  EXPECT_EQ(versions(), std::set<std::string>{"1.4.0"});
}

TEST_F(FirmwareOnAForgetfulDisk, StaysTheOldOneWhenACallFails) {
  for (unsigned call = 0;; ++call) {
    const TemporaryFolder folder;
    Module module(folder.path());
    prepare(module);
    ForgetfulDisk disk(folder.path());
    disk.fault = {.call = call, .error = call % 2 == 0 ? ENOSPC : EIO};
    const bool told = update(module);
    if (disk.calls <= call) {
      EXPECT_TRUE(told);
      EXPECT_GT(call, 6U);
      break;
    }
    disk.fault.reset();
    expect_survivor(disk, told);
    disk.on_step = nullptr;
    EXPECT_EQ(module.slots().chosen()->version, "1.3.0") << call;
    EXPECT_EQ(module.slots().begin_trial().has_value(), told) << call;
    module.start_again();
    EXPECT_TRUE(update(module)) << "another try, call " << call;
  }
}

}  // namespace
}  // namespace xl::platform
