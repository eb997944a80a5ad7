// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/invitation.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::quickconnect {
namespace {

constexpr unsigned kRequestTopic = 3, kAnswerTopic = 4;
constexpr std::size_t kSecretBytes = 16;
constexpr std::chrono::milliseconds kPollEvery{100};
constexpr int kPollsMax = 300;  // 30 s
constexpr std::size_t kUrlBytesMax = 1024;

Status wait_for_event(Module& module, Terminal& terminal, unsigned id, unsigned parameter) {
  for (int poll = 0; poll < kPollsMax;) {
    XL_TRY(const auto event, module.next_event());
    if (!event) {
      ++poll;
      XL_CHECK(terminal.wait(kPollEvery));
      continue;
    }
    if (event->id == id && event->parameter == parameter) return {};
    if (event->id == Event::kSubNack && event->parameter == parameter)
      return fail(Error::unavailable("The cloud refused a subscription of the demo. Its log tells why."));
    if (event->id == Event::kConLost)
      return fail(Error::unavailable("The cloud closed the connection. Its log tells why."));
  }
  return fail(Error::unavailable("The cloud does not answer the demo. Is Quick Connect enabled there?"));
}

Status subscribe(Module& module, Terminal& terminal, unsigned topic) {
  XL_CHECK(module.subscribe(topic));
  return wait_for_event(module, terminal, Event::kSubAck, topic);
}

bool is_page_address(std::string_view url) {
  const bool is_plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '"'; });
  return is_plain && url.size() <= kUrlBytesMax && (url.starts_with("http://") || url.starts_with("https://"));
}

}  // namespace

std::optional<std::string> json_text_member(std::string_view json, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\"";
  const auto at = json.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = trim(json.substr(at + quoted.size()));
  if (!rest.starts_with(':')) return std::nullopt;
  rest = trim(rest.substr(1));
  if (!rest.starts_with('"')) return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') return value;
    if (rest[i] == '\\') {
      if (++i == rest.size() || (rest[i] != '/' && rest[i] != '"' && rest[i] != '\\')) return std::nullopt;
    }
    if (rest[i] < 0x20 || rest[i] > 0x7e) return std::nullopt;
    value += rest[i];
  }
  return std::nullopt;
}

Status use_demo_topics(Module& module) {
  XL_CHECK(module.set("Topic1", "data"));
  XL_CHECK(module.set("Topic2", "state"));
  return module.subscribe(kStateTopic);
}

Result<std::string> invite_viewer(Module& module, const std::string& thing_name, Terminal& terminal) {
  terminal.progress("Asking the cloud for your page …");
  const std::string secret = crypto::random_hex(kSecretBytes);
  XL_CHECK(module.set("Topic3", thing_name + "/quickconnect"));
  XL_CHECK(module.set("Topic4", thing_name + "/quickconnect/accepted"));
  XL_CHECK(subscribe(module, terminal, kAnswerTopic));
  XL_CHECK(use_demo_topics(module));
  XL_CHECK(wait_for_event(module, terminal, Event::kSubAck, kStateTopic));
  XL_TRY(const AtReply sent, module.send(kRequestTopic, "{\"viewer\":\"" + crypto::sha256_hex(secret) + "\"}"));
  if (!sent.is_ok()) return fail(Error::unavailable("The module could not ask the cloud: " + printable(sent.text())));
  XL_CHECK(wait_for_event(module, terminal, Event::kMsg, kAnswerTopic));
  XL_TRY(const std::string answer, module.next_message(kAnswerTopic));
  auto url = json_text_member(answer, "url");
  if (!url || !is_page_address(*url))
    return fail(Error::unavailable("The cloud answers without the address of a page: " + printable(answer)));
  while (url->ends_with('/')) url->pop_back();
  return *url + "/q/" + percent_encode(thing_name) + "#" + secret;
}

}  // namespace xl::quickconnect
