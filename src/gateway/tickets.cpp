// SPDX-License-Identifier: Apache-2.0
#include "gateway/tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/random.hpp"
#include "gateway/tls_context.hpp"

namespace xl::gateway {
namespace {

constexpr std::size_t kNameSize = 16;

TicketKeys::Keys keys_of(const crypto::Sha256& secret) {
  const auto derive = [&secret](std::string_view purpose) { return crypto::hmac_sha256(secret, as_bytes(purpose)); };
  return {derive("ticket name"), derive("ticket cipher"), derive("ticket mac")};
}

int keys_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Whom the ticket belongs to; the parts contain no space.
std::string holder(const std::string& account, const X509* certificate) {
  return account + " " + fingerprint_of(certificate);
}

bool prepare(EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, TicketKeys::Keys& keys, const unsigned char* iv, bool seals) {
  std::string digest = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, keys.mac.data(), keys.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, keys.cipher.data(), iv, seals ? 1 : 0) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/// The contract is OpenSSL's: 1 the key is set, 2 the same and a new ticket is wanted, 0 no such key, -1 broken.
int choose_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seals) {
  auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
  if (seals == 1) {
    TicketKeys::Keys chosen = keys.current();
    std::copy_n(chosen.name.begin(), kNameSize, name);
    crypto::random_bytes({iv, EVP_MAX_IV_LENGTH});
    return prepare(cipher, mac, chosen, iv, true) ? 1 : -1;
  }
  const auto found = keys.find({name, kNameSize});
  if (found.keys == nullptr) return 0;
  TicketKeys::Keys chosen = *found.keys;
  if (!prepare(cipher, mac, chosen, iv, false)) return -1;
  return found.is_old ? 2 : 1;
}

int write_holder(SSL* ssl, void*) {
  const std::string text = holder(account_of(ssl), SSL_get0_peer_certificate(ssl));
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), text.data(), text.size());
}

/// The session id context keeps accounts apart already; this holds should that ever be forgotten.
SSL_TICKET_RETURN check_holder(SSL* ssl, SSL_SESSION* session, const unsigned char*, std::size_t,
                               SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  void* data = nullptr;
  std::size_t size = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1) return SSL_TICKET_RETURN_IGNORE_RENEW;
  const X509* certificate = SSL_SESSION_get0_peer(session);
  const bool is_holder = certificate != nullptr &&
                         std::string_view(static_cast<const char*>(data), size) == holder(account_of(ssl), certificate);
  if (!is_holder) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

std::int64_t monotonic_hour() {
  using namespace std::chrono;
  return duration_cast<hours>(steady_clock::now().time_since_epoch()).count();
}

TicketKeys::Seed TicketKeys::fresh_seed(const HourClock& clock) {
  Seed seed{{}, clock()};
  crypto::random_bytes(seed.secret);
  return seed;
}

TicketKeys::TicketKeys(const Seed& seed, HourClock clock)
    : clock_(std::move(clock)), seed_(seed), current_(keys_of(seed.secret)), previous_(current_) {}

TicketKeys::Seed TicketKeys::moved_on(Seed seed, const HourClock& clock) {
  for (const std::int64_t before = clock() - 1; seed.hour < before;) next_hour(seed);
  return seed;
}

void TicketKeys::next_hour(Seed& seed) {
  seed.secret = crypto::hmac_sha256(seed.secret, as_bytes("next hour"));
  ++seed.hour;
}

void TicketKeys::move_on() {
  for (const std::int64_t now = clock_(); seed_.hour < now;) {
    next_hour(seed_);
    previous_ = std::exchange(current_, keys_of(seed_.secret));
  }
}

const TicketKeys::Keys& TicketKeys::current() {
  move_on();
  return current_;
}

TicketKeys::Found TicketKeys::find(ByteView name) {
  move_on();
  const auto is_named = [name](const Keys& keys) {
    return name.size() == kNameSize && std::equal(name.begin(), name.end(), keys.name.begin());
  };
  if (is_named(current_)) return {&current_, false};
  if (is_named(previous_)) return {&previous_, true};
  return {};
}

void use_tickets(SSL_CTX* context, TicketKeys& keys) {
  SSL_CTX_set_ex_data(context, keys_index(), &keys);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &choose_key);
  SSL_CTX_set_session_ticket_cb(context, &write_holder, &check_holder, nullptr);
  SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::kTicketLife).count());
}

}  // namespace xl::gateway
