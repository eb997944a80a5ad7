// SPDX-License-Identifier: Apache-2.0
// XL_SIMULATION_SEED=N runs one seed alone, which gives the same story every time; XL_SIMULATION_SEEDS how many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/log.hpp"
#include "simulation/world.hpp"
#include "store/sqlite_store.hpp"

namespace xl::simulation {
namespace {

constexpr std::size_t kModules = 1000;
constexpr int kSteps = 3000;
#if __has_feature(address_sanitizer)
constexpr std::uint64_t kSeeds = 10;  // each takes ten times as long
#else
constexpr std::uint64_t kSeeds = 100;
#endif

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-simulation-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// All in one transaction, which is thrown away: what the steps make durable is what they would leave behind.
void run(const Factory& factory, std::uint64_t seed, std::map<std::string, int>& happened) {
  const Folder folder;
  auto store = store::open_sqlite(folder.path() / "registry.sqlite");
  ASSERT_TRUE(store) << store.error().detail;
  int steps = 0;
  std::string story;
  const Status end = (*store)->write([&](cloud::Registry& registry) -> Status {
    World world(registry, factory, seed);
    const auto play = [&]() -> Status {
      XL_CHECK(world.found());
      for (; steps < kSteps; ++steps) XL_CHECK(world.step());
      return world.settle_all();
    };
    const Status played = play();
    story = world.story();
    for (const auto& [what, count] : world.happened()) happened[what] += count;
    return played ? fail(Error::conflict("thrown away")) : played;
  });
  ASSERT_EQ(end.error().detail, "thrown away")
      << "seed " << seed << ", step " << steps << ": " << end.error().detail << "\n"
      << story << "run it again with XL_SIMULATION_SEED=" << seed;
}

TEST(Simulation, AThousandModulesAndFiveCustomersKeepTheRulesWhateverFails) {
  log::set_level(log::Level::error);
  const Factory factory = make_factory(kModules);
  const std::uint64_t only = number_from("XL_SIMULATION_SEED", 0);
  const std::uint64_t first = only > 0 ? only : 1;
  const std::uint64_t last = only > 0 ? only : number_from("XL_SIMULATION_SEEDS", kSeeds);
  std::map<std::string, int> happened;
  for (std::uint64_t seed = first; seed <= last && !HasFatalFailure(); ++seed) run(factory, seed, happened);
  for (const auto& [what, count] : happened) std::printf("%9d  %s\n", count, what.c_str());
  if (only > 0) return;
  for (const char* what : {"claimed",
                           "claim refused",
                           "told",
                           "message lost",
                           "arrived",
                           "refused by a customer's account",
                           "lost",
                           "stayed",
                           "expired",
                           "cancelled",
                           "cancelled by force",
                           "cancel refused",
                           "offboarded",
                           "offboard refused",
                           "factory reset",
                           "reset rule",
                           "switched off or on",
                           "crash before it was durable",
                           "crash after it was durable",
                           "put away",
                           "woken"})
    EXPECT_GT(happened[what], 0) << what << " never happened";
}

}  // namespace
}  // namespace xl::simulation
