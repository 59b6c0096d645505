"""The benchmark's own tests: its table, its report and its plot. Workloads are run by run.py."""
import json
import pathlib
import re
import tempfile
import unittest
import xml.etree.ElementTree as xml

import compare
import plot
import report
from bed import Result
from loads import add_ratios, figures_of
from processes import BenchError
from workloads import WORKLOADS, Target, Workload

FIGURES = figures_of(
    {"requests": 1000, "requests_per_s": 500.0, "seconds": 2.0,
     "p50_us": 900.0, "p99_us": 2000.0, "p999_us": 9000.0, "max_us": 9500.0},
    {"load_us": 0, "function_us": 0, "gateway_us": 0, "turns": 10, "messages": 10, "syncs": 0,
     "written_bytes": 0},
    {"load_us": 4000, "function_us": 10_000, "gateway_us": 20_000, "turns": 510,
     "messages": 1010, "syncs": 50, "written_bytes": 100_000},
)
CEILING = figures_of(
    {"requests": 4000, "requests_per_s": 2000.0, "seconds": 2.0,
     "p50_us": 100.0, "p99_us": 200.0, "p999_us": 300.0, "max_us": 400.0},
    {"load_us": 0, "function_us": 0}, {"load_us": 4000, "function_us": 10_000},
)


def with_ratios():
    figures = dict(FIGURES)
    add_ratios(figures, CEILING, sync_us=200.0)
    return figures


class Figures(unittest.TestCase):
    def test_they_are_per_turn_and_per_second_of_the_window(self):
        self.assertEqual(250, FIGURES["turns_per_s"])
        self.assertEqual(500, FIGURES["messages_per_s"])
        self.assertEqual(2, FIGURES["batch_messages"])
        self.assertEqual(40, FIGURES["turn_gateway_us"])
        self.assertEqual(0.1, FIGURES["turn_syncs"])
        self.assertEqual(200, FIGURES["turn_written_bytes"])

    def test_ratios_compare_with_the_same_requests_straight_to_the_functions(self):
        figures = with_ratios()
        self.assertEqual(0.25, figures["messages_ratio"])
        self.assertEqual(0.125, figures["turns_ratio"])
        self.assertEqual(2.0, figures["cost_ratio"])
        self.assertEqual(3.0, figures["p50_ratio"])

    def test_a_count_that_is_not_as_expected_is_a_fault(self):
        result = Result()
        result.expect("messages", 10, 10)
        self.assertEqual([], result.faults)
        result.expect("messages", 11, 10)
        self.assertEqual(["messages: 11 instead of 10"], result.faults)


class Compare(unittest.TestCase):
    def test_what_is_compared_is_workloads(self):
        self.assertLessEqual(set(compare.NAMES), {workload.name for workload in WORKLOADS})

    def test_a_name_that_is_not_compared_is_an_error(self):
        with self.assertRaisesRegex(BenchError, "no comparison hot; there are send"):
            compare.chosen(["send", "hot"])

    def test_costs_are_told_per_message(self):
        figures = compare.told_alike(dict(FIGURES))
        self.assertEqual(20, figures["cpu_us"])
        self.assertEqual(10, figures["function_us"])
        self.assertEqual(2.0, figures["p99_ms"])

    def test_records_of_kafka_are_messages(self):
        figures = compare.told_alike({
            "records_per_s": 10.0, "record_gateway_us": 5.0, "record_function_us": 1.0,
            "record_p50_us": 1000.0, "record_p99_us": 3000.0, "rss_mb": 7.0,
        })
        self.assertEqual(10, figures["messages_per_s"])
        self.assertEqual(5, figures["cpu_us"])
        self.assertEqual(3.0, figures["p99_ms"])


class Report(unittest.TestCase):
    WORKLOAD = Workload("some", "what", None, (
        Target("cost_ratio", at_most=2.0, later=1.6), Target("messages_ratio", at_least=0.7),
    ))

    def test_each_target_is_reached_or_missed(self):
        reached, missed = report.verdicts(self.WORKLOAD, with_ratios())
        self.assertEqual(
            "reached  some: cost_ratio 2.00 (goal: at most 2.00, later 1.60)", str(reached)
        )
        self.assertEqual("MISSED   some: messages_ratio 0.25 (goal: at least 0.70)", str(missed))

    def test_rows_of_the_table_have_as_many_cells_as_its_heading(self):
        lines = report.heading().splitlines() + [report.row("some", FIGURES)]
        self.assertEqual(1, len({line.count("|") for line in lines}))

    def test_the_plot_is_a_picture_of_what_was_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.json"
            results = {"some": Result(with_ratios()), "start": Result({"ready_ms": 1.0})}
            verdicts = list(report.verdicts(self.WORKLOAD, with_ratios()))
            report.save(path, {}, results, verdicts)
            picture = xml.fromstring(plot.svg(json.loads(path.read_text())))
        self.assertIn("some", [element.text for element in picture.iter()])


class Table(unittest.TestCase):
    def test_names_are_used_once(self):
        names = [workload.name for workload in WORKLOADS]
        self.assertEqual(len(names), len(set(names)))

    def test_the_page_tells_of_every_workload_and_of_no_other(self):
        page = pathlib.Path(__file__).with_name("README.md").read_text()
        section = page.partition("## The rows")[2].partition("\n## ")[0]
        self.assertEqual(
            [workload.name for workload in WORKLOADS],
            re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE),
        )


if __name__ == "__main__":
    unittest.main()
