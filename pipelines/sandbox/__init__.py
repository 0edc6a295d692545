"""A local Figma API on loopback: a generated sample organisation, or a folder of recorded answers."""

from pipelines.sandbox.buckets import Limits, SimulatedClock
from pipelines.sandbox.contract import Organisation
from pipelines.sandbox.faults import Fault, Faults
from pipelines.sandbox.organisation import SampleOrganisation
from pipelines.sandbox.recorded import RecordedOrganisation
from pipelines.sandbox.server import Request, Server, run_forever, serve
from pipelines.sandbox.shifting import ShiftingOrganisation
from pipelines.sandbox.tokens import Tokens
from pipelines.sandbox.truth import Truth
from pipelines.sandbox.volume import sample_document
from pipelines.sandbox.wire import Answer

__all__ = [
    "Answer",
    "Fault",
    "Faults",
    "Limits",
    "Organisation",
    "RecordedOrganisation",
    "Request",
    "SampleOrganisation",
    "Server",
    "ShiftingOrganisation",
    "SimulatedClock",
    "Tokens",
    "Truth",
    "run_forever",
    "sample_document",
    "serve",
]
