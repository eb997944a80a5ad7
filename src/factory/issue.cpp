// SPDX-License-Identifier: Apache-2.0
#include "factory/issue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "base/text.hpp"
#include "factory/files.hpp"
#include "keystore/key_store.hpp"
#include "pki/birth_certificate.hpp"

namespace xl::factory {
namespace fs = std::filesystem;

namespace {

constexpr const char* kJournal = ".uids";
constexpr const char* kOwner = ".ca";  // fingerprint of the issuing CA
constexpr const char* kUnfinished = ".unfinished-";

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
    if (!error) fs::remove_all(path, error);
  }
  if (error) return fail(Error::io("cannot read " + out.string() + ": " + error.message()));
  return complete;
}

Status write_identity(const VendorCa& ca, const IssueOptions& options, const fs::path& folder, const pki::Uid& uid) {
  XL_TRY(const auto store, keystore::create_key_store(folder, options.key_store));
  XL_TRY(const pki::PkeyPtr key, store->key());
  // After the key, so that a key store that fails uses up no UID; before the certificate, so that none has two.
  XL_CHECK(append_line(options.out / kJournal, pki::thing_name_of(uid)));
  XL_TRY(const pki::Certificate certificate,
         pki::issue_birth_certificate(ca.issuing, key.get(), uid, ca.vendor, ca.model, wall_now()));
  XL_CHECK(write_file(folder / "certificate.pem", certificate.facts().pem));
  XL_CHECK(write_file(folder / "chain.pem", ca.issuing.certificate.facts().pem));
  XL_CHECK(write_file(folder / "endpoint", options.endpoint + "\n"));
  XL_CHECK(write_file(folder / "root-ca.pem", options.root_ca));
  XL_CHECK(write_file(folder / "model", "vendor=" + ca.vendor + "\nmodel=" + ca.model + "\n"));
  return write_file(folder / "thing-name", pki::thing_name_of(uid) + "\n");
}

Status issue_one(const VendorCa& ca, const IssueOptions& options) {
  const pki::Uid uid = pki::random_uid();
  const std::string name = pki::thing_name_of(uid);
  const fs::path unfinished = options.out / (kUnfinished + name);
  std::error_code error;
  fs::create_directory(unfinished, error);
  if (error) return fail(Error::io("cannot make folder " + unfinished.string() + ": " + error.message()));
  if (auto written = write_identity(ca, options, unfinished, uid); !written) {
    fs::remove_all(unfinished, error);  // the next run would too; no key lies about until then
    return written;
  }
  fs::rename(unfinished, options.out / name, error);
  if (error) return fail(Error::io("cannot finish " + name + ": " + error.message()));
  return sync_folder(options.out);
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
  for (std::size_t done = present; done < options.count; ++done) {
    progress(done, options.count);
    XL_CHECK(issue_one(ca, options));
  }
  progress(std::max(present, options.count), options.count);
  return options.count > present ? options.count - present : 0;
}

}  // namespace xl::factory
