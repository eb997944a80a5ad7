// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cloud/provisioning/ownership.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_CERTIFICATE_COLUMNS                                                                              \
  "select account_id, id, pem, status, mode, ca_certificate_id, not_before, not_after, created, modified, " \
  "version, claim_template from certificate "

cloud::Certificate read_certificate(const sql::Row& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          static_cast<cloud::CertificateStatus>(row.integer(3)),
          static_cast<cloud::CertificateMode>(row.integer(4)),
          row.optional_text(5),
          row.time(6),
          row.time(7),
          row.time(8),
          row.time(9),
          row.integer(10),
          row.optional_text(11)};
}

#define XL_CA_COLUMNS                                                                                         \
  "select account_id, id, pem, subject_der, subject_key_id, status, auto_registration, mode, template_name, " \
  "template_body, role_arn, not_before, not_after, created, modified, version from ca_certificate "

cloud::CaCertificate read_ca(const sql::Row& row) {
  cloud::CaCertificate ca;
  ca.account_id = row.text(0);
  ca.id = row.text(1);
  ca.pem = row.text(2);
  ca.subject_der = hex_decode(row.text(3)).value_or("");
  ca.subject_key_id = row.text(4);
  ca.status = static_cast<cloud::CaStatus>(row.integer(5));
  ca.auto_registration = row.boolean(6);
  ca.mode = static_cast<cloud::CertificateMode>(row.integer(7));
  ca.template_name = row.text(8);
  ca.template_body = row.text(9);
  ca.role_arn = row.text(10);
  ca.not_before = row.time(11);
  ca.not_after = row.time(12);
  ca.created = row.time(13);
  ca.modified = row.time(14);
  ca.version = row.integer(15);
  return ca;
}

}  // namespace

Result<cloud::Certificate> SqlCertificates::find(std::string_view account_id, std::string_view id) const {
  return one(
      std::move(
          connection_.query(XL_CERTIFICATE_COLUMNS "where account_id = $1 and id = $2").bind(account_id).bind(id)),
      read_certificate, "certificate", id);
}

Result<cloud::Page<cloud::Certificate>> SqlCertificates::list(std::string_view account_id,
                                                              const cloud::PageRequest& page) const {
  constexpr auto kOldestFirst =
      XL_OLDEST_FIRST(XL_CERTIFICATE_COLUMNS "where account_id = $1 and claim_template is null", "created", "id");
  constexpr auto kNewestFirst =
      XL_NEWEST_FIRST(XL_CERTIFICATE_COLUMNS "where account_id = $1 and claim_template is null", "created", "id");
  if (page.order != cloud::Order::key)
    return page_of(by_creation(connection_, kOldestFirst, kNewestFirst, account_id, page), page, read_certificate);
  return page_of(
      std::move(connection_
                    .query(XL_CERTIFICATE_COLUMNS
                           "where account_id = $1 and id > $2 and claim_template is null order by id limit $3")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_certificate);
}

Result<cloud::Page<cloud::Certificate>> SqlCertificates::list_by_ca(std::string_view account_id,
                                                                    std::string_view ca_certificate_id,
                                                                    const cloud::PageRequest& page) const {
#define XL_OF_CA XL_CERTIFICATE_COLUMNS "where account_id = $1 and ca_certificate_id = $5"
  constexpr auto kOldestFirst = XL_OLDEST_FIRST(XL_OF_CA, "created", "id");
  constexpr auto kNewestFirst = XL_NEWEST_FIRST(XL_OF_CA, "created", "id");
  sql::Query query = by_creation(connection_, kOldestFirst, kNewestFirst, account_id, page);
  query.bind(ca_certificate_id);
  return page_of(std::move(query), page, read_certificate);
}

Status SqlCertificates::remove(std::string_view account_id, std::string_view id) {
  XL_CHECK(connection_.query("delete from login_string where account_id = $1 and certificate_id = $2")
               .bind(account_id)
               .bind(id)
               .run());
  XL_CHECK(connection_.query("delete from certificate_transfer where target_account = $1 and certificate_id = $2")
               .bind(account_id)
               .bind(id)
               .run());
  XL_CHECK(SqlSightings(connection_).remove(account_id, id));
  XL_CHECK(changed_one(
      connection_.query("delete from certificate where account_id = $1 and id = $2").bind(account_id).bind(id).run(),
      "certificate", id));
  changes_.add(id);
  return {};
}

Status SqlCertificates::remove_claims_that_ended(UnixMillis now) {
  auto query = connection_.query(
      "select account_id, id from certificate where claim_template is not null and not_after < $1 union all "
      "select account_id, id from certificate where status = 4 and ca_certificate_id is null and created < $2");
  XL_TRY(const auto ended, all(std::move(query.bind(now).bind(now - cloud::provisioning::kOwnershipTokenLifetime)),
                               [](const sql::Row& row) { return std::pair(row.text(0), row.text(1)); }));
  for (const auto& [account_id, id] : ended) {
    for (const char* attached : {"delete from thing_principal where account_id = $1 and certificate_id = $2",
                                 "delete from policy_target where account_id = $1 and certificate_id = $2"})
      XL_CHECK(connection_.query(attached).bind(account_id).bind(id).run());
    XL_CHECK(remove(account_id, id));
  }
  return {};
}

Status SqlCertificates::insert(const cloud::Certificate& c) {
  XL_CHECK(inserted(
      connection_
          .query("insert into certificate(account_id, id, pem, status, mode, ca_certificate_id, not_before, "
                 "not_after, created, modified, claim_template) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
          .bind(c.account_id)
          .bind(c.id)
          .bind(c.pem)
          .bind(static_cast<std::int64_t>(c.status))
          .bind(static_cast<std::int64_t>(c.mode))
          .bind(c.ca_certificate_id)
          .bind(c.not_before)
          .bind(c.not_after)
          .bind(c.created)
          .bind(c.modified)
          .bind(c.claim_template)
          .run(),
      "certificate", c.id));
  changes_.add(c.id);
  if (c.status == cloud::CertificateStatus::pending_transfer) return {};
  return SqlTombstones(connection_).remove(c.account_id, c.id);
}

Status SqlCertificates::set_status(std::string_view account_id, std::string_view id, cloud::CertificateStatus status,
                                   UnixMillis now) {
  XL_CHECK(changed_one(connection_
                           .query("update certificate set status = $3, modified = $4, version = version + 1 "
                                  "where account_id = $1 and id = $2")
                           .bind(account_id)
                           .bind(id)
                           .bind(static_cast<std::int64_t>(status))
                           .bind(now)
                           .run(),
                       "certificate", id));
  changes_.add(id);
  return {};
}

Result<cloud::CaCertificate> SqlCaCertificates::find(std::string_view account_id, std::string_view id) const {
  return one(std::move(connection_.query(XL_CA_COLUMNS "where account_id = $1 and id = $2").bind(account_id).bind(id)),
             read_ca, "CA certificate", id);
}

Result<std::vector<cloud::CaCertificate>> SqlCaCertificates::find_by_subject(std::string_view account_id,
                                                                             std::string_view subject_der) const {
  return all(std::move(connection_.query(XL_CA_COLUMNS "where account_id = $1 and subject_der = $2 order by id")
                           .bind(account_id)
                           .bind(hex_encode(as_bytes(subject_der)))),
             read_ca);
}

Result<cloud::Page<cloud::CaCertificate>> SqlCaCertificates::list(std::string_view account_id,
                                                                  const cloud::PageRequest& page) const {
  constexpr auto kOldestFirst = XL_OLDEST_FIRST(XL_CA_COLUMNS "where account_id = $1", "created", "id");
  constexpr auto kNewestFirst = XL_NEWEST_FIRST(XL_CA_COLUMNS "where account_id = $1", "created", "id");
  if (page.order != cloud::Order::key)
    return page_of(by_creation(connection_, kOldestFirst, kNewestFirst, account_id, page), page, read_ca);
  return page_of(std::move(connection_.query(XL_CA_COLUMNS "where account_id = $1 and id > $2 order by id limit $3")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(limit_of(page))),
                 page, read_ca);
}

Status SqlCaCertificates::insert(const cloud::CaCertificate& ca) {
  return inserted(
      connection_
          .query("insert into ca_certificate(account_id, id, pem, subject_der, subject_key_id, status, "
                 "auto_registration, mode, template_name, template_body, role_arn, not_before, not_after, "
                 "created, modified) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)")
          .bind(ca.account_id)
          .bind(ca.id)
          .bind(ca.pem)
          .bind(hex_encode(as_bytes(ca.subject_der)))
          .bind(ca.subject_key_id)
          .bind(static_cast<std::int64_t>(ca.status))
          .bind(ca.auto_registration)
          .bind(static_cast<std::int64_t>(ca.mode))
          .bind(ca.template_name)
          .bind(ca.template_body)
          .bind(ca.role_arn)
          .bind(ca.not_before)
          .bind(ca.not_after)
          .bind(ca.created)
          .bind(ca.modified)
          .run(),
      "CA certificate", ca.id);
}

Status SqlCaCertificates::update(const cloud::CaCertificate& ca) {
  return changed_one(connection_
                         .query("update ca_certificate set status = $3, auto_registration = $4, template_name = $5, "
                                "template_body = $6, role_arn = $7, modified = $8, version = version + 1 where "
                                "account_id = $1 and id = $2")
                         .bind(ca.account_id)
                         .bind(ca.id)
                         .bind(static_cast<std::int64_t>(ca.status))
                         .bind(ca.auto_registration)
                         .bind(ca.template_name)
                         .bind(ca.template_body)
                         .bind(ca.role_arn)
                         .bind(ca.modified)
                         .run(),
                     "CA certificate", ca.id);
}

Status SqlCaCertificates::remove(std::string_view account_id, std::string_view id) {
  return changed_one(
      connection_.query("delete from ca_certificate where account_id = $1 and id = $2").bind(account_id).bind(id).run(),
      "CA certificate", id);
}

}  // namespace xl::store
