// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/name_resolver.hpp"

#include <gtest/gtest.h>

#include <future>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using Addresses = NameResolver::Addresses;
using testing::turn_until;

TEST(NameResolver, AnswersFromTheLoop) {
  EventLoop loop;
  NameResolver resolver(loop, [](std::string_view host) -> Addresses {
    if (host == "bad") return fail(Error::unavailable("no such host"));
    return std::vector<std::string>{std::string(host) + "!"};
  });
  std::string heard;
  const auto hear = [&](Addresses addresses) { heard = addresses ? addresses->front() : addresses.error().detail; };
  resolver.ask("a", hear);
  EXPECT_EQ(heard, "");
  ASSERT_TRUE(turn_until(loop, [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, "a!");
  resolver.ask("bad", hear);
  ASSERT_TRUE(turn_until(loop, [&] { return heard != "a!"; }));
  EXPECT_EQ(heard, "no such host");
}

/// A resolver that answers when it is told to, like one behind a dead name server.
struct Gate {
  std::promise<void> entered;
  std::promise<void> open;
  Addresses operator()(std::string_view host) {
    if (host == "slow") {
      entered.set_value();
      open.get_future().wait();
    }
    return std::vector<std::string>{std::string(host)};
  }
};

TEST(NameResolver, GivesTheAnswerToTheLastQuestionOnly) {
  EventLoop loop;
  const auto gate = std::make_shared<Gate>();
  NameResolver resolver(loop, [gate](std::string_view host) { return (*gate)(host); });
  std::vector<std::string> heard;
  const auto hear = [&](Addresses addresses) { heard.push_back(addresses->front()); };
  resolver.ask("slow", hear);
  gate->entered.get_future().wait();
  resolver.ask("skipped", hear);
  resolver.ask("wanted", hear);
  gate->open.set_value();
  ASSERT_TRUE(turn_until(loop, [&] { return !heard.empty(); }));
  for (int i = 0; i < 3; ++i) loop.turn(std::chrono::milliseconds(5));
  EXPECT_EQ(heard, std::vector<std::string>{"wanted"});
}

TEST(NameResolver, ForgetsACancelledQuestion) {
  EventLoop loop;
  const auto gate = std::make_shared<Gate>();
  NameResolver resolver(loop, [gate](std::string_view host) { return (*gate)(host); });
  std::vector<std::string> heard;
  const auto hear = [&](Addresses addresses) { heard.push_back(addresses->front()); };
  resolver.ask("slow", hear);
  gate->entered.get_future().wait();
  resolver.cancel();
  gate->open.set_value();
  resolver.ask("next", hear);
  ASSERT_TRUE(turn_until(loop, [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, std::vector<std::string>{"next"});
}

TEST(NameResolver, MayGoWhileItsThreadIsStuck) {
  EventLoop loop;
  const auto gate = std::make_shared<Gate>();
  {
    NameResolver resolver(loop, [gate](std::string_view host) { return (*gate)(host); });
    resolver.ask("slow", [](Addresses) { FAIL() << "nobody is there to hear it"; });
    gate->entered.get_future().wait();
  }
  gate->open.set_value();
  for (int i = 0; i < 3; ++i) loop.turn(std::chrono::milliseconds(5));
}

}  // namespace
}  // namespace xl::platform
