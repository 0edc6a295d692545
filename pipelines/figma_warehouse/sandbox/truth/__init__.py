"""What a warehouse of the sample organisation must hold. It follows from how the organisation was generated."""
