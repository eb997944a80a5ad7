// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_TRANSFER_COLUMNS                                                                                      \
  "select certificate_id, source_account, target_account, state, message, reject_reason, began, ended is null, " \
  "ended from certificate_transfer "

cloud::CertificateTransfer read_transfer(const sql::Row& row) {
  cloud::CertificateTransfer transfer;
  transfer.certificate_id = row.text(0);
  transfer.source_account = row.text(1);
  transfer.target_account = row.text(2);
  transfer.state = static_cast<cloud::TransferState>(row.integer(3));
  transfer.message = row.text(4);
  transfer.reject_reason = row.text(5);
  transfer.began = row.time(6);
  if (!row.boolean(7)) transfer.ended = row.time(8);
  return transfer;
}

}  // namespace

Result<cloud::CertificateTransfer> SqlCertificateTransfers::outgoing(std::string_view account_id,
                                                                     std::string_view certificate_id) const {
  return one(std::move(connection_.query(XL_TRANSFER_COLUMNS "where source_account = $1 and certificate_id = $2")
                           .bind(account_id)
                           .bind(certificate_id)),
             read_transfer, "transfer of certificate", certificate_id);
}

Result<cloud::CertificateTransfer> SqlCertificateTransfers::incoming(std::string_view account_id,
                                                                     std::string_view certificate_id) const {
  return one(std::move(connection_
                           .query(XL_TRANSFER_COLUMNS
                                  "where target_account = $1 and certificate_id = $2 order by began desc limit 1")
                           .bind(account_id)
                           .bind(certificate_id)),
             read_transfer, "transfer of certificate", certificate_id);
}

Result<cloud::Page<cloud::CertificateTransfer>> SqlCertificateTransfers::list_outgoing(
    std::string_view account_id, const cloud::PageRequest& page) const {
  constexpr auto kPending = static_cast<std::int64_t>(cloud::TransferState::pending);
#define XL_PENDING XL_TRANSFER_COLUMNS "where source_account = $1 and state = $5"
  constexpr auto kOldestFirst = XL_OLDEST_FIRST(XL_PENDING, "began", "certificate_id");
  constexpr auto kNewestFirst = XL_NEWEST_FIRST(XL_PENDING, "began", "certificate_id");
  if (page.order != cloud::Order::key) {
    sql::Query query = by_creation(connection_, kOldestFirst, kNewestFirst, account_id, page);
    query.bind(kPending);
    return page_of(std::move(query), page, read_transfer);
  }
  return page_of(
      std::move(connection_
                    .query(XL_TRANSFER_COLUMNS "where source_account = $1 and certificate_id > $2 and state = $3 "
                                               "order by certificate_id limit $4")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(kPending)
                    .bind(limit_of(page))),
      page, read_transfer);
}

Result<std::vector<cloud::CertificateTransfer>> SqlCertificateTransfers::pending_before(UnixMillis time,
                                                                                        std::size_t limit) const {
  return all(std::move(connection_.query(XL_TRANSFER_COLUMNS "where state = $1 and began < $2 order by began limit $3")
                           .bind(static_cast<std::int64_t>(cloud::TransferState::pending))
                           .bind(time)
                           .bind(static_cast<std::int64_t>(limit))),
             read_transfer);
}

Status SqlCertificateTransfers::put(const cloud::CertificateTransfer& transfer) {
  XL_CHECK(remove(transfer.source_account, transfer.certificate_id));
  std::optional<std::string> ended;
  if (transfer.ended) ended = std::to_string(to_millis(*transfer.ended));
  XL_CHECK(
      connection_
          .query("insert into certificate_transfer(certificate_id, source_account, target_account, state, message, "
                 "reject_reason, began, ended) values($1, $2, $3, $4, $5, $6, $7, cast($8 as bigint))")
          .bind(transfer.certificate_id)
          .bind(transfer.source_account)
          .bind(transfer.target_account)
          .bind(static_cast<std::int64_t>(transfer.state))
          .bind(transfer.message)
          .bind(transfer.reject_reason)
          .bind(transfer.began)
          .bind(ended)
          .run());
  return {};
}

Status SqlCertificateTransfers::remove(std::string_view source_account, std::string_view certificate_id) {
  XL_CHECK(connection_.query("delete from certificate_transfer where source_account = $1 and certificate_id = $2")
               .bind(source_account)
               .bind(certificate_id)
               .run());
  return {};
}

}  // namespace xl::store
