"""Makes the example's data file: readings of a small weather network, one row each, the same bytes for the same arguments.

usage: make_measurements.py FILE [ROWS]
"""
import csv
import random
import sys
from datetime import datetime, timedelta, timezone

STATIONS = {
    "harbour": (9.5, 6.0), "old town": (10.2, 7.5), "airfield": (8.1, 9.0), "north ridge": (4.4, 8.2),
    "lake shore": (8.9, 6.8), "quarry": (9.0, 10.4), "forest edge": (7.3, 7.1), "valley": (8.8, 9.9),
}
NOTES = ["", "", "", "", "", "", "wind gust {n} km/h", "sensor cleaned; drift {n} mK", "battery {n} %", 'observer: "fog, visibility {n} m"']


def rows(count):
    source = random.Random(20260101)
    moment = datetime(2025, 1, 1, tzinfo=timezone.utc)
    names = list(STATIONS)
    for number in range(count):
        name = names[number % len(names)]
        mean, swing = STATIONS[name]
        season = -swing * (1 - abs((moment.timetuple().tm_yday - 196) / 196) * 2)
        celsius = round(mean - season + source.gauss(0, 2.5), 2)
        rain = round(max(0.0, source.gauss(-0.8, 1.2)), 1)
        reading = f"{celsius:.2f}" if source.random() > 0.004 else source.choice(["", "n/a", "ERR 17"])
        note = source.choice(NOTES).format(n=source.randint(3, 97))
        yield [moment.isoformat(), name, reading, f"{rain:.1f}", note]
        if number % len(names) == len(names) - 1:
            moment += timedelta(minutes=60)


def main():
    path = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60_000
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "station", "celsius", "rain_mm", "note"])
        writer.writerows(rows(count))


if __name__ == "__main__":
    main()
