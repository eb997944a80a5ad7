// SPDX-License-Identifier: Apache-2.0
// The interface is OpenSSL's provider API: provider-base(7), provider-decoder(7).
#include "crypto/lean_library.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace xl::crypto {
namespace {

OSSL_PROVIDER* full_provider = nullptr;  // of a context of its own; its implementations are lent out
std::array<std::vector<OSSL_ALGORITHM>, OSSL_OP__HIGHEST + 1> lent;  // by operation; never touched once it is filled

/// Algorithm names come as "EC:id-ecPublicKey:1.2.840.10045.2.1".
bool has_name(std::string_view names, std::string_view wanted) {
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(':', at), names.size());
    if (names.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

template <std::size_t N>
bool has_any(std::string_view names, const std::array<std::string_view, N>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [names](std::string_view name) { return has_name(names, name); });
}

constexpr std::array<std::string_view, 2> kCertificateKeys{"EC", "RSA"};
/// RSA-PSS: what an RSA key signs with in TLS 1.3. Without it OpenSSL does not offer that to devices with such keys.
constexpr std::array<std::string_view, 7> kKeys{"EC", "RSA", "RSA-PSS", "X25519", "HKDF", "TLS1-PRF", "HMAC"};
constexpr std::array<std::string_view, 7> kDigests{"MD5",      "MD5-SHA1", "SHA1",    "SHA2-224",
                                                   "SHA2-256", "SHA2-384", "SHA2-512"};
// CTR and ECB are the random generator's.
constexpr std::array<std::string_view, 14> kCiphers{"NULL",
                                                    "AES-128-GCM",
                                                    "AES-256-GCM",
                                                    "AES-128-CCM",
                                                    "AES-256-CCM",
                                                    "ChaCha20-Poly1305",
                                                    "AES-128-CBC",
                                                    "AES-256-CBC",
                                                    "AES-128-CBC-HMAC-SHA1",
                                                    "AES-256-CBC-HMAC-SHA1",
                                                    "AES-128-CBC-HMAC-SHA256",
                                                    "AES-256-CBC-HMAC-SHA256",
                                                    "AES-256-CTR",
                                                    "AES-256-ECB"};
constexpr std::array<std::string_view, 1> kMacs{"HMAC"};
constexpr std::array<std::string_view, 3> kKdfs{"HKDF", "TLS13-KDF", "TLS1-PRF"};

/// Public keys out of certificates, in DER; private keys are read elsewhere.
bool is_needed_decoder(std::string_view names, std::string_view properties) {
  const auto has = [properties](std::string_view text) { return properties.find(text) != std::string_view::npos; };
  return has_any(names, kCertificateKeys) && has("input=der") && has("SubjectPublicKeyInfo");
}

bool is_needed(int operation, const OSSL_ALGORITHM& algorithm) {
  const std::string_view names = algorithm.algorithm_names;
  const std::string_view properties =
      algorithm.property_definition != nullptr ? algorithm.property_definition : std::string_view{};
  switch (operation) {
    case OSSL_OP_DECODER:
      return is_needed_decoder(names, properties);
    case OSSL_OP_ENCODER:
      return has_any(names, kCertificateKeys);
    case OSSL_OP_KEYMGMT:
      return has_any(names, kKeys);
    case OSSL_OP_DIGEST:
      return has_any(names, kDigests);
    case OSSL_OP_CIPHER:
      return has_any(names, kCiphers);
    case OSSL_OP_MAC:
      return has_any(names, kMacs);
    case OSSL_OP_KDF:
      return has_any(names, kKdfs);
    default:
      return true;
  }
}

void choose_what_is_lent() {
  for (int operation = 1; operation <= OSSL_OP__HIGHEST; ++operation) {
    auto& chosen = lent[static_cast<std::size_t>(operation)];
    int ignored = 0;
    const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(full_provider, operation, &ignored);
    for (; all != nullptr && all->algorithm_names != nullptr; ++all) {
      if (is_needed(operation, *all)) chosen.push_back(*all);
    }
    chosen.push_back({nullptr, nullptr, nullptr, nullptr});
  }
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  *no_cache = 0;
  return operation >= 1 && operation <= OSSL_OP__HIGHEST ? lent[static_cast<std::size_t>(operation)].data() : nullptr;
}

const OSSL_ALGORITHM* query_keyless(void* context, int operation, int* no_cache) {
  return operation == OSSL_OP_DECODER || operation == OSSL_OP_KEYMGMT ? nullptr : query(context, operation, no_cache);
}

int capabilities(void*, const char* capability, OSSL_CALLBACK* callback, void* argument) {
  return OSSL_PROVIDER_get_capabilities(full_provider, capability, callback, argument);
}
const OSSL_PARAM* gettable_parameters(void*) { return OSSL_PROVIDER_gettable_params(full_provider); }
int get_parameters(void*, OSSL_PARAM* parameters) { return OSSL_PROVIDER_get_params(full_provider, parameters); }
void tear_down(void*) {}

template <class Function>
OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

template <OSSL_FUNC_provider_query_operation_fn* Query>
int initialise(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** provider_context) {
  static const std::array<OSSL_DISPATCH, 6> table{entry(OSSL_FUNC_PROVIDER_TEARDOWN, &tear_down),
                                                  entry(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, &gettable_parameters),
                                                  entry(OSSL_FUNC_PROVIDER_GET_PARAMS, &get_parameters),
                                                  entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, Query),
                                                  entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, &capabilities),
                                                  {0, nullptr}};
  *out = table.data();
  // The lent implementations expect the context that they were made for.
  *provider_context = OSSL_PROVIDER_get0_provider_ctx(full_provider);
  return 1;
}

/// The full provider, its implementations chosen; null when OpenSSL refuses.
OSSL_PROVIDER* open_full() {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  full_provider = context != nullptr ? OSSL_PROVIDER_load(context, "default") : nullptr;
  if (full_provider != nullptr) {
    choose_what_is_lent();
  } else {
    OSSL_LIB_CTX_free(context);
  }
  return full_provider;
}

OSSL_LIB_CTX* make(OSSL_provider_init_fn* initialise_provider) {
  static const bool is_open = open_full() != nullptr;
  OSSL_LIB_CTX* context = is_open ? OSSL_LIB_CTX_new() : nullptr;
  if (context != nullptr && OSSL_PROVIDER_add_builtin(context, "lean", initialise_provider) == 1 &&
      OSSL_PROVIDER_load(context, "lean") != nullptr)
    return context;
  OSSL_LIB_CTX_free(context);
  return nullptr;
}

}  // namespace

OSSL_LIB_CTX* lean_library() {
  static OSSL_LIB_CTX* const library = make(&initialise<&query>);
  return library;
}

OSSL_LIB_CTX* keyless_library() {
  static OSSL_LIB_CTX* const library = make(&initialise<&query_keyless>);
  return library;
}

}  // namespace xl::crypto
