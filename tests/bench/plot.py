"""The small plot of the benchmark: latencies, and the share of the ceiling that was reached.

    python3 tests/bench/plot.py build/bench/results.json > plot.svg
"""
import json
import math
import pathlib
import sys
import xml.sax.saxutils as xml

BAR, GAP, LEFT, WIDTH, RIGHT = 14, 6, 130, 330, 60
TOP = 46
PANEL = LEFT + WIDTH + RIGHT
SHADES = {"p50_us": "#1b4965", "p99_us": "#5fa8d3", "p999_us": "#bee9e8"}
LEAST_MS, MOST_MS = 0.05, 1000  # The axis of latencies, by powers of ten.
RATIO_MAX = 2.0


def text(x, y, content, anchor="start", size=11):
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">'
        f"{xml.escape(content)}</text>"
    )


def bar(x, y, width, color):
    return f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0):.1f}" height="{BAR}" fill="{color}"/>'


def line(x, bottom):
    return f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{bottom}" stroke="#999"/>'


def log_x(ms):
    """How far from the left a latency stands."""
    at = min(max(ms, LEAST_MS), MOST_MS)
    return WIDTH * math.log(at / LEAST_MS) / math.log(MOST_MS / LEAST_MS)


def row_y(index):
    return TOP + index * (BAR + GAP)


def latencies(rows, x):
    """One bar a workload: to p50, to p99, to p99.9."""
    bottom = row_y(len(rows))
    yield text(x + LEFT, 16, "latency, ms: p50, p99, p99.9", size=13)
    for ms in (0.1, 1, 10, 100):
        yield line(x + LEFT + log_x(ms), bottom)
        yield text(x + LEFT + log_x(ms), TOP - 8, f"{ms:g}", "middle")
    for index, (name, figures) in enumerate(rows):
        y = row_y(index)
        yield text(x + LEFT - 6, y + BAR - 3, name, "end")
        for figure, color in reversed(SHADES.items()):
            yield bar(x + LEFT, y, log_x(figures[figure] / 1000), color)
        end = x + LEFT + log_x(figures["p999_us"] / 1000)
        yield text(end + 4, y + BAR - 3, f"{figures['p99_us'] / 1000:.2f}")


def ratios(rows, goals, x):
    """One bar a workload: its messages over the ceiling's; a line where it should be."""
    yield text(x + LEFT, 16, "messages/s over the functions' ceiling; | goal", size=13)
    for index, (name, figures) in enumerate(rows):
        y = row_y(index)
        ratio, goal = figures["messages_ratio"], goals.get(name)
        color = "#c1121f" if goal is not None and ratio < goal else "#5fa8d3"
        yield text(x + LEFT - 6, y + BAR - 3, name, "end")
        yield bar(x + LEFT, y, WIDTH * min(ratio, RATIO_MAX) / RATIO_MAX, color)
        if goal is not None:
            yield bar(x + LEFT + WIDTH * goal / RATIO_MAX - 1, y, 2, "#000")
        end = x + LEFT + WIDTH * min(ratio, RATIO_MAX) / RATIO_MAX
        yield text(end + 6, y + BAR - 3, f"{ratio:.2f}")


def svg(results):
    """The picture of what report.save() wrote."""
    all_rows = [(w["name"], w["figures"]) for w in results["workloads"]]
    left = [row for row in all_rows if "p999_us" in row[1]]
    right = [row for row in all_rows if "messages_ratio" in row[1]]
    goals = {
        t["workload"]: t["limit"] for t in results["targets"] if t["figure"] == "messages_ratio"
    }
    height = row_y(max(len(left), len(right), 1)) + 10
    parts = [*latencies(left, 0), *ratios(right, goals, PANEL)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * PANEL}" height="{height}"'
        ' font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    print(svg(json.loads(pathlib.Path(sys.argv[1]).read_text())), end="")
