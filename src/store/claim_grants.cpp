// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_GRANT_COLUMNS \
  "select vendor_account, customer_account, proof, classic, created, claim_certificate, lots from claim_grant "
#define XL_VOUCHER_KEY_COLUMNS "select vendor_account, id, public_pem, is_active, created from voucher_key "

constexpr char kBetweenLots = ' ';

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view word : split(text, kBetweenLots)) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

std::string joined(const std::vector<std::string>& lots) {
  std::string out;
  for (const std::string& lot : lots) out += (out.empty() ? "" : std::string(1, kBetweenLots)) + lot;
  return out;
}

cloud::ClaimGrant read_grant(const sql::Row& row) {
  return {row.text(0),       row.text(1), static_cast<cloud::Proof>(row.integer(2)),
          row.boolean(3),    row.time(4), row.optional_text(5).value_or(""),
          words(row.text(6))};
}

cloud::VoucherKey read_key(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.boolean(3), row.time(4)};
}

}  // namespace

Result<cloud::ClaimGrant> SqlClaimGrants::find(std::string_view vendor_account,
                                               std::string_view customer_account) const {
  return one(std::move(connection_.query(XL_GRANT_COLUMNS "where vendor_account = $1 and customer_account = $2")
                           .bind(vendor_account)
                           .bind(customer_account)),
             read_grant, "claim grant for account", customer_account);
}

Result<std::vector<cloud::ClaimGrant>> SqlClaimGrants::of_vendor(std::string_view vendor_account) const {
  return all(std::move(connection_.query(XL_GRANT_COLUMNS "where vendor_account = $1 order by customer_account")
                           .bind(vendor_account)),
             read_grant);
}

Result<std::vector<cloud::ClaimGrant>> SqlClaimGrants::of_customer(std::string_view customer_account) const {
  return all(std::move(connection_.query(XL_GRANT_COLUMNS "where customer_account = $1 order by vendor_account")
                           .bind(customer_account)),
             read_grant);
}

Result<cloud::ClaimGrant> SqlClaimGrants::find_by_claim_certificate(std::string_view vendor_account,
                                                                    std::string_view certificate_id) const {
  return one(std::move(connection_.query(XL_GRANT_COLUMNS "where vendor_account = $1 and claim_certificate = $2")
                           .bind(vendor_account)
                           .bind(certificate_id)),
             read_grant, "claim-thing with certificate", certificate_id);
}

Status SqlClaimGrants::put(const cloud::ClaimGrant& grant) {
  const auto claim_certificate =
      grant.claim_certificate.empty() ? std::nullopt : std::optional<std::string>(grant.claim_certificate);
  XL_CHECK(connection_
               .query("insert into claim_grant(vendor_account, customer_account, proof, classic, created, "
                      "claim_certificate, lots) values($1, $2, $3, $4, $5, $6, $7) "
                      "on conflict(vendor_account, customer_account) "
                      "do update set proof = excluded.proof, classic = excluded.classic, "
                      "claim_certificate = excluded.claim_certificate, lots = excluded.lots")
               .bind(grant.vendor_account)
               .bind(grant.customer_account)
               .bind(static_cast<std::int64_t>(grant.proof))
               .bind(grant.classic)
               .bind(grant.created)
               .bind(claim_certificate)
               .bind(joined(grant.lots))
               .run());
  if (claim_certificate) changes_.add(*claim_certificate);
  return {};
}

Status SqlClaimGrants::remove(std::string_view vendor_account, std::string_view customer_account) {
  XL_TRY(const std::int64_t rows,
         connection_.query("delete from claim_grant where vendor_account = $1 and customer_account = $2")
             .bind(vendor_account)
             .bind(customer_account)
             .run());
  if (rows == 0) return fail(Error::not_found("claim grant for account", customer_account));
  return {};
}

Result<cloud::VoucherKey> SqlClaimGrants::find_key(std::string_view vendor_account, std::string_view id) const {
  return one(std::move(connection_.query(XL_VOUCHER_KEY_COLUMNS "where vendor_account = $1 and id = $2")
                           .bind(vendor_account)
                           .bind(id)),
             read_key, "voucher key", id);
}

Result<std::vector<cloud::VoucherKey>> SqlClaimGrants::keys_of(std::string_view vendor_account) const {
  return all(
      std::move(connection_.query(XL_VOUCHER_KEY_COLUMNS "where vendor_account = $1 order by id").bind(vendor_account)),
      read_key);
}

Status SqlClaimGrants::insert_key(const cloud::VoucherKey& key) {
  XL_CHECK(connection_
               .query("insert into voucher_key(vendor_account, id, public_pem, is_active, created) "
                      "values($1, $2, $3, $4, $5)")
               .bind(key.vendor_account)
               .bind(key.id)
               .bind(key.public_pem)
               .bind(key.is_active)
               .bind(key.created)
               .run());
  return {};
}

Status SqlClaimGrants::revoke_key(std::string_view vendor_account, std::string_view id) {
  XL_TRY(const std::int64_t rows,
         connection_.query("update voucher_key set is_active = 0 where vendor_account = $1 and id = $2")
             .bind(vendor_account)
             .bind(id)
             .run());
  if (rows == 0) return fail(Error::not_found("voucher key", id));
  return {};
}

}  // namespace xl::store
