"""A local Figma API on loopback: a generated sample organisation, or a folder of recorded answers."""

from pipelines.sandbox.contract import Organisation
from pipelines.sandbox.organisation import SampleOrganisation
from pipelines.sandbox.recorded import RecordedOrganisation
from pipelines.sandbox.server import Answer, Request, Server, run_forever, serve
from pipelines.sandbox.truth import Truth
from pipelines.sandbox.volume import sample_document

__all__ = [
    "Answer",
    "Organisation",
    "RecordedOrganisation",
    "Request",
    "SampleOrganisation",
    "Server",
    "Truth",
    "run_forever",
    "sample_document",
    "serve",
]
