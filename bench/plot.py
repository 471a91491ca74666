#!/usr/bin/env python3
"""Draws figures of the benchmarks as one SVG: a panel per group, a bar per figure with its 10th to 90th percentile, the bar that is to be met as a dashed line.

usage: bench/plot.py FIGURES.jsonl OUTPUT.svg      (FIGURES: what the programs wrote because CORDON_BENCH_JSON named it)
"""
import json
import sys
from html import escape
from itertools import groupby

TITLES = {"start": "Start, run print(1+1), reap", "callback": "A host call from Python and back", "memory": "Memory of a sandbox",
          "throughput": "Small executions", "fuel": "Cost of counting fuel"}
WIDTH, LABEL, ROW, BAR = 900, 380, 30, 16
INK, FILL, SPREAD, LIMIT = "#1f2933", "#4c78a8", "#1f2933", "#c0392b"


def text(x, y, content, size=13, anchor="start", weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{INK}">{escape(content)}</text>'


def line(x1, y1, x2, y2, colour, dash=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1.5"{dash}/>'


def panel(group, rows, top):
    unit = rows[0]["unit"]
    # A ratio's bar is drawn where it lies in the figures' own unit.
    limits = [row["bar"] * row["median"] / row["ratio"] if row["bar"] and row["ratio"] else None for row in rows]
    room = WIDTH - LABEL - 150
    scale = room / max([row["high"] for row in rows] + [limit for limit in limits if limit])
    parts = [text(16, top + 18, f"{TITLES.get(group, group)} ({unit})", 15, weight="bold")]
    for number, (row, limit) in enumerate(zip(rows, limits)):
        y = top + 34 + number * ROW
        middle = y + BAR / 2
        parts.append(text(LABEL - 10, middle + 4, row["name"], anchor="end"))
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{max(row["median"] * scale, 1):.1f}" height="{BAR}" fill="{FILL}"/>')
        parts.append(line(LABEL + row["low"] * scale, middle, LABEL + row["high"] * scale, middle, SPREAD))
        if limit:
            parts.append(line(LABEL + limit * scale, y - 5, LABEL + limit * scale, y + BAR + 5, LIMIT, ' stroke-dasharray="4 3"'))
        note = (f'{row["median"]:,.0f}' if row["median"] >= 1000 else f'{row["median"]:.4g}') + (f' ({row["ratio"]:.2f}×)' if row["ratio"] else "")
        parts.append(text(LABEL + max(row["high"], row["median"], limit or 0) * scale + 8, middle + 4, note, 12))
    return parts, top + 34 + len(rows) * ROW + 14


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        rows = [json.loads(row) for row in file if row.strip()]
    if not rows:
        sys.exit(f"{source}: no figures")
    for row in rows:
        missing = {"group", "name", "unit", "median", "low", "high", "ratio", "bar"} - row.keys()
        if missing:
            sys.exit(f"{source}: a row lacks {', '.join(sorted(missing))}: {row}")
    rows = [row for row in rows if row["name"] != "bar"]
    parts, top = [], 10
    for group, members in groupby(rows, key=lambda row: row["group"]):
        drawn, top = panel(group, list(members), top)
        parts += drawn
    parts.append(text(16, top + 10, "Bars: medians; thin lines: 10th to 90th percentile; dashed: the bar to be met. Ratios: as in the table.", 11))
    with open(target, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top + 22}" font-family="sans-serif">\n'
                   f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    main()
