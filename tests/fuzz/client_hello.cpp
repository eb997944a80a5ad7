// SPDX-License-Identifier: Apache-2.0
// A stranger's first bytes at the gateway. The first input byte chooses what the rest is: raw bytes, the body of a
// ClientHello, or its server_name extension.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fuzz/fuzz.hpp"
#include "gateway/tls_context.hpp"
#include "pki/authority.hpp"

namespace xl::fuzz {
namespace {

/// Big-endian length in front of `body`.
std::string sized(std::size_t length_bytes, std::string_view body) {
  std::string out;
  for (std::size_t i = length_bytes; i > 0; --i) out += static_cast<char>(body.size() >> (8 * (i - 1)) & 0xFF);
  return out.append(body);
}

std::string record_of(std::string_view hello_body) { return "\x16\x03\x01" + sized(2, "\x01" + sized(3, hello_body)); }

std::string hello_with_server_name(std::string_view extension) {
  using namespace std::string_view_literals;
  const std::string ciphers = sized(2, "\x13\x01\xc0\x2b\xc0\x2f"sv);
  const std::string groups = std::string("\x00\x0a"sv) + sized(2, sized(2, "\x00\x17"sv));
  const std::string algorithms = std::string("\x00\x0d"sv) + sized(2, sized(2, "\x04\x03\x08\x04"sv));
  return "\x03\x03" + std::string(32, 'r') + sized(1, "") + ciphers + sized(1, "\0"sv) +
         sized(2, std::string("\0\0"sv) + sized(2, extension) + groups + algorithms);
}

std::string stream_of(std::string_view input) {
  if (input.empty()) return {};
  const int shape = input.front() % 3;
  input.remove_prefix(1);
  if (input.size() > 16'000 || shape == 0) return std::string(input);
  return record_of(shape == 1 ? std::string(input) : hello_with_server_name(input));
}

std::optional<std::string> account_of_name(const std::string& name) {
  require(name.size() <= 255, "a server name has at most 255 bytes");
  for (const char c : name) require(c < 'A' || c > 'Z', "a server name is in lower case");
  return name.empty() || name.front() == 'x' ? std::nullopt : std::optional("account of " + name);
}

gateway::TlsContext make_context() {
  const pki::Authority root = *pki::create_root_ca("Root", "ACME", 25, wall_now());
  const pki::PrivateKey key = pki::PrivateKey::generate_p256();
  const auto certificate = pki::issue_server_certificate(root, key, {"*.iot.localhost"}, 365, wall_now());
  return *gateway::TlsContext::make(certificate->facts().pem, key.to_pem(), &account_of_name,
                                    gateway::TicketKeys::fresh_seed());
}

}  // namespace

void run(ByteView input) {
  static const gateway::TlsContext context = make_context();
  const pki::SslPtr ssl = context.accept(-1);
  BIO* from_client = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), from_client, BIO_new(BIO_s_mem()));
  const std::string stream = stream_of(as_text(input));
  for (const std::string_view part :
       {std::string_view(stream).substr(0, stream.size() / 2), std::string_view(stream).substr(stream.size() / 2)}) {
    BIO_write(from_client, part.data(), static_cast<int>(part.size()));
    char byte = 0;
    require(SSL_read(ssl.get(), &byte, 1) <= 0, "nobody gets through the handshake without a key");
    ERR_clear_error();
  }
  require(gateway::peer_fingerprint(ssl.get()).empty() || !gateway::account_of(ssl.get()).empty(),
          "no certificate without an account");
}

}  // namespace xl::fuzz
