// SPDX-License-Identifier: Apache-2.0
#include "gateway/tls_context.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/lean_library.hpp"
#include "pki/private_key.hpp"

namespace xl::gateway {
namespace {

/// The account id of a connection lives in its SSL object.
int account_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* account, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(account); });
  return index;
}

/// host_name out of the server_name extension (RFC 6066 3); empty when it is absent or malformed.
std::string server_name_of(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
  constexpr std::size_t header = 5;  // list length, type, name length
  if (size < header || data[2] != TLSEXT_NAMETYPE_host_name) return {};
  const std::size_t length = static_cast<std::size_t>(data[3] << 8 | data[4]);
  if (length != size - header || length > 255) return {};
  return to_lower({reinterpret_cast<const char*>(data + header), length});
}

/// Runs before OpenSSL looks at tickets: with the account as session id context, none of another account resumes.
int on_client_hello(SSL* ssl, int* alert, void* argument) {
  const auto& account_of_name = *static_cast<AccountOfName*>(argument);
  const auto account = account_of_name(server_name_of(ssl));
  if (!account) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(account->data()),
                             static_cast<unsigned>(account->size()));
  delete static_cast<std::string*>(SSL_get_ex_data(ssl, account_index()));  // a HelloRetryRequest brings us here again
  SSL_set_ex_data(ssl, account_index(), new std::string(*account));
  return SSL_CLIENT_HELLO_SUCCESS;
}

/// Every certificate passes the handshake: it only proves possession. Who it is gets decided at CONNECT. The issuers
/// that a client sends along are not asked, and would stay in memory as long as the connection.
int accept_any(X509_STORE_CTX* store, void*) {
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  while (sk_X509_num(sent) > 1) X509_free(sk_X509_pop(sent));
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  constexpr std::string_view mqtt = "x-amzn-mqtt-ca";
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    if (at + 1U + in[at] > in_size) break;
    if (std::string_view(reinterpret_cast<const char*>(in + at + 1), in[at]) != mqtt) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

Status use_certificate(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem) {
  XL_TRY(const auto chain, pki::Certificate::bundle_from_pem(chain_pem));
  XL_TRY(const pki::PrivateKey key, pki::PrivateKey::from_pem(key_pem));
  bool good = SSL_CTX_use_certificate(context, chain.front().x509()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key.pkey()) == 1 && SSL_CTX_check_private_key(context) == 1;
  for (std::size_t i = 1; good && i < chain.size(); ++i) good = SSL_CTX_add1_chain_cert(context, chain[i].x509()) == 1;
  ERR_clear_error();
  if (!good) return fail(Error::invalid("the server's certificate and private key do not belong together"));
  return {};
}

}  // namespace

Result<TlsContext> TlsContext::make(const std::string& certificate_chain_pem, const std::string& private_key_pem,
                                    AccountOfName account_of_name, const TicketKeys::Seed& ticket_seed) {
  (void)account_index();  // OpenSSL keeps it in the thread's library, which is another one during handshakes
  TlsContext out;
  out.context_.reset(SSL_CTX_new_ex(crypto::lean_library(), nullptr, TLS_server_method()));
  out.account_of_name_ = std::make_shared<AccountOfName>(std::move(account_of_name));
  out.ticket_keys_ = std::make_unique<TicketKeys>(ticket_seed);
  SSL_CTX* context = out.context_.get();
  XL_CHECK(use_certificate(context, certificate_chain_pem, private_key_pem));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);  // of TLS 1.3: good once each and little cheaper than a handshake
  use_tickets(context, *out.ticket_keys_);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);  // a record in one read instead of two
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &accept_any, nullptr);
  SSL_CTX_set_client_hello_cb(context, &on_client_hello, out.account_of_name_.get());
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  return out;
}

pki::SslPtr TlsContext::accept(int descriptor) const {
  pki::SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

const std::string& account_of(const SSL* ssl) {
  static const std::string none;
  const auto* account = ssl == nullptr ? nullptr : static_cast<std::string*>(SSL_get_ex_data(ssl, account_index()));
  return account == nullptr ? none : *account;
}

std::string peer_fingerprint(const SSL* ssl) { return fingerprint_of(SSL_get0_peer_certificate(ssl)); }

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return hex_encode(digest);
}

Result<pki::Certificate> peer_certificate(const SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return fail(Error::forbidden("the client showed no certificate"));
  if (SSL_session_reused(ssl) == 0) return pki::Certificate::from_x509(certificate);
  unsigned char* der = nullptr;  // out of a ticket, where its key was not read
  const int size = i2d_X509(certificate, &der);
  const std::string copy(reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  return pki::Certificate::from_der(copy);
}

}  // namespace xl::gateway
