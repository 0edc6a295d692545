"""A local Figma API on loopback that serves a generated sample organisation, or a folder of recorded answers."""

from figma_warehouse.sandbox.api.accepted_tokens import AcceptedTokens
from figma_warehouse.sandbox.api.faults import TRANSIENT_FAULTS, FaultSchedule, InjectedFault
from figma_warehouse.sandbox.api.http_answer import HttpAnswer
from figma_warehouse.sandbox.api.http_server import Request, Server, run_forever, serve
from figma_warehouse.sandbox.api.rate_limits import RateLimits, SimulatedClock
from figma_warehouse.sandbox.api.size_limits import SizeLimits
from figma_warehouse.sandbox.changing_organisation import ChangingOrganisation
from figma_warehouse.sandbox.company.company_state import FIRST_MONDAY
from figma_warehouse.sandbox.company.large_document import sample_document
from figma_warehouse.sandbox.company.sample_organisation import SampleOrganisation
from figma_warehouse.sandbox.organisation import (
    ActivityEvent,
    FigmaUsage,
    FileInfo,
    FileVersion,
    Folder,
    LibraryAction,
    Organisation,
    PublishedRow,
    Team,
    User,
)
from figma_warehouse.sandbox.recorded_organisation import RecordedOrganisation
from figma_warehouse.sandbox.truth.ground_truth import Truth

__all__ = [
    "FIRST_MONDAY",
    "TRANSIENT_FAULTS",
    "AcceptedTokens",
    "ActivityEvent",
    "ChangingOrganisation",
    "FaultSchedule",
    "FigmaUsage",
    "FileInfo",
    "FileVersion",
    "Folder",
    "HttpAnswer",
    "InjectedFault",
    "LibraryAction",
    "Organisation",
    "PublishedRow",
    "RateLimits",
    "RecordedOrganisation",
    "Request",
    "SampleOrganisation",
    "Server",
    "SimulatedClock",
    "SizeLimits",
    "Team",
    "Truth",
    "User",
    "run_forever",
    "sample_document",
    "serve",
]
