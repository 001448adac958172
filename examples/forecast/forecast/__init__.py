"""Forecasts the temperature of the next days from those before."""
