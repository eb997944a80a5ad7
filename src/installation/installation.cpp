// SPDX-License-Identifier: Apache-2.0
#include "installation/installation.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"
#include "installation/files.hpp"
#include "installation/reconcile.hpp"
#include "pki/authority.hpp"
#include "store/backup.hpp"
#include "store/sqlite_store.hpp"

namespace xl::installation {
namespace {

constexpr int kRootYears = 20;
constexpr int kServerDays = 397;
constexpr std::chrono::hours kRenewBefore{24 * 30};

/// The keys are written before the registry and the credentials after it, so each of them tells of a lost file: a new
/// one in its place would lock out everybody who was registered.
Status refuse_lost_files(const std::filesystem::path& folder) {
  std::error_code missing;
  const auto is_there = [&](const std::filesystem::path& file) {
    return std::filesystem::file_size(file, missing) > 0 && !missing;
  };
  const auto registry = registry_of(folder);
  if (!is_there(registry) && is_there(folder / "credentials")) {
    const auto backup = store::newest_backup(backups_of(folder));
    return fail(Error::corrupt(registry.string() + " is missing or empty, though " + (folder / "credentials").string() +
                               " tells of accounts. Nothing was changed. Restore a backup: expresslink-cloud restore "
                               "--data-dir " +
                               folder.string() + " --from " + (backup ? backup->string() : "FILE")));
  }
  for (const char* name : {"master.key", "root-ca.pem"}) {
    if (!is_there(registry) || is_there(folder / name)) continue;
    return fail(Error::corrupt((folder / name).string() + " is missing, though " + registry.string() +
                               " exists. Bring it back from where you keep it; see docs/registry.md"));
  }
  return {};
}

Status load_master_key(Installation& out) {
  auto key = read_master_key(out.folder);
  if (!key && key.error().code == Errc::not_found) {
    crypto::random_bytes(out.master_key);
    return write_file(out.folder / "master.key", hex_encode(out.master_key) + "\n", Access::owner_only);
  }
  if (!key) return fail(key.error());
  out.master_key = *key;
  return {};
}

/// The certificate is written last: one on disk always has its key beside it.
Result<pki::Authority> load_ca(const Installation& out, const std::string& name, const std::string& common_name) {
  const auto certificate_file = out.folder / (name + ".pem");
  const auto key_file = out.folder / (name + ".key");
  auto pem = read_file(certificate_file);
  if (!pem && pem.error().code == Errc::not_found) {
    XL_TRY(pki::Authority made,
           pki::create_root_ca(common_name + " " + crypto::random_hex(4), "Open ExpressLink", kRootYears, wall_now()));
    XL_CHECK(write_file(key_file, made.key.to_pem(), Access::owner_only));
    XL_CHECK(write_file(certificate_file, made.certificate.facts().pem, Access::everybody));
    return made;
  }
  if (!pem) return fail(pem.error());
  XL_TRY(pki::Certificate certificate, pki::Certificate::from_pem(*pem));
  XL_TRY(const std::string key_pem, read_file(key_file));
  XL_TRY(pki::PrivateKey key, pki::PrivateKey::from_pem(key_pem));
  return pki::Authority{std::move(certificate), std::move(key)};
}

std::vector<std::string> server_names(const std::string& domain) {
  return {"*." + domain, domain, "localhost", "127.0.0.1", "::1"};
}

/// The domain is kept beside the certificate, so that a change of --domain renews it.
bool is_usable(const std::string& chain_pem, const std::string& for_domain, const std::string& domain,
               const pki::Authority& root) {
  const auto chain = pki::Certificate::bundle_from_pem(chain_pem);
  return chain && trim(for_domain) == domain && chain->front().facts().not_after > wall_now() + kRenewBefore &&
         root.certificate.has_signed(chain->front());
}

Status load_server_certificate(Installation& out, const pki::Authority& root) {
  const auto chain_file = out.folder / "server.pem";
  const auto key_file = out.folder / "server.key";
  const auto domain_file = out.folder / "server.domain";
  const auto chain = read_file(chain_file);
  const auto key = read_file(key_file);
  const auto domain = read_file(domain_file);
  if (chain && key && domain && is_usable(*chain, *domain, out.domain, root)) {
    out.server_chain_pem = *chain;
    out.server_key_pem = *key;
    return {};
  }
  const pki::PrivateKey made_key = pki::PrivateKey::generate_p256();
  XL_TRY(const pki::Certificate made,
         pki::issue_server_certificate(root, made_key, server_names(out.domain), kServerDays, wall_now()));
  out.server_chain_pem = made.facts().pem;
  out.server_key_pem = made_key.to_pem();
  std::error_code ignored;
  std::filesystem::remove(domain_file, ignored);  // written last: marks the pair below as complete
  XL_CHECK(write_file(key_file, out.server_key_pem, Access::owner_only));
  XL_CHECK(write_file(chain_file, out.server_chain_pem, Access::everybody));
  return write_file(domain_file, out.domain + "\n", Access::everybody);
}

/// A restore that was cut off, or has found no custody log, is gone on with by whoever comes next.
Status reconcile_if_due(const Installation& out) {
  if (!is_reconciliation_due(out.folder)) return {};
  XL_TRY(const Reconciliation done, reconcile(out.folder, *out.registry, WithoutLog::no, wall_now()));
  for (const std::string& line : describe(done)) log::warn("restore", line, {});
  return {};
}

}  // namespace

Result<crypto::AeadKey> read_master_key(const std::filesystem::path& folder) {
  const auto file = folder / "master.key";
  XL_TRY(const std::string text, read_file(file));
  const auto bytes = hex_decode(trim(text));
  crypto::AeadKey key{};
  if (!bytes || bytes->size() != key.size()) {
    return fail(Error::corrupt(file.string() + " is damaged: expected 64 hexadecimal digits. Restore it from where you "
                                               "keep it; without it the access keys in the registry cannot be read."));
  }
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

Result<Installation> open_installation(const std::filesystem::path& folder, std::string_view domain) {
  Installation out;
  out.folder = std::filesystem::absolute(folder);
  out.domain = std::string(domain);
  XL_CHECK(make_private_folder(out.folder));
  XL_TRY(out.in_use, lock_for_use(out.folder));
  XL_CHECK(refuse_lost_files(out.folder));
  XL_CHECK(load_master_key(out));
  XL_TRY(const pki::Authority root, load_ca(out, "root-ca", "Open ExpressLink server root"));
  out.root_ca_pem = root.certificate.facts().pem;
  XL_TRY(out.registry, store::open_sqlite(registry_of(out.folder)));
  XL_CHECK(reconcile_if_due(out));
  XL_CHECK(load_server_certificate(out, root));
  XL_TRY(out.device_ca, load_ca(out, "device-ca", "Open ExpressLink device CA"));
  return out;
}

}  // namespace xl::installation
