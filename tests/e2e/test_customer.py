# SPDX-License-Identifier: Apache-2.0
"""Guide 11.3: a module in a customer's account: how it gets there, what it may do there, how it comes home."""
import json

from harness import EndToEnd, Vendor, jitp_template, policy_of

OWN = "${iot:Connection.Thing.ThingName}"
ORDINARY = [("Connect", f"client/{OWN}"), ("Publish", "topic/shop/*", f"topic/{OWN}/*"),
            ("Receive", "topic/shop/*", f"topic/{OWN}/*", "topic/$aws/*"),
            ("Subscribe", "topicfilter/shop/*", f"topicfilter/{OWN}/*")]
JOBS = f"$aws/things/{OWN}/jobs/*"
HEARS_JOBS = ("Subscribe", f"topicfilter/{JOBS}")
ASKS_FOR_JOBS = ("Publish", f"topic/{JOBS}")
FOREIGN = "belongs to another account"


class CustomerAccount(EndToEnd):
    """A cloud with a vendor's staging account and the account `oem`, where the same CA is registered."""

    def setUp(self):
        super().setUp()
        self.vendor = Vendor(self.folder / "vendor").create_ca()

    def served(self, *policy):
        """`policy`: what the customer's template allows; without it the factory registers the CA there."""
        cloud = self.cloud()
        self.oem = cloud.create_account("oem", "customer")
        self.vendor.enroll(cloud)
        if policy:
            self.vendor.enroll_with_template(cloud, jitp_template(policy_of(*policy)), "oem")
        else:
            self.vendor.enroll(cloud, "oem", "--customer")
        return cloud

    def new_module(self, cloud):
        return self.module(self.vendor.issue()[0], cloud)

    def onboarded(self, cloud, endpoint=None):
        module = self.new_module(cloud)
        self.move(module, endpoint or self.oem)
        module.connect()
        module.events()
        return module

    def move(self, module, endpoint):
        """What the host of an evaluation kit types."""
        self.assertEqual(module.at(f"AT+CONF Endpoint={endpoint}"), "OK")

    def things(self, cloud, profile):
        return [thing["thingName"] for thing in cloud.aws("iot", "list-things", profile=profile)["things"]]


class Onboarding(CustomerAccount):
    def test_a_module_joins_the_customers_account_at_its_first_connection_there(self):
        cloud = self.served()
        module = self.new_module(cloud)
        self.move(module, self.oem)
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 1 DISCONNECTED CUSTOMER")
        self.assertEqual(module.at("AT+CONNECT"), "OK 1 CONNECTED")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        thing = cloud.aws("iot", "describe-thing", "--thing-name", module.thing, profile="oem")
        self.assertEqual(thing["thingName"], module.thing)
        self.assertEqual(self.things(cloud, "staging"), [])

    def test_messages_flow_both_ways(self):
        cloud = self.served(*ORDINARY, HEARS_JOBS, ASKS_FOR_JOBS)
        talker, listener = self.onboarded(cloud), self.onboarded(cloud)
        listener.subscribe(1, "shop/up")
        talker.subscribe(2, "shop/down")
        talker.at("AT+CONF Topic1=shop/up")
        self.assertEqual(talker.at('AT+SEND1 {"sold": 3}'), "OK")
        self.assertEqual(listener.message(1), '{"sold": 3}')
        cloud.publish("shop/down", "restock", "oem")
        self.assertEqual(talker.message(2), "restock")

    def test_the_jobs_topics_answer_with_an_empty_execution(self):
        cloud = self.served()
        module = self.onboarded(cloud)
        jobs = f"$aws/things/{module.thing}/jobs"
        module.at(f"AT+CONF Topic1={jobs}/start-next")
        module.subscribe(2, f"{jobs}/start-next/accepted")
        self.assertEqual(module.at('AT+SEND1 {"clientToken": "t-1"}'), "OK")
        answer = json.loads(module.message(2))
        self.assertEqual(sorted(answer), ["clientToken", "timestamp"])
        self.assertEqual(answer["clientToken"], "t-1")

    def test_the_vendors_modules_still_call_their_staging_account(self):
        cloud = self.served()
        module = self.new_module(cloud)
        self.assertEqual(module.at("AT+CONF? Endpoint"), f"OK {cloud.staging_endpoint()}")
        module.connect()
        self.assertEqual(self.things(cloud, "oem"), [])

    def test_an_endpoint_update_moves_a_staged_module(self):
        cloud = self.served()
        module = self.new_module(cloud)
        module.connect()
        module.events()
        cloud.publish(f"{module.thing}/expresslink_config", json.dumps({"Endpoint": self.oem}))
        module.eventually_event("1 0 MSG")
        module.eventually_event("3 0 CONLOST")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        self.assertEqual(self.things(cloud, "oem"), [module.thing])


class JobsRefused(CustomerAccount):
    def test_jobs_topics_that_may_not_be_subscribed_are_hint_6(self):
        cloud = self.served(*ORDINARY)
        module = self.new_module(cloud)
        self.move(module, self.oem)
        self.assertEqual(module.connect_fails_with(6), "ERR14 6 UNABLE TO CONNECT Subscription refused")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 1 DISCONNECTED CUSTOMER")
        for topic in ("notify-next", "\\$next/get/accepted", "\\$next/get/rejected"):
            cloud.eventually_logs(rf"subscribe refused.*\$aws/things/{module.thing}/jobs/{topic}.*iot:Subscribe")

    def test_jobs_topics_that_may_not_be_published_are_hint_6(self):
        cloud = self.served(*ORDINARY, HEARS_JOBS)
        module = self.new_module(cloud)
        self.move(module, self.oem)
        module.connect_fails_with(6)
        cloud.eventually_logs(rf"publish refused.*\$aws/things/{module.thing}/jobs/\$next/get.*iot:Publish")


class Custody(CustomerAccount):
    def go_home(self, module):
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 0 DISCONNECTED STAGING")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        module.events()

    def test_a_factory_reset_brings_an_owned_module_home_as_a_guest(self):
        cloud = self.served()
        module = self.onboarded(cloud)
        self.go_home(module)
        self.assertEqual(module.at("AT+CONF? Endpoint"), f"OK {cloud.staging_endpoint()}")
        self.assertEqual(self.things(cloud, "staging"), [])
        module.at("AT+CONF Topic1=data")
        module.subscribe(2, "state")
        self.assertEqual(module.at("AT+SEND1 hello"), "OK")
        cloud.publish(f"{module.thing}/state", "who is there")
        self.assertEqual(module.message(2), "who is there")
        module.at(f"AT+CONF Topic3={module.thing}/diary")
        module.at("AT+SUBSCRIBE3")
        module.eventually_event("9 3 SUBNACK")
        module.at("AT+SEND3 dear")
        module.eventually_event("3 0 CONLOST")
        cloud.eventually_logs(rf"publish refused.*{module.thing}/diary.*owned by a customer")

    def test_a_staged_module_that_was_sold_is_a_guest_too(self):
        cloud = self.served()
        module = self.new_module(cloud)
        module.connect()
        module.subscribe(1, f"{module.thing}/diary")
        self.assertEqual(module.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")
        self.move(module, self.oem)
        module.connect()
        self.go_home(module)
        module.at(f"AT+CONF Topic1={module.thing}/diary")
        module.at("AT+SUBSCRIBE1")
        module.eventually_event("9 1 SUBNACK")

    def test_a_guest_is_sent_back_to_its_owner(self):
        cloud = self.served()
        module = self.onboarded(cloud)
        self.go_home(module)
        cloud.publish(f"{module.thing}/expresslink_config", json.dumps({"Endpoint": self.oem}))
        module.eventually_event("3 0 CONLOST")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")

    def test_another_customer_with_the_same_ca_cannot_take_an_owned_module(self):
        cloud = self.served()
        rival = cloud.create_account("rival", "customer")
        self.vendor.enroll(cloud, "rival", "--customer")
        module = self.onboarded(cloud)
        module.at("AT+DISCONNECT")
        self.move(module, rival)
        module.connect_fails_with(5)
        cloud.eventually_logs(rf"connect refused.*{FOREIGN}")
        self.go_home(module)
        module.at("AT+DISCONNECT")
        self.move(module, rival)
        module.connect_fails_with(5)
        self.assertEqual(self.things(cloud, "rival"), [])
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="rival")["certificates"], [])
        self.move(module, self.oem)
        module.connect()


class Separation(CustomerAccount):
    def test_one_topic_name_in_two_accounts_is_two_topics(self):
        cloud = self.served(("*", "*"))
        staged = self.new_module(cloud)
        staged.connect()
        staged.events()
        owned = self.onboarded(cloud)
        topic = f"{staged.thing}/x"
        staged.subscribe(1, topic)
        owned.subscribe(1, topic)
        owned.subscribe(2, "#")
        for speaker, profile, foreign in ((owned, "oem", staged), (staged, "staging", owned)):
            self.assertEqual(speaker.at(f"AT+SEND1 from a module in {profile}"), "OK")
            self.assertEqual(speaker.message(1), f"from a module in {profile}")
            cloud.publish(topic, f"from {profile}", profile)
            self.assertEqual(speaker.message(1), f"from {profile}")
            self.assertEqual(speaker.events(), [])
            self.assertEqual(foreign.events(), [])
            self.assertEqual(foreign.at("AT+GET"), "OK")
