"""Private servers for tests: real programs, started without privileges on loopback, stopped by their own process id."""
