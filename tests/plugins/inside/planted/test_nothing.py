"""A program without tests that says it is well, for the test of the runner."""
