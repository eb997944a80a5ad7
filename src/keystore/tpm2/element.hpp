// SPDX-License-Identifier: Apache-2.0
// One conversation with a TPM 2.0 through its ESYS interface.
#pragma once
#include <tss2/tss2_esys.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "pki/signer_key.hpp"

namespace xl::keystore::tpm2 {

/// The public half of a key, and the Name by which the TPM itself tells it from others.
/// source: TPM 2.0 Library, Part 1, 16 (Names)
struct PublicKey {
  pki::P256Point point;
  std::string name_hex;
};

/// Open for a few commands only: a TPM without a resource manager serves one client at a time, and one that was pulled
/// out and came back is simply opened again. While it is open, no other thread of this process has one.
///
/// A TPM has about three transient slots. Keys that sign are persistent and need none; what create() loads is flushed
/// before it returns, whatever happens.
class Element {
 public:
  /// `tcti`: how to reach it, like "device:/dev/tpmrm0" or "swtpm:host=127.0.0.1,port=2321".
  /// errors: unavailable
  static Result<Element> open(const std::string& tcti);

  /// errors: not_found (nothing at the handle), invalid_argument (no P-256 signing key), unavailable
  Result<PublicKey> read_public(std::uint32_t handle);
  /// `name_hex`: the key that must be at the handle. errors: forbidden (PIN), not_found (nothing there, or another key)
  Result<pki::P256Signature> sign(std::uint32_t handle, const std::string& name_hex, const std::string& pin,
                                  const pki::P256Number& digest);
  /// Generates a P-256 key under the owner's storage key; it exists only in this conversation until persist().
  /// errors: forbidden (the owner hierarchy has a password), unavailable
  Result<PublicKey> create(const std::string& pin);
  /// Keeps what create() has made. errors: already_exists (the handle is taken), io (no room)
  Status persist(std::uint32_t handle);
  /// errors: not_found (nothing there, or another key than that of the name), forbidden
  Status evict(std::uint32_t handle, const std::string& name_hex);
  /// The first handle from `first` to `last` with nothing at it. errors: io (none)
  Result<std::uint32_t> free_handle(std::uint32_t first, std::uint32_t last);

 private:
  struct CloseContext {
    void operator()(ESYS_CONTEXT* context) const;
  };
  using Context = std::unique_ptr<ESYS_CONTEXT, CloseContext>;
  Element(std::unique_lock<std::mutex> turn, Context context) : turn_(std::move(turn)), context_(std::move(context)) {}

  /// The object at a persistent handle, which must be the key of that name unless it is empty.
  Result<ESYS_TR> at(std::uint32_t handle, const std::string& name_hex);
  Result<PublicKey> public_of(ESYS_TR object);
  Result<ESYS_TR> create_storage_key();
  Result<PublicKey> create_below(ESYS_TR parent, const std::string& pin);

  std::unique_lock<std::mutex> turn_;  // before the context: the next thread's turn comes when that is closed
  Context context_;
  /// A loaded key, flushed with the element.
  class Loaded {
   public:
    Loaded() = default;
    Loaded(ESYS_CONTEXT* context, ESYS_TR object) : context_(context), object_(object) {}
    Loaded(Loaded&& other) noexcept : context_(other.context_), object_(other.object_) { other.context_ = nullptr; }
    Loaded& operator=(Loaded&& other) noexcept;
    ~Loaded() { flush(); }
    ESYS_TR get() const { return object_; }

   private:
    void flush();
    ESYS_CONTEXT* context_ = nullptr;
    ESYS_TR object_ = ESYS_TR_NONE;
  };
  Loaded created_;  // after the context: flushed before that is closed
};

}  // namespace xl::keystore::tpm2
