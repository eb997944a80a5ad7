// SPDX-License-Identifier: Apache-2.0
// What the domain needs kept. store/ implements it over SQLite; the contract suite is tests/contract/registry_*.cpp.
// Small repositories, one per noun; a Registry is one consistent view of all of them.
#pragma once
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "cloud/model/certificate.hpp"
#include "cloud/model/limits.hpp"
#include "cloud/model/policy.hpp"
#include "cloud/model/registration_task.hpp"
#include "cloud/model/retained.hpp"
#include "cloud/model/thing.hpp"
#include "cloud/model/transfer.hpp"
#include "cloud/ports/closed_accounts.hpp"
#include "cloud/ports/elsewhere.hpp"
#include "cloud/ports/onboarding.hpp"
#include "cloud/ports/page.hpp"

namespace xl::cloud {

// Finders return not_found; inserts return already_exists; everything may return io or corrupt.

/// Those that somebody has closed are not among them (ClosedAccounts).
class Accounts {
 public:
  virtual ~Accounts() = default;
  virtual Result<Account> find(std::string_view id) const = 0;
  virtual Result<Account> find_by_name(std::string_view name) const = 0;
  virtual Result<Account> find_by_endpoint_prefix(std::string_view prefix) const = 0;
  virtual Result<std::vector<Account>> list() const = 0;
  virtual Status insert(const Account& account) = 0;
  virtual Result<AccessKey> find_access_key(std::string_view key_id) const = 0;
  /// Of one account, oldest first; disabled ones too.
  virtual Result<std::vector<AccessKey>> access_keys_of(std::string_view account_id) const = 0;
  virtual Status insert_access_key(const AccessKey& key) = 0;
  /// For good: what a key opened is closed within a second (it is among Changes::certificates).
  virtual Status disable_access_key(std::string_view key_id) = 0;
  virtual Result<limits::AccountLimits> limits(std::string_view account_id) const = 0;
  /// nullopt: the default again. Counts at once, for sessions within a second.
  virtual Status set_limit(std::string_view account_id, limits::Limit limit, std::optional<std::size_t> value) = 0;
  /// The account's CA registration code, made on first use by the caller (64 hex digits).
  virtual Result<std::optional<std::string>> registration_code(std::string_view account_id) const = 0;
  virtual Status set_registration_code(std::string_view account_id, std::optional<std::string> code) = 0;
};

class Certificates {
 public:
  virtual ~Certificates() = default;
  virtual Result<Certificate> find(std::string_view account_id, std::string_view id) const = 0;
  /// Without provisioning claims.
  virtual Result<Page<Certificate>> list(std::string_view account_id, const PageRequest& page) const = 0;
  /// In an order of creation; Order::key means the oldest first.
  virtual Result<Page<Certificate>> list_by_ca(std::string_view account_id, std::string_view ca_certificate_id,
                                               const PageRequest& page) const = 0;
  /// Clears the account's tombstone of it, if there is one; a transfer's offer (PENDING_TRANSFER) does not.
  virtual Status insert(const Certificate& certificate) = 0;
  virtual Status remove(std::string_view account_id, std::string_view id) = 0;  ///< conflict: attached to something
  virtual Status set_status(std::string_view account_id, std::string_view id, CertificateStatus status,
                            UnixMillis now) = 0;
  /// And certificates made for them that nobody activated in time; with what was attached to them, in every account.
  virtual Status remove_claims_that_ended(UnixMillis now) = 0;
};

class CaCertificates {
 public:
  virtual ~CaCertificates() = default;
  virtual Result<CaCertificate> find(std::string_view account_id, std::string_view id) const = 0;
  virtual Result<std::vector<CaCertificate>> find_by_subject(std::string_view account_id,
                                                             std::string_view subject_der) const = 0;
  virtual Result<Page<CaCertificate>> list(std::string_view account_id, const PageRequest& page) const = 0;
  virtual Status insert(const CaCertificate& ca) = 0;
  virtual Status update(const CaCertificate& ca) = 0;  ///< status, auto_registration, template_*, role_arn, modified
  virtual Status remove(std::string_view account_id, std::string_view id) = 0;
};

/// Certificates that an account has given up (offboard): its auto-registration does not take them back. Registering one
/// explicitly does.
class Tombstones {
 public:
  virtual ~Tombstones() = default;
  virtual Result<bool> has(std::string_view account_id, std::string_view certificate_id) const = 0;
  virtual Status put(std::string_view account_id, std::string_view certificate_id, UnixMillis now) = 0;  ///< idempotent
  virtual Status remove(std::string_view account_id, std::string_view certificate_id) = 0;               ///< idempotent
};

/// Certificates between two accounts. Kept after the end, so that both can see how it went; a later transfer of the
/// same certificate out of the same account replaces it.
class CertificateTransfers {
 public:
  virtual ~CertificateTransfers() = default;
  virtual Result<CertificateTransfer> outgoing(std::string_view account_id, std::string_view certificate_id) const = 0;
  virtual Result<CertificateTransfer> incoming(std::string_view account_id,
                                               std::string_view certificate_id) const = 0;  ///< the newest
  /// Those that are pending. The key is the certificate's id, the creation that of the transfer.
  virtual Result<Page<CertificateTransfer>> list_outgoing(std::string_view account_id,
                                                          const PageRequest& page) const = 0;
  /// Of every account: those still pending that began before `time`, at most `limit`.
  virtual Result<std::vector<CertificateTransfer>> pending_before(UnixMillis time, std::size_t limit) const = 0;
  virtual Status put(const CertificateTransfer& transfer) = 0;
  virtual Status remove(std::string_view source_account, std::string_view certificate_id) = 0;
};

class Things {
 public:
  virtual ~Things() = default;
  virtual Result<Thing> find(std::string_view account_id, std::string_view name) const = 0;
  virtual Result<Page<Thing>> list(std::string_view account_id, const PageRequest& page) const = 0;
  virtual Status insert(const Thing& thing) = 0;
  /// Replaces attributes and type; version + 1.
  virtual Status update(const Thing& thing) = 0;
  /// With its memberships. conflict: principals are attached.
  virtual Status remove(std::string_view account_id, std::string_view name) = 0;
  virtual Status attach_exclusively(std::string_view account_id, std::string_view thing,
                                    std::string_view certificate_id) = 0;  ///< as attach(), and says so
  virtual Status detach(std::string_view account_id, std::string_view thing,
                        std::string_view certificate_id) = 0;  ///< idempotent
  virtual Result<Page<ThingPrincipal>> links_of_thing(std::string_view account_id, std::string_view thing,
                                                      const PageRequest& page) const = 0;  ///< by certificate id
  virtual Result<Page<ThingPrincipal>> links_of_certificate(std::string_view account_id,
                                                            std::string_view certificate_id,
                                                            const PageRequest& page) const = 0;  ///< by thing name
  virtual Status attach(std::string_view account_id, std::string_view thing,
                        std::string_view certificate_id) = 0;  ///< idempotent
  virtual Result<std::vector<std::string>> principals_of(std::string_view account_id, std::string_view thing) const = 0;
  virtual Result<std::vector<std::string>> things_of(std::string_view account_id,
                                                     std::string_view certificate_id) const = 0;
};

class ThingTypes {
 public:
  virtual ~ThingTypes() = default;
  virtual Result<ThingType> find(std::string_view account_id, std::string_view name) const = 0;
  virtual Result<Page<ThingType>> list(std::string_view account_id, const PageRequest& page) const = 0;
  virtual Status insert(const ThingType& type) = 0;
  virtual Status update(const ThingType& type) = 0;                               ///< all but name, id and created
  virtual Status remove(std::string_view account_id, std::string_view name) = 0;  ///< conflict: things have it
  /// Names of things that have the type, in no order; at most `limit`.
  virtual Result<std::vector<std::string>> some_things_of(std::string_view account_id, std::string_view name,
                                                          std::size_t limit) const = 0;
};

/// Whose group a group is, and which things are in it. What changes here may change what policies a principal has.
class ThingGroups {
 public:
  virtual ~ThingGroups() = default;
  virtual Result<ThingGroup> find(std::string_view account_id, std::string_view name) const = 0;
  virtual Result<Page<ThingGroup>> list(std::string_view account_id, const PageRequest& page) const = 0;
  /// The groups below `parent`, by name; `recursive`: at any depth.
  virtual Result<Page<ThingGroup>> children(std::string_view account_id, std::string_view parent, bool recursive,
                                            const PageRequest& page) const = 0;
  /// The group's parent, its parent's parent, up to the root.
  virtual Result<std::vector<ThingGroup>> ancestors(std::string_view account_id, std::string_view name) const = 0;
  virtual Status insert(const ThingGroup& group) = 0;
  virtual Status update(const ThingGroup& group) = 0;  ///< description and attributes; version + 1
  /// With its memberships and policy attachments. conflict: it has children.
  virtual Status remove(std::string_view account_id, std::string_view name) = 0;
  virtual Status add_member(std::string_view account_id, std::string_view group,
                            std::string_view thing) = 0;  ///< idempotent
  virtual Status remove_member(std::string_view account_id, std::string_view group,
                               std::string_view thing) = 0;  ///< idempotent
  virtual Result<std::vector<std::string>> groups_of(std::string_view account_id, std::string_view thing) const = 0;
  /// Names of things in the group; `recursive`: and in the groups below it.
  virtual Result<Page<std::string>> members(std::string_view account_id, std::string_view group, bool recursive,
                                            const PageRequest& page) const = 0;
};

class Policies {
 public:
  virtual ~Policies() = default;
  virtual Result<Policy> find(std::string_view account_id, std::string_view name) const = 0;
  virtual Result<Page<Policy>> list(std::string_view account_id, const PageRequest& page) const = 0;
  virtual Status insert(const Policy& policy) = 0;
  virtual Status attach(std::string_view account_id, std::string_view policy,
                        std::string_view certificate_id) = 0;  ///< idempotent
  virtual Status detach(std::string_view account_id, std::string_view policy, std::string_view certificate_id) = 0;
  virtual Result<std::vector<Policy>> attached_to(std::string_view account_id,
                                                  std::string_view certificate_id) const = 0;
  virtual Status attach_to_group(std::string_view account_id, std::string_view policy, std::string_view group) = 0;
  virtual Status detach_from_group(std::string_view account_id, std::string_view policy, std::string_view group) = 0;
  virtual Result<std::vector<Policy>> attached_to_group(std::string_view account_id, std::string_view group) const = 0;
  /// The certificate's own policies and those of the groups that its things are in, and of the groups above them.
  virtual Result<std::vector<Policy>> effective_for(std::string_view account_id,
                                                    std::string_view certificate_id) const = 0;
  /// What the policy is attached to, as the ends of ARNs: "cert/ID", then "thinggroup/NAME", each kind in order.
  virtual Result<Page<std::string>> targets(std::string_view account_id, std::string_view policy,
                                            const PageRequest& page) const = 0;
  virtual Status remove(std::string_view account_id, std::string_view policy) = 0;  ///< conflict: still attached

  virtual Result<std::vector<PolicyVersion>> versions(std::string_view account_id,
                                                      std::string_view policy) const = 0;  ///< oldest first
  virtual Result<std::string> add_version(std::string_view account_id, std::string_view policy,
                                          std::string_view document, UnixMillis now) = 0;  ///< its id
  virtual Status remove_version(std::string_view account_id, std::string_view policy, std::string_view version) = 0;
  /// What counts from now on, for every principal that has the policy.
  virtual Status set_default(std::string_view account_id, std::string_view policy, std::string_view version,
                             UnixMillis now) = 0;
};

class Templates {
 public:
  virtual ~Templates() = default;
  virtual Result<ProvisioningTemplate> find(std::string_view account_id, std::string_view name) const = 0;
  virtual Result<Page<ProvisioningTemplate>> list(std::string_view account_id, const PageRequest& page) const = 0;
  virtual Status insert(const ProvisioningTemplate& provisioning_template) = 0;
  virtual Status update(const ProvisioningTemplate& changed) = 0;  ///< description, role_arn, enabled, modified
  virtual Status remove(std::string_view account_id, std::string_view name) = 0;  ///< with its versions

  virtual Result<std::vector<TemplateVersion>> versions(std::string_view account_id,
                                                        std::string_view name) const = 0;  ///< oldest first
  virtual Result<std::int64_t> add_version(std::string_view account_id, std::string_view name, std::string_view body,
                                           UnixMillis now) = 0;  ///< its id
  virtual Status remove_version(std::string_view account_id, std::string_view name, std::int64_t version) = 0;
  virtual Status set_default(std::string_view account_id, std::string_view name, std::int64_t version,
                             UnixMillis now) = 0;
};

/// Bulk registrations and what they report, a piece at a time.
class RegistrationTasks {
 public:
  virtual ~RegistrationTasks() = default;
  virtual Result<RegistrationTask> find(std::string_view account_id, std::string_view id) const = 0;
  /// By id; `status`: those alone.
  virtual Result<Page<RegistrationTask>> list(std::string_view account_id, std::optional<TaskStatus> status,
                                              const PageRequest& page) const = 0;
  virtual Result<std::vector<RegistrationTask>> unfinished() const = 0;  ///< of every account
  virtual Status insert(const RegistrationTask& task) = 0;  ///< already_exists too: one of the account has not ended
  virtual Status update(const RegistrationTask& task) = 0;  ///< status, message, counts, lines, position, modified

  /// `text`: whole lines of JSON about the input from `first_line` on.
  virtual Status add_report(const RegistrationTask& task, ReportType type, std::int64_t first_line,
                            std::string_view text) = 0;
  virtual Result<std::string> report(std::string_view account_id, std::string_view task_id, ReportType type,
                                     std::int64_t first_line) const = 0;
  /// The pieces after that of `after`, by their first lines.
  virtual Result<Page<std::int64_t>> reports(std::string_view account_id, std::string_view task_id, ReportType type,
                                             std::int64_t after, std::size_t limit) const = 0;
  /// At most `limit` pieces, of tasks that ended before `time`. How many went.
  virtual Result<std::size_t> remove_reports_of_ended(UnixMillis time, std::size_t limit) = 0;
};

/// Key and value pairs that an account gives to its resources.
class Tags {
 public:
  virtual ~Tags() = default;
  virtual Result<std::map<std::string, std::string>> of(std::string_view resource_arn) const = 0;
  virtual Status put(std::string_view resource_arn, std::string_view key, std::string_view value) = 0;  ///< replaces
  virtual Status remove(std::string_view resource_arn, std::string_view key) = 0;                       ///< idempotent
  virtual Status remove_all(std::string_view resource_arn) = 0;
};

/// Quick Connect: who may look at a staged module's data (docs/security.md "Pages").
class ViewerGrants {
 public:
  virtual ~ViewerGrants() = default;
  struct Grant {
    std::string account_id;
    std::string thing_name;
    std::string secret_sha256;  ///< 64 lower-case hex digits
    UnixMillis expires{};
  };
  virtual Status put(const Grant& grant) = 0;  ///< replaces the thing's grant
  virtual Result<Grant> find(std::string_view account_id, std::string_view thing_name) const = 0;
  /// Thing names are UIDs, so a page's URL needs no account. not_found when none; the newest when several.
  virtual Result<Grant> find_by_thing(std::string_view thing_name) const = 0;
  virtual Status remove(std::string_view account_id, std::string_view thing_name) = 0;
};

/// The MQTT login string that a principal showed last (guide 11.1.5). Written only when it differs.
class LoginStrings {
 public:
  virtual ~LoginStrings() = default;
  virtual Result<std::string> find(std::string_view account_id, std::string_view certificate_id) const = 0;
  virtual Status record(std::string_view account_id, std::string_view certificate_id, std::string_view login,
                        UnixMillis now) = 0;
};

class RetainedTopics {
 public:
  virtual ~RetainedTopics() = default;
  virtual Status note(const RetainedTopic& retained) = 0;                          ///< replaces the time
  virtual Status forget(std::string_view account_id, std::string_view topic) = 0;  ///< idempotent
  virtual Result<RetainedTopic> find(std::string_view account_id, std::string_view topic) const = 0;
  virtual Result<Page<RetainedTopic>> list(std::string_view account_id, const PageRequest& page) const = 0;
  /// As cheap with many as with few.
  virtual Result<std::size_t> count(std::string_view account_id) const = 0;
};

/// What was committed since a reader asked last.
struct Changes {
  std::int64_t last = 0;     ///< ask for what comes after this next time
  bool is_complete = false;  ///< false: too much has happened; look everything up again
  /// Those whose status, things, policies or custody changed, and the ids of access keys that were disabled; may
  /// repeat.
  std::vector<std::string> certificates;
  std::vector<std::string> accounts;  ///< those in which anybody's policies may have changed; may repeat
};

class Registry {
 public:
  virtual ~Registry() = default;
  virtual Accounts& accounts() = 0;
  virtual Certificates& certificates() = 0;
  virtual CaCertificates& ca_certificates() = 0;
  virtual CertificateTransfers& transfers() = 0;
  virtual Tombstones& tombstones() = 0;
  virtual Things& things() = 0;
  virtual ThingTypes& thing_types() = 0;
  virtual ThingGroups& thing_groups() = 0;
  virtual Policies& policies() = 0;
  virtual Templates& templates() = 0;
  virtual RegistrationTasks& registration_tasks() = 0;
  virtual Tags& tags() = 0;
  virtual CustodyLedger& custody() = 0;
  virtual Claims& claims() = 0;
  virtual ClaimGrants& claim_grants() = 0;
  virtual Findings& findings() = 0;
  virtual ResetRules& reset_rules() = 0;
  virtual Cursors& cursors() = 0;
  virtual ElsewhereAccounts& elsewhere() = 0;
  virtual Errands& errands() = 0;
  virtual ViewerGrants& viewer_grants() = 0;
  virtual LoginStrings& login_strings() = 0;
  virtual RetainedTopics& retained_topics() = 0;
  /// Runs `work`; when it fails, what it has written is undone and the transaction goes on without it.
  /// errors: those of `work`; io: the whole transaction is lost
  virtual Status attempt(const std::function<Status()>& work) = 0;
  /// Commits of every process count. `number`: Changes::last of the answer before, 0 at first.
  virtual Result<Changes> changes_after(std::int64_t number) const = 0;
  virtual ClosedAccounts& closed_accounts() = 0;
  virtual Sightings& sightings() = 0;

  const Accounts& accounts() const { return const_cast<Registry*>(this)->accounts(); }
  const Certificates& certificates() const { return const_cast<Registry*>(this)->certificates(); }
  const CaCertificates& ca_certificates() const { return const_cast<Registry*>(this)->ca_certificates(); }
  const CertificateTransfers& transfers() const { return const_cast<Registry*>(this)->transfers(); }
  const Tombstones& tombstones() const { return const_cast<Registry*>(this)->tombstones(); }
  const Things& things() const { return const_cast<Registry*>(this)->things(); }
  const ThingTypes& thing_types() const { return const_cast<Registry*>(this)->thing_types(); }
  const ThingGroups& thing_groups() const { return const_cast<Registry*>(this)->thing_groups(); }
  const Policies& policies() const { return const_cast<Registry*>(this)->policies(); }
  const Templates& templates() const { return const_cast<Registry*>(this)->templates(); }
  const RegistrationTasks& registration_tasks() const { return const_cast<Registry*>(this)->registration_tasks(); }
  const Tags& tags() const { return const_cast<Registry*>(this)->tags(); }
  const CustodyLedger& custody() const { return const_cast<Registry*>(this)->custody(); }
  const Claims& claims() const { return const_cast<Registry*>(this)->claims(); }
  const ClaimGrants& claim_grants() const { return const_cast<Registry*>(this)->claim_grants(); }
  const Findings& findings() const { return const_cast<Registry*>(this)->findings(); }
  const ResetRules& reset_rules() const { return const_cast<Registry*>(this)->reset_rules(); }
  const Cursors& cursors() const { return const_cast<Registry*>(this)->cursors(); }
  const ElsewhereAccounts& elsewhere() const { return const_cast<Registry*>(this)->elsewhere(); }
  const Errands& errands() const { return const_cast<Registry*>(this)->errands(); }
  const ClosedAccounts& closed_accounts() const { return const_cast<Registry*>(this)->closed_accounts(); }
  const Sightings& sightings() const { return const_cast<Registry*>(this)->sightings(); }
  const ViewerGrants& viewer_grants() const { return const_cast<Registry*>(this)->viewer_grants(); }
  const RetainedTopics& retained_topics() const { return const_cast<Registry*>(this)->retained_topics(); }
  const LoginStrings& login_strings() const { return const_cast<Registry*>(this)->login_strings(); }
};

/// The database behind the views. One writer thread; any number of readers.
class RegistryStore {
 public:
  using Work = std::function<Status(Registry& transaction)>;
  using Done = std::function<void(Status)>;
  /// soon: a few milliseconds may go by for others who come along, which is cheaper for all of them. Work that comes
  /// alone is done at once in any case.
  enum class Urgency { now, soon };

  virtual ~RegistryStore() = default;
  /// A read-only view for the calling thread alone; sees every commit made before each call.
  virtual Result<std::unique_ptr<const Registry>> open_view() = 0;
  /// Runs `work` on the writer's thread in a transaction of its own: committed and durable when it returns success,
  /// rolled back otherwise. Then calls `done` on the writer's thread (hop to yours; do not block).
  virtual void submit(Work work, Done done, Urgency urgency) = 0;
  void submit(Work work, Done done) { submit(std::move(work), std::move(done), Urgency::now); }

  /// Called on the writer's thread after each commit of urgent work that has left something for readers of the change
  /// log; must not block. One watcher; null ends it, and returns when it is not being called any more. What others than
  /// this process write is not told: it is still for the reader to look from time to time.
  virtual void watch_changes(std::function<void()> watcher) = 0;

  /// submit() and wait. Not from the writer's thread.
  Status write(Work work) {
    std::promise<Status> promise;
    auto result = promise.get_future();
    submit(std::move(work), [&promise](Status status) { promise.set_value(std::move(status)); });
    return result.get();
  }
};

}  // namespace xl::cloud
