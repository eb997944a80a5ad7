// SPDX-License-Identifier: Apache-2.0
#include "installation/elsewhere.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace xl::installation {
namespace {

constexpr std::size_t kEndpointBytesMax = 128;  // source: guide 4.6.3, the key Endpoint

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kEndpointBytesMax) return false;
  return std::ranges::all_of(split(host, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
  });
}

struct Endpoint {
  std::string host;
  std::int64_t port = 8883;
};

Result<Endpoint> parse_endpoint(const std::string& text) {
  Endpoint endpoint{text};
  const auto colon = text.find(':');
  bool is_good = true;
  if (colon != std::string::npos) {
    endpoint.host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    is_good = error == std::errc() && stop == end && endpoint.port > 0 && endpoint.port < 65536;
  }
  if (is_good && is_host(endpoint.host)) return endpoint;
  return fail(Error::invalid("--endpoint " + text + ": expected the host name that modules call, or HOST:PORT"));
}

/// What is signed is no secret, but what is asked and answered is nobody else's either.
Status check_url(std::string_view url) {
  const bool is_https = url.starts_with("https://");
  std::string_view host = url.substr(std::min(url.size(), is_https ? std::size_t{8} : std::size_t{7}));
  while (host.ends_with('/')) host.remove_suffix(1);
  const bool is_base = !host.empty() && host.find_first_of("/?#@ \t") == std::string_view::npos;
  if (is_https && is_base) return {};
  const bool is_v6_loopback = host == "[::1]" || host.starts_with("[::1]:");
  const std::string_view name = host.substr(0, host.find(':'));
  const bool is_v4_loopback =
      name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
  const bool is_here = is_v6_loopback || is_v4_loopback || name == "localhost" || name.ends_with(".localhost");
  if (url.starts_with("http://") && is_base && is_here) return {};
  return fail(Error::invalid("the URL " + std::string(url) +
                             " is not https://HOST[:PORT]; http:// is for this machine's own addresses only"));
}

Status refuse_missing(const cloud::Elsewhere& elsewhere) {
  const std::pair<const char*, const std::string*> needed[] = {{"the URL (--elsewhere)", &elsewhere.url},
                                                               {"--region", &elsewhere.region},
                                                               {"--access-key", &elsewhere.access_key_id},
                                                               {"--secret-file", &elsewhere.sealed_secret},
                                                               {"--endpoint", &elsewhere.endpoint}};
  for (const auto& [name, value] : needed) {
    if (value->empty()) return fail(Error::invalid(std::string("an account elsewhere needs ") + name));
  }
  return {};
}

/// Modules that are registered here would be nobody's.
Status refuse_settled(const cloud::Registry& registry, const cloud::Account& account) {
  const cloud::PageRequest one{.after = "", .limit = 1};
  XL_TRY(const auto certificates, registry.certificates().list(account.id, one));
  XL_TRY(const auto claims, registry.claims().list(account.id, one));
  if (certificates.items.empty() && claims.items.empty()) return {};
  return fail(
      Error::conflict("account " + account.name + " has modules here; make another one for the account elsewhere"));
}

}  // namespace

Status check_change(const ElsewhereChange& change) {
  if (change.access_key_id.has_value() != change.secret.has_value())
    return fail(Error::invalid("--access-key and --secret-file belong together: a secret is good for one key"));
  if (change.secret && change.secret->empty()) return fail(Error::invalid("the secret is empty"));
  if (change.url) XL_CHECK(check_url(*change.url));
  if (change.endpoint) XL_CHECK(parse_endpoint(*change.endpoint).map([](const Endpoint&) {}));
  return {};
}

Status check_whole(const ElsewhereChange& change) {
  cloud::Elsewhere whole;
  whole.url = change.url.value_or("");
  whole.region = change.region.value_or("");
  whole.access_key_id = change.access_key_id.value_or("");
  whole.sealed_secret = change.secret.value_or("");  // only whether there is one
  whole.endpoint = change.endpoint.value_or("");
  XL_CHECK(refuse_missing(whole));
  return check_change(change);
}

Result<cloud::Elsewhere> change_elsewhere(Installation& installation, const cloud::Account& account,
                                          const ElsewhereChange& change) {
  XL_CHECK(check_change(change));
  if (account.kind != cloud::AccountKind::customer)
    return fail(Error::invalid("account " + account.name + " is a vendor's; customers' accounts may be elsewhere"));
  cloud::Elsewhere elsewhere;
  XL_CHECK(installation.registry->write([&](cloud::Registry& registry) -> Status {
    auto known = registry.elsewhere().find(account.id);
    if (!known && known.error().code != Errc::not_found) return fail(known.error());
    if (!known) XL_CHECK(refuse_settled(registry, account));
    elsewhere = known ? *std::move(known) : cloud::Elsewhere{};
    elsewhere.account_id = account.id;
    if (change.url) elsewhere.url = *change.url;
    if (change.region) elsewhere.region = *change.region;
    if (change.root_ca_pem) elsewhere.root_ca_pem = *change.root_ca_pem;
    if (change.policy) elsewhere.policy = *change.policy;
    if (change.endpoint) {
      XL_TRY(const Endpoint endpoint, parse_endpoint(*change.endpoint));
      elsewhere.endpoint = endpoint.host;
      elsewhere.port = endpoint.port;
    }
    if (change.access_key_id) {
      elsewhere.access_key_id = *change.access_key_id;
      elsewhere.sealed_secret = crypto::seal(installation.master_key, *change.secret, elsewhere.sealing_context());
    }
    XL_CHECK(refuse_missing(elsewhere));
    elsewhere.modified = wall_now();
    return registry.elsewhere().put(elsewhere);
  }));
  return elsewhere;
}

}  // namespace xl::installation
