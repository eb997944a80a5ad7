// SPDX-License-Identifier: Apache-2.0
// Every state that one module, its vendor and two customers can get into, over the product's own transitions: whatever
// happens in whatever order, the module has one owner at most and always a way home.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "cloud/onboarding/saga.hpp"

namespace xl::cloud::onboarding {
namespace {

using S = ClaimState;
using E = ClaimEvent;

/// Two attempts in the window instead of five: the same shape with fewer states.
constexpr ClaimTimes kTimes{.loop_attempts = 2};
const std::string kStaging = "staging", kNowhere;
const std::vector<std::string> kCustomers{"A", "B"};

struct World {
  // The module
  std::string endpoint = kStaging, connected = kNowhere;
  bool is_told = false;  ///< its staging session was
  bool is_seen = false;  ///< it has been in staging
  // The cloud
  Custody custody{"fingerprint", "lamp", kStaging, std::nullopt, CustodyStatus::free, 1};
  std::optional<Claim> claim;        ///< the live one
  std::set<std::string> registered;  ///< customers whose account knows the module

  auto key() const {
    const Claim none;
    const Claim& c = claim ? *claim : none;
    return std::tuple(endpoint, connected, is_told, is_seen, custody.status, custody.owner_account, registered,
                      claim.has_value(), c.account_id, c.state, c.stall, c.window_attempts,
                      c.notified_session == "this");
  }
  bool operator<(const World& other) const { return key() < other.key(); }
};

/// Claim and custody are stored together, as claims.cpp does it.
void store(World& world, const Claim& next) {
  if (const auto custody = custody_after(next, world.custody)) {
    world.custody = *custody;
    if (custody->status == CustodyStatus::free) world.registered.erase(next.account_id);
  }
  world.claim = next;
  if (!next.is_live()) world.claim.reset();
}

bool move(World& world, ClaimEvent event) {
  if (!world.claim) return false;
  const auto next = after(*world.claim, event, kTimes, 0);
  if (next) store(world, *next);
  return next.has_value();
}

bool lets_in(const World& world, const std::string& customer) {
  const bool is_others = world.custody.owner_account && world.custody.owner_account != customer;
  return world.registered.contains(customer) && !is_others;
}

class Explorer {
 public:
  using Step = std::function<void(World&)>;

  void explore() {
    visit({}, World{});
    while (!queue_.empty()) {
      const World from = queue_.front();
      queue_.pop_front();
      for (const auto& customer : kCustomers) {
        claim(from, customer);
        cancel(from, customer);
        act(from, "offboard", [&](World& world) {
          const bool is_owner =
              world.custody.owner_account == customer &&
              (world.custody.status == CustodyStatus::owned || world.custody.status == CustodyStatus::owned_reset);
          if (!is_owner || world.claim) return;
          world.custody.status = CustodyStatus::free;
          world.custody.owner_account.reset();
          world.registered.erase(customer);
        });
        act(from, "host sets the endpoint", [&](World& world) {
          world.endpoint = customer;
          leave(world);
        });
      }
      answer_from_elsewhere(from);
      act(from, "expired", [](World& world) {
        if (world.claim && world.claim->deadline) move(world, E::expired);
      });
      act(from, "R4 lost", [](World& world) {
        if (world.connected != kStaging) move(world, E::lost);
      });
      act(from, "told, and it stays", [](World& world) {
        if (world.connected == kStaging) move(world, E::stayed);
      });
      act(from, "retry", [this](World& world) {
        if (move(world, E::retried)) hear(world, false);
      });
      act(from, "link lost", &leave);
      act(from, world_resets(from), [](World& world) {
        world.endpoint = kStaging;
        leave(world);
      });
      act(from, "connect, message lost", [this](World& world) { connect(world, false); });
      act(from, "connect", [this](World& world) { connect(world, true); });
    }
  }

  const std::map<World, std::vector<World>>& into() const { return into_; }
  const std::set<std::string>& witnesses() const { return witnesses_; }

 private:
  /// later: the account is in another installation.
  enum class Preparation { at_once, impossible, later };

  static void leave(World& world) {
    world.connected = kNowhere;
    world.is_told = false;
    if (world.claim && world.claim->notified_session == "this") world.claim->notified_session = "before";
  }

  static std::string world_resets(const World& from) {
    return from.claim && from.claim->state == S::notifying ? "R6 reset while NOTIFYING" : "reset";
  }

  void claim(const World& from, const std::string& customer) {
    for (const Preparation preparation : {Preparation::at_once, Preparation::impossible, Preparation::later}) {
      act(from, "claim", [&](World& world) {
        if (world.claim) {
          if (world.claim->account_id == customer)
            witnesses_.insert("R8 the same account again");
          else
            witnesses_.insert("R8 another account is refused");
          return;
        }
        const bool is_own = world.custody.owner_account == customer;
        const bool is_back = world.custody.status == CustodyStatus::owned_reset;
        if (world.custody.status != CustodyStatus::free && !is_back) return;
        if (is_back && !is_own && world.connected != kStaging) return;
        if (is_back && !is_own) {
          witnesses_.insert("11.4 another owner after a reset");
          world.registered.erase(*world.custody.owner_account);
        }
        Claim next;
        next.account_id = customer;
        next.state = world.is_seen ? S::reserved : S::awaiting_module;
        next.deadline = 1;
        if (!is_own) {
          if (const auto reserved = custody_after(next, world.custody)) world.custody = *reserved;
        }
        world.claim = next;
        if (!world.is_seen) witnesses_.insert("claimed before it was ever seen");
        if (preparation == Preparation::later || !world.is_seen) return;
        if (preparation == Preparation::at_once) world.registered.insert(customer);
        move(world, preparation == Preparation::at_once ? E::prepared : E::misconfigured);
        if (is_own) witnesses_.insert("R7 called back by its owner");
        if (world.connected == kStaging && world.claim) hear(world, true);
      });
    }
  }

  /// The account is in another installation, which has answered.
  void answer_from_elsewhere(const World& from) {
    if (!from.claim || from.claim->state != S::reserved) return;
    act(from, "prepared elsewhere", [this](World& world) {
      world.registered.insert(world.claim->account_id);
      move(world, E::prepared);
      if (world.connected == kStaging) hear(world, true);
    });
    act(from, "refused elsewhere", [](World& world) { move(world, E::misconfigured); });
  }

  void cancel(const World& from, const std::string& customer) {
    if (!from.claim || from.claim->account_id != customer) return;
    const std::string session = from.connected != kStaging ? "" : from.is_told ? "this" : "newer";
    const bool is_safe = may_cancel(*from.claim, session);
    if (!is_safe) witnesses_.insert("R5 refused");
    if (is_safe && from.claim->may_have_moved()) witnesses_.insert("R5 allowed");
    act(from, is_safe ? "cancel" : "R13 cancel by force", [](World& world) { move(world, E::cancelled); });
  }

  /// Its staging session listens to its configuration.
  void hear(World& world, bool is_delivered) {
    if (world.connected != kStaging || !world.claim) return;
    const auto told = tell(*world.claim, "this", kTimes, 0);
    if (!told) return;
    if (world.claim->state == S::notifying) witnesses_.insert("R3 told again");
    store(world, told->claim);
    if (!told->is_sent) {
      witnesses_.insert("R3 loop");
      return;
    }
    world.is_told = true;
    witnesses_.insert("R2 told");
    EXPECT_FALSE(tell(*world.claim, "this", kTimes, 0)) << "a session is told once";
    if (!is_delivered) return;
    world.endpoint = world.claim->account_id;
    leave(world);
  }

  void connect(World& world, bool is_delivered) {
    leave(world);
    if (world.endpoint == kStaging) {
      world.connected = kStaging;
      world.is_seen = true;
      if (move(world, E::seen)) witnesses_.insert("seen after it was claimed");
      if (world.custody.status == CustodyStatus::owned) {
        witnesses_.insert("R7 back in staging");
        world.custody.status = CustodyStatus::owned_reset;
      }
      if (world.claim && world.claim->state == S::prepared) witnesses_.insert("R1 it waited");
      return hear(world, is_delivered);
    }
    if (!lets_in(world, world.endpoint)) {
      if (world.claim && world.claim->account_id == world.endpoint) move(world, E::refused);
      if (world.custody.status == CustodyStatus::free) witnesses_.insert("R13 refused at an endpoint that gave it up");
      return;
    }
    world.connected = world.endpoint;
    world.custody.status = CustodyStatus::owned;
    world.custody.owner_account = world.endpoint;
    if (world.claim && world.claim->account_id == world.endpoint) {
      move(world, E::arrived);
      move(world, E::settled);
      witnesses_.insert("arrived");
    }
  }

  void act(const World& from, const std::string& what, const Step& step) {
    World to = from;
    step(to);
    if (!(to < from) && !(from < to)) return;
    witnesses_.insert(what);
    visit(from, to);
  }

  void visit(const World& from, const World& to) {
    auto [found, is_new] = into_.try_emplace(to);
    found->second.push_back(from);
    if (!is_new) return;
    check(to);
    queue_.push_back(to);
  }

  static void check(const World& world) {
    const auto count =
        std::ranges::count_if(kCustomers, [&](const auto& customer) { return lets_in(world, customer); });
    ASSERT_LE(count, 1) << "two customers' accounts take the module";
    if (!world.claim) return;
    const Claim& claim = *world.claim;
    ASSERT_TRUE(claim.is_live());
    ASSERT_EQ(world.custody.owner_account, claim.account_id) << "a live claim holds the module";
    if (claim.state == S::prepared || claim.may_have_moved())
      ASSERT_TRUE(lets_in(world, claim.account_id))
          << name_of(claim.state) << ": nobody would take it where it is sent";
    ASSERT_EQ(claim.deadline.has_value(), !claim.may_have_moved());
  }

  std::map<World, std::vector<World>> into_;  ///< each world, and those it follows
  std::deque<World> queue_;
  std::set<std::string> witnesses_;
};

/// From which worlds one of these can be reached.
std::size_t count_that_reach(const std::map<World, std::vector<World>>& into,
                             const std::function<bool(const World&)>& is_goal) {
  std::set<World> reached;
  std::deque<World> queue;
  for (const auto& [world, from] : into) {
    if (is_goal(world) && reached.insert(world).second) queue.push_back(world);
  }
  while (!queue.empty()) {
    const World world = queue.front();
    queue.pop_front();
    for (const World& from : into.at(world)) {
      if (into.contains(from) && reached.insert(from).second) queue.push_back(from);
    }
  }
  return reached.size();
}

TEST(SagaExplorer, WhateverHappensTheModuleHasOneOwnerAtMostAndAWayOut) {
  Explorer explorer;
  explorer.explore();
  const auto& worlds = explorer.into();
  EXPECT_GT(worlds.size(), 100u);
  for (const std::string& customer : kCustomers) {
    EXPECT_EQ(count_that_reach(worlds,
                               [&](const World& world) {
                                 return world.connected == customer && world.custody.owner_account == customer &&
                                        !world.claim;
                               }),
              worlds.size())
        << "from every world the module can still become " << customer << "'s";
  }
  EXPECT_EQ(count_that_reach(worlds,
                             [](const World& world) {
                               return world.connected == kStaging && world.custody.status == CustodyStatus::free;
                             }),
            worlds.size())
      << "from every world it can come home and be free";
  for (const char* rule : {"R1 it waited",
                           "R2 told",
                           "R3 told again",
                           "R3 loop",
                           "R4 lost",
                           "told, and it stays",
                           "R5 refused",
                           "R5 allowed",
                           "R6 reset while NOTIFYING",
                           "R7 back in staging",
                           "R7 called back by its owner",
                           "claimed before it was ever seen",
                           "seen after it was claimed",
                           "R8 the same account again",
                           "R8 another account is refused",
                           "R13 cancel by force",
                           "R13 refused at an endpoint that gave it up",
                           "expired",
                           "retry",
                           "arrived",
                           "offboard",
                           "prepared elsewhere",
                           "refused elsewhere",
                           "11.4 another owner after a reset"})
    EXPECT_TRUE(explorer.witnesses().contains(rule)) << rule << " never happened";
}

}  // namespace
}  // namespace xl::cloud::onboarding
