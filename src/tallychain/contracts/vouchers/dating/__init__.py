"""A published calendar dates vouchers again: at once for whoever asks, and in the record by and by."""
