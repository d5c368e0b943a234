"""How an AWS call reaches the engine: in process, or over loopback HTTP."""
