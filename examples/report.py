"""Reads weather readings as CSV from standard input and prints a report: honest work with the standard library, no host needed."""
import csv
import hashlib
import json
import re
import statistics
import sys
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby

NUMBER_IN_NOTE = re.compile(r"(?P<what>gust|drift|battery|visibility)\D+(?P<value>\d+)\s*(?P<unit>km/h|mK|%|m)(?!\w)")
CENT = Decimal("0.01")


@dataclass
class Station:
    name: str
    celsius: list[Decimal] = field(default_factory=list)
    rain: Decimal = Decimal(0)
    by_month: dict[int, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    warmest: tuple[Decimal, datetime] | None = None

    def add(self, moment, celsius, rain):
        self.celsius.append(celsius)
        self.rain += rain
        self.by_month[moment.month].append(celsius)
        if self.warmest is None or celsius > self.warmest[0]:
            self.warmest = (celsius, moment)

    def summary(self):
        mean = statistics.mean(self.celsius)
        months = {month: statistics.fmean(values) for month, values in self.by_month.items()}
        return {
            "station": self.name,
            "readings": len(self.celsius),
            "mean": str(mean.quantize(CENT, ROUND_HALF_EVEN)),
            "median": str(statistics.median(self.celsius).quantize(CENT)),
            "spread": f"{statistics.pstdev(map(float, self.celsius)):.4f}",
            "quartiles": [f"{q:.2f}" for q in statistics.quantiles(map(float, self.celsius), n=4)],
            "rain_mm": str(self.rain),
            "coldest_month": min(months, key=months.get),
            "warmest": f"{self.warmest[0]} on {self.warmest[1]:%d %B %Y, %H:%M}",
        }


def read(stream):
    stations, broken, notes = {}, Counter(), defaultdict(list)
    lines = 0
    for row in csv.DictReader(stream):
        lines += 1
        if match := NUMBER_IN_NOTE.search(row["note"]):
            notes[match["what"], match["unit"]].append(int(match["value"]))
        if not re.fullmatch(r"-?\d+\.\d\d", row["celsius"]):
            broken[row["celsius"] or "(empty)"] += 1
            continue
        station = stations.setdefault(row["station"], Station(row["station"]))
        station.add(datetime.fromisoformat(row["time"]), Decimal(row["celsius"]), Decimal(row["rain_mm"]))
    return lines, stations, broken, notes


def main():
    lines, stations, broken, notes = read(sys.stdin)
    summaries = sorted((s.summary() for s in stations.values()), key=lambda s: Decimal(s["mean"]), reverse=True)

    print(f"{lines:,} readings of {len(stations)} stations, {sum(broken.values())} without a number: "
          + ", ".join(f"{name!r} {count}" for name, count in broken.most_common()))
    print(f"\n{'station':<12} {'readings':>8} {'mean':>7} {'median':>7} {'spread':>8} {'rain mm':>9}  warmest")
    for s in summaries:
        print(f"{s['station']:<12} {s['readings']:>8} {s['mean']:>7} {s['median']:>7} {s['spread']:>8} {s['rain_mm']:>9}  {s['warmest']}")

    by_month = groupby(sorted(summaries, key=lambda s: s["coldest_month"]), key=lambda s: s["coldest_month"])
    sentence = "; ".join(f"month {month} was the coldest for {', '.join(s['station'] for s in group)}" for month, group in by_month)
    notes_text = "; ".join(f"{what} {statistics.fmean(values):.1f} {unit} on average ({len(values)} notes)"
                           for (what, unit), values in sorted(notes.items()))
    print("\n" + textwrap.fill(f"Coldest months: {sentence}. Notes: {notes_text}.", width=100))

    canonical = json.dumps(summaries, sort_keys=True, separators=(",", ":"))
    print(f"\nSHA-256 of all figures as JSON ({len(canonical)} characters): {hashlib.sha256(canonical.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
