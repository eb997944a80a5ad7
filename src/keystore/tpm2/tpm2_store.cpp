// SPDX-License-Identifier: Apache-2.0
#include "keystore/tpm2/tpm2_store.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "keystore/pin.hpp"
#include "keystore/tpm2/element.hpp"

namespace xl::keystore::tpm2 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultTcti = "device:/dev/tpmrm0";  // the kernel's resource manager: shared, and cleaned up
// source: TCG Registry of Reserved TPM 2.0 Handles, 2.3.1: the owner's, without the first that are reserved for SRKs
constexpr std::uint32_t kFirstHandle = 0x81000100;
constexpr std::uint32_t kOwnerHandleMin = 0x81000000;
constexpr std::uint32_t kOwnerHandleMax = 0x817FFFFF;

/// Where a key is, and what opens it.
struct Place {
  fs::path identity;
  KeyUri uri;
  std::string tcti;
  std::uint32_t handle = 0;
  std::string name_hex;

  Result<SecretText> pin() const {
    XL_TRY(std::optional<SecretText> pin, read_pin(uri, identity));
    return pin ? *std::move(pin) : SecretText();
  }
};

std::string handle_text(std::uint32_t handle) {
  std::string digits(8, '0');
  std::to_chars(digits.data(), digits.data() + digits.size(), handle, 16);  // a persistent handle has eight digits
  return "0x" + digits;
}

Result<std::uint32_t> parse_handle(std::string_view text) {
  std::uint32_t handle = 0;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 2, end, handle, 16);
    if (error == std::errc() && stop == end && handle >= kOwnerHandleMin && handle <= kOwnerHandleMax) return handle;
  }
  return fail(Error::invalid("A TPM key's handle is a number from 0x81000000 to 0x817fffff, like 0x81000100."));
}

Result<Place> place_of(const fs::path& identity, const KeyUri& uri) {
  XL_CHECK(uri.allow_only({"handle", "tcti", "name", "pin-source", "pin-value"}));
  Place place{identity, uri, uri.value("tcti"), 0, uri.value("name")};
  if (place.tcti.empty()) place.tcti = kDefaultTcti;
  if (uri.has("handle")) {
    XL_TRY(place.handle, parse_handle(uri.value("handle")));
  }
  return place;
}

class Signer final : public pki::DigestSigner {
 public:
  explicit Signer(Place place) : place_(std::move(place)) {}
  Result<pki::P256Signature> sign(const pki::P256Number& digest) override {
    XL_TRY(const SecretText pin, place_.pin());
    XL_TRY(Element element, Element::open(place_.tcti));
    return element.sign(place_.handle, place_.name_hex, pin.text, digest);
  }
  const Place& place() const { return place_; }

 private:
  const Place place_;
};

class Tpm2Store final : public KeyStore {
 public:
  explicit Tpm2Store(Place place) : signer_(std::make_shared<Signer>(std::move(place))) {}

  Result<pki::PkeyPtr> key() override {
    const Place& place = signer_->place();
    XL_TRY(const PublicKey found, read(place));
    if (!place.name_hex.empty() && place.name_hex != found.name_hex) {
      return fail(Error{Errc::not_found, "The TPM holds another key at " + handle_text(place.handle) +
                                             " than the one this identity was issued for."});
    }
    return pki::key_of_signer(found.point, signer_);
  }
  std::string description() const override {
    return "TPM 2.0 handle " + handle_text(signer_->place().handle) + " at " + signer_->place().tcti;
  }

 private:
  static Result<PublicKey> read(const Place& place) {
    XL_TRY(Element element, Element::open(place.tcti));
    return element.read_public(place.handle);
  }

  std::shared_ptr<Signer> signer_;
};

Error taken(std::uint32_t handle) {
  return {Errc::already_exists, "The TPM has an object at " + handle_text(handle) +
                                    " already. Name another handle, or none for the first that is free."};
}

/// The key's name is on disk before the key is in the TPM: an interruption leaves no key that nobody knows of.
Status make_key(Element& element, Place& place) {
  XL_TRY(const SecretText pin, place.pin());
  XL_TRY(const PublicKey made, element.create(pin.text));
  place.name_hex = made.name_hex;
  place.uri.set_path("handle", handle_text(place.handle));
  place.uri.set_path("tcti", place.tcti);
  place.uri.set_path("name", made.name_hex);
  XL_CHECK(write_new_private_file(place.identity / kUriFileName, place.uri.text() + "\n"));
  Status kept = element.persist(place.handle);
  if (!kept) {
    std::error_code ignored;
    fs::remove(place.identity / kUriFileName, ignored);
  }
  if (!kept && kept.error().code == Errc::already_exists) return fail(taken(place.handle));
  return kept;
}

}  // namespace

Result<std::unique_ptr<KeyStore>> open(const fs::path& identity, const KeyUri& uri) {
  XL_TRY(Place place, place_of(identity, uri));
  if (place.handle == 0) return fail(Error::invalid("The tpm2: URI names no handle, like handle=0x81000100."));
  warn_of_open_pin(uri, identity);
  return std::make_unique<Tpm2Store>(std::move(place));
}

Result<std::unique_ptr<KeyStore>> create(const fs::path& identity, const KeyUri& wanted, const std::string&) {
  XL_TRY(Place place, place_of(identity, wanted));
  {
    XL_TRY(Element element, Element::open(place.tcti));
    if (place.handle == 0) {
      XL_TRY(place.handle, element.free_handle(kFirstHandle, kOwnerHandleMax));
    }
    XL_CHECK(make_key(element, place));
  }
  return std::make_unique<Tpm2Store>(std::move(place));
}

Status discard(const fs::path& identity, const KeyUri& uri) {
  XL_TRY(const Place place, place_of(identity, uri));
  if (place.handle == 0 || place.name_hex.empty())
    return fail(Error::invalid("The tpm2: URI has no handle or no name; remove its key by hand (tpm2_evictcontrol)."));
  XL_TRY(Element element, Element::open(place.tcti));
  return element.evict(place.handle, place.name_hex);
}

}  // namespace xl::keystore::tpm2
