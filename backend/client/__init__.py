"""What the explorer calls: async and typed, over aiobotocore; one file a subject."""
