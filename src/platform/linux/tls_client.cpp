// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/linux/pem.hpp"
#include "platform/linux/tls_failure.hpp"

namespace xl::platform {
namespace {

Error setup_failed(std::string_view what) {
  return Error::invalid(std::string(what) + " (" + explain_tls_failure(X509_V_OK).reason + ")");
}

pki::SslCtxPtr new_context() {
  pki::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // ours is TlsSessionCache
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

/// Any certificate of the bundle is an anchor, self-signed or not.
Status trust(SSL_CTX* context, std::string_view root_ca_pem) {
  const auto roots = certificates_of(root_ca_pem);
  if (!roots) return fail(Error::invalid("RootCA is not a PEM certificate"));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const pki::Certificate& root : *roots) {
    if (X509_STORE_add_cert(store, root.x509()) != 1) return fail(setup_failed("RootCA cannot be used"));
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

Status add_chain(SSL_CTX* context, std::string_view chain_pem) {
  if (chain_pem.empty()) return {};
  const auto chain = certificates_of(chain_pem);
  if (!chain) return fail(Error::invalid("chain.pem is not a PEM certificate"));
  for (const pki::Certificate& issuer : *chain) {
    if (SSL_CTX_add1_chain_cert(context, issuer.x509()) != 1) return fail(setup_failed("chain.pem cannot be used"));
  }
  return {};
}

Status show(SSL_CTX* context, const TlsIdentity& identity) {
  const auto certificate = certificates_of(identity.certificate_pem);
  if (!certificate) return fail(Error::invalid("the birth certificate is not a PEM certificate"));
  if (SSL_CTX_use_certificate(context, certificate->front().x509()) != 1) {
    return fail(setup_failed("the birth certificate cannot be used"));
  }
  XL_CHECK(add_chain(context, identity.chain_pem));
  XL_TRY(const pki::PkeyPtr key, identity.keys->key());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail(setup_failed("the private key does not belong to the birth certificate"));
  }
  return {};
}

Status expect_host(SSL* ssl, std::string host) {
  if (host.ends_with('.')) host.pop_back();  // "a.example." is the same name; certificates and SNI leave the dot out
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1) return {};  // source: RFC 6066 3: no SNI for addresses
  if (X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) != 1 ||
      SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
    return fail(setup_failed("the Endpoint is not a host name"));
  }
  return {};
}

/// A session that cannot be read is not offered; the handshake is a full one then.
void offer(SSL* ssl, const std::string& session_der) {
  const Byte* der = as_bytes(session_der).data();
  SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &der, static_cast<long>(session_der.size()));
  if (session != nullptr) SSL_set_session(ssl, session);
  SSL_SESSION_free(session);
  ERR_clear_error();
}

class OpenSslClient final : public TlsClient {
 public:
  OpenSslClient(pki::SslCtxPtr context, pki::SslPtr ssl) : context_(std::move(context)), ssl_(std::move(ssl)) {}

  Step handshake() override {
    prepare();
    const int result = SSL_connect(ssl_.get());
    const Step step = judge(result, SSL_get_verify_result(ssl_.get()));
    if (step == Step::closed) failure_.reason = "server closed the connection";
    return step;
  }
  Step read(ByteSpan out, std::size_t& count) override {
    prepare();
    return judge(SSL_read_ex(ssl_.get(), out.data(), out.size(), &count), X509_V_OK);
  }
  Step write(ByteView bytes, std::size_t& count) override {
    prepare();
    return judge(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count), X509_V_OK);
  }
  void send_close_notify() override {
    if (broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  std::string failure() const override { return failure_.reason; }
  bool certificate_refused() const override { return failure_.certificate_refused; }
  /// As DER: OpenSSL spoils the object itself when a connection ends without a goodbye.
  std::string session() const override {
    const SSL_SESSION* session = SSL_get0_session(ssl_.get());
    if (session == nullptr || SSL_SESSION_is_resumable(session) != 1 || SSL_SESSION_has_ticket(session) != 1) return {};
    std::string der(static_cast<std::size_t>(i2d_SSL_SESSION(session, nullptr)), '\0');
    auto* out = reinterpret_cast<Byte*>(der.data());
    i2d_SSL_SESSION(session, &out);
    return der;
  }

 private:
  /// SSL_get_error() looks at the queue and at errno: nothing old may lie there.
  static void prepare() {
    ERR_clear_error();
    errno = 0;
  }
  Step judge(int result, long verify_result) {
    if (result > 0) return Step::done;
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Step::want_read;
      case SSL_ERROR_WANT_WRITE:
        return Step::want_write;
      case SSL_ERROR_ZERO_RETURN:
        return Step::closed;
      case SSL_ERROR_SYSCALL:
        failure_.reason = system_error != 0 ? std::strerror(system_error) : "connection lost";
        break;
      default:
        failure_ = explain_tls_failure(verify_result);
    }
    broken_ = true;
    return Step::failed;
  }

  pki::SslCtxPtr context_;
  pki::SslPtr ssl_;
  TlsFailure failure_;
  bool broken_ = false;
};

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::create(const TlsIdentity& identity, const TlsTarget& target,
                                                     const std::string& session, int socket) {
  ERR_clear_error();
  pki::SslCtxPtr context = new_context();
  if (!context) return fail(setup_failed("OpenSSL cannot start"));
  XL_CHECK(trust(context.get(), target.root_ca_pem));
  XL_CHECK(show(context.get(), identity));
  pki::SslPtr ssl(SSL_new(context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return fail(setup_failed("OpenSSL cannot start"));
  XL_CHECK(expect_host(ssl.get(), target.host));
  if (!session.empty()) offer(ssl.get(), session);
  return std::make_unique<OpenSslClient>(std::move(context), std::move(ssl));
}

}  // namespace xl::platform
