// SPDX-License-Identifier: Apache-2.0
#include "keystore/pkcs11/pkcs11_store.hpp"

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "crypto/random.hpp"
#include "keystore/pin.hpp"
#include "keystore/pkcs11/session.hpp"

namespace xl::keystore::pkcs11 {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdBytes = 20;

Status check_uri(const KeyUri& uri) {
  XL_CHECK(uri.allow_only(
      {"token", "serial", "manufacturer", "model", "object", "id", "type", "module-path", "pin-source", "pin-value"}));
  if (uri.has("type") && uri.value("type") != "private")
    return fail(Error::invalid("The pkcs11: URI has a type that is not private."));
  if (uri.value("module-path").empty()) {
    return fail(
        Error::invalid("The pkcs11: URI needs module-path, the token's driver, like "
                       "?module-path=/usr/lib/softhsm/libsofthsm2.so"));
  }
  return {};
}

/// The token that holds one key, opened when it is needed and again when it was away. For any thread.
class Token final : public pki::DigestSigner {
 public:
  Token(fs::path identity, KeyUri uri)
      : identity_(std::move(identity)), uri_(std::move(uri)), name_{uri_.value("id"), uri_.value("object")} {}
  ~Token() override {
    if (!library_) return;
    const auto lock = library_->lock();
    session_.reset();
  }

  /// Does `work`, a function of Session& that returns a Result. What fails in a session that was open already is done
  /// once more in a new one: the token may have been away.
  template <class Work>
  auto use(const Work& work) -> decltype(work(std::declval<Session&>())) {
    XL_CHECK(load());
    const auto lock = library_->lock();
    const bool was_open = session_ && session_->is_current();
    XL_CHECK(open());
    auto done = work(*session_);
    if (done || !was_open || done.error().code == Errc::already_exists) return done;
    session_.reset();
    XL_CHECK(library_->restart());
    XL_CHECK(open());
    return work(*session_);
  }

  Result<pki::P256Signature> sign(const pki::P256Number& digest) override {
    return use([&](Session& session) { return session.sign(name_, digest); });
  }
  const KeyUri& uri() const { return uri_; }
  const KeyName& name() const { return name_; }

 private:
  Status load() {
    const std::scoped_lock lock(loading_);
    if (library_) return {};
    XL_TRY(library_, Library::load(uri_.value("module-path")));
    return {};
  }

  Status open() {
    if (session_ && session_->is_current()) return {};
    session_.reset();
    const Status opened = open_once();
    if (opened || opened.error().code != Errc::unavailable) return opened;
    XL_CHECK(library_->restart());
    return open_once();
  }

  /// A PIN that was refused is not tried again, or the token would lock itself while the module keeps connecting.
  Status open_once() {
    XL_TRY(const std::optional<SecretText> pin, read_pin(uri_, identity_));
    if (pin && refused_ && pin->text == refused_->text) {
      return fail(
          Error::forbidden("The token has refused this PIN before, so it is not tried again. Correct the PIN "
                           "in its file."));
    }
    auto session = Session::open(library_, uri_, pin ? &*pin : nullptr);
    if (pin && !session && session.error().code == Errc::forbidden) refused_ = SecretText(pin->text);
    if (!session) return fail(session.error());
    session_ = *std::move(session);
    refused_.reset();
    return {};
  }

  const fs::path identity_;
  const KeyUri uri_;
  const KeyName name_;
  std::mutex loading_;
  std::shared_ptr<Library> library_;
  std::unique_ptr<Session> session_;  // under the library's lock, as the next
  std::optional<SecretText> refused_;
};

class Pkcs11Store final : public KeyStore {
 public:
  explicit Pkcs11Store(std::shared_ptr<Token> token) : token_(std::move(token)) {}

  Result<pki::PkeyPtr> key() override {
    XL_TRY(const pki::P256Point point,
           token_->use([this](Session& session) { return session.public_key(token_->name()); }));
    return pki::key_of_signer(point, token_);
  }
  std::string description() const override {
    const KeyUri& uri = token_->uri();
    return "PKCS#11 token " + uri.value("token") + " object " + uri.value("object");
  }
  Status keep_certificate(X509* certificate) override {
    const std::string der = der_of(certificate, &i2d_X509);
    const std::string subject = der_of(X509_get_subject_name(certificate), &i2d_X509_NAME);
    return token_->use(
        [&](Session& session) { return session.keep_certificate(token_->name(), as_bytes(der), as_bytes(subject)); });
  }

 private:
  template <class Object, class Encode>
  static std::string der_of(const Object* object, Encode* encode) {
    unsigned char* der = nullptr;
    const int size = encode(object, &der);
    std::string text = size > 0 ? std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)) : "";
    OPENSSL_free(der);
    return text;
  }

  std::shared_ptr<Token> token_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open(const fs::path& identity, const KeyUri& uri) {
  XL_CHECK(check_uri(uri));
  if (!uri.has("object") && !uri.has("id"))
    return fail(Error::invalid("The pkcs11: URI names no key; add object=NAME or id=…"));
  warn_of_open_pin(uri, identity);
  return std::make_unique<Pkcs11Store>(std::make_shared<Token>(identity, uri));
}

Result<std::unique_ptr<KeyStore>> create(const fs::path& identity, const KeyUri& wanted, const std::string& label) {
  XL_CHECK(check_uri(wanted));
  KeyUri uri = wanted;
  if (!uri.has("object")) uri.set_path("object", label);
  if (uri.value("object").empty()) return fail(Error::invalid("The new key needs a label: object=NAME"));
  uri.set_path("id", hex_decode(crypto::random_hex(kIdBytes)).value_or(""));
  const auto token = std::make_shared<Token>(identity, uri);
  // The name is on disk before the key is in the token: an interruption leaves no key that nobody knows of.
  const fs::path file = identity / kUriFileName;
  XL_CHECK(write_new_private_file(file, uri.text() + "\n"));
  const Status made = token->use([&](Session& session) { return session.create(token->name()); });
  if (made) return std::make_unique<Pkcs11Store>(token);
  std::error_code ignored;
  fs::remove(file, ignored);
  return fail(made.error());
}

Status discard(const fs::path& identity, const KeyUri& uri) {
  XL_CHECK(check_uri(uri));
  if (!uri.has("id"))
    return fail(Error::invalid("The pkcs11: URI has no id; remove its key with the token's own tool."));
  Token token(identity, uri);
  return token.use([&](Session& session) { return session.remove(token.name().id); });
}

}  // namespace xl::keystore::pkcs11
