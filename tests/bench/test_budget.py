"""The counting of the budget and the stages of the profile, without valgrind and perf."""
import unittest

import budget
from profile_stages import STAGES, stage_of

CALLGRIND = """\
# callgrind format
events: Ir
ob=/build/core_turn
fl=/engine/turns.cc
fn=sfg::engine::Turns::call(sfg::engine::Entity&)
120 40
cob=/usr/lib/libstdc++.so.6
cfn=std::string::append(char const*)
calls=3 0
121 900
123 5
cfn=operator new(unsigned long)
calls=7 10
122 50

ob=/usr/lib/libstdc++.so.6
fn=std::string::append(char const*)
0 30
ob=/usr/lib/x86_64-linux-gnu/libc.so.6
fn=malloc
0 500
"""

TABLE = """\
Counted with: 12.2.0

| work | instructions | allocations |
|---|---|---|
| counter | 1,000 | 4.03 |
| chain | 2,000 | 4.50 |

## Who allocates, and why it stays

| what | counter | chain | why |
|---|---|---|---|
| bytes | 4.00 | 4.00 | shared |
| lists | 0.03 | 0.50 | |
"""


def said(instructions, allocations, bound=budget.BOUND):
    cost = budget.Cost(instructions, allocations)
    return list(budget.verdicts("counter", cost, budget.Cost(1000, 4.03), bound))


class Counting(unittest.TestCase):
    def test_own_cost_is_counted_by_object_without_calls_and_without_the_c_library(self):
        profile = budget.Profile(CALLGRIND)
        self.assertEqual(
            {("/build/core_turn", "sfg::engine::Turns::call(sfg::engine::Entity&)"): 45,
             ("/usr/lib/libstdc++.so.6", "std::string::append(char const*)"): 30},
            profile.counted(),
        )
        self.assertEqual(
            7, profile.calls["sfg::engine::Turns::call(sfg::engine::Entity&)",
                             "operator new(unsigned long)"],
        )

    def test_the_table_is_read_and_written(self):
        table = budget.Budget(TABLE)
        self.assertEqual(budget.Cost(1000, 4.03), table.costs["counter"])
        self.assertEqual({"counter": 4.03, "chain": 4.5}, table.explained())
        costs = {"counter": budget.Cost(987.4, 4.0), "chain": budget.Cost(12345, 5.0)}
        written = budget.Budget(table.with_costs(costs, "13.1.0"))
        self.assertEqual(budget.Cost(12345, 5.0), written.costs["chain"])
        self.assertEqual("13.1.0", written.made_by)

    def test_a_table_without_a_work_says_so(self):
        with self.assertRaisesRegex(budget.BudgetError, "no row '| chain |"):
            budget.Budget(TABLE.replace("| chain |", "| rope |"))


class Verdicts(unittest.TestCase):
    def test_what_stays_within_the_bound_passes(self):
        for instructions in (971, 1000, 1029):
            self.assertEqual([False, False], [failed for failed, _ in said(instructions, 4.03)])

    def test_more_fails(self):
        self.assertTrue(said(1040, 4.03)[0][0])
        self.assertTrue(said(1000, 4.10)[1][0])

    def test_less_passes_and_says_that_the_budget_can_be_lowered(self):
        failed, text = said(960, 4.03)[0]
        self.assertFalse(failed)
        self.assertIn("lower the budget", text)

    def test_another_compiler_has_more_room(self):
        self.assertFalse(said(1200, 4.03, budget.WIDE_BOUND)[0][0])
        self.assertTrue(said(1300, 4.03, budget.WIDE_BOUND)[0][0])


class Stages(unittest.TestCase):
    def test_functions_belong_to_a_stage_of_the_table(self):
        kernel = "[kernel.kallsyms]"
        ours = "statefun-gateway"
        for stage, stack in (
            ("engine", [("sfg::engine::Core::consider(sfg::engine::Entity&)", ours)]),
            ("malloc and free", [("_int_free", "libc.so.6")]),
            ("memcpy, memcmp and the like", [("__memmove_avx_unaligned_erms", "libc.so.6")]),
            ("store: LevelDB", [("leveldb::SkipList<char const*>::Insert", "libleveldb.so.1")]),
            ("request: build", [("sfg::make_request(sfg::Address const&)", ours)]),
            ("ingress: read, parse, answer", [("sfg::runtime::HttpSession::read()", ours)]),
            ("loop: Asio, pump, timers", [("boost::asio::detail::scheduler::run()", ours)]),
            ("kernel: send", [("tcp_sendmsg+0x4", kernel), ("__x64_sys_sendto", kernel),
                              ("send", "libc.so.6")]),
            ("kernel: receive", [("copy_to_user", kernel), ("__x64_sys_recvfrom+0x1", kernel)]),
            ("kernel: other", [("asm_sysvec_apic_timer_interrupt", kernel)]),
            ("other", [("what", "somewhere")]),
        ):
            with self.subTest(stack[0][0]):
                self.assertIn(stage, STAGES)
                self.assertEqual(stage, stage_of(stack))


if __name__ == "__main__":
    unittest.main()
