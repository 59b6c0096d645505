"""State: how it is learnt, stored, handed in and taken away."""
import unittest

from bed import for_each_sdk
from polling import wait_until

NAMES = (
    "count", "a_bool", "an_int", "a_long", "a_float", "a_double", "a_string", "a_json", "a_point"
)
NOTHING = dict.fromkeys(NAMES)
ZEROS = {"count": 0, "a_bool": False, "an_int": 0, "a_long": "0", "a_float": 0, "a_double": 0,
         "a_string": "", "a_json": {}, "a_point": "0,0"}
VALUES = {"count": 2**31 - 1, "a_bool": True, "an_int": -(2**31), "a_long": str(2**63 - 1),
          "a_float": 0.5, "a_double": 1e300, "a_string": "Zoë 語",
          "a_json": {"k": [1, None, "x"]}, "a_point": "-3,4"}
EMPTY_ON_THE_WIRE = ("count", "a_bool", "an_int", "a_long", "a_float", "a_double", "a_string")


def setting(values):
    return [{"do": "set", "state": name, "value": value} for name, value in values.items()]


class State:
    def restart_all(self, **environment):
        """Gateway and functions, both killed; what was learnt must come from the disk."""
        self.gateway.kill()
        self.functions.kill()
        self.functions.environment.pop("EXTRA_STATE", None)
        self.functions.environment.update(environment)
        self.functions.start()
        self.gateway.start()

    def test_20_21_a_type_without_known_states_is_called_without_and_then_again_with_all(self):
        self.greet()
        self.take_all(1, "greetings")
        first, again = self.tee.exchanges(self.function("person"))[:2]
        self.assertEqual({}, first.states)
        (spec,) = first.answer.incomplete_invocation_context.missing_values
        self.assertEqual(("visits", "io.statefun.types/int"),
                         (spec.state_name, spec.type_typename))
        self.assertEqual(list(first.request.invocations), list(again.request.invocations))
        self.assertEqual({"visits": None}, again.states)

    def test_22_what_is_queued_meanwhile_is_not_part_of_that_second_call(self):
        self.restart_all()
        release = self.tee.hold(self.function("person"), self.me)
        for _ in range(3):
            self.greet()
        wait_until(lambda: self.exchanges(self.me, "person"), "the first call is out")
        release()
        self.take_all(3, "greetings")
        exchanges = self.exchanges(self.me, "person")
        incomplete = [n for n, e in enumerate(exchanges)
                      if e.answer.HasField("incomplete_invocation_context")]
        for n in incomplete:
            self.assertEqual(list(exchanges[n].request.invocations),
                             list(exchanges[n + 1].request.invocations))

    def greet(self):
        answer = self.client.send(
            self.function("person"), self.me, "conformance/GreetRequest", {"name": self.me}
        )
        self.assertEqual(202, answer.status, answer.body)

    def test_23_24_every_entity_is_handed_every_state_with_or_without_a_value(self):
        self.states(self.me, *setting({"an_int": 7}))
        self.states(self.me)
        self.states(f"{self.me} other")
        own = self.exchanges(self.me)[-1].states
        self.assertEqual(set(NAMES), set(own))
        self.assertEqual(["an_int"], [name for name, value in own.items() if value is not None])
        self.assertEqual(NOTHING, self.exchanges(f"{self.me} other")[-1].states)

    def test_25_a_value_of_zero_bytes_is_a_value(self):
        self.assertEqual(ZEROS, self.states(self.me, *setting(ZEROS)))
        self.assertEqual(ZEROS, self.states(self.me))
        handed_in = self.exchanges(self.me)[-1].states
        for name in EMPTY_ON_THE_WIRE:
            self.assertEqual((True, b""), (handed_in[name].has_value, handed_in[name].value))

    def test_26_a_deleted_state_is_absent_but_still_handed_in_and_can_be_set_again(self):
        self.states(self.me, *setting(VALUES))
        deletes = [{"do": "delete", "state": name} for name in NAMES]
        self.assertEqual(NOTHING, self.states(self.me, *deletes))
        self.assertEqual(NOTHING, self.states(self.me))
        self.assertEqual(NOTHING, self.exchanges(self.me)[-1].states)
        self.assertEqual(5, self.states(self.me, *setting({"an_int": 5}))["an_int"])

    def test_27_43_values_of_every_type_survive_a_crash_with_their_types(self):
        for values in (VALUES, ZEROS):
            self.assertEqual(values, self.states(self.me, *setting(values)))
            self.restart_all()
            self.assertEqual(values, self.states(self.me))
        handed_in = self.exchanges(self.me)[-1].states
        self.assertEqual("io.statefun.types/long", handed_in["a_long"].typename)
        self.assertEqual("conformance/Point", handed_in["a_point"].typename)

    def test_30_the_last_of_several_changes_in_one_batch_counts(self):
        steps = [{"do": "set", "state": "an_int", "value": 1}, {"do": "delete", "state": "an_int"},
                 {"do": "set", "state": "an_int", "value": 2}, {"do": "delete", "state": "a_json"}]
        self.assertEqual(2, self.states(self.me, *steps)["an_int"])
        self.assertEqual(2, self.states(self.me)["an_int"])

    def test_31_state_belongs_to_one_type_and_one_id(self):
        self.states(self.me, *setting(VALUES))
        self.assertEqual(NOTHING, self.states(f"{self.me} other"))
        self.greet()
        self.assertEqual([f"Welcome, {self.me}!"], self.take_all(1, "greetings"))
        self.assertEqual(VALUES, self.states(self.me))

    def test_32_a_newer_program_is_asked_again_for_the_state_that_it_adds(self):
        self.states(self.me, *setting(VALUES))
        self.functions.kill()
        self.functions.environment["EXTRA_STATE"] = "added"
        self.functions.start()
        self.assertEqual({**VALUES, "added": None}, self.states(self.me))
        self.assertEqual(9, self.states(self.me, *setting({"added": 9}))["added"])
        self.restart_all()  # The older program ignores it, and it stays.
        self.assertEqual(VALUES, self.states(self.me))
        self.restart_all(EXTRA_STATE="added")
        self.assertEqual({**VALUES, "added": 9}, self.states(self.me))
        self.restart_all()


globals().update(for_each_sdk(State))

if __name__ == "__main__":
    unittest.main()
