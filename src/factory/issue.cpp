// SPDX-License-Identifier: Apache-2.0
#include "factory/issue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "crypto/voucher.hpp"
#include "factory/files.hpp"
#include "keystore/key_store.hpp"
#include "pki/birth_certificate.hpp"
#include "pki/certificate_request.hpp"

namespace xl::factory {
namespace fs = std::filesystem;

namespace {

constexpr const char* kJournal = ".uids";
constexpr const char* kOwner = ".ca";  // fingerprint of the issuing CA
constexpr const char* kUnfinished = ".unfinished-";
/// Identities that are brought to the disk together: what an interruption costs at most, and how often the disk waits.
constexpr std::size_t kLotSize = 64;

/// Complete folders; what an interrupted run left unfinished is removed (its UID is burnt: it stays in the journal).
Result<std::size_t> count_and_clean(const fs::path& out) {
  std::size_t complete = 0;
  std::vector<fs::path> unfinished;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(out, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kUnfinished)) unfinished.push_back(entry.path());
    std::error_code ignored;  // a folder that we may not look into is none of ours
    if (!name.starts_with('.') && fs::exists(entry.path() / "thing-name", ignored)) ++complete;
  }
  for (const fs::path& path : unfinished) {
    if (const Status discarded = keystore::discard_key(path); !discarded) {
      return fail(Error{discarded.error().code, "the key of the interrupted " + path.string() +
                                                    " is still in its secure element: " + discarded.error().detail});
    }
    if (!error) fs::remove_all(path, error);
  }
  if (error) return fail(Error::io("cannot read " + out.string() + ": " + error.message()));
  return complete;
}

/// Between its first file and its finished folder.
struct Draft {
  pki::Uid uid = pki::random_uid();
  fs::path folder;
  std::unique_ptr<keystore::KeyStore> store;
  pki::X509ReqPtr request = nullptr;
  std::string name() const { return pki::thing_name_of(uid); }
};

Result<Draft> begin(const IssueOptions& options) {
  Draft draft;
  draft.folder = options.out / (kUnfinished + draft.name());
  std::error_code error;
  fs::create_directory(draft.folder, error);
  if (error) return fail(Error::io("cannot make folder " + draft.folder.string() + ": " + error.message()));
  XL_TRY(draft.store, keystore::create_key_store(draft.folder, options.key_store, draft.name()));
  XL_TRY(const pki::PkeyPtr key, draft.store->key());
  XL_TRY(draft.request, pki::make_request(key.get(), draft.name()));
  return draft;
}

/// What is to be printed on the module.
Result<std::string> label_of(const VendorCa& ca, const Draft& draft, const std::string& fingerprint) {
  crypto::Label label{draft.name(), std::nullopt, fingerprint};
  if (ca.voucher_key) {
    XL_TRY(label.voucher,
           crypto::sign_voucher(ca.voucher_key->secret_pem, ca.voucher_key->id, label.thing_name, fingerprint));
  }
  return crypto::label_text(label);
}

Status write_identity(const VendorCa& ca, const IssueOptions& options, const Draft& draft) {
  XL_TRY(const pki::Certificate certificate,
         pki::issue_birth_certificate(ca.issuing, X509_REQ_get0_pubkey(draft.request.get()), draft.uid, ca.vendor,
                                      ca.model, wall_now()));
  XL_CHECK(draft.store->keep_certificate(certificate.x509()));
  const auto write = [&draft](const char* file, std::string_view content) {
    return write_unsynced(draft.folder / file, content);
  };
  XL_CHECK(write("certificate.pem", certificate.facts().pem));
  XL_CHECK(write("chain.pem", ca.issuing.certificate.facts().pem));
  XL_CHECK(write("endpoint", options.endpoint + "\n"));
  XL_CHECK(write("root-ca.pem", options.root_ca));
  if (ca.firmware_signer) XL_CHECK(write("ota-certificate.pem", ca.firmware_signer->certificate.facts().pem));
  XL_TRY(const std::string label, label_of(ca, draft, certificate.facts().fingerprint));
  XL_CHECK(write("label", label + "\n"));
  XL_CHECK(write("model", "vendor=" + ca.vendor + "\nmodel=" + ca.model + "\n"));
  return write("thing-name", draft.name() + "\n");
}

/// After the keys, so that a key store that fails uses up no UID; before the certificates, so that no UID has two.
Status note_uids(const IssueOptions& options, const std::vector<Draft>& drafts) {
  std::string names;
  for (const Draft& draft : drafts) names += (names.empty() ? "" : "\n") + draft.name();
  return append_line(options.out / kJournal, names);
}

Status finish(const IssueOptions& options, const std::vector<Draft>& drafts) {
  XL_CHECK(sync_filesystem_of(options.out));
  for (const Draft& draft : drafts) {
    std::error_code error;
    fs::rename(draft.folder, options.out / draft.name(), error);
    if (error) return fail(Error::io("cannot finish " + draft.name() + ": " + error.message()));
  }
  return sync_folder(options.out);
}

/// `progress` gets how many of the lot have their keys, which is what takes long in a secure element.
Status issue_lot(const VendorCa& ca, const IssueOptions& options, std::size_t count,
                 const std::function<void(std::size_t)>& progress) {
  std::vector<Draft> drafts;
  for (std::size_t i = 0; i < count; ++i) {
    progress(i);
    XL_TRY(Draft draft, begin(options));
    drafts.push_back(std::move(draft));
  }
  XL_CHECK(note_uids(options, drafts));
  for (const Draft& draft : drafts) XL_CHECK(write_identity(ca, options, draft));
  return finish(options, drafts);
}

/// What is wrong here would be in every module of the batch.
Status check_given(const IssueOptions& options) {
  if (const auto bundle = pki::Certificate::bundle_from_pem(options.root_ca); !bundle)
    return fail(Error::invalid("the root CA of the endpoint: " + bundle.error().detail));
  if (options.endpoint.find_first_of(" \t\r\n/:") != std::string::npos)
    return fail(Error::invalid("--endpoint is a host name without scheme, port and spaces, not " + options.endpoint));
  return {};
}

/// One batch, one CA: the journal's folder says whose it is.
Status claim_folder(const VendorCa& ca, const fs::path& out) {
  const std::string& fingerprint = ca.issuing.certificate.facts().fingerprint;
  const auto owner = read_file(out / kOwner);
  if (!owner && owner.error().code != Errc::not_found) return fail(owner.error());
  if (!owner) return write_file(out / kOwner, fingerprint + "\n");
  if (trim(*owner) == fingerprint) return {};
  return fail(Error::conflict(out.string() + " holds a batch of another CA; use another --out."));
}

Status fill_defaults(const VendorCa& ca, IssueOptions& options) {
  const auto endpoint = read_file(ca.folder / "endpoint");
  const auto root = read_file(ca.folder / "root-ca.pem");
  if (options.endpoint.empty() && endpoint) options.endpoint = std::string(trim(*endpoint));
  if (options.root_ca.empty() && root) options.root_ca = *root;
  if (!options.endpoint.empty() && !options.root_ca.empty()) return check_given(options);
  return fail(
      Error{Errc::not_found,
            "the CA in " + ca.folder.string() +
                " is not enrolled, so the staging endpoint is unknown. Run `expresslink-factory ca enroll` first, "
                "or give both --endpoint HOST and --root-ca FILE."});
}

/// Two runs on one folder would each bring it to `count`.
class BatchLock {
 public:
  static Result<BatchLock> take(const fs::path& out) {
    const int fd = ::open((out / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    if (fd >= 0 && ::fcntl(fd, F_SETLK, &lock) == 0) return BatchLock(fd);
    if (fd >= 0) ::close(fd);
    return fail(Error::unavailable("another run issues into " + out.string()));
  }
  ~BatchLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  BatchLock(BatchLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  BatchLock& operator=(BatchLock&&) = delete;

 private:
  explicit BatchLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace

Result<std::size_t> issue_batch(const VendorCa& ca, IssueOptions options,
                                const std::function<void(std::size_t, std::size_t)>& progress) {
  XL_CHECK(fill_defaults(ca, options));
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) return fail(Error::io("cannot make folder " + options.out.string() + ": " + error.message()));
  XL_TRY(const BatchLock lock, BatchLock::take(options.out));
  XL_CHECK(claim_folder(ca, options.out));
  XL_TRY(const std::size_t present, count_and_clean(options.out));
  for (std::size_t done = present; done < options.count; done += kLotSize) {
    const Status issued = issue_lot(ca, options, std::min(kLotSize, options.count - done),
                                    [&](std::size_t more) { progress(done + more, options.count); });
    if (issued) continue;
    (void)count_and_clean(options.out);  // the next run would too; no key lies about until then
    return fail(issued.error());
  }
  progress(std::max(present, options.count), options.count);
  return options.count > present ? options.count - present : 0;
}

}  // namespace xl::factory
