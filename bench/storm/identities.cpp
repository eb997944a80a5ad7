// SPDX-License-Identifier: Apache-2.0
#include "identities.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace xl::storm {
namespace fs = std::filesystem;

namespace {

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

pki::BioPtr open_text(const std::string& text) {
  return pki::BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

pki::X509Ptr read_certificate(const std::string& pem) {
  return pki::X509Ptr(PEM_read_bio_X509(open_text(pem).get(), nullptr, nullptr, nullptr));
}

/// The identities of a batch name the same few issuers: each is parsed and kept once.
class Issuers {
 public:
  explicit Issuers(Fleetwide& fleet) : fleet_(fleet) {}

  X509* find(const std::string& pem) {
    if (pem.empty()) return nullptr;
    const auto known = std::find(pems_.begin(), pems_.end(), pem);
    if (known != pems_.end()) return fleet_.issuers[static_cast<std::size_t>(known - pems_.begin())].get();
    fleet_.issuers.push_back(read_certificate(pem));
    pems_.push_back(pem);
    return fleet_.issuers.back().get();
  }

 private:
  Fleetwide& fleet_;
  std::vector<std::string> pems_;
};

std::vector<fs::path> folders_of(const Options& options) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options.identities, error)) {
    if (fs::exists(entry.path() / "thing-name", error)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

Result<Identity> read_identity(const fs::path& folder, Issuers& issuers, const Options& options) {
  Identity identity;
  identity.thing_name = read_text(folder / "thing-name");
  identity.endpoint = options.endpoint.empty() ? read_text(folder / "endpoint") : options.endpoint;
  identity.certificate = read_certificate(read_text(folder / "certificate.pem"));
  const std::string key = read_text(folder / "key.pem");
  identity.key.reset(PEM_read_bio_PrivateKey(open_text(key).get(), nullptr, nullptr, nullptr));
  identity.issuer = issuers.find(read_text(folder / "chain.pem"));
  if (!identity.certificate) return fail(Error::invalid("no certificate in " + (folder / "certificate.pem").string()));
  if (!identity.key) return fail(Error::invalid("no private key in " + (folder / "key.pem").string()));
  if (identity.endpoint.empty()) return fail(Error::invalid(folder.string() + " names no endpoint; use --endpoint"));
  return identity;
}

Result<pki::SslCtxPtr> make_context(const Options& options, const fs::path& first_identity) {
  pki::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (options.tls12) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(
      context.get(), options.resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const std::string roots =
      options.root_ca_file.empty() ? (first_identity / "root-ca.pem").string() : options.root_ca_file;
  if (SSL_CTX_load_verify_locations(context.get(), roots.c_str(), nullptr) != 1)
    return fail(Error::invalid("no root certificate in " + roots));
  return context;
}

}  // namespace

Result<Fleetwide> load(const Options& options) {
  std::vector<fs::path> folders = folders_of(options);
  if (folders.empty()) return fail(Error{Errc::not_found, "no identity folder in " + options.identities.string()});
  if (options.modules > folders.size()) {
    return fail(Error{Errc::not_found, std::to_string(options.modules) + " modules need as many identities; " +
                                           options.identities.string() + " holds " + std::to_string(folders.size())});
  }
  if (options.modules > 0) folders.resize(options.modules);
  Fleetwide fleet;
  XL_TRY(fleet.context, make_context(options, folders.front()));
  Issuers issuers(fleet);
  fleet.identities.reserve(folders.size());
  for (const fs::path& folder : folders) {
    XL_TRY(Identity identity, read_identity(folder, issuers, options));
    fleet.identities.push_back(std::move(identity));
  }
  ERR_clear_error();
  fleet.address_text = options.connect_to.empty() ? fleet.identities.front().endpoint + ":8883" : options.connect_to;
  return fleet;
}

}  // namespace xl::storm
