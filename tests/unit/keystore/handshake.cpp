// SPDX-License-Identifier: Apache-2.0
#include "unit/keystore/handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "pki/authority.hpp"
#include "pki/birth_certificate.hpp"
#include "pki/signer_key.hpp"

namespace xl::keystore::test {
namespace {

struct Trust {
  pki::Authority root = *pki::create_root_ca("Root", "Tests", 20, wall_now());
  pki::PrivateKey server_key = pki::PrivateKey::generate_p256();
  pki::Certificate server = *pki::issue_server_certificate(root, server_key, {"endpoint.localhost"}, 30, wall_now());
};

const Trust& trust() {
  static const Trust made;
  return made;
}

pki::SslCtxPtr context(const SSL_METHOD* method, int version, X509* certificate, EVP_PKEY* key) {
  pki::SslCtxPtr made(SSL_CTX_new(method));
  SSL_CTX_set_min_proto_version(made.get(), version);
  SSL_CTX_set_max_proto_version(made.get(), version);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(made.get()), trust().root.certificate.x509());
  SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (SSL_CTX_use_certificate(made.get(), certificate) != 1 || SSL_CTX_use_PrivateKey(made.get(), key) != 1)
    return nullptr;
  return made;
}

bool is_over(int result, const SSL* ssl) { return result <= 0 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ; }

}  // namespace

std::string handshake_failure(EVP_PKEY* key, int version) {
  ERR_clear_error();
  const auto certificate = pki::issue_birth_certificate(trust().root, key, pki::random_uid(), "Tests", "M", wall_now());
  if (!certificate) return certificate.error().detail;
  const auto client_context = context(TLS_client_method(), version, certificate->x509(), key);
  const auto server_context = context(TLS_server_method(), version, trust().server.x509(), trust().server_key.pkey());
  if (!client_context || !server_context) return "certificate and key do not belong together";
  const pki::SslPtr client(SSL_new(client_context.get())), server(SSL_new(server_context.get()));
  BIO *client_side = nullptr, *server_side = nullptr;
  BIO_new_bio_pair(&client_side, 0, &server_side, 0);
  SSL_set_bio(client.get(), client_side, client_side);
  SSL_set_bio(server.get(), server_side, server_side);
  for (int turn = 0; turn < 20; ++turn) {
    const int said = SSL_connect(client.get());
    if (is_over(said, client.get())) return pki::take_signer_failure().value_or("the client gave up");
    const int answered = SSL_accept(server.get());
    if (is_over(answered, server.get())) return "the server refused";
    if (said == 1 && answered == 1) return SSL_get_verify_result(server.get()) == X509_V_OK ? "" : "not verified";
  }
  return "the handshake does not end";
}

}  // namespace xl::keystore::test
