// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.hpp"

#include <algorithm>
#include <array>

namespace xl::store {
namespace {

/// Step n brings the schema from version n to n + 1. Never edit a step that was released: append one.
constexpr std::array<const char*, 19> kSteps{R"sql(
create table account(
  id text primary key, name text not null unique, kind bigint not null, endpoint_prefix text not null unique,
  registration_code text, created bigint not null);
create table access_key(
  id text primary key, account_id text not null references account(id), role bigint not null, sealed_secret text not null);
create table certificate(
  account_id text not null references account(id), id text not null, pem text not null, status bigint not null,
  mode bigint not null, ca_certificate_id text, not_before bigint not null, not_after bigint not null,
  created bigint not null, modified bigint not null, primary key(account_id, id));
create table ca_certificate(
  account_id text not null references account(id), id text not null, pem text not null, subject_der text not null,
  subject_key_id text not null, status bigint not null, auto_registration bigint not null, mode bigint not null,
  template_name text not null, template_body text not null, role_arn text not null, not_before bigint not null,
  not_after bigint not null, created bigint not null, modified bigint not null, primary key(account_id, id));
create index ca_certificate_by_subject on ca_certificate(account_id, subject_der);
create table thing(
  account_id text not null references account(id), name text not null, id text not null, attributes text not null,
  version bigint not null, created bigint not null, primary key(account_id, name));
create table thing_principal(
  account_id text not null, thing_name text not null, certificate_id text not null,
  primary key(account_id, thing_name, certificate_id),
  foreign key(account_id, thing_name) references thing(account_id, name),
  foreign key(account_id, certificate_id) references certificate(account_id, id));
create index thing_principal_by_certificate on thing_principal(account_id, certificate_id);
create table policy(
  account_id text not null references account(id), name text not null, document text not null,
  default_version text not null, created bigint not null, modified bigint not null, primary key(account_id, name));
create table policy_target(
  account_id text not null, policy_name text not null, certificate_id text not null,
  primary key(account_id, certificate_id, policy_name),
  foreign key(account_id, policy_name) references policy(account_id, name),
  foreign key(account_id, certificate_id) references certificate(account_id, id));
create table provisioning_template(
  account_id text not null references account(id), name text not null, type bigint not null, body text not null,
  description text not null, role_arn text not null, enabled bigint not null, default_version bigint not null,
  created bigint not null, modified bigint not null, primary key(account_id, name));
create table custody(
  fingerprint text primary key, thing_name text not null, vendor_account text not null, owner_account text,
  status bigint not null, epoch bigint not null, public_key text not null);
create index custody_by_key on custody(public_key);
create table custody_log(
  fingerprint text not null, thing_name text not null, vendor_account text not null, owner_account text,
  status bigint not null, epoch bigint not null, reason text not null,
  at bigint not null, previous_hash text not null, hash text not null, primary key(fingerprint, epoch));
create table viewer_grant(
  account_id text not null, thing_name text not null, secret_sha256 text not null, expires bigint not null,
  primary key(account_id, thing_name));
create index viewer_grant_by_thing on viewer_grant(thing_name);
create table login_string(
  account_id text not null, certificate_id text not null, login text not null, seen bigint not null,
  primary key(account_id, certificate_id));
create table change_log(number bigint primary key, certificate_id text not null);
)sql",
                                             // A listing's order is in its index: without it SQLite goes through
                                             // everything of the account. And SQLite keeps the rows of a table by
                                             // its integer primary key, without a second tree.
                                             R"sql(
drop index thing_principal_by_certificate;
create index thing_principal_by_certificate on thing_principal(account_id, certificate_id, thing_name);
drop index ca_certificate_by_subject;
create index ca_certificate_by_subject on ca_certificate(account_id, subject_der, id);
create table numbered_change(number integer primary key, certificate_id text not null);
insert into numbered_change select number, certificate_id from change_log;
drop table change_log;
alter table numbered_change rename to change_log;
)sql",
                                             R"sql(
create table policy_version(
  account_id text not null, policy_name text not null, number bigint not null, document text not null,
  created bigint not null, primary key(account_id, policy_name, number),
  foreign key(account_id, policy_name) references policy(account_id, name));
insert into policy_version select account_id, name, 1, document, created from policy;
alter table policy add column last_version bigint not null default 1;
create index policy_target_by_policy on policy_target(account_id, policy_name, certificate_id);
alter table change_log add column account_id text;
create index certificate_by_ca on certificate(account_id, ca_certificate_id, id);
create table certificate_transfer(
  source_account text not null references account(id), certificate_id text not null,
  target_account text not null references account(id), state bigint not null, message text not null,
  reject_reason text not null, began bigint not null, ended bigint, primary key(source_account, certificate_id));
create index certificate_transfer_by_target on certificate_transfer(target_account, certificate_id);
create table thing_type(
  account_id text not null references account(id), name text not null, id text not null, description text not null,
  searchable_attributes text not null, created bigint not null, deprecated bigint, primary key(account_id, name));
alter table thing add column type_name text;
create index thing_by_type on thing(account_id, type_name);
alter table thing_principal add column exclusive bigint not null default 0;
create table thing_group(
  account_id text not null references account(id), name text not null, id text not null, parent text,
  description text not null, attributes text not null, version bigint not null, created bigint not null,
  primary key(account_id, name), foreign key(account_id, parent) references thing_group(account_id, name));
create index thing_group_by_parent on thing_group(account_id, parent, name);
create table thing_group_member(
  account_id text not null, thing_name text not null, group_name text not null,
  primary key(account_id, thing_name, group_name),
  foreign key(account_id, thing_name) references thing(account_id, name),
  foreign key(account_id, group_name) references thing_group(account_id, name));
create index thing_group_member_by_group on thing_group_member(account_id, group_name, thing_name);
create table policy_group(
  account_id text not null, policy_name text not null, group_name text not null,
  primary key(account_id, group_name, policy_name),
  foreign key(account_id, policy_name) references policy(account_id, name),
  foreign key(account_id, group_name) references thing_group(account_id, name));
create index policy_group_by_policy on policy_group(account_id, policy_name, group_name);
create table provisioning_template_version(
  account_id text not null, template_name text not null, number bigint not null, body text not null,
  created bigint not null, primary key(account_id, template_name, number),
  foreign key(account_id, template_name) references provisioning_template(account_id, name));
insert into provisioning_template_version
  select account_id, name, default_version, body, created from provisioning_template;
alter table provisioning_template add column last_version bigint not null default 1;
update provisioning_template set last_version = default_version;
create table tag(resource_arn text not null, key text not null, value text not null, primary key(resource_arn, key));
)sql",
                                             R"sql(
alter table access_key add column is_active bigint not null default 1;
alter table access_key add column created bigint not null default 0;
create index access_key_by_account on access_key(account_id);
)sql",
                                             // A module has one live claim at most: what holds a reservation or may
                                             // still move it (states 0 to 5).
                                             R"sql(
create index custody_by_thing on custody(thing_name);
create table claim(
  id text primary key, account_id text not null references account(id),
  vendor_account text not null references account(id), thing_name text not null, fingerprint text not null,
  endpoint text not null, state bigint not null, stall bigint not null, reason text not null, epoch bigint not null,
  notify_attempts bigint not null, window_attempts bigint not null, window_began bigint not null,
  notified_session text not null, deadline bigint, created bigint not null, modified bigint not null);
create unique index claim_live on claim(fingerprint) where state <= 5;
create index claim_by_account on claim(account_id, id);
create index claim_by_vendor on claim(vendor_account, id);
create index claim_by_module on claim(fingerprint, account_id, id);
create index claim_by_state on claim(state, id);
create index claim_by_deadline on claim(deadline) where deadline is not null;
create table claim_log(
  claim_id text not null references claim(id), epoch bigint not null, state bigint not null, stall bigint not null,
  reason text not null, at bigint not null, primary key(claim_id, epoch));
create table claim_grant(
  vendor_account text not null references account(id), customer_account text not null references account(id),
  proof bigint not null, classic bigint not null, created bigint not null,
  primary key(vendor_account, customer_account));
create table voucher_key(
  vendor_account text not null references account(id), id text not null, public_pem text not null,
  is_active bigint not null, created bigint not null, primary key(vendor_account, id));
create table run_time(id bigint primary key, millis bigint not null);
insert into run_time values(1, 0);
)sql",
                                             R"sql(
create table tombstone(
  account_id text not null references account(id), certificate_id text not null, created bigint not null,
  primary key(account_id, certificate_id));
create index custody_by_owner on custody(owner_account, thing_name) where owner_account is not null;
)sql",
                                             R"sql(
alter table certificate add column version bigint not null default 1;
alter table ca_certificate add column version bigint not null default 1;
create index certificate_by_creation on certificate(account_id, created, id);
drop index certificate_by_ca;
create index certificate_by_ca on certificate(account_id, ca_certificate_id, created, id);
create index ca_certificate_by_creation on ca_certificate(account_id, created, id);
create index policy_by_creation on policy(account_id, created, name);
create index certificate_transfer_by_beginning on certificate_transfer(source_account, began, certificate_id);
)sql",
                                             // Status 0 and 4: a task that has not ended.
                                             R"sql(
create table registration_task(
  account_id text not null references account(id), id text not null, template_body text not null,
  bucket text not null, object_key text not null, role_arn text not null, status bigint not null,
  message text not null, succeeded bigint not null, failed bigint not null, lines bigint not null,
  position bigint not null, file_bytes bigint not null, file_version text not null, created bigint not null,
  modified bigint not null, primary key(account_id, id));
create unique index registration_task_unfinished on registration_task(account_id) where status in (0, 4);
create table registration_report(
  account_id text not null, task_id text not null, type bigint not null, first_line bigint not null,
  text text not null, primary key(account_id, task_id, type, first_line),
  foreign key(account_id, task_id) references registration_task(account_id, id));
)sql",
                                             // Certificates that end within minutes, and are swept.
                                             R"sql(
alter table certificate add column claim_template text;
create index certificate_claim on certificate(not_after) where claim_template is not null;
)sql",
                                             R"sql(
create table account_limit(
  account_id text not null references account(id), name text not null, value bigint not null,
  primary key(account_id, name));
)sql",
                                             R"sql(
create table retained_topic(
  account_id text not null references account(id), topic text not null, modified bigint not null,
  primary key(account_id, topic));
)sql",
                                             // Both logs only grow, so their rows' numbers rise.
                                             R"sql(
alter table claim_grant add column claim_certificate text;
create unique index claim_grant_by_certificate on claim_grant(vendor_account, claim_certificate)
  where claim_certificate is not null;
create index claim_grant_by_customer on claim_grant(customer_account);
create index certificate_transfer_pending on certificate_transfer(began) where state = 0;
create table finding(
  account_id text not null references account(id), id text not null, kind bigint not null, subject text not null,
  thing_name text not null, evidence text not null, count bigint not null, first_seen bigint not null,
  last_seen bigint not null, is_open bigint not null, primary key(account_id, id));
create unique index finding_open on finding(account_id, kind, subject) where is_open = 1;
create table reset_rule(
  account_id text not null references account(id), fingerprint text not null, rule bigint not null,
  hold bigint not null, reset_at bigint, primary key(account_id, fingerprint));
create table log_cursor(name text primary key, number bigint not null);
insert into log_cursor select 'claim_events', coalesce(max(rowid), 0) from claim_log;
)sql",
                                             // Certificates of fleet provisioning that await their activation (4).
                                             R"sql(
create index certificate_unclaimed on certificate(created) where status = 4 and ca_certificate_id is null;
)sql",
                                             // To count them takes no longer when there are many.
                                             R"sql(
create table retained_count(account_id text primary key references account(id), topics bigint not null);
insert into retained_count select account_id, count(*) from retained_topic group by account_id;
)sql",
                                             // Customers' accounts in other installations, and what to ask of them.
                                             R"sql(
create table elsewhere(
  account_id text primary key references account(id), url text not null, region text not null,
  access_key_id text not null, sealed_secret text not null, root_ca_pem text not null, endpoint text not null,
  port bigint not null, policy text not null, modified bigint not null);
create table errand(
  account_id text not null references elsewhere(account_id), fingerprint text not null, thing_name text not null,
  claim_id text not null, stage bigint not null, version bigint not null, is_sent bigint not null,
  keeps_thing bigint not null, seen_before bigint not null, problem text not null, modified bigint not null,
  primary key(account_id, fingerprint));
create index errand_by_stage on errand(stage);
)sql",
                                             // A module may be claimed before it was ever seen: what was asked for is
                                             // done later.
                                             R"sql(
alter table claim add column template_name text not null default '';
)sql",
                                             R"sql(
alter table claim_grant add column lots text not null default '';
)sql",
                                             // Accounts that were deleted: their rows stay, for those that name them.
                                             R"sql(
create table closed_account(
  account_id text primary key references account(id), name text not null, closed bigint not null, emptied bigint);
create index closed_account_by_name on closed_account(name);
)sql",
                                             // Sweeps begin to count with this step: of staging accounts (0), ACTIVE
                                             // (0), and such as their CA's template can bring back. 5 is dormant.
                                             R"sql(
create table sighting(
  certificate_id text not null, account_id text not null references account(id), seen bigint not null,
  primary key(certificate_id, account_id));
insert into sighting select c.id, c.account_id, coalesce((select max(millis) from run_time), 0)
  from certificate c join account a on a.id = c.account_id
  where a.kind = 0 and c.status = 0 and c.ca_certificate_id is not null;
create index certificate_dormant on certificate(account_id) where status = 5;
)sql"};

/// The number in the file is that of the steps taken and one more: 1 was a development version, whose custody chains
/// lack what their hashes cover today.
constexpr std::int64_t kBeforeTheFirstStep = 1;

Status refuse_older(std::int64_t number) {
  if (number > kBeforeTheFirstStep) return {};
  return fail(
      Error::corrupt("the registry was written by a development version before 0.1.0 and cannot be carried over. "
                     "Keep the folder if you need it, and start with a new --data-dir."));
}

Status refuse_newer(std::int64_t version) {
  if (version <= static_cast<std::int64_t>(kSteps.size())) return {};
  return fail(Error::corrupt("the registry was written by a newer version of this program (schema " +
                             std::to_string(version) + ", known up to " + std::to_string(kSteps.size()) +
                             "). Update the program."));
}

Status apply_step(sql::Connection& connection, std::int64_t version) {
  XL_CHECK(connection.execute("create table if not exists schema_version(version bigint not null)"));
  XL_CHECK(connection.execute(kSteps[static_cast<std::size_t>(version)]));
  XL_CHECK(connection.query("delete from schema_version").run());
  XL_CHECK(
      connection.query("insert into schema_version(version) values($1)").bind(version + 1 + kBeforeTheFirstStep).run());
  return {};
}

/// Under the write lock, so that two programs that start at once do not run the same step.
Result<bool> migrate_once(sql::Connection& connection, std::int64_t steps) {
  XL_TRY(const std::int64_t version, schema_version(connection));
  if (version >= std::min(steps, static_cast<std::int64_t>(kSteps.size()))) return false;
  XL_CHECK(apply_step(connection, version));
  return true;
}

}  // namespace

Result<std::int64_t> schema_version(sql::Connection& connection) {
  XL_TRY(const bool ours, connection.has_table("schema_version"));
  XL_TRY(const bool empty, connection.is_empty());
  if (empty) return 0;
  if (!ours) return fail(Error::corrupt("it is a database of another program, not a registry"));
  auto query = connection.query("select version from schema_version");
  XL_TRY(const auto row, query.step());
  const std::int64_t number = row ? row->integer(0) : 0;
  XL_CHECK(refuse_older(number));
  const std::int64_t version = number - kBeforeTheFirstStep;
  XL_CHECK(refuse_newer(version));
  return version;
}

Status migrate(sql::Connection& connection, std::int64_t steps) {
  for (bool more = true; more;) {
    XL_CHECK(connection.execute("begin immediate"));
    const auto step = migrate_once(connection, steps);
    if (!step) {
      (void)connection.execute("rollback");
      return fail(step.error());
    }
    XL_CHECK(connection.execute("commit"));
    more = *step;
  }
  return {};
}

}  // namespace xl::store
