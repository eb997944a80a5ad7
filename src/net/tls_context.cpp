// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <tuple>

namespace xl::net {
namespace ssl = boost::asio::ssl;
namespace {

using boost::system::error_code;

TlsContext make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // 34 KiB less for each idle connection
  return context;
}

int choose_http_1_1(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof kHttp11 - 1, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<TlsContext> make_server_context(const std::string& chain_pem, const std::string& key_pem) {
  auto context = make_context(ssl::context::tls_server);
  error_code error;
  if (context->use_certificate_chain(boost::asio::buffer(chain_pem), error))
    return fail(Error::invalid("The HTTPS certificate chain is not valid PEM: " + error.message() + "."));
  if (context->use_private_key(boost::asio::buffer(key_pem), ssl::context::pem, error))
    return fail(Error::invalid("The HTTPS private key cannot be used with the certificate: " + error.message() + "."));
  SSL_CTX_set_alpn_select_cb(context->native_handle(), &choose_http_1_1, nullptr);
  return context;
}

Result<TlsContext> make_client_context(const std::string& root_ca_file, const std::string& root_ca_pem) {
  auto context = make_context(ssl::context::tls_client);
  error_code error;
  if (!root_ca_pem.empty()) {
    std::ignore = context->add_certificate_authority(boost::asio::buffer(root_ca_pem), error);
  } else if (root_ca_file.empty()) {
    std::ignore = context->set_default_verify_paths(error);
  } else {
    std::ignore = context->load_verify_file(root_ca_file, error);
  }
  if (error && !root_ca_pem.empty())
    return fail(Error::invalid("The root CA bundle is not PEM: " + error.message() + "."));
  if (error)
    return fail(Error::invalid("The root CA file " + root_ca_file + " cannot be used: " + error.message() + "."));
  SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER, nullptr);
  return context;
}

}  // namespace xl::net
