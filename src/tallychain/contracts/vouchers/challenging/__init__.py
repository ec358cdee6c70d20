"""Acts whose identity part is false, shown to be so by whoever could open it."""
