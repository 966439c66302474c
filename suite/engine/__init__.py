"""The portable engine: networks trained with the same bits on every processor."""
