"""Every mart, worked out from the definitions alone: plain recursion over the documents' JSON, whole rows."""
