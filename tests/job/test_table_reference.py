"""The page that describes all tables: its diagram says nothing that the schema does not hold."""

import pytest

from figma_warehouse.job.table_reference import table_reference
from figma_warehouse.source.schema import REFERENCES, TABLES


@pytest.mark.parametrize(("one", "columns", "many"), REFERENCES)
def test_a_line_of_the_diagram_leads_from_a_key_to_columns_that_hold_it(
    one: str, columns: tuple[str, ...], many: str
) -> None:
    assert columns == TABLES[one].key
    assert set(columns) <= set(TABLES[many].schema.names)


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = [line.replace("\\|", "").count("|") for line in table_reference().splitlines() if line.startswith("|")]
    assert set(cells) == {4}
