"""The subcommands that draw nothing: data on standard output, narration on standard error, an exit code."""
