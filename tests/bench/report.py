"""What the benchmark tells: a Markdown table while it runs, what was reached, one file of JSON."""
import dataclasses
import json

UNITS = {
    "us": lambda value: f"{value:.1f} us", "ns": lambda value: f"{value:,.0f} ns",
    "ms": lambda value: f"{value:,.0f} ms", "mb": lambda value: f"{value:.1f} MB",
    "s": lambda value: f"{value:,.0f} /s", "ratio": lambda value: f"{value:.2f}",
}


def text_of(name, value):
    """A figure with its unit, which is the end of its name."""
    return UNITS.get(name.rpartition("_")[2], lambda value: f"{value:,.2f}")(value)


# Heading, figure, its form, what it is divided by. Rows are for workloads with messages_per_s.
COLUMNS = (
    ("messages/s", "messages_per_s", "{:,.0f}", 1),
    ("ratio", "messages_ratio", "{:.2f}", 1),
    ("turns/s", "turns_per_s", "{:,.0f}", 1),
    ("ratio", "turns_ratio", "{:.2f}", 1),
    ("p50 ms", "p50_us", "{:.2f}", 1000),
    ("p99 ms", "p99_us", "{:.2f}", 1000),
    ("p99.9 ms", "p999_us", "{:.2f}", 1000),
    ("gateway us", "turn_gateway_us", "{:.1f}", 1),
    ("function us", "turn_function_us", "{:.1f}", 1),
    ("gw/fn", "cost_ratio", "{:.2f}", 1),
    ("load us", "turn_load_us", "{:.1f}", 1),
    ("load cores", "load_cores", "{:.2f}", 1),
    ("bytes", "turn_written_bytes", "{:,.0f}", 1),
    ("syncs", "turn_syncs", "{:.3f}", 1),
    ("RSS MB", "rss_mb", "{:.1f}", 1),
)
NAME_WIDTH = 15


def heading():
    cells = [f"{'workload':<{NAME_WIDTH}}", *(head for head, *_ in COLUMNS)]
    rule = ["-" * NAME_WIDTH, *("-" * (len(head) - 1) + ":" for head, *_ in COLUMNS)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (cells, rule))


def row(name, figures):
    """A line of the table."""
    cells = [f"{name:<{NAME_WIDTH}}"]
    for head, figure, form, divisor in COLUMNS:
        text = form.format(figures[figure] / divisor) if figure in figures else ""
        cells.append(f"{text:>{len(head)}}")
    return "| " + " | ".join(cells) + " |"


def story(name, figures):
    """A line about a workload that is no rate."""
    parts = (f"{figure} {text_of(figure, value)}" for figure, value in figures.items())
    return f"{name}: " + ", ".join(parts)


@dataclasses.dataclass
class Verdict:
    workload: str
    figure: str
    value: float
    limit: float
    kind: str  # at most, at least
    later: float | None
    reached: bool

    def __str__(self):
        later = "" if self.later is None else f", later {text_of(self.figure, self.later)}"
        return (
            f"{'reached' if self.reached else 'MISSED '}  {self.workload}: {self.figure}"
            f" {text_of(self.figure, self.value)}"
            f" (goal: {self.kind} {text_of(self.figure, self.limit)}{later})"
        )


def verdicts(workload, figures):
    for target in workload.targets:
        value = figures[target.figure]
        kind, limit = ("at most", target.at_most)
        if limit is None:
            kind, limit = ("at least", target.at_least)
        yield Verdict(
            workload.name, target.figure, value, limit, kind, target.later, target.reached(value)
        )


def save(path, machine, results, reached):
    """Writes the file, and returns what is in it."""
    saved = {
        "machine": machine,
        "workloads": [
            {"name": name, "figures": result.figures, "faults": result.faults}
            for name, result in results.items()
        ],
        "targets": [dataclasses.asdict(verdict) for verdict in reached],
    }
    path.write_text(json.dumps(saved, indent=2) + "\n")
    return saved
