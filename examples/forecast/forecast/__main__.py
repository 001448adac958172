"""Runs the forecast on a week of measurements, or on those of a service."""

import argparse

import httpx
import pandas as pd
from rich.console import Console
from rich.table import Table

from units import to_fahrenheit

from .model import forecast

LAST_WEEK = [11.2, 12.8, 14.1, 13.0, 9.7, 8.9, 10.4]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=5, help="how far to look ahead")
    parser.add_argument("--url", help="address of a JSON array of temperatures in degrees Celsius")
    arguments = parser.parse_args()

    measured = httpx.get(arguments.url).json() if arguments.url else LAST_WEEK
    table = Table("day", "°C", "°F", title="Forecast")
    for day, celsius in enumerate(forecast(pd.Series(measured), arguments.days), start=1):
        table.add_row(f"+{day}", f"{celsius:.1f}", f"{to_fahrenheit(celsius):.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
