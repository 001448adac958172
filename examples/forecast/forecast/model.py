"""The model: yesterday's weather, drawn towards the mean."""

import pandas as pd


def forecast(history: pd.Series, days: int, pull: float = 0.3) -> list[float]:
    """Temperatures of the coming days, in the unit of the history."""
    mean = history.mean()
    value = history.iloc[-1]
    temperatures = []
    for _ in range(days):
        value += pull * (mean - value)
        temperatures.append(round(float(value), 1))
    return temperatures
