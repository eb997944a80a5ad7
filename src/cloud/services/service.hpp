// SPDX-License-Identifier: Apache-2.0
// The services behind reserved topics: what a device publishes there is a question, and goes no further.
// A new service is a file with a Service of its own and one line in services.cpp.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/background.hpp"
#include "cloud/model/account.hpp"
#include "cloud/ports/certificate_issuer.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/services/fair_share.hpp"
#include "crypto/aead.hpp"

namespace xl::cloud::services {

/// Who asks.
struct Asker {
  Account account;
  std::string principal;  ///< its certificate, or its access key
  std::optional<std::string> thing_name;
};

/// Whom an answer reaches; never another client.
enum class Reach { asker, asker_if_subscribed };

struct Answer {
  Message message;
  Reach reach = Reach::asker;
};

/// What became of a question: an answer, or one that comes `later`, or neither.
struct Outcome {
  std::optional<Answer> answer;
  bool later = false;
};
/// For the answer that comes later: called once, on any thread.
using Later = std::function<void(Answer)>;

/// What services work with.
struct Backend {
  RegistryStore& store;
  Background& background;           ///< for what takes long
  FairShare& share;                 ///< of its queue
  const CertificateIssuer* issuer;  ///< null: none
  crypto::AeadKey ownership_key;    ///< seals certificate ownership tokens
};

struct Service {
  /// `thing_name`: the asker's.
  bool (*takes)(std::string_view topic, const std::optional<std::string>& thing_name);
  Outcome (*answer)(const Backend& backend, const Asker& asker, const Message& request, const Later& later);
};

/// Whether a topic is one that devices may publish on to ask a service; policies decide whether this one may.
bool is_request(std::string_view topic, const std::optional<std::string>& thing_name);
Outcome answer(const Backend& backend, const Asker& asker, const Message& request, const Later& later);

}  // namespace xl::cloud::services
