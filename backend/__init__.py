"""Everything below the glass: model, files, engine, wire, client, connect."""
