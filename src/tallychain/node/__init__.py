"""One institution's part of an alliance on one machine: its processes, started, watched and ended together."""
