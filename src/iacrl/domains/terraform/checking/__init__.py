"""What expressions refer to: names, the attributes behind them, providers, cycles."""
