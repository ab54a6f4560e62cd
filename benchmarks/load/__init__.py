"""What the benchmarks of delivery share: servers that are measured, and a load generator that costs them little."""
