// SPDX-License-Identifier: Apache-2.0
// Tenants inside one engine. Input: a line with a topic, a line with a filter; both are one account's.
#include "gateway/topic_map.hpp"

#include "fuzz/fuzz.hpp"
#include "mqtt/topic.hpp"

namespace xl::fuzz {
namespace {

using namespace gateway;

constexpr std::string_view kAlice = "111111111111";
constexpr std::string_view kBob = "111111111112";

/// What the engine matches: `$share/{group}/` only says who gets a message.
std::string_view without_group(std::string_view engine_filter) {
  if (!engine_filter.starts_with("$share/")) return engine_filter;
  take_part(engine_filter, "/");
  take_part(engine_filter, "/");
  return engine_filter;
}

void check_topic(std::string_view topic) {
  const std::string engine = engine_topic(kAlice, topic);
  require(account_topic(kAlice, engine) == topic, "an account gets its own name back");
  require(!account_topic(kBob, engine), "another account's topic has no name");
  require(engine_client_id(kAlice, topic) != engine_client_id(kBob, topic), "client ids of two accounts differ");
  if (mqtt::is_topic_name(topic) && engine.size() <= 65'535)
    require(mqtt::is_topic_name(engine), "the engine's topic is a topic");
}

void check_filter(std::string_view topic, std::string_view filter) {
  const auto mapped = engine_filter(kAlice, filter);
  if (!mapped) return require(filter.starts_with("$share/"), "only a shared filter may be refused");
  if (mapped->size() > 65'535) return;
  require(mqtt::is_topic_filter(*mapped), "the engine's filter is a filter");
  const std::string_view plain = without_group(*mapped);
  require(mqtt::is_topic_filter(plain), "the engine's filter is a filter within its group");
  require(!mqtt::matches(plain, engine_topic(kBob, topic)), "no filter reaches into another account");
  if (filter.starts_with("$share/")) {
    take_part(filter, "/");
    take_part(filter, "/");
  }
  require(mqtt::matches(plain, engine_topic(kAlice, topic)) == matches_aws(filter, topic),
          "the engine matches as the account would");
}

}  // namespace

void run(ByteView input) {
  std::string_view rest = as_text(input);
  const std::string_view topic = take_part(rest), filter = take_part(rest);
  check_topic(topic);
  if (mqtt::is_topic_name(topic) && mqtt::is_topic_filter(filter)) check_filter(topic, filter);
}

}  // namespace xl::fuzz
