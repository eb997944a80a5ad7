// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cloud/model/certificate.hpp"
#include "crypto/digest.hpp"
#include "store/fsck_rules.hpp"

namespace xl::store::rules {
namespace {

std::int64_t number_of(cloud::CertificateStatus status) { return static_cast<std::int64_t>(status); }

/// The id that a certificate must have: SHA-256 of the DER between the PEM's lines; empty when that cannot be read.
std::string id_of_pem(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  const auto begin = pem.find(kBegin);
  const auto end = pem.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  std::string text;
  for (const char c : pem.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
    if (c != '\n' && c != '\r') text += c;
  }
  const auto der = base64_decode(text);
  return der ? crypto::sha256_hex(*der) : std::string{};
}

/// `query` gives account, id, PEM.
Status check_ids(sql::Query query, const std::string& kind, Findings& out) {
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    if (row->text(1) == id_of_pem(row->text(2))) continue;
    out.push_back({kind + " " + row->text(1) + " in account " + row->text(0),
                   "its id is not the SHA-256 of its contents: one of them was changed", kRestoreRemedy});
  }
}

/// `query` gives account and id; `$1` is `status`.
Status check_status(sql::Query query, cloud::CertificateStatus status, Findings& out, const char* what,
                    const char* remedy) {
  query.bind(number_of(status));
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({"certificate " + row->text(1) + " in account " + row->text(0), what, remedy});
  }
}

#define XL_ATTACHED \
  "exists (select 1 from thing_principal p where p.account_id = c.account_id and p.certificate_id = c.id) "

/// A birth certificate; others are registered and attached as their account likes.
#define XL_OF_A_MODULE "exists (select 1 from custody m where m.fingerprint = c.id) "

/// Provisioning attaches a certificate in the transaction that activates it, or leaves it pending for one reason only:
/// another certificate has the thing.
Status check_attachments(sql::Connection& connection, Findings& out) {
  XL_CHECK(
      check_status(connection.query("select account_id, id from certificate c where c.status = $1 and " XL_OF_A_MODULE
                                    "and not " XL_ATTACHED "order by account_id, id"),
                   cloud::CertificateStatus::active, out, "it is attached to no thing",
                   "If no module uses it, set it to REVOKED (UpdateCertificate)."));
  XL_CHECK(
      check_status(connection.query("select account_id, id from certificate c where c.status = $1 and not " XL_ATTACHED
                                    "order by account_id, id"),
                   cloud::CertificateStatus::pending_activation, out,
                   "it is PENDING_ACTIVATION: another certificate has its ThingName (duplicate UID)",
                   "Find out which module is genuine; set this one to ACTIVE or REVOKED (UpdateCertificate)."));
  return check_status(connection.query("select account_id, id from certificate c where c.status = $1 and " XL_ATTACHED
                                       "order by account_id, id"),
                      cloud::CertificateStatus::pending_activation, out,
                      "it is PENDING_ACTIVATION without a reason: it has its thing",
                      "Set it to ACTIVE or REVOKED (UpdateCertificate).");
}

Status check_duplicates(sql::Connection& connection, Findings& out) {
  auto query = connection.query(
      "select p.account_id, p.thing_name, count(*) from thing_principal p join certificate c "
      "on c.account_id = p.account_id and c.id = p.certificate_id where c.status <> $1 and " XL_OF_A_MODULE
      "group by p.account_id, p.thing_name having count(*) > 1 order by p.account_id, p.thing_name");
  query.bind(number_of(cloud::CertificateStatus::revoked));
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({"thing " + row->text(1) + " in account " + row->text(0),
                   std::to_string(row->integer(2)) + " certificates are attached to it (duplicate UID)",
                   "Find out which module is genuine and set the other certificates to REVOKED (UpdateCertificate)."});
  }
}

Status check_templates(sql::Connection& connection, Findings& out) {
  auto query = connection.query(
      "select account_id, id, template_name from ca_certificate c where template_name <> '' and not exists "
      "(select 1 from provisioning_template t where t.account_id = c.account_id and t.name = c.template_name) "
      "order by account_id, id");
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({"CA certificate " + row->text(1) + " in account " + row->text(0),
                   "its provisioning template " + row->text(2) + " does not exist: new modules of this CA are refused",
                   "Make the template (CreateProvisioningTemplate) or name another (UpdateCACertificate)."});
  }
}

}  // namespace

Status check_certificates(sql::Connection& connection, Findings& out) {
  XL_CHECK(check_ids(connection.query("select account_id, id, pem from certificate order by account_id, id"),
                     "certificate", out));
  XL_CHECK(check_ids(connection.query("select account_id, id, pem from ca_certificate order by account_id, id"),
                     "CA certificate", out));
  XL_CHECK(check_attachments(connection, out));
  XL_CHECK(check_duplicates(connection, out));
  return check_templates(connection, out);
}

}  // namespace xl::store::rules
