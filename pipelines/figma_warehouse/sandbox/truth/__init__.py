"""What a warehouse must find in the sample organisation, known from how it was built."""
