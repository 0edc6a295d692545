"""A local Figma API on loopback: a generated sample organisation, or a folder of recorded answers."""

from figma_warehouse.sandbox.api.accepted_tokens import Tokens
from figma_warehouse.sandbox.api.faults import Fault, Faults
from figma_warehouse.sandbox.api.http_server import Request, Server, run_forever, serve
from figma_warehouse.sandbox.api.rate_limits import Limits, SimulatedClock
from figma_warehouse.sandbox.api.wire import HttpAnswer
from figma_warehouse.sandbox.company.organisation import SampleOrganisation
from figma_warehouse.sandbox.company.volume import sample_document
from figma_warehouse.sandbox.contract import Organisation
from figma_warehouse.sandbox.recorded import RecordedOrganisation
from figma_warehouse.sandbox.shifting import ShiftingOrganisation
from figma_warehouse.sandbox.truth.truth import Truth

__all__ = [
    "Fault",
    "Faults",
    "HttpAnswer",
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
