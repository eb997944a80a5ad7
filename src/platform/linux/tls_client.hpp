// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "keystore/key_store.hpp"

namespace xl::platform {

/// What the module shows of itself.
struct TlsIdentity {
  std::string certificate_pem;  ///< birth certificate
  std::string chain_pem;        ///< its issuers, may be empty
  keystore::KeyStore* keys = nullptr;
};

/// The client's half of one mutually authenticated TLS >= 1.2 session over a connected, non-blocking socket.
/// Owns no descriptor; calls nobody back.
class TlsClient {
 public:
  enum class Step : std::uint8_t { done, want_read, want_write, closed, failed };

  /// `host` is the SNI and must be named by the server's certificate; an IP address is compared but not sent.
  /// errors: invalid_argument (root CA, own certificate), unavailable (key store)
  static Result<std::unique_ptr<TlsClient>> create(const TlsIdentity& identity, std::string_view host,
                                                   std::string_view root_ca_pem, int socket);
  virtual ~TlsClient() = default;

  virtual Step handshake() = 0;
  virtual Step read(ByteSpan out, std::size_t& count) = 0;
  virtual Step write(ByteView bytes, std::size_t& count) = 0;
  virtual void send_close_notify() = 0;
  /// After `failed`: why, short, for a person.
  virtual std::string failure() const = 0;
  /// After `failed`: the server has refused our certificate. TLS 1.3 tells so only after the handshake, on read.
  virtual bool certificate_refused() const = 0;
};

}  // namespace xl::platform
