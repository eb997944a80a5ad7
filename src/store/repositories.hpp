// SPDX-License-Identifier: Apache-2.0
// Private to store/: the repositories of cloud/ports/registry.hpp over one connection.
#pragma once
#include <algorithm>

#include "cloud/ports/registry.hpp"
#include "store/changes.hpp"
#include "store/onboarding_repositories.hpp"
#include "store/sql.hpp"

namespace xl::store {

class SqlAccounts final : public cloud::Accounts {
 public:
  SqlAccounts(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Account> find(std::string_view id) const override;
  Result<cloud::Account> find_by_name(std::string_view name) const override;
  Result<cloud::Account> find_by_endpoint_prefix(std::string_view prefix) const override;
  Result<std::vector<cloud::Account>> list() const override;
  Status insert(const cloud::Account& account) override;
  Result<cloud::AccessKey> find_access_key(std::string_view key_id) const override;
  Result<std::vector<cloud::AccessKey>> access_keys_of(std::string_view account_id) const override;
  Status insert_access_key(const cloud::AccessKey& key) override;
  Status disable_access_key(std::string_view key_id) override;
  Result<cloud::limits::AccountLimits> limits(std::string_view account_id) const override;
  Status set_limit(std::string_view account_id, cloud::limits::Limit limit, std::optional<std::size_t> value) override;
  Result<std::optional<std::string>> registration_code(std::string_view account_id) const override;
  Status set_registration_code(std::string_view account_id, std::optional<std::string> code) override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlCertificates final : public cloud::Certificates {
 public:
  SqlCertificates(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Certificate> find(std::string_view account_id, std::string_view id) const override;
  Result<cloud::Page<cloud::Certificate>> list(std::string_view account_id,
                                               const cloud::PageRequest& page) const override;
  Result<cloud::Page<cloud::Certificate>> list_by_ca(std::string_view account_id, std::string_view ca_certificate_id,
                                                     const cloud::PageRequest& page) const override;
  Status insert(const cloud::Certificate& certificate) override;
  Status remove(std::string_view account_id, std::string_view id) override;
  Status set_status(std::string_view account_id, std::string_view id, cloud::CertificateStatus status,
                    UnixMillis now) override;
  Status remove_claims_that_ended(UnixMillis now) override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlCaCertificates final : public cloud::CaCertificates {
 public:
  explicit SqlCaCertificates(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::CaCertificate> find(std::string_view account_id, std::string_view id) const override;
  Result<std::vector<cloud::CaCertificate>> find_by_subject(std::string_view account_id,
                                                            std::string_view subject_der) const override;
  Result<cloud::Page<cloud::CaCertificate>> list(std::string_view account_id,
                                                 const cloud::PageRequest& page) const override;
  Status insert(const cloud::CaCertificate& ca) override;
  Status update(const cloud::CaCertificate& ca) override;
  Status remove(std::string_view account_id, std::string_view id) override;

 private:
  sql::Connection& connection_;
};

class SqlCertificateTransfers final : public cloud::CertificateTransfers {
 public:
  explicit SqlCertificateTransfers(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::CertificateTransfer> outgoing(std::string_view account_id,
                                              std::string_view certificate_id) const override;
  Result<cloud::CertificateTransfer> incoming(std::string_view account_id,
                                              std::string_view certificate_id) const override;
  Result<cloud::Page<cloud::CertificateTransfer>> list_outgoing(std::string_view account_id,
                                                                const cloud::PageRequest& page) const override;
  Result<std::vector<cloud::CertificateTransfer>> pending_before(UnixMillis time, std::size_t limit) const override;
  Status put(const cloud::CertificateTransfer& transfer) override;
  Status remove(std::string_view source_account, std::string_view certificate_id) override;

 private:
  sql::Connection& connection_;
};

class SqlTombstones final : public cloud::Tombstones {
 public:
  explicit SqlTombstones(sql::Connection& connection) : connection_(connection) {}
  Result<bool> has(std::string_view account_id, std::string_view certificate_id) const override;
  Status put(std::string_view account_id, std::string_view certificate_id, UnixMillis now) override;
  Status remove(std::string_view account_id, std::string_view certificate_id) override;

 private:
  sql::Connection& connection_;
};

class SqlThings final : public cloud::Things {
 public:
  SqlThings(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Thing> find(std::string_view account_id, std::string_view name) const override;
  Result<cloud::Page<cloud::Thing>> list(std::string_view account_id, const cloud::PageRequest& page) const override;
  Status insert(const cloud::Thing& thing) override;
  Status update(const cloud::Thing& thing) override;
  Status remove(std::string_view account_id, std::string_view name) override;
  Status attach_exclusively(std::string_view account_id, std::string_view thing,
                            std::string_view certificate_id) override;
  Status detach(std::string_view account_id, std::string_view thing, std::string_view certificate_id) override;
  Result<cloud::Page<cloud::ThingPrincipal>> links_of_thing(std::string_view account_id, std::string_view thing,
                                                            const cloud::PageRequest& page) const override;
  Result<cloud::Page<cloud::ThingPrincipal>> links_of_certificate(std::string_view account_id,
                                                                  std::string_view certificate_id,
                                                                  const cloud::PageRequest& page) const override;
  Status attach(std::string_view account_id, std::string_view thing, std::string_view certificate_id) override;
  Result<std::vector<std::string>> principals_of(std::string_view account_id, std::string_view thing) const override;
  Result<std::vector<std::string>> things_of(std::string_view account_id,
                                             std::string_view certificate_id) const override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlThingTypes final : public cloud::ThingTypes {
 public:
  explicit SqlThingTypes(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::ThingType> find(std::string_view account_id, std::string_view name) const override;
  Result<cloud::Page<cloud::ThingType>> list(std::string_view account_id,
                                             const cloud::PageRequest& page) const override;
  Status insert(const cloud::ThingType& type) override;
  Status update(const cloud::ThingType& type) override;
  Status remove(std::string_view account_id, std::string_view name) override;
  Result<std::vector<std::string>> some_things_of(std::string_view account_id, std::string_view name,
                                                  std::size_t limit) const override;

 private:
  sql::Connection& connection_;
};

class SqlThingGroups final : public cloud::ThingGroups {
 public:
  SqlThingGroups(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::ThingGroup> find(std::string_view account_id, std::string_view name) const override;
  Result<cloud::Page<cloud::ThingGroup>> list(std::string_view account_id,
                                              const cloud::PageRequest& page) const override;
  Result<cloud::Page<cloud::ThingGroup>> children(std::string_view account_id, std::string_view parent, bool recursive,
                                                  const cloud::PageRequest& page) const override;
  Result<std::vector<cloud::ThingGroup>> ancestors(std::string_view account_id, std::string_view name) const override;
  Status insert(const cloud::ThingGroup& group) override;
  Status update(const cloud::ThingGroup& group) override;
  Status remove(std::string_view account_id, std::string_view name) override;
  Status add_member(std::string_view account_id, std::string_view group, std::string_view thing) override;
  Status remove_member(std::string_view account_id, std::string_view group, std::string_view thing) override;
  Result<std::vector<std::string>> groups_of(std::string_view account_id, std::string_view thing) const override;
  Result<cloud::Page<std::string>> members(std::string_view account_id, std::string_view group, bool recursive,
                                           const cloud::PageRequest& page) const override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlPolicies final : public cloud::Policies {
 public:
  SqlPolicies(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Policy> find(std::string_view account_id, std::string_view name) const override;
  Result<cloud::Page<cloud::Policy>> list(std::string_view account_id, const cloud::PageRequest& page) const override;
  Status insert(const cloud::Policy& policy) override;
  Status attach(std::string_view account_id, std::string_view policy, std::string_view certificate_id) override;
  Status detach(std::string_view account_id, std::string_view policy, std::string_view certificate_id) override;
  Result<std::vector<cloud::Policy>> attached_to(std::string_view account_id,
                                                 std::string_view certificate_id) const override;
  Status attach_to_group(std::string_view account_id, std::string_view policy, std::string_view group) override;
  Status detach_from_group(std::string_view account_id, std::string_view policy, std::string_view group) override;
  Result<std::vector<cloud::Policy>> attached_to_group(std::string_view account_id,
                                                       std::string_view group) const override;
  Result<std::vector<cloud::Policy>> effective_for(std::string_view account_id,
                                                   std::string_view certificate_id) const override;
  Result<cloud::Page<std::string>> targets(std::string_view account_id, std::string_view policy,
                                           const cloud::PageRequest& page) const override;
  Status remove(std::string_view account_id, std::string_view policy) override;
  Result<std::vector<cloud::PolicyVersion>> versions(std::string_view account_id,
                                                     std::string_view policy) const override;
  Result<std::string> add_version(std::string_view account_id, std::string_view policy, std::string_view document,
                                  UnixMillis now) override;
  Status remove_version(std::string_view account_id, std::string_view policy, std::string_view version) override;
  Status set_default(std::string_view account_id, std::string_view policy, std::string_view version,
                     UnixMillis now) override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

/// Private to store/: what insert() and add_version() share.
Status insert_policy_version(sql::Connection& connection, std::string_view account_id, std::string_view policy,
                             std::int64_t number, std::string_view document, UnixMillis now);

class SqlTemplates final : public cloud::Templates {
 public:
  explicit SqlTemplates(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::ProvisioningTemplate> find(std::string_view account_id, std::string_view name) const override;
  Result<cloud::Page<cloud::ProvisioningTemplate>> list(std::string_view account_id,
                                                        const cloud::PageRequest& page) const override;
  Status insert(const cloud::ProvisioningTemplate& provisioning_template) override;
  Status update(const cloud::ProvisioningTemplate& changed) override;
  Status remove(std::string_view account_id, std::string_view name) override;
  Result<std::vector<cloud::TemplateVersion>> versions(std::string_view account_id,
                                                       std::string_view name) const override;
  Result<std::int64_t> add_version(std::string_view account_id, std::string_view name, std::string_view body,
                                   UnixMillis now) override;
  Status remove_version(std::string_view account_id, std::string_view name, std::int64_t version) override;
  Status set_default(std::string_view account_id, std::string_view name, std::int64_t version, UnixMillis now) override;

 private:
  sql::Connection& connection_;
};

class SqlRegistrationTasks final : public cloud::RegistrationTasks {
 public:
  explicit SqlRegistrationTasks(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::RegistrationTask> find(std::string_view account_id, std::string_view id) const override;
  Result<cloud::Page<cloud::RegistrationTask>> list(std::string_view account_id,
                                                    std::optional<cloud::TaskStatus> status,
                                                    const cloud::PageRequest& page) const override;
  Result<std::vector<cloud::RegistrationTask>> unfinished() const override;
  Status insert(const cloud::RegistrationTask& task) override;
  Status update(const cloud::RegistrationTask& task) override;
  Status add_report(const cloud::RegistrationTask& task, cloud::ReportType type, std::int64_t first_line,
                    std::string_view text) override;
  Result<std::string> report(std::string_view account_id, std::string_view task_id, cloud::ReportType type,
                             std::int64_t first_line) const override;
  Result<cloud::Page<std::int64_t>> reports(std::string_view account_id, std::string_view task_id,
                                            cloud::ReportType type, std::int64_t after,
                                            std::size_t limit) const override;
  Result<std::size_t> remove_reports_of_ended(UnixMillis time, std::size_t limit) override;

 private:
  sql::Connection& connection_;
};

class SqlTags final : public cloud::Tags {
 public:
  explicit SqlTags(sql::Connection& connection) : connection_(connection) {}
  Result<std::map<std::string, std::string>> of(std::string_view resource_arn) const override;
  Status put(std::string_view resource_arn, std::string_view key, std::string_view value) override;
  Status remove(std::string_view resource_arn, std::string_view key) override;
  Status remove_all(std::string_view resource_arn) override;

 private:
  sql::Connection& connection_;
};

class SqlViewerGrants final : public cloud::ViewerGrants {
 public:
  explicit SqlViewerGrants(sql::Connection& connection) : connection_(connection) {}
  Status put(const Grant& grant) override;
  Result<Grant> find(std::string_view account_id, std::string_view thing_name) const override;
  Result<Grant> find_by_thing(std::string_view thing_name) const override;
  Status remove(std::string_view account_id, std::string_view thing_name) override;

 private:
  sql::Connection& connection_;
};

class SqlLoginStrings final : public cloud::LoginStrings {
 public:
  explicit SqlLoginStrings(sql::Connection& connection) : connection_(connection) {}
  Result<std::string> find(std::string_view account_id, std::string_view certificate_id) const override;
  Status record(std::string_view account_id, std::string_view certificate_id, std::string_view login,
                UnixMillis now) override;

 private:
  sql::Connection& connection_;
};

class SqlRetainedTopics final : public cloud::RetainedTopics {
 public:
  explicit SqlRetainedTopics(sql::Connection& connection) : connection_(connection) {}
  Status note(const cloud::RetainedTopic& retained) override;
  Status forget(std::string_view account_id, std::string_view topic) override;
  Result<cloud::RetainedTopic> find(std::string_view account_id, std::string_view topic) const override;
  Result<cloud::Page<cloud::RetainedTopic>> list(std::string_view account_id,
                                                 const cloud::PageRequest& page) const override;
  Result<std::size_t> count(std::string_view account_id) const override;

 private:
  Status add_to_count(std::string_view account_id, std::int64_t topics);
  sql::Connection& connection_;
};

/// All repositories over one connection.
class SqlRegistry final : public cloud::Registry {
 public:
  explicit SqlRegistry(std::unique_ptr<sql::Connection> connection) : connection_(std::move(connection)) {}
  cloud::Accounts& accounts() override { return accounts_; }
  cloud::Certificates& certificates() override { return certificates_; }
  cloud::CaCertificates& ca_certificates() override { return ca_certificates_; }
  cloud::CertificateTransfers& transfers() override { return transfers_; }
  cloud::Tombstones& tombstones() override { return tombstones_; }
  cloud::Things& things() override { return things_; }
  cloud::ThingTypes& thing_types() override { return thing_types_; }
  cloud::ThingGroups& thing_groups() override { return thing_groups_; }
  cloud::Policies& policies() override { return policies_; }
  cloud::Templates& templates() override { return templates_; }
  cloud::RegistrationTasks& registration_tasks() override { return registration_tasks_; }
  cloud::Tags& tags() override { return tags_; }
  cloud::CustodyLedger& custody() override { return custody_; }
  cloud::Claims& claims() override { return claims_; }
  cloud::ClaimGrants& claim_grants() override { return claim_grants_; }
  cloud::Findings& findings() override { return findings_; }
  cloud::ResetRules& reset_rules() override { return reset_rules_; }
  cloud::Cursors& cursors() override { return cursors_; }
  cloud::ElsewhereAccounts& elsewhere() override { return elsewhere_; }
  cloud::Errands& errands() override { return errands_; }
  cloud::ClosedAccounts& closed_accounts() override { return closed_accounts_; }
  cloud::Sightings& sightings() override { return sightings_; }
  cloud::ViewerGrants& viewer_grants() override { return viewer_grants_; }
  cloud::LoginStrings& login_strings() override { return login_strings_; }
  cloud::RetainedTopics& retained_topics() override { return retained_topics_; }
  Status attempt(const std::function<Status()>& work) override;
  Result<cloud::Changes> changes_after(std::int64_t number) const override {
    return store::changes_after(*connection_, number);
  }
  sql::Connection& connection() { return *connection_; }
  ChangeNotes& changes() { return changes_; }

 private:
  std::unique_ptr<sql::Connection> connection_;
  ChangeNotes changes_{*connection_};
  SqlAccounts accounts_{*connection_, changes_};
  SqlCertificates certificates_{*connection_, changes_};
  SqlCaCertificates ca_certificates_{*connection_};
  SqlCertificateTransfers transfers_{*connection_};
  SqlTombstones tombstones_{*connection_};
  SqlThings things_{*connection_, changes_};
  SqlThingTypes thing_types_{*connection_};
  SqlThingGroups thing_groups_{*connection_, changes_};
  SqlPolicies policies_{*connection_, changes_};
  SqlTemplates templates_{*connection_};
  SqlRegistrationTasks registration_tasks_{*connection_};
  SqlTags tags_{*connection_};
  SqlCustodyLedger custody_{*connection_, changes_};
  SqlClaims claims_{*connection_, changes_};
  SqlClaimGrants claim_grants_{*connection_, changes_};
  SqlFindings findings_{*connection_};
  SqlResetRules reset_rules_{*connection_};
  SqlCursors cursors_{*connection_};
  SqlElsewhereAccounts elsewhere_{*connection_};
  SqlErrands errands_{*connection_};
  SqlClosedAccounts closed_accounts_{*connection_, changes_};
  SqlSightings sightings_{*connection_};
  SqlViewerGrants viewer_grants_{*connection_};
  SqlLoginStrings login_strings_{*connection_};
  SqlRetainedTopics retained_topics_{*connection_};
};

inline std::string read_first_text(const sql::Row& row) { return row.text(0); }

/// The first row through `read`, or not_found.
template <class Read>
auto one(sql::Query query, const Read& read, std::string_view what, std::string_view name)
    -> Result<decltype(read(std::declval<sql::Row>()))> {
  XL_TRY(const auto row, query.step());
  if (!row) return fail(Error::not_found(what, name));
  return read(*row);
}

template <class Read>
auto all(sql::Query query, const Read& read) -> Result<std::vector<decltype(read(std::declval<sql::Row>()))>> {
  std::vector<decltype(read(std::declval<sql::Row>()))> out;
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return out;
    out.push_back(read(*row));
  }
}

/// A caller's limit is not trusted with our memory.
constexpr std::size_t kPageMax = 10'000;
inline std::size_t page_size(const cloud::PageRequest& page) { return std::min(page.limit, kPageMax); }

/// `query` must have been asked for one row more than the page holds.
template <class Read>
auto page_of(sql::Query query, const cloud::PageRequest& request, const Read& read)
    -> Result<cloud::Page<decltype(read(std::declval<sql::Row>()))>> {
  XL_TRY(auto items, all(std::move(query), read));
  const bool more = items.size() > page_size(request);
  if (more) items.resize(page_size(request));
  return cloud::Page<decltype(read(std::declval<sql::Row>()))>{std::move(items), more};
}

inline std::int64_t limit_of(const cloud::PageRequest& page) { return static_cast<std::int64_t>(page_size(page)) + 1; }

/// A listing in an order of creation, from the place of `page` on. All texts of statements are literals.
#define XL_OLDEST_FIRST(select, created, key) \
  select " and (" created ", " key ") > ($2, $3) order by " created ", " key " limit $4"
#define XL_NEWEST_FIRST(select, created, key) \
  select " and (" created ", " key ") < ($2, $3) order by " created " desc, " key " desc limit $4"

/// Binds $1 to $4 of one of the two.
inline sql::Query by_creation(sql::Connection& connection, const char* oldest_first, const char* newest_first,
                              std::string_view account_id, const cloud::PageRequest& page) {
  const bool newest = page.order == cloud::Order::newest_first;
  sql::Query query = connection.query(newest ? newest_first : oldest_first);
  query.bind(account_id)
      .bind(page.created_after.value_or(newest ? UnixMillis::max() : UnixMillis::min()))
      .bind(page.after)
      .bind(limit_of(page));
  return query;
}

/// A change that must hit one row.
inline Status changed_one(Result<std::int64_t> changed, std::string_view what, std::string_view name) {
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(Error::not_found(what, name));
  return {};
}

/// For inserts: the row count is of no interest, a unique-key failure names the thing.
inline Status inserted(Result<std::int64_t> changed, std::string_view what, std::string_view name) {
  if (changed) return {};
  if (changed.error().code == Errc::already_exists) return fail(Error::already_exists(what, name));
  return fail(changed.error());
}

}  // namespace xl::store
