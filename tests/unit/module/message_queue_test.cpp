// SPDX-License-Identifier: Apache-2.0
#include "module/messaging/message_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace xl::module::messaging {
namespace {

class MessageQueueTest : public ::testing::Test {
 protected:
  bool push(std::string_view topic, std::string_view payload) { return queue_->push({topic, as_bytes(payload)}); }
  std::string take() { return take_from(""); }
  std::string take_from(std::string_view topic) {
    const auto message = queue_->take_first([&](const Message& m) { return topic.empty() || m.topic == topic; });
    return message ? std::string(message->topic) + ":" + std::string(as_text(message->payload)) : "none";
  }
  std::unique_ptr<MessageQueue> queue_ = std::make_unique<MessageQueue>();
};

TEST_F(MessageQueueTest, KeepsArrivalOrderAroundRemovals) {
  push("a", "1");
  push("b", "2");
  push("a", "3");
  EXPECT_EQ(take_from("b"), "b:2");
  EXPECT_EQ(take_from("b"), "none");
  push("c", "");
  EXPECT_EQ(take(), "a:1");
  EXPECT_EQ(take(), "a:3");
  EXPECT_EQ(take(), "c:");
  EXPECT_EQ(take(), "none");
}

TEST_F(MessageQueueTest, LosesTheNewestWhenFull) {
  const std::string half(kMessageArenaBytes / 2 - 1, 'h');
  EXPECT_TRUE(push("1", half));
  EXPECT_TRUE(push("2", half));
  EXPECT_FALSE(push("3", "x"));
  EXPECT_EQ(take_from("1"), "1:" + half);
  EXPECT_TRUE(push("3", "x")) << "the gap is used again";
  EXPECT_EQ(take(), "2:" + half);
  EXPECT_EQ(take(), "3:x");
}

TEST_F(MessageQueueTest, HasAFixedNumberOfPlaces) {
  for (std::size_t i = 0; i < kMessagesMax; ++i) EXPECT_TRUE(push("t", "x"));
  EXPECT_FALSE(push("t", "x"));
  EXPECT_EQ(queue_->size(), kMessagesMax);
}

TEST_F(MessageQueueTest, StaysInOrderThroughLongUse) {
  std::uint32_t state = 7;
  unsigned pushed = 0;
  unsigned taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    state = state * 1664525U + 1013904223U;
    if ((state >> 28) < 9) {
      if (push("topic", std::to_string(pushed) + "/" + std::string((state >> 8) % 3000, 'p'))) ++pushed;
    } else if (const auto message = take(); message != "none") {
      EXPECT_TRUE(message.starts_with("topic:" + std::to_string(taken++) + "/"));
    }
  }
  EXPECT_GT(taken, 1000U);
}

}  // namespace
}  // namespace xl::module::messaging
